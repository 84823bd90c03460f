//! A run directory read back: what a run wrote, typed again, for pages and comparisons.
//!
//! The files come from a function that gives the bytes of a name, so that those of a run that is still
//! going on, which lie in memory, are read in the same way as those of a folder.
//!
//! **Invariant:** what is read is what was written: nothing is computed anew, and what is not there is
//! `None`, never zero.

mod error;
mod figure;
pub mod course;
pub mod encoded;
pub mod latency;
pub mod manifest;
pub mod table;

pub use course::{Course, Tick};
pub use error::ResultsError;
pub use latency::{Detail, Log, Stretch};
pub use manifest::Manifest;
pub use table::{Row, Table};

use crate::{
    dashboard::expected::{self, Expected},
    record::latency::Metric,
    report::summary::Summary,
    scenario::{Scenario, file::ScenarioFile},
};
use sms_voice_mock::config::{self, Document};
use std::{collections::BTreeMap, fs, io, path::Path};

/// The file that makes a folder the folder of a run.
pub const SUMMARY: &str = "summary.json";
/// The schema that this program reads.
const SCHEMA: u64 = 1;

/// Everything that a run left behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// `summary.json`.
    pub summary: Summary,
    /// `manifest.json`, if it is there.
    pub manifest: Option<Manifest>,
    /// `scenario.toml` as it was written, if it is there.
    pub scenario_toml: Option<String>,
    /// The same in its shape; `None` if this program does not understand it.
    pub shape: Option<ScenarioFile>,
    /// The same as a scenario; `None` also for a replay, whose log lies elsewhere.
    pub scenario: Option<Scenario>,
    /// `conversion.csv`.
    pub conversion: Table,
    /// `conversion-by-carrier.csv`, if it is there.
    pub by_carrier: Option<Table>,
    /// `conversion-by-template.csv`, if it is there.
    pub by_template: Option<Table>,
    /// `timeseries.csv`.
    pub course: Course,
    /// `latency/*.hlog`, those that are there.
    pub latencies: BTreeMap<Metric, Log>,
    /// `dashboard-expected.json`, if it is there.
    pub expected: Option<Expected>,
}

impl Results {
    /// Reads the folder of a run.
    pub fn open(folder: &Path, detail: Detail) -> Result<Self, ResultsError> {
        match Self::read(&mut |name: &str| in_folder(folder, name), detail) {
            Err(ResultsError::Missing { file: SUMMARY }) => {
                Err(ResultsError::NotARun { path: folder.to_owned() })
            }
            read => read,
        }
    }

    /// Reads a run whose files `bytes` gives by name, as in `latency/send_service.hlog`; `None` where there
    /// is no such file.
    pub fn read(
        bytes: &mut impl FnMut(&str) -> io::Result<Option<Vec<u8>>>,
        detail: Detail,
    ) -> Result<Self, ResultsError> {
        let mut files = Files(bytes);
        let summary = summary(&files.needed(SUMMARY)?)?;
        let scenario_toml = files.text("scenario.toml")?;
        let shape = scenario_toml.as_deref().and_then(shape);
        Ok(Self {
            summary,
            manifest: files.read("manifest.json", Manifest::read)?,
            scenario: shape.as_ref().and_then(scenario),
            shape,
            scenario_toml,
            conversion: Table::read("conversion.csv", &files.needed("conversion.csv")?)?,
            by_carrier: files.read("conversion-by-carrier.csv", Table::read)?,
            by_template: files.read("conversion-by-template.csv", Table::read)?,
            course: Course::read("timeseries.csv", &files.needed("timeseries.csv")?)?,
            latencies: files.logs(detail)?,
            expected: files.read(expected::FILE, expectation)?,
        })
    }

    /// The log of a metric, if it is there.
    #[must_use]
    pub fn latency(&self, metric: Metric) -> Option<&Log> {
        self.latencies.get(&metric)
    }

    /// The row of a country in `conversion.csv`.
    #[must_use]
    pub fn country(&self, code: &str) -> Option<&Row> {
        self.conversion.rows.iter().find(|row| row.country == code)
    }
}

/// The files of a run, by their names.
struct Files<'a, F>(&'a mut F);

impl<F: FnMut(&str) -> io::Result<Option<Vec<u8>>>> Files<'_, F> {
    fn text(&mut self, file: &'static str) -> Result<Option<String>, ResultsError> {
        let bytes = (self.0)(file).map_err(|source| ResultsError::Read { file, source })?;
        bytes.map(|bytes| text(file, bytes)).transpose()
    }

    fn needed(&mut self, file: &'static str) -> Result<String, ResultsError> {
        self.text(file)?.ok_or(ResultsError::Missing { file })
    }

    fn read<T>(
        &mut self,
        file: &'static str,
        reader: impl FnOnce(&'static str, &str) -> Result<T, ResultsError>,
    ) -> Result<Option<T>, ResultsError> {
        self.text(file)?.map(|text| reader(file, &text)).transpose()
    }

    fn logs(&mut self, detail: Detail) -> Result<BTreeMap<Metric, Log>, ResultsError> {
        let mut logs = BTreeMap::new();
        for metric in Metric::ALL {
            let read = |file, text: &str| Log::read(file, text, detail);
            if let Some(log) = self.read(latency::file(metric), read)? {
                logs.insert(metric, log);
            }
        }
        Ok(logs)
    }
}

/// The bytes of a file in a folder, for [`Results::read`].
pub fn in_folder(folder: &Path, name: &str) -> io::Result<Option<Vec<u8>>> {
    match fs::read(folder.join(name)) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A file where a folder should be has nothing in it.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn text(file: &'static str, bytes: Vec<u8>) -> Result<String, ResultsError> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|byte| *byte == b'\n').count();
        ResultsError::content(file, line as u64, "must be UTF-8 text")
    })
}

fn summary(text: &str) -> Result<Summary, ResultsError> {
    let tree: serde_json::Value =
        serde_json::from_str(text).map_err(|error| ResultsError::json(SUMMARY, &error))?;
    match tree["schema"].as_u64() {
        Some(SCHEMA) => {
            serde_json::from_str(text).map_err(|error| ResultsError::json(SUMMARY, &error))
        }
        Some(found) => Err(ResultsError::Schema { file: SUMMARY, found }),
        None => Err(ResultsError::content(SUMMARY, 1, "must have the key `schema`, a number")),
    }
}

fn expectation(file: &'static str, text: &str) -> Result<Expected, ResultsError> {
    Expected::read(text).map_err(|source| ResultsError::Expected { file, source })
}

fn shape(text: &str) -> Option<ScenarioFile> {
    let document = Document::parse(text, "scenario.toml").ok()?;
    let mut file: ScenarioFile = config::read(&document).ok()?;
    file.fill();
    Some(file)
}

/// The scenario from nothing but its text: what it is must not depend on a log that may be gone.
fn scenario(file: &ScenarioFile) -> Option<Scenario> {
    if file.arrivals.replay.is_some() { None } else { file.check().ok() }
}
