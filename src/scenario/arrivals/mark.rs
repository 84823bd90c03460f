//! What happens at a known time and has a name, for whoever draws or tells the course of a campaign.

use sms_voice_mock::service::{country::CountryCode, time::SimTime};

/// Something with a name and a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its name in the scenario.
    pub name: String,
    /// What it is.
    pub kind: MarkKind,
    /// Where it happens, sorted; empty if everywhere.
    pub countries: Vec<CountryCode>,
    /// When it begins.
    pub from: SimTime,
    /// When it is over; what an outage brings back comes after that.
    pub until: SimTime,
}

/// What has a name and a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// More users for a while.
    Surge,
    /// A multiple of the usual users for a while.
    Multiplier,
    /// Traffic that never means to verify anything.
    Attack,
    /// Nobody arrives.
    Outage,
}

impl MarkKind {
    /// Its name: `surge`, `multiplier`, `attack` or `outage`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Surge => "surge",
            Self::Multiplier => "multiplier",
            Self::Attack => "attack",
            Self::Outage => "outage",
        }
    }
}
