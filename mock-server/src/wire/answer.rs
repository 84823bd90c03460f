//! Answers in AWS JSON 1.0.

use crate::{
    clock::wall_date,
    service::{
        answer::{FieldProblem, ServiceError},
        identity::RequestId,
        time::{SimTime, Timestamp},
    },
};
use jiff::fmt::rfc2822::DateTimePrinter;
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
    /// How it goes out.
    pub manner: Manner,
    /// How far ahead the header `Date` is, in seconds.
    pub skew_s: i32,
}

/// How an answer goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As it is.
    Whole,
    /// The connection closes in the middle of the body.
    Truncated,
    /// The body comes in small pieces, which take this long in all.
    Dripped(Duration),
    /// Not at all: the connection closes.
    Closed,
    /// Not at all: the connection stays open until the client goes.
    Hung,
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
            manner: Manner::Whole,
            skew_s: 0,
        }
    }

    /// The header `Date`, where it is not that of the wall.
    #[must_use]
    pub fn date(&self) -> Option<String> {
        if self.skew_s == 0 {
            return None;
        }
        let since_1970 = i64::try_from(wall_date().as_secs()).unwrap_or(i64::MAX);
        let shown = since_1970.saturating_add(self.skew_s.into());
        let shown = jiff::Timestamp::from_second(shown).unwrap_or_default();
        DateTimePrinter::new().timestamp_to_rfc9110_string(&shown).ok()
    }

    /// The result of an AWS call.
    pub(super) fn result(request_id: RequestId, body: &impl Serialize) -> Self {
        Self::json(request_id, 200, body)
    }

    /// No answer.
    pub(super) const fn unanswered(request_id: RequestId, manner: Manner) -> Self {
        Self {
            status: 500,
            content_type: None,
            headers: Vec::new(),
            request_id,
            body: Vec::new(),
            latency: Duration::ZERO,
            manner,
            skew_s: 0,
        }
    }

    /// An exception of the API, or the bare 503.
    pub(super) fn refused(request_id: RequestId, error: &ServiceError) -> Self {
        let Some(name) = error.name() else {
            let bare = Self::unanswered(request_id, Manner::Whole);
            return Self { status: error.http_status(), ..bare };
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
