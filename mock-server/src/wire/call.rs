//! One AWS call: read from headers and body, made, and answered.

use super::{
    LARGEST_BODY,
    answer::{AWS_JSON, Manner, WireReply},
    api::{Named, api},
    check::check,
    input::{PutFeedbackInput, SendTextInput, StatusInput},
    operations::{self, Prepared},
    output::{PutBody, SendBody},
    rejection::Rejection,
    shape::Member,
};
use crate::service::{
    FeedbackStatus, MessageId, Outcome, PhoneNumber, Reply, SendText, Service,
    answer::{BodyFault, FieldProblem, ServiceError, ValidationReason},
    identity::RequestId,
    numbering,
    price::Money,
    time::SimTime,
};
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// A well-formed call.
pub(crate) enum Call<'a> {
    /// With the destination's country told.
    Send(SendTextInput<'a>, PhoneNumber),
    /// To a message id that may be nobody's.
    Put(PutFeedbackInput<'a>),
    /// Of any other operation.
    Other(Prepared),
}

impl<'a> Call<'a> {
    /// Reads a request.
    pub(crate) fn read(
        target: Option<&str>,
        content_type: Option<&str>,
        body: &'a [u8],
    ) -> Result<Self, Rejection> {
        let (name, members) = operation(target, content_type)?;
        if body.len() > LARGEST_BODY {
            return Err(Rejection::TooLarge);
        }
        let body = std::str::from_utf8(body).map_err(unreadable)?;
        let findings = check(body, members).map_err(unreadable)?;
        if !findings.mistyped.is_empty() {
            return Err(Rejection::Serialization(sentence(&findings.mistyped)));
        }
        if !findings.invalid.is_empty() {
            return Err(Rejection::Invalid(ServiceError::Validation {
                reason: ValidationReason::FieldValidationFailed,
                fields: findings.invalid,
            }));
        }
        Ok(match name {
            "SendTextMessage" => {
                let input: SendTextInput<'a> = input(body)?;
                let destination = destination(&input)?;
                Self::Send(input, destination)
            }
            "PutMessageFeedback" => Self::Put(input(body)?),
            name => Self::Other(operations::prepare(name, body)?),
        })
    }

    /// Makes the call.
    pub(crate) fn answer(self, service: &mut Service, now: SimTime) -> WireReply {
        let id = service.request_id();
        match self {
            Self::Send(input, destination) => {
                let reply = send(service, now, &input, destination);
                finish(id, reply, |message_id| SendBody { message_id })
            }
            Self::Put(input) => put(service, now, id, &input),
            Self::Other(prepared) => prepared(service, now, id),
        }
    }
}

/// What every `X-Amz-Target` of this API begins with.
const TARGET: &str = "PinpointSMSVoiceV2.";

/// The operation that the headers name, with the members of its input.
fn operation(
    target: Option<&str>,
    content_type: Option<&str>,
) -> Result<(&'static str, &'static [Member]), Rejection> {
    let media_type = content_type.and_then(|text| text.split(';').next());
    if !media_type.is_some_and(|text| text.trim().eq_ignore_ascii_case(AWS_JSON)) {
        return Err(Rejection::Unreadable(format!("the content type must be {AWS_JSON}")));
    }
    let Some(name) = target.and_then(|target| target.strip_prefix(TARGET)) else {
        let must = format!("the header X-Amz-Target must be {TARGET} and an operation");
        return Err(Rejection::Unreadable(must));
    };
    match api().named(name) {
        Named::Operation(name, members) => Ok((name, members)),
        Named::Elsewhere(name) => Err(Rejection::UnknownOperation(Some(name))),
        Named::Nothing => Err(Rejection::UnknownOperation(None)),
    }
}

pub(super) fn input<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, Rejection> {
    // The table lets through one thing that serde does not: a member that comes twice.
    serde_json::from_str(body).map_err(unreadable)
}

pub(super) fn unreadable(error: impl fmt::Display) -> Rejection {
    Rejection::Serialization(error.to_string())
}

fn sentence(problems: &[FieldProblem]) -> String {
    let problems = problems.iter().map(|problem| format!("{} {}", problem.name, problem.message));
    problems.collect::<Vec<_>>().join("; ")
}

/// The destination with its country, which the API's own shape does not ask for.
fn destination(input: &SendTextInput<'_>) -> Result<PhoneNumber, ServiceError> {
    if input.message_body.is_none() {
        // Not required by the model; that a text message without text is refused is an assumption.
        return Err(ServiceError::invalid(
            ValidationReason::MissingParameter,
            "MessageBody",
            "is required",
        ));
    }
    let number = input.destination_phone_number.as_str();
    let digits = number.strip_prefix('+').unwrap_or(number).parse().ok();
    digits
        .and_then(|digits| Some(PhoneNumber::new(digits, numbering::country_of(digits)?)))
        .ok_or_else(|| {
            ServiceError::invalid(
                ValidationReason::InvalidParameter,
                "DestinationPhoneNumber",
                "must belong to a country",
            )
        })
}

fn send(
    service: &mut Service,
    now: SimTime,
    input: &SendTextInput<'_>,
    destination: PhoneNumber,
) -> Reply<MessageId> {
    let context = input.context.as_ref();
    let body = input.message_body.as_ref().map_or("", |text| text.as_str());
    let max_price = input.max_price.as_ref();
    let request = SendText {
        origination_identity: input.origination_identity.as_ref().map(|text| text.as_str()),
        configuration_set: input.configuration_set_name.as_ref().map(|text| text.as_str()),
        message_type: input.message_type.as_ref().map(|text| text.as_str()),
        protect_configuration: input.protect_configuration_id.as_ref().map(|text| text.as_str()),
        message_feedback_enabled: input.message_feedback_enabled,
        context: context.map_or(&[], |pairs| pairs.as_slice()),
        origin: context.and_then(|pairs| pairs.origin()),
        dry_run: input.dry_run.unwrap_or(false),
        max_price: max_price.and_then(|text| text.as_str().parse().ok()).map(Money::from_usd),
        time_to_live: input.time_to_live.map(|secs| Duration::from_secs(secs.into())),
        ..SendText::new(destination, body)
    };
    service.send_text_message(now, &request)
}

fn put(
    service: &mut Service,
    now: SimTime,
    id: RequestId,
    input: &PutFeedbackInput<'_>,
) -> WireReply {
    let text = input.message_id.as_str();
    let bare = text.rsplit_once(":message/").map_or(text, |(_, id)| id);
    let Ok(message_id) = bare.parse() else {
        let reply = service.put_on_nothing(now, text);
        return finish(id, reply, |_| unreachable!("nothing has no feedback") as PutBody);
    };
    let status = match input.message_feedback_status {
        StatusInput::Received => FeedbackStatus::Received,
        StatusInput::Failed => FeedbackStatus::Failed,
    };
    let reply = service.put_message_feedback(now, message_id, status);
    finish(id, reply, |status| PutBody { message_id, message_feedback_status: status.as_str() })
}

/// Writes out a reply.
pub(super) fn finish<T, B: Serialize>(
    id: RequestId,
    reply: Reply<T>,
    body: impl FnOnce(T) -> B,
) -> WireReply {
    let written = match reply.outcome {
        Outcome::Answered(value) => WireReply::result(id, &body(value)),
        Outcome::Refused(error) => WireReply::refused(id, &error),
        Outcome::Reset { .. } => WireReply::unanswered(id, Manner::Closed),
        Outcome::Hung => WireReply::unanswered(id, Manner::Hung),
    };
    let manner = match reply.body {
        BodyFault::None => written.manner,
        BodyFault::Truncated => Manner::Truncated,
        BodyFault::Dripped(during) => Manner::Dripped(during),
    };
    WireReply { latency: reply.latency, manner, skew_s: reply.skew_s, ..written }
}
