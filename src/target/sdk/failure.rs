//! What a failed call means for the message.
//!
//! **Invariant:** whatever is not certain is unclear.

use crate::target::connector::NeverLeft;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_pinpointsmsvoicev2::error::{ProvideErrorMetadata, SdkError};
use hyper_util::client::legacy;
use std::{error::Error, fmt::Debug};

/// Error codes of a signature or key that is not taken; AWS's front door knows most of them.
pub(super) const CREDENTIALS: [&str; 10] = [
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "MissingAuthenticationTokenException",
    "ExpiredToken",
    "ExpiredTokenException",
    "NotAuthorized",
];

/// What a failed call means for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Refused for now.
    Throttled,
    /// Refused for good.
    Refused,
    /// Refused because of the credentials: perhaps they have just expired.
    Unauthorized,
    /// No connection could be made.
    NeverLeft,
    /// It may have been processed.
    Unclear,
}

impl Failure {
    pub(super) fn of<E>(error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Debug,
    {
        match error {
            SdkError::ConstructionFailure(_) => Self::NeverLeft,
            SdkError::DispatchFailure(failure) => {
                let source = failure.as_connector_error().and_then(|error| error.source());
                if source.is_some_and(never_left) { Self::NeverLeft } else { Self::Unclear }
            }
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                if service.err().code() == Some("ThrottlingException") || status == 429 {
                    Self::Throttled
                } else if service.err().code().is_some_and(|code| CREDENTIALS.contains(&code)) {
                    Self::Unauthorized
                } else if 500 <= status {
                    Self::Unclear
                } else {
                    Self::Refused
                }
            }
            // Whatever a later SDK may add is unclear, too.
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) | _ => Self::Unclear,
        }
    }
}

/// Whether the cause lies before the first byte: no credentials to sign with, or no connection.
fn never_left(error: &(dyn Error + 'static)) -> bool {
    let connecting = |error: &(dyn Error + 'static)| {
        error.downcast_ref::<legacy::Error>().is_some_and(legacy::Error::is_connect)
    };
    unsigned(error) || causes(error).any(|error| error.is::<NeverLeft>() || connecting(error))
}

/// Whether there were no credentials to sign with.
pub(super) fn unsigned(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|error| error.is::<CredentialsError>())
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The error in one line: code and message of the service, else the last cause.
pub(super) fn explain<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> String {
    let SdkError::ServiceError(service) = error else { return innermost(Some(error)) };
    let (code, message) = (service.err().code(), service.err().message());
    format!("{}: {}", code.unwrap_or("error"), message.unwrap_or("no message"))
}

/// The last cause of an error, which names what happened.
pub(super) fn innermost(error: Option<&(impl Error + 'static)>) -> String {
    let Some(error) = error else {
        return "no answer".to_owned();
    };
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
