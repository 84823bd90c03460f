//! Latencies as the buckets of a histogram, and many of them in few bytes.
//!
//! **Invariant:** packing loses nothing but the order.

use super::{
    bucket::{Bucket, BucketCounts},
    empty_histogram,
};
use hdrhistogram::Histogram;
use std::sync::Arc;

/// Buckets and how often each was seen, in as few bytes as they need: the distance from the bucket before,
/// doubled, and one more where the count is not one but follows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counts(Arc<[u8]>);

impl Counts {
    /// What was counted since the last; `total` counts it, too.
    pub(super) fn take(counts: &mut BucketCounts, total: &mut Sum) -> Self {
        let mut packed = Packed::default();
        counts.take(|bucket, count| {
            let count = u32::try_from(count).expect("fewer than four billion");
            packed.push(bucket, count);
            total.add(bucket, count);
        });
        Self(packed.bytes.into())
    }

    /// Each bucket in rising order, and how often it was seen.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (Bucket, u32)> {
        let (mut bytes, mut last) = (self.0.iter(), 0);
        std::iter::from_fn(move || {
            let step = take(&mut bytes)?;
            last += u16::try_from(step / 2).expect("it was one");
            let count = if step % 2 == 0 { 1 } else { take(&mut bytes).expect("a count follows") };
            Some((Bucket(last), count))
        })
    }
}

/// How often each bucket was seen in a whole run. Values are counted many at a time, because the counts of many
/// cells together are larger than what is near the processor.
#[derive(Clone, Debug, Default)]
pub(super) struct Tallied {
    counts: Vec<u32>,
    uncounted: Vec<Bucket>,
}

/// How many values are counted at a time.
const AT_A_TIME: usize = 2_048;

impl Tallied {
    #[inline]
    pub(super) fn add(&mut self, bucket: Bucket) {
        self.uncounted.push(bucket);
        if self.uncounted.len() == AT_A_TIME {
            count(&mut self.counts, self.uncounted.iter().copied());
            self.uncounted.clear();
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        count(&mut self.counts, other.uncounted.iter().copied());
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(mine, theirs)| add(mine, *theirs));
    }

    /// Each bucket that was seen, in rising order, and how often.
    fn pairs(&self) -> impl Iterator<Item = (Bucket, u32)> {
        let mut counts = self.counts.clone();
        count(&mut counts, self.uncounted.iter().copied());
        (0..).map(Bucket).zip(counts).filter(|(_, count)| *count > 0)
    }
}

impl PartialEq for Tallied {
    fn eq(&self, other: &Self) -> bool {
        self.pairs().eq(other.pairs())
    }
}

/// How often each bucket was seen in parts that are added up.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sum(Vec<u64>);

impl Sum {
    pub(super) fn add(&mut self, Bucket(place): Bucket, count: u32) {
        let place = usize::from(place);
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] += u64::from(count);
    }

    pub(super) fn add_sum(&mut self, Self(other): &Self) {
        self.0.resize(self.0.len().max(other.len()), 0);
        self.0.iter_mut().zip(other).for_each(|(mine, theirs)| *mine += theirs);
    }

    pub(super) fn add_tallied(&mut self, tallied: &Tallied) {
        tallied.pairs().for_each(|(bucket, count)| self.add(bucket, count));
    }

    pub(super) fn histogram(&self) -> Histogram<u64> {
        let mut histogram = empty_histogram();
        for (bucket, count) in (0..).map(Bucket).zip(&self.0).filter(|(_, count)| **count > 0) {
            histogram.record_n(bucket.lowest(), *count).expect("inside the bounds");
        }
        histogram
    }
}

fn count(counts: &mut Vec<u32>, values: impl Iterator<Item = Bucket>) {
    for Bucket(place) in values {
        let place = usize::from(place);
        if counts.len() <= place {
            counts.resize(place + 1, 0);
        }
        add(&mut counts[place], 1);
    }
}

fn add(count: &mut u32, more: u32) {
    *count = count.checked_add(more).expect("fewer than four billion");
}

/// Counts on their way into as few bytes as they need, bucket by rising bucket.
#[derive(Default)]
struct Packed {
    bytes: Vec<u8>,
    last: u16,
}

impl Packed {
    fn push(&mut self, Bucket(bucket): Bucket, count: u32) {
        let step = 2 * u32::from(bucket - self.last);
        if count == 1 {
            push(&mut self.bytes, step);
        } else {
            push(&mut self.bytes, step + 1);
            push(&mut self.bytes, count);
        }
        self.last = bucket;
    }
}

/// Appends a number, seven bits to a byte.
fn push(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Takes a number that was appended.
fn take(bytes: &mut std::slice::Iter<'_, u8>) -> Option<u32> {
    let mut number = 0;
    for (place, byte) in bytes.enumerate() {
        number |= u32::from(byte & 0x7F) << (7 * place);
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_give_back_what_they_were_made_of() {
        let values = [0, 5, 5, 300, 300, 300, 70_000_000_000];
        let mut buckets: Vec<_> = values.iter().rev().map(|value| Bucket::of(*value)).collect();
        buckets.extend(vec![Bucket::of(9); 40_000]);
        let longest = Bucket::of(70_000_000_000).lowest();
        let expected = [(0, 1), (5, 2), (9, 40_000), (300, 3), (longest, 1)];
        let (mut counted, mut total) = (BucketCounts::default(), Sum::default());
        buckets.iter().for_each(|bucket| counted.add(*bucket, 1));
        let counts = Counts::take(&mut counted, &mut total);
        let pairs: Vec<_> = counts.pairs().map(|(bucket, n)| (bucket.lowest(), n)).collect();
        assert_eq!(pairs, expected);
        assert_eq!(total.histogram().len(), 40_007);
    }
}
