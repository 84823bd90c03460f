//! Samples that go together: how much less they say than as many independent ones.
//!
//! Messages of one session share a user, and throttles come in bursts. A test that took each for itself would
//! cry wolf. Where counts alone cannot tell how much samples go together, the worst case is taken.

/// The design effect of marks that may all fall together within a session, with `extra` samples per
/// session beyond the first.
#[must_use]
pub fn together(extra: f64) -> f64 {
    // The first for sessions of one or two samples, the second for sessions that all have as many.
    let extra = extra.max(0.0);
    ((1.0 + 3.0 * extra) / (1.0 + extra)).max(1.0 + extra)
}

/// The design effect of message conversion: `converted` of all sessions convert, with one of their messages,
/// and there are `extra` messages per session beyond the first, which in the worst case are all with sessions
/// that do not convert.
#[must_use]
pub fn of_conversion(converted: f64, extra: f64) -> f64 {
    let extra = extra.max(0.0);
    if extra <= 0.0 {
        return 1.0;
    }
    let messages = 1.0 + extra;
    let share = converted / messages;
    let lost = (1.0 - converted).max(0.0);
    let resent = extra.min(lost);
    let each = if resent > 0.0 { (extra / resent).max(1.0) } else { 1.0 };
    // The mean square of (converted - share × messages) over sessions.
    let square = converted * (1.0 - share).powi(2)
        + resent * (share * (1.0 + each)).powi(2)
        + (lost - resent) * share.powi(2);
    let independent = share * (1.0 - share) * messages;
    if independent > 0.0 { (square / independent).max(1.0) } else { 1.0 }
}

/// The variance of the ratio of two sums over blocks of time, from how much blocks differ; 0 with fewer than
/// two blocks that hold anything.
#[must_use]
pub fn variance_of_ratio(blocks: &[(f64, f64)]) -> f64 {
    let there: Vec<_> = blocks.iter().filter(|(_, whole)| *whole > 0.0).collect();
    let whole: f64 = there.iter().map(|(_, whole)| whole).sum();
    if there.len() < 2 {
        return 0.0;
    }
    let ratio = there.iter().map(|(part, _)| part).sum::<f64>() / whole;
    let squares: f64 = there.iter().map(|(part, of)| (part - ratio * of).powi(2)).sum();
    let count = there.len() as f64;
    squares * count / (count - 1.0) / (whole * whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_per_session_is_as_good_as_independent() {
        assert!((together(0.0) - 1.0).abs() < 1e-12);
        assert!((of_conversion(0.85, 0.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_worst_case_of_conversion_is_the_one_worked_out_by_hand() {
        // 85 of 100 sessions convert with their only message, 5 of the others have two messages.
        let share: f64 = 85.0 / 105.0;
        let square =
            0.85 * (1.0 - share).powi(2) + 0.05 * (2.0 * share).powi(2) + 0.1 * share.powi(2);
        let expected = square / (share * (1.0 - share) * 1.05);
        assert!((of_conversion(0.85, 0.05) - expected).abs() < 1e-12);
        assert!(expected > 1.3 && expected < 1.5, "{expected}");
    }

    #[test]
    fn more_messages_per_session_say_less_each() {
        let effects = [0.0, 0.1, 0.5, 1.0, 3.0].map(together);
        assert!(effects.is_sorted_by(|a, b| a < b), "{effects:?}");
        assert!((together(3.0) - 4.0).abs() < 1e-12);
        // Half convert at once, the others have five messages: (0.5 × 25/36 + 0.5 × 25/36) / (5/12).
        assert!((of_conversion(0.5, 2.0) - 5.0 / 3.0).abs() < 1e-12);
        assert!((of_conversion(0.0, 2.0) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_burst_makes_a_share_less_certain() {
        let steady = vec![(5.0, 100.0); 20];
        let mut burst = vec![(0.0, 100.0); 20];
        burst[7] = (100.0, 100.0);
        assert!(variance_of_ratio(&steady).abs() < 1e-12);
        let independent = 0.05 * 0.95 / 2_000.0;
        assert!(variance_of_ratio(&burst) > 50.0 * independent);
        assert!(variance_of_ratio(&[(1.0, 2.0)]).abs() < 1e-12);
    }
}
