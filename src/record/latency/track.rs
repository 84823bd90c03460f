//! Latencies by interval: those of the intervals being filled as they came, those of earlier ones packed.
//!
//! **Invariant:** what is told of an interval does not depend on the order in which its values came, nor on how many
//! parts it has.

use super::{
    bucket::{Bucket, BucketCounts},
    packed::{Counts, Packer},
    sums::Sum,
};
use std::collections::VecDeque;

/// `N` latencies that are measured together: the intervals being filled, and the ones before.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Track<const N: usize> {
    /// How many intervals before the newest are still being filled.
    patience: u64,
    /// The number of the first interval being filled.
    first: u64,
    open: VecDeque<Vec<[Bucket; N]>>,
    closed: Vec<(u64, [Counts; N])>,
    /// How many values were in the interval that was closed last.
    closed_last: usize,
}

/// For so many values room is made at most before they come.
const MOST_RESERVED: usize = 4_096;

/// What is in the closed intervals of all countries.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Totals<const N: usize> {
    pub(super) sums: [Sum; N],
    /// Where an interval is counted: mostly empty.
    counts: BucketCounts,
}

impl<const N: usize> Default for Totals<N> {
    fn default() -> Self {
        Self { sums: std::array::from_fn(|_| Sum::default()), counts: BucketCounts::default() }
    }
}

impl<const N: usize> Totals<N> {
    pub(super) fn merge(&mut self, other: &Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(mine, theirs)| mine.add_sum(theirs));
    }

    /// Packs an interval that has values, and counts what is in it.
    fn pack(&mut self, values: &[[Bucket; N]]) -> [Counts; N] {
        let mut before: Option<Counts> = None;
        std::array::from_fn(|place| {
            let total = &mut self.sums[place];
            let same =
                place > 0 && values.iter().all(|buckets| buckets[place] == buckets[place - 1]);
            // What is equal to the column before is kept once.
            let counts = match &before {
                Some(before) if same => {
                    before.pairs().for_each(|(bucket, count)| total.add(bucket, count));
                    before.clone()
                }
                _ => {
                    let first = values[0][place];
                    // As lag is in virtual time.
                    if values.iter().all(|buckets| buckets[place] == first) {
                        self.counts.add(first, values.len() as u64);
                    } else {
                        values.iter().for_each(|buckets| self.counts.add(buckets[place], 1));
                    }
                    let mut packer = Packer::default();
                    self.counts.take(|bucket, count| {
                        packer.push(bucket, count);
                        total.add(bucket, count);
                    });
                    packer.finish()
                }
            };
            before = Some(counts.clone());
            counts
        })
    }
}

impl<const N: usize> Default for Track<N> {
    fn default() -> Self {
        Self { patience: 1, first: 0, open: VecDeque::new(), closed: Vec::new(), closed_last: 0 }
    }
}

impl<const N: usize> Track<N> {
    /// Nothing is closed until somebody says so.
    pub(super) const fn keep_open(&mut self) {
        self.patience = u64::MAX;
    }

    #[inline]
    pub(super) fn record(&mut self, interval: u64, buckets: [Bucket; N], totals: &mut Totals<N>) {
        let place = interval.wrapping_sub(self.first);
        let open = usize::try_from(place).ok().and_then(|place| self.open.get_mut(place));
        match open {
            Some(values) => values.push(buckets),
            None => self.record_outside(interval, buckets, totals),
        }
    }

    /// Records what lies in no open interval.
    #[cold]
    fn record_outside(&mut self, interval: u64, buckets: [Bucket; N], totals: &mut Totals<N>) {
        if interval < self.first {
            // Later than anybody was to come: an interval has as many parts as it needs.
            self.closed.push((interval, totals.pack(&[buckets])));
            return;
        }
        if self.open.is_empty() {
            self.first = self.first.max(interval.saturating_sub(self.patience));
        }
        self.close_before(interval.saturating_sub(self.patience), totals);
        let place = usize::try_from(interval - self.first).expect("it fits into memory");
        self.open.resize_with(self.open.len().max(place + 1), Vec::new);
        // About as many are to be expected as there were in the last, but far ahead there are few.
        self.open[place].reserve(self.closed_last.min(MOST_RESERVED));
        self.open[place].push(buckets);
    }

    /// Closes every interval before this one.
    pub(super) fn close_before(&mut self, interval: u64, totals: &mut Totals<N>) {
        while self.first < interval && !self.open.is_empty() {
            let values = self.open.pop_front().expect("one is open");
            if !values.is_empty() {
                self.closed_last = values.len();
                self.closed.push((self.first, totals.pack(&values)));
            }
            self.first += 1;
        }
        if self.open.is_empty() {
            self.first = self.first.max(interval);
        }
    }

    pub(super) fn merge(&mut self, mut other: Self, totals: &mut Totals<N>) {
        for track in [&mut *self, &mut other] {
            track.close_before(track.first + track.open.len() as u64, totals);
        }
        self.closed.append(&mut other.closed);
    }

    /// Adds up the latency in this place of the intervals being filled.
    pub(super) fn add_open(&self, place: usize, total: &mut Sum) {
        self.open.iter().flatten().for_each(|buckets| total.add(buckets[place], 1));
    }

    pub(super) fn length(&self) -> usize {
        self.closed.len() + self.open.len()
    }

    /// The parts of the latency in this place, with their intervals.
    pub(super) fn parts(&self, place: usize) -> Vec<(u64, Part<'_>)> {
        let closed = self.closed.iter();
        let closed = closed.map(|(interval, counts)| (*interval, Part::Closed(&counts[place])));
        let open = (self.first..).zip(&self.open).filter(|(_, values)| !values.is_empty());
        let open = open.map(|(interval, values)| {
            (interval, Part::Open(values.iter().map(|buckets| buckets[place]).collect()))
        });
        closed.chain(open).collect()
    }
}

/// The values of one interval.
#[derive(Debug, PartialEq)]
pub(super) enum Part<'a> {
    Closed(&'a Counts),
    Open(Vec<Bucket>),
}

impl Part<'_> {
    /// Tells of each value and how often it was seen, perhaps in several calls.
    pub(super) fn tell(&self, mut tell: impl FnMut(Bucket, u64)) {
        match self {
            Self::Closed(counts) => counts.pairs().for_each(|(bucket, count)| tell(bucket, count)),
            Self::Open(values) => values.iter().for_each(|bucket| tell(*bucket, 1)),
        }
    }

    pub(super) fn add_to(&self, total: &mut Sum) {
        self.tell(|bucket, count| total.add(bucket, count));
    }
}
