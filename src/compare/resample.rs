//! Latency quantiles, and how sure they are: a bootstrap on the histograms of blocks of time.
//!
//! Latencies near in time are alike, so blocks of intervals are drawn with replacement, never single calls
//! (H. R. Künsch, 1989, with blocks that do not overlap, because a log's intervals do not). The blocks
//! give the standard error of the logarithm of a quantile; the test itself is Student's with as many degrees of
//! freedom as there are blocks, because probabilities as small as many lines ask for cannot be counted in
//! a few hundred resamples.
//!
//! **Invariant:** which blocks are drawn depends on nothing but their number: the same logs give the same error.

use rand::Rng as _;
use sms_voice_mock::service::dice::{Dice, Draw};

/// How many resamples there are: the error of the error is 4 %, less than what blocks make uncertain.
const RESAMPLES: u32 = 300;
/// The seed of every comparison.
const SEED: u64 = 0;

/// How often each block is drawn, resample by resample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draws {
    blocks: usize,
    times: Vec<u16>,
}

impl Draws {
    /// Draws of so many blocks. Both sides of a comparison have a `side` of their own, and so draws that do
    /// not go together.
    #[must_use]
    pub fn of(blocks: usize, side: u32) -> Self {
        let (dice, among) = (Dice::new(SEED), blocks as u64);
        let mut times = vec![0; blocks * RESAMPLES as usize];
        for (resample, times) in times.chunks_mut(blocks.max(1)).enumerate() {
            let mut rng = dice.at(resample as u64, Draw::Resample, side);
            for _ in 0..blocks {
                let drawn = usize::try_from(rng.next_u64() % among).unwrap_or(0);
                times[drawn] += 1;
            }
        }
        Self { blocks, times }
    }
}

/// One metric's latencies on one side, block by block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sample {
    /// The values that were seen, rising.
    values: Vec<u64>,
    /// How often each was seen in each block: (place of the value, count).
    blocks: Vec<Vec<(u32, u32)>>,
    /// How often each was seen.
    total: Vec<u64>,
}

impl Sample {
    /// The latencies of blocks of (value, count) pairs in any order.
    #[must_use]
    pub fn of(blocks: &[Vec<(u64, u64)>]) -> Self {
        let mut values: Vec<u64> = blocks.iter().flatten().map(|(value, _)| *value).collect();
        values.sort_unstable();
        values.dedup();
        let mut total = vec![0; values.len()];
        let blocks = blocks.iter().map(|block| {
            let place = |value: u64| values.binary_search(&value).unwrap_or(0);
            let pairs = block.iter().map(|(value, count)| {
                let place = place(*value);
                total[place] += count;
                (small(place as u64), small(*count))
            });
            pairs.collect()
        });
        let blocks = blocks.collect();
        Self { values, blocks, total }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.total.iter().sum()
    }

    /// The value at a quantile between 0 and 1; `None` without samples.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<u64> {
        let place = place_at(&self.total, self.count(), quantile)?;
        Some(self.values[place])
    }

    /// The logarithms of the quantiles in each resample.
    #[must_use]
    pub fn resampled(&self, draws: &Draws, quantiles: &[f64]) -> Vec<Vec<f64>> {
        assert_eq!(draws.blocks, self.blocks.len(), "draws are made for a number of blocks");
        let mut found = vec![Vec::new(); quantiles.len()];
        let mut total = vec![0; self.values.len()];
        for times in draws.times.chunks(draws.blocks.max(1)) {
            let count = self.resample(times, &mut total);
            for (found, quantile) in found.iter_mut().zip(quantiles) {
                let place = place_at(&total, count, *quantile);
                found.extend(place.map(|place| ln(self.values[place])));
            }
        }
        found
    }

    fn resample(&self, times: &[u16], total: &mut [u64]) -> u64 {
        total.fill(0);
        let mut count = 0;
        for (block, times) in self.blocks.iter().zip(times).filter(|(_, times)| **times > 0) {
            for (place, seen) in block {
                let seen = u64::from(*seen) * u64::from(*times);
                total[*place as usize] += seen;
                count += seen;
            }
        }
        count
    }
}

