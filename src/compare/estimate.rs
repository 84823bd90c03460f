//! A difference between two sides, how sure it is, and how unlikely it were if nothing had changed.

use crate::report::statistics::{normal, student};

/// The probability on each side outside a 95 % interval.
const OUTSIDE: f64 = 0.025;

/// A difference and what is known about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// How much more the new side has: points of a share, or a part of the base.
    pub effect: f64,
    /// The interval that holds the true difference in 95 of 100 comparisons.
    pub ci95: [f64; 2],
    /// If nothing had changed: the probability that the new side rises at least so much.
    pub rise: f64,
    /// If nothing had changed: the probability that the new side falls at least so much.
    pub fall: f64,
}

/// A difference that is nearly normal, with its standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The difference.
    pub by: f64,
    /// Its standard error.
    pub error: f64,
    /// What the error rests on: the number of independent parts, less those that were estimated.
    pub freedom: f64,
}

impl Estimate {
    /// A difference without doubt: the same users met both sides.
    #[must_use]
    pub const fn exact(effect: f64) -> Self {
        Self { effect, ci95: [effect, effect], rise: 1.0, fall: 1.0 }
    }
}

impl Shift {
    /// As a difference of shares.
    #[must_use]
    pub fn absolute(self) -> Estimate {
        self.estimate(|by| by)
    }

    /// As a part of the base, where the shift is one of logarithms.
    #[must_use]
    pub fn relative(self) -> Estimate {
        self.estimate(f64::exp_m1)
    }

    fn estimate(self, unit: impl Fn(f64) -> f64) -> Estimate {
        let Self { by, error, freedom } = self;
        let half = student::quantile(freedom, 1.0 - OUTSIDE) * error;
        let certain = |above: bool| if above { 0.0 } else { 1.0 };
        let (rise, fall) = if error > 0.0 {
            let t = by / error;
            (student::above(freedom, t), student::above(freedom, -t))
        } else {
            (certain(by > 0.0), certain(by < 0.0))
        };
        Estimate { effect: unit(by), ci95: [unit(by - half), unit(by + half)], rise, fall }
    }
}

/// The standard normal distribution's 97.5 % quantile.
pub(super) fn z95() -> f64 {
    -normal::quantile(OUTSIDE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interval_and_probability_agree_at_the_border() {
        let error = 0.01;
        let by = student::quantile(30.0, 1.0 - OUTSIDE) * error;
        let Estimate { ci95, rise, fall, .. } = Shift { by, error, freedom: 30.0 }.absolute();
        assert!(ci95[0].abs() < 1e-12, "{ci95:?}");
        assert!((rise - OUTSIDE).abs() < 1e-9 && (fall - 1.0 + OUTSIDE).abs() < 1e-9);
    }

    #[test]
    fn a_shift_of_logarithms_is_told_as_a_part_of_the_base() {
        let told = Shift { by: 1.1_f64.ln(), error: 0.0, freedom: 10.0 }.relative();
        assert!((told.effect - 0.1).abs() < 1e-12);
        assert!(told.rise.abs() < 1e-12 && (told.fall - 1.0).abs() < 1e-12);
    }
}
