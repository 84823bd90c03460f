//! Threads that work sessions out before their turn, block by block, and tell recorders of their own what came of the
//! plain ones.
//!
//! **Invariant:** blocks come out in the order of their sessions' arrival. Nobody waits for work while there is
//! any, the thread that plays the turns included.

use super::foresight::{Begun, Course, Foresight};
use crate::{engine::arrivals::Arrivals, record::Recorder};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
};

/// How many sessions a block has: so many that handing one over takes little time beside it.
const BLOCK: usize = 256;

/// So many blocks wait for their turn at most.
const AHEAD: usize = 24;

/// From so many blocks on that must be told, telling comes before beginning others.
const UNTOLD: usize = 4;

/// With so many, no others are begun.
const MOST_UNTOLD: usize = 32;

/// Sessions that arrive one after the other. Once its turn is over, only those of which all is known are still
/// [plain](Course::Plain).
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) sessions: Vec<Begun>,
}

/// What the threads share.
#[derive(Debug)]
pub(super) struct Crew {
    arrivals: Mutex<Numbered>,
    board: Mutex<Board>,
    news: Condvar,
}

/// The sessions that nobody has begun yet.
#[derive(Debug)]
struct Numbered {
    arrivals: Arrivals,
    /// The number of the next block.
    next: u64,
}

#[derive(Debug, Default)]
struct Board {
    /// Blocks whose turn has not come, by number.
    ready: BTreeMap<u64, Block>,
    /// How many there are in all, once that is known.
    blocks: Option<u64>,
    /// Blocks whose turn is over and that are to be told.
    untold: VecDeque<Block>,
    /// Blocks that were told, whose room is used again.
    spare: Vec<Block>,
    /// Whether no further block is wanted.
    finished: bool,
    /// Whether somebody went before the end.
    deserted: bool,
}

/// What a thread does next.
enum Work {
    Begin,
    Tell(Block),
    Nothing,
}

impl Crew {
    pub(super) fn new(arrivals: Arrivals) -> Self {
        let arrivals = Mutex::new(Numbered { arrivals, next: 0 });
        Self { arrivals, board: Mutex::default(), news: Condvar::new() }
    }

    /// Works until nothing is left to do; the recorder comes back if it was told anything.
    pub(super) fn help<'a>(
        &self,
        foresight: impl FnOnce() -> Foresight<'a>,
        mut recorder: Recorder,
    ) -> Option<Recorder> {
        let leaving = Leaving(self);
        let foresight = foresight();
        let mut told = false;
        loop {
            match self.work() {
                Work::Begin => self.begin(&foresight),
                Work::Tell(block) => {
                    // Later blocks are of later sessions.
                    recorder.settle(block.sessions[0].arrival.at);
                    block.tell(&mut recorder);
                    told = true;
                    self.board().spare.push(block);
                    self.news.notify_all();
                }
                Work::Nothing => break,
            }
        }
        std::mem::forget(leaving);
        told.then_some(recorder)
    }

    /// Waits for something to do.
    fn work(&self) -> Work {
        let mut board = self.board();
        loop {
            let begins = !board.finished && board.blocks.is_none() && board.ready.len() < AHEAD;
            if (!begins || UNTOLD < board.untold.len())
                && let Some(block) = board.untold.pop_front()
            {
                return Work::Tell(block);
            }
            if begins {
                return Work::Begin;
            }
            if board.finished {
                return Work::Nothing;
            }
            board = self.news.wait(board).expect("no holder panics");
        }
    }

    /// Begins the sessions of the next block.
    fn begin(&self, foresight: &Foresight<'_>) {
        let (number, arrivals) = {
            let mut numbered = self.arrivals.lock().expect("no holder panics");
            let arrivals: Vec<_> = numbered.arrivals.by_ref().take(BLOCK).collect();
            let number = numbered.next;
            numbered.next += u64::from(!arrivals.is_empty());
            (number, arrivals)
        };
        if arrivals.is_empty() {
            self.board().blocks = Some(number);
        } else {
            let mut block = self.board().spare.pop().unwrap_or_default();
            block.sessions.clear();
            block
                .sessions
                .extend(arrivals.into_iter().map(|arrival| foresight.begin_ahead(arrival)));
            self.board().ready.insert(number, block);
        }
        self.news.notify_all();
    }

    /// The block of this number; `None` if there are fewer. Whoever waits for it begins others meanwhile.
    pub(super) fn take(&self, number: u64, foresight: &Foresight<'_>) -> Option<Block> {
        loop {
            let mut board = self.board();
            if let Some(block) = board.ready.remove(&number) {
                drop(board);
                self.news.notify_all();
                return Some(block);
            }
            if board.blocks.is_some_and(|blocks| blocks <= number) {
                return None;
            }
            if board.deserted {
                drop(board);
                panic!("a thread that begins sessions has panicked");
            }
            let full = AHEAD <= board.ready.len() || MOST_UNTOLD <= board.untold.len();
            if board.blocks.is_none() && !full {
                drop(board);
                self.begin(foresight);
            } else {
                drop(self.news.wait(board).expect("no holder panics"));
            }
        }
    }

    /// This block's turn is over.
    pub(super) fn give_back(&self, block: Block) {
        if block.is_told() {
            self.board().untold.push_back(block);
            self.news.notify_all();
        }
    }

    /// No further block is wanted.
    pub(super) fn finish(&self) {
        self.leave(|board| board.finished = true);
    }

    /// Lets the others know that somebody goes, perhaps because of a panic: a lock that was held then is taken all
    /// the same.
    fn leave(&self, note: impl FnOnce(&mut Board)) {
        note(&mut self.board.lock().unwrap_or_else(PoisonError::into_inner));
        self.news.notify_all();
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().expect("no holder panics")
    }
}

