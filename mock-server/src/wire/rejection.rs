//! Requests that never become a call.

use super::answer::WireReply;
use crate::service::{answer::ServiceError, identity::RequestId};

/// Why a request is not a call of an operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The body is not JSON, or a member has the wrong JSON type. That AWS answers so here as it does
    /// elsewhere is an assumption.
    #[error("the request could not be read: {0}")]
    Serialization(String),
    /// The request does not name an operation that is answered here.
    #[error("{0}")]
    UnknownOperation(String),
    /// The body is too large.
    #[error("the body is larger than {} bytes", super::LARGEST_BODY)]
    TooLarge,
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
            Self::UnknownOperation(_) => ("UnknownOperationException", 404),
            Self::TooLarge => ("RequestEntityTooLargeException", 413),
            Self::Invalid(error) => return WireReply::refused(request_id, error),
        };
        WireReply::plain_error(request_id, name, status, &self.to_string())
    }
}
