//! One figure over several seeds: its mean, and how far that may be from the truth.

use super::student;

/// A mean over several seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mean {
    /// The mean.
    pub mean: f64,
    /// The interval that holds the true mean with the asked-for confidence; `None` with fewer than two
    /// seeds, which say nothing about how much seeds differ.
    pub interval: Option<[f64; 2]>,
    /// How many seeds.
    pub seeds: usize,
}

impl Mean {
    /// The mean of one figure per seed, with Student's interval; `None` without figures.
    #[must_use]
    pub fn of(figures: &[f64], confidence: f64) -> Option<Self> {
        let seeds = figures.len();
        if seeds == 0 {
            return None;
        }
        let mean = figures.iter().sum::<f64>() / seeds as f64;
        let interval = half_width(figures, mean, confidence).map(|half| [mean - half, mean + half]);
        Some(Self { mean, interval, seeds })
    }
}

fn half_width(figures: &[f64], mean: f64, confidence: f64) -> Option<f64> {
    let freedom = figures.len().checked_sub(1).filter(|freedom| *freedom > 0)? as f64;
    let squares: f64 = figures.iter().map(|figure| (figure - mean).powi(2)).sum();
    let error = (squares / freedom / figures.len() as f64).sqrt();
    Some(student::quantile(freedom, f64::midpoint(1.0, confidence)) * error)
}

#[cfg(test)]
mod tests {
    use super::{super::assert_near, *};

    #[test]
    fn the_interval_is_that_of_scipy() {
        let mean = Mean::of(&[2.1, 2.5, 1.9, 2.3, 2.2], 0.95).expect("five figures");
        assert_near(mean.mean, 2.2, 1e-12);
        let [low, high] = mean.interval.expect("five figures differ");
        assert_near(high - 2.2, 0.277_644_510_519_779_4, 1e-10);
        assert_near(2.2 - low, 0.277_644_510_519_779_4, 1e-10);
    }

    #[test]
    fn one_seed_has_no_interval_and_none_has_no_mean() {
        assert_eq!(Mean::of(&[0.4], 0.95), Some(Mean { mean: 0.4, interval: None, seeds: 1 }));
        assert_eq!(Mean::of(&[], 0.95), None);
    }
}
