//! What must hold of a run: at its end, or all along.

mod parse;
mod window;

pub use parse::ThresholdError;
pub(crate) use parse::{MESSAGES, SESSIONS};
pub use window::Window;

use std::{collections::BTreeMap, fmt};

/// One condition on a figure of `summary.json`, as in `conversion.message{country=BR} > 0.7`.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The condition as it was written.
    pub expr: String,
    /// The dotted path of the figure.
    pub metric: String,
    /// What the figure is restricted to.
    pub tags: BTreeMap<String, String>,
    /// How it is set against the baseline's figure first, if it is.
    pub against: Option<Against>,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub limit: f64,
    /// Of which part of the run.
    pub window: Window,
}

/// How a figure is set against that of a baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// `delta.`: less the baseline's.
    Difference,
    /// `ratio.`: divided by the baseline's.
    Ratio,
}

impl Against {
    /// What the limit is compared with; `None` where that does not exist.
    #[must_use]
    pub fn of(self, figure: f64, baseline: f64) -> Option<f64> {
        let found = match self {
            Self::Difference => figure - baseline,
            // Nothing changed, though there is nothing to divide by: no figure is negative.
            Self::Ratio if figure.max(baseline) <= 0.0 => 1.0,
            Self::Ratio => figure / baseline,
        };
        found.is_finite().then_some(found)
    }
}

/// How a figure is compared with its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

impl Comparison {
    /// Whether `observed` stands so to `limit`.
    #[must_use]
    #[expect(clippy::float_cmp, reason = "counts are exact, and `==` is what was asked")]
    pub fn holds(self, observed: f64, limit: f64) -> bool {
        match self {
            Self::Below => observed < limit,
            Self::AtMost => observed <= limit,
            Self::Above => limit < observed,
            Self::AtLeast => limit <= observed,
            Self::Equal => observed == limit,
            Self::NotEqual => observed != limit,
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expr)
    }
}
