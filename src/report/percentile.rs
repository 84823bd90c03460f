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
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rank is between 0 and the number of samples"
    )]
    let rank = (percent * histogram.len() as f64 / 100.0 + 0.5) as u64;
    let mut so_far = 0;
    let reached = histogram.iter_recorded().find(|step| {
        so_far += step.count_since_last_iteration();
        rank.max(1) <= so_far
    });
    reached.map(|step| histogram.highest_equivalent(step.value_iterated_to()))
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
    }

    #[test]
    fn without_samples_there_is_no_value() {
        assert_eq!(value_at(&Histogram::new(3).expect("valid"), 99.0), None);
    }
}
