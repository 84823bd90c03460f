//! Every attempted message of a run, for `messages.csv`.
//!
//! **Invariant:** a row holds no code and no full phone number.

use super::latency::CallTimes;
use crate::engine::{
    campaign::CallFacts,
    message::MessageRef,
    outcome::{Attempt, Feedback, Note, Place, SendAnswer},
};
use sms_voice_mock::service::{carrier::Fate, time::SimTime};
use std::{collections::BTreeMap, time::Duration};

/// One attempt to send one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where its session belongs.
    pub place: Place,
    /// When it was asked for.
    pub due: SimTime,
    /// When our own limits let it go.
    pub released: SimTime,
    /// The answer; `None` if there was none when the run ended.
    pub answer: Option<SendAnswer>,
    /// The instants of the call, if it was answered.
    pub times: Option<CallTimes>,
    /// What becomes of it, if it was accepted.
    pub fate: Option<Fate>,
    /// How long the user takes to read and type, the first time this message is in hand.
    pub reading: Option<Duration>,
    /// How its feedback ended, and when.
    pub feedback: Option<(Feedback, SimTime)>,
}

impl Row {
    /// The id under which it was accepted.
    #[must_use]
    pub fn id(&self) -> Option<&MessageRef> {
        match &self.answer {
            Some(SendAnswer::Accepted(id)) => Some(id),
            Some(SendAnswer::Throttled | SendAnswer::Rejected | SendAnswer::Unknown) | None => None,
        }
    }
}

/// Every attempted message, by its address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageLog {
    rows: BTreeMap<Attempt, Row>,
}

impl MessageLog {
    pub(super) fn started(&mut self, call: CallFacts) {
        let row = Row {
            place: call.place,
            due: call.due,
            released: call.released,
            answer: None,
            times: None,
            fate: None,
            reading: None,
            feedback: None,
        };
        self.rows.insert(call.attempt, row);
    }

    pub(super) fn answered(&mut self, call: CallFacts, answer: &SendAnswer, times: CallTimes) {
        if let Some(row) = self.rows.get_mut(&call.attempt) {
            row.answer = Some(answer.clone());
            row.times = Some(times);
        }
    }

    pub(super) fn note(&mut self, note: &Note) {
        match *note {
            Note::Accepted { attempt, fate, .. } => {
                self.change(attempt, |row| row.fate = Some(fate));
            }
            Note::Reading { attempt, nanos } => {
                let takes = Duration::from_nanos(nanos);
                self.change(attempt, |row| _ = row.reading.get_or_insert(takes));
            }
            Note::Settled { at, attempt, feedback, .. } => {
                self.settle(attempt, feedback, at);
            }
            Note::Arrived { .. }
            | Note::Finished { .. }
            | Note::Entered { .. }
            | Note::Resent { .. }
            | Note::ResendRefused { .. }
            | Note::Unanswered { .. }
            | Note::Held { .. }
            | Note::InLine { .. }
            | Note::Retrying { .. } => {}
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.rows.extend(other.rows);
    }

    /// Every attempt with its row, ordered by session, message and attempt.
    pub fn iter(&self) -> impl Iterator<Item = (&Attempt, &Row)> {
        self.rows.iter()
    }

    fn change(&mut self, attempt: Attempt, change: impl FnOnce(&mut Row)) {
        if let Some(row) = self.rows.get_mut(&attempt) {
            change(row);
        }
    }

    /// Feedback belongs to the attempt that was accepted, whatever number the put had.
    fn settle(&mut self, attempt: Attempt, feedback: Feedback, at: SimTime) {
        let first = Attempt { attempt: 0, ..attempt };
        let last = Attempt { attempt: u8::MAX, ..attempt };
        let mut rows = self.rows.range_mut(first..=last).map(|(_, row)| row);
        if let Some(row) = rows.find(|row| row.id().is_some()) {
            row.feedback = Some((feedback, at));
        }
    }
}
