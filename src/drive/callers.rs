//! The tasks that make a shard's API calls, one call at a time each.
//!
//! A task outlives its call and waits for the next one: the future of an SDK call is some kilobytes,
//! which would else be allocated, moved and freed for every call.
//!
//! **Invariant:** every call that is begun gives one answer; if its task panics, so does whoever waits.

use super::clock::WallClock;
use crate::{
    engine::{
        campaign::{PutCall, SendCall},
        outcome::{PutAnswer, SendAnswer},
    },
    record::{dashboard::Evidence, latency::CallTimes},
    target::{evidence::listening, sdk::SdkTarget},
};
use sms_voice_mock::service::time::SimTime;
use std::{pin::pin, time::Duration};
use tokio::{sync::mpsc, time::timeout};

/// How many tasks wait for their next call; more of them end with their call.
const MOST_IDLE: usize = 64;

/// Makes calls and hears their answers.
#[derive(Debug)]
pub(super) struct Callers {
    outfit: Outfit,
    idle: Vec<Caller>,
    say: mpsc::UnboundedSender<Said>,
    answers: mpsc::UnboundedReceiver<Said>,
    in_flight: usize,
}

/// What every call needs.
#[derive(Clone, Debug)]
struct Outfit {
    target: SdkTarget,
    timeout: Duration,
    clock: WallClock,
}

/// An answer to a call.
#[derive(Debug)]
pub(super) enum Answer {
    Send(SendCall, SendAnswer, CallTimes),
    Put(PutCall, PutAnswer, CallTimes),
}

/// A task that waits for its next call; dropped, it ends.
type Caller = mpsc::UnboundedSender<Job>;

#[derive(Debug)]
enum Call {
    Send(SendCall),
    Put(PutCall),
}

/// A call on its way to a task, with the means to give that task another.
#[derive(Debug)]
struct Job {
    call: Call,
    caller: Caller,
}

#[derive(Debug)]
enum Said {
    Answer(Answer, Caller),
    /// The task panicked: a bug that must not look like a slow answer.
    Panicked,
}

impl Callers {
    /// Callers of this target who wait no longer than `timeout` for an answer.
    pub(super) fn new(target: SdkTarget, timeout: Duration, clock: WallClock) -> Self {
        let (say, answers) = mpsc::unbounded_channel();
        let outfit = Outfit { target, timeout, clock };
        Self { outfit, idle: Vec::new(), say, answers, in_flight: 0 }
    }

    /// Whether no call waits for its answer.
    pub(super) const fn are_idle(&self) -> bool {
        self.in_flight == 0
    }

    /// Begins to send a message.
    pub(super) fn send(&mut self, call: SendCall) {
        self.begin(Call::Send(call));
    }

    /// Begins to put feedback.
    pub(super) fn put(&mut self, call: PutCall) {
        self.begin(Call::Put(call));
    }

    /// The next answer; pending for ever while nothing is asked. May be dropped at any time.
    pub(super) async fn answer(&mut self) -> Answer {
        let said = self.answers.recv().await;
        self.took(said.expect("we hold a sender ourselves"))
    }

    /// The next answer, if it is there.
    pub(super) fn answer_at_hand(&mut self) -> Option<Answer> {
        let said = self.answers.try_recv().ok()?;
        Some(self.took(said))
    }

    fn took(&mut self, said: Said) -> Answer {
        let Said::Answer(answer, caller) = said else { panic!("the task of an API call panicked") };
        self.in_flight -= 1;
        if self.idle.len() < MOST_IDLE {
            self.idle.push(caller);
        }
        answer
    }

    fn begin(&mut self, call: Call) {
        // The one that was busy last comes first: its memory is still at hand.
        let caller = self.idle.pop().unwrap_or_else(|| self.hire());
        let job = Job { call, caller: caller.clone() };
        caller.send(job).expect("a task ends only when its last sender is dropped");
        self.in_flight += 1;
    }

    fn hire(&self) -> Caller {
        let (caller, jobs) = mpsc::unbounded_channel();
        tokio::spawn(work(self.outfit.clone(), jobs, Alarm(self.say.clone())));
        caller
    }
}

/// Makes one call after the other.
async fn work(outfit: Outfit, mut jobs: mpsc::UnboundedReceiver<Job>, say: Alarm) {
    while let Some(Job { call, caller }) = jobs.recv().await {
        let answer = outfit.make(call).await;
        // The run may have stopped without waiting; then nobody counts this answer.
        drop(say.0.send(Said::Answer(answer, caller)));
    }
}

impl Outfit {
    async fn make(&self, call: Call) -> Answer {
        let sent = self.clock.wall();
        match call {
            Call::Send(call) => {
                // Pinned: it is some kilobytes, which each wrapper would else move.
                let (answer, evidence) = {
                    let send = pin!(self.target.send(sent, &call));
                    listening(timeout(self.timeout, send)).await
                };
                let times = self.times(call.due, call.released, sent, evidence);
                Answer::Send(call, answer.unwrap_or(SendAnswer::Unknown), times)
            }
            Call::Put(call) => {
                let (answer, evidence) = {
                    let put = pin!(self.target.put(sent, &call));
                    listening(timeout(self.timeout, put)).await
                };
                let times = self.times(call.due, call.released, sent, evidence);
                Answer::Put(call, answer.unwrap_or(PutAnswer::Again), times)
            }
        }
    }

    fn times(
        &self,
        due: SimTime,
        released: SimTime,
        sent: Duration,
        evidence: Evidence,
    ) -> CallTimes {
        CallTimes {
            due: self.clock.wall_of(due),
            released: self.clock.wall_of(released),
            sent,
            answered: self.clock.wall(),
            evidence,
        }
    }
}

/// Tells the shard if a task panics, so that nobody waits for its answer for ever.
#[derive(Debug)]
struct Alarm(mpsc::UnboundedSender<Said>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            drop(self.0.send(Said::Panicked));
        }
    }
}
