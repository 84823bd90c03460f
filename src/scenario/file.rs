//! The shape of a scenario file: every key, its default and its range.
//!
//! Writing a shape gives the scenario with every default written out. `check` makes the checked
//! types of [`super`] from it.

mod country;
mod policy;
mod schedule;

pub use country::{CountryShape, UsersShape};
pub use policy::{
    CodeShape, FeedbackShape, LimiterShape, OlderCodeShape, OnThrottleShape, PolicyShape,
    RateLimitShape, ReportsShape, SdkRetriesShape, SupersededShape,
};
pub(super) use schedule::NotRead;
pub use schedule::{
    ArrivalsShape, AttackShape, DayShape, DecayShape, DiurnalShape, EventKindShape, EventShape,
    GapsShape, OutageShape, ReplayShape, StageShape, TemplateShape,
};

use super::{Scenario, threshold::Threshold};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use sms_voice_mock::{
    config::{duration::Span, problem::Problems, shape::ServiceShape},
    service::country::CountryCode,
};
use std::{collections::BTreeMap, time::Duration};

/// An otpdrill scenario: one campaign of SMS one-time passwords. Durations are written as in
/// `"250ms"`, `"8s"` or `"1h30m"`, and are in campaign time unless they say wall time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFile {
    /// The name in reports: lower-case letters, digits and dashes.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]{0,63}$"))]
    pub name: String,
    /// One paragraph for people.
    #[serde(default)]
    pub description: String,
    /// The seed of every draw: the same seed gives the same campaign.
    #[serde(default = "default_seed")]
    #[schemars(range(min = 0, max = 9_223_372_036_854_775_807_u64))]
    pub seed: u64,
    /// The first instant of a virtual run (RFC 3339).
    #[serde(default = "default_start")]
    pub start: String,
    /// Campaign time per wall time in a live run.
    #[serde(default = "default_speed")]
    #[schemars(range(min = 0.001, max = 100_000.0))]
    pub speed: f64,
    /// From the start: run and counted, but left out of latency figures.
    #[serde(default)]
    pub warm_up: Span,
    /// After the last arrival: how long open sessions may take before they end `unfinished`.
    #[serde(default = "default_drain")]
    pub drain: Span,
    /// Wall time: a live run whose lag p99 is above this is invalid.
    #[serde(default = "default_max_lag")]
    pub max_lag: Span,
    /// The length of a row of `timeseries.csv` and of an interval of the `.hlog` files.
    #[serde(default = "default_interval")]
    pub interval: Span,
    /// What must hold at the end, as in `"conversion.message{country=BR} > 0.7"`.
    #[serde(default)]
    pub thresholds: Vec<String>,
    /// What must hold all along, as in `"shares.throttled < 0.5 last 60s"`: as soon as it does not, nobody
    /// else arrives, and the run ends with exit code 20.
    #[serde(default)]
    pub abort_unless: Vec<String>,
    /// When sessions arrive.
    pub arrivals: ArrivalsShape,
    /// How the application behaves.
    #[serde(default)]
    pub policy: PolicyShape,
    /// What it writes.
    #[serde(default = "TemplateShape::default_list")]
    #[schemars(length(min = 1))]
    pub templates: Vec<TemplateShape>,
    /// Where sessions come from, by ISO 3166-1 alpha-2 code.
    pub countries: BTreeMap<String, CountryShape>,
    /// How the service behaves, in the stub and in virtual time.
    #[serde(default)]
    pub service: ServiceShape,
}

fn default_seed() -> u64 {
    1
}

fn default_start() -> String {
    "2026-01-01T00:00:00Z".to_owned()
}

fn default_speed() -> f64 {
    1.0
}

fn default_drain() -> Span {
    Span(Duration::from_secs(600))
}

fn default_max_lag() -> Span {
    Span(Duration::from_millis(50))
}

fn default_interval() -> Span {
    Span(Duration::from_secs(10))
}

/// The JSON Schema of a scenario file, for editors. It knows the key `profile`, which is gone by the
/// time a file becomes a [`ScenarioFile`].
#[must_use]
pub fn schema() -> Json {
    let mut schema = schemars::schema_for!(ScenarioFile).to_value();
    schema["title"] = "otpdrill scenario".into();
    let country = &mut schema["$defs"]["CountryShape"];
    country["properties"]["profile"] = json!({
        "type": "string",
        "description": "The profile that gives what is not written here: a built-in name such as \
            `BR`, or the path of a .toml file relative to the scenario.",
    });
    let without_profile = json!({ "required": ["number", "carriers"] });
    country["anyOf"] = json!([{ "required": ["profile"] }, without_profile]);
    if let Some(country) = country.as_object_mut() {
        country.remove("required");
    }
    schema
}

