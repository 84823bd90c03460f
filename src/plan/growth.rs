//! The same scenario with more or less traffic.

use crate::scenario::Scenario;

/// The scenario with every rate of arrival multiplied: the same users, closer together, and more of them.
/// Attacks stay as they are.
#[must_use]
pub(super) fn grown(scenario: &Scenario, factor: f64) -> Scenario {
    let mut grown = scenario.clone();
    grown.arrivals = scenario.arrivals.grown(factor);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive number, and the cast saturates"
    )]
    let more = |max: u64| ((max as f64 * factor).round() as u64).max(1);
    grown.arrivals.max_sessions = grown.arrivals.max_sessions.map(more);
    grown
}
