//! One shard of a live run: a campaign, its SDK clients and its calls in flight, on one thread.
//!
//! The loop linearises everything that can happen (deadlines, answers, the wish to stop) and never
//! waits for an answer. A session or a piece of owed feedback is a row of the campaign; only an
//! unanswered call is a task.
//!
//! **Invariant:** arrivals and retries leave when they are due, whatever the target does; no call
//! leaves before the journal has it, and no answer counts before the journal has that.

use super::{
    callers::{Answer, Callers},
    clock::WallClock,
    memory::{Memory, put_heard},
    timer::Timer,
};
use crate::{
    engine::{
        campaign::{Campaign, Output, PutCall, SendCall},
        outcome::{Note, SendAnswer},
    },
    record::{dashboard::Evidence, latency::CallTimes},
    target::sdk::SdkTarget,
    watch::board::Posting,
};
use sms_voice_mock::service::time::SimTime;
use std::{ops::ControlFlow, time::Duration};
use tokio::sync::watch;

/// What the run asks of its shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Go on.
    Run,
    /// Nobody else arrives; sessions still open after `drain` of wall time end unfinished, and their
    /// feedback has until `puts`.
    WindDown {
        /// Wall time for open sessions, from now.
        drain: Duration,
        /// Wall time for feedback, from now.
        puts: Duration,
    },
    /// Stop here and now.
    Stop,
}

/// One shard of a live run.
#[derive(Debug)]
pub struct Shard {
    /// The sessions of this shard.
    pub campaign: Campaign,
    /// Where its calls go.
    pub target: SdkTarget,
    /// What it remembers, and what is on disk of that.
    pub memory: Memory,
    /// What it shows.
    pub posting: Posting,
    /// What is asked of it.
    pub wish: watch::Receiver<Wish>,
}

/// A call that waits for the journal.
#[derive(Debug)]
enum Leaving {
    Send(SendCall),
    Put(PutCall),
}

impl Shard {
    /// Plays the shard to its end.
    pub async fn play(mut self, clock: WallClock, timer: Timer) -> Memory {
        self.go_on(clock, timer).await;
        self.posting.close(&self.memory.recorder);
        self.memory
    }

    async fn go_on(&mut self, clock: WallClock, mut timer: Timer) {
        let timeout = self.memory.recorder.scenario().policy.call_timeout;
        let mut callers = Callers::new(self.target.clone(), timeout, clock);
        let mut answers = Vec::new();
        loop {
            if self.act(clock, &mut callers).is_break() {
                self.abandon();
                return;
            }
            if self.campaign.is_over() && callers.are_idle() {
                return;
            }
            let (deadline, posting) = (self.campaign.poll_deadline(), self.posting.due());
            // Let calls start and answers come in before the next look at the time.
            tokio::task::yield_now().await;
            tokio::select! {
                biased;
                changed = self.wish.changed() => {
                    // Without a run to wish anything there is nothing left to do.
                    let wish = changed.map_or(Wish::Stop, |()| *self.wish.borrow());
                    if self.follow(wish, clock).is_break() {
                        return;
                    }
                }
                answer = callers.answer() => {
                    answers.push(answer);
                    answers.extend(std::iter::from_fn(|| callers.answer_at_hand()));
                    self.hear(&mut answers, clock);
                }
                () = sleep_until(deadline, posting, clock, &mut timer) => {}
            }
        }
    }

    /// Lets everything due happen and begins the calls it asks for, once they are in the journal.
    /// Breaks if nothing can be written there any more.
    fn act(&mut self, clock: WallClock, callers: &mut Callers) -> ControlFlow<()> {
        let now = clock.now();
        let mut leaving = Vec::new();
        loop {
            while let Some(output) = self.campaign.poll_output() {
                self.posting.touch();
                match output {
                    Output::Note(note) => self.note(&note),
                    Output::Send(call) => match self.memory.send_leaves(&call) {
                        true => leaving.push(Leaving::Send(call)),
                        false => self.refuse(&call, clock),
                    },
                    Output::Put(call) => {
                        self.memory.put_leaves(&call);
                        leaving.push(Leaving::Put(call));
                    }
                }
            }
            match self.campaign.poll_deadline() {
                Some(due) if due <= now => self.campaign.handle_deadline(),
                _ => break,
            }
        }
        if self.memory.commit().is_err() {
            return ControlFlow::Break(());
        }
        self.posting.post(clock.wall(), &self.memory.recorder);
        for call in leaving {
            match call {
                Leaving::Send(call) => callers.send(call),
                Leaving::Put(call) => callers.put(call),
            }
        }
        ControlFlow::Continue(())
    }

