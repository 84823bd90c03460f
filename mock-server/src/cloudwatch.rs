//! CloudWatch, as far as it concerns `AWS/SMSVoice`: `GetMetricData`, `GetMetricStatistics` and
//! `ListMetrics`, in the three protocols that clients speak to it.
//!
//! ```text
//!  Smithy RPC v2 CBOR ──┐                        ┌──► get_metric_data ──► math
//!  AWS JSON 1.0, 1.1 ───┼──► node ──► input ─────┼──► get_metric_statistics
//!  query, XML ──────────┘                        └──► list_metrics
//! ```
//!
//! **Invariant:** nothing here changes what the service counted; no protocol knows an operation, no
//! operation a protocol.

mod cbor;
mod expression;
mod failure;
mod get_metric_data;
mod get_metric_statistics;
mod input;
mod json;
mod list_metrics;
mod math;
mod node;
mod page;
mod protocol;
mod query;
mod xml;

use crate::{
    service::{Service, identity::RequestId, time::SimTime},
    stub::Request,
    wire::{LARGEST_BODY, Manner, Unauthenticated, WireReply},
};
use failure::{Failure, Kind};
use node::Node;
use protocol::{Call, Protocol, Written};
use std::time::Duration;

/// What every `X-Amz-Target` and every path of CloudWatch names.
const SERVICE: &str = "GraniteServiceVersion20100801";

/// Whether a request is for CloudWatch.
pub(crate) fn is_asked(request: &Request<'_>) -> bool {
    Protocol::of(request).is_some()
}

/// Answers a request that is for CloudWatch.
pub(crate) fn answer(service: &mut Service, now: SimTime, request: &Request<'_>) -> WireReply {
    let request_id = service.request_id();
    let protocol = Protocol::of(request).unwrap_or(Protocol::Json);
    let (operation, outcome) = match protocol.read(request) {
        Ok(Call { operation, input }) => {
            let outcome = run(service, now, &operation, &input);
            (operation, outcome)
        }
        Err(failure) => (String::new(), Err(failure)),
    };
    let written = match outcome {
        Ok(result) => protocol.result(&operation, &request_id.to_string(), &result),
        Err(failure) => protocol.failure(&request_id.to_string(), &failure),
    };
    reply(request_id, written)
}

/// Answers a request for CloudWatch of which nobody knows who asks.
pub(crate) fn refuse(
    service: &mut Service,
    request: &Request<'_>,
    why: &Unauthenticated,
) -> WireReply {
    let request_id = service.request_id();
    let protocol = Protocol::of(request).unwrap_or(Protocol::Json);
    reply(request_id, protocol.failure(&request_id.to_string(), &why.into()))
}

fn reply(request_id: RequestId, written: Written) -> WireReply {
    WireReply {
        status: written.status,
        content_type: Some(written.content_type),
        headers: written.headers,
        request_id,
        body: written.body,
        latency: Duration::ZERO,
        manner: Manner::Whole,
        skew_s: 0,
    }
}

fn run(
    service: &mut Service,
    now: SimTime,
    operation: &str,
    input: &Node,
) -> Result<Node, Failure> {
    let metrics = service.metrics(now);
    match operation {
        "GetMetricData" => get_metric_data::run(metrics, &input::data(input)?),
        "GetMetricStatistics" => get_metric_statistics::run(metrics, &input::statistics(input)?),
        "ListMetrics" => list_metrics::run(metrics, now, &input::list(input)?),
        _ => Err(unknown_operation()),
    }
}

/// The operations that [`run`] answers.
const OPERATIONS: [&str; 3] = ["GetMetricData", "GetMetricStatistics", "ListMetrics"];

/// An operation that is answered: the body of any other is not read, whatever it is.
fn known(operation: Option<&str>) -> Result<&str, Failure> {
    operation.filter(|name| OPERATIONS.contains(name)).ok_or_else(unknown_operation)
}

fn unknown_operation() -> Failure {
    let message = "sms-voice-mock answers GetMetricData, GetMetricStatistics and ListMetrics";
    Failure::new(Kind::UnknownOperation, message)
}

/// What is too large is not read.
fn fits(body: &[u8]) -> Result<&[u8], Failure> {
    if body.len() > LARGEST_BODY {
        let message = format!("the body is larger than {LARGEST_BODY} bytes");
        return Err(Failure::new(Kind::TooLarge, message));
    }
    Ok(body)
}
