//! What the service answers, and the errors it answers with.
//!
//! **Invariant:** no error carries a phone number or a message body.

pub use super::reason::{
    AccessReason, ConflictReason, QuotaReason, ResourceType, ValidationReason,
};

use super::bound::Bound;
use std::{fmt, time::Duration};

/// An answer and how long it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply<T> {
    /// Wall time from the call to its answer (or to the closed connection).
    pub latency: Duration,
    /// What the caller sees.
    pub outcome: Outcome<T>,
    /// What goes wrong with the body of the answer.
    pub body: BodyFault,
    /// How far ahead the date of the answer is, in seconds.
    pub skew_s: i32,
    /// The limit of the account that refused the call, if one did. The caller is not told.
    pub bound: Option<Bound>,
}

/// What goes wrong with the body of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyFault {
    /// Nothing.
    #[default]
    None,
    /// The connection closes in the middle of it.
    Truncated,
    /// It comes in small pieces, which take this long in all.
    Dripped(Duration),
}

/// What the caller of an operation sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The operation's result.
    Answered(T),
    /// An error of the service.
    Refused(ServiceError),
    /// The connection closes without an answer.
    Reset {
        /// Whether the call took effect all the same.
        processed: bool,
    },
    /// No answer ever comes, and the connection stays open. The call did not take effect.
    Hung,
}

impl<T> Reply<T> {
    /// An answer to which nothing happened.
    pub(super) fn plain(outcome: impl Into<Outcome<T>>) -> Self {
        Self {
            latency: Duration::ZERO,
            outcome: outcome.into(),
            body: BodyFault::None,
            skew_s: 0,
            bound: None,
        }
    }

    /// The same, of what a limit may have refused.
    pub(super) fn of(result: Result<T, Denied>) -> Self {
        let bound = result.as_ref().err().and_then(|denied| denied.bound);
        Self { bound, ..Self::plain(result.map_err(|denied| denied.error)) }
    }

    /// The result, where there is one.
    pub fn answered(self) -> Option<T> {
        match self.outcome {
            Outcome::Answered(value) => Some(value),
            Outcome::Refused(_) | Outcome::Reset { .. } | Outcome::Hung => None,
        }
    }
}

impl<T> From<Result<T, ServiceError>> for Outcome<T> {
    fn from(result: Result<T, ServiceError>) -> Self {
        match result {
            Ok(value) => Self::Answered(value),
            Err(error) => Self::Refused(error),
        }
    }
}

/// The exceptions of the API that this service can raise, and a bare 503.
///
/// Only the text of a conflict is known to follow AWS; the other texts are our own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceError {
    /// `AccessDeniedException`
    #[error("Access denied - Reason=\"{}\"", .0.as_str())]
    AccessDenied(AccessReason),
    /// `ConflictException`
    #[error("Conflict Occurred - Reason=\"{}\" ResourceType=\"{}\" ResourceId=\"{id}\"", reason.as_str(), resource.as_str())]
    Conflict {
        /// Why.
        reason: ConflictReason,
        /// The kind of resource in conflict.
        resource: ResourceType,
        /// Which one.
        id: String,
    },
    /// `InternalServerException`
    #[error("the service could not process the request")]
    InternalServer,
    /// `ResourceNotFoundException`
    #[error("Resource not found - ResourceType=\"{}\" ResourceId=\"{id}\"", resource.as_str())]
    ResourceNotFound {
        /// The kind of resource.
        resource: ResourceType,
        /// The name or id that was asked for.
        id: String,
    },
    /// `ServiceQuotaExceededException`
    #[error("Service quota exceeded - Reason=\"{}\"", .0.as_str())]
    ServiceQuotaExceeded(QuotaReason),
    /// `ThrottlingException`
    #[error("Rate exceeded")]
    Throttling,
    /// `ValidationException`
    #[error("Validation failed - Reason=\"{}\"{}", reason.as_str(), Listed(fields))]
    Validation {
        /// Why.
        reason: ValidationReason,
        /// Every member that is wrong.
        fields: Vec<FieldProblem>,
    },
    /// A bare 503 without an error name, as a load balancer answers.
    #[error("service unavailable")]
    Unavailable,
}

/// An error of the service, and the limit of the account that it came from, if it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denied {
    pub(super) error: ServiceError,
    pub(super) bound: Option<Bound>,
}

impl From<ServiceError> for Denied {
    fn from(error: ServiceError) -> Self {
        Self { error, bound: None }
    }
}

/// A rate that is exceeded.
impl From<Bound> for Denied {
    fn from(bound: Bound) -> Self {
        Self { error: ServiceError::Throttling, bound: Some(bound) }
    }
}

/// A member of a request that is wrong, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The path of the member, as in `Context.key`.
    pub name: String,
    /// What it must be.
    pub message: String,
}

impl ServiceError {
    /// The exception's name; `None` for the bare 503.
    #[must_use]
    pub const fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::AccessDenied(_) => "AccessDeniedException",
            Self::Conflict { .. } => "ConflictException",
            Self::InternalServer => "InternalServerException",
            Self::ResourceNotFound { .. } => "ResourceNotFoundException",
            Self::ServiceQuotaExceeded(_) => "ServiceQuotaExceededException",
            Self::Throttling => "ThrottlingException",
            Self::Validation { .. } => "ValidationException",
            Self::Unavailable => return None,
        })
    }

    /// The HTTP status it is answered with: 400 for every exception but the internal one.
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::AccessDenied(_)
            | Self::Conflict { .. }
            | Self::ResourceNotFound { .. }
            | Self::ServiceQuotaExceeded(_)
            | Self::Throttling
            | Self::Validation { .. } => 400,
            Self::InternalServer => 500,
            Self::Unavailable => 503,
        }
    }

    /// Whether the caller went faster than a quota allows.
    #[must_use]
    pub const fn is_throttling(&self) -> bool {
        matches!(self, Self::Throttling)
    }

    /// A `ConflictException` about this resource.
    pub(crate) fn conflict(
        reason: ConflictReason,
        resource: ResourceType,
        id: impl Into<String>,
    ) -> Self {
        Self::Conflict { reason, resource, id: id.into() }
    }

    /// A `ResourceNotFoundException` about this resource.
    pub(crate) fn not_found(resource: ResourceType, id: impl Into<String>) -> Self {
        Self::ResourceNotFound { resource, id: id.into() }
    }

    /// A `ValidationException` about one member.
    pub(crate) fn invalid(reason: ValidationReason, name: &str, message: &str) -> Self {
        let field = FieldProblem { name: name.to_owned(), message: message.to_owned() };
        Self::Validation { reason, fields: vec![field] }
    }
}

/// The wrong members, as the end of a sentence.
struct Listed<'a>(&'a [FieldProblem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, field) in self.0.iter().enumerate() {
            let before = if place == 0 { ": " } else { "; " };
            write!(f, "{before}{} {}", field.name, field.message)?;
        }
        Ok(())
    }
}
