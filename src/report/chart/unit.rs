//! What the numbers of an axis are, and how they are written.

use crate::report::text::number;

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// So many of something.
    Count,
    /// So many in a second.
    PerSecond,
    /// A part of a whole, between 0 and 1, written in per cent.
    Share,
    /// A time in seconds.
    Seconds,
    /// Dollars.
    Usd,
}

/// A unit with the size that suits an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sized {
    /// What one step of the written number is worth.
    pub(super) worth: f64,
    before: &'static str,
    after: &'static str,
}

impl Unit {
    /// One number as it stands in a sentence or in a table.
    #[must_use]
    pub fn say(self, value: f64) -> String {
        match self {
            Self::Count => grouped(value, usize::from(value.fract().abs() > 0.0)),
            Self::PerSecond => format!("{}/s", grouped(value, decimals(value))),
            Self::Share => format!("{:.prec$} %", value * 100.0, prec = share_decimals(value)),
            Self::Seconds if value.abs() < 1e-9 => "0 s".to_owned(),
            Self::Seconds => number::millis(Some(value * 1e3)),
            Self::Usd => format!("{} USD", grouped(value, 2)),
        }
    }

    /// The size in which an axis up to `most` is labelled.
    pub(super) fn sized(self, most: f64) -> Sized {
        match self {
            Self::Count => {
                pick(most, &[(1e9, "", " bn"), (1e6, "", " M"), (1e4, "", " k")], 1e3, ("", ""))
            }
            Self::PerSecond => pick(most, &[(1e6, "", " M/s"), (1e4, "", " k/s")], 1e3, ("", "/s")),
            Self::Usd => pick(most, &[(1e6, "$", " M"), (1e4, "$", " k")], 1e3, ("$", "")),
            Self::Share => Sized { worth: 0.01, before: "", after: " %" },
            Self::Seconds => seconds(most),
        }
    }
}

impl Sized {
    /// A label on an axis whose labels are `step` apart; both in this size.
    pub(super) fn label(self, number: f64, step: f64) -> String {
        // A step of 0.5 needs one decimal, one of 0.02 two.
        let decimals = (0..6).find(|decimals| {
            let scaled = step * 10_f64.powi(*decimals);
            (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0)
        });
        let decimals = usize::try_from(decimals.unwrap_or(6)).unwrap_or(0);
        format!("{}{}{}", self.before, grouped(number, decimals), self.after)
    }
}

/// Above ten thousand an axis counts in thousands, above millions in those.
fn pick(
    most: f64,
    sizes: &[(f64, &'static str, &'static str)],
    thousand: f64,
    plain: (&'static str, &'static str),
) -> Sized {
    match sizes.iter().find(|(from, ..)| *from <= most) {
        Some((from, before, after)) if *from >= 1e6 => Sized { worth: *from, before, after },
        Some((_, before, after)) => Sized { worth: thousand, before, after },
        None => Sized { worth: 1.0, before: plain.0, after: plain.1 },
    }
}

fn seconds(most: f64) -> Sized {
    let (worth, after) = match most {
        most if most < 1.0 => (1e-3, " ms"),
        most if most < 120.0 => (1.0, " s"),
        most if most < 7_200.0 => (60.0, " min"),
        most if most < 172_800.0 => (3_600.0, " h"),
        _ => (86_400.0, " d"),
    };
    Sized { worth, before: "", after }
}

fn decimals(value: f64) -> usize {
    match value.abs() {
        size if size >= 100.0 || size.fract() < 1e-9 => 0,
        size if size >= 1.0 => 1,
        _ => 3,
    }
}

fn share_decimals(value: f64) -> usize {
    match value.abs() {
        size if size > 0.0 && size < 0.000_5 => 4,
        size if size > 0.0 && size < 0.01 => 2,
        _ => 1,
    }
}

/// A number with its thousands apart.
fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), number::count);
    let shown_zero = !text.bytes().any(|digit| matches!(digit, b'1'..=b'9'));
    let sign = if value < 0.0 && !shown_zero { "-" } else { "" };
    format!("{sign}{whole}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        assert_eq!(Unit::Count.say(1_234_567.0), "1,234,567");
        assert_eq!(Unit::PerSecond.say(184.0), "184/s");
        assert_eq!(Unit::PerSecond.say(12.34), "12.3/s");
        assert_eq!(Unit::Share.say(0.842_19), "84.2 %");
        assert_eq!(Unit::Share.say(0.000_9), "0.09 %");
        assert_eq!(Unit::Seconds.say(0.012), "12.00 ms");
        assert_eq!(Unit::Usd.say(1_234.5), "1,234.50 USD");
        assert_eq!(Unit::Count.say(-0.0), "0");
    }

    #[test]
    fn an_axis_is_labelled_in_a_size_that_suits_it() {
        let label = |unit: Unit, most, number, step| unit.sized(most).label(number, step);
        assert_eq!(label(Unit::Count, 9_000.0, 2_000.0, 2_000.0), "2,000");
        assert_eq!(label(Unit::Count, 50_000.0, 20.0, 10.0), "20 k");
        assert_eq!(label(Unit::Count, 2e6, 0.5, 0.5), "0.5 M");
        assert_eq!(label(Unit::PerSecond, 40.0, 10.0, 10.0), "10/s");
        assert_eq!(label(Unit::Share, 0.002, 0.05, 0.05), "0.05 %");
        assert_eq!(label(Unit::Seconds, 600.0, 5.0, 5.0), "5 min");
        assert_eq!(label(Unit::Usd, 12_000.0, 5.0, 5.0), "$5 k");
    }
}
