//! What a journal remembers: the recorder's own input, and what must be known before a call leaves.

use crate::{
    engine::{
        campaign::CallFacts,
        message::MessageRef,
        outcome::{Attempt, Note, SendAnswer, Verdict},
    },
    record::{PutHeard, dashboard::Timeline, latency::CallTimes},
};
use serde::{Deserialize, Serialize};
use sms_voice_mock::service::time::SimTime;

/// One entry. The order of the variants is part of the format.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// The campaign begins; this is what the target's clock shows.
    Begun(Timeline),
    /// A `SendTextMessage` call is about to leave.
    Sending {
        /// Which.
        call: CallFacts,
        /// Whose number it goes to, as a hash that only this run makes.
        user: u64,
        /// What it may cost at most, in billionths of a USD.
        reserved: u64,
    },
    /// It was answered.
    Sent {
        /// Which.
        call: CallFacts,
        /// The answer.
        answer: SendAnswer,
        /// When, in campaign time.
        at: SimTime,
        /// The instants of the call, in wall time.
        times: CallTimes,
    },
    /// A `PutMessageFeedback` call is about to leave: from here on the message's verdict is this one.
    Putting {
        /// Which; `attempt` counts the puts.
        call: CallFacts,
        /// Under which id the message was accepted.
        id: MessageRef,
        /// What is put.
        verdict: Verdict,
    },
    /// It was answered.
    Put {
        /// Which.
        call: CallFacts,
        /// When, in campaign time.
        at: SimTime,
        /// The answer.
        heard: PutHeard,
    },
    /// Something happened inside the engine.
    Note(Note),
    /// An answer stands before in this file that came after its call had been given up: it does not count.
    Disregarded {
        /// Which.
        attempt: Attempt,
        /// Whether it was a `SendTextMessage` call.
        send: bool,
    },
}

impl Entry {
    /// The call whose answer this is, and whether it is a send.
    #[must_use]
    pub const fn answered(&self) -> Option<(bool, Attempt)> {
        match self {
            Self::Sent { call, .. } => Some((true, call.attempt)),
            Self::Put { call, .. } => Some((false, call.attempt)),
            Self::Begun(_)
            | Self::Sending { .. }
            | Self::Putting { .. }
            | Self::Note(_)
            | Self::Disregarded { .. } => None,
        }
    }

    /// The call whose answer this says does not count, and whether it is a send.
    #[must_use]
    pub const fn late(&self) -> Option<(bool, Attempt)> {
        match self {
            Self::Disregarded { attempt, send } => Some((*send, *attempt)),
            Self::Begun(_)
            | Self::Sending { .. }
            | Self::Sent { .. }
            | Self::Putting { .. }
            | Self::Put { .. }
            | Self::Note(_) => None,
        }
    }
}
