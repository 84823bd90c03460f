//! The beta distribution: what is known about a share after counting.

use super::bisect;
use std::f64::consts::PI;

/// C. Lanczos's coefficients of the gamma function, for g = 7.
const LANCZOS: [f64; 9] = [
    0.999_999_999_999_809_9,
    676.520_368_121_885_1,
    -1_259.139_216_722_402_8,
    771.323_428_777_653_1,
    -176.615_029_162_140_6,
    12.507_343_278_686_905,
    -0.138_571_095_265_720_12,
    9.984_369_578_019_572e-6,
    1.505_632_735_149_311_6e-7,
];
const G: f64 = 7.0;

/// How many terms a fraction gets. It needs about the square root of the larger parameter.
const MOST_TERMS: u32 = 100_000;
/// What stands in for a zero below a fraction line.
const TINY: f64 = 1e-300;

/// The probability of at most `x`: the regularised incomplete beta function.
#[must_use]
pub fn below(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges fast on this side of the mean only.
    if x > (a + 1.0) / (a + b + 2.0) { 1.0 - fraction(b, a, 1.0 - x) } else { fraction(a, b, x) }
}

/// The value that is not exceeded with this probability.
#[must_use]
pub fn quantile(a: f64, b: f64, probability: f64) -> f64 {
    bisect(0.0, 1.0, |x| below(a, b, x) < probability)
}

/// The continued fraction of the incomplete beta function, by the method of W. J. Lentz.
fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let front = a * x.ln() + b * (-x).ln_1p() - ln_beta(a, b);
    let (mut c, mut d) = (1.0, 1.0 / unless_zero(1.0 - (a + b) * x / (a + 1.0)));
    let mut value = d;
    for m in (1..MOST_TERMS).map(f64::from) {
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for part in [even, odd] {
            d = 1.0 / unless_zero(1.0 + part * d);
            c = unless_zero(1.0 + part / c);
            step *= c * d;
        }
        value *= step;
        if (step - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    front.exp() * value / a
}

fn unless_zero(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// The logarithm of the gamma function of a positive number.
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    if x < 0.5 {
        return (PI / (PI * x).sin()).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let terms = LANCZOS.iter().enumerate().skip(1);
    let sum = terms.fold(LANCZOS[0], |sum, (k, term)| sum + term / (x + k as f64));
    let t = x + G + 0.5;
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::{super::assert_near, *};

    #[test]
    fn probabilities_are_those_of_scipy() {
        assert_near(below(0.5, 0.5, 0.3), 0.369_010_119_565_545_36, 1e-12);
        assert_near(below(2.0, 3.0, 0.4), 0.524_8, 1e-12);
        assert_near(below(1.0, 1.0, 0.7), 0.7, 1e-12);
        assert_near(below(10.0, 1.0, 0.9), 0.348_678_440_1, 1e-12);
        assert_near(below(50.0, 0.5, 0.99), 0.317_304_397_874_197_3, 1e-11);
        assert_near(below(0.001, 5.0, 0.2), 0.999_783_445_646_427_7, 1e-11);
        assert_near(below(851.0, 150.0, 0.85), 0.486_458_094_680_357, 1e-10);
        assert_near(below(850_000.0, 150_000.0, 0.850_5), 0.919_379_530_870_961_5, 1e-7);
    }

    #[test]
    fn quantiles_are_those_of_scipy() {
        assert_near(quantile(2.0, 3.0, 0.5), 0.385_727_568_132_389_5, 1e-12);
        assert_near(quantile(5.0, 1.0, 0.05), 0.549_280_271_653_058_8, 1e-12);
        assert_near(quantile(0.5, 0.5, 0.1), 0.024_471_741_852_423_214, 1e-11);
        assert_near(quantile(851.0, 150.0, 0.025), 0.827_399_546_419_174_7, 1e-11);
        assert_near(quantile(850_000.0, 150_000.0, 0.975), 0.850_699_183_385_867, 1e-9);
    }

    #[test]
    fn nothing_is_below_zero_and_everything_below_one() {
        assert_near(below(2.0, 3.0, 0.0), 0.0, 0.0);
        assert_near(below(2.0, 3.0, 1.0), 1.0, 0.0);
    }
}
