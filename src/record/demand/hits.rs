//! When and how often limits bound.

use super::counts::second_of;
use sms_voice_mock::service::time::SimTime;
use std::ops::AddAssign;

/// When and how often a limit refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// How often.
    pub count: u64,
    /// The first time.
    pub first: Option<SimTime>,
    by_minute: Vec<u32>,
}

impl Hits {
    pub(super) fn add(&mut self, at: SimTime) {
        self.count += 1;
        self.first = self.first.into_iter().chain([at]).min();
        let minute = second_of(at) / 60;
        grown(&mut self.by_minute, minute);
        self.by_minute[minute] += 1;
    }

    /// The minute in which it refused most, the earliest of several, and how often it did.
    #[must_use]
    pub fn busiest_minute(&self) -> Option<(usize, u32)> {
        let most = self.by_minute.iter().copied().max().filter(|most| *most > 0)?;
        self.by_minute.iter().position(|count| *count == most).map(|minute| (minute, most))
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.first = self.first.into_iter().chain(other.first).min();
        add_each(&mut self.by_minute, &other.by_minute);
    }
}

/// When and how often the application's own limits bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnHits {
    /// Its queue had no place, or not in time.
    pub queue: Hits,
    /// None of its workers was free.
    pub workers: Hits,
    /// Its own rate of sends let a message wait, or gave it up.
    pub limiter: Hits,
    /// Its own rate of puts let a put wait.
    pub feedback_rate: Hits,
}

impl OwnHits {
    pub(super) fn merge(&mut self, other: &Self) {
        let Self { queue, workers, limiter, feedback_rate } = other;
        self.queue.merge(queue);
        self.workers.merge(workers);
        self.limiter.merge(limiter);
        self.feedback_rate.merge(feedback_rate);
    }
}

pub(super) fn grown<T: Clone + Default>(list: &mut Vec<T>, place: usize) {
    if list.len() <= place {
        list.resize(place + 1, T::default());
    }
}

pub(super) fn add_each<T: Clone + Default + Copy + AddAssign>(sums: &mut Vec<T>, more: &[T]) {
    if sums.len() < more.len() {
        sums.resize(more.len(), T::default());
    }
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += *more);
}
