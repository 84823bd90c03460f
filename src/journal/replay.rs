//! From entries back to what a run remembers, and to what it still owes.
//!
//! A file is a prefix of what its shard would have written: the process died somewhere. What had been
//! decided is told to a recorder again; what the end cut off is closed here, as a run that is stopped
//! closes it itself.
//!
//! **Invariant:** a verdict that was journaled is the only one that is ever owed for its message.

use super::Entry;
use crate::{
    engine::{
        campaign::CallFacts,
        message::MessageRef,
        outcome::{Attempt, Feedback, Note, Outcome, Place, PutAnswer, SendAnswer, Verdict},
    },
    record::Recorder,
};
use sms_voice_mock::service::{dice::Dice, time::SimTime};
use std::collections::BTreeMap;

/// A message by its address: session and number within it.
type Key = (u64, u8);

/// What is known of an accepted message.
#[derive(Clone, Debug)]
struct Message {
    call: CallFacts,
    id: MessageRef,
    /// Whether its fate was noted.
    noted: bool,
    /// What is put, once that is decided.
    verdict: Option<Verdict>,
    /// How many puts left.
    puts: u8,
    /// The put that is unanswered.
    putting: Option<CallFacts>,
    /// How a put ended it.
    answered: Option<Feedback>,
    settled: bool,
}

/// Feedback that is still owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedPut {
    /// Which message; `attempt` is that of the next put.
    pub attempt: Attempt,
    /// Where it belongs.
    pub place: Place,
    /// Under which id it was accepted.
    pub id: MessageRef,
    /// What to put.
    pub verdict: Verdict,
}

/// A run, as far as it got.
#[derive(Debug)]
pub struct Story {
    /// What it remembers, with everything closed that its end cut off but for the puts owed.
    pub recorder: Recorder,
    /// The entries that closed it.
    pub closing: Vec<Entry>,
    /// The feedback that it owes, by session and message.
    pub owed: Vec<OwedPut>,
    /// The last instant it tells of.
    pub last: SimTime,
}

/// Reads a journal's entries in any order of files.
#[derive(Debug)]
pub struct Replay {
    recorder: Recorder,
    unanswered: BTreeMap<Attempt, CallFacts>,
    messages: BTreeMap<Key, Message>,
    /// Sessions that arrived and did not end.
    open: BTreeMap<Place, u64>,
    last: SimTime,
}

impl Replay {
    /// Into this recorder, which is empty.
    #[must_use]
    pub const fn into(recorder: Recorder) -> Self {
        Self {
            recorder,
            unanswered: BTreeMap::new(),
            messages: BTreeMap::new(),
            open: BTreeMap::new(),
            last: SimTime::ZERO,
        }
    }

