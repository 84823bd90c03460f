//! The shape of what AWS does not document of its events.

use super::{duration::Span, problem::Problems};
use crate::service::events::{EventSettings, event::Kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How delivery events come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EventsShape {
    /// Whether each message has a `TEXT_QUEUED` event first.
    pub queued: bool,
    /// From a send to the carrier's acceptance.
    pub carrier_accepts_after: Span,
    /// From a send to its receipt where the carriers are not known, and at simulator numbers.
    pub delivered_after: Span,
    /// What the receipt of a lost message says.
    pub lost_as: LostShape,
    /// The share of events that come twice.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub duplicate_share: f64,
}

/// What the receipt of a lost message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LostShape {
    /// `TEXT_UNREACHABLE`
    Unreachable,
    /// `TEXT_CARRIER_UNREACHABLE`
    CarrierUnreachable,
    /// `TEXT_BLOCKED`
    Blocked,
    /// `TEXT_CARRIER_BLOCKED`
    CarrierBlocked,
    /// `TEXT_SPAM`
    Spam,
    /// `TEXT_INVALID`
    Invalid,
}

impl Default for EventsShape {
    fn default() -> Self {
        let usual = EventSettings::default();
        Self {
            queued: usual.queued,
            carrier_accepts_after: Span(usual.carrier_accepts_after),
            delivered_after: Span(usual.delivered_after),
            lost_as: LostShape::Unreachable,
            duplicate_share: usual.duplicate_share,
        }
    }
}

impl EventsShape {
    /// The settings, or entries in `problems` under `path`.
    pub(super) fn check(&self, path: &str, problems: &mut Problems) -> EventSettings {
        let spans = [
            ("carrier_accepts_after", self.carrier_accepts_after),
            ("delivered_after", self.delivered_after),
        ];
        for (key, span) in spans {
            problems.check_span(&format!("{path}.{key}"), span, "0s", "72h");
        }
        if !(0.0..=1.0).contains(&self.duplicate_share) {
            let share = self.duplicate_share;
            let path = format!("{path}.duplicate_share");
            problems.add(&path, format!("is {share}, but must be between 0 and 1"));
        }
        EventSettings {
            queued: self.queued,
            carrier_accepts_after: self.carrier_accepts_after.0,
            delivered_after: self.delivered_after.0,
            lost_as: self.lost_as.kind(),
            duplicate_share: self.duplicate_share,
        }
    }
}

impl LostShape {
    const fn kind(self) -> Kind {
        match self {
            Self::Unreachable => Kind::Unreachable,
            Self::CarrierUnreachable => Kind::CarrierUnreachable,
            Self::Blocked => Kind::Blocked,
            Self::CarrierBlocked => Kind::CarrierBlocked,
            Self::Spam => Kind::Spam,
            Self::Invalid => Kind::Invalid,
        }
    }
}
