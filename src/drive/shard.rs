//! One shard of a live run: a campaign, its SDK clients and its calls in flight, on one thread.
//!
//! The loop linearises everything that can happen (deadlines, answers, the wish to stop) and never
//! waits for an answer. A session or a piece of owed feedback is a row of the campaign; only an
//! unanswered call is a task.
//!
//! **Invariant:** arrivals and retries leave when they are due, whatever the target does.

use super::{clock::WallClock, pulse::Pulse, timer::Timer};
use crate::{
    engine::{
        campaign::{Campaign, Output, PutCall, SendCall},
        outcome::{PutAnswer, SendAnswer},
    },
    record::{Recorder, latency::CallTimes},
    target::sdk::SdkTarget,
};
use sms_voice_mock::service::time::SimTime;
use std::{sync::Arc, time::Duration};
use tokio::sync::{mpsc, watch};

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
    /// What it remembers.
    pub recorder: Recorder,
    /// What it shows.
    pub pulse: Arc<Pulse>,
    /// What is asked of it.
    pub wish: watch::Receiver<Wish>,
}

/// An answer on its way back to the loop.
#[derive(Debug)]
enum Answer {
    Send(SendCall, SendAnswer, CallTimes),
    Put(PutCall, PutAnswer, CallTimes),
    /// The call's task panicked: a bug that must not look like a slow answer.
    Panicked,
}

/// Tells the loop if the task of a call panics, so that nobody waits for it for ever.
#[derive(Debug)]
struct Alarm(mpsc::UnboundedSender<Answer>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            drop(self.0.send(Answer::Panicked));
        }
    }
}

impl Shard {
    /// Plays the shard to its end.
    pub async fn play(mut self, clock: WallClock, mut timer: Timer) -> Recorder {
        let (say, mut answers) = mpsc::unbounded_channel();
        let mut in_flight = 0_usize;
        loop {
            in_flight += self.act(clock, &say);
            if self.campaign.is_over() && in_flight == 0 {
                return self.recorder;
            }
            let deadline = self.campaign.poll_deadline();
            // Let calls start and answers come in before the next look at the time.
            tokio::task::yield_now().await;
            tokio::select! {
                biased;
                changed = self.wish.changed() => {
                    // Without a run to wish anything there is nothing left to do.
                    let wish = changed.map_or(Wish::Stop, |()| *self.wish.borrow());
                    if self.follow(wish, clock).is_break() {
                        return self.recorder;
                    }
                }
                Some(answer) = answers.recv() => {
                    in_flight -= 1;
                    self.hear(answer, clock);
                    while let Ok(answer) = answers.try_recv() {
                        in_flight -= 1;
                        self.hear(answer, clock);
                    }
                }
                () = sleep_until(deadline, clock, &mut timer) => {}
            }
        }
    }

    /// Lets everything due happen and starts the calls it asks for; says how many.
    fn act(&mut self, clock: WallClock, say: &mpsc::UnboundedSender<Answer>) -> usize {
        let mut started = 0;
        let now = clock.now();
        loop {
            while let Some(output) = self.campaign.poll_output() {
                self.pulse.count(&output);
                match output {
                    Output::Note(note) => self.recorder.note(&note),
                    Output::Send(call) => {
                        self.recorder.send_started(call.released, &call);
                        self.start_send(call, clock, say.clone());
                        started += 1;
                    }
                    Output::Put(call) => {
                        self.recorder.put_started(call.released, &call);
                        self.start_put(call, clock, say.clone());
                        started += 1;
                    }
                }
            }
            match self.campaign.poll_deadline() {
                Some(due) if due <= now => self.campaign.handle_deadline(),
                _ => return started,
            }
        }
    }

    fn start_send(&self, call: SendCall, clock: WallClock, say: mpsc::UnboundedSender<Answer>) {
        let (target, timeout, say) = (self.target.clone(), self.timeout(), Alarm(say));
        tokio::spawn(async move {
            let sent = clock.wall();
            let answer = tokio::time::timeout(timeout, target.send(&call)).await;
            let answer = answer.unwrap_or(SendAnswer::Unknown);
            let times = times(clock, (call.due, call.released), sent);
            // The run may have stopped without waiting; then nobody counts this answer.
            drop(say.0.send(Answer::Send(call, answer, times)));
        });
    }

    fn start_put(&self, call: PutCall, clock: WallClock, say: mpsc::UnboundedSender<Answer>) {
        let (target, timeout, say) = (self.target.clone(), self.timeout(), Alarm(say));
        tokio::spawn(async move {
            let sent = clock.wall();
            let answer = tokio::time::timeout(timeout, target.put(&call)).await;
            let answer = answer.unwrap_or(PutAnswer::Again);
            let times = times(clock, (call.due, call.released), sent);
            drop(say.0.send(Answer::Put(call, answer, times)));
        });
    }

    fn timeout(&self) -> Duration {
        self.recorder.scenario().policy.call_timeout
    }

    fn hear(&mut self, answer: Answer, clock: WallClock) {
        match answer {
            Answer::Panicked => panic!("the task of an API call panicked"),
            Answer::Send(call, said, times) => {
                let at = clock.campaign(times.answered);
                if self.campaign.handle_send_answer(at, call.key, said.clone()) {
                    self.recorder.send_answered(at, &call, &said, times);
                }
            }
            Answer::Put(call, said, times) => {
                let at = clock.campaign(times.answered);
                if self.campaign.handle_put_answer(at, call.key, said) {
                    self.recorder.put_answered(at, &call, said, times);
                }
            }
        }
    }

    /// Breaks if the shard is to stop here and now.
    fn follow(&mut self, wish: Wish, clock: WallClock) -> std::ops::ControlFlow<()> {
        match wish {
            Wish::Run => {}
            Wish::WindDown { drain, puts } => {
                let now = clock.wall();
                let (cut_off, until) = (clock.campaign(now + drain), clock.campaign(now + puts));
                self.campaign.wind_down(cut_off, until);
            }
            Wish::Stop => {
                self.campaign.abandon();
                while let Some(output) = self.campaign.poll_output() {
                    self.pulse.count(&output);
                    match output {
                        Output::Note(note) => self.recorder.note(&note),
                        Output::Send(_) | Output::Put(_) => {
                            unreachable!("an abandoned campaign asks for nothing")
                        }
                    }
                }
                return std::ops::ControlFlow::Break(());
            }
        }
        std::ops::ControlFlow::Continue(())
    }
}

fn times(clock: WallClock, (due, released): (SimTime, SimTime), sent: Duration) -> CallTimes {
    CallTimes {
        due: clock.wall_of(due),
        released: clock.wall_of(released),
        sent,
        answered: clock.wall(),
    }
}

async fn sleep_until(deadline: Option<SimTime>, clock: WallClock, timer: &mut Timer) {
    match deadline {
        Some(at) => timer.sleep(clock.until(at)).await,
        None => std::future::pending().await,
    }
}
