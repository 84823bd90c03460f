//! The shape of what stands between a send that is due and its call, and of what follows a failure.

use crate::scenario::policy::{OnThrottle, SdkRetries, SendLimiter};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sms_voice_mock::config::{duration::Span, problem::Problems};
use std::time::Duration;

/// What becomes of a throttled send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum OnThrottleShape {
    /// It has failed.
    #[default]
    Fail,
    /// It is called again after a pause that doubles each time, with jitter.
    Retry {
        /// Calls in all, the first included.
        #[schemars(range(min = 2, max = 20))]
        attempts: u8,
        /// The first pause, 1ms to 1h.
        backoff: Span,
    },
    /// It waits in a first-come-first-served queue.
    Queue {
        /// How many sends may wait; one more has failed.
        #[schemars(range(min = 0, max = 100_000_000))]
        limit: u32,
        /// How long a send may wait, up to 1d; one that would wait longer has failed.
        max_wait: Span,
        /// Sends per second; if absent, the quota of `SendTextMessage`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 0.001, max = 1_000_000.0))]
        rate: Option<f64>,
        /// How many sends may be unanswered at one time, throttled or not; the others wait, first come
        /// first served.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1, max = 1_000_000))]
        workers: Option<u32>,
    },
}

/// What an AWS SDK in its standard mode does about a send that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SdkRetriesShape {
    /// Attempts per call, the first included.
    #[schemars(range(min = 1, max = 20))]
    pub max_attempts: u8,
    /// The longest first pause, 1ms to 1m; the bound doubles, and the pause is any part of it.
    pub backoff: Span,
    /// The longest pause of all, 1ms to 1h.
    pub longest: Span,
    /// The tokens that retries of all calls are paid from.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub tokens: u32,
    /// What a retry takes after a throttled attempt.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub retry_cost: u32,
    /// What a retry takes after one of unknown outcome.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub timeout_cost: u32,
}

impl Default for SdkRetriesShape {
    /// The standard mode of the SDK for Rust.
    fn default() -> Self {
        Self {
            max_attempts: 3,
            backoff: Span(Duration::from_secs(1)),
            longest: Span(Duration::from_secs(20)),
            tokens: 500,
            retry_cost: 5,
            timeout_cost: 10,
        }
    }
}

impl SdkRetriesShape {
    pub(super) fn check(self, problems: &mut Problems) -> SdkRetries {
        let Self { max_attempts, backoff, longest, tokens, retry_cost, timeout_cost } = self;
        problems.check_span("policy.sdk_retries.backoff", backoff, "1ms", "1m");
        problems.check_span("policy.sdk_retries.longest", longest, "1ms", "1h");
        let (backoff, longest) = (backoff.0, longest.0);
        SdkRetries { max_attempts, backoff, longest, tokens, retry_cost, timeout_cost }
    }
}

/// The application's own rate of sends: each leaves when its place comes, or is not sent at all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimiterShape {
    /// Sends per second.
    #[schemars(range(min = 0.001, max = 1_000_000.0))]
    pub rate: f64,
    /// How many may leave at once after a pause.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub burst: u32,
    /// How many may wait; one more has failed.
    #[schemars(range(min = 0, max = 100_000_000))]
    pub limit: u32,
    /// How long a send may wait, up to 1d; one that would wait longer has failed.
    pub max_wait: Span,
    /// Whether each country has such a rate of its own.
    #[serde(default)]
    pub per_country: bool,
}

const fn one() -> u32 {
    1
}

impl LimiterShape {
    pub(super) fn check(self, problems: &mut Problems) -> SendLimiter {
        let Self { rate, burst, limit, max_wait, per_country } = self;
        problems.check_span("policy.limiter.max_wait", max_wait, "0s", "1d");
        SendLimiter { rate, burst, limit, max_wait: max_wait.0, per_country }
    }
}

impl OnThrottleShape {
    /// A queue without a rate takes the quota's.
    pub(in crate::scenario::file) fn fill(&mut self, quota: Option<f64>) {
        if let Self::Queue { rate: rate @ None, .. } = self {
            *rate = quota;
        }
    }

    pub(super) fn check(self, problems: &mut Problems) -> Option<OnThrottle> {
        match self {
            Self::Fail => Some(OnThrottle::Fail),
            Self::Retry { attempts, backoff } => {
                problems.check_span("policy.on_throttle.retry.backoff", backoff, "1ms", "1h");
                Some(OnThrottle::Retry { attempts, backoff: backoff.0 })
            }
            Self::Queue { limit, max_wait, rate, workers } => {
                problems.check_span("policy.on_throttle.queue.max_wait", max_wait, "0s", "1d");
                if rate.is_none() && workers.is_none() {
                    let message = "must have a `rate` or `workers` where service.quotas.SendTextMessage is absent";
                    problems.add("policy.on_throttle.queue", message);
                    return None;
                }
                Some(OnThrottle::Queue { limit, max_wait: max_wait.0, rate, workers })
            }
        }
    }
}
