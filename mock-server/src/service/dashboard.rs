//! The numbers of the console's message feedback tab.
//!
//! **Invariant:** every count is of messages, in the state they have now; none is of calls.

use super::{country::CountryCode, feedback::FeedbackState, time::SimTime};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Messages with feedback switched on, sent in some period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dashboard {
    /// All countries together.
    pub total: FeedbackCounts,
    /// Each country with at least one such message.
    pub by_country: BTreeMap<CountryCode, FeedbackCounts>,
}

/// Messages by the state of their feedback.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedbackCounts {
    /// All that were sent with feedback switched on, whatever became of them.
    pub expecting: u64,
    /// Reported as received.
    pub received: u64,
    /// Reported as failed.
    pub failed: u64,
    /// Not reported within the hour (nor later).
    pub auto_failed: u64,
}

impl Dashboard {
    /// Messages with feedback completion: those received.
    #[must_use]
    pub const fn completed(&self) -> u64 {
        self.total.received
    }

    /// The share of messages received, from 0 to 100; `None` if none expects feedback.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn percentage(&self) -> Option<f64> {
        let FeedbackCounts { expecting, received, .. } = self.total;
        (expecting > 0).then(|| 100.0 * received as f64 / expecting as f64)
    }

    pub(super) fn add(&mut self, country: CountryCode, counts: FeedbackCounts) {
        self.total.add(counts);
        self.by_country.entry(country).or_default().add(counts);
    }
}

impl FeedbackCounts {
    /// One message in this state; nothing at all if feedback is off.
    pub(super) fn of(state: FeedbackState) -> Option<Self> {
        let is = |other| u64::from(state == other);
        (state != FeedbackState::None).then(|| Self {
            expecting: 1,
            received: is(FeedbackState::Received),
            failed: is(FeedbackState::Failed),
            auto_failed: is(FeedbackState::AutoFailed),
        })
    }

    pub(super) fn add(&mut self, other: Self) {
        // Destructured on purpose: a new field must be added here before it compiles.
        let Self { expecting, received, failed, auto_failed } = other;
        self.expecting += expecting;
        self.received += received;
        self.failed += failed;
        self.auto_failed += auto_failed;
    }
}

/// From an instant (inclusive) to another (exclusive), each open if absent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Period {
    pub(super) from: Option<SimTime>,
    pub(super) to: Option<SimTime>,
}

impl Period {
    pub(super) fn contains(self, at: SimTime) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }
}
