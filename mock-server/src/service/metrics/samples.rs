//! The samples of one period, and what statistics make of them.
//!
//! **Invariant:** sums are exact: nothing is added up as a floating-point number.

use crate::service::price::Money;
use serde::{Deserialize, Serialize};

/// The samples of a series in one period; never none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Samples {
    count: u64,
    sum: u128,
    least: u64,
    most: u64,
    /// How often each value came, rising; empty where only sums are kept.
    values: Vec<(u64, u64)>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Counts,
    /// Billionths of a US dollar.
    Money,
}

/// What can be asked of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// `SampleCount`
    SampleCount,
    /// `Average`
    Average,
    /// `Sum`
    Sum,
    /// `Minimum`
    Minimum,
    /// `Maximum`
    Maximum,
    /// `p0` to `p100`: the smallest value that at least so many per cent do not exceed. That nothing is
    /// interpolated is an assumption.
    Percentile(f64),
}

impl Statistic {
    /// The statistic of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "SampleCount" => Some(Self::SampleCount),
            "Average" => Some(Self::Average),
            "Sum" => Some(Self::Sum),
            "Minimum" => Some(Self::Minimum),
            "Maximum" => Some(Self::Maximum),
            _ => percentile(name).map(Self::Percentile),
        }
    }
}

fn percentile(name: &str) -> Option<f64> {
    let digits = name.strip_prefix('p')?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let share: f64 = digits.parse().ok()?;
    (plain && digits.len() <= 14 && (0.0..=100.0).contains(&share)).then_some(share)
}

impl Samples {
    /// `count` samples (at least one) of this value.
    pub(super) fn counts(value: u16, count: u64) -> Self {
        let value = u64::from(value);
        Self {
            count,
            sum: u128::from(value) * u128::from(count),
            least: value,
            most: value,
            values: vec![(value, count)],
            kind: Kind::Counts,
        }
    }

    /// One sample of money.
    pub(super) const fn money(amount: Money) -> Self {
        let nanos = amount.nanos();
        Self {
            count: 1,
            sum: nanos as u128,
            least: nanos,
            most: nanos,
            values: Vec::new(),
            kind: Kind::Money,
        }
    }

    /// These and others of the same series.
    pub(super) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
        for (value, count) in &other.values {
            match self.values.binary_search_by_key(value, |(value, _)| *value) {
                Ok(place) => self.values[place].1 += count,
                Err(place) => self.values.insert(place, (*value, *count)),
            }
        }
    }

    /// A statistic of them; `None` for a percentile of samples of which only sums are kept.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub fn statistic(&self, statistic: Statistic) -> Option<f64> {
        Some(match statistic {
            Statistic::SampleCount => self.count as f64,
            Statistic::Average => self.shown(self.sum as f64) / self.count as f64,
            Statistic::Sum => self.shown(self.sum as f64),
            Statistic::Minimum => self.shown(self.least as f64),
            Statistic::Maximum => self.shown(self.most as f64),
            Statistic::Percentile(share) => self.shown(self.percentile(share)? as f64),
        })
    }

    fn shown(&self, value: f64) -> f64 {
        match self.kind {
            Kind::Counts => value,
            Kind::Money => value / 1e9,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn percentile(&self, share: f64) -> Option<u64> {
        let rank = share / 100.0 * self.count as f64;
        let mut below = 0;
        let mut reached = self.values.iter().filter(|(_, count)| {
            below += count;
            below as f64 >= rank
        });
        reached.next().map(|(value, _)| *value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_parts() {
        let mut samples = Samples::counts(2, 3);
        samples.add(&Samples::counts(1, 6));
        samples.add(&Samples::counts(10, 1));
        let of = |name| samples.statistic(Statistic::named(name).expect("a statistic"));
        let named = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"].map(of);
        assert_eq!(named, [10.0, 22.0, 2.2, 1.0, 10.0].map(Some));
        let percentiles = ["p0", "p50", "p60", "p60.1", "p90", "p99.9", "p100"].map(of);
        assert_eq!(percentiles, [1.0, 1.0, 1.0, 2.0, 2.0, 10.0, 10.0].map(Some));
    }

    #[test]
    fn what_is_no_statistic() {
        for name in ["sum", "p", "p101", "p-1", "pinf", "p1e1", "tm90", "IQM", ""] {
            assert_eq!(Statistic::named(name), None, "{name}");
        }
    }

    #[test]
    fn money_has_no_percentiles() {
        let mut samples = Samples::money(Money::from_usd(0.25));
        samples.add(&Samples::money(Money::from_usd(0.5)));
        assert_eq!(samples.statistic(Statistic::Maximum), Some(0.5));
        assert_eq!(samples.statistic(Statistic::Percentile(50.0)), None);
    }
}
