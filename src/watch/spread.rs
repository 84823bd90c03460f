//! How long something took, coarsely: two significant digits are enough to look at.

use hdrhistogram::Histogram;
use std::time::Duration;

/// Longer ones count as this one.
const LONGEST_MICROS: u64 = 86_400_000_000;

/// Many durations.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    micros: Histogram<u64>,
    total: Duration,
}

impl Default for Spread {
    fn default() -> Self {
        let micros = Histogram::new_with_bounds(1, LONGEST_MICROS, 2).expect("valid bounds");
        Self { micros, total: Duration::ZERO }
    }
}

impl Spread {
    /// Adds one.
    pub fn record(&mut self, took: Duration) {
        self.micros.saturating_record(crate::record::micros(took).max(1));
        self.total += took;
    }

    /// Adds all of another one.
    pub fn add(&mut self, other: &Self) {
        self.micros.add(&other.micros).expect("all have the same bounds");
        self.total += other.total;
    }

    /// Takes the place of another one without giving memory back.
    pub fn copy(&mut self, other: &Self) {
        self.micros.set_to(&other.micros).expect("all have the same bounds");
        self.total = other.total;
    }

    /// What came since an earlier state of the same one.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let mut micros = self.micros.clone();
        micros.subtract(&earlier.micros).expect("counts only grow");
        Self { micros, total: self.total.saturating_sub(earlier.total) }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.micros.len()
    }

    /// All of them, in microseconds.
    #[must_use]
    pub const fn micros(&self) -> &Histogram<u64> {
        &self.micros
    }

    /// All of them together.
    #[must_use]
    pub const fn total(&self) -> Duration {
        self.total
    }

    /// The duration that this share does not exceed, in milliseconds; `None` without any.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "two digits of it matter")]
    pub fn quantile_ms(&self, share: f64) -> Option<f64> {
        let seen = self.count() > 0;
        seen.then(|| self.micros.value_at_quantile(share) as f64 / 1e3)
    }

    /// The longest, in milliseconds; `None` without any.
    #[must_use]
    pub fn max_ms(&self) -> Option<f64> {
        self.quantile_ms(1.0)
    }

    /// How many are at most as long as each of these bounds, which must rise. A duration within two
    /// digits of a bound may count on either side of it.
    #[must_use]
    pub fn at_most(&self, bounds: &[Duration]) -> Vec<u64> {
        let mut counts = vec![0; bounds.len()];
        for step in self.micros.iter_recorded() {
            // The middle of what two digits cannot tell apart decides for all of it.
            let longest = step.value_iterated_to();
            let middle = u64::midpoint(self.micros.lowest_equivalent(longest), longest);
            let place = bounds.partition_point(|bound| *bound < Duration::from_micros(middle));
            if let Some(count) = counts.get_mut(place) {
                *count += step.count_since_last_iteration();
            }
        }
        let mut sum = 0;
        counts.iter_mut().for_each(|count| {
            sum += *count;
            *count = sum;
        });
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(millis: &[u64]) -> Spread {
        let mut spread = Spread::default();
        millis.iter().for_each(|millis| spread.record(Duration::from_millis(*millis)));
        spread
    }

    #[test]
    fn quantiles_are_right_to_two_digits() {
        let spread = spread(&(1..=1_000).collect::<Vec<_>>());
        for (share, expected) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0), (1.0, 1_000.0)] {
            let seen = spread.quantile_ms(share).expect("a thousand");
            assert!((seen / expected - 1.0).abs() < 0.01, "{share}: {seen}");
        }
        assert_eq!(Spread::default().quantile_ms(0.5), None);
    }

    #[test]
    fn what_came_since_is_the_difference() {
        let (early, mut later) = (spread(&[1, 2]), spread(&[1, 2]));
        later.add(&spread(&[70, 80]));
        let since = later.since(&early);
        assert_eq!((since.count(), since.total()), (2, Duration::from_millis(150)));
        assert!(since.quantile_ms(0.0).expect("two") > 69.0);
    }

    #[test]
    fn counts_up_to_bounds_rise_and_leave_out_what_is_longer() {
        let bounds = [5, 10, 100].map(Duration::from_millis);
        assert_eq!(spread(&[1, 4, 7, 50, 500]).at_most(&bounds), [2, 3, 4]);
    }
}
