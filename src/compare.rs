//! Is a run worse than another? Statistics instead of eyeballing, as a gate for CI.
//!
//! Each figure of each country is a line: what it was, what it is, the difference with its interval, and a
//! verdict. Many lines are tested at once, so probabilities are adjusted: if nothing has changed, any line at
//! all is meant to be called worse in fewer than `alpha` of all comparisons. Simulated runs of the same users
//! are paired: their differences are exact.
//!
//! **Invariant:** the same two sides give the same bytes: nothing here reads a clock or a file, and chance
//! comes from fixed addresses.

pub mod adjust;
pub mod between;
pub mod clusters;
pub mod cases;
pub mod counts;
pub mod estimate;
pub mod fit;
pub mod latencies;
pub mod line;
pub mod lines;
pub mod resample;
pub mod share;
pub mod shares;
pub mod side;
pub mod text;

pub use fit::CompareError;
pub use line::{Line, Unit, Verdict};
pub use lines::{Stage, Watch};
pub use side::Played;

use serde::{Deserialize, Serialize};
use side::Side;

/// The schema of `compare.json`.
const SCHEMA: u32 = 1;

/// What a comparison promises, and what matters to whom.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// How often any line may be called worse if nothing has changed.
    pub alpha: f64,
    /// The smallest difference of a share that matters.
    pub min_effect: f64,
    /// The smallest difference of a latency or a rate that matters, as a part of the base.
    pub min_effect_latency: f64,
    /// By how much latencies are assumed to differ between equal live runs, where there are too few
    /// runs to know: a standard deviation, as a part of the latency.
    pub run_noise: f64,
}

/// The result of a comparison: `compare.json`, schema 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The schema.
    pub schema: u32,
    /// The verdict on all lines.
    pub verdict: Verdict,
    /// The runs that are the measure.
    pub base: Vec<String>,
    /// The runs that are judged.
    pub new: Vec<String>,
    /// Whether both sides met the same users, so that differences are exact.
    pub paired: bool,
    /// What was promised.
    pub options: Options,
    /// What to keep in mind.
    pub warnings: Vec<String>,
    /// A line for each figure, the whole run first.
    pub lines: Vec<Line>,
}

impl Default for Options {
    fn default() -> Self {
        Self { alpha: 0.01, min_effect: 0.01, min_effect_latency: 0.05, run_noise: 0.05 }
    }
}

impl Comparison {
    /// Compares the new runs with those of the base.
    pub fn of(base: &[Played], new: &[Played], options: Options) -> Result<Self, CompareError> {
        Self::on(1, base, new, options, &|_| {})
    }

    /// The same on so many threads; `watch` is told how far it has come.
    pub fn on(
        threads: usize,
        base: &[Played],
        new: &[Played],
        options: Options,
        watch: Watch<'_>,
    ) -> Result<Self, CompareError> {
        let fit = fit::check(base, new)?;
        let (before, after) = (Side::of(base, 0), Side::of(new, 1));
        let lines = lines::compare([&before, &after], &fit, &options, (threads, watch))?;
        let names = |side: &[Played]| side.iter().map(|run| run.name.clone()).collect();
        Ok(Self {
            schema: SCHEMA,
            verdict: Verdict::of(&lines),
            base: names(base),
            new: names(new),
            paired: fit.paired,
            options,
            warnings: fit.warnings,
            lines,
        })
    }

    /// Whether these runs can be a side of a comparison.
    pub fn check(runs: &[Played]) -> Result<(), CompareError> {
        fit::check(runs, runs).map(drop)
    }

    /// Whether anything is worse.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        self.verdict == Verdict::Worse
    }

    /// The lines with this verdict, those that stand out most first.
    #[must_use]
    pub fn with(&self, verdict: Verdict) -> Vec<&Line> {
        let mut lines: Vec<&Line> =
            self.lines.iter().filter(|line| line.verdict == verdict).collect();
        lines.sort_by(|a, b| b.size(&self.options).total_cmp(&a.size(&self.options)));
        lines
    }

    /// How many lines have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.lines.iter().filter(|line| line.verdict == verdict).count()
    }

    /// One sentence for those who read no table; a fragment without a final stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        let worst = self.with(Verdict::Worse);
        match worst.first() {
            Some(line) if worst.len() == 1 => format!("worse than the baseline: {}", line.told()),
            Some(line) => format!(
                "worse than the baseline in {} lines, most of all {}",
                worst.len(),
                line.told()
            ),
            None => format!("not worse than the baseline in any of {} lines", self.lines.len()),
        }
    }
}
