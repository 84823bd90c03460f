//! The value at a percentile, by the rule of HdrHistogram's C and Python versions.
//!
//! They take the sample whose rank is nearest to the percentile, the Rust and Java versions the next
//! one above. In a thin tail the two differ, and a number in `summary.json` should be the one that a
//! reader of the `.hlog` gets.

use hdrhistogram::Histogram;

/// The highest value that the histogram cannot tell from the sample at `percent`; `None` without
/// samples.
#[must_use]
pub fn value_at(histogram: &Histogram<u64>, percent: f64) -> Option<u64> {
    let [value] = values_at(histogram, [percent]);
    value
}

/// The same at each of these percentiles, which rise, in one go.
#[must_use]
pub fn values_at<const N: usize>(
    histogram: &Histogram<u64>,
    percents: [f64; N],
) -> [Option<u64>; N] {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is between 0 and the number of samples"
    )]
    let rank = |percent: f64| (percent * histogram.len() as f64 / 100.0 + 0.5) as u64;
    debug_assert!(percents.is_sorted(), "a percentile is looked for behind the one before");
    let (mut steps, mut so_far, mut value) = (histogram.iter_recorded(), 0, None);
    percents.map(|percent| {
        while so_far < rank(percent).max(1) {
            let step = steps.next()?;
            so_far += step.count_since_last_iteration();
            value = Some(histogram.highest_equivalent(step.value_iterated_to()));
        }
        value
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_with_the_nearest_rank_is_taken() {
        let mut histogram = Histogram::new(3).expect("valid");
        for value in 1..=190 {
            histogram.record(value).expect("in range");
        }
        // 188.1 of 190; Rust's own rule would say 189.
        assert_eq!(value_at(&histogram, 99.0), Some(188));
        assert_eq!(value_at(&histogram, 50.0), Some(95));
        assert_eq!(value_at(&histogram, 0.0), Some(1));
        assert_eq!(value_at(&histogram, 100.0), Some(190));
        let values = values_at(&histogram, [0.0, 50.0, 50.0, 99.0, 100.0]);
        assert_eq!(values, [1, 95, 95, 188, 190].map(Some));
    }

    #[test]
    fn without_samples_there_is_no_value() {
        let histogram = Histogram::new(3).expect("valid");
        assert_eq!(value_at(&histogram, 99.0), None);
        assert_eq!(values_at(&histogram, [0.0, 50.0]), [None; 2]);
    }
}
