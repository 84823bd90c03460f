//! The shape of usual days and weeks.

use super::Setting;
use crate::scenario::arrivals::{course::Course, day::Week};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sms_voice_mock::config::problem::Problems;
use std::time::Duration;

/// Days and weeks in each country's own time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiurnalShape {
    /// Users of all countries in a day, on average over a week; their weights share them out.
    #[schemars(range(min = 1.0, max = 1_000_000_000_000.0))]
    pub sessions_per_day: f64,
    /// How many days, from `start` on.
    #[schemars(range(min = 1, max = 366))]
    pub days: u16,
    /// When on a day users come.
    #[serde(default)]
    pub shape: DayShape,
    /// Users of each day from Monday to Sunday, relative to each other.
    #[serde(default = "even_week")]
    #[schemars(length(min = 7, max = 7), inner(range(min = 0.0, max = 1_000_000.0)))]
    pub weekly: Vec<f64>,
}

/// When on a day users come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DayShape {
    /// People at home: a quiet night, more from morning on, most at eight in the evening.
    #[default]
    Evening,
    /// People at work: most from nine to five, a dip at noon.
    Office,
    /// As many in every hour.
    Flat,
    /// Users of each hour from midnight on, relative to each other.
    #[schemars(with = "HourlySchema")]
    Hourly(Vec<f64>),
}

/// For the schema alone: the list of hours with its limits.
#[derive(JsonSchema)]
#[serde(transparent)]
#[expect(dead_code, reason = "schemars reads the type")]
struct HourlySchema(
    #[schemars(length(min = 24, max = 24), inner(range(min = 0.0, max = 1_000_000.0)))] Vec<f64>,
);

// The named shapes are assumptions: no operator publishes when codes are asked for.
const EVENING: [f64; 24] = [
    22.0, 13.0, 8.0, 6.0, 6.0, 9.0, 18.0, 33.0, 47.0, 56.0, 62.0, 66.0, //
    69.0, 67.0, 65.0, 66.0, 70.0, 77.0, 87.0, 96.0, 100.0, 91.0, 68.0, 41.0,
];
const OFFICE: [f64; 24] = [
    5.0, 3.0, 2.0, 2.0, 3.0, 7.0, 20.0, 48.0, 82.0, 98.0, 100.0, 96.0, //
    78.0, 84.0, 95.0, 92.0, 82.0, 60.0, 38.0, 27.0, 21.0, 16.0, 11.0, 8.0,
];

fn even_week() -> Vec<f64> {
    vec![1.0; 7]
}

impl DayShape {
    fn hours(&self) -> Option<[f64; 24]> {
        match self {
            Self::Evening => Some(EVENING),
            Self::Office => Some(OFFICE),
            Self::Flat => Some([1.0; 24]),
            Self::Hourly(hours) => hours.as_slice().try_into().ok(),
        }
    }
}

impl DiurnalShape {
    pub(super) fn check(&self, problems: &mut Problems) {
        if let DayShape::Hourly(hours) = &self.shape
            && !hours.iter().any(|hour| *hour > 0.0)
        {
            problems.add("arrivals.diurnal.shape.hourly", "must have an hour above 0");
        }
        if !self.weekly.iter().any(|day| *day > 0.0) {
            problems.add("arrivals.diurnal.weekly", "must have a day above 0");
        }
    }

    pub(super) fn length(&self) -> Duration {
        Duration::from_secs(86_400 * u64::from(self.days))
    }

    /// The rate of each country.
    pub(super) fn courses(&self, shares: &[f64], setting: Setting<'_>) -> Vec<Course> {
        let hours = self.shape.hours().expect("the schema asks for 24");
        let days = self.weekly.as_slice().try_into().expect("the schema asks for 7");
        let week = Week::new(hours, days);
        let time = (setting.start, self.length());
        let countries = setting.countries.iter().zip(shares);
        let courses = countries.map(|(country, share)| {
            week.course(self.sessions_per_day * share / 86_400.0, &country.time_zone, time)
        });
        courses.collect()
    }
}
