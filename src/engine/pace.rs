//! The pace of puts: when one is throttled, all of them slow down.
//!
//! Multiplicative on both sides: the gap between puts grows by half when one is throttled and shrinks by a
//! twentieth when one is not, so it settles where about one change in nine is for the slower. A put whose place
//! was taken before the last such change says nothing about it, so there is one change for all the puts
//! that wait or are on their way. The first gap follows from how fast puts left. Where the application has a rate of its own,
//! no gap is below that.
//!
//! **Invariant:** a place is reserved by arithmetic; no list of waiting puts exists.

use sms_voice_mock::service::time::SimTime;
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The first gap is not longer than this.
const FIRST: Duration = Duration::from_millis(10);

/// The longest gap: a put a second still gets through.
const LONGEST: Duration = Duration::from_nanos(LONGEST_NANOS);
const LONGEST_NANOS: u64 = 1_000_000_000;

/// A gap below this is none.
const LEAST: Duration = Duration::from_micros(10);

/// When the next put may leave.
#[derive(Debug, Default)]
pub struct Pace {
    gap: Duration,
    /// The gap of the application's own rate.
    own: Duration,
    next: SimTime,
    slowed_at: SimTime,
    eased_at: SimTime,
}

impl Pace {
    /// A pace that is never above so many puts per second.
    #[must_use]
    pub fn at_most(rate: f64) -> Self {
        Self { own: Duration::from_secs_f64(1.0 / rate), ..Self::default() }
    }

    /// Takes the next place for a put that is due now.
    pub fn release(&mut self, now: SimTime) -> SimTime {
        let gap = self.gap.max(self.own);
        let at = if gap.is_zero() { now } else { self.next.max(now) };
        self.next = at + gap;
        at
    }

    /// Whether the latest throttled puts still hold others back.
    #[must_use]
    pub const fn is_slowed(&self) -> bool {
        !self.gap.is_zero()
    }

    /// Whether any put may have to wait.
    #[must_use]
    pub const fn holds_back(&self) -> bool {
        self.is_slowed() || !self.own.is_zero()
    }

    /// A put whose place was taken at `asked` was throttled; puts left so far apart.
    pub fn throttled(&mut self, now: SimTime, asked: SimTime, spacing: &Spacing) {
        if self.is_slowed() && asked < self.slowed_at {
            return;
        }
        let first = spacing.average().min(FIRST);
        self.gap = (self.gap.max(first) * 3 / 2).clamp(LEAST, LONGEST);
        (self.slowed_at, self.eased_at) = (now, now);
    }

    /// A put whose place was taken at `asked` was not throttled.
    pub fn passed(&mut self, now: SimTime, asked: SimTime) {
        if !self.is_slowed() || asked < self.eased_at {
            return;
        }
        let gap = self.gap * 19 / 20;
        self.gap = if gap < LEAST { Duration::ZERO } else { gap };
        self.eased_at = now;
    }
}

/// How far apart puts left of late. Threads note it without a lock, so each may overlook what others note just
/// then.
#[derive(Debug, Default)]
pub struct Spacing {
    /// In nanoseconds.
    average: AtomicU64,
    latest: AtomicU64,
}

impl Spacing {
    /// A put leaves `at` then.
    #[inline]
    pub fn note(&self, at: SimTime) {
        let latest = self.latest.load(Ordering::Relaxed);
        let apart = at.nanos().saturating_sub(latest).min(LONGEST_NANOS);
        let average = (self.average.load(Ordering::Relaxed) * 15 + apart) / 16;
        self.average.store(average, Ordering::Relaxed);
        self.latest.store(at.nanos(), Ordering::Relaxed);
    }

