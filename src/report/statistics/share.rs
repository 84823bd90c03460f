//! What a count says for certain about a share: the bounds of C. J. Clopper and E. S. Pearson (1934).
//!
//! Wilson's interval is shorter and right on average; these bounds keep their promise for every true share,
//! which is what a claim such as "the quota is enough" needs.

use super::beta;

/// The interval that holds the true share with at least this confidence; `None` without samples.
#[must_use]
pub fn interval(part: u64, whole: u64, confidence: f64) -> Option<[f64; 2]> {
    let each = f64::midpoint(1.0, confidence);
    Some([at_least(part, whole, each)?, at_most(part, whole, each)?])
}

/// With this confidence the true share is at least so much; `None` without samples.
#[must_use]
pub fn at_least(part: u64, whole: u64, confidence: f64) -> Option<f64> {
    let rest = whole.checked_sub(part).filter(|_| whole > 0)?;
    if part == 0 {
        return Some(0.0);
    }
    Some(beta::quantile(part as f64, rest as f64 + 1.0, 1.0 - confidence))
}

/// With this confidence the true share is at most so much; `None` without samples.
#[must_use]
pub fn at_most(part: u64, whole: u64, confidence: f64) -> Option<f64> {
    let rest = whole.checked_sub(part)?;
    Some(1.0 - at_least(rest, whole, confidence)?)
}

/// What it means that a goal held in so many of so many seeds, in words.
#[must_use]
pub fn sentence(held: u64, seeds: u64, confidence: f64) -> String {
    let Some(share) = at_least(held, seeds, confidence) else {
        return "no seed was played".to_owned();
    };
    let seen = if held == seeds { "all".to_owned() } else { held.to_string() };
    // Rounded down: a bound may be too modest, never too bold.
    let percent = (share * 1e3).floor() / 10.0;
    format!(
        "held in {seen} of {seeds} seeds: with {} % confidence it holds in at least {percent:.1} % of all runs",
        confidence * 100.0
    )
}

#[cfg(test)]
mod tests {
    use super::{super::assert_near, *};

    #[track_caller]
    fn check_interval(part: u64, whole: u64, expected: [f64; 2]) {
        let [low, high] = interval(part, whole, 0.95).expect("there are samples");
        assert_near(low, expected[0], 1e-8);
        assert_near(high, expected[1], 1e-8);
    }

    #[test]
    fn the_bounds_are_those_of_scipy() {
        check_interval(0, 10, [0.0, 0.308_497_107_818_762_94]);
        check_interval(10, 10, [0.691_502_892_181_237_1, 1.0]);
        check_interval(5, 10, [0.187_086_028_447_404_5, 0.812_913_971_552_595_5]);
        check_interval(15, 50, [0.178_617_845_663_692_04, 0.446_082_325_661_185_55]);
        check_interval(300, 1_000, [0.271_721_112_129_148_73, 0.329_461_678_697_365_03]);
        check_interval(84_219, 100_000, [0.839_915_539_778_210_7, 0.844_444_594_349_782]);
    }

    #[test]
    fn where_all_of_n_held_the_bound_is_the_nth_root() {
        for n in [1, 5, 10, 20] {
            let bound = at_least(n, n, 0.95).expect("there are samples");
            assert_near(bound, 0.05_f64.powf(1.0 / n as f64), 1e-10);
        }
        assert_near(at_least(18, 20, 0.95).expect("samples"), 0.717_381_475_114_139_1, 1e-10);
    }

    #[test]
    fn a_claim_names_its_confidence_and_is_rounded_down() {
        assert_eq!(
            sentence(20, 20, 0.95),
            "held in all of 20 seeds: with 95 % confidence it holds in at least 86.0 % of all runs"
        );
        assert_eq!(
            sentence(18, 20, 0.95),
            "held in 18 of 20 seeds: with 95 % confidence it holds in at least 71.7 % of all runs"
        );
    }

    #[test]
    fn without_samples_nothing_is_known() {
        assert_eq!(interval(0, 0, 0.95), None);
        assert_eq!(at_least(3, 2, 0.95), None);
        assert_eq!(sentence(0, 0, 0.95), "no seed was played");
    }
}
