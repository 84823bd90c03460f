//! What a run leaves for CI servers: the comparison with its baseline, GitHub's summary, a row of history.
//!
//! **Invariant:** a CI server that cannot be told is a warning, never the run's failure.

mod baseline;
mod history;

pub use baseline::Baseline;
pub use history::append;

use super::run_dir::{RunDir, RunDirError, stamp};
use crate::{
    compare::{self, Comparison, cases},
    report::{
        Report,
        github::{self, Country},
        history::{HistoryFacts, row},
        junit::{self, Case},
        summary::Summary,
    },
    results::Results,
};
use std::{
    env,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
    time::Duration,
};

/// The variable that is `true` in a workflow of GitHub.
const IN_GITHUB: &str = "GITHUB_ACTIONS";
/// The file that a step's summary is appended to.
const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Writes `compare.json`, if the run was compared.
pub fn write_comparison(dir: &RunDir, found: Option<&Comparison>) -> Result<(), RunDirError> {
    let Some(found) = found else { return Ok(()) };
    dir.write("compare.json", |out| super::compare::write(found, out))
}

/// Writes `junit.xml` of a run from what was read back of it; `start` is when it began, RFC 3339.
pub fn write_junit(
    summary: &Summary,
    start: &str,
    found: Option<&Comparison>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut all = junit::cases(summary);
    all.extend(found.into_iter().flat_map(|found| cases::cases(found, &summary.scenario)));
    junit::write(summary, start, &all, out)
}

/// Appends a run's row to a history.
pub fn remember(path: &Path, report: &Report, began: Duration, place: &Path) -> io::Result<()> {
    let (time, place) = (stamp(began).to_string(), place.display().to_string());
    let (commit, branch) = (history::commit(), history::branch());
    let facts = HistoryFacts { time: &time, commit: &commit, branch: &branch, run: &place };
    append(path, &row(&Summary::of(report), facts))
}

/// Writes `junit.xml` of a run again, from what it left behind.
pub fn write_junit_again(dir: &RunDir, results: &Results) -> Result<(), RunDirError> {
    let start = results.latencies.values().next().map_or(Duration::ZERO, |log| log.start);
    let start = stamp(Duration::from_secs(start.as_secs())).to_string();
    dir.write("junit.xml", |out| {
        write_junit(&results.summary, &start, comparison(dir)?.as_ref(), out)
    })
}

/// What `compare.json` says, if the run was compared.
fn comparison(dir: &RunDir) -> io::Result<Option<Comparison>> {
    match fs::read(dir.path().join("compare.json")) {
        // A comparison left out would look like one that went well.
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| io::Error::other(format!("compare.json: {error}"))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Tells GitHub about a run, if this is one of its workflows.
pub fn tell_run(report: &Report) {
    if !in_github() {
        return;
    }
    let summary = Summary::of(report);
    let all = junit::of(report, &summary);
    tell(github::annotations(&summary, &all), |room| {
        github::summary(&summary, &Country::all(report), &all, room)
    });
}

/// Tells GitHub about a comparison.
pub fn tell_comparison(found: &Comparison) {
    if !in_github() {
        return;
    }
    let all: Vec<Case> = cases::cases(found, "compare");
    let mut text = Vec::new();
    // Memory takes everything.
    let _written = compare::text::write(found, crate::report::text::Style::default(), &mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    tell(github::errors("otpdrill compare", &all), |room| {
        github::preformatted("otpdrill compare", &text, room)
    });
}

fn in_github() -> bool {
    env::var_os(IN_GITHUB).is_some_and(|value| value == "true")
}

/// Commands go to standard error, because standard output may be JSON; GitHub reads both.
fn tell(annotations: String, summary: impl FnOnce(usize) -> String) {
    drop(io::stderr().write_all(annotations.as_bytes()));
    let Some(path) = env::var_os(STEP_SUMMARY).filter(|path| !path.is_empty()) else { return };
    let written = OpenOptions::new().append(true).create(true).open(&path).and_then(|mut file| {
        let there = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        file.write_all(summary(github::LONGEST.saturating_sub(there)).as_bytes())
    });
    if let Err(error) = written {
        drop(writeln!(io::stderr(), "warning: cannot write the step summary: {error}"));
    }
}
