//! Phone numbers, which do not print.
//!
//! **Invariant:** no `Debug` or `Display` here shows more than the last two digits.

use super::country::CountryCode;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A phone number in E.164 form and the country it belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PhoneNumber {
    digits: u64,
    country: CountryCode,
}

impl PhoneNumber {
    /// The number with these digits (country code first, no `+`), known to belong to `country`.
    #[must_use]
    pub const fn new(digits: u64, country: CountryCode) -> Self {
        Self { digits, country }
    }

    /// The digits as a number, country code first.
    #[must_use]
    pub const fn digits(self) -> u64 {
        self.digits
    }

    /// The country it belongs to.
    #[must_use]
    pub const fn country(self) -> CountryCode {
        self.country
    }

    /// What may be shown of it.
    #[must_use]
    pub fn masked(self) -> MaskedNumber {
        let tail = u8::try_from(self.digits % 100).expect("a remainder below 100");
        MaskedNumber(tail)
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.masked(), f)
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The last two digits of a number: all that is ever shown or stored of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MaskedNumber(u8);

impl fmt::Display for MaskedNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+…{:02}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_prints_its_last_two_digits_only() {
        let number = PhoneNumber::new(15_551_234_507, CountryCode::of("US"));
        assert_eq!(number.to_string(), "+…07");
        assert_eq!(format!("{number:?}"), "+…07");
    }
}
