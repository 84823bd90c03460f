//! What originators sent today, against what they may send in a day.
//!
//! **Invariant:** a day is 24 hours from its start; the clock is not put forward or back in summer.

use crate::service::{settings::Quotas, time::SimTime};
use std::{collections::BTreeMap, time::Duration};

/// What may be sent in a day; `None` is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DailyCap {
    pub(super) parts: Option<u32>,
    pub(super) messages: Option<u32>,
}

/// What every originator, or brand, sent on the day of the latest send.
#[derive(Clone)]
pub(super) struct Days {
    /// From the start of a day to the start of the timeline.
    begun: Duration,
    today: u64,
    sent: BTreeMap<Box<str>, Sent>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    parts: u32,
    messages: u32,
}

const DAY: Duration = Duration::from_secs(86_400);

impl DailyCap {
    /// The cap of every originator.
    pub(super) const fn of_all(quotas: &Quotas) -> Self {
        Self { parts: quotas.parts_per_day, messages: None }
    }

    pub(super) fn is_none(self) -> bool {
        self == Self::default()
    }

    fn allows(self, sent: Sent) -> bool {
        self.parts.is_none_or(|most| sent.parts <= most)
            && self.messages.is_none_or(|most| sent.messages <= most)
    }
}

impl Days {
    /// Nothing was sent yet, on a timeline that starts `epoch` after 1970.
    pub(super) fn new(quotas: &Quotas, epoch: Duration) -> Self {
        Self { begun: epoch + (DAY - quotas.day_starts), today: 0, sent: BTreeMap::new() }
    }

    /// Whether a message of so many parts fits under the cap.
    pub(super) fn allow(&self, now: SimTime, who: &str, cap: DailyCap, parts: u32) -> bool {
        cap.is_none() || cap.allows(self.so_far(now, who).and(parts))
    }

    /// Counts a message.
    pub(super) fn add(&mut self, now: SimTime, who: &str, cap: DailyCap, parts: u32) {
        if cap.is_none() {
            return;
        }
        let sent = self.so_far(now, who).and(parts);
        if self.today < self.day(now) {
            self.today = self.day(now);
            self.sent.clear();
        }
        self.sent.insert(who.into(), sent);
    }

    fn so_far(&self, now: SimTime, who: &str) -> Sent {
        let today = self.day(now) <= self.today;
        self.sent.get(who).copied().filter(|_| today).unwrap_or_default()
    }

    fn day(&self, now: SimTime) -> u64 {
        (self.begun + now.since_start()).as_secs() / DAY.as_secs()
    }
}

impl Sent {
    const fn and(self, parts: u32) -> Self {
        Self { parts: self.parts.saturating_add(parts), messages: self.messages.saturating_add(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;

    #[test]
    fn a_day_begins_when_it_is_said_to_and_counts_from_nothing() {
        let quotas = Quotas { day_starts: Duration::from_secs(8 * HOUR), ..Quotas::UNLIMITED };
        // The timeline starts at six o'clock, two hours before the next day.
        let mut days = Days::new(&quotas, Duration::from_secs(6 * HOUR));
        let cap = DailyCap { parts: Some(3), messages: Some(2) };
        let (before, after) = (SimTime::from_secs(2 * HOUR - 1), SimTime::from_secs(2 * HOUR));
        assert!(!days.allow(before, "a", cap, 4));
        for parts in [1, 2] {
            assert!(days.allow(before, "a", cap, parts));
            days.add(before, "a", cap, parts);
        }
        assert!(!days.allow(before, "a", cap, 1));
        assert!(days.allow(before, "b", cap, 1));
        assert!(days.allow(after, "a", cap, 3));
        days.add(after, "a", cap, 3);
        assert!(!days.allow(after, "a", cap, 1));
        let next = SimTime::from_secs(26 * HOUR);
        assert!(days.allow(next, "a", cap, 1));
    }

    #[test]
    fn without_a_cap_nothing_is_remembered() {
        let mut days = Days::new(&Quotas::UNLIMITED, Duration::ZERO);
        days.add(SimTime::ZERO, "a", DailyCap::default(), 1);
        assert!(days.sent.is_empty());
    }
}
