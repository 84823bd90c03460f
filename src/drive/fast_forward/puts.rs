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
        feedback::Duty,
        gate::Gate,
        outcome::{Attempt, Feedback, Note, PutAnswer},
    },
    record::{PutHeard, latency::CallTimes},
    scenario::Scenario,
};
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
    /// Answers still to come that were not put into order: when, and to which put.
    unordered: Vec<(SimTime, Attempt)>,
    look_above: usize,
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
    pub(super) fn answered(&mut self, gate: &Gate, answer: PutAnswer) {
        gate.put_answered(answer);
        self.throttled -= usize::from(answer == PutAnswer::Throttled);
        self.ordered = self.throttled > 0 || gate.slows_puts();
    }

    /// The answers that must wait for their turn, now that this one is known.
    fn take_to_order(
        &mut self,
        now: SimTime,
        (at, attempt): (SimTime, Attempt),
        answer: PutAnswer,
    ) -> Vec<(SimTime, Attempt)> {
        if !self.throttles || answer == PutAnswer::Again {
            return Vec::new();
        }
        if answer == PutAnswer::Throttled {
            self.throttled += 1;
            let earlier =
                if self.ordered { Vec::new() } else { std::mem::take(&mut self.unordered) };
            self.ordered = true;
            return earlier.into_iter().filter(|(at, _)| now < *at).collect();
        }
        if !self.ordered {
            self.unordered.push((at, attempt));
            if self.look_above < self.unordered.len() {
                self.unordered.retain(|(at, _)| now < *at);
                self.look_above = FEW.max(2 * self.unordered.len());
            }
        }
        Vec::new()
    }
}

impl Player<'_> {
    /// A verdict is known and must be put.
    pub(super) fn owe(&mut self, owed: Owed) {
        let Attempt { session, nth, .. } = owed.duty.attempt;
        let at = owed.duty.deadline;
        if self.puts_until < at {
            return self.leave(&owed.duty, self.puts_until);
        }
        let what = What::Put(self.owed.insert(owed));
        self.calendar.push(Entry { at, turn: Turn::Put, session, nth, attempt: 0, what });
    }

    /// The time for feedback is over before this verdict was put.
    pub(super) fn leave(&mut self, duty: &Duty, at: SimTime) {
        let Duty { attempt, place, .. } = *duty;
        self.recorder.note(&Note::Settled { at, attempt, place, feedback: Feedback::Pending });
    }

    pub(super) fn put(&mut self, now: SimTime, mut owed: Owed) {
        let duty = &mut owed.duty;
        let free = if duty.placed { now } else { self.gate.release_put(now) };
        if now < free {
            (duty.deadline, duty.placed) = (free, true);
            return self.owe(owed);
        }
        duty.release(now);
        let facts = CallFacts {
            attempt: duty.attempt,
            place: duty.place,
            due: duty.due,
            released: duty.released,
        };
        self.recorder.put_started(now, facts);
        let heard = self.target.put(now, &owed.duty, owed.sent_at);
        heard.bound.into_iter().for_each(|bound| self.recorder.bound(now, bound));
        let at = now + heard.after;
        if self.puts_until < at {
            let Duty { attempt, place, .. } = owed.duty;
            let at = self.puts_until;
            self.recorder.note(&Note::Unanswered { at, attempt, place, send: false });
            return self.leave(&owed.duty, at);
        }
        let times = CallTimes {
            due: owed.duty.due.since_start(),
            released: now.since_start(),
            sent: now.since_start(),
            answered: at.since_start(),
            evidence: heard.evidence,
        };
        let (verdict, answer) = (owed.duty.verdict, heard.answer);
        let heard = PutHeard { verdict, answer, times, measured: true };
        self.recorder.put_answered(at, facts, heard);
        self.pace(now, (at, owed.duty.attempt), answer);
        self.answered(at, owed, answer);
    }

    /// Lets an answer wait for its turn, where that matters.
    fn pace(&mut self, now: SimTime, (at, attempt): (SimTime, Attempt), answer: PutAnswer) {
        for (at, attempt) in self.puts.take_to_order(now, (at, attempt), answer) {
            self.await_turn(at, attempt, PutAnswer::Done);
        }
        if self.puts.ordered && answer != PutAnswer::Again {
            self.await_turn(at, attempt, answer);
        }
    }

    fn await_turn(&mut self, at: SimTime, attempt: Attempt, answer: PutAnswer) {
        let (turn, what) = (Turn::PutAnswer, What::Paced(answer));
        let Attempt { session, nth, attempt } = attempt;
        self.calendar.push(Entry { at, turn, session, nth, attempt, what });
    }

    fn answered(&mut self, at: SimTime, mut owed: Owed, answer: PutAnswer) {
        let attempt = owed.duty.attempt.attempt;
        match owed.duty.on_answer(at, attempt, answer, (&self.scenario.policy, self.dice)) {
            Some(feedback) => {
                let (attempt, place) = (owed.duty.attempt, owed.duty.place);
                self.recorder.note(&Note::Settled { at, attempt, place, feedback });
            }
            None => self.owe(owed),
        }
    }
}
