//! One message of a session: its attempts, and where it is. Its code is a draw with an address, so nobody keeps it.

use super::outcome::Holder;
use serde::{Deserialize, Serialize};
use sms_voice_mock::service::time::SimTime;
use std::fmt;

/// The `MessageId` the service gave: kept as 16 bytes where it has the form of a UUID, as AWS's have.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MessageRef {
    /// A lower-case UUID.
    Uuid(u128),
    /// Anything else.
    Text(Box<str>),
}

impl MessageRef {
    /// The id as the service wrote it.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let hex: String = text.chars().filter(|c| *c != '-').collect();
        match u128::from_str_radix(&hex, 16) {
            Ok(bits) if Self::Uuid(bits).to_string() == text => Self::Uuid(bits),
            _ => Self::Text(text.into()),
        }
    }
}

impl fmt::Display for MessageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid(bits) => {
                let part = |shift: u32, mask: u128| (bits >> shift) & mask;
                write!(
                    f,
                    "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
                    part(96, 0xFFFF_FFFF),
                    part(80, 0xFFFF),
                    part(64, 0xFFFF),
                    part(48, 0xFFFF),
                    part(0, 0xFFFF_FFFF_FFFF),
                )
            }
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl fmt::Debug for MessageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Where a message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waits for its next attempt: in the queue, or after a throttled one.
    Waiting {
        /// When it leaves.
        until: SimTime,
    },
    /// Waits for its place in the application's own rate.
    Paced {
        /// When it comes.
        until: SimTime,
    },
    /// May leave as soon as a worker of the application is free.
    InLine {
        /// Since when.
        since: SimTime,
        /// When it gives up.
        until: SimTime,
    },
    /// The SDK repeats the call; the application still waits for its end.
    Backoff {
        /// When.
        until: SimTime,
    },
    /// The service has not answered.
    Calling,
    /// Accepted under this id.
    Accepted(MessageRef),
    /// Sent or not, nobody knows; it never arrives.
    Unknown,
    /// Not sent.
    Lost,
}

/// What the SDK did in one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retried {
    /// How often it repeated the call.
    pub times: u8,
    /// The tokens that the last retry took.
    pub tokens: u32,
}

/// One message of a session.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where it is.
    pub stage: Stage,
    /// When it was asked for. A retry keeps it.
    pub due: SimTime,
    /// When our own limits let the latest attempt go.
    pub released: SimTime,
    /// When it reaches the handset; [`SimTime::NEVER`] if it does not, or is not accepted yet.
    pub arrives_at: SimTime,
    /// Attempts begun, less one.
    pub attempt: u8,
    /// Whether its code was entered, for it is good once.
    pub used: bool,
    /// Of the attempts, those that the SDK made by itself.
    pub by_sdk: u8,
    /// What the SDK did in the latest call.
    pub retried: Retried,
    /// What gives it up, unless the service did, if it is [lost](Stage::Lost).
    pub given_up_by: Holder,
}

impl Message {
    /// A message asked for at `due`.
    #[must_use]
    pub fn new(due: SimTime) -> Self {
        let stage = Stage::Waiting { until: due };
        let arrives_at = SimTime::NEVER;
        Self {
            stage,
            due,
            released: due,
            arrives_at,
            attempt: 0,
            by_sdk: 0,
            retried: Retried::default(),
            used: false,
            given_up_by: Holder::Queue,
        }
    }

    /// When it does something by itself: leaves, or gives up; [`SimTime::NEVER`] if it does not.
    #[must_use]
    pub const fn acts_at(&self) -> SimTime {
        match self.stage {
            Stage::Waiting { until }
            | Stage::Paced { until }
            | Stage::InLine { until, .. }
            | Stage::Backoff { until } => until,
            Stage::Calling | Stage::Accepted(_) | Stage::Unknown | Stage::Lost => SimTime::NEVER,
        }
    }

    /// Whether the service was told, or may still be told, to deliver it.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.stage != Stage::Lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_id_is_given_back_as_it_came() {
        for text in [
            "8b1f3c9e-52d5-4a4e-9a3d-0123456789ab",
            "8B1F3C9E-52D5-4A4E-9A3D-0123456789AB",
            "8b1f3c9e52d54a4e9a3d0123456789ab",
            "m-1",
            "",
        ] {
            assert_eq!(MessageRef::new(text).to_string(), text);
        }
        let uuid = MessageRef::new("8b1f3c9e-52d5-4a4e-9a3d-0123456789ab");
        assert!(matches!(uuid, MessageRef::Uuid(_)));
    }
}
