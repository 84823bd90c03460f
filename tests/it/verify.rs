//! `verify`: it agrees with the truth, and finds whatever is not.

mod judgement;
mod live;

use otpdrill::dashboard::{compare::compare, expected::Expected, observed::Observed};

pub(super) const QUICK: &str = "scenarios/quickstart.toml";

/// Every point of every series changed by one is found, and the other way round.
pub(super) fn check_every_change_is_found(expected: &Expected, observed: &Observed) {
    assert!(compare(expected, observed, 0.0).agrees());
    for (series, course) in &expected.series {
        for minute in course.points.keys() {
            for change in [-1.0, 1.0] {
                let mut changed = observed.clone();
                *changed.points_mut(series).entry(*minute).or_default() += change;
                let judgement = compare(expected, &changed, 0.0);
                assert!(!judgement.agrees(), "{series} in {minute} by {change}");
                assert!(
                    judgement.findings.iter().any(|found| found.at.is_none()),
                    "the total of {series} by {change}"
                );
            }
        }
    }
}
