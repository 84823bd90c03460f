//! The metrics of `AWS/SMSVoice` and their dimensions.
//!
//! **Invariant:** names are AWS's own, to the letter.

use crate::service::{
    account::originators::OriginatorKind, channel::Channel, feedback::FeedbackStatus,
};
use serde::{Deserialize, Serialize};

/// A metric. AWS has two more, of which the stub never has a point: nobody writes to it
/// (`NumberOfMessagesReceived`), and no RCS message falls back (`RCS.MessagesFallenBackToSMS`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Metric {
    /// `NumberOfTextMessagesExpectingFeedback`
    TextMessagesExpectingFeedback,
    /// `NumberOfMediaMessagesExpectingFeedback`
    MediaMessagesExpectingFeedback,
    /// `NumberOfTextMessagesWithFeedback`
    TextMessagesWithFeedback,
    /// `NumberOfMediaMessagesWithFeedback`
    MediaMessagesWithFeedback,
    /// `NumberOfTextMessagePartsSent`
    TextMessagePartsSent,
    /// `NumberOfMediaMessagePartsSent`
    MediaMessagePartsSent,
    /// `NumberOfTextMessagePartsDelivered`
    TextMessagePartsDelivered,
    /// `NumberOfMediaMessagePartsDelivered`
    MediaMessagePartsDelivered,
    /// `TextMessagesBlockedByProtect`
    TextMessagesBlockedByProtect,
    /// `MediaMessagesBlockedByProtect`
    MediaMessagesBlockedByProtect,
    /// `RCS.MessagesSent`
    RcsMessagesSent,
    /// `RCS.MessagesDelivered`
    RcsMessagesDelivered,
    /// `TextMessageMonthlySpend`
    TextMessageMonthlySpend,
    /// `VoiceMessageMonthlySpend`
    VoiceMessageMonthlySpend,
    /// `MediaMessageMonthlySpend`
    MediaMessageMonthlySpend,
}

/// What a metric is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `Count`
    Count,
    /// US dollars. CloudWatch has no unit of that name: its points say `None`.
    Usd,
}

