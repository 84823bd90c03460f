//! The standard normal distribution.

use super::bisect;
use std::f64::consts::TAU;

/// Beyond this the tail is a continued fraction, which keeps small probabilities exact.
const TAIL: f64 = 4.0;
/// Enough terms for the fraction from there on.
const TERMS: u32 = 100;
/// Beyond this a tail is smaller than the smallest number.
const END: f64 = 38.0;

/// The probability of at most `x`.
#[must_use]
pub fn below(x: f64) -> f64 {
    if x > 0.0 { 1.0 - below(-x) } else { lower_half(-x) }
}

/// The value that is not exceeded with this probability.
#[must_use]
pub fn quantile(probability: f64) -> f64 {
    if probability > 0.5 {
        return -quantile(1.0 - probability);
    }
    bisect(-END, 0.0, |x| below(x) < probability)
}

/// The probability of a value beyond a distance from the middle, on one side.
fn lower_half(distance: f64) -> f64 {
    if distance > TAIL { tail(distance) } else { 0.5 - centre(distance) }
}

fn density(x: f64) -> f64 {
    (-x * x / 2.0).exp() / TAU.sqrt()
}

/// The probability of a value between 0 and `x`: G. Marsaglia's series (2004).
fn centre(x: f64) -> f64 {
    let (mut sum, mut term, mut odd) = (x, x, 1.0);
    while sum + term > sum {
        odd += 2.0;
        term *= x * x / odd;
        sum += term;
    }
    sum * density(x)
}

/// Laplace's continued fraction, from its end.
fn tail(x: f64) -> f64 {
    let fraction = (1..=TERMS).rev().fold(x, |below, term| x + f64::from(term) / below);
    density(x) / fraction
}

#[cfg(test)]
mod tests {
    use super::{super::assert_near, *};

    #[test]
    fn probabilities_are_those_of_scipy() {
        assert_near(below(0.0), 0.5, 1e-15);
        assert_near(below(1.0), 0.841_344_746_068_542_9, 1e-14);
        assert_near(below(1.96), 0.975_002_104_851_779_5, 1e-14);
        assert_near(below(-1.96), 0.024_997_895_148_220_435, 1e-13);
        assert_near(below(3.0), 0.998_650_101_968_369_9, 1e-14);
        assert_near(below(-5.0), 2.866_515_718_791_933e-7, 1e-13);
        assert_near(below(-10.0), 7.619_853_024_160_47e-24, 1e-13);
    }

    #[test]
    fn both_ways_of_computing_a_tail_agree_where_they_meet() {
        assert_near(0.5 - centre(TAIL), tail(TAIL), 1e-10);
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        assert!(quantile(0.5).abs() < 1e-15);
        assert_near(quantile(0.8), 0.841_621_233_572_914_3, 1e-13);
        assert_near(quantile(0.95), 1.644_853_626_951_472_2, 1e-13);
        assert_near(quantile(0.975), 1.959_963_984_540_054, 1e-13);
        assert_near(quantile(0.001), -3.090_232_306_167_813, 1e-13);
        assert_near(quantile(1e-10), -6.361_340_902_404_056, 1e-13);
    }
}
