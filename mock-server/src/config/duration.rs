//! Durations as people write them: `"8s"`, `"250ms"`, `"1h30m"`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

/// A duration in a file: whole or decimal numbers, each with a unit of `ms`, `s`, `m`, `h` or `d`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// The text is not a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a duration such as \"8s\", \"250ms\" or \"1h30m\" (units: us, ms, s, m, h, d)")]
pub struct SpanError;

/// Units from the longest to the shortest, in nanoseconds.
const UNITS: [(&str, u64); 6] = [
    ("d", 86_400_000_000_000),
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
];

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let mut rest = text.trim();
        let mut nanos = 0_u64;
        if rest.is_empty() {
            return Err(SpanError);
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(SpanError)?;
            let (number, after) = rest.split_at(digits);
            let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (name, after) = after.split_at(letters);
            let unit = UNITS.iter().find(|(unit, _)| *unit == name).ok_or(SpanError)?.1;
            nanos = part(number, unit).and_then(|n| nanos.checked_add(n)).ok_or(SpanError)?;
            rest = after.trim_start();
        }
        Ok(Self(Duration::from_nanos(nanos)))
    }
}

/// `number` times `unit`, exactly where the number is whole.
fn part(number: &str, unit: u64) -> Option<u64> {
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(unit);
    }
    let (whole, decimals) = number.split_once('.')?;
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    if decimals.is_empty() || decimals.len() > 9 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let scale = 10_u128.pow(u32::try_from(decimals.len()).ok()?);
    let decimals = u128::from(decimals.parse::<u64>().ok()?) * u128::from(unit) / scale;
    whole.checked_mul(unit)?.checked_add(u64::try_from(decimals).ok()?)
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = u64::try_from(self.0.as_nanos()).unwrap_or(u64::MAX);
        if left == 0 {
            return f.write_str("0s");
        }
        // What is shorter than a microsecond cannot be written with the units above but by decimals.
        for (name, unit) in UNITS {
            if left >= unit {
                write!(f, "{}{name}", left / unit)?;
                left %= unit;
            }
        }
        if left > 0 { write!(f, "0.{left:03}us") } else { Ok(()) }
    }
}

impl From<Duration> for Span {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "duration",
            "pattern": r"^\s*(([0-9]+(\.[0-9]+)?|\.[0-9]+)(us|ms|s|m|h|d)\s*)+$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_written() {
        let nanos = |text: &str| text.parse::<Span>().map(|span| span.0.as_nanos());
        assert_eq!(nanos("8s"), Ok(8_000_000_000));
        assert_eq!(nanos("1h30m"), Ok(5_400_000_000_000));
        assert_eq!(nanos("0.5s"), Ok(500_000_000));
        assert_eq!(nanos(".25ms"), Ok(250_000));
        for text in ["", "8", "s", "-8s", "8 parsecs", "1.s", "99999999999d"] {
            assert!(nanos(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_written_duration_reads_back_exactly() {
        for nanos in [0, 1, 999, 1_000, 61_000_000_000, 123_456_789_123_456, 5_400_000_000_001] {
            let span = Span(Duration::from_nanos(nanos));
            assert_eq!(span.to_string().parse(), Ok(span), "{span}");
        }
    }
}
