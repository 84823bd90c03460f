//! What callers ask of the service.
//!
//! **Invariant:** a request is well-formed; texts from outside are checked before they get here.

use super::{channel::Channel, phone::PhoneNumber, price::Money};
use std::{fmt, time::Duration};

/// A `SendTextMessage` call, or one of the other sends.
#[derive(Clone, Copy)]
pub struct SendText<'a> {
    /// Who gets the message.
    pub destination: PhoneNumber,
    /// What it says.
    pub body: &'a str,
    /// How it gets there.
    pub channel: Channel,
    /// `TRANSACTIONAL` or `PROMOTIONAL`.
    pub message_type: Option<&'a str>,
    /// The id or ARN of a protect configuration.
    pub protect_configuration: Option<&'a str>,
    /// The phone number, sender id or pool it comes from.
    pub origination_identity: Option<&'a str>,
    /// The name or ARN of a configuration set.
    pub configuration_set: Option<&'a str>,
    /// Whether feedback is expected; if absent, the configuration set decides.
    pub message_feedback_enabled: Option<bool>,
    /// Pairs that come back with the message.
    pub context: &'a [(String, String)],
    /// Which call of which session this is.
    pub origin: Option<Origin>,
    /// Only check the request.
    pub dry_run: bool,
    /// Refuse the message if it costs more than this. That the cost of all parts is compared is an
    /// assumption.
    pub max_price: Option<Money>,
    /// How long AWS may try to hand the message over. Kept for the record: nothing expires here.
    pub time_to_live: Option<Duration>,
}

/// Without the text, which has a code in it.
impl fmt::Debug for SendText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SendText");
        shown.field("destination", &self.destination).field("origin", &self.origin);
        shown.finish_non_exhaustive()
    }
}

impl<'a> SendText<'a> {
    /// A message with everything optional left out.
    #[must_use]
    pub const fn new(destination: PhoneNumber, body: &'a str) -> Self {
        Self {
            destination,
            body,
            channel: Channel::Text,
            message_type: None,
            protect_configuration: None,
            origination_identity: None,
            configuration_set: None,
            message_feedback_enabled: None,
            context: &[],
            origin: None,
            dry_run: false,
            max_price: None,
            time_to_live: None,
        }
    }
}

/// The address of a call's draws: `attempt` of message `nth` of a session. It comes in the call's
/// context under the keys `session`, `nth` and `attempt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The session.
    pub session: u64,
    /// Which message of the session.
    pub nth: u32,
    /// Which call for this message.
    pub attempt: u32,
}

impl Origin {
    /// The address of the call among those of its session.
    pub(super) const fn call(self) -> u32 {
        self.nth.wrapping_mul(256).wrapping_add(self.attempt)
    }
}
