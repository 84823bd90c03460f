//! Puts in their order: each is made when it is due and repeated until it is settled.
//!
//! **Invariant:** a verdict that became known is put, or its message ends as pending when the run's time for
//! feedback is over.

use super::{
    Player,
    entry::{Entry, Owed, Turn, What},
};
use crate::{
    engine::{
        campaign::CallFacts,
        feedback::{put_again, settled_by},
        gate::Gate,
        outcome::{Attempt, Feedback, Note, Place, PutAnswer},
    },
    record::{PutHeard, latency::CallTimes},
    scenario::Scenario,
};
use smallvec::SmallVec;
use sms_voice_mock::service::{faults::FaultKind, time::SimTime};

/// What puts share: their pace, which follows the answers to those that were throttled.
///
/// As long as none is, the other answers change nothing, so they need not wait for their turn; those still
/// to come are only noted, for the case that one is.
#[derive(Debug, Default)]
pub(super) struct PutPlay {
    /// Whether a put can be throttled at all.
    throttles: bool,
    /// How many throttled puts wait for the turn of their answer.
    throttled: usize,
    /// Whether answers wait for their turn.
    ordered: bool,
    /// Answers still to come that were not put into order.
    unordered: Vec<Answered>,
    look_above: usize,
}

/// An answer to a put.
#[derive(Clone, Copy, Debug)]
struct Answered {
    at: SimTime,
    attempt: Attempt,
    /// When its place was taken.
    asked: SimTime,
    answer: PutAnswer,
}

/// Below this many noted answers nobody looks which are over.
const FEW: usize = 1_024;

impl PutPlay {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let service = &scenario.service;
        let fault = service.faults.iter().any(|fault| {
            let about = fault.operation.as_deref().is_none_or(|name| name == "PutMessageFeedback");
            fault.kind == FaultKind::Throttle && about
        });
        let quota = service.quotas.put_per_second.is_some();
        let throttles = fault || quota || service.put_errors.throttle > 0.0;
        Self { throttles, look_above: FEW, ..Self::default() }
    }

    /// The turn of an answer has come.
    pub(super) fn answered(
        &mut self,
        gate: &Gate,
        (at, asked): (SimTime, SimTime),
        answer: PutAnswer,
    ) {
        gate.put_answered(at, asked, answer);
        self.throttled -= usize::from(answer == PutAnswer::Throttled);
        self.ordered = self.throttled > 0 || gate.slows_puts();
    }

    /// Takes note of an answer that need not wait for its turn; `false` of one that must, as then all others must.
    #[inline]
    fn needs_no_turn(&mut self, now: SimTime, answered: Answered) -> bool {
        if !self.throttles || answered.answer == PutAnswer::Again {
            return true;
        }
        if self.ordered || answered.answer == PutAnswer::Throttled {
            return false;
        }
        self.unordered.push(answered);
        if self.look_above < self.unordered.len() {
            self.unordered.retain(|earlier| now < earlier.at);
            self.look_above = FEW.max(2 * self.unordered.len());
        }
        true
    }

    /// From this answer on all wait for their turns: gives it and those still to come.
    fn put_into_order(&mut self, now: SimTime, answered: Answered) -> SmallVec<[Answered; 1]> {
        self.throttled += usize::from(answered.answer == PutAnswer::Throttled);
        self.ordered = true;
        let earlier = self.unordered.drain(..).filter(|earlier| now < earlier.at);
        earlier.chain([answered]).collect()
    }
}

impl Player<'_> {
    /// A verdict is known and must be put at `at`; `attempt` counts the puts.
    pub(super) fn owe(&mut self, at: SimTime, attempt: Attempt, owed: Owed) {
        if self.puts_until < at {
            return self.leave(self.puts_until, attempt, owed.place);
        }
        let Attempt { session, nth, attempt } = attempt;
        let what = What::Put(owed);
        self.calendar.push(Entry { at, turn: Turn::Put, session, nth, attempt, what });
    }

    /// The time for feedback is over before this verdict was put.
    pub(super) fn leave(&mut self, at: SimTime, attempt: Attempt, place: Place) {
        self.settled(at, attempt, place, Feedback::Pending);
    }

    fn settled(&mut self, at: SimTime, attempt: Attempt, place: Place, feedback: Feedback) {
        self.recorder.note(&Note::Settled { at, attempt, place, feedback });
    }

    pub(super) fn put(&mut self, now: SimTime, attempt: Attempt, owed: Owed) {
        let free = if owed.asked.is_some() { now } else { self.world.gate.release_put(now) };
        if now < free {
            return self.owe(free, attempt, Owed { asked: Some(now), ..owed });
        }
        let asked = owed.asked.unwrap_or(now);
        let Owed { place, verdict, due, .. } = owed;
        let facts = CallFacts { attempt, place, due, released: now };
        let limits = (owed.sent_at, self.puts_until);
        if let Some(takes) = self.target.put_if_taken(now, facts, limits) {
            let (at, stamp) = (now + takes, self.target.stamp(now));
            self.recorder.put_taken(at, facts, verdict, stamp);
            return self.pace(now, Answered { at, attempt, asked, answer: PutAnswer::Done });
        }
        self.recorder.put_started(now, facts);
        let heard = self.target.put(now, facts, owed.sent_at);
        heard.bound.into_iter().for_each(|bound| self.recorder.bound(now, bound));
        let at = now + heard.after;
        if self.puts_until < at {
            let at = self.puts_until;
            self.recorder.note(&Note::Unanswered { at, attempt, place, send: false });
            return self.leave(at, attempt, place);
        }
        let times = CallTimes::in_virtual_time(&facts, at, heard.evidence);
        let answer = heard.answer;
        let heard = PutHeard { verdict, answer, times, measured: true };
        self.recorder.put_answered(at, facts, heard);
        self.pace(now, Answered { at, attempt, asked, answer });
        match settled_by(verdict, answer) {
            Some(feedback) => self.settled(at, attempt, place, feedback),
            None => {
                let (again, next) =
                    put_again(attempt, (now, at), (&self.world.scenario.policy, self.world.dice));
                self.owe(next, again, Owed { asked: None, ..owed });
            }
        }
    }

    /// Lets an answer wait for its turn, where that matters.
    fn pace(&mut self, now: SimTime, answered: Answered) {
        if self.puts.needs_no_turn(now, answered) {
            return;
        }
        for Answered { at, attempt, asked, answer } in self.puts.put_into_order(now, answered) {
            let (turn, what) = (Turn::PutAnswer, What::Paced { asked, answer });
            let Attempt { session, nth, attempt } = attempt;
            self.calendar.push(Entry { at, turn, session, nth, attempt, what });
        }
    }
}
