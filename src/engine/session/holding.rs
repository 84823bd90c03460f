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
use sms_voice_mock::service::time::SimTime;

/// Where the messages of a session were before a step.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    messages: usize,
    held: Held,
    /// The message that the event says was throttled.
    throttled: Option<usize>,
    /// Whether the event says that a message was refused for good.
    rejected: bool,
}

/// Which messages cannot leave yet, or never will: a bit for each, for a session has at most ten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Held {
    lost: u16,
    paced: u16,
    in_line: u16,
}

impl Holding {
    /// Looks at a session that is about to be told this event.
    #[inline]
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
            held: Held::of(session),
            throttled: throttled.map(usize::from),
            rejected,
        }
    }

    /// Tells what the step at `at` did.
    #[inline]
    pub fn after(self, session: &Session, at: SimTime, tell: impl FnMut(Note)) {
        let now = Held::of(session);
        let messages = session.messages();
        let asked = messages.len() != self.messages;
        let waits = asked && messages.last().is_some_and(|m| m.stage != Stage::Calling);
        if waits || now != self.held || self.throttled.is_some() {
            self.tell(session, at, now, tell);
        }
    }

    fn tell(self, session: &Session, at: SimTime, now: Held, mut tell: impl FnMut(Note)) {
        let (messages, place) = (session.messages(), session.place);
        let unless_throttled = |by| if self.throttled.is_some() { Holder::Throttling } else { by };
        let asked = (self.messages < messages.len()).then_some(self.messages);
        let stage = asked.or(self.throttled).and_then(|nth| messages.get(nth));
        if let Some(Stage::Waiting { until }) = stage.map(|message| &message.stage) {
            let by = unless_throttled(Holder::Queue);
            tell(Note::Held { at, place, by, until: Some(*until) });
        }
        let newly_paced = now.paced & !self.held.paced;
        let newly_lost = if self.rejected { 0 } else { now.lost & !self.held.lost };
        for (nth, message) in messages.iter().enumerate() {
            if newly_paced >> nth & 1 == 1 {
                let until = Some(message.acts_at());
                tell(Note::Held { at, place, by: Holder::Limiter, until });
            }
            if newly_lost >> nth & 1 == 1 {
                let by = unless_throttled(message.given_up_by);
                tell(Note::Held { at, place, by, until: None });
            }
        }
        let (before, after) = (self.held.in_line.count_ones(), now.in_line.count_ones());
        for _ in before..after {
            tell(Note::InLine { at, place, waits: true });
        }
        for _ in after..before {
            tell(Note::InLine { at, place, waits: false });
        }
    }
}

impl Held {
    #[inline]
    fn of(session: &Session) -> Self {
        let mut held = Self::default();
        // Of a session that has ended none waits for a worker.
        let in_line = u16::from(session.outcome().is_none());
        for (nth, message) in session.messages().iter().enumerate() {
            match message.stage {
                Stage::Lost => held.lost |= 1 << nth,
                Stage::Paced { .. } => held.paced |= 1 << nth,
                Stage::InLine { .. } => held.in_line |= in_line << nth,
                Stage::Waiting { .. }
                | Stage::Backoff { .. }
                | Stage::Calling
                | Stage::Accepted(_)
                | Stage::Unknown => {}
            }
        }
        held
    }
}
