//! The buckets of a latency histogram, by number.

use super::LONGEST_MICROS;

/// A bucket of a histogram of three digits: 1,024 to each doubling, numbered as HdrHistogram numbers its counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket(pub u16);

impl Bucket {
    /// The bucket that holds `value`.
    #[must_use]
    pub fn of(value: u64) -> Self {
        let value = value.min(LONGEST_MICROS);
        let below = (u64::BITS - value.leading_zeros()).saturating_sub(11);
        Self(u16::try_from(u64::from(below << 10) + (value >> below)).expect("below 2^15"))
    }

    /// Its lowest value.
    #[must_use]
    pub fn lowest(self) -> u64 {
        let place = u64::from(self.0);
        if place < 2_048 {
            return place;
        }
        let below = (place >> 10) - 1;
        (place - (below << 10)) << below
    }

    /// Its highest value.
    #[must_use]
    pub fn highest(self) -> u64 {
        Self(self.0 + 1).lowest() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::{super::empty_histogram, *};

    #[test]
    fn a_bucket_is_the_histograms_own() {
        let histogram = empty_histogram();
        for value in [0, 1, 2_047, 2_048, 2_049, 4_095, 4_097, 123_456_789, LONGEST_MICROS] {
            let bucket = Bucket::of(value);
            assert_eq!(bucket.lowest(), histogram.lowest_equivalent(value), "{value}");
            assert_eq!(bucket.highest(), histogram.highest_equivalent(value), "{value}");
        }
    }
}
