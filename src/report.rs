//! What a run amounts to: its figures and its verdict. A report is data; each format is a function.
//!
//! **Invariant:** nothing here opens a file, reads a clock or knows a locale: the same report gives the
//! same bytes.

pub mod scope;
pub mod wilson;
pub mod percentile;
pub mod statistics;
pub mod figures;
pub mod by_time;
pub mod thresholds;
pub mod verdict;
pub mod summary;
pub mod csv;
pub mod markup;
pub mod chart;
pub mod page;
pub mod html;
pub mod conversion;
pub mod series;
pub mod messages;
pub mod hdr;
pub mod text;
pub mod junit;
pub mod github;
pub mod history;

pub use verdict::{Reason, Verdict};

use crate::{exit::Exit, record::Recorder, scenario::Scenario};
use scope::Scope;
use std::time::Duration;
use thresholds::BaselineFigures;

/// A whole run, ready to be written in any format.
#[derive(Clone, Debug)]
pub struct Report {
    /// What all shards together remember.
    pub recorder: Recorder,
    /// The circumstances.
    pub run: RunFacts,
    /// Whether it passed, and why not.
    pub verdict: Verdict,
    /// Test cases beside the run's own, such as those of a comparison.
    pub cases: Vec<junit::Case>,
}

/// The circumstances of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFacts {
    /// Who answered: `mock`, `wiremock`, `aws`, a URL, or `model` in virtual time.
    pub target: String,
    /// What time was.
    pub clock: Clock,
    /// Wall time with a real clock, campaign time with a virtual one.
    pub elapsed: Duration,
    /// The start, since 1970-01-01T00:00:00Z.
    pub start_epoch: Duration,
    /// Whether the target delivers as the scenario says, so that `delivered` means something.
    pub delivery_known: bool,
    /// The signal that ended the run early.
    pub stopped_by: Option<Signal>,
    /// Warnings for people.
    pub notes: Vec<String>,
}

/// What time was during a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// The time on the wall.
    Real,
    /// From deadline to deadline.
    Virtual,
}

/// A signal that ends a run early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, as from Ctrl-C.
    Interrupt,
    /// SIGTERM, as from an orchestrator.
    Terminate,
}

impl Report {
    /// The report of a run that has ended.
    ///
    /// # Panics
    /// If a count does not add up: then something was lost or counted twice, and no figure is true.
    #[must_use]
    pub fn new(recorder: Recorder, run: RunFacts) -> Self {
        Self::against(recorder, run, &BaselineFigures::new())
    }

    /// The same, with thresholds set against these figures of a baseline.
    ///
    /// # Panics
    /// As [`Self::new`].
    #[must_use]
    pub fn against(recorder: Recorder, run: RunFacts, baseline: &BaselineFigures) -> Self {
        recorder.cells.iter().for_each(|(_, _, cell)| cell.assert_conserved());
        Scope::ALL.cell(&recorder).assert_conserved();
        let verdict = Verdict::of(&recorder, &run, baseline);
        Self { recorder, run, verdict, cases: Vec::new() }
    }

    /// The report of a run that still goes on: sessions are open and calls unanswered, so not every count
    /// adds up yet, and the verdict is one so far.
    #[must_use]
    pub fn so_far(recorder: Recorder, run: RunFacts) -> Self {
        let verdict = Verdict::of(&recorder, &run, &BaselineFigures::new());
        Self { recorder, run, verdict, cases: Vec::new() }
    }

    /// The scenario that was played.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        self.recorder.scenario()
    }

    /// Adds what was found out after the run, such as a dashboard that does not match.
    pub fn fail(&mut self, exit: Exit, sentence: impl Into<String>) {
        self.verdict.add(exit, sentence.into());
    }
}

impl Clock {
    /// The word in `summary.json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Virtual => "virtual",
        }
    }
}
