//! A queue of what is to happen, by buckets of time.
//!
//! Most of what is put in lies far ahead, where a bucket is only appended to; a bucket is sorted once,
//! when its time has come. A heap of all of it would be walked through for each entry, at a cache miss a
//! level.
//!
//! **Invariant:** entries come out in their own order, whatever the order in which they went in; one that
//! is put in late is taken as soon as it is the least.

use sms_voice_mock::service::time::SimTime;
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};

/// How many buckets there are at most: what lies further ahead waits in a heap.
const BUCKETS: u64 = 1 << 16;

/// How many entries a bucket should have.
const ENTRIES: f64 = 32.0;

/// Something that happens at an instant, in a total order that begins with that instant.
pub(super) trait Timed: Ord {
    /// When.
    fn at(&self) -> SimTime;
}

/// A queue by buckets of time.
#[derive(Debug)]
pub(super) struct Calendar<T> {
    /// A bucket is so long: two to this power, in nanoseconds.
    shift: u32,
    /// The number of the bucket that is being emptied.
    current: u64,
    /// What is left of it, the least last.
    sorted: Vec<T>,
    /// What was put into it after it was sorted.
    late: BinaryHeap<Reverse<T>>,
    /// The buckets behind it.
    buckets: VecDeque<Vec<T>>,
    /// What is in no bucket yet.
    far: BinaryHeap<Reverse<T>>,
    /// How many entries there are in buckets.
    waiting: usize,
}

impl<T: Timed> Calendar<T> {
    /// A calendar for so many entries per second.
    pub(super) fn new(rate: f64) -> Self {
        let nanos = (ENTRIES / rate.max(1e-3) * 1e9).clamp(f64::from(1 << 20), 1e10);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the logarithm of a number between a million and ten billion"
        )]
        let shift = nanos.log2() as u32;
        Self {
            shift,
            current: 0,
            sorted: Vec::new(),
            late: BinaryHeap::new(),
            buckets: VecDeque::new(),
            far: BinaryHeap::new(),
            waiting: 0,
        }
    }

    pub(super) fn push(&mut self, entry: T) {
        let bucket = self.bucket(entry.at());
        if bucket <= self.current {
            self.late.push(Reverse(entry));
        } else if bucket - self.current < BUCKETS {
            self.put(bucket, entry);
        } else {
            self.far.push(Reverse(entry));
        }
    }

    /// The least entry.
    pub(super) fn peek(&mut self) -> Option<&T> {
        if self.sorted.is_empty() && self.late.is_empty() {
            self.turn();
        }
        match (self.sorted.last(), self.late.peek()) {
            (Some(sorted), Some(Reverse(late))) => Some(sorted.min(late)),
            (sorted, late) => sorted.or(late.map(|Reverse(late)| late)),
        }
    }

    /// Takes the least entry out.
    pub(super) fn pop(&mut self) -> Option<T> {
        let least_is_late = match (self.sorted.last(), self.late.peek()) {
            (Some(sorted), Some(Reverse(late))) => late < sorted,
            (sorted, _) => sorted.is_none(),
        };
        if least_is_late { self.late.pop().map(|Reverse(entry)| entry) } else { self.sorted.pop() }
    }

    /// Takes everything out, in no order.
    pub(super) fn drain(&mut self) -> Vec<T> {
        let mut all = std::mem::take(&mut self.sorted);
        all.extend(self.late.drain().map(|Reverse(entry)| entry));
        all.extend(self.far.drain().map(|Reverse(entry)| entry));
        self.buckets.iter_mut().for_each(|bucket| all.append(bucket));
        self.waiting = 0;
        all
    }

    const fn bucket(&self, at: SimTime) -> u64 {
        at.nanos() >> self.shift
    }

    fn put(&mut self, bucket: u64, entry: T) {
        let place = usize::try_from(bucket - self.current - 1).expect("fewer than the buckets");
        if self.buckets.len() <= place {
            self.buckets.resize_with(place + 1, Vec::new);
        }
        self.buckets[place].push(entry);
        self.waiting += 1;
    }

    /// Goes on to the next bucket with anything in it.
    fn turn(&mut self) {
        while self.sorted.is_empty() && self.late.is_empty() {
            if self.waiting == 0 {
                let Some(Reverse(first)) = self.far.peek() else { return };
                self.current = first.at().nanos() >> self.shift;
                self.buckets.clear();
            } else {
                self.current += 1;
                if let Some(bucket) = self.buckets.pop_front() {
                    self.open(bucket);
                }
            }
            self.fetch();
        }
    }

    fn open(&mut self, mut bucket: Vec<T>) {
        self.waiting -= bucket.len();
        bucket.sort_unstable_by(|a, b| b.cmp(a));
        let emptied = std::mem::replace(&mut self.sorted, bucket);
        // Its room is used again, far ahead.
        self.buckets.push_back(emptied);
    }

    /// Takes what has come near enough out of the heap.
    fn fetch(&mut self) {
        let end = self.current + BUCKETS;
        let shift = self.shift;
        while self.far.peek().is_some_and(|Reverse(entry)| entry.at().nanos() >> shift < end) {
            let Reverse(entry) = self.far.pop().expect("peeked");
            self.push(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sms_voice_mock::service::dice::{Dice, Draw};

    impl Timed for (SimTime, u64) {
        fn at(&self) -> SimTime {
            self.0
        }
    }

    /// An instant up to `below` seconds after `from`, often the same as another's.
    fn instant(from: SimTime, nth: u64, below: f64) -> SimTime {
        let unit = Dice::new(7).unit(nth, Draw::Gap, 0);
        from + std::time::Duration::from_secs_f64((unit * unit * below).floor())
    }

    #[test]
    fn it_gives_what_a_heap_would_give() {
        [0.0, 1.0, 50.0, 1e9].into_iter().for_each(check_at);
    }

    fn check_at(rate: f64) {
        let (mut calendar, mut heap) = (Calendar::new(rate), BinaryHeap::new());
        let (mut now, mut nth) = (SimTime::ZERO, 0);
        for _ in 0..20_000 {
            for _ in 0..(nth % 3) {
                let entry = (instant(now, nth, 5_000.0), nth);
                calendar.push(entry);
                heap.push(Reverse(entry));
                nth += 1;
            }
            nth += 1;
            let expected = heap.pop().map(|Reverse(entry)| entry);
            assert_eq!(calendar.peek().copied(), expected);
            assert_eq!(calendar.pop(), expected);
            now = expected.map_or(now, |(at, _)| at);
        }
        assert_eq!(calendar.drain().len(), heap.len());
    }
}
