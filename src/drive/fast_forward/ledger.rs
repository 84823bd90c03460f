//! Where a player's doings go: what is told of them, and what waits for its turn.

use super::{calendar::Calendar, entry::Entry};
use crate::{
    engine::{
        campaign::CallFacts,
        outcome::{Note, SendAnswer},
    },
    record::{Recorder, dashboard::Evidence, latency::CallTimes},
};
use sms_voice_mock::service::{bound::Bound, time::SimTime};

/// Who is told what a session does, and keeps what it leaves for a later turn.
pub(super) trait Ledger {
    /// Something happened inside the engine.
    fn note(&mut self, note: Note);
    /// A send leaves.
    fn send_started(&mut self, at: SimTime, call: CallFacts);
    /// A send was answered.
    fn send_answered(
        &mut self,
        at: SimTime,
        call: CallFacts,
        answer: &SendAnswer,
        evidence: Evidence,
    );
    /// A limit of the account refused the call that left just now.
    fn bound(&mut self, at: SimTime, bound: Bound);
    /// This must wait for its turn.
    fn push(&mut self, entry: Entry);
}

/// A run's own: its memory and its calendar.
#[derive(Debug)]
pub(super) struct OfRun<'a> {
    pub(super) recorder: &'a mut Recorder,
    pub(super) calendar: Calendar<Entry>,
}

impl Ledger for OfRun<'_> {
    #[inline]
    fn note(&mut self, note: Note) {
        self.recorder.note(&note);
    }

    #[inline]
    fn send_started(&mut self, at: SimTime, call: CallFacts) {
        self.recorder.send_started(at, call);
    }

    #[inline]
    fn send_answered(
        &mut self,
        at: SimTime,
        call: CallFacts,
        answer: &SendAnswer,
        evidence: Evidence,
    ) {
        let times = CallTimes::in_virtual_time(&call, at, evidence);
        self.recorder.send_answered(at, call, answer, times);
    }

    #[inline]
    fn bound(&mut self, at: SimTime, bound: Bound) {
        self.recorder.bound(at, bound);
    }

    #[inline]
    fn push(&mut self, entry: Entry) {
        self.calendar.push(entry);
    }
}
