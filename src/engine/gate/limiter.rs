//! The application's own rate limiter: every send takes a place, and leaves when it comes.
//!
//! **Invariant:** places are given in the order of asking, and one that would be too far away is not
//! taken.

use crate::scenario::policy::SendLimiter;
use sms_voice_mock::service::time::SimTime;
use std::time::Duration;

/// When the next send may leave, as the instant until which all places are taken.
#[derive(Clone, Debug)]
pub(super) struct Limiter {
    interval: Duration,
    /// How far behind the clock that instant may lie: what may be sent at once.
    slack: Duration,
    limit: u32,
    max_wait: Duration,
    next: SimTime,
}

impl Limiter {
    pub(super) fn new(rules: &SendLimiter) -> Self {
        let interval = Duration::from_secs_f64(1.0 / rules.rate);
        Self {
            interval,
            slack: interval * (rules.burst - 1),
            limit: rules.limit,
            max_wait: rules.max_wait,
            next: SimTime::ZERO,
        }
    }

    /// The place of a send that is ready now; `None` if it would wait too long, or behind too many.
    pub(super) fn place(&mut self, now: SimTime) -> Option<SimTime> {
        let ready = now + self.slack;
        let wait = self.next.since(ready);
        // Those that wait hold the places from now on, one interval apart.
        let waiting = wait.as_nanos().div_ceil(self.interval.as_nanos().max(1));
        if self.max_wait < wait || u128::from(self.limit) < waiting {
            return None;
        }
        self.next = self.next.max(now) + self.interval;
        Some(now + wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(rate: f64, burst: u32, limit: u32, max_wait: u64) -> Limiter {
        let max_wait = Duration::from_secs(max_wait);
        Limiter::new(&SendLimiter { rate, burst, limit, max_wait, per_country: false })
    }

    fn at(millis: u64) -> SimTime {
        SimTime::ZERO + Duration::from_millis(millis)
    }

    #[test]
    fn sends_leave_at_the_rate_from_the_first_on() {
        let mut limiter = limiter(2.0, 1, 100, 100);
        let places = [0, 0, 100, 2_000].map(|now| limiter.place(at(now)));
        assert_eq!(places, [0, 500, 1_000, 2_000].map(|place| Some(at(place))));
    }

    #[test]
    fn a_burst_leaves_at_once_and_comes_again_after_a_pause() {
        let mut limiter = limiter(1.0, 3, 100, 100);
        let places = [0; 5].map(|now| limiter.place(at(now)));
        assert_eq!(places, [0, 0, 0, 1_000, 2_000].map(|place| Some(at(place))));
        let places = [60_000; 4].map(|now| limiter.place(at(now)));
        assert_eq!(places, [60_000, 60_000, 60_000, 61_000].map(|place| Some(at(place))));
    }

    #[test]
    fn a_send_that_would_wait_too_long_or_behind_too_many_is_dropped_and_takes_nothing() {
        let mut few = limiter(1.0, 1, 2, 100);
        assert_eq!(
            [0; 4].map(|now| few.place(at(now))),
            [Some(at(0)), Some(at(1_000)), Some(at(2_000)), None]
        );
        assert_eq!(few.place(at(1_000)), Some(at(3_000)));
        let mut hasty = limiter(1.0, 1, 100, 1);
        assert_eq!([0; 3].map(|now| hasty.place(at(now))), [Some(at(0)), Some(at(1_000)), None]);
    }
}
