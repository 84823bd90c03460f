//! The stub's clock: the one place in this package where time enters.
//!
//! **Invariant:** between a reset and the next, the clock never goes back.

use crate::service::time::SimTime;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Wall time turned into the stub's own: begun at a date of its own, sped up, and moved on by hand.
#[derive(Clone, Debug)]
pub struct StubClock {
    epoch: Duration,
    start: Pace,
    pace: Pace,
}

/// From `since` on, when it was `at`, time passes `speed` times as fast as on the wall.
#[derive(Clone, Copy, Debug)]
struct Pace {
    since: Instant,
    at: SimTime,
    speed: f64,
}

/// What a clock showed, and the date of the wall at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    wall: Duration,
    at: SimTime,
}

impl StubClock {
    /// A clock that starts now, at this date (counted from 1970-01-01T00:00:00Z).
    #[must_use]
    pub fn starting(epoch: Duration, speed: f64) -> Self {
        Self::starting_at(wall(), epoch, speed)
    }

    /// A clock that started at `origin`, so that it can share its start with another clock.
    #[must_use]
    pub const fn starting_at(origin: Instant, epoch: Duration, speed: f64) -> Self {
        let start = Pace { since: origin, at: SimTime::ZERO, speed };
        Self { epoch, start, pace: start }
    }

    /// A clock that starts now, at the date of the wall.
    #[must_use]
    pub fn of_the_wall(speed: f64) -> Self {
        Self::starting(wall_date(), speed)
    }

    /// A clock that goes on from a moment as if it had never stopped: it keeps what it was moved on by
    /// hand, and the time that has passed since on the wall passes on it too. A reset takes it to the
    /// date of the wall.
    #[must_use]
    pub fn resuming(epoch: Duration, moment: Moment, speed: f64) -> Self {
        let (since, date) = (wall(), wall_date());
        let passed = date.saturating_sub(moment.wall).mul_f64(speed);
        let start = Pace { since, at: SimTime::ZERO + date.saturating_sub(epoch), speed };
        Self { epoch, start, pace: Pace { since, at: moment.at + passed, speed } }
    }

    /// This moment.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment { wall: wall_date(), at: self.now() }
    }

    /// The date of the start, counted from 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn epoch(&self) -> Duration {
        self.epoch
    }

    /// The stub's time since its start.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.at(wall())
    }

    /// The stub's time when the wall shows `wall`.
    #[must_use]
    pub fn at(&self, wall: Instant) -> SimTime {
        let passed = wall.saturating_duration_since(self.pace.since);
        #[expect(clippy::float_cmp, reason = "the usual speed is set, not computed")]
        let passed = if self.pace.speed == 1.0 { passed } else { passed.mul_f64(self.pace.speed) };
        self.pace.at + passed
    }

    /// Moves the clock on.
    pub fn advance(&mut self, by: Duration) {
        self.pace.at += by;
    }

    /// Lets time pass `speed` times as fast as on the wall from now on.
    #[expect(clippy::float_cmp, reason = "the same speed set again changes nothing")]
    pub fn set_speed(&mut self, speed: f64) {
        if speed != self.pace.speed {
            self.set_speed_at(wall(), speed);
        }
    }

    fn set_speed_at(&mut self, wall: Instant, speed: f64) {
        self.pace = Pace { since: wall, at: self.at(wall), speed };
    }

    /// Undoes every advance and change of speed.
    pub fn reset(&mut self) {
        self.pace = self.start;
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where time enters the stub")]
pub(crate) fn wall() -> Instant {
    Instant::now()
}

/// The date of the wall, counted from 1970-01-01T00:00:00Z.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place where the date enters the stub"
)]
pub(crate) fn wall_date() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "an instant to count from")]
    fn time_runs_at_its_speed_and_is_moved_on_by_hand() {
        let origin = Instant::now();
        let after = |secs| origin + Duration::from_secs(secs);
        let mut clock = StubClock::starting_at(origin, Duration::ZERO, 10.0);
        assert_eq!(clock.at(after(2)), SimTime::from_secs(20));
        clock.advance(Duration::from_secs(3_600));
        assert_eq!(clock.at(after(2)), SimTime::from_secs(3_620));
        clock.set_speed_at(after(3), 1.0);
        assert_eq!(clock.at(after(5)), SimTime::from_secs(3_632));
        clock.reset();
        assert_eq!(clock.at(after(5)), SimTime::from_secs(50));
    }

    #[test]
    fn a_clock_that_resumes_has_not_lost_the_time_between() {
        let day = Duration::from_secs(86_400);
        let (epoch, ago) = (wall_date() - 3 * day, wall_date() - day);
        let moment = Moment { wall: ago, at: SimTime::ZERO + 10 * day };
        let mut clock = StubClock::resuming(epoch, moment, 1.0);
        let hour = Duration::from_secs(3_600);
        let shows = |clock: &StubClock, days: u32| {
            let expected = SimTime::ZERO + day * days;
            (expected..expected + hour).contains(&clock.now())
        };
        assert!(shows(&clock, 11));
        clock.reset();
        assert!(shows(&clock, 3));
        // A wall that was set back stops nothing and takes nothing back.
        let later = Moment { wall: wall_date() + day, ..moment };
        assert!(shows(&StubClock::resuming(epoch, later, 1.0), 10));
    }
}
