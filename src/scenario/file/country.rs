//! The shape of a country: its numbers, carriers and users.

use super::schedule::is_one;
use crate::scenario::{
    arrivals::zone,
    country::{Country, NumberPattern, Users},
};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sms_voice_mock::{
    config::{
        duration::Span,
        problem::Problems,
        shape::{CarrierShape, DistributionShape},
    },
    service::country::CountryCode,
};
use std::{collections::BTreeSet, time::Duration};

/// One country. `profile = "BR"` takes what is not written here from a built-in profile (or from a
/// file, as in `profile = "profiles/my.toml"`): `users` key by key, everything else whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountryShape {
    /// Its share of the arrivals, relative to the other countries' weights.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 1_000_000_000.0))]
    pub weight: f64,
    /// Multiplies its rates of users, as a forecast does.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 0.001, max = 1_000.0))]
    pub growth: f64,
    /// The IANA name of its time zone; that of most of its people if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// What its phone numbers look like: `+`, fixed digits, and one `#` for each free digit.
    pub number: String,
    /// Its mobile networks.
    #[schemars(length(min = 1))]
    pub carriers: Vec<CarrierShape>,
    /// How its users behave.
    #[serde(default)]
    pub users: UsersShape,
}

fn one() -> f64 {
    1.0
}

/// How users behave. The defaults are assumptions, not measurements.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UsersShape {
    /// The share who mean to enter the code.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub finish: f64,
    /// From having a code at hand to having typed it.
    pub read_delay: DistributionShape,
    /// The probability that one try is typed right.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub right_code: f64,
    /// From a send to asking for another code, while none has arrived.
    pub resend_after: DistributionShape,
    /// The probability of asking the first time, the second time and so on; after that, zero.
    #[schemars(length(max = 9), inner(range(min = 0.0, max = 1.0)))]
    pub resend_probability: Vec<f64>,
    /// From the arrival to giving up, while no code has arrived.
    pub gives_up_after: DistributionShape,
    /// The number of returning users; absent makes every session a new user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000_000_u64))]
    pub pool: Option<u64>,
}

impl Default for UsersShape {
    fn default() -> Self {
        let fixed = |secs| DistributionShape::Fixed(Span(Duration::from_secs(secs)));
        Self {
            finish: 0.9,
            read_delay: DistributionShape::LogNormal {
                median: Span(Duration::from_secs(8)),
                p95: Some(Span(Duration::from_secs(25))),
                sigma: None,
            },
            right_code: 0.97,
            resend_after: fixed(45),
            resend_probability: vec![0.4, 0.1],
            gives_up_after: fixed(240),
            pool: None,
        }
    }
}

/// A country that still lacks its code.
pub(super) struct Uncoded {
    weight: f64,
    growth: f64,
    /// `None` leaves it to the country's code.
    time_zone: Option<TimeZone>,
    numbers: NumberPattern,
    carriers: Vec<sms_voice_mock::service::carrier::Carrier>,
    users: Users,
}

impl Uncoded {
    pub(super) fn with_code(self, code: CountryCode) -> Country {
        Country {
            code,
            weight: self.weight,
            growth: self.growth,
            time_zone: self.time_zone.unwrap_or_else(|| main_zone(code)),
            numbers: self.numbers,
            carriers: self.carriers,
            users: self.users,
        }
    }
}

fn main_zone(code: CountryCode) -> TimeZone {
    let zone = zone::main_zone(code).map(|name| zone::find(name).expect("names are tested"));
    // No number belongs to a code without a zone, so nobody comes from there.
    zone.unwrap_or(TimeZone::UTC)
}

impl Country {
    /// Whether the service would count the numbers for this country and no other.
    pub(super) fn check_numbers(&self, path: &str, problems: &mut Problems) -> bool {
        let Some(other) = self.numbers.foreign(self.code) else { return true };
        let example = other.map_or("no country".to_owned(), |code| code.to_string());
        let message = format!(
            "must be a pattern of {}'s numbers only; some of them belong to {example}",
            self.code
        );
        problems.add(&format!("{path}.number"), message);
        false
    }
}

impl CountryShape {
    /// Writes in the time zone that the country has by default.
    pub(super) fn fill_time_zone(&mut self, code: &str) {
        let main = code.parse().ok().and_then(zone::main_zone);
        self.time_zone = self.time_zone.take().or(main.map(str::to_owned));
    }

    pub(super) fn check(&self, path: &str, problems: &mut Problems) -> Option<Uncoded> {
        let numbers = NumberPattern::parse(&self.number)
            .map_err(|error| problems.add(&format!("{path}.number"), error.to_string()));
        if !self.carriers.iter().any(|carrier| carrier.weight > 0.0) {
            let path = format!("{path}.carriers");
            problems.add(&path, "must have at least one carrier with a weight above 0");
        }
        let mut names = BTreeSet::new();
        let carriers = self.carriers.iter().enumerate().map(|(place, carrier)| {
            let path = format!("{path}.carriers.{place}");
            if !names.insert(&carrier.name) {
                let message = "must differ from the names of the country's other carriers";
                problems.add(&format!("{path}.name"), message);
            }
            carrier.check(&path, problems)
        });
        let carriers: Vec<Option<_>> = carriers.collect();
        let users = self.users.check(&format!("{path}.users"), problems);
        let time_zone = self.time_zone.as_deref().map(zone::find).transpose();
        let time_zone =
            time_zone.map_err(|message| problems.add(&format!("{path}.time_zone"), message));
        let count = numbers.as_ref().map_or(u64::MAX, NumberPattern::count);
        if self.users.pool.is_some_and(|pool| count < pool) {
            let message = format!("must be at most {count}, the numbers of `{}`", self.number);
            problems.add(&format!("{path}.users.pool"), message);
        }
        Some(Uncoded {
            weight: self.weight,
            growth: self.growth,
            time_zone: time_zone.ok()?,
            numbers: numbers.ok()?,
            carriers: carriers.into_iter().collect::<Option<_>>()?,
            users: users?,
        })
    }
}

impl UsersShape {
    fn check(&self, path: &str, problems: &mut Problems) -> Option<Users> {
        let mut delay =
            |key: &str, shape: &DistributionShape| shape.check(&format!("{path}.{key}"), problems);
        let read_delay = delay("read_delay", &self.read_delay);
        let resend_after = delay("resend_after", &self.resend_after);
        let gives_up_after = delay("gives_up_after", &self.gives_up_after);
        Some(Users {
            finish: self.finish,
            read_delay: read_delay?,
            right_code: self.right_code,
            resend_after: resend_after?,
            resend_probability: self.resend_probability.clone(),
            gives_up_after: gives_up_after?,
            pool: self.pool,
        })
    }
}
