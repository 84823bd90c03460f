//! Where sessions come from: one after the other in the order of their arrival, begun here or, by a crew of
//! threads, ahead of time.
//!
//! Whatever a session draws depends on its address alone, so most of it can be drawn, and often played,
//! before the session's turn comes. What it meets afterwards is for one thread to say.
//!
//! **Invariant:** the sessions are the same, whoever began them.

use super::{
    crew::Crew,
    leg::{Block, Leg, LegPlayer},
};
use crate::{
    engine::{
        arrivals::{Arrivals, Shard},
        session::{Session, World},
    },
    scenario::Scenario,
};
use sms_voice_mock::service::time::SimTime;
use std::sync::Arc;

/// Sessions in the order of their arrival.
#[derive(Debug)]
pub(super) enum Source<'a> {
    /// Begun when their turn comes.
    Here(Arrivals, World<'a>),
    /// Begun by a crew.
    Ahead(Box<Ahead<'a>>),
}

/// A session whose turn has come.
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once")]
pub(super) enum Next<'a> {
    /// It begins now.
    Begun(Session),
    /// It began ahead of its turn.
    Ahead(&'a mut Leg),
}

impl<'a> Source<'a> {
    pub(super) fn here(scenario: &Arc<Scenario>, world: World<'a>) -> Self {
        Self::Here(Arrivals::new(Arc::clone(scenario), Shard::WHOLE), world)
    }

    /// When the next session arrives; [`SimTime::NEVER`] after the last.
    #[inline]
    pub(super) fn peek(&mut self) -> SimTime {
        match self {
            Self::Here(arrivals, _) => arrivals.peek(),
            Self::Ahead(ahead) => ahead.peek(),
        }
    }

    /// The session that [`Self::peek`] tells of.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Next<'_>> {
        match self {
            Self::Here(arrivals, world) => {
                Some(Next::Begun(Session::new(arrivals.next()?, *world)))
            }
            Self::Ahead(ahead) => ahead.next().map(Next::Ahead),
        }
    }

    /// No further session arrives.
    pub(super) fn stop(&mut self) {
        match self {
            Self::Here(arrivals, _) => arrivals.stop(),
            Self::Ahead(ahead) => ahead.stop(),
        }
    }
}

/// Sessions that a crew began.
#[derive(Debug)]
pub(super) struct Ahead<'a> {
    crew: &'a Crew,
    player: LegPlayer<'a>,
    /// The block whose turn it is, and how many of its legs had theirs.
    block: Block,
    place: usize,
    /// The number of the block behind it.
    number: u64,
    stopped: bool,
}

impl<'a> Ahead<'a> {
    /// What the crew begins; `player` lends a hand where it must be waited for.
    pub(super) fn new(crew: &'a Crew, player: LegPlayer<'a>) -> Self {
        Self { crew, player, block: Block::default(), place: 0, number: 0, stopped: false }
    }

    fn peek(&mut self) -> SimTime {
        if self.place == self.block.legs.len() && !self.stopped {
            self.turn();
        }
        self.block.legs.get(self.place).map_or(SimTime::NEVER, |leg| leg.arrival.at)
    }

    fn next(&mut self) -> Option<&mut Leg> {
        let leg = self.block.legs.get_mut(self.place)?;
        self.place += 1;
        Some(leg)
    }

    /// Goes on to the next block.
    fn turn(&mut self) {
        self.crew.give_back(std::mem::take(&mut self.block));
        self.place = 0;
        match self.crew.take(self.number, &mut self.player) {
            Some(block) => {
                self.block = block;
                self.number += 1;
            }
            None => self.stopped = true,
        }
    }

    fn stop(&mut self) {
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
