//! The baseline of a run: opened before anything starts, compared with at the end.

use crate::{
    cli::BaselineArgs,
    commands::{
        compare::{open, options, patiently},
        error::CommandError,
    },
    compare::{CompareError, Comparison, Options, Played},
    exit::Exit,
    record::latency::Metric,
    report::{Clock, Report, conversion, hdr, series, summary, thresholds::BaselineFigures},
    results::{Detail, Results},
    scenario::Scenario,
};
use std::io;

/// What the run is called: its place is no part of its files.
const THIS_RUN: &str = "this run";

/// The runs that a run is compared with at its end; none, if nobody asked.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    runs: Vec<Played>,
    options: Options,
    /// What thresholds are set against.
    figures: BaselineFigures,
}

impl Baseline {
    /// Opens the runs and makes sure that a run of this clock can be compared with them.
    pub fn open(args: &BaselineArgs, clock: Clock) -> Result<Self, CommandError> {
        let mut runs = Vec::new();
        for folder in &args.folders {
            runs.extend(open(folder)?);
        }
        if !runs.is_empty() {
            // With itself, a baseline compares unless a run in it cannot be compared at all.
            Comparison::check(&runs)?;
        }
        let other = |run: &&Played| run.results.summary.clock != clock.name();
        if let Some(run) = runs.iter().find(other) {
            let (name, theirs, ours) = (&run.name, &run.results.summary.clock, clock.name());
            return Err(CommandError::Usage(format!(
                "--baseline `{name}` was played by a {theirs} clock and this run has a {ours} one: compare \
                 runs with runs and simulations with simulations"
            )));
        }
        let (options, figures) = (options(&args.judgement), BaselineFigures::new());
        Ok(Self { runs, options, figures })
    }

    /// Refuses thresholds that are set against a baseline where there is none.
    pub fn check(&self, scenario: &Scenario) -> Result<(), CommandError> {
        let mut set_against = scenario.thresholds.iter().filter(|it| it.against.is_some());
        match set_against.next() {
            Some(threshold) if self.runs.is_empty() => Err(CommandError::Usage(format!(
                "the threshold `{threshold}` needs a baseline: name one by `--baseline DIR`, or leave \
                 the threshold out by `--set thresholds=[]`"
            ))),
            _ => Ok(()),
        }
    }

    /// The figures that the scenario's thresholds are set against.
    #[must_use]
    pub const fn figures(&self) -> &BaselineFigures {
        &self.figures
    }

    /// Reads these figures, before anything happens: the mean of those of the runs that have one.
    pub fn read_figures(&mut self, scenario: &Scenario) -> Result<(), CommandError> {
        for threshold in scenario.thresholds.iter().filter(|it| it.against.is_some()) {
            let country = threshold.tags.get("country").map(String::as_str);
            let mut found = Vec::new();
            for run in &self.runs {
                let figure = run.results.figure(&threshold.metric, country);
                found.extend(figure.map_err(CompareError::from)?);
            }
            if !found.is_empty() {
                let mean = found.iter().sum::<f64>() / found.len() as f64;
                self.figures.insert(threshold.expr.clone(), mean);
            }
        }
        Ok(())
    }

    /// Compares the run with its baseline and says in the report how it is worse. A run that was stopped is not
    /// compared, which the report says.
    pub fn compare(
        &self,
        report: &mut Report,
        resolved: &str,
        quiet: bool,
    ) -> Result<Option<Comparison>, CommandError> {
        if self.runs.is_empty() {
            return Ok(None);
        }
        let mut written = |file: &str| written(report, resolved, file);
        let results = Results::read(&mut written, Detail::Countries);
        let results = results.map_err(CompareError::from)?;
        let new = [Played { name: THIS_RUN.to_owned(), results }];
        match patiently(&self.runs, &new, self.options, quiet) {
            Ok(found) => {
                if found.is_worse() {
                    report.fail(Exit::Regression, found.sentence());
                }
                report.cases = crate::compare::cases::cases(&found, &report.scenario().name);
                Ok(Some(found))
            }
            Err(error) => {
                report.run.notes.push(format!("not compared with the baseline: {error}"));
                Ok(None)
            }
        }
    }
}

/// What a file of the run will hold.
fn written(report: &Report, resolved: &str, name: &str) -> io::Result<Option<Vec<u8>>> {
    let mut out = Vec::new();
    match name {
        "summary.json" => summary::write(report, &mut out)?,
        "scenario.toml" => out.extend_from_slice(resolved.as_bytes()),
        "conversion.csv" => conversion::write(report, &mut out)?,
        "timeseries.csv" => series::write(report, &mut out)?,
        _ => {
            let stem = name.strip_prefix("latency/").and_then(|name| name.strip_suffix(".hlog"));
            let metric = Metric::ALL.into_iter().find(|metric| Some(metric.name()) == stem);
            let Some(metric) = metric else { return Ok(None) };
            hdr::write_log(report, metric, &mut out)?;
        }
    }
    Ok(Some(out))
}