    fn note(&mut self, note: &Note) {
        self.memory.note(note);
        self.posting.vitals.note(note);
    }

    /// A send that must not leave, because the journal has no room for what it would owe; nobody else
    /// is let in either.
    fn refuse(&mut self, call: &SendCall, clock: WallClock) {
        self.campaign.wind_down(SimTime::NEVER, SimTime::NEVER);
        let wall = clock.wall();
        let times = CallTimes {
            due: clock.wall_of(call.due),
            released: clock.wall_of(call.released),
            sent: wall,
            answered: wall,
            evidence: Evidence { stamp: None, refused: true },
        };
        let said = SendAnswer::Rejected;
        self.memory.write_send_answer(call.released, call, &said, times);
        self.campaign.handle_send_answer(call.released, call.key, said.clone());
        self.memory.recorder.send_answered(call.released, call.facts(), &said, times);
        self.posting.vitals.send_answered(call.released, &said, times);
    }

    /// Takes what was answered: into the journal first, then into the campaign, if anybody still waits
    /// for it. What the journal does not take is not counted; the next commit says why.
    fn hear(&mut self, answers: &mut Vec<Answer>, clock: WallClock) {
        let at = |times: CallTimes| clock.campaign(times.answered);
        for answer in &*answers {
            match answer {
                Answer::Send(call, said, times) => {
                    self.memory.write_send_answer(at(*times), call, said, *times);
                }
                Answer::Put(call, said, times) => {
                    self.memory.write_put_answer(at(*times), call, *said, *times);
                }
            }
        }
        if self.memory.commit().is_err() {
            answers.clear();
        }
        self.posting.touch();
        for answer in answers.drain(..) {
            match answer {
                Answer::Send(call, said, times) => {
                    let at = at(times);
                    if self.campaign.handle_send_answer(at, call.key, said.clone()) {
                        self.memory.recorder.send_answered(at, call.facts(), &said, times);
                        self.posting.vitals.send_answered(at, &said, times);
                    } else {
                        self.memory.disregard(call.facts(), true);
                    }
                }
                Answer::Put(call, said, times) => {
                    let at = at(times);
                    if self.campaign.handle_put_answer(at, call.key, said) {
                        let heard = put_heard(&call, said, times);
                        self.memory.recorder.put_answered(at, call.facts(), heard);
                        self.posting.vitals.put_answered(at, said, times);
                    } else {
                        self.memory.disregard(call.facts(), false);
                    }
                }
            }
        }
    }

    /// Breaks if the shard is to stop here and now.
    fn follow(&mut self, wish: Wish, clock: WallClock) -> ControlFlow<()> {
        match wish {
            Wish::Run => {}
            Wish::WindDown { drain, puts } => {
                let now = clock.wall();
                let (cut_off, until) = (clock.campaign(now + drain), clock.campaign(now + puts));
                self.campaign.wind_down(cut_off, until);
            }
            Wish::Stop => {
                self.abandon();
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// Ends everything here and now. What is not written of that, `resume` finds out by itself.
    fn abandon(&mut self) {
        self.campaign.abandon();
        while let Some(output) = self.campaign.poll_output() {
            match output {
                Output::Note(note) => self.note(&note),
                // Asked for before, but it never left: as if it had not been answered.
                Output::Send(call) => {
                    self.memory.recorder.send_started(call.released, call.facts())
                }
                Output::Put(call) => self.memory.recorder.put_started(call.released, call.facts()),
            }
        }
        let _ = self.memory.commit();
    }
}

/// Until the campaign's next deadline, or the wall time of the next posting.
async fn sleep_until(
    deadline: Option<SimTime>,
    posting: Option<Duration>,
    clock: WallClock,
    timer: &mut Timer,
) {
    let deadline = deadline.map(|at| clock.until(at));
    let posting = posting.map(|at| at.saturating_sub(clock.wall()));
    match deadline.into_iter().chain(posting).min() {
        Some(pause) => timer.sleep(pause).await,
        None => std::future::pending().await,
    }
}
