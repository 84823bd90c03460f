//! Pools of originators, as a scenario describes them: what each of them may send.
//!
//! AWS says that a pool picks an originator and fails over inside the pool, not how it picks. Here a
//! send takes the first originator that reaches the country and has room: in the order of the list, or
//! in turn. Both are assumptions.

use super::country::CountryCode;

/// A pool of originators.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pool {
    /// Where the search for an originator with room begins.
    pub order: PoolOrder,
    /// Who can send.
    pub originators: Vec<PoolOriginator>,
}

/// Where the search for an originator with room begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PoolOrder {
    /// At the first of the list, always.
    #[default]
    Listed,
    /// Behind the one that sent last.
    InTurn,
}

/// One originator of a pool; `None` is unlimited.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoolOriginator {
    /// Its number or name, as events show it.
    pub id: Box<str>,
    /// Message parts per second; if absent, the rate of every originator.
    pub parts_per_second: Option<f64>,
    /// Originators of one 10DLC campaign share their parts per second.
    pub campaign: Option<Box<str>>,
    /// Message parts per day; if absent, the cap of every originator.
    pub parts_per_day: Option<u32>,
    /// Messages per day.
    pub messages_per_day: Option<u32>,
    /// Originators of one 10DLC brand share what they may send in a day.
    pub brand: Option<Box<str>>,
    /// Where it sends to; everywhere if empty.
    pub countries: Vec<CountryCode>,
}

impl Pool {
    /// Whether anybody in it sends to this country.
    #[must_use]
    pub fn reaches(&self, country: CountryCode) -> bool {
        self.originators.iter().any(|originator| originator.reaches(country))
    }
}

impl PoolOriginator {
    /// Whether it sends to this country.
    #[must_use]
    pub fn reaches(&self, country: CountryCode) -> bool {
        self.countries.is_empty() || self.countries.contains(&country)
    }
}
