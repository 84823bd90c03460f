//! The buckets of a latency histogram, by number.

use super::{LONGEST_MICROS, empty_histogram};
use hdrhistogram::Histogram;

/// A bucket of a histogram of three digits: 1,024 to each doubling, numbered as HdrHistogram numbers its counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bucket(pub u16);

impl Bucket {
    /// The bucket that holds `value`.
    #[inline]
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

/// How often each bucket was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketCounts {
    counts: Vec<u64>,
    /// A bit for each bucket that was seen at all, because most were not.
    seen: Vec<u64>,
}

impl Default for BucketCounts {
    fn default() -> Self {
        let buckets = usize::from(Bucket::of(LONGEST_MICROS).0) + 1;
        Self { counts: vec![0; buckets], seen: vec![0; buckets.div_ceil(64)] }
    }
}

impl BucketCounts {
    /// Counts values of a bucket.
    #[inline]
    pub fn add(&mut self, Bucket(bucket): Bucket, count: u64) {
        let so_far = &mut self.counts[usize::from(bucket)];
        *so_far = so_far.saturating_add(count);
        self.seen[usize::from(bucket / 64)] |= 1 << (bucket % 64);
    }

    /// What was counted since the last, as a histogram.
    pub fn take_histogram(&mut self) -> Histogram<u64> {
        let mut histogram = empty_histogram();
        self.take(|bucket, count| {
            histogram.record_n(bucket.lowest(), count).expect("inside the bounds");
        });
        histogram
    }

    /// Takes each bucket that was seen, in rising order, and how often.
    pub fn take(&mut self, mut tell: impl FnMut(Bucket, u64)) {
        for (word, seen) in (0_u16..).zip(&mut self.seen) {
            let mut rest = std::mem::take(seen);
            while rest != 0 {
                let bucket = word * 64 + u16::try_from(rest.trailing_zeros()).expect("below 64");
                tell(Bucket(bucket), std::mem::take(&mut self.counts[usize::from(bucket)]));
                rest &= rest - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
