//! Two shares compared: R. A. Fisher's exact test, and the interval of R. G. Newcombe (1998, method 10).
//!
//! The test is exact for any counts, so rare errors need no rule of thumb. Where samples are not independent
//! both work with effective counts: counts divided by the design effect (Rao and Scott, 1992).

use super::estimate::{Estimate, z95};
use crate::report::statistics::beta::ln_gamma;

/// So many of so many, and how much less they say than as many independent ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    /// How many there were with the mark.
    pub part: u64,
    /// How many there were.
    pub whole: u64,
    /// The design effect: the variance of the share, as a multiple of the variance if samples were
    /// independent.
    pub design: f64,
}

impl Counted {
    /// The share; `None` without samples.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.whole > 0).then(|| self.part as f64 / self.whole as f64)
    }

    /// The counts that say as much if they were independent.
    fn effective(self) -> (u64, u64) {
        if self.design <= 1.0 {
            return (self.part, self.whole);
        }
        let whole = rounded(self.whole as f64 / self.design).max(1);
        let part = rounded(self.part as f64 / self.design);
        (part.min(whole), whole)
    }

    /// E. B. Wilson's interval, 95 %.
    fn interval(self) -> [f64; 2] {
        let z = z95();
        let (part, whole) = (self.part as f64, self.whole as f64);
        let n = whole / self.design.max(1.0);
        let share = part / whole;
        let shrink = 1.0 + z * z / n;
        let centre = (share + z * z / (2.0 * n)) / shrink;
        let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt() / shrink;
        [(centre - half).max(0.0), (centre + half).min(1.0)]
    }
}

/// What changed between two shares; `None` where one has no samples.
#[must_use]
pub fn compare(base: Counted, new: Counted) -> Option<Estimate> {
    let (before, after) = (base.share()?, new.share()?);
    let effect = after - before;
    let ([base_low, base_high], [low, high]) = (base.interval(), new.interval());
    let below = (after - low).hypot(base_high - before);
    let above = (high - after).hypot(before - base_low);
    let margins = Margins::of(base, new);
    let (rise, fall) = margins.tails(new.effective().0);
    Some(Estimate { effect, ci95: [effect - below, effect + above], rise, fall })
}

/// Whether any outcome with as many marks in all could be surprising at `alpha`: where not, a test can
/// find nothing and need not be paid for (R. E. Tarone, 1990).
#[must_use]
pub fn can_surprise(base: Counted, new: Counted, alpha: f64) -> bool {
    let margins = Margins::of(base, new);
    let (least, most) = margins.range();
    margins.tails(most).0.min(margins.tails(least).1) <= alpha
}

/// What is given when marks are dealt to two sides at random.
#[derive(Clone, Copy)]
struct Margins {
    marks: u64,
    new: u64,
    all: u64,
}

impl Margins {
    fn of(base: Counted, new: Counted) -> Self {
        let ((base_part, base_whole), (part, whole)) = (base.effective(), new.effective());
        Self { marks: base_part + part, new: whole, all: base_whole + whole }
    }

    /// The fewest and the most marks that the new side can have.
    fn range(self) -> (u64, u64) {
        let least = (self.marks + self.new).saturating_sub(self.all);
        (least, self.marks.min(self.new))
    }

    /// The probabilities that the new side has at least, and at most, so many marks.
    fn tails(self, part: u64) -> (f64, f64) {
        let (least, most) = self.range();
        let here = self.ln_probability(part).exp();
        let up = |k: u64| {
            let (marks, new) = (self.marks - k, self.new - k);
            marks as f64 * new as f64
                / ((k + 1) as f64 * (self.all + k + 1 - self.marks - self.new) as f64)
        };
        let mean = self.marks as f64 * self.new as f64 / self.all as f64;
        // The shorter tail is summed, outwards; the other is the rest.
        if part as f64 > mean {
            let tail = sum((part..most).map(up), here);
            (tail, (1.0 - tail + here).min(1.0))
        } else {
            let tail = sum((least..part).rev().map(|k| 1.0 / up(k)), here);
            ((1.0 - tail + here).min(1.0), tail)
        }
    }

    fn ln_probability(self, part: u64) -> f64 {
        let Self { marks, new, all } = self;
        ln_choose(new, part) + ln_choose(all - new, marks - part) - ln_choose(all, marks)
    }
}

