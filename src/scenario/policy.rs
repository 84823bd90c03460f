//! How the application that sends the codes behaves: the knobs an experiment compares.

use std::time::Duration;

/// The application's rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// What a code looks like.
    pub code: CodeFormat,
    /// From the send of a code to its end.
    pub lifetime: Duration,
    /// Wrong tries after which a session is locked out.
    pub tries: u8,
    /// How many more codes a session may ask for.
    pub resends: u8,
    /// No other code within this time of the last.
    pub cool_down: Duration,
    /// What becomes of the older code when a new one is sent.
    pub older_code: OlderCode,
    /// What is reported about messages that another message of their session replaced.
    pub superseded: Superseded,
    /// Sends per user.
    pub per_user: Option<RateLimit>,
    /// Sends per country.
    pub per_country: Option<RateLimit>,
    /// The application's own rate of sends, from the first on; `None` if it has none.
    pub limiter: Option<SendLimiter>,
    /// What the SDK repeats by itself before the application hears of it; `None` if nothing.
    pub sdk_retries: Option<SdkRetries>,
    /// What becomes of a throttled send.
    pub on_throttle: OnThrottle,
    /// How message feedback is switched on.
    pub feedback: FeedbackMode,
    /// What the application reports.
    pub reports: Reports,
    /// The first pause before a feedback call is repeated; it doubles up to a minute, with jitter.
    pub feedback_backoff: Duration,
    /// Puts per second that the application makes at most.
    pub feedback_rate: Option<f64>,
    /// Wall time: how long one API call may take.
    pub call_timeout: Duration,
    /// The originator named in every send.
    pub origination_identity: String,
}

/// What a code looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeFormat {
    /// How many characters, 4 to 10.
    pub length: u8,
    /// The characters, ASCII letters and digits, at least two different ones.
    pub alphabet: Vec<u8>,
}

/// What becomes of the older code when a new one is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OlderCode {
    /// Only the newest code opens the door; the older counts as a wrong try.
    Invalid,
    /// Every code of the session is good until its own lifetime ends.
    Valid,
}

/// What is reported about messages that another message of their session replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Superseded {
    /// `FAILED` when the session ends.
    Failed,
    /// `RECEIVED` if the session was verified, else `FAILED`.
    Received,
    /// Nothing: the application forgot the older message id.
    Unreported,
}

/// At most `count` sends within any `window`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many.
    pub count: u32,
    /// Within how long.
    pub window: Duration,
}

/// The application's own rate of sends: each leaves when its place comes, or is not sent at all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SendLimiter {
    /// Sends per second.
    pub rate: f64,
    /// How many may leave at once after a pause, at least 1.
    pub burst: u32,
    /// How many may wait; one more has failed.
    pub limit: u32,
    /// How long a send may wait; one that would wait longer has failed.
    pub max_wait: Duration,
    /// Whether each country has such a rate of its own.
    pub per_country: bool,
}

/// What an AWS SDK in its standard mode does about a send that failed: it repeats what was throttled, and
/// what nobody knows the outcome of, after a pause between nothing and a bound that doubles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdkRetries {
    /// Attempts per call, the first included.
    pub max_attempts: u8,
    /// The longest first pause.
    pub backoff: Duration,
    /// The longest pause of all.
    pub longest: Duration,
    /// The tokens that retries of all calls are paid from.
    pub tokens: u32,
    /// What a retry takes after a throttled attempt.
    pub retry_cost: u32,
    /// What a retry takes after one of unknown outcome.
    pub timeout_cost: u32,
}

/// What becomes of a throttled send.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OnThrottle {
    /// It has failed.
    Fail,
    /// It is called again after a pause that doubles each time, with jitter.
    Retry {
        /// Calls in all, the first included.
        attempts: u8,
        /// The first pause.
        backoff: Duration,
    },
    /// It waits in a first-come-first-served queue that is emptied at `rate`, by `workers`.
    Queue {
        /// How many sends may wait; one more has failed.
        limit: u32,
        /// How long a send may wait; one that would wait longer has failed.
        max_wait: Duration,
        /// Sends per second; `None` if a throttled send has failed all the same.
        rate: Option<f64>,
        /// How many sends may be unanswered at one time, throttled or not; the others wait.
        workers: Option<u32>,
    },
}

/// How message feedback is switched on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedbackMode {
    /// `MessageFeedbackEnabled = true` on every send.
    Parameter,
    /// By the default of the configuration set with this name.
    ConfigurationSet(String),
    /// Not at all.
    Off,
}

/// What the application reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reports {
    /// Every message, received or failed.
    Everything,
    /// Only messages received: the careless client.
    Successes,
    /// Everything but a share that gets lost.
    Lost(f64),
}

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its name in reports.
    pub name: String,
    /// Its share of the sessions, relative to the other templates' weights.
    pub weight: f64,
    /// The text before and after the place of the code.
    pub body: [String; 2],
    /// Multiplies the share of users who mean to finish.
    pub conversion_effect: f64,
}

impl Template {
    /// The text with this code in its place.
    #[must_use]
    pub fn with_code(&self, code: &str) -> String {
        format!("{}{code}{}", self.body[0], self.body[1])
    }
}

impl Policy {
    /// Whether messages are sent with feedback on.
    #[must_use]
    pub fn expects_feedback(&self) -> bool {
        self.feedback != FeedbackMode::Off
    }
}
