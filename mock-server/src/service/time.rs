//! Campaign time: nanoseconds since the start of a run.
//!
//! **Invariant:** nothing here reads a clock.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{
    fmt,
    ops::{Add, AddAssign},
    time::Duration,
};

/// An instant on a run's own timeline, in nanoseconds since its start. It never reads a clock.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SimTime(u64);

impl SimTime {
    /// The start of the run.
    pub const ZERO: Self = Self(0);
    /// An instant that never comes.
    pub const NEVER: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the start.
    #[inline]
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The instant `secs` seconds after the start.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs * 1_000_000_000)
    }

    /// Nanoseconds since the start.
    #[inline]
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Seconds since the start.
    #[must_use]
    pub fn secs_f64(self) -> f64 {
        Duration::from_nanos(self.0).as_secs_f64()
    }

    /// The time since `earlier`; zero if `earlier` is later.
    #[inline]
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// The same as a [`Nanos`].
    #[inline]
    #[must_use]
    pub const fn nanos_since(self, earlier: Self) -> Nanos {
        Nanos(self.0.saturating_sub(earlier.0))
    }

    /// The time since the start of the run.
    #[inline]
    #[must_use]
    pub const fn since_start(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// This instant, moved back by `by`, not before the start.
    #[must_use]
    pub fn saturating_sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(nanos_of(by)))
    }
}

/// A time in nanoseconds, which is what an instant counts. A [`Duration`] keeps its seconds apart, so that each sum
/// and difference of instants would take a multiplication or a division.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nanos(u64);

impl Nanos {
    /// More than any delay.
    pub const MAX: Self = Self(u64::MAX);

    /// So many nanoseconds.
    #[inline]
    #[must_use]
    pub const fn new(nanos: u64) -> Self {
        Self(nanos)
    }

    /// So many seconds, to the nearest nanosecond, or beyond an hour to one of the two around it; none if that is below
    /// zero or not a number.
    #[inline]
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Self {
        // By way of a signed number, which the processor converts to in one step.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the casts saturate, and no time is negative"
        )]
        Self((secs * 1e9 + 0.5).max(0.0) as i64 as u64)
    }

    /// How many nanoseconds it is.
    #[inline]
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl Add for Nanos {
    type Output = Self;

    #[inline]
    fn add(self, Self(nanos): Self) -> Self {
        Self(self.0.saturating_add(nanos))
    }
}

impl From<Duration> for Nanos {
    /// The same time, at most [`Nanos::MAX`].
    #[inline]
    fn from(duration: Duration) -> Self {
        Self(nanos_of(duration))
    }
}

impl From<Nanos> for Duration {
    #[inline]
    fn from(Nanos(nanos): Nanos) -> Self {
        Self::from_nanos(nanos)
    }
}

/// A date, to the millisecond, as the API writes it: seconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    millis: u64,
}

impl Timestamp {
    /// The date this long after 1970-01-01T00:00:00Z, to the millisecond.
    #[must_use]
    pub fn since_1970(since: Duration) -> Self {
        Self { millis: u64::try_from(since.as_millis()).unwrap_or(u64::MAX) }
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.millis
    }

    /// Seconds since 1970.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "milliseconds fit 53 bits")]
    pub fn secs_f64(self) -> f64 {
        self.millis as f64 / 1e3
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.secs_f64())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    /// From a number of seconds; what lies before 1970 is 1970.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates, which is what is wanted"
        )]
        Ok(Self { millis: (seconds * 1e3).round() as u64 })
    }
}

impl Add<Duration> for SimTime {
    type Output = Self;

    #[inline]
    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(nanos_of(by)))
    }
}

impl Add<Nanos> for SimTime {
    type Output = Self;

    #[inline]
    fn add(self, Nanos(nanos): Nanos) -> Self {
        Self(self.0.saturating_add(nanos))
    }
}

impl AddAssign<Nanos> for SimTime {
    #[inline]
    fn add_assign(&mut self, by: Nanos) {
        *self = *self + by;
    }
}

impl AddAssign<Duration> for SimTime {
    fn add_assign(&mut self, by: Duration) {
        *self = *self + by;
    }
}

impl fmt::Debug for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NEVER {
            f.write_str("never")
        } else {
            write!(f, "{:.6}s", self.secs_f64())
        }
    }
}

/// Year, month and day of the month (both from 1) of a day counted from 1970-01-01. Years run from
/// March here, so that the leap day comes last and every five months have 153 days.
#[must_use]
pub fn calendar(days: u64) -> (u64, u32, u32) {
    let since_march_0 = days + 719_468;
    let (era, in_era) = (since_march_0 / 146_097, since_march_0 % 146_097);
    let year = (in_era - in_era / 1_460 + in_era / 36_524 - in_era / 146_096) / 365;
    let in_year = in_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    let small = |number| u32::try_from(number).expect("a month or a day");
    (year, small(month), small(day))
}

#[inline]
const fn nanos_of(duration: Duration) -> u64 {
    let seconds = duration.as_secs().saturating_mul(1_000_000_000);
    seconds.saturating_add(duration.subsec_nanos() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_rounded_to_nanoseconds_and_sums_stay_below_the_last_instant() {
        let cases = [
            (0.0, 0),
            (-0.0, 0),
            (-1.0, 0),
            (f64::NAN, 0),
            (f64::NEG_INFINITY, 0),
            (0.4e-9, 0),
            (0.6e-9, 1),
            (1.5, 1_500_000_000),
            (59.999_999_999_4, 59_999_999_999),
            (f64::INFINITY, i64::MAX.cast_unsigned()),
        ];
        for (secs, nanos) in cases {
            assert_eq!(Nanos::from_secs_f64(secs), Nanos::new(nanos), "{secs}");
        }
        assert_eq!(SimTime::from_secs(3) + Nanos::MAX, SimTime::NEVER);
        assert_eq!(Nanos::MAX + Nanos::new(1), Nanos::MAX);
        assert_eq!(SimTime::ZERO.nanos_since(SimTime::from_secs(1)), Nanos::default());
        assert_eq!(Nanos::from(Duration::MAX), Nanos::MAX);
    }
}