impl Unit {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Usd => "None",
        }
    }
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 15] = [
        Self::TextMessagesExpectingFeedback,
        Self::MediaMessagesExpectingFeedback,
        Self::TextMessagesWithFeedback,
        Self::MediaMessagesWithFeedback,
        Self::TextMessagePartsSent,
        Self::MediaMessagePartsSent,
        Self::TextMessagePartsDelivered,
        Self::MediaMessagePartsDelivered,
        Self::TextMessagesBlockedByProtect,
        Self::MediaMessagesBlockedByProtect,
        Self::RcsMessagesSent,
        Self::RcsMessagesDelivered,
        Self::TextMessageMonthlySpend,
        Self::VoiceMessageMonthlySpend,
        Self::MediaMessageMonthlySpend,
    ];

    /// AWS's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TextMessagesExpectingFeedback => "NumberOfTextMessagesExpectingFeedback",
            Self::MediaMessagesExpectingFeedback => "NumberOfMediaMessagesExpectingFeedback",
            Self::TextMessagesWithFeedback => "NumberOfTextMessagesWithFeedback",
            Self::MediaMessagesWithFeedback => "NumberOfMediaMessagesWithFeedback",
            Self::TextMessagePartsSent => "NumberOfTextMessagePartsSent",
            Self::MediaMessagePartsSent => "NumberOfMediaMessagePartsSent",
            Self::TextMessagePartsDelivered => "NumberOfTextMessagePartsDelivered",
            Self::MediaMessagePartsDelivered => "NumberOfMediaMessagePartsDelivered",
            Self::TextMessagesBlockedByProtect => "TextMessagesBlockedByProtect",
            Self::MediaMessagesBlockedByProtect => "MediaMessagesBlockedByProtect",
            Self::RcsMessagesSent => "RCS.MessagesSent",
            Self::RcsMessagesDelivered => "RCS.MessagesDelivered",
            Self::TextMessageMonthlySpend => "TextMessageMonthlySpend",
            Self::VoiceMessageMonthlySpend => "VoiceMessageMonthlySpend",
            Self::MediaMessageMonthlySpend => "MediaMessageMonthlySpend",
        }
    }

    /// The metric of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }

    /// What it is counted in.
    #[must_use]
    pub const fn unit(self) -> Unit {
        if self.is_spend() { Unit::Usd } else { Unit::Count }
    }

    /// Whether it is the month's cost so far.
    #[must_use]
    pub const fn is_spend(self) -> bool {
        matches!(
            self,
            Self::TextMessageMonthlySpend
                | Self::VoiceMessageMonthlySpend
                | Self::MediaMessageMonthlySpend
        )
    }

    /// The sets of dimensions it has series for. AWS lists the sets without saying whose they are:
    /// beyond `OriginationIdentityType`, this is the logical reading and an assumption.
    #[must_use]
    pub const fn dimension_sets(self) -> &'static [&'static [Dimension]] {
        use Dimension as D;
        match self {
            Self::TextMessagesExpectingFeedback | Self::MediaMessagesExpectingFeedback => {
                &[&[], &[D::IsoCountryCode]]
            }
            Self::TextMessagesWithFeedback | Self::MediaMessagesWithFeedback => &[
                &[],
                &[D::IsoCountryCode],
                &[D::MessageFeedbackStatus],
                &[D::IsoCountryCode, D::MessageFeedbackStatus],
            ],
            Self::TextMessagesBlockedByProtect | Self::MediaMessagesBlockedByProtect => &[
                &[],
                &[D::IsoCountryCode],
                &[D::ProtectConfigurationId],
                &[D::IsoCountryCode, D::ProtectConfigurationId],
                &[D::OriginationIdentityType],
            ],
            Self::TextMessageMonthlySpend
            | Self::VoiceMessageMonthlySpend
            | Self::MediaMessageMonthlySpend => &[&[]],
            Self::TextMessagePartsSent
            | Self::MediaMessagePartsSent
            | Self::TextMessagePartsDelivered
            | Self::MediaMessagePartsDelivered
            | Self::RcsMessagesSent
            | Self::RcsMessagesDelivered => {
                &[&[], &[D::IsoCountryCode], &[D::OriginationIdentityType]]
            }
        }
    }

    // That a Notify text counts as a text is an assumption; voice and RCS have no feedback metrics.

    pub(super) const fn expecting_feedback(channel: Channel) -> Option<Self> {
        match channel {
            Channel::Text | Channel::NotifyText => Some(Self::TextMessagesExpectingFeedback),
            Channel::Media => Some(Self::MediaMessagesExpectingFeedback),
            Channel::Voice | Channel::NotifyVoice | Channel::Rcs => None,
        }
    }

    pub(super) const fn with_feedback(channel: Channel) -> Option<Self> {
        match channel {
            Channel::Text | Channel::NotifyText => Some(Self::TextMessagesWithFeedback),
            Channel::Media => Some(Self::MediaMessagesWithFeedback),
            Channel::Voice | Channel::NotifyVoice | Channel::Rcs => None,
        }
    }

    pub(super) const fn parts_sent(channel: Channel) -> Option<Self> {
        match channel {
            Channel::Text | Channel::NotifyText => Some(Self::TextMessagePartsSent),
            Channel::Media => Some(Self::MediaMessagePartsSent),
            Channel::Rcs => Some(Self::RcsMessagesSent),
            Channel::Voice | Channel::NotifyVoice => None,
        }
    }

    pub(super) const fn parts_delivered(channel: Channel) -> Option<Self> {
        match channel {
            Channel::Text | Channel::NotifyText => Some(Self::TextMessagePartsDelivered),
            Channel::Media => Some(Self::MediaMessagePartsDelivered),
            Channel::Rcs => Some(Self::RcsMessagesDelivered),
            Channel::Voice | Channel::NotifyVoice => None,
        }
    }

    pub(super) const fn blocked_by_protect(channel: Channel) -> Option<Self> {
        match channel {
            Channel::Text | Channel::NotifyText => Some(Self::TextMessagesBlockedByProtect),
            Channel::Media => Some(Self::MediaMessagesBlockedByProtect),
            Channel::Voice | Channel::NotifyVoice | Channel::Rcs => None,
        }
    }

    pub(super) const fn monthly_spend(channel: Channel) -> Option<Self> {
        match channel {
            Channel::Text => Some(Self::TextMessageMonthlySpend),
            Channel::Media => Some(Self::MediaMessageMonthlySpend),
            Channel::Voice => Some(Self::VoiceMessageMonthlySpend),
            // Their budgets are their own, without a metric.
            Channel::NotifyText | Channel::NotifyVoice | Channel::Rcs => None,
        }
    }
}

/// What divides a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// `IsoCountryCode`
    IsoCountryCode,
    /// `MessageFeedbackStatus`
    MessageFeedbackStatus,
    /// `ProtectConfigurationId`
    ProtectConfigurationId,
    /// `OriginationIdentityType`
    OriginationIdentityType,
}

impl Dimension {
    /// AWS's name of it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IsoCountryCode => "IsoCountryCode",
            Self::MessageFeedbackStatus => "MessageFeedbackStatus",
            Self::ProtectConfigurationId => "ProtectConfigurationId",
            Self::OriginationIdentityType => "OriginationIdentityType",
        }
    }
}

/// What a message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OriginationIdentityType {
    /// `PHONE_NUMBER`
    PhoneNumber,
    /// `SENDER_ID`
    SenderId,
    /// `RCS_AGENT`
    RcsAgent,
    /// `POOL`
    Pool,
}

