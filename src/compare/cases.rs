//! A comparison as test cases for CI servers.

use super::{Comparison, Line, Verdict};
use crate::report::junit::{Case, Outcome};

/// A test case for each line.
#[must_use]
pub fn cases(found: &Comparison, scenario: &str) -> Vec<Case> {
    let case = |line: &Line| Case {
        class: format!("otpdrill.{scenario}.baseline"),
        name: format!("{} {}", line.country, line.metric),
        outcome: match line.verdict {
            Verdict::Worse => Outcome::Failed("regression", line.told()),
            Verdict::Better | Verdict::Same => Outcome::Passed,
            Verdict::NotEnoughData => Outcome::Skipped(format!(
                "not enough data: {}",
                line.reason.clone().unwrap_or_else(|| line.told())
            )),
        },
    };
    found.lines.iter().map(case).collect()
}
