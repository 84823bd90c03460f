//! CloudWatch's errors, under their names in each protocol. Their texts are our own.
//!
//! **Invariant:** each kind has one code, and the status that its documentation gives.

use crate::wire::Unauthenticated;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) message: String,
}

/// What kind of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    InvalidNextToken,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
    Serialization,
    TooLarge,
    /// Under the name that the other API has for it.
    Unauthenticated(&'static str),
    UnknownOperation,
    Validation,
}

impl Failure {
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::new(Kind::Validation, message)
    }

    pub(super) fn value(message: impl Into<String>) -> Self {
        Self::new(Kind::InvalidParameterValue, message)
    }
}

impl From<&Unauthenticated> for Failure {
    fn from(why: &Unauthenticated) -> Self {
        Self::new(Kind::Unauthenticated(why.name()), why.to_string())
    }
}

impl Kind {
    /// The code of the query protocol, which the header `x-amzn-query-error` repeats.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::InvalidNextToken => "InvalidNextToken",
            Self::InvalidParameterCombination => "InvalidParameterCombination",
            Self::InvalidParameterValue => "InvalidParameterValue",
            Self::MissingParameter => "MissingParameter",
            Self::Serialization => "MalformedInput",
            Self::TooLarge => "RequestEntityTooLarge",
            Self::Unauthenticated(name) => name,
            Self::UnknownOperation => "InvalidAction",
            Self::Validation => "ValidationError",
        }
    }

    /// The name of its shape, which JSON and CBOR write.
    pub(super) const fn shape(self) -> &'static str {
        match self {
            Self::InvalidNextToken => "InvalidNextToken",
            Self::InvalidParameterCombination => "InvalidParameterCombinationException",
            Self::InvalidParameterValue => "InvalidParameterValueException",
            Self::MissingParameter => "MissingRequiredParameterException",
            Self::Serialization => "SerializationException",
            Self::TooLarge => "RequestEntityTooLargeException",
            Self::Unauthenticated(name) => name,
            Self::UnknownOperation => "UnknownOperationException",
            Self::Validation => "ValidationError",
        }
    }

    pub(super) const fn status(self) -> u16 {
        match self {
            Self::Unauthenticated(_) => Unauthenticated::STATUS,
            Self::UnknownOperation => 404,
            Self::TooLarge => 413,
            Self::InvalidNextToken
            | Self::InvalidParameterCombination
            | Self::InvalidParameterValue
            | Self::MissingParameter
            | Self::Serialization
            | Self::Validation => 400,
        }
    }
}
