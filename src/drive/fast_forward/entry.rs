//! What waits for its turn among sessions: whatever touches something that they share, ordered by its address.
//!
//! **Invariant:** the order is the global queue's: the instant, then answers before arrivals before
//! sessions before the end of the run, then session, message and attempt.

use super::{Actor, calendar::Timed};
use sms_voice_mock::service::time::SimTime;
use std::cmp::Ordering;

/// What it is; the order settles ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// The answer to a send.
    SendAnswer,
    /// Somebody arrives: never in the queue, for arrivals are a queue of their own.
    Arrival,
    /// A session's own deadline.
    Session,
    /// The run's limit for open sessions.
    CutOff,
}

/// A session that waits for its turn.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) at: SimTime,
    pub(super) turn: Turn,
    pub(super) session: u64,
    pub(super) nth: u8,
    pub(super) attempt: u8,
    pub(super) actor: Box<Actor>,
}

impl Entry {
    fn address(&self) -> (SimTime, Turn, u64, u8, u8) {
        (self.at, self.turn, self.session, self.nth, self.attempt)
    }
}

impl Timed for Entry {
    fn at(&self) -> SimTime {
        self.at
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.address().cmp(&other.address())
    }
}
