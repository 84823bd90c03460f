//! Why an account did not tell something.

use super::super::failure::{CREDENTIALS, Failure, innermost, unsigned};
use aws_sdk_pinpointsmsvoicev2::error::{ProvideErrorMetadata, SdkError};
use std::{error::Error, fmt::Debug};

/// A call that was not answered as it was meant to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{operation}: {reason}")]
pub struct Unread {
    /// What was called.
    pub operation: &'static str,
    /// What kind of failure it is.
    pub why: Why,
    /// In words.
    pub reason: String,
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nobody answers.
    Unreachable,
    /// The credentials are not taken at all.
    Credentials,
    /// The credentials do not allow this call.
    Denied,
    /// There is no such thing.
    NotFound,
    /// Too many calls.
    Throttled,
    /// Something else.
    Other,
}

impl Unread {
    /// With the service's own words.
    pub(super) fn new<E>(operation: &'static str, error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + Debug + 'static,
    {
        let mut unread = Self::without_words(operation, error);
        // Words about a signature may show what was signed.
        let words = error.as_service_error().and_then(ProvideErrorMetadata::message);
        if let Some(words) = words.filter(|_| unread.why != Why::Credentials) {
            unread.reason = format!("{}: {words}", unread.reason);
        }
        unread
    }

    /// With the code alone: the words may name a number.
    pub(super) fn without_words<E>(operation: &'static str, error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Error + Debug + 'static,
    {
        if unsigned(error) {
            // What a provider of credentials says may be anything.
            let reason = "the credentials could not be had".to_owned();
            return Self { operation, why: Why::Credentials, reason };
        }
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        let why = match code {
            Some(code) if CREDENTIALS.contains(&code) => Why::Credentials,
            Some("AccessDeniedException" | "AccessDenied") => Why::Denied,
            Some("ResourceNotFoundException") => Why::NotFound,
            _ => match Failure::of(error) {
                Failure::Throttled => Why::Throttled,
                Failure::NeverLeft => Why::Unreachable,
                Failure::Unclear if code.is_none() => Why::Unreachable,
                Failure::Unauthorized => Why::Credentials,
                Failure::Unclear | Failure::Refused => Why::Other,
            },
        };
        let reason = code.map_or_else(|| innermost(Some(error)), str::to_owned);
        Self { operation, why, reason }
    }
}
