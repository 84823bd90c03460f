//! Requests that never become a call.

use super::{answer::WireReply, unauthenticated::Unauthenticated};
use crate::service::{answer::ServiceError, identity::RequestId};

/// Why a request is not a call of an operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The body is not JSON, or a member has the wrong JSON type. That AWS answers so here as it does
    /// elsewhere is an assumption.
    #[error("the request could not be read: {0}")]
    Serialization(String),
    /// The headers are not those of a call of this API.
    #[error("{0}")]
    Unreadable(String),
    /// The request names an operation of the API that is not answered here, or none of the API.
    #[error("{}", unknown(*.0))]
    UnknownOperation(Option<&'static str>),
    /// The body is too large.
    #[error("the body is larger than {} bytes", super::LARGEST_BODY)]
    TooLarge,
    /// The body did not come in time.
    #[error("the body did not come in time")]
    TooSlow,
    /// The body is not what HTTP makes of one.
    #[error("the body could not be read")]
    Malformed,
    /// Nobody knows who asks.
    #[error(transparent)]
    Unauthenticated(#[from] Unauthenticated),
    /// The members are wrong.
    #[error(transparent)]
    Invalid(#[from] ServiceError),
}

impl Rejection {
    /// The answer to it.
    #[must_use]
    pub fn answer(&self, request_id: RequestId) -> WireReply {
        let (name, status) = match self {
            Self::Serialization(_) => ("SerializationException", 400),
            Self::Unreadable(_) | Self::UnknownOperation(_) => ("UnknownOperationException", 404),
            Self::TooLarge => ("RequestEntityTooLargeException", 413),
            Self::TooSlow => ("RequestTimeoutException", 408),
            Self::Malformed => ("MalformedHttpRequestException", 400),
            Self::Unauthenticated(why) => (why.name(), Unauthenticated::STATUS),
            Self::Invalid(error) => return WireReply::refused(request_id, error),
        };
        WireReply::plain_error(request_id, name, status, &self.to_string())
    }
}

/// In words, whether the API has the operation.
fn unknown(operation: Option<&str>) -> String {
    operation.map_or_else(
        || "the API has no operation of this name".to_owned(),
        |name| format!("sms-voice-mock does not answer {name}"),
    )
}
