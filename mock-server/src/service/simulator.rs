//! AWS's simulator destination numbers: one of each country succeeds, one fails.
//!
//! **Invariant:** the numbers are AWS's, from the table in `data/simulator-numbers.csv`.

use super::{country::CountryCode, phone::PhoneNumber};
use std::sync::LazyLock;

/// A simulator number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SimulatorNumber {
    pub(super) digits: u64,
    pub(super) country: CountryCode,
    pub(super) succeeds: bool,
}

/// The simulator number with these digits.
pub(super) fn simulator_number(digits: u64) -> Option<SimulatorNumber> {
    let place = TABLE.binary_search_by_key(&digits, |number| number.digits).ok()?;
    Some(TABLE[place])
}

/// The simulator numbers of a country, the one that succeeds first; `None` if it has none.
#[must_use]
pub fn simulator_numbers(country: CountryCode) -> Option<[PhoneNumber; 2]> {
    let number = |succeeds| {
        let mut numbers = TABLE.iter().filter(|number| number.country == country);
        let found = numbers.find(|number| number.succeeds == succeeds)?;
        Some(PhoneNumber::new(found.digits, country))
    };
    Some([number(true)?, number(false)?])
}

/// Sorted by digits.
static TABLE: LazyLock<Vec<SimulatorNumber>> = LazyLock::new(|| {
    let lines = include_str!("../../data/simulator-numbers.csv").lines();
    let rows = lines.filter(|line| !line.starts_with('#')).skip(1);
    let numbers = rows.map(|line| row(line).expect("a unit test reads the whole table"));
    let mut table: Vec<_> = numbers.flatten().collect();
    table.sort_by_key(|number| number.digits);
    table
});

fn row(line: &str) -> Option<[SimulatorNumber; 2]> {
    let cells: Vec<_> = line.split(',').collect();
    let country = cells.first()?.parse().ok()?;
    let number = |place: usize, succeeds| {
        let digits = cells.get(place)?.strip_prefix('+')?.parse().ok()?;
        Some(SimulatorNumber { digits, country, succeeds })
    };
    Some([number(2, true)?, number(3, false)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_two_numbers_for_each_of_25_countries() {
        assert_eq!(TABLE.len(), 50);
        let us = simulator_number(14_254_147_755).expect("in the table");
        assert_eq!((us.country, us.succeeds), (CountryCode::of("US"), true));
        assert!(!simulator_number(14_254_147_167).expect("in the table").succeeds);
        assert_eq!(simulator_number(15_551_234_567), None);
        let digits = simulator_numbers(us.country).map(|pair| pair.map(PhoneNumber::digits));
        assert_eq!(digits, Some([14_254_147_755, 14_254_147_167]));
        assert_eq!(simulator_numbers(CountryCode::of("BR")), None);
    }
}
