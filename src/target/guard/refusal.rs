//! Why the guard let a call not pass.

use super::usd::usd;
use crate::exit::Exit;
use sms_voice_mock::service::{country::CountryCode, phone::MaskedNumber, price::Money};
use std::time::Duration;

/// Why a call may not leave, now or ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody agreed to this number.
    #[error("{to} is not an allowed destination")]
    NotAllowed {
        /// What may be shown of it.
        to: MaskedNumber,
    },
    /// The number is elsewhere.
    #[error("{to} is not a number of {country}")]
    Foreign {
        /// What may be shown of it.
        to: MaskedNumber,
        /// Where the campaign means to send.
        country: CountryCode,
    },
    /// India wants to know who sends what.
    #[error("messages to IN need --in-entity-id and --in-template-id")]
    India,
    /// What AWS compares `MaxPrice` with is not confirmed for such a message.
    #[error(
        "the message has {parts} parts, and what AWS compares `MaxPrice` with is not confirmed for \
         more than one"
    )]
    ManyParts {
        /// How many.
        parts: u32,
    },
    /// Nothing can be reserved.
    #[error("no price is known for {country}: set service.prices.{country}.price_usd")]
    NoPrice {
        /// Where it goes.
        country: CountryCode,
    },
    /// `MaxPrice` has two digits before the point.
    #[error("a message to {country} would cost USD 100 or more, which `MaxPrice` cannot say")]
    TooDear {
        /// Where it goes.
        country: CountryCode,
    },
    /// The money that was agreed to is used up.
    #[error(
        "the message would cost up to USD {}, but of --max-spend {} USD {} is spent",
        usd(*reserved), usd(*cap), usd(*spent)
    )]
    Cap {
        /// What was agreed to.
        cap: Money,
        /// What is spent.
        spent: Money,
        /// What the message may cost.
        reserved: Money,
    },
    /// Too many sends.
    #[error("the rate of sends is used up for {wait:?}")]
    SendRate {
        /// When there is room again.
        wait: Duration,
    },
    /// Too many messages to one number.
    #[error("the recipient had a message within the last second")]
    Recipient {
        /// When there is room again.
        wait: Duration,
    },
    /// Too many puts.
    #[error("the rate of feedback is used up for {wait:?}")]
    PutRate {
        /// When there is room again.
        wait: Duration,
    },
}

impl Refusal {
    /// Whether the same call may leave later.
    #[must_use]
    pub const fn is_for_now(&self) -> bool {
        matches!(self, Self::SendRate { .. } | Self::Recipient { .. } | Self::PutRate { .. })
    }

    /// The exit code of a run that this stops; a call that only came too soon stops none.
    #[must_use]
    pub const fn exit(&self) -> Option<Exit> {
        match self {
            Self::NotAllowed { .. } | Self::Foreign { .. } | Self::India => Some(Exit::Usage),
            Self::ManyParts { .. } | Self::NoPrice { .. } | Self::TooDear { .. } => {
                Some(Exit::Scenario)
            }
            Self::Cap { .. } => Some(Exit::SpendCap),
            Self::SendRate { .. } | Self::Recipient { .. } | Self::PutRate { .. } => None,
        }
    }
}