/// The logarithm of a latency; one below a microsecond counts as one.
#[must_use]
pub fn ln(micros: u64) -> f64 {
    (micros.max(1) as f64).ln()
}

/// The variance of a list of figures; 0 of fewer than two.
#[must_use]
pub fn variance(figures: &[f64]) -> f64 {
    let count = figures.len() as f64;
    if figures.len() < 2 {
        return 0.0;
    }
    let mean = figures.iter().sum::<f64>() / count;
    figures.iter().map(|figure| (figure - mean).powi(2)).sum::<f64>() / (count - 1.0)
}

/// The place of the sample whose rank is nearest, as in `summary.json`.
fn place_at(total: &[u64], count: u64, quantile: f64) -> Option<usize> {
    let rank = (quantile * count as f64 + 0.5).floor().max(1.0);
    let mut so_far = 0;
    total.iter().position(|seen| {
        so_far += seen;
        so_far as f64 >= rank
    })
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log-normal sample in blocks, by the quantiles of addressed draws.
    fn log_normal(seed: u64, blocks: u32, each: u32, sigma: f64) -> Vec<Vec<(u64, u64)>> {
        let dice = Dice::new(seed);
        let value = |block: u32, nth: u32| {
            let mut rng = dice.at(u64::from(block), Draw::SendLatency, nth);
            // Twelve uniform numbers make a nearly normal one.
            let normal = (0..12).map(|_| rng.unit()).sum::<f64>() - 6.0;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive")]
            let micros = (40_000.0 * (sigma * normal).exp()) as u64;
            (micros, 1)
        };
        (0..blocks).map(|block| (0..each).map(|nth| value(block, nth)).collect()).collect()
    }

    #[test]
    fn the_error_is_that_of_the_formula_where_calls_are_independent() {
        // The median of n log-normal values: sigma × sqrt(pi / 2 / n).
        let sample = Sample::of(&log_normal(1, 48, 200, 0.67));
        let found = sample.resampled(&Draws::of(48, 0), &[0.5]);
        let (error, expected) =
            (variance(&found[0]).sqrt(), 0.67 * (std::f64::consts::FRAC_PI_2 / 9_600.0).sqrt());
        assert!((error / expected - 1.0).abs() < 0.35, "{error}, not {expected}");
    }

    #[test]
    fn calls_that_go_together_make_a_quantile_less_certain() {
        let mut blocks = log_normal(2, 48, 200, 0.3);
        let alone = Sample::of(&blocks).resampled(&Draws::of(48, 0), &[0.5]);
        // Every second block is slow as a whole.
        for block in blocks.iter_mut().step_by(2) {
            block.iter_mut().for_each(|(value, _)| *value = *value * 13 / 10);
        }
        let together = Sample::of(&blocks).resampled(&Draws::of(48, 0), &[0.5]);
        assert!(variance(&together[0]) > 4.0 * variance(&alone[0]));
    }

    #[test]
    fn the_same_blocks_are_drawn_in_every_comparison_and_others_for_the_other_side() {
        assert_eq!(Draws::of(12, 0), Draws::of(12, 0));
        assert_ne!(Draws::of(12, 0), Draws::of(12, 1));
        let draws = Draws::of(12, 0);
        assert!(draws.times.chunks(12).all(|times| times.iter().sum::<u16>() == 12));
    }

    #[test]
    fn a_quantile_is_the_sample_with_the_nearest_rank() {
        let sample = Sample::of(&[(1..=100).map(|value| (value, 1)).collect(), vec![(150, 90)]]);
        assert_eq!(sample.count(), 190);
        assert_eq!(sample.quantile(0.5), Some(95));
        assert_eq!(sample.quantile(0.99), Some(150));
        assert_eq!(Sample::of(&[]).quantile(0.5), None);
    }
}
