//! Whether two sides can be compared at all, and what to keep in mind if they can.

use super::side::Played;
use crate::{exit::Exit, results::ResultsError};
use std::collections::BTreeSet;

/// Why sides cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A side has no run.
    #[error("there is no run to compare with")]
    Empty,
    /// One is simulated, the other is not.
    #[error(
        "`{base}` was played by a {base_clock} clock and `{new}` by a {new_clock} one: a simulation has no latency \
         of its own, so compare runs with runs and simulations with simulations"
    )]
    Clocks {
        /// A run of the base.
        base: String,
        /// Its clock.
        base_clock: String,
        /// A run with another clock.
        new: String,
        /// That clock.
        new_clock: String,
    },
    /// A run did not come to its end.
    #[error("`{run}` was stopped before its end (exit code {code}), so its figures are no measure")]
    Stopped {
        /// The run.
        run: String,
        /// What it ended with.
        code: u8,
    },
    /// No country is on both sides.
    #[error("the sides have no country in common")]
    NoCountry,
    /// A run's files cannot be understood.
    #[error(transparent)]
    Results(#[from] ResultsError),
}

impl CompareError {
    /// The exit code: which runs are compared is a matter of the command line.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// How two sides fit together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    /// Whether both sides met the same users in virtual time.
    pub(super) paired: bool,
    /// Whether time was real.
    pub(super) live: bool,
    /// Whether a run's generator was too slow.
    pub(super) invalid: bool,
    /// Whether the whole runs can be compared: not if they have other countries.
    pub(super) whole: bool,
    /// The countries that both sides have, sorted.
    pub(super) countries: Vec<String>,
    pub(super) warnings: Vec<String>,
}

/// Checks whether the sides can be compared.
pub(super) fn check(base: &[Played], new: &[Played]) -> Result<Fit, CompareError> {
    let (Some(first), Some(_)) = (base.first(), new.first()) else {
        return Err(CompareError::Empty);
    };
    let both = || base.iter().chain(new);
    both().try_for_each(|run| refuse_other_clock(first, run).and_then(|()| refuse_stopped(run)))?;
    let (before, after) = (countries(base), countries(new));
    let common: Vec<String> = before.intersection(&after).map(|code| (*code).to_owned()).collect();
    if common.is_empty() {
        return Err(CompareError::NoCountry);
    }
    let only: Vec<&str> = before.symmetric_difference(&after).copied().collect();
    let live = first.results.summary.clock != "virtual";
    let mut fit = Fit {
        paired: !live && are_paired(base, new),
        live,
        invalid: both().any(|run| has_reason(run, Exit::InvalidMeasurement)),
        whole: only.is_empty(),
        countries: common,
        warnings: Vec::new(),
    };
    if !only.is_empty() {
        let list = only.join(", ");
        let warning = format!("only one side has {list}, so the whole runs are not compared");
        fit.warnings.push(warning);
    }
    fit.warnings.extend(differences(base, new));
    if fit.invalid {
        fit.warnings
            .push("a run's generator was too slow: its latencies are not compared".to_owned());
    }
    Ok(fit)
}

fn refuse_other_clock(first: &Played, run: &Played) -> Result<(), CompareError> {
    let (base_clock, new_clock) = (&first.results.summary.clock, &run.results.summary.clock);
    if base_clock == new_clock {
        return Ok(());
    }
    Err(CompareError::Clocks {
        base: first.name.clone(),
        base_clock: base_clock.clone(),
        new: run.name.clone(),
        new_clock: new_clock.clone(),
    })
}

fn refuse_stopped(run: &Played) -> Result<(), CompareError> {
    let stops = [Exit::Interrupted, Exit::Terminated, Exit::Aborted, Exit::SpendCap];
    match stops.into_iter().find(|exit| has_reason(run, *exit)) {
        Some(exit) => Err(CompareError::Stopped { run: run.name.clone(), code: exit.code() }),
        None => Ok(()),
    }
}

fn has_reason(run: &Played, exit: Exit) -> bool {
    run.results.summary.reasons.iter().any(|reason| reason.exit_code == exit.code())
}

fn countries(side: &[Played]) -> BTreeSet<&str> {
    let rows = side.iter().flat_map(|run| &run.results.conversion.rows);
    rows.map(|row| row.country.as_str()).collect()
}

/// Whether each run of one side has a partner with the same users: the scenario's name, the seed and the
/// arrivals are the same.
fn are_paired(base: &[Played], new: &[Played]) -> bool {
    let users = |side: &[Played]| -> BTreeSet<(String, u64, u64)> {
        let user = |run: &Played| {
            let summary = &run.results.summary;
            (summary.scenario.clone(), summary.seed, summary.sessions.arrived)
        };
        side.iter().map(user).collect()
    };
    let (before, after) = (users(base), users(new));
    before == after && before.len() == base.len() && after.len() == new.len()
}

/// What is not the same on both sides though it might matter.
fn differences(base: &[Played], new: &[Played]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut tell = |what: &str, of: fn(&Played) -> String| {
        let all = |side: &[Played]| -> BTreeSet<String> { side.iter().map(of).collect() };
        let (before, after) = (all(base), all(new));
        if before != after {
            let list = |all: BTreeSet<String>| all.into_iter().collect::<Vec<_>>().join(", ");
            warnings.push(format!("{what}: {} against {}", list(before), list(after)));
        }
    };
    tell("the scenarios differ", |run| run.results.summary.scenario.clone());
    tell("the targets differ", |run| run.results.summary.target.clone());
    tell("the speeds differ", |run| {
        run.results
            .manifest
            .as_ref()
            .map_or_else(String::new, |manifest| manifest.speed.to_string())
    });
    if warnings.is_empty() && scenarios(base) != scenarios(new) {
        warnings.push("the scenario was changed between the sides".to_owned());
    }
    warnings
}

/// The scenarios as they were played, but for their seeds and thresholds.
fn scenarios(side: &[Played]) -> BTreeSet<String> {
    let text = |run: &Played| {
        let text = run.results.scenario_toml.as_deref().unwrap_or_default();
        let lines = text.lines().filter(|line| !line.starts_with("seed = "));
        lines.collect::<Vec<_>>().join("\n")
    };
    side.iter().map(text).collect()
}
