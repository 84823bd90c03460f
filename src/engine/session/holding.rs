//! What one step did to messages that cannot leave yet, told as notes.
//!
//! Whoever drives sessions looks before the step and after it.
//!
//! **Invariant:** what begins to wait is told once, and so is its end.

use super::{Event, Session};
use crate::engine::{
    message::Stage,
    outcome::{Holder, Note, SendAnswer},
};
use smallvec::SmallVec;
use sms_voice_mock::service::time::SimTime;

/// Where the messages of a session were before a step.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    messages: usize,
    lost: u16,
    paced: u16,
    in_line: u32,
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
            paced: paced(session),
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
        let by = if self.throttled.is_some() { Holder::Throttling } else { Holder::Queue };
        let asked = (self.messages < messages.len()).then_some(self.messages);
        let stage = asked.or(self.throttled).and_then(|nth| messages.get(nth));
        if let Some(Stage::Waiting { until }) = stage.map(|message| &message.stage) {
            notes.push(Note::Held { at, place, by, until: Some(*until) });
        }
        let newly_paced = paced(session) & !self.paced;
        for (nth, message) in messages.iter().enumerate() {
            if newly_paced >> nth & 1 == 1 {
                let until = Some(message.acts_at());
                notes.push(Note::Held { at, place, by: Holder::Limiter, until });
            }
        }
        if lost(session) != self.lost && !self.rejected {
            notes.push(Note::Held { at, place, by, until: None });
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

fn lost(session: &Session) -> u16 {
    those(session, |stage| *stage == Stage::Lost)
}

fn paced(session: &Session) -> u16 {
    those(session, |stage| matches!(stage, Stage::Paced { .. }))
}

/// How many of a session's messages wait for a worker; none of a session that has ended.
fn in_line(session: &Session) -> u32 {
    let ended = session.outcome().is_some();
    those(session, |stage| !ended && matches!(stage, Stage::InLine { .. })).count_ones()
}

/// A bit for each message at such a stage; a session has at most ten messages.
fn those(session: &Session, is: impl Fn(&Stage) -> bool) -> u16 {
    let bits = session.messages().iter().enumerate();
    bits.fold(0, |bits, (nth, message)| bits | u16::from(is(&message.stage)) << nth)
}
