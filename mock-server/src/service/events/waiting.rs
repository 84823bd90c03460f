//! Messages that wait for their next event.
//!
//! Carriers accept after a fixed time, and where nothing is known of them their receipts come after
//! another: most messages are due in the order in which they began to wait, and a queue costs less than
//! a heap. Whoever is due before the last of the queue goes into the heap.
//!
//! **Invariant:** each queue is in order.

use super::{Traced, event::Kind};
use crate::service::time::SimTime;
use serde::{Deserialize, Serialize};
use std::{
    cmp::{Ordering, Reverse},
    collections::{BTreeSet, BinaryHeap, VecDeque},
};

/// How many messages wait at once for a receipt that never comes; those beyond are only counted.
const SILENT: usize = 100_000;

/// A message on its way to its next event. It is small, because a heap moves its entries about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Due {
    pub(super) at: SimTime,
    pub(super) kind: Kind,
    pub(super) message: Box<Traced>,
}

impl Ord for Due {
    /// By time, then by message: two runs with one seed tell the same story.
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.cmp(&other.at).then_with(|| self.message.number.cmp(&other.message.number))
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// All messages that wait.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Waiting {
    /// For their carrier to accept them.
    accepted: VecDeque<Due>,
    /// For their receipt.
    receipts: VecDeque<Due>,
    /// For either, out of turn.
    others: BinaryHeap<Reverse<Due>>,
    /// For a receipt that does not come.
    silent: BTreeSet<Due>,
    /// How many of the last there were beyond those that may wait.
    forgotten: u64,
}

/// Where the first of all waits.
#[derive(Clone, Copy)]
enum Place {
    Accepted,
    Receipts,
    Others,
    Silent,
}

impl Waiting {
    /// Lets a message wait.
    pub(super) fn push(&mut self, due: Due) {
        if due.kind == Kind::Unknown {
            if self.silent.len() < SILENT {
                self.silent.insert(due);
            } else {
                self.forgotten += 1;
            }
            return;
        }
        let queue =
            if due.kind == Kind::Successful { &mut self.accepted } else { &mut self.receipts };
        if queue.back().is_none_or(|last| *last < due) {
            queue.push_back(due);
        } else {
            self.others.push(Reverse(due));
        }
    }

    /// Takes out the next one whose time has come.
    pub(super) fn next(&mut self, now: SimTime) -> Option<Due> {
        let firsts = [
            (self.accepted.front(), Place::Accepted),
            (self.receipts.front(), Place::Receipts),
            (self.others.peek().map(|Reverse(due)| due), Place::Others),
            (self.silent.first(), Place::Silent),
        ];
        let firsts = firsts.into_iter().filter_map(|(due, place)| Some((due?, place)));
        let (first, place) = firsts.min_by(|(one, _), (other, _)| one.cmp(other))?;
        if first.at > now {
            return None;
        }
        match place {
            Place::Accepted => self.accepted.pop_front(),
            Place::Receipts => self.receipts.pop_front(),
            Place::Others => self.others.pop().map(|Reverse(due)| due),
            Place::Silent => self.silent.pop_first(),
        }
    }

    /// The numbers of the messages that wait.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u64> {
        let others = self.others.iter().map(|Reverse(due)| due);
        let all = self.accepted.iter().chain(&self.receipts).chain(others).chain(&self.silent);
        all.map(|due| due.message.number)
    }

    /// How many messages without a receipt will have no event that says so.
    pub(super) const fn forgotten(&self) -> u64 {
        self.forgotten
    }
}