    /// Takes the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        match entry {
            Entry::Begun(timeline) => self.recorder.dashboard.begin(*timeline),
            Entry::Sending { call, .. } => {
                self.saw(call.released);
                self.recorder.send_started(call.released, *call);
                self.unanswered.insert(call.attempt, *call);
            }
            Entry::Sent { call, answer, at, times } => {
                // It may have been given up before.
                if self.unanswered.remove(&call.attempt).is_none() {
                    return;
                }
                self.saw(*at);
                self.recorder.send_answered(*at, *call, answer, *times);
                if let SendAnswer::Accepted(id) = answer {
                    self.messages.insert(key(call.attempt), Message::new(*call, id.clone()));
                }
            }
            Entry::Putting { call, verdict, .. } => {
                self.saw(call.released);
                self.recorder.put_started(call.released, *call);
                self.change(call.attempt, |message| {
                    message.verdict.get_or_insert(*verdict);
                    message.puts = call.attempt.attempt.saturating_add(1);
                    message.putting = Some(*call);
                });
            }
            Entry::Put { call, at, heard } => {
                let message = self.messages.get(&key(call.attempt));
                let putting = message.and_then(|message| message.putting);
                if putting.is_none_or(|putting| putting.attempt != call.attempt) {
                    return;
                }
                self.saw(*at);
                self.recorder.put_answered(*at, *call, *heard);
                self.change(call.attempt, |message| message.put_answered(heard.answer));
            }
            Entry::Note(note) => self.note(note),
            // Left out where it is read.
            Entry::Disregarded { .. } => {}
        }
    }

    fn note(&mut self, note: &Note) {
        match *note {
            // Owed when the run ended is owed now: it is not told until that is final.
            Note::Settled { at, feedback: Feedback::Pending, .. } => return self.saw(at),
            Note::Arrived { at, place } => {
                self.saw(at);
                *self.open.entry(place).or_default() += 1;
            }
            Note::Finished { at, place, .. } => {
                self.saw(at);
                let open = self.open.entry(place).or_default();
                *open = open.checked_sub(1).expect("whoever ends had arrived, in the same file");
            }
            Note::Accepted { attempt, .. } => self.change(attempt, |message| message.noted = true),
            Note::Settled { at, attempt, .. } => {
                self.saw(at);
                self.change(attempt, |message| message.settled = true);
            }
            Note::Unanswered { at, attempt, send, .. } => {
                self.saw(at);
                if send {
                    self.unanswered.remove(&attempt);
                } else {
                    self.change(attempt, |message| message.putting = None);
                }
            }
            Note::Entered { at, .. } => self.saw(at),
            Note::Reading { .. }
            | Note::Resent { .. }
            | Note::ResendRefused { .. }
            | Note::Held { .. }
            | Note::InLine { .. }
            | Note::Retrying { .. } => {}
        }
        self.recorder.note(note);
    }

    /// Closes what the end of the run cut off.
    #[must_use]
    pub fn end(mut self) -> Story {
        let at = self.last;
        let mut closing = Vec::new();
        for (attempt, call) in std::mem::take(&mut self.unanswered) {
            closing.push(Note::Unanswered { at, attempt, place: call.place, send: true });
        }
        for (place, open) in std::mem::take(&mut self.open) {
            let outcome = Outcome::Unfinished;
            let ended = Note::Finished { at, arrived_at: at, place, outcome };
            closing.extend((0..open).map(|_| ended));
        }
        let mut owed = Vec::new();
        for message in std::mem::take(&mut self.messages).into_values() {
            self.close(message, at, &mut closing, &mut owed);
        }
        closing.iter().for_each(|note| self.recorder.note(note));
        let closing = closing.into_iter().map(Entry::Note).collect();
        Story { recorder: self.recorder, closing, owed, last: at }
    }

    fn close(
        &self,
        message: Message,
        at: SimTime,
        closing: &mut Vec<Note>,
        owed: &mut Vec<OwedPut>,
    ) {
        let Message { call, id, noted, verdict, puts, putting, answered, settled } = message;
        let CallFacts { attempt, place, released, .. } = call;
        let scenario = self.recorder.scenario();
        if !noted {
            let country = &scenario.countries[usize::from(place.country)];
            let carrier = &country.carriers[usize::from(place.carrier)];
            let fate = carrier.fate(Dice::new(scenario.seed), attempt.session, attempt.nth.into());
            closing.push(Note::Accepted { attempt, place, fate, sent_at: released });
        }
        if let Some(put) = putting {
            let attempt = put.attempt;
            closing.push(Note::Unanswered { at, attempt, place, send: false });
        }
        if settled {
            return;
        }
        let attempt = Attempt { attempt: puts, ..attempt };
        let unexpected = (!scenario.policy.expects_feedback()).then_some(Feedback::NotExpecting);
        match answered.or(unexpected) {
            Some(feedback) => closing.push(Note::Settled { at, attempt, place, feedback }),
            None => {
                let verdict = verdict.unwrap_or(Verdict::Failed);
                owed.push(OwedPut { attempt, place, id, verdict });
            }
        }
    }

    fn saw(&mut self, at: SimTime) {
        self.last = self.last.max(at);
    }

    fn change(&mut self, attempt: Attempt, change: impl FnOnce(&mut Message)) {
        if let Some(message) = self.messages.get_mut(&key(attempt)) {
            change(message);
        }
    }
}

impl Message {
    const fn new(call: CallFacts, id: MessageRef) -> Self {
        Self {
            call,
            id,
            noted: false,
            verdict: None,
            puts: 0,
            putting: None,
            answered: None,
            settled: false,
        }
    }

    fn put_answered(&mut self, answer: PutAnswer) {
        self.putting = None;
        match answer {
            PutAnswer::Done => self.answered = self.verdict.map(Feedback::Put),
            PutAnswer::Refused => self.answered = Some(Feedback::Refused),
            PutAnswer::Throttled | PutAnswer::Again => {}
        }
    }
}

const fn key(attempt: Attempt) -> Key {
    (attempt.session, attempt.nth)
}
