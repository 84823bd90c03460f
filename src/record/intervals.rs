//! The intervals that latencies and the course of time are kept by.

use sms_voice_mock::service::time::SimTime;
use std::time::Duration;

/// Intervals of one length, numbered from the start of the run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Intervals {
    nanos: u64,
    /// When the one began that was asked for last, and its number: mostly it is asked for again, and a division
    /// takes long.
    last: (SimTime, u64),
}

impl PartialEq for Intervals {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Intervals {
    /// Intervals of this length.
    pub(super) fn new(length: Duration) -> Self {
        let nanos = u64::try_from(length.as_nanos()).unwrap_or(u64::MAX).max(1);
        Self { nanos, last: (SimTime::ZERO, 0) }
    }

    /// The number of the interval that holds this instant, which lies near others that are asked for: it is remembered.
    #[inline]
    pub(super) fn near(&mut self, at: SimTime) -> u64 {
        let (from, number) = self.last;
        let into = at.nanos().checked_sub(from.nanos());
        if into.is_some_and(|into| into < self.nanos) { number } else { self.remember(at) }
    }

    #[cold]
    fn remember(&mut self, at: SimTime) -> u64 {
        let number = self.number(at);
        self.last = (SimTime::from_nanos(number * self.nanos), number);
        number
    }

    /// The same of an instant that may lie far from others: it is not remembered.
    #[inline]
    pub(super) const fn number(&self, at: SimTime) -> u64 {
        at.nanos() / self.nanos
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_before_changes_nothing() {
        let mut intervals = Intervals::new(Duration::from_nanos(7));
        for nanos in [0, 6, 7, 13, 3, 0, 700, 699, 706, 707, u64::MAX - 7, u64::MAX, 1] {
            let at = SimTime::from_nanos(nanos);
            assert_eq!(intervals.near(at), nanos / 7, "{nanos}");
            assert_eq!(intervals.number(at), nanos / 7, "{nanos}");
        }
    }
}
