//! How often each bucket was seen in a whole run.

use super::{bucket::Bucket, empty_histogram};
use hdrhistogram::Histogram;

/// How often each bucket was seen. Values are counted many at a time, because the counts of many
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
    pub(super) fn add(&mut self, Bucket(place): Bucket, count: u64) {
        let place = usize::from(place);
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] += count;
    }

    pub(super) fn add_sum(&mut self, Self(other): &Self) {
        self.0.resize(self.0.len().max(other.len()), 0);
        self.0.iter_mut().zip(other).for_each(|(mine, theirs)| *mine += theirs);
    }

    pub(super) fn add_tallied(&mut self, tallied: &Tallied) {
        tallied.pairs().for_each(|(bucket, count)| self.add(bucket, count.into()));
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
