//! Message feedback: what is known about the outcome of one message.
//!
//! ```text
//!  NONE                                         feedback was not switched on
//!  EXPECTING ──put──► RECEIVED | FAILED ◄─put─┐
//!      └──one hour──► AUTO_FAILED ────put─────┘
//! ```
//!
//! The hour moves no counter of a dashboard; only a put does. That a later put replaces an earlier
//! one is an assumption.
//!
//! **Invariant:** no timer exists: `AUTO_FAILED` is read off the clock.

use super::time::SimTime;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a message waits for feedback before it counts as failed.
pub const AUTO_FAIL_AFTER: Duration = Duration::from_secs(3600);

/// What a caller reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FeedbackStatus {
    /// `RECEIVED`
    Received,
    /// `FAILED`
    Failed,
}

impl FeedbackStatus {
    /// The name that AWS writes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::Failed => "FAILED",
        }
    }
}

/// Where a message's feedback stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedbackState {
    /// Feedback was not switched on.
    None,
    /// Nothing was reported yet.
    Expecting,
    /// The user got it.
    Received,
    /// Somebody reported a failure.
    Failed,
    /// Nobody reported anything within the hour.
    AutoFailed,
}

impl FeedbackState {
    /// Its name in `/_mock/messages`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Expecting => "EXPECTING",
            Self::Received => "RECEIVED",
            Self::Failed => "FAILED",
            Self::AutoFailed => "AUTO_FAILED",
        }
    }
}

/// What callers have said about a message's feedback: the state without the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Reported {
    Off,
    Nothing,
    Status(FeedbackStatus),
}

impl Reported {
    /// The state at `now` of a message sent at `sent`.
    pub(super) fn state(self, sent: SimTime, now: SimTime) -> FeedbackState {
        match self {
            Self::Off => FeedbackState::None,
            Self::Nothing if now >= sent + AUTO_FAIL_AFTER => FeedbackState::AutoFailed,
            Self::Nothing => FeedbackState::Expecting,
            Self::Status(FeedbackStatus::Received) => FeedbackState::Received,
            Self::Status(FeedbackStatus::Failed) => FeedbackState::Failed,
        }
    }
}

/// What the service answers to feedback on a message sent without it. AWS does not document it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PutWithoutFeedback {
    /// `ResourceNotFoundException`, as one public client has come to expect (an assumption).
    #[default]
    NotFound,
    /// The status is echoed and nothing counts.
    Ignored,
}
