//! What AWS does not document of its events, and what therefore can be set.

use super::event::Kind;
use std::time::Duration;

/// How events come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EventSettings {
    /// Whether a message is told to be queued before a carrier accepts it. AWS documents the event,
    /// not which messages have it.
    pub queued: bool,
    /// From a send to the carrier's acceptance. AWS's own samples show 300 to 400 ms.
    pub carrier_accepts_after: Duration,
    /// From a send to its receipt in a country without carriers, and at simulator numbers: there every
    /// message is delivered (an assumption).
    pub delivered_after: Duration,
    /// What the receipt of a lost message says.
    pub lost_as: Kind,
    /// The share of events that come twice.
    pub duplicate_share: f64,
}

impl Default for EventSettings {
    fn default() -> Self {
        Self {
            queued: true,
            carrier_accepts_after: Duration::from_millis(300),
            delivered_after: Duration::from_secs(2),
            lost_as: Kind::Unreachable,
            duplicate_share: 0.0,
        }
    }
}
