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

impl fmt::Debug for FullNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}
