//! One event, and the record of it that AWS publishes.
//!
//! **Invariant:** no destination number is in a record; AWS's own EventBridge samples leave it out too.

use super::Traced;
use crate::service::{
    account::arn::{ACCOUNT, REGION},
    carrier::{Carrier, choose},
    channel::Channel,
    country::CountryCode,
    dice::Draw,
    identity::MessageId,
    message_log::Details,
    model::Service,
    price::Money,
    segments::Encoding,
    time::SimTime,
};
use serde::{Deserialize, Serialize};

/// What happened to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// It waits to be handed to a carrier.
    Queued,
    /// The carrier accepted it.
    Successful,
    /// It reached the handset, as far as the receipt says.
    Delivered,
    /// The handset could not be reached.
    Unreachable,
    /// A passing fault of the carrier.
    CarrierUnreachable,
    /// The device or the carrier blocks messages to this recipient.
    Blocked,
    /// The carrier took it for malicious.
    CarrierBlocked,
    /// The carrier took it for spam.
    Spam,
    /// The number does not exist.
    Invalid,
    /// Nobody said what became of it.
    Unknown,
    /// It was not handed over within its time to live.
    TtlExpired,
}

impl Kind {
    /// As `messageStatus` says it.
    #[must_use]
    pub const fn status(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Successful => "SUCCESSFUL",
            Self::Delivered => "DELIVERED",
            Self::Unreachable => "UNREACHABLE",
            Self::CarrierUnreachable => "CARRIER_UNREACHABLE",
            Self::Blocked => "BLOCKED",
            Self::CarrierBlocked => "CARRIER_BLOCKED",
            Self::Spam => "SPAM",
            Self::Invalid => "INVALID",
            Self::Unknown => "UNKNOWN",
            Self::TtlExpired => "TTL_EXPIRED",
        }
    }

    /// In words. That of acceptance is AWS's own text; the others are ours.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Queued => "The message waits to be sent",
            Self::Successful => "Message has been accepted by phone carrier",
            Self::Delivered => "Message has been delivered",
            Self::Unreachable => "The recipient's device could not be reached",
            Self::CarrierUnreachable => "The carrier could not be reached",
            Self::Blocked => "Messages to this recipient are blocked",
            Self::CarrierBlocked => "The carrier blocked the message",
            Self::Spam => "The carrier took the message for spam",
            Self::Invalid => "The destination number is not valid",
            Self::Unknown => "No delivery receipt came",
            Self::TtlExpired => "The message was not handed over within its time to live",
        }
    }

    /// Whether nothing follows.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Successful)
    }
}

/// An event that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub(super) at: SimTime,
    pub(super) kind: Kind,
    pub(super) message: Traced,
}

/// An event as it is published.
#[derive(Clone, Debug, PartialEq)]
pub struct EventView {
    /// Its number, from 1 on; a duplicate has one of its own.
    pub number: u64,
    /// When it happened.
    pub at: SimTime,
    /// What happened.
    pub kind: Kind,
    /// The message it happened to.
    pub message_id: MessageId,
    /// How that was sent.
    pub channel: Channel,
    /// When that was sent.
    pub sent: SimTime,
    /// Where to.
    pub country: CountryCode,
    /// Mobile country code and network code; empty if not known.
    pub network: (String, String),
    /// The carrier's name, if known.
    pub carrier: Option<String>,
    /// `GSM` or `Unicode`.
    pub encoding: &'static str,
    /// `TRANSACTIONAL` or `PROMOTIONAL`.
    pub message_type: &'static str,
    /// How many parts it took.
    pub parts: u8,
    /// Its price, the carrier's fee left out.
    pub price: Money,
    /// The carrier's fee.
    pub fee: Money,
    /// Whom it came from, while its message is among the newest.
    pub originator: Option<String>,
    /// The pairs that came with it, while its message is among the newest.
    pub context: Option<Vec<(String, String)>>,
}

impl EventView {
    /// As `eventType` says it.
    #[must_use]
    pub fn event_type(&self) -> String {
        let family = match self.channel {
            Channel::Text | Channel::NotifyText => "TEXT",
            Channel::Media => "MEDIA",
            Channel::Voice | Channel::NotifyVoice => "VOICE",
            Channel::Rcs => "RCS",
        };
        let status = match (family, self.kind) {
            // A call has states of its own.
            ("VOICE", Kind::Successful) => "INITIATED",
            ("VOICE", Kind::Delivered) => "COMPLETED",
            ("VOICE", Kind::TtlExpired) | ("RCS", Kind::TtlExpired) => "TTL_EXPIRED",
            ("VOICE" | "RCS", kind) if kind.is_final() && kind != Kind::Delivered => "FAILED",
            ("RCS", Kind::Successful) => "SENT",
            (_, kind) => kind.status(),
        };
        format!("{family}_{status}")
    }

    /// As EventBridge's `detail-type` says it.
    #[must_use]
    pub const fn detail_type(&self) -> &'static str {
        match self.channel {
            Channel::Text | Channel::NotifyText | Channel::Rcs => {
                "Text Message Delivery Status Updated"
            }
            Channel::Media => "Media Message Delivery Status Updated",
            Channel::Voice | Channel::NotifyVoice => "Voice Message Delivery Status Updated",
        }
    }

    /// The account and the region of every event.
    #[must_use]
    pub const fn account_and_region() -> (&'static str, &'static str) {
        (ACCOUNT, REGION)
    }
}

/// Some events, and where to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    /// The events, oldest first.
    pub events: Vec<EventView>,
    /// The number of the last one that was looked at.
    pub last: u64,
    /// How many came after the number that was asked for and are not kept any more.
    pub missed: u64,
    /// How many messages without a receipt have no last event, because too many waited for theirs.
    pub forgotten: u64,
}

impl Service {
    pub(super) fn event_view(&self, number: u64, event: &Event) -> EventView {
        let Event { at, kind, message } = *event;
        let carrier = self.carrier_of(message.country, message.session);
        let details = self.state.messages.details(message.number);
        let originator = |details: &Details| details.originator.as_deref().map(str::to_owned);
        EventView {
            number,
            at,
            kind,
            message_id: self.state.ids.id(message.number),
            channel: message.channel,
            sent: message.sent,
            country: message.country,
            network: carrier.map(|own| (own.mcc.clone(), own.mnc.clone())).unwrap_or_default(),
            carrier: carrier.map(|carrier| carrier.name.clone()),
            encoding: match message.encoding {
                Encoding::Gsm => "GSM",
                Encoding::Ucs2 => "Unicode",
            },
            message_type: if message.promotional { "PROMOTIONAL" } else { "TRANSACTIONAL" },
            parts: message.parts,
            price: Money::from_nanos(message.cost.nanos() - message.fee.nanos()),
            fee: message.fee,
            originator: details.and_then(originator),
            context: details.and_then(|details| details.context.as_ref().map(|own| own.to_vec())),
        }
    }

    /// The carrier of a session's number; `None` if the country's carriers are not known.
    pub(in crate::service) fn carrier_of(
        &self,
        country: CountryCode,
        session: u64,
    ) -> Option<&Carrier> {
        let carriers = self.campaign.carriers.get(&country)?;
        let weights = carriers.iter().map(|carrier| carrier.weight);
        carriers.get(choose(weights, self.dice.unit(session, Draw::Carrier, 0)))
    }
}
