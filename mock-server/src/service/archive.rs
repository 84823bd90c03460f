//! What remains of messages whose records are gone: counts by country and time of the send.
//!
//! ```text
//!  record ──reported, or past its hour──► its minute ──15 days──► its hour
//!     └────still waiting──► its second ──one hour──► its minute, as auto-failed
//! ```
//!
//! Minutes and hours are those of the clock (UTC), as CloudWatch's are. What this takes is bounded by
//! the time that has passed and the countries, not by the messages.
//!
//! **Invariant:** a message counts as auto-failed never before its hour, and at most a second after.

use super::{
    country::CountryCode,
    dashboard::{Dashboard, FeedbackCounts, Period},
    feedback::{AUTO_FAIL_AFTER, FeedbackState},
    pairs,
    time::SimTime,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// Minutes of an hour, and how many of them are told apart.
const HOUR: u64 = 60;
const MINUTES_KEPT: u64 = 15 * 24 * HOUR;

/// Counts of messages that cannot be found any more.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Archive {
    epoch: Duration,
    /// By the minute since 1970.
    #[serde(with = "pairs")]
    minutes: BTreeMap<(u64, CountryCode), FeedbackCounts>,
    /// Messages whose hour is not over, by the second since 1970.
    #[serde(with = "pairs")]
    waiting: BTreeMap<(u64, CountryCode), Waiting>,
    /// What was sent before this minute is counted by the hour.
    by_hours_before: u64,
}

/// Messages of one second that nobody reported on, and nobody can.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Waiting {
    count: u64,
    /// When the last of them was sent.
    last: SimTime,
}

impl Waiting {
    fn counts(self, now: SimTime) -> FeedbackCounts {
        let failed = if self.is_over(now) { self.count } else { 0 };
        FeedbackCounts { expecting: self.count, auto_failed: failed, ..FeedbackCounts::default() }
    }

    fn is_over(self, now: SimTime) -> bool {
        self.last + AUTO_FAIL_AFTER <= now
    }
}

impl Archive {
    /// Nothing, on a timeline that starts `epoch` after 1970.
    pub(super) const fn new(epoch: Duration) -> Self {
        Self { epoch, minutes: BTreeMap::new(), waiting: BTreeMap::new(), by_hours_before: 0 }
    }

    /// Adds a message that was sent at `sent` and cannot be reported on any more.
    pub(super) fn add(&mut self, sent: SimTime, country: CountryCode, state: FeedbackState) {
        let Some(counts) = FeedbackCounts::of(state) else { return };
        let second = (self.epoch + sent.since_start()).as_secs();
        if state == FeedbackState::Expecting {
            let fresh = Waiting { count: 0, last: sent };
            let waiting = self.waiting.entry((second, country)).or_insert(fresh);
            waiting.count += 1;
            waiting.last = waiting.last.max(sent);
        } else {
            self.count(second, country, counts);
        }
    }

    /// Puts together what need not be told apart any more.
    pub(super) fn settle(&mut self, now: SimTime) {
        while let Some(entry) = self.waiting.first_entry()
            && entry.get().is_over(now)
        {
            let ((second, country), waiting) = entry.remove_entry();
            self.count(second, country, waiting.counts(now));
        }
        let minute = (self.epoch + now.since_start()).as_secs() / 60;
        let by_hours = minute.saturating_sub(MINUTES_KEPT) / HOUR * HOUR;
        if by_hours > self.by_hours_before {
            let since = self.by_hours_before;
            self.by_hours_before = by_hours;
            let old = self.minutes.range(first(since)..first(by_hours));
            let old: Vec<_> = old.map(|(key, _)| *key).collect();
            for (minute, country) in old {
                if let Some(counts) = self.minutes.remove(&(minute, country)) {
                    self.count(minute * 60, country, counts);
                }
            }
        }
    }

    fn count(&mut self, second: u64, country: CountryCode, counts: FeedbackCounts) {
        let minute = second / 60;
        let early = minute < self.by_hours_before;
        let span = if early { minute / HOUR * HOUR } else { minute };
        self.minutes.entry((span, country)).or_default().add(counts);
    }

