//! Answers in AWS JSON 1.0.

use crate::service::{
    answer::{FieldProblem, ServiceError},
    identity::RequestId,
    time::{SimTime, Timestamp},
};
use serde::Serialize;
use std::time::Duration;

/// The content type of the AWS API.
pub const AWS_JSON: &str = "application/x-amz-json-1.0";

/// An answer, ready to be written to a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireReply {
    /// The HTTP status.
    pub status: u16,
    /// The content type; `None` for an answer without a body.
    pub content_type: Option<&'static str>,
    /// Other headers, by their names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// What goes into `x-amzn-requestid`.
    pub request_id: RequestId,
    /// The body.
    pub body: Vec<u8>,
    /// Wall time to let pass before the answer.
    pub latency: Duration,
    /// Close the connection instead of answering.
    pub abort: bool,
}

impl WireReply {
    /// An answer of the AWS API.
    fn json(request_id: RequestId, status: u16, body: &impl Serialize) -> Self {
        Self {
            status,
            content_type: Some(AWS_JSON),
            headers: Vec::new(),
            request_id,
            body: serde_json::to_vec(body).expect("answers have string keys and finite numbers"),
            latency: Duration::ZERO,
            abort: false,
        }
    }

    /// The result of an AWS call.
    pub(super) fn result(request_id: RequestId, body: &impl Serialize) -> Self {
        Self::json(request_id, 200, body)
    }

    /// A connection closed without an answer.
    pub(super) const fn closed(request_id: RequestId) -> Self {
        Self {
            status: 500,
            content_type: None,
            headers: Vec::new(),
            request_id,
            body: Vec::new(),
            latency: Duration::ZERO,
            abort: true,
        }
    }

    /// An exception of the API, or the bare 503.
    pub(super) fn refused(request_id: RequestId, error: &ServiceError) -> Self {
        let Some(name) = error.name() else {
            return Self { status: error.http_status(), abort: false, ..Self::closed(request_id) };
        };
        let mut body = ErrorBody::new(name, error.to_string());
        match error {
            ServiceError::Conflict { reason, resource, id } => {
                body.reason = Some(reason.as_str());
                body.resource_type = Some(resource.as_str());
                body.resource_id = Some(id);
            }
            ServiceError::ResourceNotFound { resource, id } => {
                body.resource_type = Some(resource.as_str());
                body.resource_id = Some(id);
            }
            ServiceError::AccessDenied(reason) => body.reason = Some(reason.as_str()),
            ServiceError::ServiceQuotaExceeded(reason) => body.reason = Some(reason.as_str()),
            ServiceError::Validation { reason, fields } => {
                body.reason = Some(reason.as_str());
                body.fields = Some(fields.iter().map(FieldBody::from).collect());
            }
            ServiceError::InternalServer => body.request_id = Some(request_id.to_string()),
            ServiceError::Throttling | ServiceError::Unavailable => {}
        }
        Self::json(request_id, error.http_status(), &body)
    }

    /// An error with nothing but a name and a message.
    pub(super) fn plain_error(
        request_id: RequestId,
        name: &'static str,
        status: u16,
        message: &str,
    ) -> Self {
        let body = ErrorBody::new(name, message.to_owned());
        Self::json(request_id, status, &body)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ErrorBody<'a> {
    #[serde(rename = "__type")]
    name: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Vec<FieldBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl ErrorBody<'_> {
    const fn new(name: &'static str, message: String) -> Self {
        Self {
            name,
            message,
            reason: None,
            resource_type: None,
            resource_id: None,
            fields: None,
            request_id: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FieldBody<'a> {
    name: &'a str,
    message: &'a str,
}

impl<'a> From<&'a FieldProblem> for FieldBody<'a> {
    fn from(field: &'a FieldProblem) -> Self {
        Self { name: &field.name, message: &field.message }
    }
}

/// An instant as the API writes it: seconds since 1970, to the millisecond.
pub(crate) fn epoch_seconds(epoch: Duration, at: SimTime) -> f64 {
    Timestamp::since_1970(epoch + at.since_start()).secs_f64()
}