    fn average(&self) -> Duration {
        Duration::from_nanos(self.average.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        cmp::Reverse,
        collections::{BinaryHeap, VecDeque},
    };

    const fn at(millis: u64) -> SimTime {
        SimTime::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn without_trouble_nothing_waits() {
        let mut pace = Pace::default();
        assert!((0..5).all(|_| pace.release(SimTime::ZERO) == SimTime::ZERO));
        pace.passed(at(0), at(0));
        assert_eq!(pace.release(SimTime::ZERO), SimTime::ZERO);
    }

    #[test]
    fn the_applications_own_rate_holds_from_the_first_put_on() {
        let mut pace = Pace::at_most(4.0);
        assert_eq!([0; 3].map(|_| pace.release(SimTime::ZERO)), [at(0), at(250), at(500)]);
        pace.throttled(at(600), at(500), &Spacing::default());
        assert_eq!([0; 2].map(|_| pace.release(at(2_000))), [at(2_000), at(2_250)]);
    }

    #[test]
    fn one_throttled_put_spreads_those_behind_it_until_enough_have_passed() {
        let (mut pace, spacing) = (Pace::default(), Spacing::default());
        (0..100).for_each(|k| spacing.note(at(4 * k)));
        pace.throttled(at(400), at(396), &spacing);
        let places = [0; 3].map(|_| pace.release(at(400)));
        let gap = places[1].since(places[0]);
        assert!(Duration::from_millis(5) < gap && gap <= Duration::from_millis(6), "{gap:?}");
        assert_eq!(places[2].since(places[1]), gap);
        (500..800).for_each(|k| pace.passed(at(k), at(k - 1)));
        assert_eq!(pace.release(at(900)), at(900));
        assert!(!pace.is_slowed());
        (1_000..1_100).for_each(|k| pace.throttled(at(k), at(k), &spacing));
        pace.release(at(10_000));
        assert_eq!(pace.release(at(10_000)), at(11_000));
    }

    #[test]
    fn all_puts_on_their_way_slow_down_once() {
        let (mut pace, spacing) = (Pace::default(), Spacing::default());
        (0..100).for_each(|k| spacing.note(at(k)));
        (0..80).for_each(|k| pace.throttled(at(100 + k), at(20 + k), &spacing));
        let places = [0; 2].map(|_| pace.release(at(200)));
        assert!(places[1].since(places[0]) < Duration::from_millis(3), "{places:?}");
    }

    /// How much of a quota's half minute passes, and how many puts are throttled, if so many a second are
    /// due and an answer takes 30 ms.
    fn played(due: u64, quota: u64) -> (f64, u32) {
        let (mut pace, spacing, mut answers) =
            (Pace::default(), Spacing::default(), VecDeque::new());
        let (mut paid_until, mut passed, mut throttled) = (SimTime::ZERO, 0_u32, 0_u32);
        let (mut waiting, mut asked) = (BinaryHeap::new(), 0);
        for tick in 0..300_000_u64 {
            let now = SimTime::from_nanos(tick * 100_000);
            while asked < due * tick / 10_000 {
                let place = pace.release(now);
                spacing.note(place);
                waiting.push(Reverse((place, now)));
                asked += 1;
            }
            while waiting.peek().is_some_and(|Reverse((place, _))| *place <= now) {
                let Reverse((_, asked)) = waiting.pop().expect("peeked");
                let takes = paid_until.since(now) < Duration::from_millis(10);
                if takes {
                    paid_until = paid_until.max(now) + Duration::from_secs(1).div_f64(quota as f64);
                }
                answers.push_back((now + Duration::from_millis(30), asked, takes));
            }
            while let Some((_, asked, takes)) = answers.pop_front_if(|answer| answer.0 <= now) {
                if takes {
                    passed += 1;
                    pace.passed(now, asked);
                } else {
                    throttled += 1;
                    pace.throttled(now, asked, &spacing);
                }
            }
        }
        (f64::from(passed) / (30 * quota) as f64, throttled)
    }

    #[test]
    fn most_of_a_quota_is_used_whatever_it_is() {
        for (due, quota) in [(30, 20), (120, 100), (900, 750), (5_200, 5_000), (6_000, 5_000)] {
            let (used, throttled) = played(due, quota);
            assert!(0.6 < used, "{used} of {quota}");
            assert!(u64::from(throttled) < 3 * quota / 2, "{throttled} throttled at {quota}");
        }
    }
}
