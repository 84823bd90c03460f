//! What messages cost: a dated table, overridable, and sums that are exact.
//!
//! **Invariant:** money is never added up as a floating-point number.

use super::{
    country::CountryCode,
    settings::{PartPrice, ServiceSettings},
};
use serde::{Deserialize, Serialize};
use std::{
    iter::Sum,
    ops::{Add, AddAssign, Mul},
    sync::LazyLock,
};

/// An amount in billionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(u64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The amount nearest to `usd`; zero if that is negative or not a number.
    #[must_use]
    pub fn from_usd(usd: f64) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the cast saturates, which is what is wanted"
        )]
        Self((usd * 1e9).round() as u64)
    }

    /// The amount with this many billionths of a US dollar.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Billionths of a US dollar.
    #[must_use]
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// US dollars, for people.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "exact to nine million dollars, for display only"
    )]
    pub fn usd(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u32> for Money {
    type Output = Self;

    fn mul(self, times: u32) -> Self {
        Self(self.0.saturating_mul(u64::from(times)))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl PartPrice {
    /// Price and fee of `parts` parts: what AWS bills for one message.
    #[must_use]
    pub fn cost(self, parts: u32) -> Money {
        (Money::from_usd(self.price_usd) + Money::from_usd(self.fee_usd)) * parts
    }
}

impl PartPrice {
    /// The carrier's fee for `parts` parts.
    #[must_use]
    pub fn fee(self, parts: u32) -> Money {
        Money::from_usd(self.fee_usd) * parts
    }
}

/// The price of a part in a country: what the settings say, else the built-in table of 2022-04-03.
/// `None` if neither knows the country.
#[must_use]
pub fn part_price(settings: &ServiceSettings, country: CountryCode) -> Option<PartPrice> {
    settings.prices.get(&country).copied().or_else(|| {
        let place = TABLE.binary_search_by_key(&country, |(code, _)| *code).ok()?;
        Some(TABLE[place].1)
    })
}

/// The built-in table, sorted by country.
static TABLE: LazyLock<Vec<(CountryCode, PartPrice)>> = LazyLock::new(|| {
    include_str!("../../data/prices.csv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .skip(1)
        .map(|line| row(line).expect("a unit test reads the whole table"))
        .collect()
});

fn row(line: &str) -> Option<(CountryCode, PartPrice)> {
    let mut cells = line.split(',');
    let code = cells.next()?.parse().ok()?;
    let price_usd = cells.next()?.parse().ok()?;
    let fee_usd = cells.next()?.parse().ok()?;
    Some((code, PartPrice { price_usd, fee_usd }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_cost(country: &str, parts: u32, nanos: u64) {
        let price = part_price(&ServiceSettings::default(), CountryCode::of(country));
        assert_eq!(price.expect("in the table").cost(parts).nanos(), nanos);
    }

    #[test]
    fn the_built_in_table_is_complete_and_sorted() {
        assert_eq!(TABLE.len(), 246);
        assert!(TABLE.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn a_message_costs_price_and_fee_for_each_part() {
        check_cost("BR", 1, 22_970_000);
        check_cost("US", 2, 2 * (5_810_000 + 2_660_000));
    }

    #[test]
    fn the_settings_beat_the_table() {
        let mut settings = ServiceSettings::default();
        let own = PartPrice { price_usd: 0.1, fee_usd: 0.2 };
        settings.prices.insert(CountryCode::of("BR"), own);
        let price = part_price(&settings, CountryCode::of("BR")).expect("given");
        assert_eq!(price.cost(3).nanos(), 900_000_000);
    }
}
