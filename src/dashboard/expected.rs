//! What CloudWatch must say about a run: `dashboard-expected.json` and `.csv`.
//!
//! **Invariant:** it is made of the run's own record; nobody's dashboard is asked.

use super::{
    Minute, NAMESPACE, PERIOD_S, minute_of,
    series::{FeedbackMetric, Series, Status},
    stamp,
};
use crate::record::{
    Recorder,
    dashboard::{Cells, Count, Range},
};
use serde::{Deserialize, Serialize};
use sms_voice_mock::service::metrics::StampedAt;
use std::{collections::BTreeMap, io};

/// The name of the file.
pub const FILE: &str = "dashboard-expected.json";

/// What every series must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// `feedback` or `send`: the instant that a point of feedback has.
    pub stamped_at: String,
    /// The series.
    pub series: BTreeMap<Series, Course>,
    /// The numbers of the console's dashboard.
    pub dashboard: Dashboard,
}

/// What one series must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// Minutes in which it has, or may have, a point.
    pub points: BTreeMap<Minute, Range>,
    /// The sum of the run.
    pub total: Range,
}

/// The numbers of the console's dashboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dashboard {
    /// Messages with feedback completion: those whose feedback is `RECEIVED`.
    pub completed: u64,
    /// Their share of the messages that expect feedback, in percent; `null` without any.
    pub percentage: Option<f64>,
    /// The first number by country.
    pub by_country: BTreeMap<String, u64>,
}

/// Why a file of expectations cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ExpectedError {
    /// It is not of the shape that this program writes.
    #[error("{FILE} cannot be read")]
    Shape(#[from] serde_json::Error),
    /// Another version wrote it.
    #[error("{FILE} has schema {0}; this program reads schema 1")]
    Schema(u32),
    /// A series or a time in it is none.
    #[error("{FILE} has {0}")]
    Content(String),
}

impl Expected {
    /// What the record of a run comes to.
    #[must_use]
    pub fn of(recorder: &Recorder) -> Self {
        let countries = &recorder.scenario().countries;
        let codes: Vec<_> = countries.iter().map(|country| country.code.to_string()).collect();
        let cells = &recorder.dashboard;
        let mut series: BTreeMap<_, _> =
            Series::all(&codes).into_iter().map(|series| (series, Course::default())).collect();
        for (series, course) in &mut series {
            course.total = sum(series, &codes, cells.sums());
            for (minute, counts) in cells.minutes() {
                let range = sum(series, &codes, counts);
                if range.highest > 0 {
                    course.points.insert(minute, range);
                }
            }
        }
        let stamped_at = match cells.stamped_at() {
            StampedAt::Feedback => "feedback",
            StampedAt::Send => "send",
        };
        let completed = |place: usize| cells.sums().get(Count::Received, place).lowest;
        let expecting = |place: usize| cells.sums().get(Count::Expecting, place).lowest;
        let all = |count: &dyn Fn(usize) -> u64| (0..codes.len()).map(count).sum::<u64>();
        let by_country = codes.iter().cloned().zip((0..codes.len()).map(completed)).collect();
        let dashboard = Dashboard {
            completed: all(&completed),
            percentage: percentage(all(&completed), all(&expecting)),
            by_country,
        };
        Self { stamped_at: stamped_at.to_owned(), series, dashboard }
    }

    /// The first and the last minute in which anything may count; `None` if nothing does.
    #[must_use]
    pub fn span(&self) -> Option<(Minute, Minute)> {
        let minutes = || self.series.values().flat_map(|course| course.points.keys().copied());
        minutes().min().zip(minutes().max())
    }

    /// How many periods there are, and how many of them leave nothing open.
    #[must_use]
    pub fn periods(&self) -> (usize, usize) {
        let ranges = || self.series.values().flat_map(|course| course.points.values());
        (ranges().count(), ranges().filter(|range| range.is_exact()).count())
    }

