//! What waits for its turn: whatever touches something that sessions share, ordered by its address.
//!
//! **Invariant:** the order is the global queue's: the instant, then answers before arrivals before
//! sessions before puts before the end of the run, then session, message and attempt.

use super::{Actor, calendar::Timed};
use crate::engine::outcome::{Place, PutAnswer, Verdict};
use sms_voice_mock::service::time::SimTime;
use std::cmp::Ordering;

/// What it is; the order settles ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// The answer to a send.
    SendAnswer,
    /// The answer to a put.
    PutAnswer,
    /// Somebody arrives: never in the queue, for arrivals are a queue of their own.
    Arrival,
    /// A session's own deadline.
    Session,
    /// A put.
    Put,
    /// The run's limit for open sessions.
    CutOff,
}

/// Something that waits for its turn. It holds all that is needed then, because to look for that elsewhere
/// in memory would take longer than to do it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) at: SimTime,
    pub(super) turn: Turn,
    pub(super) session: u64,
    pub(super) nth: u8,
    pub(super) attempt: u8,
    pub(super) what: What,
}

/// What it is about.
#[derive(Debug)]
pub(super) enum What {
    /// This session.
    Parked(Box<Actor>),
    /// This put.
    Put(Owed),
    /// A put whose place was taken at `asked` was answered; it is settled, but for the pace of all puts.
    Paced { asked: SimTime, answer: PutAnswer },
}

/// A put that is owed, and what the service needs to know of its message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owed {
    pub(super) place: Place,
    pub(super) verdict: Verdict,
    /// When the verdict was known. A repetition keeps it.
    pub(super) due: SimTime,
    pub(super) sent_at: SimTime,
    /// When its place among all puts was taken, if the entry's instant is that place and not only when it is
    /// due.
    pub(super) asked: Option<SimTime>,
}

const _: () = assert!(size_of::<Entry>() <= 72, "an entry is moved some ten times");

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
