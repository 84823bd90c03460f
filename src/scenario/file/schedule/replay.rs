//! The shape of a log that is played again.

use super::{ArrivalsShape, Setting, is_one};
use crate::scenario::arrivals::{replay::Replay, trace::Trace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sms_voice_mock::config::{Finding, duration::Span, problem::Problems};
use std::{
    fs::File,
    path::{Path, absolute},
    sync::Arc,
    time::Duration,
};

/// A log that is played again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayShape {
    /// A CSV file with the columns `timestamp` (RFC 3339, or seconds since 1970) and `country`; its path
    /// is relative to the scenario.
    #[schemars(length(min = 1))]
    pub file: String,
    /// Sessions for each row, on average.
    #[serde(default = "one")]
    #[schemars(range(min = 0.001, max = 10_000.0))]
    pub scale: f64,
    /// How long after its row the further sessions of a row may come.
    #[serde(default = "default_jitter")]
    pub jitter: Span,
    /// What was read.
    #[serde(skip)]
    trace: Option<Arc<Trace>>,
}

/// Why there are no rows.
#[derive(Debug)]
pub(in crate::scenario) enum NotRead {
    /// There is no such file; what is wrong with the key.
    File(String),
    /// The file has mistakes.
    Rows(Vec<Finding>),
}

fn one() -> f64 {
    1.0
}

fn default_jitter() -> Span {
    Span(Duration::from_secs(10))
}

/// From the first row to the last.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

impl ReplayShape {
    /// Reads the log of these countries, and keeps its path as one that leads there from anywhere.
    /// Gives the first instant, in seconds since 1970.
    pub(in crate::scenario) fn read(
        &mut self,
        folder: Option<&Path>,
        countries: &[&str],
    ) -> Result<i64, NotRead> {
        let path = folder.unwrap_or(Path::new("")).join(&self.file);
        let shown = path.display().to_string();
        let file = File::open(&path).map_err(|error| {
            let file = &self.file;
            NotRead::File(format!(
                "is {file:?}, but must be a file that can be read: {shown}: {error}"
            ))
        })?;
        let trace = Trace::read(file, &shown, countries).map_err(NotRead::Rows)?;
        let first = trace.rows()[0].epoch_s();
        self.trace = Some(Arc::new(trace));
        if let Some(path) = absolute(path).ok().as_deref().and_then(Path::to_str) {
            path.clone_into(&mut self.file);
        }
        Ok(first)
    }

    /// What the log leaves no room for.
    pub(super) fn check_alone(&self, arrivals: &ArrivalsShape, problems: &mut Problems) {
        problems.check_span("arrivals.replay.jitter", self.jitter, "0s", "1d");
        let others = [
            ("growth", !is_one(&arrivals.growth)),
            ("events", !arrivals.events.is_empty()),
            ("attacks", !arrivals.attacks.is_empty()),
            ("outages", !arrivals.outages.is_empty()),
        ];
        for (key, _) in others.iter().filter(|(_, given)| *given) {
            let instead = "must not be there beside arrivals.replay (its `scale` makes it grow)";
            problems.add(&format!("arrivals.{key}"), instead);
        }
    }

    pub(super) fn check(&self, setting: Setting<'_>, problems: &mut Problems) -> Option<Replay> {
        let trace = Arc::clone(self.trace.as_ref()?);
        let from = setting.start.saturating_mul(1_000_000_000);
        let first = trace.rows().partition_point(|row| row.epoch_nanos() < from);
        if first == trace.rows().len() {
            problems.add("start", "must not be after the last row of arrivals.replay.file");
            return None;
        }
        let replay = Replay {
            trace,
            first: u32::try_from(first).expect("checked when it was read"),
            start_epoch_s: setting.start,
            scale: self.scale,
            jitter: self.jitter.0,
        };
        if LONGEST < replay.duration() {
            let message = "must end within 366 days of the start";
            problems.add("arrivals.replay.file", message);
            return None;
        }
        Some(replay)
    }
}