/// A term and those that follow it, each a multiple of the one before.
fn sum(ratios: impl Iterator<Item = f64>, first: f64) -> f64 {
    let (mut term, mut sum) = (first, first);
    for ratio in ratios {
        term *= ratio;
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    sum.min(1.0)
}

fn ln_choose(n: u64, k: u64) -> f64 {
    let ln_factorial = |n: u64| ln_gamma(n as f64 + 1.0);
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count divided by a number above one"
)]
fn rounded(count: f64) -> u64 {
    count.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(part: u64, whole: u64) -> Counted {
        Counted { part, whole, design: 1.0 }
    }

    #[track_caller]
    fn check_tails(base: (u64, u64), new: (u64, u64), rise: f64, fall: f64) {
        let found = compare(counted(base.0, base.1), counted(new.0, new.1)).expect("samples");
        let near = |value: f64, expected: f64| (value / expected - 1.0).abs() < 1e-6;
        assert!(near(found.rise, rise) && near(found.fall, fall), "{found:?}");
    }

    #[test]
    fn probabilities_are_those_of_scipys_hypergeometric_distribution() {
        check_tails((8_500, 10_000), (8_200, 10_000), 0.999_999_995_192, 6.018_530_488_756_239e-9);
        check_tails((0, 3_000), (10, 3_000), 0.000_969_254_134_732_719_2, 1.0);
        check_tails((3, 10), (7, 12), 0.184_924_982_138_604_45, 0.962_048_787_126_186_5);
        check_tails((1, 5), (4, 5), 0.103_174_603_174_603_2, 0.996_031_746_031_746);
        let million = 1_000_000;
        check_tails((850_000, million), (849_000, million), 0.976_123_689, 0.024_099_589_239);
    }

    #[test]
    fn the_interval_is_newcombes() {
        // His own example, 56 of 70 against 48 of 80, with the sides exchanged.
        let found = compare(counted(56, 70), counted(48, 80)).expect("samples");
        assert!((found.ci95[0] + 0.333_872_654).abs() < 1e-8, "{found:?}");
        assert!((found.ci95[1] + 0.052_431_472).abs() < 1e-8, "{found:?}");
        let none = compare(counted(0, 100), counted(0, 100)).expect("samples");
        assert!((none.ci95[1] - 0.036_993_498).abs() < 1e-8, "{none:?}");
    }

    #[test]
    fn what_the_test_finds_the_interval_leaves_out() {
        for whole in [5, 12, 40, 300] {
            for (base, new) in (0..=whole).flat_map(|b| (0..=whole).map(move |n| (b, n))) {
                let found = compare(counted(base, whole), counted(new, whole)).expect("samples");
                let sure = found.rise.min(found.fall) <= 0.01;
                let outside = found.ci95[0] > 0.0 || found.ci95[1] < 0.0;
                assert!(!sure || outside, "{base} and {new} of {whole}: {found:?}");
            }
        }
    }

    #[test]
    fn false_alarms_are_rarer_than_promised_for_any_share_and_count() {
        // Exactly, by adding up every outcome of two arms.
        for (whole, share) in [(20, 0.1), (60, 0.02), (60, 0.85), (150, 0.5)] {
            let chance = |part: u64| {
                let (part, whole) = (part, whole);
                let share: f64 = share;
                (ln_choose(whole, part)
                    + part as f64 * share.ln()
                    + (whole - part) as f64 * (1.0 - share).ln())
                .exp()
            };
            let mut alarms = 0.0;
            for (base, new) in (0..=whole).flat_map(|b| (0..=whole).map(move |n| (b, n))) {
                let found = compare(counted(base, whole), counted(new, whole)).expect("samples");
                alarms += f64::from(found.fall <= 0.01) * chance(base) * chance(new);
            }
            assert!(alarms <= 0.01, "{alarms} at {share} of {whole}");
        }
    }

    #[test]
    fn samples_that_go_together_say_less() {
        let with = |design| {
            let side = |part| Counted { part, whole: 10_000, design };
            compare(side(8_500), side(8_200)).expect("samples")
        };
        let (alone, together) = (with(1.0), with(4.0));
        assert!(alone.fall < together.fall && together.fall < 0.01);
        let width = |e: Estimate| e.ci95[1] - e.ci95[0];
        assert!((width(together) / width(alone) - 2.0).abs() < 0.01);
        assert!((alone.effect - together.effect).abs() < 1e-12);
    }

    #[test]
    fn where_nothing_can_surprise_nothing_is_tested() {
        assert!(!can_surprise(counted(0, 5_000), counted(0, 5_000), 0.01));
        assert!(!can_surprise(counted(5_000, 5_000), counted(5_000, 5_000), 0.01));
        assert!(!can_surprise(counted(3, 5_000), counted(2, 5_000), 0.01));
        assert!(can_surprise(counted(0, 5_000), counted(9, 5_000), 0.01));
        assert_eq!(compare(counted(0, 0), counted(1, 2)), None);
    }
}
