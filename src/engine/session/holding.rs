//! What one step did to messages that cannot leave yet, told as notes.
//!
//! Whoever drives sessions looks before the step and after it.
//!
//! **Invariant:** what begins to wait is told once, and so is its end.

use super::{Event, Session};
use crate::engine::{
    message::Stage,
    outcome::{Note, SendAnswer},
};
use smallvec::SmallVec;
use sms_voice_mock::service::time::SimTime;

/// Where the messages of a session were before a step.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    messages: usize,
    lost: usize,
    in_line: usize,
    /// The message that the event says was throttled.
    throttled: Option<usize>,
    /// Whether the event says that a message was refused for good.
    rejected: bool,
}

impl Holding {
    /// Looks at a session that is about to be told this event.
    #[must_use]
    pub fn before(session: &Session, event: &Event) -> Self {
        let (throttled, rejected) = match event {
            Event::Answered { nth, answer: SendAnswer::Throttled, .. } => (Some(*nth), false),
            Event::Answered { answer: SendAnswer::Rejected, .. } => (None, true),
            Event::Answered { .. }
            | Event::Arrived
            | Event::DeadlineReached
            | Event::Called { .. }
            | Event::CutOff => (None, false),
        };
        Self {
            messages: session.messages().len(),
            lost: lost(session),
            in_line: in_line(session),
            throttled: throttled.map(usize::from),
            rejected,
        }
    }

    /// What the step at `at` did.
    #[must_use]
    pub fn after(self, session: &Session, at: SimTime) -> SmallVec<[Note; 1]> {
        let mut notes = SmallVec::new();
        let (messages, place) = (session.messages(), session.place);
        let asked = (self.messages < messages.len()).then_some(self.messages);
        let stage = asked.or(self.throttled).and_then(|nth| messages.get(nth));
        if let Some(Stage::Waiting { until }) = stage.map(|message| &message.stage) {
            notes.push(Note::Held { at, place, until: Some(*until) });
        }
        if self.lost < lost(session) && !self.rejected {
            notes.push(Note::Held { at, place, until: None });
        }
        let now = in_line(session);
        for _ in self.in_line..now {
            notes.push(Note::InLine { at, place, waits: true });
        }
        for _ in now..self.in_line {
            notes.push(Note::InLine { at, place, waits: false });
        }
        notes
    }
}

fn lost(session: &Session) -> usize {
    session.messages().iter().filter(|message| message.stage == Stage::Lost).count()
}

/// How many of a session's messages wait for a worker; none of a session that has ended.
fn in_line(session: &Session) -> usize {
    if session.outcome().is_some() {
        return 0;
    }
    let waits = |stage: &Stage| matches!(stage, Stage::InLine { .. });
    session.messages().iter().filter(|message| waits(&message.stage)).count()
}
