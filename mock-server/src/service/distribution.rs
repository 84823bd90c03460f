//! Delay distributions, sampled through `rand_distr` from addressed randomness.
//!
//! **Invariant:** a sample is never negative, never NaN and never above [`LONGEST`].

use super::{dice::DiceRng, time::Nanos};
use rand_distr::{Distribution as _, Exp, Gamma, Normal, Weibull};
use std::time::Duration;

/// No sample is longer than this: thirty days.
pub const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);
const LONGEST_NANOS: Nanos = Nanos::new(LONGEST.as_secs() * 1_000_000_000);

/// The 0.95 quantile of the standard normal distribution.
const Z95: f64 = 1.644_853_626_951_472_2;

/// A distribution of delays. Parameters in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Fixed(f64),
    Uniform {
        low: f64,
        high: f64,
    },
    Exponential(Exp<f64>, f64),
    /// The normal law of its logarithm.
    LogNormal(Normal<f64>, f64),
    Gamma(Gamma<f64>, f64),
    Weibull(Weibull<f64>, f64),
    /// Cumulative weights up to 1, and their parts.
    Mixture(Vec<(f64, Distribution)>),
    /// Rising (probability, seconds) points from probability 0 to 1, joined by straight lines.
    Quantiles(Vec<(f64, f64)>),
}

/// Why parameters do not make a distribution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DistributionError(String);

impl Distribution {
    /// Always the same delay.
    #[must_use]
    pub fn fixed(delay: Duration) -> Self {
        Self(Kind::Fixed(delay.as_secs_f64()))
    }

    /// Every delay between two bounds is equally likely.
    pub fn uniform(low: Duration, high: Duration) -> Result<Self, DistributionError> {
        if high < low {
            return Err(refuse("`low` must not be above `high`"));
        }
        Ok(Self(Kind::Uniform { low: low.as_secs_f64(), high: high.as_secs_f64() }))
    }

    /// Memoryless, with the given mean.
    pub fn exponential(mean: Duration) -> Result<Self, DistributionError> {
        let mean = positive("mean", mean)?;
        let exp = Exp::new(1.0 / mean).map_err(|_| refuse("`mean` must be above zero"))?;
        Ok(Self(Kind::Exponential(exp, mean)))
    }

    /// Log-normal by its median and the standard deviation of the underlying normal.
    pub fn log_normal(median: Duration, sigma: f64) -> Result<Self, DistributionError> {
        let median = positive("median", median)?;
        if !(0.0..=10.0).contains(&sigma) {
            return Err(refuse("`sigma` must be between 0 and 10"));
        }
        let law = Normal::new(median.ln(), sigma).map_err(|error| refuse(error.to_string()))?;
        Ok(Self(Kind::LogNormal(law, median * (sigma * sigma / 2.0).exp())))
    }

    /// Log-normal by its median and its 95th percentile.
    pub fn log_normal_p95(median: Duration, p95: Duration) -> Result<Self, DistributionError> {
        if p95 < median {
            return Err(refuse("`p95` must not be below `median`"));
        }
        let sigma = (positive("p95", p95)? / positive("median", median)?).ln() / Z95;
        Self::log_normal(median, sigma)
    }

    /// Gamma by its shape and its mean.
    pub fn gamma(shape: f64, mean: Duration) -> Result<Self, DistributionError> {
        let mean = positive("mean", mean)?;
        let shape = in_shape_range(shape)?;
        let law = Gamma::new(shape, mean / shape).map_err(|error| refuse(error.to_string()))?;
        Ok(Self(Kind::Gamma(law, mean)))
    }

    /// Weibull by its shape and its scale (the 63rd percentile).
    pub fn weibull(shape: f64, scale: Duration) -> Result<Self, DistributionError> {
        let scale = positive("scale", scale)?;
        let shape = in_shape_range(shape)?;
        let law = Weibull::new(scale, shape).map_err(|error| refuse(error.to_string()))?;
        // The mean is scale × Γ(1 + 1/shape), here as the average of the quantile function.
        let quantile = |k: i32| -(1.0 - (f64::from(k) + 0.5) / 10_000.0).ln();
        let mean = (0..10_000).map(|k| quantile(k).powf(1.0 / shape)).sum::<f64>() / 10_000.0;
        Ok(Self(Kind::Weibull(law, scale * mean)))
    }

