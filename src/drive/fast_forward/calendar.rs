//! A queue of what is to happen, by buckets of time.
//!
//! What is put in lies far ahead, mostly. So it is put into a page of some seconds first, at the page's
//! end; when its page has come, into one of the page's buckets; a bucket is sorted when its time has come. A
//! heap of all of it would be walked through for each entry, at a cache miss a level; here memory is
//! read and written in long runs.
//!
//! **Invariant:** entries come out in their own order, whatever the order in which they went in; one that
//! is put in late is taken as soon as it is the least.

use sms_voice_mock::service::time::SimTime;
use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};

/// How many buckets a page has: two to this power.
const PAGE: u32 = 10;

/// How many pages there are at most: what lies further ahead waits in a heap.
const PAGES: u64 = 1 << 13;

/// How many entries a sheet of a page has room for: a page that grew as one piece would be moved each time.
const SHEET: usize = 64;

/// How many entries a bucket should have.
const ENTRIES: f64 = 6.0;

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
    /// The buckets of the current page.
    buckets: Box<[Vec<T>]>,
    /// How many entries there are in them.
    in_buckets: usize,
    /// The pages behind it.
    pages: VecDeque<Page<T>>,
    /// How many entries there are in them.
    in_pages: usize,
    /// Empty sheets.
    spare: Vec<Vec<T>>,
    /// What is in no page yet.
    far: BinaryHeap<Reverse<T>>,
}

/// A page, in sheets.
#[derive(Debug)]
struct Page<T> {
    /// The one with room.
    sheet: Vec<T>,
    full: Vec<Vec<T>>,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self { sheet: Vec::new(), full: Vec::new() }
    }
}

impl<T: Timed> Calendar<T> {
    /// A calendar for so many entries per second.
    pub(super) fn new(rate: f64) -> Self {
        let nanos = (ENTRIES / rate.max(1e-3) * 1e9).clamp(f64::from(1 << 16), 1e9);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the logarithm of a number between a few thousand and a billion"
        )]
        let shift = nanos.log2() as u32;
        Self {
            shift,
            current: 0,
            sorted: Vec::new(),
            late: BinaryHeap::new(),
            buckets: std::iter::repeat_with(Vec::new).take(1 << PAGE).collect(),
            in_buckets: 0,
            pages: VecDeque::new(),
            in_pages: 0,
            spare: Vec::new(),
            far: BinaryHeap::new(),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, entry: T) {
        // What comes before the pages gets a number larger than theirs.
        let page = (self.bucket(entry.at()) >> PAGE).wrapping_sub((self.current >> PAGE) + 1);
        let page = usize::try_from(page).ok().and_then(|page| self.pages.get_mut(page));
        match page {
            Some(page) if page.sheet.len() < page.sheet.capacity() => {
                page.sheet.push(entry);
                self.in_pages += 1;
            }
            Some(_) | None => self.push_with_room(entry),
        }
    }

    /// The same, where there is no room yet or no page.
    fn push_with_room(&mut self, entry: T) {
        let bucket = self.bucket(entry.at());
        let pages = (bucket >> PAGE).saturating_sub(self.current >> PAGE);
        if bucket <= self.current {
            self.late.push(Reverse(entry));
        } else if pages == 0 {
            self.buckets[place_in_page(bucket)].push(entry);
            self.in_buckets += 1;
        } else if pages <= PAGES {
            let page = usize::try_from(pages - 1).expect("fewer than the pages");
            if self.pages.len() <= page {
                self.pages.resize_with(page + 1, Page::default);
            }
            self.put_on_new_sheet(page, entry);
        } else {
            self.far.push(Reverse(entry));
        }
    }

    fn put_on_new_sheet(&mut self, page: usize, entry: T) {
        let mut sheet = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(SHEET));
        sheet.push(entry);
        let page = &mut self.pages[page];
        let full = std::mem::replace(&mut page.sheet, sheet);
        if full.capacity() > 0 {
            page.full.push(full);
        }
        self.in_pages += 1;
    }

    /// The least entry.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<&T> {
        if self.sorted.is_empty() && self.late.is_empty() {
            self.turn();
        }
        match (self.sorted.last(), self.late.peek()) {
            (Some(sorted), Some(Reverse(late))) => Some(sorted.min(late)),
            (sorted, late) => sorted.or(late.map(|Reverse(late)| late)),
        }
    }

    /// Takes the least entry out, if it is before then.
    #[inline]
    pub(super) fn pop_before(&mut self, before: SimTime) -> Option<T> {
        (self.peek()?.at() < before).then(|| self.pop()).flatten()
    }

    /// Takes the least entry out, after a look at it.
    #[inline]
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
        for Page { sheet, full } in &mut self.pages {
            full.iter_mut().chain([sheet]).for_each(|sheet| all.append(sheet));
        }
        (self.in_buckets, self.in_pages) = (0, 0);
        all
    }

    const fn bucket(&self, at: SimTime) -> u64 {
        at.nanos() >> self.shift
    }

    /// Goes on to the next bucket with anything in it.
    #[cold]
    fn turn(&mut self) {
        while self.sorted.is_empty() && self.late.is_empty() {
            if self.in_buckets > 0 {
                self.current += 1;
                let place = place_in_page(self.current);
                // The room of the one that is empty now is used again.
                std::mem::swap(&mut self.sorted, &mut self.buckets[place]);
                self.in_buckets -= self.sorted.len();
                self.sorted.sort_unstable_by(|a, b| b.cmp(a));
            } else if self.in_pages > 0 {
                self.current = ((self.current >> PAGE) + 1) << PAGE;
                let page = self.pages.pop_front().unwrap_or_default();
                self.open(page);
                self.fetch();
            } else {
                let Some(Reverse(first)) = self.far.peek() else { return };
                self.current = self.bucket(first.at()) >> PAGE << PAGE;
                self.pages.clear();
                self.fetch();
            }
        }
    }

    /// Puts the entries of a page into its buckets.
    fn open(&mut self, Page { sheet, full }: Page<T>) {
        for mut sheet in full.into_iter().chain([sheet]) {
            self.in_pages -= sheet.len();
            for entry in sheet.drain(..) {
                let bucket = entry.at().nanos() >> self.shift;
                if bucket <= self.current {
                    self.late.push(Reverse(entry));
                } else {
                    self.buckets[place_in_page(bucket)].push(entry);
                    self.in_buckets += 1;
                }
            }
            if sheet.capacity() > 0 {
                self.spare.push(sheet);
            }
        }
    }

    /// Takes what has come near enough out of the heap.
    fn fetch(&mut self) {
        let end = ((self.current >> PAGE) + PAGES) << PAGE;
        let shift = self.shift;
        while self.far.peek().is_some_and(|Reverse(entry)| entry.at().nanos() >> shift < end) {
            let Reverse(entry) = self.far.pop().expect("peeked");
            self.push(entry);
        }
    }
}

