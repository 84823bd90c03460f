//! One shard of a live run: a campaign, its SDK clients and its calls in flight, on one thread.
//!
//! The loop linearises everything that can happen (deadlines, answers, the wish to stop) and never
//! waits for an answer. A session or a piece of owed feedback is a row of the campaign; only an
//! unanswered call is a task.
//!
//! **Invariant:** arrivals and retries leave when they are due, whatever the target does.

use super::{
    callers::{Answer, Callers},
    clock::WallClock,
    pulse::Pulse,
    timer::Timer,
};
use crate::{
    engine::campaign::{Campaign, Output},
    record::Recorder,
    target::sdk::SdkTarget,
};
use sms_voice_mock::service::time::SimTime;
use std::{sync::Arc, time::Duration};
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
    /// What it remembers.
    pub recorder: Recorder,
    /// What it shows.
    pub pulse: Arc<Pulse>,
    /// What is asked of it.
    pub wish: watch::Receiver<Wish>,
}

impl Shard {
    /// Plays the shard to its end.
    pub async fn play(mut self, clock: WallClock, mut timer: Timer) -> Recorder {
        let timeout = self.recorder.scenario().policy.call_timeout;
        let mut callers = Callers::new(self.target.clone(), timeout, clock);
        loop {
            self.act(clock, &mut callers);
            if self.campaign.is_over() && callers.are_idle() {
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
                answer = callers.answer() => {
                    self.hear(answer, clock);
                    while let Some(answer) = callers.answer_at_hand() {
                        self.hear(answer, clock);
                    }
                }
                () = sleep_until(deadline, clock, &mut timer) => {}
            }
        }
    }

    /// Lets everything due happen and begins the calls it asks for.
    fn act(&mut self, clock: WallClock, callers: &mut Callers) {
        let now = clock.now();
        loop {
            while let Some(output) = self.campaign.poll_output() {
                self.pulse.count(&output);
                match output {
                    Output::Note(note) => self.recorder.note(&note),
                    Output::Send(call) => {
                        self.recorder.send_started(call.released, call.facts());
                        callers.send(call);
                    }
                    Output::Put(call) => {
                        self.recorder.put_started(call.released, call.facts());
                        callers.put(call);
                    }
                }
            }
            match self.campaign.poll_deadline() {
                Some(due) if due <= now => self.campaign.handle_deadline(),
                _ => return,
            }
        }
    }

    fn hear(&mut self, answer: Answer, clock: WallClock) {
        match answer {
            Answer::Send(call, said, times) => {
                let at = clock.campaign(times.answered);
                if self.campaign.handle_send_answer(at, call.key, said.clone()) {
                    self.recorder.send_answered(at, call.facts(), &said, times);
                }
            }
            Answer::Put(call, said, times) => {
                let at = clock.campaign(times.answered);
                if self.campaign.handle_put_answer(at, call.key, said) {
                    self.recorder.put_answered(at, call.facts(), said, times);
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

async fn sleep_until(deadline: Option<SimTime>, clock: WallClock, timer: &mut Timer) {
    match deadline {
        Some(at) => timer.sleep(clock.until(at)).await,
        None => std::future::pending().await,
    }
}
