//! The same scenario with more or less traffic.

use crate::scenario::Scenario;

/// The scenario with every rate of arrival multiplied: the same users, closer together, and more of them.
#[must_use]
pub(super) fn grown(scenario: &Scenario, factor: f64) -> Scenario {
    let mut grown = scenario.clone();
    for segment in &mut grown.arrivals.segments {
        segment.from *= factor;
        segment.to *= factor;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive number, and the cast saturates"
    )]
    let more = |max: u64| ((max as f64 * factor).round() as u64).max(1);
    grown.arrivals.max_sessions = grown.arrivals.max_sessions.map(more);
    grown
}