    /// Writes `dashboard-expected.json`.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let metrics = self.series.iter().map(|(series, course)| MetricFile {
            name: series.metric.name().to_owned(),
            dimensions: series.dimensions(),
            points: course
                .points
                .iter()
                .map(|(minute, range)| (stamp(*minute), range.lowest, range.highest))
                .collect(),
            total: Some((course.total.lowest, course.total.highest)),
        });
        let file = File {
            schema: 1,
            namespace: NAMESPACE.to_owned(),
            period_s: PERIOD_S,
            stamped_at: self.stamped_at.clone(),
            metrics: metrics.collect(),
            dashboard: self.dashboard.clone(),
        };
        serde_json::to_writer(&mut *out, &file)?;
        writeln!(out)
    }

    /// Writes `dashboard-expected.csv`: a row per series and minute.
    pub fn write_csv(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "time,metric,country,status,lowest,highest")?;
        for (series, course) in &self.series {
            let (metric, country) = (series.metric.name(), series.country.as_deref());
            let status = series.status.map_or("", Status::name);
            for (minute, Range { lowest, highest }) in &course.points {
                let (time, country) = (stamp(*minute), country.unwrap_or_default());
                writeln!(out, "{time},{metric},{country},{status},{lowest},{highest}")?;
            }
        }
        Ok(())
    }

    /// Reads `dashboard-expected.json`.
    pub fn read(text: &str) -> Result<Self, ExpectedError> {
        let file: File = serde_json::from_str(text)?;
        if file.schema != 1 {
            return Err(ExpectedError::Schema(file.schema));
        }
        let mut series = BTreeMap::new();
        for metric in file.metrics {
            let unknown = || format!("an unknown series {} {:?}", metric.name, metric.dimensions);
            let named = Series::named(&metric.name, &metric.dimensions);
            let named = named.ok_or_else(|| ExpectedError::Content(unknown()))?;
            let mut course = Course::default();
            for (time, lowest, highest) in metric.points {
                let minute = minute_of(&time);
                let minute = minute.ok_or_else(|| {
                    ExpectedError::Content(format!("`{time}`, which is not an instant"))
                })?;
                *course.points.entry(minute).or_default() += Range { lowest, highest };
            }
            let mut summed = Range::default();
            course.points.values().for_each(|range| summed += *range);
            let told = metric.total.map(|(lowest, highest)| Range { lowest, highest });
            course.total = told.unwrap_or(summed);
            series.insert(named, course);
        }
        Ok(Self { stamped_at: file.stamped_at, series, dashboard: file.dashboard })
    }
}

/// A share in percent, to the tenth, as the console shows it.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a share is shown with one decimal")]
pub fn percentage(completed: u64, expecting: u64) -> Option<f64> {
    (expecting > 0).then(|| (completed as f64 / expecting as f64 * 1000.0).round() / 10.0)
}

/// The count of a series, summed over what its dimensions leave open.
fn sum(series: &Series, codes: &[String], cells: Cells<'_>) -> Range {
    let mut sum = Range::default();
    let wanted = |code: &String| series.country.as_ref().is_none_or(|country| country == code);
    for (place, _) in codes.iter().enumerate().filter(|(_, code)| wanted(code)) {
        let counts: &[Count] = match (series.metric, series.status) {
            (FeedbackMetric::Expecting, _) => &[Count::Expecting],
            (FeedbackMetric::With, None) => &[Count::Received, Count::Failed, Count::Either],
            (FeedbackMetric::With, Some(Status::Received)) => &[Count::Received, Count::Either],
            (FeedbackMetric::With, Some(Status::Failed)) => &[Count::Failed, Count::Either],
        };
        counts.iter().for_each(|count| sum += cells.get(*count, place));
    }
    sum
}

#[derive(Serialize, Deserialize)]
struct File {
    schema: u32,
    namespace: String,
    period_s: u32,
    stamped_at: String,
    metrics: Vec<MetricFile>,
    dashboard: Dashboard,
}

#[derive(Serialize, Deserialize)]
struct MetricFile {
    name: String,
    dimensions: BTreeMap<String, String>,
    points: Vec<(String, u64, u64)>,
    /// Of the whole run: tighter than the sum of the points where a call straddled two of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    total: Option<(u64, u64)>,
}
