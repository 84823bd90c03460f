//! What a campaign gives out: calls to make, and notes.
//!
//! **Invariant:** what is remembered of a call has neither number nor code.

use crate::engine::{
    message::MessageRef,
    otp::Otp,
    outcome::{Attempt, Note, Place, Verdict},
};
use serde::{Deserialize, Serialize};
use sms_voice_mock::service::time::SimTime;

/// What the campaign asks of its driver, or tells its recorder.
#[derive(Clone, Debug)]
pub enum Output {
    /// Call `SendTextMessage`, and tell the answer.
    Send(SendCall),
    /// Call `PutMessageFeedback`, and tell the answer.
    Put(PutCall),
    /// Nothing to do.
    Note(Note),
}

/// What is remembered of a call: neither number nor code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallFacts {
    /// Session, message and attempt.
    pub attempt: Attempt,
    /// Where the session belongs.
    pub place: Place,
    /// When it was intended.
    pub due: SimTime,
    /// When our own limits let it go.
    pub released: SimTime,
}

/// One `SendTextMessage` call.
#[derive(Clone, Debug)]
pub struct SendCall {
    /// What to hand back with the answer.
    pub key: CallKey,
    /// Where the session belongs.
    pub place: Place,
    /// Whose number it goes to.
    pub user_id: u64,
    /// The code to put into the text.
    pub code: Otp,
    /// When it was asked for.
    pub due: SimTime,
    /// When our own limits let it go.
    pub released: SimTime,
}

/// One `PutMessageFeedback` call.
#[derive(Clone, Debug)]
pub struct PutCall {
    /// What to hand back with the answer.
    pub key: CallKey,
    /// Where the message belongs.
    pub place: Place,
    /// Which message.
    pub id: MessageRef,
    /// What to say about it.
    pub verdict: Verdict,
    /// When the verdict was known.
    pub due: SimTime,
    /// When our own limits let it go.
    pub released: SimTime,
}

impl SendCall {
    /// What is remembered of it.
    #[must_use]
    pub const fn facts(&self) -> CallFacts {
        let Self { place, due, released, .. } = *self;
        CallFacts { attempt: self.key.attempt, place, due, released }
    }
}

impl PutCall {
    /// What is remembered of it.
    #[must_use]
    pub const fn facts(&self) -> CallFacts {
        let Self { place, due, released, .. } = *self;
        CallFacts { attempt: self.key.attempt, place, due, released }
    }
}

/// Names one call, so that its answer finds its way back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallKey {
    /// Session, message and attempt.
    pub attempt: Attempt,
    /// The row of the table that made the call.
    pub(super) row: u32,
}