    /// One of several distributions, chosen by weight.
    pub fn mixture(parts: Vec<(f64, Self)>) -> Result<Self, DistributionError> {
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        let bad = |weight: &f64| !weight.is_finite() || *weight < 0.0;
        if parts.iter().any(|(weight, _)| bad(weight)) || !total.is_finite() || total <= 0.0 {
            return Err(refuse("the weights of a mixture must be 0 or above, one of them above 0"));
        }
        let mut sum = 0.0;
        let cumulative = parts.into_iter().map(|(weight, part)| {
            sum += weight;
            (sum / total, part)
        });
        Ok(Self(Kind::Mixture(cumulative.collect())))
    }

    /// Measured quantiles: rising (probability, delay) points, the first at 0 and the last at 1.
    pub fn quantiles(points: Vec<(f64, Duration)>) -> Result<Self, DistributionError> {
        let rising = points.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
        let (first, last) = (points.first().map(|p| p.0), points.last().map(|p| p.0));
        if points.len() < 2 || !rising || first != Some(0.0) || last != Some(1.0) {
            return Err(refuse("quantiles must rise from probability 0 to probability 1"));
        }
        let points = points.into_iter().map(|(p, delay)| (p, delay.as_secs_f64()));
        Ok(Self(Kind::Quantiles(points.collect())))
    }

    /// One delay.
    #[inline]
    pub fn sample(&self, rng: &mut DiceRng) -> Nanos {
        Nanos::from_secs_f64(self.sample_secs(rng)).min(LONGEST_NANOS)
    }

    /// The delay that [`Self::sample`] would draw, if it is below `limit`.
    #[inline]
    pub fn sample_below(&self, rng: &mut DiceRng, limit: Nanos) -> Option<Nanos> {
        let sample = if let Kind::LogNormal(law, _) = &self.0 {
            let ln = law.sample(rng);
            if limit < LONGEST_NANOS && ln_above(limit) < ln {
                return None;
            }
            Nanos::from_secs_f64(ln.exp()).min(LONGEST_NANOS)
        } else {
            self.sample(rng)
        };
        (sample < limit).then_some(sample)
    }

    #[inline]
    fn sample_secs(&self, rng: &mut DiceRng) -> f64 {
        // Most are.
        if let Kind::LogNormal(law, _) = &self.0 {
            law.sample(rng).exp()
        } else {
            self.sample_any(rng)
        }
    }

    fn sample_any(&self, rng: &mut DiceRng) -> f64 {
        match &self.0 {
            Kind::Fixed(secs) => *secs,
            Kind::Uniform { low, high } => low + (high - low) * rng.unit(),
            Kind::Exponential(law, _) => law.sample(rng),
            Kind::LogNormal(law, _) => law.sample(rng).exp(),
            Kind::Gamma(law, _) => law.sample(rng),
            Kind::Weibull(law, _) => law.sample(rng),
            Kind::Mixture(parts) => {
                let u = rng.unit();
                let place = parts.partition_point(|(below, _)| *below <= u).min(parts.len() - 1);
                parts[place].1.sample_secs(rng)
            }
            Kind::Quantiles(points) => {
                let u = rng.unit();
                let right = points.partition_point(|(p, _)| *p <= u).clamp(1, points.len() - 1);
                let ((p0, x0), (p1, x1)) = (points[right - 1], points[right]);
                x0 + (x1 - x0) * (u - p0) / (p1 - p0)
            }
        }
    }

    /// The mean delay in seconds.
    #[must_use]
    pub fn mean_secs(&self) -> f64 {
        match &self.0 {
            Kind::Fixed(secs) => *secs,
            Kind::Uniform { low, high } => f64::midpoint(*low, *high),
            Kind::Exponential(_, mean)
            | Kind::LogNormal(_, mean)
            | Kind::Gamma(_, mean)
            | Kind::Weibull(_, mean) => *mean,
            Kind::Mixture(parts) => {
                let mut below = 0.0;
                parts
                    .iter()
                    .map(|(upto, part)| {
                        let weight = upto - below;
                        below = *upto;
                        weight * part.mean_secs()
                    })
                    .sum()
            }
            Kind::Quantiles(points) => points
                .windows(2)
                .map(|pair| (pair[1].0 - pair[0].0) * f64::midpoint(pair[0].1, pair[1].1))
                .sum(),
        }
    }
}

