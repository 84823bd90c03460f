//! Where shards post their vitals, and everybody else reads them.

use super::vitals::Vitals;
use crate::{
    record::{Recorder, cells::Cell},
    scenario::Scenario,
};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How long a shard waits at least until it posts again, in wall time.
const PACE: Duration = Duration::from_millis(250);

/// A place for each shard of a run.
#[derive(Debug)]
pub struct Board {
    empty: Vitals,
    places: Vec<Mutex<Vitals>>,
    /// How often copies of recorders were asked for.
    asked: AtomicU64,
    /// The last copy of each shard's recorder: `None` before the first, and where it is too large.
    copies: Vec<Mutex<Option<Recorder>>>,
}

/// What one shard keeps to post it.
#[derive(Debug)]
pub struct Posting {
    /// What the shard shows.
    pub vitals: Vitals,
    board: Arc<Board>,
    shard: usize,
    next: Duration,
    /// Whether anything happened since the last time.
    changed: bool,
    /// How often a copy of the recorder was given.
    given: u64,
}

impl Board {
    /// An empty board.
    #[must_use]
    pub fn new(scenario: &Scenario, shards: usize) -> Arc<Self> {
        let empty = Vitals::new(scenario);
        let places = (0..shards).map(|_| Mutex::new(empty.clone())).collect();
        let copies = (0..shards).map(|_| Mutex::new(None)).collect();
        Arc::new(Self { empty, places, asked: AtomicU64::new(0), copies })
    }

    /// What a shard keeps.
    #[must_use]
    pub fn posting(self: &Arc<Self>, shard: usize) -> Posting {
        let (vitals, board) = (self.empty.clone(), Arc::clone(self));
        Posting { vitals, board, shard, next: Duration::ZERO, changed: false, given: 0 }
    }

    /// All shards together, as they last posted.
    #[must_use]
    pub fn read(&self) -> Vitals {
        let mut sum = self.empty.clone();
        self.each(|vitals| sum.add(vitals));
        sum
    }

    /// The counts of all shards together, as they last posted.
    #[must_use]
    pub fn total(&self) -> Cell {
        let mut sum = Cell::default();
        self.each(|vitals| sum += vitals.total());
        sum
    }

    /// Asks each shard for a copy of what it recorded; it comes with its next posting.
    pub fn ask_for_copies(&self) {
        self.asked.fetch_add(1, Ordering::Relaxed);
    }

    /// What all shards together had recorded when they last were asked; `None` if one has not answered yet,
    /// or has too much to copy.
    #[must_use]
    pub fn copies(&self) -> Option<Recorder> {
        let copies = self
            .copies
            .iter()
            .map(|place| place.lock().unwrap_or_else(PoisonError::into_inner).clone());
        let mut copies = copies.collect::<Option<Vec<_>>>()?.into_iter();
        let mut whole = copies.next()?;
        copies.for_each(|copy| whole.merge(copy));
        Some(whole)
    }

    fn each(&self, mut see: impl FnMut(&Vitals)) {
        for place in &self.places {
            // A reader that panicked has changed nothing.
            see(&place.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Posting {
    /// Something happened: it will be posted.
    pub const fn touch(&mut self) {
        self.changed = true;
    }

    /// The wall time at which there is something to be posted, if there is.
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        self.changed.then_some(self.next)
    }

    /// Posts, if it is time. If somebody reads just now, the next time will do.
    pub fn post(&mut self, wall: Duration, recorder: &Recorder) {
        if !self.changed || wall < self.next {
            return;
        }
        self.next = wall + PACE;
        if let Ok(mut place) = self.board.places[self.shard].try_lock() {
            self.vitals.count(&recorder.cells);
            place.copy(&self.vitals);
            self.changed = false;
        }
        let asked = self.board.asked.load(Ordering::Relaxed);
        if self.given < asked {
            self.give(recorder);
            self.given = asked;
        }
    }

    /// Posts the last time.
    pub fn close(&mut self, recorder: &Recorder) {
        self.vitals.count(&recorder.cells);
        let mut place =
            self.board.places[self.shard].lock().unwrap_or_else(PoisonError::into_inner);
        place.copy(&self.vitals);
        drop(place);
        if self.given > 0 {
            self.give(recorder);
        }
    }

    fn give(&self, recorder: &Recorder) {
        let copy = recorder.figures();
        *self.board.copies[self.shard].lock().unwrap_or_else(PoisonError::into_inner) = copy;
    }
}
