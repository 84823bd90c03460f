//! Which country an international number belongs to.
//!
//! **Invariant:** nothing here allocates.

use super::country::CountryCode;

/// Calling codes and their countries.
const CODES: [(u64, CountryCode); 10] = [
    (1, CountryCode::of("US")),
    (33, CountryCode::of("FR")),
    (34, CountryCode::of("ES")),
    (44, CountryCode::of("GB")),
    (49, CountryCode::of("DE")),
    (52, CountryCode::of("MX")),
    (55, CountryCode::of("BR")),
    (62, CountryCode::of("ID")),
    (91, CountryCode::of("IN")),
    (234, CountryCode::of("NG")),
];

/// The country of a number given by its E.164 digits without `+`; `None` if it cannot be told.
#[must_use]
pub fn country_of(digits: u64) -> Option<CountryCode> {
    let leads = |code: u64| {
        let mut rest = digits;
        while rest > code {
            rest /= 10;
        }
        rest == code
    };
    CODES
        .iter()
        .find(|(code, _)| leads(*code))
        .map(|(_, country)| *country)
}