impl ScenarioFile {
    /// Writes in what the file leaves to other values of the file: the width of a spike, the rate of a
    /// queue, and the time zones of countries where the clock matters.
    pub fn fill(&mut self) {
        self.arrivals.fill();
        if self.arrivals.needs_clocks() {
            self.countries.iter_mut().for_each(|(code, country)| country.fill_time_zone(code));
        }
        self.policy.on_throttle.fill(self.service.quotas.SendTextMessage);
    }

    /// The checked scenario, or every problem found.
    pub fn check(&self) -> Result<Scenario, Problems> {
        let mut problems = Problems::default();
        let made = self.make(&mut problems);
        match made {
            Some(scenario) if problems.is_empty() => Ok(scenario),
            _ => Err(problems),
        }
    }

    fn make(&self, problems: &mut Problems) -> Option<Scenario> {
        problems.check_span("warm_up", self.warm_up, "0s", "30d");
        problems.check_span("drain", self.drain, "0s", "30d");
        problems.check_span("max_lag", self.max_lag, "100us", "1h");
        problems.check_span("interval", self.interval, "100ms", "1d");
        let start = self.start.parse::<jiff::Timestamp>();
        let start = start.map_err(|_| {
            problems.add("start", "must be an RFC 3339 instant such as 2026-01-01T00:00:00Z");
        });
        let countries = self.check_countries(problems);
        let policy = self.policy.check(problems);
        let templates = schedule::check_templates(&self.templates, problems);
        let service = self.service.check("service", problems);
        let start = start.ok().map(|start| start.as_second());
        let setting = start.zip(countries.as_deref());
        let setting = setting.map(|(start, countries)| schedule::Setting { start, countries });
        let arrivals = self.arrivals.check(setting, problems);
        if let Some(plan) = &arrivals
            && plan.duration() <= self.warm_up.0
            && !self.warm_up.0.is_zero()
        {
            let length = Span(plan.duration());
            problems.add("warm_up", format!("must be shorter than the arrivals ({length})"));
        }
        let countries = countries?;
        let templates = templates?;
        let length =
            arrivals.as_ref().map_or(Duration::MAX, super::arrivals::ArrivalPlan::duration);
        let mut read = |list: &str, texts: &[String], watched: bool| {
            let read = texts.iter().enumerate().filter_map(|(place, text)| {
                let read = Threshold::parse(text).and_then(|threshold| {
                    threshold.check_tags(&countries, &templates)?;
                    if watched {
                        threshold.check_watched()?;
                        threshold.check_start(length)?;
                    } else {
                        threshold.check_intervals(self.interval.0, length)?;
                    }
                    Ok(threshold)
                });
                let path = format!("{list}.{place}");
                read.map_err(|error| problems.add(&path, error.to_string())).ok()
            });
            read.collect()
        };
        let thresholds = read("thresholds", &self.thresholds, false);
        let abort_unless = read("abort_unless", &self.abort_unless, true);
        Some(Scenario {
            name: self.name.clone(),
            description: self.description.clone(),
            seed: self.seed,
            start_epoch_s: start?,
            speed: self.speed,
            warm_up: self.warm_up.0,
            drain: self.drain.0,
            max_lag: self.max_lag.0,
            interval: self.interval.0,
            arrivals: arrivals?,
            countries,
            policy: policy?,
            templates,
            service: service?,
            thresholds,
            abort_unless,
        })
    }

    fn check_countries(&self, problems: &mut Problems) -> Option<Vec<super::country::Country>> {
        if !self.countries.values().any(|country| country.weight > 0.0) {
            problems.add("countries", "must have at least one country with a weight above 0");
            return None;
        }
        let checked = self.countries.iter().map(|(code, shape)| {
            let path = format!("countries.{code}");
            let parsed = code.parse::<CountryCode>();
            let parsed = parsed.map_err(|error| problems.add(&path, error.to_string()));
            let checked = shape.check(&path, problems);
            let country = checked.and_then(|country| Some(country.with_code(parsed.ok()?)))?;
            country.check_numbers(&path, problems).then_some(country)
        });
        // Collected in two steps, so that a mistake in one country does not hide those of the next.
        let checked: Vec<Option<_>> = checked.collect();
        checked.into_iter().collect()
    }
}
