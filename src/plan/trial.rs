//! One campaign played with one seed, and what planning remembers of it.
//!
//! **Invariant:** a trial depends on its scenario alone, never on who plays it or beside what.

use crate::{
    drive::{in_virtual_time::VirtualDriver, signals::VirtualWish},
    record::{
        Recorder,
        cells::{Cell, Cells, Tariff},
        demand::Demand,
    },
    scenario::Scenario,
};
use sms_voice_mock::service::time::SimTime;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, AtomicUsize, Ordering},
};

/// The planning was stopped from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped before there was an answer")]
pub struct Stopped;

/// What is seen of planning while it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glimpse {
    /// Campaigns played so far.
    pub played: u32,
    /// How far one of those being played has come.
    pub at: SimTime,
}

/// Plays campaigns; `watch` looks on, and says now and then whether to go on.
pub struct Player<'a> {
    threads: usize,
    watch: &'a (dyn Fn(Glimpse) -> bool + Sync),
    played: AtomicU32,
}

impl std::fmt::Debug for Player<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Player").field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// What is remembered of a campaign.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The counts.
    pub cells: Cells,
    /// What was wanted, waited for and refused.
    pub demand: Demand,
}

impl Trial {
    /// The counts of one country, or of all.
    #[must_use]
    pub fn cell(&self, country: Option<usize>) -> Cell {
        self.cells.sum(|place| country.is_none_or(|c| c == usize::from(place.country)))
    }
}

impl<'a> Player<'a> {
    /// A player on up to so many threads.
    #[must_use]
    pub fn new(threads: usize, watch: &'a (dyn Fn(Glimpse) -> bool + Sync)) -> Self {
        Self { threads, watch, played: AtomicU32::new(0) }
    }

    /// Plays the scenario with one seed.
    pub fn play(&self, scenario: &Scenario, tariff: &Tariff, seed: u64) -> Result<Trial, Stopped> {
        let scenario = Arc::new(Scenario { seed, ..scenario.clone() });
        let mut recorder = Recorder::new(scenario, tariff.clone(), false).for_planning(tariff);
        let mut stopped = false;
        let (driver, _) = VirtualDriver::of(recorder.scenario());
        // Trials run beside each other, so each has one thread.
        driver.play(&mut recorder, 1, |at| {
            let played = self.played.load(Ordering::Relaxed);
            stopped |= !(self.watch)(Glimpse { played, at });
            if stopped { VirtualWish::Stop } else { VirtualWish::Run }
        });
        let played = self.played.fetch_add(1, Ordering::Relaxed) + 1;
        // Short campaigns are over before anybody looked.
        let go_on = (self.watch)(Glimpse { played, at: recorder.last });
        if stopped || !go_on {
            return Err(Stopped);
        }
        let demand = recorder.demand.take().expect("it was asked for");
        Ok(Trial { cells: recorder.cells, demand })
    }

    /// What `work` makes of each item, in the order of the items, on as many threads as there are.
    /// Nothing more is begun once one of them was stopped.
    pub fn each<T: Sync, R: Send>(
        &self,
        items: &[T],
        work: impl Fn(&T) -> Result<R, Stopped> + Sync,
    ) -> Result<Vec<R>, Stopped> {
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..self.threads.clamp(1, items.len().max(1)) {
                scope.spawn(|| {
                    while let Some((number, item)) = take(&next, items) {
                        let result = work(item);
                        if result.is_err() {
                            // Nobody needs the rest.
                            next.store(items.len(), Ordering::Relaxed);
                        }
                        done.lock().expect("no holder panics").push((number, result));
                    }
                });
            }
        });
        let mut done = done.into_inner().expect("no holder panics");
        done.sort_by_key(|(number, _)| *number);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

fn take<'t, T>(next: &AtomicUsize, items: &'t [T]) -> Option<(usize, &'t T)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    items.get(number).map(|item| (number, item))
}
