//! Phone numbers as the API writes them, kept in full because it gives them back.
//!
//! **Invariant:** `Debug` shows the last two digits only.

use crate::service::{country::CountryCode, numbering};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A number in E.164 form, or without its `+`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FullNumber(String);

impl FullNumber {
    /// The number with these digits.
    pub(in crate::service) fn of(digits: u64) -> Self {
        Self(format!("+{digits}"))
    }

    /// The digits as a number, country code first.
    pub(in crate::service) fn digits(&self) -> u64 {
        self.0.trim_start_matches('+').parse().unwrap_or(u64::MAX)
    }

    /// The country it belongs to.
    pub(in crate::service) fn country(&self) -> Option<CountryCode> {
        numbering::country_of(self.digits())
    }

    /// As the API writes it.
    pub(in crate::service) fn as_str(&self) -> &str {
        &self.0
    }

    /// The same number with its `+`.
    pub(in crate::service) fn e164(&self) -> Self {
        Self::of(self.digits())
    }

    /// What an error may say of it.
    pub(in crate::service) fn masked(&self) -> String {
        format!("+…{:02}", self.digits() % 100)
    }
}

/// An identity as an error may name it: of a phone number, the last two digits.
pub(in crate::service) fn masked_identity(identity: &str) -> String {
    let digits = identity.trim_start_matches('+');
    let number =
        digits.len() > LONGEST_SHORT_CODE && digits.bytes().all(|byte| byte.is_ascii_digit());
    if number { FullNumber(digits.to_owned()).masked() } else { identity.to_owned() }
}

/// Digits of the longest short code, which is nobody's phone number.
const LONGEST_SHORT_CODE: usize = 6;

impl fmt::Debug for FullNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_two_digits_of_a_number_are_named() {
        for number in ["+12015550123", "12015550123", "99999999999999999999999999999999999923"] {
            assert!(masked_identity(number).len() <= 8, "{number}");
        }
        assert_eq!(masked_identity("12015550123"), "+…23");
        for identity in ["ACME", "12345", "phone-01234567890123456789012345678901"] {
            assert_eq!(masked_identity(identity), identity);
        }
    }
}
