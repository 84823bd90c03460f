//! Rates: how far apart calls must be, as instants at which the next may leave.
//!
//! **Invariant:** a refused call changes nothing.

use std::{collections::BTreeMap, time::Duration};

/// AWS's limit for one recipient, which it does not raise.
const PER_RECIPIENT: Duration = Duration::from_secs(1);

/// So many calls a second, evenly, without a burst.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    interval: Duration,
    next: Duration,
}

impl Pace {
    pub(super) fn new(per_second: f64) -> Self {
        let interval = Duration::try_from_secs_f64(1.0 / per_second).unwrap_or(Duration::MAX);
        Self { interval, next: Duration::ZERO }
    }

    /// Takes a place for a call, or says how long there is none.
    pub(super) fn admit(&mut self, now: Duration) -> Result<(), Duration> {
        if now < self.next {
            return Err(self.next - now);
        }
        self.next = now.saturating_add(self.interval);
        Ok(())
    }
}

/// When each number may have its next message.
#[derive(Clone, Debug, Default)]
pub(super) struct Recipients {
    free_at: BTreeMap<u64, Duration>,
}

impl Recipients {
    pub(super) fn check(&self, now: Duration, number: u64) -> Result<(), Duration> {
        match self.free_at.get(&number) {
            Some(at) if now < *at => Err(*at - now),
            _ => Ok(()),
        }
    }

    pub(super) fn note(&mut self, now: Duration, number: u64) {
        // As many numbers as get a message within a second: few, at the rates that accounts have.
        self.free_at.retain(|_, at| now < *at);
        self.free_at.insert(number, now.saturating_add(PER_RECIPIENT));
    }
}
