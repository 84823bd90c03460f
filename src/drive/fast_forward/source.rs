//! Where sessions come from: one after the other in the order of their arrival, begun here or by other
//! threads ahead of time.
//!
//! Whatever a session draws depends on its address alone, so most of it can be drawn before the session's
//! turn comes, on any thread. What it meets afterwards is for one thread to say.
//!
//! **Invariant:** the sessions are the same, whoever began them.

use crate::{
    engine::{
        arrivals::{Arrivals, Shard},
        session::{Session, World},
    },
    scenario::Scenario,
};
use sms_voice_mock::service::time::SimTime;
use std::{
    iter::Peekable,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::Scope,
    vec,
};

/// How many sessions are handed over at a time.
const BLOCK: usize = 512;

/// How many blocks a thread is ahead at most.
const BLOCKS_AHEAD: usize = 4;

/// Sessions in the order of their arrival.
#[derive(Debug)]
pub(super) enum Source<'a> {
    /// Begun when their turn comes.
    Here(Arrivals, World<'a>),
    /// Begun by other threads, which take turns block by block.
    Ahead { threads: Vec<Receiver<Vec<Session>>>, turn: usize, block: vec::IntoIter<Session> },
}

impl<'a> Source<'a> {
    pub(super) fn here(scenario: &Arc<Scenario>, world: World<'a>) -> Self {
        Self::Here(Arrivals::new(Arc::clone(scenario), Shard::WHOLE), world)
    }

    /// Lets so many threads begin sessions.
    pub(super) fn ahead<'scope>(
        scope: &'scope Scope<'scope, '_>,
        threads: usize,
        (scenario, world): (&Arc<Scenario>, World<'scope>),
    ) -> Self {
        let begin = |nth| {
            let (sender, receiver) = sync_channel(BLOCKS_AHEAD);
            let arrivals = Arrivals::new(Arc::clone(scenario), Shard::WHOLE);
            scope.spawn(move || begin_every(threads, nth, arrivals, world, &sender));
            receiver
        };
        let threads = (0..threads).map(begin).collect();
        Self::Ahead { threads, turn: 0, block: Vec::new().into_iter() }
    }

    /// When the next session arrives; [`SimTime::NEVER`] after the last.
    #[inline]
    pub(super) fn peek(&mut self) -> SimTime {
        match self {
            Self::Here(arrivals, _) => arrivals.peek(),
            Self::Ahead { threads, turn, block } => {
                if block.len() == 0 && !threads.is_empty() {
                    match threads[*turn].recv() {
                        Ok(next) => *block = next.into_iter(),
                        // There is no further block, so there is none of the other threads either.
                        Err(_) => threads.clear(),
                    }
                    *turn = (*turn + 1) % threads.len().max(1);
                }
                block.as_slice().first().map_or(SimTime::NEVER, |session| session.arrived_at)
            }
        }
    }

    /// The session that [`Self::peek`] tells of.
    #[inline]
    pub(super) fn next(&mut self) -> Option<Session> {
        match self {
            Self::Here(arrivals, world) => Some(Session::new(arrivals.next()?, *world)),
            Self::Ahead { block, .. } => block.next(),
        }
    }

    /// No further session arrives.
    pub(super) fn stop(&mut self) {
        match self {
            Self::Here(arrivals, _) => arrivals.stop(),
            Self::Ahead { threads, turn, block } => {
                threads.clear();
                (*turn, *block) = (0, Vec::new().into_iter());
            }
        }
    }
}

/// Begins the sessions of every block whose turn it is, until nobody wants them any more.
fn begin_every(
    threads: usize,
    nth: usize,
    arrivals: Arrivals,
    world: World<'_>,
    sender: &SyncSender<Vec<Session>>,
) {
    let mut arrivals: Peekable<Arrivals> = arrivals.peekable();
    for turn in (0..threads).cycle() {
        if arrivals.peek().is_none() {
            return;
        }
        let block = arrivals.by_ref().take(BLOCK);
        if turn != nth {
            block.for_each(drop);
            continue;
        }
        let begun = block.map(|arrival| {
            let mut session = Session::new(arrival, world);
            session.draw_ahead(world);
            session
        });
        if sender.send(begun.collect()).is_err() {
            return;
        }
    }
}
