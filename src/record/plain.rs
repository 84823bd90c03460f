//! What a plain session leaves, told at once: most sessions of virtual time are plain, and note by note it would take
//! longer than to work them out.
//!
//! **Invariant:** it counts what the notes and calls of the session would.

use super::{PutHeard, Recorder, dashboard::Evidence, latency::CallTimes};
use crate::engine::{
    campaign::CallFacts,
    feedback::Decision,
    message::MessageRef,
    outcome::{Attempt, Feedback, Note, Outcome, PutAnswer, SendAnswer, Verdict},
    session::Plain,
};
use sms_voice_mock::service::time::SimTime;

impl Recorder {
    /// A plain session ran its course: all at once what its notes and its send would tell, but for messages one by one.
    /// If feedback is put on its message, that is still to be told.
    #[inline]
    pub fn plain(&mut self, plain: &Plain) {
        let Plain { place, arrived_at, accepted_at, end, outcome, delivered, .. } = *plain;
        let Plain { claimed, refused, .. } = *plain;
        let nothing = match plain.decision {
            Decision::Put(_) => None,
            Decision::Nothing(feedback) => Some(feedback),
        };
        let verified = outcome == Outcome::Verified;
        let expecting = self.scenario.policy.expects_feedback();
        self.at(place, end, |cell| {
            cell.sessions.arrived += 1;
            cell.messages.attempted += 1;
            cell.messages.accepted += 1;
            cell.accept((delivered, claimed), expecting);
            cell.sessions.count(outcome);
            cell.resends.cool_down += u64::from(refused.cool_down);
            cell.resends.resend_limit += u64::from(refused.resend_limit);
            nothing.into_iter().for_each(|feedback| cell.messages.settle(feedback));
        });
        self.plan_for(plain);
        if self.plans {
            return;
        }
        // Far from the arrivals at hand.
        let ended = self.intervals.number(end);
        let country = place.country;
        let tally = self.series.tally(country, self.intervals.near(arrived_at));
        tally.arrived += 1;
        tally.attempted += 1;
        tally.calls_started += 1;
        let answered = self.intervals.near(accepted_at);
        let tally = self.series.tally(country, answered);
        tally.calls_answered += 1;
        tally.accepted += 1;
        let tally = self.series.tally(country, ended);
        tally.ended += 1;
        tally.verified += u64::from(verified);
        if self.is_measured(arrived_at) {
            self.latencies.accepted_at_once((country, answered), arrived_at, accepted_at);
            if verified {
                let cell = (country, self.cells.index(place));
                self.latencies.verified(cell, ended, (arrived_at, end));
            }
        }
        self.dashboard.expecting(country, arrived_at);
    }

    /// Tells whoever plans of a plain session.
    fn plan_for(&mut self, plain: &Plain) {
        let Some(demand) = &mut self.demand else { return };
        let Plain { session, place, arrived_at, end, outcome, .. } = *plain;
        let attempt = Attempt { session, nth: 0, attempt: 0 };
        let call = CallFacts { attempt, place, due: arrived_at, released: arrived_at };
        let accepted = SendAnswer::Accepted(MessageRef::Uuid(0));
        demand.note(&Note::Arrived { at: arrived_at, place });
        demand.send_started(call);
        demand.send_answered(call, &accepted, self.cells.price(place));
        demand.note(&Note::Finished { at: end, arrived_at, place, outcome });
    }

    /// A put of `verdict` in virtual time was taken as soon as it left, as its answer says at `at`, and so the feedback
    /// of its message ended.
    #[inline]
    pub fn put_taken(&mut self, at: SimTime, call: CallFacts, verdict: Verdict) {
        let place = call.place;
        if self.messages.is_some() || self.demand.is_some() || !self.dashboard.is_clear() {
            let stamp = self.dashboard.timeline().earliest + call.released.since_start();
            let evidence = Evidence { stamp: Some(stamp), refused: false };
            let times = CallTimes::in_virtual_time(&call, at, evidence);
            let heard = PutHeard { verdict, answer: PutAnswer::Done, times, measured: true };
            self.put_started(call.released, call);
            self.put_answered(at, call, heard);
            let (attempt, feedback) = (call.attempt, Feedback::Put(verdict));
            return self.note(&Note::Settled { at, attempt, place, feedback });
        }
        debug_assert!(!self.plans, "whoever plans keeps the demand");
        self.at(place, at, |cell| {
            cell.puts.attempted += 1;
            cell.puts.acknowledged += 1;
            cell.messages.settle(Feedback::Put(verdict));
        });
        let started = self.intervals.near(call.released);
        self.series.tally(place.country, started).calls_started += 1;
        let answered = self.intervals.near(at);
        let tally = self.series.tally(place.country, answered);
        tally.calls_answered += 1;
        tally.received += u64::from(verdict == Verdict::Received);
        tally.failed += u64::from(verdict == Verdict::Failed);
        self.dashboard.reported(verdict, place.country, call.released);
        if self.is_measured(call.due) {
            self.latencies.put_taken(&call, answered, at);
        }
    }
}
