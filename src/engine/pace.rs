//! The pace of puts: when one is throttled, all of them slow down.
//!
//! Multiplicative on both sides: the gap between puts grows by half with each one that is throttled and
//! shrinks by a twentieth with each that is not, so it settles where about one put in nine is throttled.
//! A gap below a millisecond is none. Where the application has a rate of its own, no gap is below that.
//!
//! **Invariant:** a place is reserved by arithmetic; no list of waiting puts exists.

use sms_voice_mock::service::time::SimTime;
use std::time::Duration;

/// The first gap.
const FIRST: Duration = Duration::from_millis(10);

/// The longest gap: a put a second still gets through.
const LONGEST: Duration = Duration::from_secs(1);

/// A gap below this is none.
const LEAST: Duration = Duration::from_millis(1);

/// When the next put may leave.
#[derive(Debug, Default)]
pub struct Pace {
    gap: Duration,
    /// The gap of the application's own rate.
    own: Duration,
    next: SimTime,
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
        if gap.is_zero() {
            return now;
        }
        let at = self.next.max(now);
        self.next = at + gap;
        at
    }

    /// Whether the latest throttled puts still hold others back.
    #[must_use]
    pub const fn is_slowed(&self) -> bool {
        !self.gap.is_zero()
    }

    /// A put was throttled.
    pub fn throttled(&mut self) {
        self.gap = if self.gap.is_zero() { FIRST } else { (self.gap * 3 / 2).min(LONGEST) };
    }

    /// A put was not throttled.
    pub fn passed(&mut self) {
        let gap = self.gap * 19 / 20;
        self.gap = if gap < LEAST { Duration::ZERO } else { gap };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_trouble_nothing_waits() {
        let mut pace = Pace::default();
        assert!((0..5).all(|_| pace.release(SimTime::ZERO) == SimTime::ZERO));
        pace.passed();
        assert_eq!(pace.release(SimTime::ZERO), SimTime::ZERO);
    }

    #[test]
    fn the_applications_own_rate_holds_from_the_first_put_on() {
        let mut pace = Pace::at_most(4.0);
        let at = |millis| SimTime::ZERO + Duration::from_millis(millis);
        assert_eq!([0; 3].map(|_| pace.release(SimTime::ZERO)), [at(0), at(250), at(500)]);
        pace.throttled();
        assert_eq!([0; 2].map(|_| pace.release(at(2_000))), [at(2_000), at(2_250)]);
    }

    #[test]
    fn one_throttled_put_spreads_those_behind_it_until_enough_have_passed() {
        let mut pace = Pace::default();
        pace.throttled();
        let at = |millis| SimTime::ZERO + Duration::from_millis(millis);
        assert_eq!([0; 3].map(|_| pace.release(SimTime::ZERO)), [at(0), at(10), at(20)]);
        (0..60).for_each(|_| pace.passed());
        assert_eq!(pace.release(at(25)), at(25));
        (0..100).for_each(|_| pace.throttled());
        pace.release(at(10_000));
        assert_eq!(pace.release(at(10_000)), at(11_000));
    }
}