    /// When the first minute begins.
    pub(super) fn first(&self) -> Option<SimTime> {
        let counted = self.minutes.keys().next().map(|(minute, _)| *minute);
        let waiting = self.waiting.keys().next().map(|(second, _)| second / 60);
        counted.into_iter().chain(waiting).min().map(|minute| self.begin(minute))
    }

    /// Hands over everything whose minute begins at `from` or later.
    pub(super) fn each(
        &self,
        now: SimTime,
        from: SimTime,
        take: &mut impl FnMut(SimTime, FeedbackCounts),
    ) {
        let late = |(begins, ..): &(SimTime, CountryCode, FeedbackCounts)| *begins >= from;
        self.all(now).filter(late).for_each(|(begins, _, counts)| take(begins, counts));
    }

    /// Adds the minutes that begin within the period.
    pub(super) fn add_to(&self, now: SimTime, dashboard: &mut Dashboard, period: Period) {
        for (begins, country, counts) in self.all(now) {
            if period.contains(begins) {
                dashboard.add(country, counts);
            }
        }
    }

    /// All counts with the beginning of their minute.
    fn all(&self, now: SimTime) -> impl Iterator<Item = (SimTime, CountryCode, FeedbackCounts)> {
        let minutes = self.minutes.iter();
        let minutes = minutes.map(|((minute, country), counts)| (*minute, *country, *counts));
        let waiting = self.waiting.iter();
        let waiting = waiting
            .map(move |((second, country), waiting)| (second / 60, *country, waiting.counts(now)));
        minutes
            .chain(waiting)
            .map(|(minute, country, counts)| (self.begin(minute), country, counts))
    }

    /// The beginning of a minute; that of the timeline if it lies before.
    fn begin(&self, minute: u64) -> SimTime {
        SimTime::ZERO + Duration::from_secs(minute * 60).saturating_sub(self.epoch)
    }
}

/// The least key of a minute.
const fn first(minute: u64) -> (u64, CountryCode) {
    (minute, CountryCode::of("AA"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BR: CountryCode = CountryCode::of("BR");

    fn dashboard(archive: &Archive, now: u64, from: u64, to: u64) -> FeedbackCounts {
        let mut dashboard = Dashboard::default();
        let (from, to) = (Some(SimTime::from_secs(from)), Some(SimTime::from_secs(to)));
        archive.add_to(SimTime::from_secs(now), &mut dashboard, Period { from, to });
        dashboard.total
    }

    #[test]
    fn a_message_that_waits_becomes_auto_failed_at_its_hour() {
        let mut archive = Archive::new(Duration::from_secs(30));
        for second in [0, 40, 100] {
            archive.add(SimTime::from_secs(second), BR, FeedbackState::Expecting);
        }
        for (now, failed) in [(3_599, 0), (3_600, 1), (3_639, 1), (3_640, 2), (3_700, 3)] {
            let counts = dashboard(&archive, now, 0, 1_000);
            assert_eq!((counts.expecting, counts.auto_failed), (3, failed), "at {now}");
            archive.settle(SimTime::from_secs(now));
            assert_eq!(dashboard(&archive, now, 0, 1_000), counts, "at {now}");
        }
        assert!(archive.waiting.is_empty());
        // The clock's minutes, not those since the start of the timeline.
        assert_eq!(dashboard(&archive, 4_000, 0, 30).expecting, 1);
        assert_eq!(dashboard(&archive, 4_000, 30, 90).expecting, 1);
    }

    #[test]
    fn what_is_old_is_counted_by_the_hour() {
        let mut archive = Archive::new(Duration::ZERO);
        let day = 86_400;
        for minute in 0..30 * 24 * 60 {
            let sent = SimTime::from_secs(minute * 60 + 7);
            archive.add(sent, BR, FeedbackState::Received);
            archive.settle(sent);
        }
        assert_eq!(archive.minutes.len(), 15 * 24 * 60 + 15 * 24 + 59);
        let received = |from, to| dashboard(&archive, 30 * day, from, to).received;
        assert_eq!(received(0, 30 * day), 30 * 24 * 60);
        assert_eq!(received(3_600, 10_800), 120);
        assert_eq!(received(29 * day, 29 * day + 120), 2);
    }
}
