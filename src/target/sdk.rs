//! The AWS SDK: the only file that names its SMS types.
//!
//! The SDK never repeats a call here: `SendTextMessage` has no idempotency token, so an attempt whose
//! outcome is unclear is `Unknown` and stays so; feedback is repeated by the engine, beside the
//! sessions. Sends and puts have a client each, so neither waits for the other's connections.

use super::{
    connector::{LoopbackHttp, NeverLeft},
    message,
};
use crate::{
    engine::{
        campaign::{PutCall, SendCall},
        message::MessageRef,
        outcome::{PutAnswer, SendAnswer, Verdict},
    },
    scenario::Scenario,
};
use aws_sdk_pinpointsmsvoicev2::{
    Client, Config,
    config::{
        BehaviorVersion, Credentials, IdentityCache, Region, StalledStreamProtectionConfig,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
    types::{MessageFeedbackStatus, MessageType},
};
use std::{
    error::Error,
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// A pair of SDK clients that send one campaign's calls to a plain HTTP endpoint, signed with fixed
/// fake credentials, so that nothing behind it can bill or text.
#[derive(Clone, Debug)]
pub struct SdkTarget {
    scenario: Arc<Scenario>,
    sends: Client,
    puts: Client,
    authority: String,
    run: String,
    /// Calls that found nobody to talk to.
    never_left: Arc<AtomicU64>,
}

/// The target could not be made ready.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Nobody listens there.
    #[error("cannot reach {endpoint}: {reason}")]
    Unreachable {
        /// The address.
        endpoint: String,
        /// Why.
        reason: String,
    },
    /// It does not do what the scenario needs.
    #[error("{endpoint} refused to {what}: {reason}")]
    Refused {
        /// The address.
        endpoint: String,
        /// What was asked of it.
        what: &'static str,
        /// Its error.
        reason: String,
    },
}

impl SdkTarget {
    /// Clients for `host:port`. `run` names the run in every message's context.
    #[must_use]
    pub fn new(scenario: Arc<Scenario>, authority: &str, run: String) -> Self {
        let client = || Client::from_conf(config(authority));
        let authority = authority.to_owned();
        let never_left = Arc::default();
        Self { scenario, sends: client(), puts: client(), authority, run, never_left }
    }

    /// Makes sure that somebody answers, and opens the first connections.
    async fn warm(&self) -> Result<(), SetupError> {
        for client in [&self.sends, &self.puts] {
            let called = client.describe_configuration_sets().max_results(1).send().await;
            // Any answer will do: a stub that knows only the calls of a campaign is good enough.
            if let Err(SdkError::DispatchFailure(failure)) = called {
                let reason = innermost(failure.as_connector_error());
                return Err(SetupError::Unreachable { endpoint: self.authority.clone(), reason });
            }
        }
        Ok(())
    }

    /// Creates the configuration set whose default switches feedback on, if the policy uses one.
    async fn create_configuration_set(&self) -> Result<(), SetupError> {
        let Some(name) = message::configuration_set(&self.scenario.policy) else {
            return Ok(());
        };
        let refused = |what, reason| {
            Err(SetupError::Refused { endpoint: self.authority.clone(), what, reason })
        };
        let created = self.sends.create_configuration_set().configuration_set_name(name);
        if let Err(error) = created.send().await {
            let exists =
                error.as_service_error().is_some_and(|error| error.is_conflict_exception());
            if !exists {
                return refused("create the configuration set", explain(&error));
            }
        }
        let default = self.sends.set_default_message_feedback_enabled();
        let default = default.configuration_set_name(name).message_feedback_enabled(true);
        match default.send().await {
            Ok(_) => Ok(()),
            Err(error) => refused("switch the set's feedback on", explain(&error)),
        }
    }

    /// How many calls found nobody to talk to.
    #[must_use]
    pub fn never_left(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.never_left)
    }

    /// Opens the first connections and makes what the campaign needs, or says in time why not.
    /// `first` is true for one of a run's targets.
    pub async fn set_up(&self, first: bool) -> Result<(), SetupError> {
        let patience = self.scenario.policy.call_timeout;
        let work = async {
            if first {
                self.create_configuration_set().await?;
            }
            self.warm().await
        };
        tokio::time::timeout(patience, work).await.unwrap_or_else(|_| {
            let reason = format!("no answer within {patience:?}");
            Err(SetupError::Unreachable { endpoint: self.authority.clone(), reason })
        })
    }

    /// Sends a message, once.
    pub async fn send(&self, call: &SendCall) -> SendAnswer {
        let policy = &self.scenario.policy;
        let attempt = call.key.attempt;
        let number = message::destination(&self.scenario, call).digits();
        let sent = self
            .sends
            .send_text_message()
            .destination_phone_number(format!("+{number}"))
            .origination_identity(&policy.origination_identity)
            .message_body(message::body(&self.scenario, call))
            .message_type(MessageType::Transactional)
            .set_configuration_set_name(message::configuration_set(policy).map(str::to_owned))
            .set_message_feedback_enabled(message::feedback_parameter(policy))
            .context("run", &self.run)
            .context("session", attempt.session.to_string())
            .context("nth", attempt.nth.to_string())
            .context("attempt", attempt.attempt.to_string())
            .send()
            .await;
        match sent {
            Ok(output) => match output.message_id() {
                Some(id) => SendAnswer::Accepted(MessageRef::new(id)),
                // Accepted without an id cannot be told about later: as good as unclear.
                None => SendAnswer::Unknown,
            },
            Err(error) => match self.failure(&error) {
                Failure::Throttled => SendAnswer::Throttled,
                Failure::Refused | Failure::NeverLeft => SendAnswer::Rejected,
                Failure::Unclear => SendAnswer::Unknown,
            },
        }
    }

    /// Puts feedback, once.
    pub async fn put(&self, call: &PutCall) -> PutAnswer {
        self.put_verdict(&call.id, call.verdict).await
    }

    /// Puts a verdict on a message, once.
    pub async fn put_verdict(&self, id: &MessageRef, verdict: Verdict) -> PutAnswer {
        let status = match verdict {
            Verdict::Received => MessageFeedbackStatus::Received,
            Verdict::Failed => MessageFeedbackStatus::Failed,
        };
        let put = self
            .puts
            .put_message_feedback()
            .message_id(id.to_string())
            .message_feedback_status(status)
            .send()
            .await;
        match put {
            Ok(_) => PutAnswer::Done,
            Err(error) => match self.failure(&error) {
                Failure::Throttled => PutAnswer::Throttled,
                Failure::NeverLeft | Failure::Unclear => PutAnswer::Again,
                Failure::Refused => PutAnswer::Refused,
            },
        }
    }
}

