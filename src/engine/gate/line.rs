//! The line before the application's workers: at most so many sends are unanswered at one time, the
//! others wait, first come first served.
//!
//! **Invariant:** who comes first is settled by the instant of coming, then by session and message;
//! while anybody waits, no worker is idle.

use sms_voice_mock::service::time::SimTime;
use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

/// What a send finds that is ready to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It leaves now.
    Now,
    /// It waits for a worker, and gives up at `until`.
    InLine {
        /// The longest it waits.
        until: SimTime,
    },
    /// There is no worker and no place to wait.
    Never,
}

/// A send that waits: since when, its session and its number there.
type Waiting = (SimTime, u64, u8);

/// The workers of one shard, and who waits for them.
#[derive(Debug)]
pub(super) struct Line {
    workers: u32,
    idle: u32,
    limit: u32,
    max_wait: Duration,
    waiting: BTreeSet<Waiting>,
    /// Those that got a worker and were not told yet.
    called: VecDeque<Waiting>,
}

impl Line {
    pub(super) const fn new(workers: u32, limit: u32, max_wait: Duration) -> Self {
        Self {
            workers,
            idle: workers,
            limit,
            max_wait,
            waiting: BTreeSet::new(),
            called: VecDeque::new(),
        }
    }

    /// Takes a worker or a place in the line.
    pub(super) fn come(&mut self, now: SimTime, session: u64, nth: u8) -> Turn {
        if self.idle > 0 {
            self.idle -= 1;
            return Turn::Now;
        }
        if self.limit as usize <= self.waiting.len() {
            return Turn::Never;
        }
        self.waiting.insert((now, session, nth));
        Turn::InLine { until: now + self.max_wait }
    }

    /// A worker is free: the first in the line has it, if there is one.
    pub(super) fn free(&mut self) {
        match self.waiting.pop_first() {
            Some(first) => self.called.push_back(first),
            None => self.idle += 1,
        }
    }

    /// Gives the place in the line back, or the worker if it came meanwhile.
    pub(super) fn leave(&mut self, since: SimTime, session: u64, nth: u8) {
        let who = (since, session, nth);
        if self.waiting.remove(&who) {
            return;
        }
        if let Some(place) = self.called.iter().position(|called| *called == who) {
            self.called.remove(place);
            self.free();
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.idle == self.workers && self.waiting.is_empty() && self.called.is_empty()
    }

    /// The next send that got a worker: session and message.
    pub(super) fn next_called(&mut self) -> Option<(u64, u8)> {
        self.called.pop_front().map(|(_, session, nth)| (session, nth))
    }
}

/// The share of a number that shard `index` of `count` has, in whole units.
pub(super) fn share(whole: u32, index: u32, count: u32) -> u32 {
    whole / count + u32::from(index < whole % count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    const fn at(secs: u64) -> SimTime {
        SimTime::from_secs(secs)
    }

    #[test]
    fn a_free_worker_goes_to_whoever_came_first_and_then_to_the_lower_number() {
        let mut line = Line::new(1, 10, HOUR);
        assert_eq!(line.come(at(0), 7, 0), Turn::Now);
        for (now, session) in [(at(2), 1), (at(1), 9), (at(1), 3)] {
            assert_eq!(line.come(now, session, 0), Turn::InLine { until: now + HOUR });
        }
        let mut served = Vec::new();
        for _ in 0..4 {
            line.free();
            served.extend(line.next_called());
        }
        assert_eq!(served, [(3, 0), (9, 0), (1, 0)]);
        assert_eq!(line.idle, 1);
    }

    #[test]
    fn without_places_whoever_finds_no_worker_is_lost() {
        let mut line = Line::new(2, 0, HOUR);
        let turns = [0, 1, 2].map(|session| line.come(at(0), session, 0));
        assert_eq!(turns, [Turn::Now, Turn::Now, Turn::Never]);
    }

    #[test]
    fn a_worker_given_to_somebody_who_left_goes_to_the_next() {
        let mut line = Line::new(1, 2, HOUR);
        line.come(at(0), 0, 0);
        line.come(at(1), 1, 0);
        line.come(at(1), 2, 0);
        line.free();
        line.leave(at(1), 1, 0);
        assert_eq!(line.next_called(), Some((2, 0)));
        line.leave(at(1), 1, 0);
        assert_eq!(line.next_called(), None);
        assert_eq!(line.idle, 0);
    }

    #[test]
    fn shares_are_whole_and_add_up() {
        for whole in 0..20 {
            for count in 1..8 {
                let shares: u32 = (0..count).map(|index| share(whole, index, count)).sum();
                assert_eq!(shares, whole);
            }
        }
    }
}