impl OriginationIdentityType {
    /// What an identity that the account does not know must be, by its form.
    #[must_use]
    pub fn of(identity: &str) -> Self {
        let resource = identity.rsplit_once(':').map_or(identity, |(_, resource)| resource);
        let is_number = |text: &str| {
            let digits = text.strip_prefix('+').unwrap_or(text);
            digits.len() > 2 && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        let begins = |words: [&str; 2]| words.iter().any(|word| resource.starts_with(word));
        if is_number(resource) || begins(["phone-number/", "phone-"]) {
            Self::PhoneNumber
        } else if begins(["pool/", "pool-"]) {
            Self::Pool
        } else if begins(["rcs-agent/", "rcs-"]) {
            Self::RcsAgent
        } else {
            Self::SenderId
        }
    }
}

/// What divides counts beside country and protect configuration: no metric needs two of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Facet {
    /// Nothing.
    None,
    /// `MessageFeedbackStatus` is `RECEIVED`
    Received,
    /// `MessageFeedbackStatus` is `FAILED`
    Failed,
    /// `OriginationIdentityType` is `PHONE_NUMBER`
    PhoneNumber,
    /// `OriginationIdentityType` is `SENDER_ID`
    SenderId,
    /// `OriginationIdentityType` is `RCS_AGENT`
    RcsAgent,
    /// `OriginationIdentityType` is `POOL`
    Pool,
}

impl From<OriginatorKind> for OriginationIdentityType {
    fn from(kind: OriginatorKind) -> Self {
        match kind {
            OriginatorKind::PhoneNumber => Self::PhoneNumber,
            OriginatorKind::SenderId => Self::SenderId,
            OriginatorKind::Pool => Self::Pool,
        }
    }
}

impl Facet {
    pub(super) const fn of_status(status: FeedbackStatus) -> Self {
        match status {
            FeedbackStatus::Received => Self::Received,
            FeedbackStatus::Failed => Self::Failed,
        }
    }

    pub(super) const fn of_originator(originator: Option<OriginationIdentityType>) -> Self {
        match originator {
            None => Self::None,
            Some(OriginationIdentityType::PhoneNumber) => Self::PhoneNumber,
            Some(OriginationIdentityType::SenderId) => Self::SenderId,
            Some(OriginationIdentityType::RcsAgent) => Self::RcsAgent,
            Some(OriginationIdentityType::Pool) => Self::Pool,
        }
    }

    /// The dimension and its value; `None` for nothing.
    #[must_use]
    pub const fn dimension(self) -> Option<(Dimension, &'static str)> {
        use Dimension::{MessageFeedbackStatus, OriginationIdentityType};
        match self {
            Self::None => None,
            Self::Received => Some((MessageFeedbackStatus, "RECEIVED")),
            Self::Failed => Some((MessageFeedbackStatus, "FAILED")),
            Self::PhoneNumber => Some((OriginationIdentityType, "PHONE_NUMBER")),
            Self::SenderId => Some((OriginationIdentityType, "SENDER_ID")),
            Self::RcsAgent => Some((OriginationIdentityType, "RCS_AGENT")),
            Self::Pool => Some((OriginationIdentityType, "POOL")),
        }
    }

    /// The one with this value in this dimension.
    #[must_use]
    pub fn with(dimension: Dimension, value: &str) -> Option<Self> {
        let all = [
            Self::Received,
            Self::Failed,
            Self::PhoneNumber,
            Self::SenderId,
            Self::RcsAgent,
            Self::Pool,
        ];
        all.into_iter().find(|facet| facet.dimension() == Some((dimension, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_shows_by_its_form_what_it_is() {
        use OriginationIdentityType as T;
        let arn = |resource: &str| format!("arn:aws:sms-voice:us-east-1:123456789012:{resource}");
        for (identity, kind) in [
            ("+12065550100", T::PhoneNumber),
            ("12345", T::PhoneNumber),
            ("phone-0123456789abcdef0123456789abcdef", T::PhoneNumber),
            (&arn("phone-number/phone-0123"), T::PhoneNumber),
            ("pool-0123", T::Pool),
            (&arn("pool/pool-0123"), T::Pool),
            ("rcs-0123", T::RcsAgent),
            ("ACME", T::SenderId),
            (&arn("sender-id/ACME/FR"), T::SenderId),
        ] {
            assert_eq!(T::of(identity), kind, "{identity}");
        }
    }

    #[test]
    fn every_metric_is_found_by_its_name() {
        for metric in Metric::ALL {
            assert_eq!(Metric::named(metric.name()), Some(metric));
        }
        assert_eq!(Metric::named("NumberOfTextMessages"), None);
    }
}