impl Block {
    /// Tells of the plain sessions.
    pub(super) fn tell(&self, recorder: &mut Recorder) {
        for begun in &self.sessions {
            if let Course::Plain(plain) = &begun.course {
                recorder.plain(plain);
            }
        }
    }

    /// Whether anybody is to be told of it.
    fn is_told(&self) -> bool {
        self.sessions.iter().any(|begun| matches!(begun.course, Course::Plain(_)))
    }
}

/// Somebody who goes before the end, unless it is forgotten.
struct Leaving<'a>(&'a Crew);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.leave(|board| board.deserted = true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::{
            arrivals::Shard,
            gate::{Gate, SafetyLimits},
            session::World,
        },
        record::cells::Tariff,
        scenario::{self, Source, odds::Odds},
    };
    use sms_voice_mock::service::dice::Dice;
    use std::{sync::Arc, thread};

    const SCENARIO: &str = "name = \"x\"\n[arrivals]\nstages = [{ constant = { rate = 9.0, duration = \"9s\" } }]\n\
        [countries.BR]\nprofile = \"BR\"\n";

    #[test]
    #[should_panic(expected = "a thread that begins sessions has panicked")]
    fn nobody_waits_for_a_thread_that_has_panicked() {
        let source = Source { name: "test", folder: None };
        let loaded = scenario::parse(SCENARIO, source, &[], None).expect("a scenario");
        let scenario = Arc::new(loaded.scenario);
        let tariff = Tariff { parts: vec![1], nano_usd: vec![1] };
        let recorder = Recorder::new(Arc::clone(&scenario), tariff, false);
        let crew = Crew::new(Arrivals::new(Arc::clone(&scenario), Shard::WHOLE));
        let helps = || crew.help(|| panic!("it breaks here"), recorder);
        thread::scope(|scope| scope.spawn(helps).join()).expect_err("it panics");
        let gate = Gate::new(&scenario, SafetyLimits::NONE);
        let (odds, dice) = (Odds::of(&scenario), Dice::new(scenario.seed));
        let world = World { scenario: &scenario, odds: &odds, dice, gate: &gate };
        crew.take(0, &Foresight::new(world, true));
    }
}