/// The place of a bucket in its page.
const fn place_in_page(bucket: u64) -> usize {
    (bucket & ((1 << PAGE) - 1)) as usize
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
        from + std::time::Duration::from_secs_f64((unit * unit * below * 8.0).floor() / 8.0)
    }

    #[test]
    fn it_gives_what_a_heap_would_give() {
        [0.0, 1.0, 50.0, 1e9].into_iter().for_each(check_at);
    }

    /// Pushes up to three for each that comes out, until there are thousands; then all come out.
    fn check_at(rate: f64) {
        let (mut calendar, mut heap) = (Calendar::new(rate), BinaryHeap::new());
        let (mut now, mut nth) = (SimTime::ZERO, 0);
        for round in 0..13_000 {
            let pushed = if round < 8_000 { [3, 0, 2, 1, 2][round % 5] } else { 0 };
            for _ in 0..pushed {
                let below = [0.01, 3.0, 5_000.0][usize::try_from(nth % 3).expect("below three")];
                let entry = (instant(now, nth, below), nth);
                calendar.push(entry);
                heap.push(Reverse(entry));
                nth += 1;
            }
            let expected = heap.pop().map(|Reverse(entry)| entry);
            assert_eq!(calendar.peek().copied(), expected);
            assert_eq!(calendar.pop(), expected);
            now = expected.map_or(now, |(at, _)| at);
        }
        assert!(nth == 12_800 && heap.is_empty());
    }

    #[test]
    fn what_is_taken_out_at_once_is_all_of_it() {
        for rate in [1.0, 1_000.0] {
            let mut calendar = Calendar::new(rate);
            let entries = |from: u64| {
                (from..from + 5_000).map(|nth| (instant(SimTime::ZERO, nth, 90.0), nth))
            };
            entries(0).for_each(|entry| calendar.push(entry));
            let first: Vec<_> =
                std::iter::from_fn(|| calendar.pop_before(SimTime::NEVER)).take(1_000).collect();
            let mut all: Vec<_> = calendar.drain().into_iter().chain(first).collect();
            all.sort_by_key(|(_, nth)| *nth);
            assert!(all.into_iter().eq(entries(0)), "all of them");
            assert_eq!(calendar.pop_before(SimTime::NEVER), None);
            entries(5_000).for_each(|entry| calendar.push(entry));
            let again: Vec<_> =
                std::iter::from_fn(|| calendar.pop_before(SimTime::NEVER)).collect();
            assert!(again.is_sorted() && again.len() == 5_000);
        }
    }
}
