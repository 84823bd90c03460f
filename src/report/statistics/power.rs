//! How many messages a test needs to see that a share has dropped, and what a given number can see.
//!
//! The test is the one of two proportions with a pooled variance, two-sided; the number per arm is the
//! normal approximation that J. L. Fleiss gives, without a correction for continuity.

use super::{bisect, normal};

/// What a test promises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Promise {
    /// How often it may see a difference that is not there, in either direction.
    pub alpha: f64,
    /// How often it must see the drop that is there.
    pub power: f64,
}

impl Promise {
    /// How many messages each arm needs so that a drop from `share` by `drop` is seen; `None` if there is no
    /// such drop.
    #[must_use]
    pub fn per_arm(self, share: f64, drop: f64) -> Option<u64> {
        let possible = drop > 0.0 && drop <= share && share <= 1.0;
        let spread = possible.then(|| Spread::of(share, drop))?;
        let root = (self.false_alarm() * spread.none
            + normal::quantile(self.power) * spread.dropped)
            / drop;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive number, and a cast of one too large gives the largest"
        )]
        Some(root.max(1.0).powi(2).ceil() as u64)
    }

    /// The smallest drop from `share` that is seen with `per_arm` messages in each arm; `None` if not even
    /// a drop to nothing is.
    #[must_use]
    pub fn smallest_drop(self, share: f64, per_arm: u64) -> Option<f64> {
        let seen = |drop: f64| self.seen(share, drop, per_arm) >= self.power;
        (share > 0.0 && share <= 1.0 && seen(share)).then(|| bisect(0.0, share, |drop| !seen(drop)))
    }

    /// How often `per_arm` messages in each arm see a drop from `share` by `drop`. A rise seen by mistake
    /// does not count.
    #[must_use]
    pub fn seen(self, share: f64, drop: f64, per_arm: u64) -> f64 {
        let spread = Spread::of(share, drop);
        let shift = drop * (per_arm as f64).sqrt() - self.false_alarm() * spread.none;
        // Without any spread the drop is always seen, or never.
        if spread.dropped > 0.0 {
            normal::below(shift / spread.dropped)
        } else {
            f64::from(shift > 0.0)
        }
    }

    /// How many standard errors a difference must exceed.
    fn false_alarm(self) -> f64 {
        -normal::quantile(self.alpha / 2.0)
    }
}

/// The standard deviation of a difference of two messages, one of each arm.
struct Spread {
    /// If both arms had the share in the middle.
    none: f64,
    /// If one has dropped.
    dropped: f64,
}

impl Spread {
    fn of(share: f64, drop: f64) -> Self {
        let variance = |share: f64| share * (1.0 - share);
        let (after, middle) = (share - drop, share - drop / 2.0);
        Self {
            none: (2.0 * variance(middle)).sqrt(),
            dropped: (variance(share) + variance(after)).max(0.0).sqrt(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::assert_near, *};

    #[track_caller]
    fn check_per_arm(share: f64, drop: f64, (alpha, power): (f64, f64), expected: u64) {
        assert_eq!(Promise { alpha, power }.per_arm(share, drop), Some(expected));
    }

    #[test]
    fn the_number_of_messages_is_that_of_the_textbook() {
        // Computed with SciPy's quantiles; the exact binomial power of the first is 0.8007.
        check_per_arm(0.85, 0.03, (0.05, 0.8), 2_402);
        check_per_arm(0.85, 0.03, (0.05, 0.9), 3_215);
        check_per_arm(0.85, 0.03, (0.05, 0.95), 3_976);
        check_per_arm(0.65, 0.05, (0.05, 0.8), 1_471);
        check_per_arm(0.1, 0.05, (0.05, 0.8), 435);
        check_per_arm(0.9, 0.01, (0.01, 0.9), 27_964);
    }

    #[test]
    fn the_smallest_drop_is_the_one_that_asks_for_that_many_messages() {
        for (share, drop) in [(0.85, 0.03), (0.65, 0.05), (0.1, 0.05), (0.98, 0.002)] {
            let promise = Promise { alpha: 0.05, power: 0.9 };
            let per_arm = promise.per_arm(share, drop).expect("a drop");
            let seen = promise.smallest_drop(share, per_arm).expect("it is seen");
            assert!(seen <= drop && seen > drop * 0.99, "{seen}, not {drop}");
            assert!(promise.smallest_drop(share, per_arm - 1).expect("nearly") > drop);
        }
    }

    #[test]
    fn more_messages_see_more() {
        let promise = Promise { alpha: 0.05, power: 0.8 };
        assert_near(promise.seen(0.85, 0.03, 2_402), 0.8, 1e-4);
        assert!(promise.seen(0.85, 0.03, 10_000) > 0.999);
        let drops = [100, 1_000, 10_000, 1_000_000].map(|n| promise.smallest_drop(0.85, n));
        assert!(drops.is_sorted_by(|fewer, more| fewer > more), "{drops:?}");
    }

    #[test]
    fn what_cannot_drop_needs_no_test() {
        let promise = Promise { alpha: 0.05, power: 0.8 };
        assert_eq!(promise.per_arm(0.02, 0.03), None);
        assert_eq!(promise.per_arm(0.5, 0.0), None);
        assert_eq!(promise.smallest_drop(0.85, 2), None);
        assert_eq!(promise.smallest_drop(0.0, 1_000), None);
    }

    #[test]
    fn a_drop_from_everything_to_nothing_takes_few_messages() {
        let few = Promise { alpha: 0.05, power: 0.95 }.per_arm(1.0, 1.0).expect("a drop");
        assert!(few <= 4, "{few}");
    }
}
