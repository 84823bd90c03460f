//! What a shard remembers, twice: in memory for the reports, on disk against its own sudden end.
//!
//! **Invariant:** the journal hears everything that the recorder hears, in the same order.

use crate::{
    engine::{
        campaign::{CallFacts, PutCall, SendCall},
        outcome::{Note, PutAnswer, SendAnswer},
    },
    journal::{Entry, Journal},
    record::{PutHeard, Recorder, dashboard::Timeline, latency::CallTimes},
};
use sha2::{Digest as _, Sha256};
use sms_voice_mock::service::time::SimTime;
use std::io;

/// A shard's recorder and its file of the journal.
#[derive(Debug)]
pub struct Memory {
    /// What the reports are made of.
    pub recorder: Recorder,
    journal: Option<Journal>,
    /// Makes hashes of users that no other run makes.
    salt: String,
}

impl Memory {
    /// With a journal, or without one. `salt` goes into the hashes of users.
    #[must_use]
    pub const fn new(recorder: Recorder, journal: Option<Journal>, salt: String) -> Self {
        Self { recorder, journal, salt }
    }

    /// The campaign begins; this is what the target's clock shows.
    pub fn begin(&mut self, timeline: Timeline) {
        self.write(|| Entry::Begun(timeline));
        self.recorder.dashboard.begin(timeline);
    }

    /// Something happened inside the engine.
    pub fn note(&mut self, note: &Note) {
        self.write(|| Entry::Note(*note));
        self.recorder.note(note);
    }

    /// A send is about to leave, after the next commit; `false` if there is no room for what it would
    /// owe, so that it must not. It is an attempt either way.
    pub fn send_leaves(&mut self, call: &SendCall) -> bool {
        let may_leave = self.journal.as_mut().is_none_or(Journal::may_send);
        if self.journal.is_some() {
            let reserved = self.recorder.cells.price(call.place);
            let user = hashed(&self.salt, call.user_id);
            self.write(|| Entry::Sending { call: call.facts(), user, reserved });
        }
        self.recorder.send_started(call.released, call.facts());
        may_leave
    }

    /// A put is about to leave, after the next commit.
    pub fn put_leaves(&mut self, call: &PutCall) {
        let (id, verdict) = (&call.id, call.verdict);
        self.write(|| Entry::Putting { call: call.facts(), id: id.clone(), verdict });
        self.recorder.put_started(call.released, call.facts());
    }

    /// A send was answered: to be committed before it counts.
    pub fn write_send_answer(
        &mut self,
        at: SimTime,
        call: &SendCall,
        answer: &SendAnswer,
        times: CallTimes,
    ) {
        self.write(|| Entry::Sent { call: call.facts(), answer: answer.clone(), at, times });
    }

    /// A put was answered: to be committed before it counts.
    pub fn write_put_answer(
        &mut self,
        at: SimTime,
        call: &PutCall,
        answer: PutAnswer,
        times: CallTimes,
    ) {
        self.write(|| Entry::Put { call: call.facts(), at, heard: put_heard(call, answer, times) });
    }

    /// An answer that was written came after its call had been given up, so it does not count.
    pub fn disregard(&mut self, call: CallFacts, send: bool) {
        self.write(|| Entry::Disregarded { attempt: call.attempt, send });
    }

    /// Makes sure that all of it is on disk.
    pub fn commit(&mut self) -> io::Result<()> {
        self.journal.as_mut().map_or(Ok(()), Journal::commit)
    }

    /// Closes the journal; gives what the reports are made of, and what was wrong with the disk.
    #[must_use]
    pub fn close(self) -> (Recorder, Option<io::ErrorKind>) {
        let Self { recorder, journal, .. } = self;
        let trouble = journal.and_then(|journal| {
            let trouble = journal.trouble();
            trouble.or(journal.close().err().map(|error| error.kind()))
        });
        (recorder, trouble)
    }

    fn write(&mut self, entry: impl FnOnce() -> Entry) {
        if let Some(journal) = &mut self.journal {
            journal.push(&entry());
        }
    }
}

/// What was heard of a put while the run lived.
pub(super) const fn put_heard(call: &PutCall, answer: PutAnswer, times: CallTimes) -> PutHeard {
    PutHeard { verdict: call.verdict, answer, times, measured: true }
}

fn hashed(salt: &str, user: u64) -> u64 {
    let hash = Sha256::new().chain_update(salt).chain_update(user.to_le_bytes()).finalize();
    let (first, _) = hash.split_first_chunk::<8>().expect("32 bytes");
    u64::from_le_bytes(*first)
}
