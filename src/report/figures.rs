//! The figures of `summary.json`, for a whole run or a part of it.
//!
//! **Invariant:** a number that does not exist is `null`, never 0.

use super::{percentile, scope::Scope, wilson};
use crate::record::{
    Recorder,
    cells::{Cell, Messages, Sessions},
    latency::Metric,
};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is measured in a run or a part of it, by the paths of `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Seconds, to the millisecond: wall time with a real clock, else campaign time.
    pub elapsed_s: f64,
    /// How sessions ended.
    pub sessions: Sessions,
    /// How messages ended.
    pub messages: Messages,
    /// Shares.
    pub conversion: Conversion,
    /// Shares of the messages attempted.
    #[serde(default)]
    pub shares: Shares,
    /// Latencies.
    pub latency_ms: Latencies,
    /// The cost of accepted messages.
    pub cost_usd: f64,
}

/// Shares between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conversion {
    /// Sessions verified of sessions arrived.
    pub session: Option<f64>,
    /// Messages received of messages expecting feedback.
    pub message: Option<f64>,
    /// Messages with any feedback of messages expecting it.
    pub coverage: Option<f64>,
    /// Wilson's 95 % interval of `message`.
    pub message_ci95: Option<[f64; 2]>,
}

/// Shares of the messages attempted, between 0 and 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of `Messages`")]
pub struct Shares {
    pub throttled: Option<f64>,
    pub rejected: Option<f64>,
    pub unknown: Option<f64>,
}

/// Every latency there is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of `Metric`")]
pub struct Latencies {
    pub send_response: Latency,
    pub send_service: Latency,
    pub feedback_response: Latency,
    pub feedback_service: Latency,
    pub schedule_lag: Latency,
    pub time_to_verify: Latency,
}

/// One latency in milliseconds; without samples everything but `count` is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Latency {
    pub count: u64,
    pub mean: Option<f64>,
    pub p50: Option<f64>,
    pub p90: Option<f64>,
    pub p95: Option<f64>,
    pub p99: Option<f64>,
    pub p999: Option<f64>,
    pub max: Option<f64>,
}

impl Figures {
    /// The figures of a part of a run.
    #[must_use]
    pub fn of(recorder: &Recorder, scope: Scope, elapsed: Duration) -> Self {
        let cell = scope.cell(recorder);
        let latency = |metric| Latency::of(&scope.histogram(recorder, metric));
        Self {
            elapsed_s: (elapsed.as_secs_f64() * 1e3).round() / 1e3,
            sessions: cell.sessions,
            messages: cell.messages,
            conversion: Conversion::of(&cell),
            shares: Shares::of(&cell.messages),
            latency_ms: Latencies {
                send_response: latency(Metric::SendResponse),
                send_service: latency(Metric::SendService),
                feedback_response: latency(Metric::FeedbackResponse),
                feedback_service: latency(Metric::FeedbackService),
                schedule_lag: latency(Metric::ScheduleLag),
                time_to_verify: latency(Metric::TimeToVerify),
            },
            cost_usd: cell.cost_usd(),
        }
    }
}

impl Conversion {
    /// The shares of a sum of counts.
    #[must_use]
    pub fn of(cell: &Cell) -> Self {
        Self {
            session: cell.session_conversion(),
            message: cell.message_conversion(),
            coverage: cell.coverage(),
            message_ci95: wilson::interval(cell.messages.received, cell.messages.expecting),
        }
    }
}

impl Shares {
    /// The shares of these counts.
    #[must_use]
    pub fn of(messages: &Messages) -> Self {
        let whole = messages.attempted;
        let share = |part: u64| (whole > 0).then(|| part as f64 / whole as f64);
        Self {
            throttled: share(messages.throttled),
            rejected: share(messages.rejected),
            unknown: share(messages.unknown),
        }
    }
}

impl Latency {
    /// What a histogram of microseconds says in milliseconds.
    #[must_use]
    pub fn of(micros: &Histogram<u64>) -> Self {
        let there = !micros.is_empty();
        let values = percentile::values_at(micros, [50.0, 90.0, 95.0, 99.0, 99.9]);
        let [p50, p90, p95, p99, p999] = values.map(|value| value.map(|us| us as f64 / 1e3));
        Self {
            count: micros.len(),
            mean: there.then(|| micros.mean() / 1e3),
            p50,
            p90,
            p95,
            p99,
            p999,
            max: there.then(|| micros.max() as f64 / 1e3),
        }
    }
}
