//! The wall clock, and campaign time paced by it.
//!
//! **Invariant:** this is the only file of the package that reads a clock.

use sms_voice_mock::service::time::SimTime;
use std::time::{Duration, Instant, SystemTime};

/// Campaign time, running at a fixed multiple of wall time.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    origin: Instant,
    speed: f64,
}

impl WallClock {
    /// A clock that shows zero after `lead`.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place where time enters the program")]
    pub fn starting_in(lead: Duration, speed: f64) -> Self {
        Self { origin: Instant::now() + lead, speed }
    }

    /// Wall time since zero.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place where time enters the program")]
    pub fn wall(&self) -> Duration {
        self.origin.elapsed()
    }

    /// Campaign time now.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.campaign(self.wall())
    }

    /// The wall time of an instant of the campaign.
    #[must_use]
    pub fn wall_of(&self, at: SimTime) -> Duration {
        at.since_start().div_f64(self.speed)
    }

    /// The instant of the campaign at a wall time.
    #[must_use]
    pub fn campaign(&self, wall: Duration) -> SimTime {
        SimTime::ZERO + wall.mul_f64(self.speed)
    }

    /// The wall time until an instant of the campaign; zero if it has passed.
    #[must_use]
    pub fn until(&self, at: SimTime) -> Duration {
        self.wall_of(at).saturating_sub(self.wall())
    }

    /// How long after another clock this one shows zero.
    #[must_use]
    pub fn behind(&self, other: &Self) -> Duration {
        self.origin.saturating_duration_since(other.origin)
    }

    /// Campaign time per wall time.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed
    }
}

/// The time of day, since 1970-01-01T00:00:00Z.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place where time enters the program")]
pub fn time_of_day() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
