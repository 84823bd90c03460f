//! Where sessions come from: one after the other in the order of their arrival, begun here or, by a crew of
//! threads, ahead of time.
//!
//! Whatever a session draws depends on its address alone, so most of it can be drawn, and often worked out whole,
//! before the session's turn comes. What it meets afterwards is for one thread to say.
//!
//! **Invariant:** the sessions are the same, whoever began them.

use super::{
    crew::{Block, Crew},
    foresight::{Begun, Foresight},
};
use crate::engine::arrivals::Arrivals;
use sms_voice_mock::service::time::SimTime;

/// Sessions in the order of their arrival.
#[derive(Debug)]
pub(super) enum Source<'a> {
    /// Begun when their turn comes.
    Here(Box<Here<'a>>),
    /// Begun by a crew.
    Ahead(Box<Ahead<'a>>),
}

/// Sessions that are begun when their turn comes.
#[derive(Debug)]
pub(super) struct Here<'a> {
    arrivals: Arrivals,
    foresight: Foresight<'a>,
    /// The one whose turn it is.
    begun: Option<Begun>,
}

impl<'a> Source<'a> {
    pub(super) fn here(arrivals: Arrivals, foresight: Foresight<'a>) -> Self {
        Self::Here(Box::new(Here { arrivals, foresight, begun: None }))
    }

    /// What the crew begins; `foresight` lends a hand where it must be waited for.
    pub(super) fn ahead(crew: &'a Crew, foresight: Foresight<'a>) -> Self {
        let block = Block::default();
        Self::Ahead(Box::new(Ahead { crew, foresight, block, place: 0, number: 0, stopped: false }))
    }

    /// When the next session arrives; [`SimTime::NEVER`] after the last.
    #[inline]
    pub(super) fn peek(&mut self) -> SimTime {
        match self {
            Self::Here(here) => here.arrivals.peek(),
            Self::Ahead(ahead) => ahead.peek(),
        }
    }

    /// The session that [`Self::peek`] tells of.
    #[inline]
    pub(super) fn next(&mut self) -> Option<&mut Begun> {
        match self {
            Self::Here(here) => {
                let arrival = here.arrivals.next()?;
                Some(here.begun.insert(here.foresight.begin(arrival)))
            }
            Self::Ahead(ahead) => ahead.next(),
        }
    }

    /// Whether what is kept of plain sessions is told elsewhere, all together.
    pub(super) const fn tells(&self) -> bool {
        matches!(self, Self::Ahead(_))
    }

    /// No further session arrives.
    pub(super) fn stop(&mut self) {
        match self {
            Self::Here(here) => here.arrivals.stop(),
            Self::Ahead(ahead) => ahead.stop(),
        }
    }
}

/// Sessions that a crew began.
#[derive(Debug)]
pub(super) struct Ahead<'a> {
    crew: &'a Crew,
    foresight: Foresight<'a>,
    /// The block whose turn it is, and how many of its sessions had theirs.
    block: Block,
    place: usize,
    /// The number of the block behind it.
    number: u64,
    stopped: bool,
}

impl Ahead<'_> {
    fn peek(&mut self) -> SimTime {
        if self.place == self.block.sessions.len() && !self.stopped {
            self.turn();
        }
        self.block.sessions.get(self.place).map_or(SimTime::NEVER, |begun| begun.arrival.at)
    }

    fn next(&mut self) -> Option<&mut Begun> {
        let begun = self.block.sessions.get_mut(self.place)?;
        self.place += 1;
        Some(begun)
    }

    /// Goes on to the next block.
    fn turn(&mut self) {
        self.crew.give_back(std::mem::take(&mut self.block));
        self.place = 0;
        match self.crew.take(self.number, &self.foresight) {
            Some(block) => {
                self.block = block;
                self.number += 1;
            }
            None => self.stopped = true,
        }
    }

    fn stop(&mut self) {
        // Those whose turn will not come are not told of.
        self.block.sessions.truncate(self.place);
        self.crew.give_back(std::mem::take(&mut self.block));
        self.crew.finish();
        (self.place, self.stopped) = (0, true);
    }
}

impl Drop for Ahead<'_> {
    /// Whatever happens here, the crew must not wait for more.
    fn drop(&mut self) {
        self.crew.finish();
    }
}
