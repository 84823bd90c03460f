//! A log played in order: its rows, and what its scale adds to them.
//!
//! **Invariant:** sessions come out in order of (instant, row, number within the row), and no more of
//! them is held than arrive within the jitter.

use crate::scenario::arrivals::{Gaps, replay::Replay};
use sms_voice_mock::service::{dice::Dice, time::SimTime};
use std::{cmp::Reverse, collections::BinaryHeap};

/// How far the log has been played.
#[derive(Clone, Debug)]
pub(super) struct Playback {
    next: u32,
    /// Further sessions of rows that have been played.
    pending: BinaryHeap<Reverse<Pending>>,
}

/// A further session of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pending {
    at: SimTime,
    row: u32,
    nth: u32,
}

impl Playback {
    /// A log to be played from its row `first` on.
    pub(super) fn new(first: u32) -> Self {
        Self { next: first, pending: BinaryHeap::new() }
    }

    /// The next session: when it is due, and the row it belongs to.
    pub(super) fn advance(
        &mut self,
        replay: &Replay,
        gaps: Gaps,
        dice: Dice,
    ) -> Option<(SimTime, u32)> {
        loop {
            let at = replay.at(self.next);
            if self.pending.peek().is_some_and(|Reverse(pending)| pending.at <= at) {
                let Reverse(pending) = self.pending.pop().expect("peeked");
                return Some((pending.at, pending.row));
            }
            if at == SimTime::NEVER {
                return None;
            }
            let row = self.next;
            self.next += 1;
            let copies = replay.copies(row, gaps, dice);
            for nth in 1..copies {
                let at = replay.copy_at(row, (nth, copies), gaps, dice);
                self.pending.push(Reverse(Pending { at, row, nth }));
            }
            if copies > 0 {
                return Some((at, row));
            }
        }
    }
}
