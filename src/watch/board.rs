//! Where shards post their vitals, and everybody else reads them.

use super::vitals::Vitals;
use crate::{
    record::cells::{Cell, Cells},
    scenario::Scenario,
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long a shard waits at least until it posts again, in wall time.
const PACE: Duration = Duration::from_millis(250);

/// A place for each shard of a run.
#[derive(Debug)]
pub struct Board {
    empty: Vitals,
    places: Vec<Mutex<Vitals>>,
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
}

impl Board {
    /// An empty board.
    #[must_use]
    pub fn new(scenario: &Scenario, shards: usize) -> Arc<Self> {
        let empty = Vitals::new(scenario);
        let places = (0..shards).map(|_| Mutex::new(empty.clone())).collect();
        Arc::new(Self { empty, places })
    }

    /// What a shard keeps.
    #[must_use]
    pub fn posting(self: &Arc<Self>, shard: usize) -> Posting {
        let (vitals, board) = (self.empty.clone(), Arc::clone(self));
        Posting { vitals, board, shard, next: Duration::ZERO, changed: false }
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
    pub fn post(&mut self, wall: Duration, cells: &Cells) {
        if !self.changed || wall < self.next {
            return;
        }
        self.next = wall + PACE;
        if let Ok(mut place) = self.board.places[self.shard].try_lock() {
            self.vitals.count(cells);
            place.copy(&self.vitals);
            self.changed = false;
        }
    }

    /// Posts the last time.
    pub fn close(&mut self, cells: &Cells) {
        self.vitals.count(cells);
        let mut place =
            self.board.places[self.shard].lock().unwrap_or_else(PoisonError::into_inner);
        place.copy(&self.vitals);
    }
}
