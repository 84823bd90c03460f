//! Whom a message may go to: simulator numbers, or verified numbers of the account.
//!
//! **Invariant:** a list narrows the account's verified numbers and never adds one.

use sms_voice_mock::service::{
    country::CountryCode, numbering::country_of, phone::PhoneNumber, simulator::simulator_numbers,
};
use std::collections::{BTreeMap, BTreeSet};

/// Whom a message may go to.
#[derive(Clone, Debug)]
pub enum Destinations {
    /// AWS's simulator numbers.
    Simulator,
    /// These verified numbers of the account, by country.
    Verified(BTreeMap<CountryCode, Vec<PhoneNumber>>),
}

/// A list that narrows the verified numbers, not yet compared with them: line and digits.
#[derive(Clone)]
pub struct AllowList(Vec<(usize, u64)>);

/// What is wrong with a list of allowed destinations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// Not a number.
    #[error("line {line} is not a phone number as in `+` and 7 to 15 digits")]
    NotANumber {
        /// Where.
        line: usize,
    },
    /// A number of somebody else, or a typo.
    #[error("line {line}: {} is not a verified number of the account", number.masked())]
    NotVerified {
        /// Where.
        line: usize,
        /// Which.
        number: PhoneNumber,
    },
    /// It allows nobody.
    #[error("it allows no number")]
    Empty,
}

impl AllowList {
    /// Reads one number a line; empty lines and lines after `#` are for people.
    pub fn read(text: &str) -> Result<Self, ListError> {
        let mut numbers = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let digits = text.strip_prefix('+').filter(|digits| {
                (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
            });
            let digits = digits.filter(|digits| !digits.starts_with('0'));
            let number = digits.and_then(|digits| digits.parse().ok());
            numbers.push((line, number.ok_or(ListError::NotANumber { line })?));
        }
        if numbers.is_empty() { Err(ListError::Empty) } else { Ok(Self(numbers)) }
    }
}

impl std::fmt::Debug for AllowList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AllowList({} numbers)", self.0.len())
    }
}

impl Destinations {
    /// All verified numbers of the account.
    #[must_use]
    pub fn verified(numbers: impl IntoIterator<Item = PhoneNumber>) -> Self {
        let mut by_country = BTreeMap::<_, Vec<_>>::new();
        for number in numbers.into_iter().collect::<BTreeSet<_>>() {
            by_country.entry(number.country()).or_default().push(number);
        }
        Self::Verified(by_country)
    }

    /// Those of the account's verified numbers that the list names; every one it names must be one.
    pub fn narrowed(verified: &[PhoneNumber], list: &AllowList) -> Result<Self, ListError> {
        let find = |(line, digits): &(usize, u64)| {
            let found = verified.iter().find(|number| number.digits() == *digits);
            let country = country_of(*digits).unwrap_or(CountryCode::of("ZZ"));
            let number = PhoneNumber::new(*digits, country);
            found.copied().ok_or(ListError::NotVerified { line: *line, number })
        };
        let numbers = list.0.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        Ok(Self::verified(numbers))
    }

    /// Whether a message may go to this number.
    #[must_use]
    pub fn allow(&self, to: PhoneNumber) -> bool {
        self.of(to.country()).contains(&to)
    }

    /// The number that stands for a user: the failing simulator number where the carrier loses the
    /// message. `None` if the country has no number.
    #[must_use]
    pub fn number(&self, country: CountryCode, user: u64, lost: bool) -> Option<PhoneNumber> {
        let numbers = self.of(country);
        match self {
            Self::Simulator => numbers.get(usize::from(lost)).copied(),
            Self::Verified(_) => {
                let count = u64::try_from(numbers.len()).expect("fewer than that");
                let place = user.checked_rem(count)?;
                numbers.get(usize::try_from(place).expect("below a length")).copied()
            }
        }
    }

    fn of(&self, country: CountryCode) -> Vec<PhoneNumber> {
        match self {
            Self::Simulator => simulator_numbers(country).into_iter().flatten().collect(),
            Self::Verified(numbers) => numbers.get(&country).cloned().unwrap_or_default(),
        }
    }
}
