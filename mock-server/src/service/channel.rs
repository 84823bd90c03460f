//! What a message is: a text, a call, a picture.
//!
//! **Invariant:** the metrics and the dashboard know two channels, text and media.

use super::answer::QuotaReason;

/// How a message reaches its user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Channel {
    /// `SendTextMessage`
    #[default]
    Text,
    /// `SendMediaMessage`
    Media,
    /// `SendVoiceMessage`
    Voice,
    /// `SendNotifyTextMessage`
    NotifyText,
    /// `SendNotifyVoiceMessage`
    NotifyVoice,
    /// `SendRcsMessage`
    Rcs,
}

impl Channel {
    /// What an originator must be capable of.
    #[must_use]
    pub const fn capability(self) -> &'static str {
        match self {
            Self::Text | Self::NotifyText => "SMS",
            Self::Media => "MMS",
            Self::Voice | Self::NotifyVoice => "VOICE",
            Self::Rcs => "RCS",
        }
    }

    /// Whether the dashboard counts its feedback. AWS documents it for text and media; that a Notify
    /// text counts as a text is an assumption.
    #[must_use]
    pub const fn has_feedback_metrics(self) -> bool {
        matches!(self, Self::Text | Self::NotifyText | Self::Media)
    }

    /// Whether it has an event for the wait before it is handed over. A call has none.
    pub(super) const fn is_queued(self) -> bool {
        !matches!(self, Self::Voice | Self::NotifyVoice)
    }

    /// The operation that sends it.
    #[must_use]
    pub const fn operation(self) -> &'static str {
        match self {
            Self::Text => "SendTextMessage",
            Self::Media => "SendMediaMessage",
            Self::Voice => "SendVoiceMessage",
            Self::NotifyText => "SendNotifyTextMessage",
            Self::NotifyVoice => "SendNotifyVoiceMessage",
            Self::Rcs => "SendRcsMessage",
        }
    }

    /// Its name in `/_mock/messages`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Media => "MEDIA",
            Self::Voice => "VOICE",
            Self::NotifyText => "NOTIFY_TEXT",
            Self::NotifyVoice => "NOTIFY_VOICE",
            Self::Rcs => "RCS",
        }
    }

    /// Which spend limit it counts against, as a place among them.
    pub(super) const fn budget(self) -> usize {
        match self {
            Self::Text => 0,
            Self::Media => 1,
            Self::Voice => 2,
            Self::NotifyText | Self::NotifyVoice => 3,
            Self::Rcs => 4,
        }
    }

    /// Why it is refused once that limit is reached.
    pub(super) const fn spend_reason(self) -> QuotaReason {
        match self {
            Self::Text => QuotaReason::MonthlySpendLimitReachedForText,
            Self::Media => QuotaReason::MonthlySpendLimitReachedForMedia,
            Self::Voice => QuotaReason::MonthlySpendLimitReachedForVoice,
            Self::NotifyText | Self::NotifyVoice => QuotaReason::MonthlySpendLimitReachedForNotify,
            Self::Rcs => QuotaReason::MonthlySpendLimitReachedForRcs,
        }
    }
}

/// The number of spend limits.
pub(super) const BUDGETS: usize = 5;
