//! How sessions, calls and feedback end: the vocabulary that engine, drivers and recorder share.

use super::message::MessageRef;
use serde::{Deserialize, Serialize};
use sms_voice_mock::service::{
    carrier::Fate,
    time::{Nanos, SimTime},
};

/// How a session ended. Every arrival ends exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Outcome {
    /// A right code was entered in time.
    Verified,
    /// The last code's lifetime ended while the user was still there.
    Expired,
    /// Too many wrong codes.
    LockedOut,
    /// The last code's lifetime ended, and the user had left or never meant to finish.
    Abandoned,
    /// The application's own rate limit refused the first send.
    RateLimited,
    /// No message of the session could be sent.
    SendFailed,
    /// Arrived beyond the run's own safety limits; nothing was sent.
    Dropped,
    /// Still open when the run ended.
    Unfinished,
}

/// What AWS is told about a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The code in it was entered.
    Received,
    /// It was not.
    Failed,
}

/// Where a session belongs in every table of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Index into the scenario's countries.
    pub country: u16,
    /// Index into the country's carriers.
    pub carrier: u16,
    /// Index into the scenario's templates.
    pub template: u16,
}

/// The address of one attempt to send one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attempt {
    /// The session's number in the global schedule.
    pub session: u64,
    /// The message within the session, from 0.
    pub nth: u8,
    /// The attempt at this message, from 0.
    pub attempt: u8,
}

/// The answer to one `SendTextMessage` call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SendAnswer {
    /// Accepted under this id.
    Accepted(MessageRef),
    /// Refused for now.
    Throttled,
    /// Refused for good, or never sent.
    Rejected,
    /// Nobody knows whether it was sent: never repeated.
    Unknown,
}

/// The answer to one `PutMessageFeedback` call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PutAnswer {
    /// Acknowledged.
    Done,
    /// Refused for now: to be repeated, and all others more slowly.
    Throttled,
    /// Timed out, or a fault of the service: to be repeated.
    Again,
    /// Refused for good.
    Refused,
}

/// Why the application did not send another code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// The session had all its codes.
    ResendLimit,
    /// The last code was too recent.
    CoolDown,
    /// The user's rate limit.
    PerUser,
    /// The country's rate limit.
    PerCountry,
}

/// What holds a message that is ready to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holder {
    /// The service throttled it.
    Throttling,
    /// Others wait in the application's queue, or for its workers; or it is not known better.
    Queue,
    /// The application's own rate.
    Limiter,
}

/// How the feedback of one accepted message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Feedback {
    /// The message was sent without feedback.
    NotExpecting,
    /// The verdict was put and acknowledged.
    Put(Verdict),
    /// The application never reported it.
    Unreported,
    /// The service refused the put for good.
    Refused,
    /// Owed when the run ended.
    Pending,
}

/// Something a recorder wants to know and no driver has to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// A session arrived.
    Arrived {
        /// When.
        at: SimTime,
        /// Where it belongs.
        place: Place,
    },
    /// A session ended.
    Finished {
        /// When.
        at: SimTime,
        /// When it had arrived.
        arrived_at: SimTime,
        /// Where it belongs.
        place: Place,
        /// How.
        outcome: Outcome,
    },
    /// A message was accepted, and this becomes of it.
    Accepted {
        /// Which attempt.
        attempt: Attempt,
        /// Where it belongs.
        place: Place,
        /// Delivery and receipt, as from `sent_at`.
        fate: Fate,
        /// The logical instant of the send.
        sent_at: SimTime,
    },
    /// A user began to read and type; recorded even if the session ends before.
    Reading {
        /// Which message was in hand.
        attempt: Attempt,
        /// How long it takes, in nanoseconds of campaign time.
        nanos: u64,
    },
    /// A user entered a code, and the application checked it.
    Entered {
        /// When.
        at: SimTime,
        /// Whose.
        session: u64,
        /// Where it belongs.
        place: Place,
        /// The how manieth code of the session, from 1.
        nth: u8,
        /// Whether it was the right one, in time.
        right: bool,
    },
    /// A user asked for another code and got one.
    Resent {
        /// Where it belongs.
        place: Place,
    },
    /// A user asked for another code and got none.
    ResendRefused {
        /// Where it belongs.
        place: Place,
        /// Why.
        refusal: Refusal,
    },
    /// The feedback of an accepted message ended.
    Settled {
        /// When.
        at: SimTime,
        /// Which message.
        attempt: Attempt,
        /// Where it belongs.
        place: Place,
        /// How.
        feedback: Feedback,
    },
    /// A call was still unanswered when the run was cut off.
    Unanswered {
        /// When.
        at: SimTime,
        /// Which attempt, and whether it was a send (else a put).
        attempt: Attempt,
        /// Where it belongs.
        place: Place,
        /// Whether it was a `SendTextMessage` call.
        send: bool,
    },
    /// A message could not leave when it was to.
    Held {
        /// When that was.
        at: SimTime,
        /// Where it belongs.
        place: Place,
        /// What held it.
        by: Holder,
        /// When it leaves instead; `None` if it is given up.
        until: Option<SimTime>,
    },
    /// A message waits for a worker of the application, or does not any more.
    InLine {
        /// Since when.
        at: SimTime,
        /// Where it belongs.
        place: Place,
        /// Whether it waits.
        waits: bool,
    },
    /// The SDK repeats a send by itself.
    Retrying {
        /// The attempt to come.
        attempt: Attempt,
        /// Where it belongs.
        place: Place,
        /// Whether nobody knows what came of the attempt before.
        unclear: bool,
    },
}

impl Note {
    /// The user of message `attempt` began to read and type, which takes so long.
    #[must_use]
    pub const fn reading(attempt: Attempt, takes: Nanos) -> Self {
        Self::Reading { attempt, nanos: takes.get() }
    }
}
