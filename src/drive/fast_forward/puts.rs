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

/// What puts share.
pub(super) struct PutPlay {
    /// Whether one can be throttled, which slows all of them down.
    throttles: bool,
}

impl PutPlay {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let service = &scenario.service;
        let fault = service.faults.iter().any(|fault| {
            let about = fault.operation.as_deref().is_none_or(|name| name == "PutMessageFeedback");
            fault.kind == FaultKind::Throttle && about
        });
        let quota = service.quotas.put_per_second.is_some();
        Self { throttles: fault || quota || service.put_errors.throttle > 0.0 }
    }

    pub(super) fn answered(&self, gate: &Gate, answer: PutAnswer) {
        gate.put_answered(answer);
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
        let what = What::Put(owed);
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
        self.answered(at, owed, answer);
    }

    fn answered(&mut self, at: SimTime, mut owed: Owed, answer: PutAnswer) {
        let Attempt { session, nth, attempt } = owed.duty.attempt;
        if self.puts.throttles {
            let what = What::Paced(answer);
            self.calendar.push(Entry { at, turn: Turn::PutAnswer, session, nth, attempt, what });
        }
        match owed.duty.on_answer(at, attempt, answer, (&self.scenario.policy, self.dice)) {
            Some(feedback) => {
                let (attempt, place) = (owed.duty.attempt, owed.duty.place);
                self.recorder.note(&Note::Settled { at, attempt, place, feedback });
            }
            None => self.owe(owed),
        }
    }
}