/// No less than the natural logarithm of a time in seconds, and no more than that of twice the time.
#[inline]
fn ln_above(time: Nanos) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a bound need not be close")]
    let bits = (time.get() as f64 / 1e9).to_bits();
    #[expect(clippy::cast_possible_wrap, reason = "eleven bits")]
    let exponent = (bits >> 52) as i64 - 1_023;
    #[expect(clippy::cast_precision_loss, reason = "eleven bits")]
    let above = (exponent + 1) as f64;
    // A little more, for what is rounded.
    above * std::f64::consts::LN_2 + 1e-9
}

fn positive(name: &str, value: Duration) -> Result<f64, DistributionError> {
    if value.is_zero() {
        return Err(refuse(format!("`{name}` must be above zero")));
    }
    Ok(value.as_secs_f64())
}

fn in_shape_range(shape: f64) -> Result<f64, DistributionError> {
    if (0.05..=100.0).contains(&shape) {
        Ok(shape)
    } else {
        Err(refuse("`shape` must be between 0.05 and 100"))
    }
}

fn refuse(reason: impl Into<String>) -> DistributionError {
    DistributionError(reason.into())
}

#[cfg(test)]
mod tests {
    use super::super::dice::{Dice, Draw};
    use super::*;

    #[track_caller]
    fn check_quantiles(law: &Distribution, expected: &[(f64, f64)]) {
        let dice = Dice::new(9);
        let n = 100_000_u32;
        let mut samples: Vec<f64> = (0..u64::from(n))
            .map(|k| law.sample(&mut dice.at(k, Draw::ReadDelay, 0)))
            .map(|delay| Duration::from(delay).as_secs_f64())
            .collect();
        samples.sort_by(f64::total_cmp);
        for &(p, value) in expected {
            let below = samples.partition_point(|x| *x <= value);
            let share = f64::from(u32::try_from(below).expect("small")) / f64::from(n);
            let error = (p * (1.0 - p) / f64::from(n)).sqrt();
            assert!((share - p).abs() < 6.0 * error, "{law:?}: {share} below {value}, not {p}");
        }
    }

    const fn s(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn every_distribution_has_the_quantiles_it_was_asked_for() {
        let ln2 = std::f64::consts::LN_2;
        check_quantiles(
            &Distribution::log_normal_p95(s(4), s(12)).expect("valid"),
            &[(0.5, 4.0), (0.95, 12.0)],
        );
        check_quantiles(&Distribution::uniform(s(2), s(6)).expect("valid"), &[(0.25, 3.0)]);
        check_quantiles(&Distribution::exponential(s(10)).expect("valid"), &[(0.5, 10.0 * ln2)]);
        check_quantiles(
            &Distribution::weibull(2.0, s(8)).expect("valid"),
            &[(0.5, 8.0 * ln2.sqrt()), (1.0 - (-1.0_f64).exp(), 8.0)],
        );
        check_quantiles(&Distribution::gamma(1.0, s(5)).expect("valid"), &[(0.5, 5.0 * ln2)]);
        check_quantiles(
            &Distribution::quantiles(vec![(0.0, s(1)), (0.5, s(3)), (1.0, s(20))]).expect("valid"),
            &[(0.25, 2.0), (0.5, 3.0), (0.75, 11.5)],
        );
    }

    #[test]
    fn a_delay_below_a_limit_is_the_one_that_is_drawn() {
        let laws = [
            Distribution::log_normal_p95(s(4), s(12)).expect("valid"),
            Distribution::log_normal(s(4), 0.0).expect("valid"),
            Distribution::log_normal(s(4), 10.0).expect("valid"),
            Distribution::exponential(s(4)).expect("valid"),
        ];
        let limits = [0.0, 1e-9, 0.5, 3.9, 4.0, 4.1, 8.0, 1e9];
        let limits = limits.map(|secs| Nanos::from(Duration::from_secs_f64(secs)));
        for law in laws {
            for (k, limit) in (0..5_000).zip(limits.iter().cycle()) {
                let rng = || Dice::new(9).at(k, Draw::GiveUp, 0);
                let expected = Some(law.sample(&mut rng())).filter(|delay| delay < limit);
                assert_eq!(law.sample_below(&mut rng(), *limit), expected, "{limit:?}");
            }
        }
    }

    #[test]
    fn a_mixture_takes_each_part_by_its_weight() {
        let parts = vec![(3.0, Distribution::fixed(s(1))), (1.0, Distribution::fixed(s(9)))];
        let law = Distribution::mixture(parts).expect("valid");
        check_quantiles(&law, &[(0.75, 5.0)]);
        assert!((law.mean_secs() - 3.0).abs() < 1e-12);
    }
}
