//! The API as it travels: AWS JSON 1.0 in, AWS JSON 1.0 out.
//!
//! A body is read twice: first against the table of its operation, which finds every wrong
//! member at once and builds nothing; then, if nothing is wrong, into the operation's type.
//!
//! **Invariant:** nothing here opens a socket, reads a clock or waits; no answer repeats a phone
//! number or a message body of its request.

mod answer;
mod api;
mod call;
mod check;
mod input;
mod operations;
mod output;
mod pattern;
mod rejection;
mod shape;
mod unauthenticated;

pub use answer::{AWS_JSON, Manner, WireReply};
pub use rejection::Rejection;
pub use unauthenticated::Unauthenticated;

pub(crate) use answer::epoch_seconds;
pub(crate) use call::Call;

use crate::service::{Service, time::SimTime};

/// The largest body that is read, in bytes. What AWS allows is not documented.
pub const LARGEST_BODY: usize = 256 * 1024;

/// The header of answers that tells when the service took the call, by the stub's clock: nanoseconds since
/// 1970-01-01T00:00:00Z. A request with a header of this name gets it; AWS has no such header.
pub const TIME_HEADER: &str = "x-sms-voice-mock-time";

/// Answers one AWS call, given by the headers `X-Amz-Target` and `Content-Type` and by its body.
pub fn handle(
    service: &mut Service,
    now: SimTime,
    target: Option<&str>,
    content_type: Option<&str>,
    body: &[u8],
) -> WireReply {
    match Call::read(target, content_type, body) {
        Ok(call) => call.answer(service, now),
        Err(rejection) => rejection.answer(service.request_id()),
    }
}

/// Whether an operation of this name is answered.
pub(crate) fn answers(operation: &str) -> bool {
    matches!(api::api().named(operation), api::Named::Operation(..))
}
