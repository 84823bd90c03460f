//! The shape of the application's rules.

mod sending;

pub use sending::{LimiterShape, OnThrottleShape, SdkRetriesShape};

use crate::scenario::policy::{
    CodeFormat, FeedbackMode, OlderCode, Policy, RateLimit, Reports, Superseded,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sms_voice_mock::config::{duration::Span, problem::Problems};
use std::{collections::BTreeSet, time::Duration};

/// How the application that sends the codes behaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyShape {
    /// From the send of a code to its end, 1s to 1d.
    pub lifetime: Span,
    /// Wrong tries after which a session is locked out.
    #[schemars(range(min = 1, max = 20))]
    pub tries: u8,
    /// How many more codes a session may ask for.
    #[schemars(range(min = 0, max = 9))]
    pub resends: u8,
    /// No other code within this time of the last, 0s to 1h.
    pub cool_down: Span,
    /// What becomes of the older code when a new one is sent.
    pub older_code: OlderCodeShape,
    /// What is reported about messages that another message of their session replaced.
    pub superseded: SupersededShape,
    /// How message feedback is switched on.
    pub feedback: FeedbackShape,
    /// The configuration set of `feedback = "configuration-set"`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{1,64}$"))]
    pub configuration_set: String,
    /// What the application reports.
    pub reports: ReportsShape,
    /// The application's own rate of sends; absent is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limiter: Option<LimiterShape>,
    /// What the SDK repeats by itself; absent is nothing, as real sends should have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdk_retries: Option<SdkRetriesShape>,
    /// What becomes of a throttled send.
    pub on_throttle: OnThrottleShape,
    /// The first pause before a feedback call is repeated, 1ms to 1m; it doubles up to a minute.
    pub feedback_backoff: Span,
    /// Puts per second that the application makes at most; absent is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 1_000_000.0))]
    pub feedback_rate: Option<f64>,
    /// Wall time: how long one API call may take, 10ms to 10m.
    pub call_timeout: Span,
    /// The originator named in every send.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_:/+-]{1,256}$"))]
    pub origination_identity: String,
    /// What a code looks like.
    pub code: CodeShape,
    /// Sends per user; absent is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_user: Option<RateLimitShape>,
    /// Sends per country; absent is no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_country: Option<RateLimitShape>,
}

impl Default for PolicyShape {
    fn default() -> Self {
        let secs = |secs| Span(Duration::from_secs(secs));
        Self {
            lifetime: secs(300),
            tries: 5,
            resends: 2,
            cool_down: secs(30),
            older_code: OlderCodeShape::default(),
            superseded: SupersededShape::default(),
            feedback: FeedbackShape::default(),
            configuration_set: "otpdrill".to_owned(),
            reports: ReportsShape::default(),
            limiter: None,
            sdk_retries: None,
            on_throttle: OnThrottleShape::default(),
            feedback_backoff: secs(1),
            feedback_rate: None,
            call_timeout: secs(10),
            origination_identity: "OTPDRILL".to_owned(),
            code: CodeShape::default(),
            per_user: None,
            per_country: None,
        }
    }
}

/// What a code looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CodeShape {
    /// How many characters.
    #[schemars(range(min = 4, max = 10))]
    pub length: u8,
    /// The characters: ASCII letters and digits, at least two, none twice.
    #[schemars(regex(pattern = r"^[A-Za-z0-9]{2,62}$"))]
    pub alphabet: String,
}

impl Default for CodeShape {
    fn default() -> Self {
        Self { length: 6, alphabet: "0123456789".to_owned() }
    }
}

/// What becomes of the older code when a new one is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OlderCodeShape {
    /// Only the newest code opens the door; the older counts as a wrong try.
    #[default]
    Invalid,
    /// Every code of the session is good until its own lifetime ends.
    Valid,
}

/// What is reported about messages that another message of their session replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SupersededShape {
    /// `FAILED` when the session ends.
    #[default]
    Failed,
    /// `RECEIVED` if the session was verified, else `FAILED`.
    Received,
    /// Nothing: the application forgot the older message id.
    Unreported,
}

/// How message feedback is switched on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FeedbackShape {
    /// `MessageFeedbackEnabled = true` on every send.
    #[default]
    Parameter,
    /// By the default of the configuration set named in `configuration_set`.
    ConfigurationSet,
    /// Not at all.
    Off,
}

/// What the application reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReportsShape {
    /// Every message, received or failed.
    #[default]
    Everything,
    /// Only messages received: the careless client.
    Successes,
    /// Everything but a share that gets lost, as in `{ lost = 0.2 }`.
    Lost(#[schemars(range(min = 0.0, max = 1.0))] f64),
}

/// At most `count` sends within any `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimitShape {
    /// How many.
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub count: u32,
    /// Within how long, 1ms to 30d.
    pub window: Span,
}

impl PolicyShape {
    pub(super) fn check(&self, problems: &mut Problems) -> Option<Policy> {
        problems.check_span("policy.lifetime", self.lifetime, "1s", "1d");
        problems.check_span("policy.cool_down", self.cool_down, "0s", "1h");
        problems.check_span("policy.feedback_backoff", self.feedback_backoff, "1ms", "1m");
        problems.check_span("policy.call_timeout", self.call_timeout, "10ms", "10m");
        let limit = |key: &str, shape: Option<RateLimitShape>, problems: &mut Problems| {
            let RateLimitShape { count, window } = shape?;
            problems.check_span(&format!("policy.{key}.window"), window, "1ms", "30d");
            Some(RateLimit { count, window: window.0 })
        };
        Some(Policy {
            code: self.code.check(problems),
            lifetime: self.lifetime.0,
            tries: self.tries,
            resends: self.resends,
            cool_down: self.cool_down.0,
            older_code: match self.older_code {
                OlderCodeShape::Invalid => OlderCode::Invalid,
                OlderCodeShape::Valid => OlderCode::Valid,
            },
            superseded: match self.superseded {
                SupersededShape::Failed => Superseded::Failed,
                SupersededShape::Received => Superseded::Received,
                SupersededShape::Unreported => Superseded::Unreported,
            },
            per_user: limit("per_user", self.per_user, problems),
            per_country: limit("per_country", self.per_country, problems),
            limiter: self.limiter.map(|limiter| limiter.check(problems)),
            sdk_retries: self.sdk_retries.map(|sdk| sdk.check(problems)),
            on_throttle: self.on_throttle.check(problems)?,
            feedback: match self.feedback {
                FeedbackShape::Parameter => FeedbackMode::Parameter,
                FeedbackShape::ConfigurationSet => {
                    FeedbackMode::ConfigurationSet(self.configuration_set.clone())
                }
                FeedbackShape::Off => FeedbackMode::Off,
            },
            reports: match self.reports {
                ReportsShape::Everything => Reports::Everything,
                ReportsShape::Successes => Reports::Successes,
                ReportsShape::Lost(share) => Reports::Lost(share),
            },
            feedback_backoff: self.feedback_backoff.0,
            feedback_rate: self.feedback_rate,
            call_timeout: self.call_timeout.0,
            origination_identity: self.origination_identity.clone(),
        })
    }
}

impl CodeShape {
    fn check(&self, problems: &mut Problems) -> CodeFormat {
        let distinct: BTreeSet<u8> = self.alphabet.bytes().collect();
        if distinct.len() != self.alphabet.len() {
            problems.add("policy.code.alphabet", "must not contain a character twice");
        }
        CodeFormat { length: self.length, alphabet: self.alphabet.clone().into_bytes() }
    }
}
