//! The kinds of what goes wrong.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// `ThrottlingException` although no quota is reached.
    Throttle,
    /// `InternalServerException` (500); the request is not processed.
    InternalError,
    /// A bare 503; the request is not processed.
    Unavailable,
    /// The answer comes later.
    Slow,
    /// No answer ever comes, and the connection stays open; the request is not processed.
    Hang,
    /// The connection is closed before the request is processed.
    ResetBefore,
    /// The connection is closed after the request was processed.
    ResetAfter,
    /// The request is processed, and the connection closes in the middle of its answer.
    Truncate,
    /// The answer comes in small pieces.
    Drip,
    /// A delivery event comes twice.
    DuplicateEvent,
    /// The header `Date` of the answer is wrong.
    ClockSkew,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Throttle,
        Self::InternalError,
        Self::Unavailable,
        Self::Slow,
        Self::Hang,
        Self::ResetBefore,
        Self::ResetAfter,
        Self::Truncate,
        Self::Drip,
        Self::DuplicateEvent,
        Self::ClockSkew,
    ];

    /// Its name, as it is written down.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::InternalError => "internal_error",
            Self::Unavailable => "unavailable",
            Self::Slow => "slow",
            Self::Hang => "hang",
            Self::ResetBefore => "reset_before",
            Self::ResetAfter => "reset_after",
            Self::Truncate => "truncate",
            Self::Drip => "drip",
            Self::DuplicateEvent => "duplicate_event",
            Self::ClockSkew => "clock_skew",
        }
    }

    /// Whether it is a fault of the connection, which only a front that owns its connections can have.
    #[must_use]
    pub const fn is_of_transport(self) -> bool {
        matches!(
            self,
            Self::Hang | Self::ResetBefore | Self::ResetAfter | Self::Truncate | Self::Drip
        )
    }

    /// Whether it decides the outcome of a call.
    pub(super) const fn decides(self) -> bool {
        matches!(
            self,
            Self::Throttle
                | Self::InternalError
                | Self::Unavailable
                | Self::Hang
                | Self::ResetBefore
                | Self::ResetAfter
        )
    }

    /// Whether the caller gets an answer, with a body and headers, although this goes wrong.
    pub(super) const fn leaves_an_answer(self) -> bool {
        !matches!(self, Self::Hang | Self::ResetBefore | Self::ResetAfter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_kind_is_where_it_is_counted() {
        for (place, kind) in FaultKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
            assert_eq!(serde_json::to_value(kind).expect("a name"), kind.as_str());
        }
    }
}
