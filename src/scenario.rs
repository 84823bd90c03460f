//! What a campaign is: checked types, made from scenario files and from nothing else.
//!
//! **Invariant:** a [`Scenario`] that exists is valid; nothing below this module checks it again.

pub mod arrivals;
pub mod odds;
pub mod country;
pub mod policy;
pub mod threshold;
pub mod file;
pub mod load;
pub mod profiles;
pub mod estimate;
pub mod explain;

pub use explain::{Outside, explain};
pub use file::schema;
pub use load::{Loaded, ScenarioError, Source, load, parse};

use arrivals::ArrivalPlan;
use country::Country;
use policy::{Policy, Template};
use sms_voice_mock::service::settings::ServiceSettings;
use std::time::Duration;
use threshold::Threshold;

/// A whole campaign. All durations are in campaign time unless they say wall time.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name in reports: lower-case letters, digits and dashes.
    pub name: String,
    /// One paragraph for people.
    pub description: String,
    /// The seed of every draw.
    pub seed: u64,
    /// The first instant of a virtual run, in seconds since 1970-01-01T00:00:00Z.
    pub start_epoch_s: i64,
    /// Campaign time per wall time in a live run.
    pub speed: f64,
    /// From the start; run and counted, but left out of latency figures.
    pub warm_up: Duration,
    /// After the last arrival: how long open sessions may take before they end `unfinished`.
    pub drain: Duration,
    /// Wall time: a live run whose lag p99 is above this is invalid.
    pub max_lag: Duration,
    /// The length of a row of `timeseries.csv` and of an interval of the `.hlog` files.
    pub interval: Duration,
    /// When sessions arrive.
    pub arrivals: ArrivalPlan,
    /// Where they come from, sorted by code.
    pub countries: Vec<Country>,
    /// How the application behaves.
    pub policy: Policy,
    /// What it writes, at least one.
    pub templates: Vec<Template>,
    /// How the service behaves, in the stub and in virtual time.
    pub service: ServiceSettings,
    /// What must hold at the end.
    pub thresholds: Vec<Threshold>,
    /// What must hold all along.
    pub abort_unless: Vec<Threshold>,
}

/// What is still owed after the drain limit has at least this long, and at most that long.
const TIME_FOR_FEEDBACK: [Duration; 2] =
    [Duration::from_secs(600), Duration::from_secs(30 * 24 * 3600)];

impl Scenario {
    /// How long feedback may take that is still owed when the last session was cut off: twice what the
    /// service's quota, or the application's own rate, takes for a message of each session, at least ten
    /// minutes. The drain limit has no part in it.
    #[must_use]
    pub fn time_for_feedback(&self) -> Duration {
        let [least, most] = TIME_FOR_FEEDBACK;
        let rates = [self.service.quotas.put_per_second, self.policy.feedback_rate];
        let rate = rates.into_iter().flatten().min_by(f64::total_cmp);
        let needed = rate.map_or(0.0, |rate| 2.0 * self.arrivals.expected_sessions() / rate);
        Duration::try_from_secs_f64(needed).map_or(most, |needed| needed.clamp(least, most))
    }
}
