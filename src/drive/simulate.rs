//! Virtual time: one global queue, jumping from deadline to deadline.
//!
//! Short and obviously right: other drivers are judged by it.
//!
//! **Invariant:** nothing here reads a clock; one seed gives one story.

use super::signals::VirtualWish;
use crate::{
    engine::{
        arrivals::Shard,
        campaign::{CallFacts, Campaign, Output, PutCall, SendCall},
        gate::{Gate, SafetyLimits},
        outcome::{Attempt, PutAnswer, SendAnswer},
    },
    record::{PutHeard, Recorder, dashboard::Evidence, latency::CallTimes},
    scenario::Scenario,
    target::direct::{DirectTarget, Heard},
    watch::{
        abort::{Aborted, Watchdog},
        vitals::Vitals,
    },
};
use sms_voice_mock::service::time::SimTime;
use std::{cmp::Ordering, cmp::Reverse, collections::BinaryHeap, sync::Arc};

/// Plays the recorder's scenario to its end.
///
/// `watch` sees the time now and then, for progress, and can end the run early. What broke a condition of
/// `abort_unless` comes back; nobody else arrived from then on.
pub fn simulate(
    recorder: &mut Recorder,
    mut watch: impl FnMut(SimTime) -> VirtualWish,
) -> Option<Aborted> {
    let scenario = Arc::clone(recorder.scenario());
    let gate = Arc::new(Gate::new(&scenario, SafetyLimits::NONE));
    let mut target = DirectTarget::new(Arc::clone(&scenario));
    let mut watched = Watched::of(&scenario);
    let mut campaign = Campaign::new(scenario, Shard::WHOLE, gate);
    let mut answers = BinaryHeap::new();
    let mut steps = 0_u32;
    loop {
        while let Some(output) = campaign.poll_output() {
            if let (Some(watched), Output::Note(note)) = (&mut watched, &output) {
                watched.vitals.note(note);
            }
            perform(output, &mut target, recorder, &mut answers);
        }
        let deadline = campaign.poll_deadline();
        let answered = answers.peek().map(|Reverse(answer): &Reverse<Answer>| answer.at);
        let now = match (deadline, answered) {
            (None, None) => return watched.and_then(|watched| watched.aborted),
            // At one instant answers come first.
            (deadline, Some(at)) if deadline.is_none_or(|due| at <= due) => {
                let Reverse(answer) = answers.pop().expect("peeked");
                tell(answer, &mut campaign, recorder, watched.as_mut());
                at
            }
            (deadline, _) => {
                campaign.handle_deadline();
                deadline.expect("one of the two is there")
            }
        };
        if watched.as_mut().is_some_and(|watched| watched.ends(now, recorder)) {
            campaign.wind_down(SimTime::NEVER, SimTime::NEVER);
        }
        steps = steps.wrapping_add(1);
        if steps.is_multiple_of(STEPS_BETWEEN_LOOKS) {
            match watch(now) {
                VirtualWish::Run => {}
                VirtualWish::WindDown => campaign.wind_down(SimTime::NEVER, SimTime::NEVER),
                VirtualWish::Stop => {
                    campaign.abandon();
                    answers.clear();
                }
            }
        }
    }
}

/// Watches what must hold all along.
#[derive(Debug)]
struct Watched {
    watchdog: Watchdog,
    vitals: Vitals,
    aborted: Option<Aborted>,
}

impl Watched {
    fn of(scenario: &Scenario) -> Option<Self> {
        let watchdog = Watchdog::of(scenario)?;
        Some(Self { watchdog, vitals: Vitals::new(scenario), aborted: None })
    }

    /// Whether the run must end now, because of what happened before.
    fn ends(&mut self, now: SimTime, recorder: &Recorder) -> bool {
        if now < self.watchdog.next() || self.aborted.is_some() {
            return false;
        }
        self.vitals.count(&recorder.cells);
        self.aborted = self.watchdog.look(now, &self.vitals);
        self.aborted.is_some()
    }
}

/// How many events pass between two looks at the outside world.
const STEPS_BETWEEN_LOOKS: u32 = 65_536;

/// An answer on its way back.
#[derive(Debug)]
struct Answer {
    at: SimTime,
    evidence: Evidence,
    what: What,
}

#[derive(Debug)]
enum What {
    Send(SendCall, SendAnswer),
    Put(PutCall, PutAnswer),
}

impl Answer {
    /// The order of answers: total, and never that of insertion.
    fn address(&self) -> (SimTime, u8, Attempt) {
        match &self.what {
            What::Send(call, _) => (self.at, 0, call.key.attempt),
            What::Put(call, _) => (self.at, 1, call.key.attempt),
        }
    }
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Answer {}

impl PartialOrd for Answer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Answer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.address().cmp(&other.address())
    }
}

/// Does what the campaign asks for, at the instant it asks.
fn perform(
    output: Output,
    target: &mut DirectTarget,
    recorder: &mut Recorder,
    answers: &mut BinaryHeap<Reverse<Answer>>,
) {
    match output {
        Output::Note(note) => recorder.note(&note),
        Output::Send(call) => {
            let sent = call.released;
            recorder.send_started(sent, call.facts());
            let Heard { after, answer, evidence, bound } = target.send(sent, &call);
            recorder.sdk.processed_again += u64::from(target.processed_again());
            bound.into_iter().for_each(|bound| recorder.bound(sent, bound));
            let what = What::Send(call, answer);
            answers.push(Reverse(Answer { at: sent + after, evidence, what }));
        }
        Output::Put(call) => {
            let sent = call.released;
            recorder.put_started(sent, call.facts());
            let Heard { after, answer, evidence, bound } = target.put(sent, &call);
            bound.into_iter().for_each(|bound| recorder.bound(sent, bound));
            let what = What::Put(call, answer);
            answers.push(Reverse(Answer { at: sent + after, evidence, what }));
        }
    }
}

fn tell(
    answer: Answer,
    campaign: &mut Campaign,
    recorder: &mut Recorder,
    watched: Option<&mut Watched>,
) {
    let Answer { at, evidence, what } = answer;
    let times = |call: &CallFacts| CallTimes::in_virtual_time(call, at, evidence);
    match what {
        What::Send(call, said) => {
            if campaign.handle_send_answer(at, call.key, said.clone()) {
                let (call, times) = (call.facts(), times(&call.facts()));
                recorder.send_answered(at, call, &said, times);
                if let Some(watched) = watched {
                    watched.vitals.send_answered(at, &said, times);
                }
            }
        }
        What::Put(call, said) => {
            if campaign.handle_put_answer(at, call.key, said) {
                let (verdict, times) = (call.verdict, times(&call.facts()));
                let heard = PutHeard { verdict, answer: said, times, measured: true };
                recorder.put_answered(at, call.facts(), heard);
                if let Some(watched) = watched {
                    watched.vitals.put_answered(at, said, times);
                }
            }
        }
    }
}
