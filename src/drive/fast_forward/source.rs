//! Where sessions come from: one after the other in the order of their arrival, block by block, begun here or, by a
//! crew of threads, ahead of time.
//!
//! Whatever a session draws depends on its address alone, so most of it can be drawn, and often worked out whole,
//! before the session's turn comes. What it meets afterwards is for one thread to say. A block is worked out, has its
//! turns and is told of, each in one go, because a processor does the same thing over and over several times
//! faster than different things in turns.
//!
//! **Invariant:** the sessions are the same, whoever began them.

use super::{
    crew::{Block, Crew},
    foresight::{Begun, Foresight},
};
use crate::{
    engine::arrivals::{Arrival, Arrivals},
    record::Recorder,
};
use sms_voice_mock::service::time::SimTime;

/// How many sessions a block has that nobody hands over: so many that they stay near the processor.
const BLOCK: usize = 128;

/// Sessions in the order of their arrival.
#[derive(Debug)]
pub(super) struct Source<'a> {
    foresight: Foresight<'a>,
    begin: Begin<'a>,
    /// The block whose turn it is, and how many of its sessions had theirs.
    block: Block,
    place: usize,
    stopped: bool,
}

/// Who begins sessions.
#[derive(Debug)]
enum Begin<'a> {
    /// Whoever plays their turns.
    Here { arrivals: Box<Arrivals>, room: Vec<Arrival> },
    /// A crew, which tells of them, too. The next block has this number.
    Crew(&'a Crew, u64),
}

impl<'a> Source<'a> {
    /// Sessions that are begun when their turn comes.
    pub(super) fn here(arrivals: Arrivals, foresight: Foresight<'a>) -> Self {
        let (arrivals, room) = (Box::new(arrivals), Vec::with_capacity(BLOCK));
        Self::new(foresight, Begin::Here { arrivals, room })
    }

    /// What the crew begins; `foresight` lends a hand where it must be waited for.
    pub(super) fn ahead(crew: &'a Crew, foresight: Foresight<'a>) -> Self {
        Self::new(foresight, Begin::Crew(crew, 0))
    }

    fn new(foresight: Foresight<'a>, begin: Begin<'a>) -> Self {
        Self { foresight, begin, block: Block::default(), place: 0, stopped: false }
    }

    /// When the next session arrives; [`SimTime::NEVER`] after the last. What the block before left is told.
    #[inline]
    pub(super) fn peek(&mut self, recorder: &mut Recorder) -> SimTime {
        if self.place == self.block.sessions.len() && !self.stopped {
            self.turn(recorder);
        }
        self.block.sessions.get(self.place).map_or(SimTime::NEVER, |begun| begun.arrival.at)
    }

    /// The session that [`Self::peek`] tells of.
    #[inline]
    pub(super) fn next(&mut self) -> Option<&mut Begun> {
        let begun = self.block.sessions.get_mut(self.place)?;
        self.place += 1;
        Some(begun)
    }

    /// What happened before then of sessions that had their turn is told, or somebody else tells it.
    pub(super) fn told_before(&self) -> SimTime {
        match (&self.begin, self.block.sessions.first()) {
            (Begin::Here { .. }, Some(begun)) => begun.arrival.at,
            (Begin::Here { .. } | Begin::Crew(..), _) => SimTime::NEVER,
        }
    }

    /// Goes on to the next block.
    #[cold]
    fn turn(&mut self, recorder: &mut Recorder) {
        self.end_block(recorder);
        let foresight = &self.foresight;
        let more = match &mut self.begin {
            Begin::Here { arrivals, room } => {
                room.clear();
                room.extend(arrivals.take(BLOCK));
                self.block.sessions.extend(room.iter().map(|arrival| foresight.begin(*arrival)));
                !room.is_empty()
            }
            Begin::Crew(crew, number) => {
                let next = crew.take(*number, foresight);
                *number += 1;
                let more = next.is_some();
                self.block = next.unwrap_or_default();
                more
            }
        };
        self.stopped = !more;
    }

    /// Tells of the sessions of the block that had their turn.
    fn end_block(&mut self, recorder: &mut Recorder) {
        self.block.sessions.truncate(self.place);
        self.place = 0;
        match self.begin {
            Begin::Here { .. } => {
                self.block.tell(recorder);
                self.block.sessions.clear();
            }
            Begin::Crew(crew, _) => crew.give_back(std::mem::take(&mut self.block)),
        }
    }

    /// No further session arrives; those whose turn has not come are not told of.
    pub(super) fn stop(&mut self, recorder: &mut Recorder) {
        self.end_block(recorder);
        if let Begin::Crew(crew, _) = self.begin {
            crew.finish();
        }
        self.stopped = true;
    }
}

impl Drop for Source<'_> {
    /// Whatever happens here, the crew must not wait for more.
    fn drop(&mut self) {
        if let Begin::Crew(crew, _) = self.begin {
            crew.finish();
        }
    }
}
