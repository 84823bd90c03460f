//! An instant in a file: as a clock shows it in a country, with its offset, or counted from the start.

use super::Setting;
use crate::scenario::country::Country;
use jiff::{Timestamp, civil::DateTime};
use sms_voice_mock::config::duration::Span;
use std::str::FromStr;

/// An instant as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Moment {
    /// Nanoseconds since the start of the run.
    SinceStart(i64),
    /// The same instant everywhere.
    At(Timestamp),
    /// What the clocks of a country show.
    Local(DateTime),
}

/// What may be written.
pub(super) const ALLOWED: &str = "must be a local time (\"2026-11-27T18:00\"), an instant \
    (\"2026-11-27T18:00:00Z\") or a time since the start (\"1d18h\")";

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(Span(since)) = text.parse() {
            return Ok(Self::SinceStart(i64::try_from(since.as_nanos()).map_err(|_| ALLOWED)?));
        }
        if let Ok(at) = text.parse() {
            return Ok(Self::At(at));
        }
        text.parse().map(Self::Local).map_err(|_| ALLOWED)
    }
}

impl Moment {
    /// Nanoseconds since the start, which may be before it. A local time that a change of clocks skips
    /// or repeats is taken with the offset from before the change.
    pub(super) fn since_start(self, country: &Country, setting: Setting<'_>) -> i64 {
        let at = match self {
            Self::SinceStart(nanos) => return nanos,
            Self::At(at) => at,
            Self::Local(time) => {
                let zoned = time.to_zoned(country.time_zone.clone());
                zoned.map_or(Timestamp::MAX, |zoned| zoned.timestamp())
            }
        };
        let nanos = at.as_nanosecond() - i128::from(setting.start) * 1_000_000_000;
        i64::try_from(nanos).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_known_by_how_it_is_written() {
        let moment = |text: &str| text.parse::<Moment>();
        assert_eq!(moment("1d18h"), Ok(Moment::SinceStart(42 * 3_600_000_000_000)));
        assert!(matches!(moment("2026-11-27T18:00"), Ok(Moment::Local(_))));
        assert!(matches!(moment("2026-11-27T18:00:00-03:00"), Ok(Moment::At(_))));
        assert!(matches!(moment("2026-11-27T21:00:00Z"), Ok(Moment::At(_))));
        for text in ["", "tomorrow", "18:00", "2026-13-01T00:00", "-1h"] {
            assert_eq!(moment(text), Err(ALLOWED), "{text}");
        }
    }
}