impl SdkTarget {
    fn failure<E: ProvideErrorMetadata + Debug>(&self, error: &SdkError<E>) -> Failure {
        let failure = Failure::of(error);
        if failure == Failure::NeverLeft {
            self.never_left.fetch_add(1, Ordering::Relaxed);
        }
        failure
    }
}

fn config(authority: &str) -> Config {
    Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("OTPDRILLFAKE", "not-a-secret", None, None, "fixed"))
        .identity_cache(IdentityCache::no_cache())
        .endpoint_url(format!("http://{authority}"))
        .http_client(LoopbackHttp::new(authority))
        // One call, one attempt: the driver's own timeout and the engine's own retries are all.
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}

/// What a failed call means for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// Refused for now.
    Throttled,
    /// Refused for good.
    Refused,
    /// No connection could be made.
    NeverLeft,
    /// It may have been processed.
    Unclear,
}

impl Failure {
    fn of<E>(error: &SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + Debug,
    {
        match error {
            SdkError::ConstructionFailure(_) => Self::NeverLeft,
            SdkError::DispatchFailure(failure) => {
                let source = failure.as_connector_error().and_then(|error| error.source());
                let never_left = source.is_some_and(|source| source.is::<NeverLeft>());
                if never_left { Self::NeverLeft } else { Self::Unclear }
            }
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                if service.err().code() == Some("ThrottlingException") || status == 429 {
                    Self::Throttled
                } else if 500 <= status {
                    Self::Unclear
                } else {
                    Self::Refused
                }
            }
            // Whatever a later SDK may add is unclear, too.
            SdkError::TimeoutError(_) | SdkError::ResponseError(_) | _ => Self::Unclear,
        }
    }
}

fn explain<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> String {
    let SdkError::ServiceError(service) = error else { return innermost(Some(error)) };
    let (code, message) = (service.err().code(), service.err().message());
    format!("{}: {}", code.unwrap_or("error"), message.unwrap_or("no message"))
}

/// The last cause of an error, which names what happened.
fn innermost(error: Option<&(impl Error + 'static)>) -> String {
    let Some(error) = error else {
        return "no answer".to_owned();
    };
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
