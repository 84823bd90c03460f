//! What the target's clock shows when the campaign's shows zero, as narrowly as can be found out.
//!
//! **Invariant:** the truth lies between the two ends of an anchor, however long an answer took.

use super::clock::{WallClock, time_of_day};
use crate::record::dashboard::Timeline;
use std::time::Duration;

/// How often a clock is asked: the fastest answer says most.
const LOOKS: u32 = 8;

/// How far the clock of somebody else on this machine may be from ours.
const DOUBT: Duration = Duration::from_millis(100);

/// The target's time at the zero of a clock of ours.
#[derive(Clone, Copy, Debug)]
pub struct Anchor {
    reference: WallClock,
    /// The target's time when `reference` shows zero, at the earliest and at the latest: since 1970.
    at_zero: (Duration, Duration),
}

impl Anchor {
    /// The wall's own time, for a target whose clock nobody can ask.
    #[must_use]
    pub fn of_the_wall(speed: f64) -> Self {
        let reference = WallClock::starting_in(Duration::ZERO, speed);
        let now = time_of_day().saturating_sub(reference.wall());
        Self { reference, at_zero: (now.saturating_sub(DOUBT), now + DOUBT) }
    }

    /// Asks a clock that runs at `speed` for its time since 1970.
    pub fn ask<E>(speed: f64, look: impl FnMut() -> Result<Duration, E>) -> Result<Self, E> {
        let reference = WallClock::starting_in(Duration::ZERO, speed);
        Ok(Self { reference, at_zero: narrowed(reference, look)? })
    }

    /// Asks once more, after the campaign: whether the clock still shows what it would if nobody had
    /// moved it.
    pub fn still_holds<E>(&self, look: impl FnMut() -> Result<Duration, E>) -> Result<bool, E> {
        let (earliest, latest) = narrowed(self.reference, look)?;
        // Conversions round; a clock that was moved by less moves nothing that is counted.
        let hair = Duration::from_millis(1);
        Ok(earliest <= self.at_zero.1 + hair && self.at_zero.0 <= latest + hair)
    }

    /// The target's clock as this clock, which began after the reference, shows it.
    #[must_use]
    pub fn timeline(&self, clock: WallClock) -> Timeline {
        let passed = clock.behind(&self.reference).mul_f64(clock.speed());
        let (earliest, latest) = self.at_zero;
        Timeline { earliest: earliest + passed, latest: latest + passed, pace: clock.speed() }
    }
}

/// The narrowest bounds that several looks agree on.
fn narrowed<E>(
    reference: WallClock,
    mut look: impl FnMut() -> Result<Duration, E>,
) -> Result<(Duration, Duration), E> {
    let (mut earliest, mut latest) = (Duration::ZERO, Duration::MAX);
    for _ in 0..LOOKS {
        let before = reference.wall().mul_f64(reference.speed());
        let seen = look()?;
        let after = reference.wall().mul_f64(reference.speed());
        earliest = earliest.max(seen.saturating_sub(after));
        latest = latest.min(seen.saturating_sub(before));
    }
    Ok((earliest.min(latest), latest.max(earliest)))
}
