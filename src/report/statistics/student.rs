//! Student's t distribution: how far the mean of a few runs may be off.

use super::beta;

/// The value that is not exceeded with this probability, at `freedom` degrees of freedom.
#[must_use]
pub fn quantile(freedom: f64, probability: f64) -> f64 {
    if probability < 0.5 {
        return -quantile(freedom, 1.0 - probability);
    }
    let x = beta::quantile(freedom / 2.0, 0.5, 2.0 * (1.0 - probability));
    (freedom * (1.0 - x) / x).sqrt()
}

/// The probability of more than `t`, at `freedom` degrees of freedom.
#[must_use]
pub fn above(freedom: f64, t: f64) -> f64 {
    if t < 0.0 {
        return 1.0 - above(freedom, -t);
    }
    beta::below(freedom / 2.0, 0.5, freedom / (freedom + t * t)) / 2.0
}

#[cfg(test)]
mod tests {
    use super::{super::assert_near, *};

    #[test]
    fn tails_are_those_of_scipy() {
        assert_near(above(4.0, 2.5), 0.03338327240599406, 1e-10);
        assert_near(above(94.0, 3.8), 0.00012835969441699166, 1e-10);
        assert_near(above(8.0, 10.0), 4.24409076381425e-06, 1e-10);
        assert_near(above(1e6, 1.96), 0.02499803379263489, 1e-7);
        assert_near(above(5.0, -1.0), 0.8183912661754387, 1e-10);
        assert_near(above(3.0, 0.0), 0.5, 1e-12);
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        assert_near(quantile(1.0, 0.975), 12.706_204_736_174_694, 1e-10);
        assert_near(quantile(2.0, 0.975), 4.302_652_729_749_462, 1e-10);
        assert_near(quantile(4.0, 0.975), 2.776_445_105_197_793_4, 1e-10);
        assert_near(quantile(9.0, 0.975), 2.262_157_162_798_205, 1e-10);
        assert_near(quantile(19.0, 0.995), 2.860_934_606_464_979_4, 1e-10);
        assert_near(quantile(99.0, 0.9), 1.290_161_442_034_485_4, 1e-10);
        assert_near(quantile(1e6, 0.975), 1.959_966_356_814_107, 1e-7);
        assert_near(quantile(5.0, 0.025), -2.570_581_835_636_315_5, 1e-10);
        assert!(quantile(5.0, 0.5).abs() < 1e-7);
    }
}
