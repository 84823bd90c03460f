//! The AWS SDK: the only place that names its SMS types.
//!
//! The SDK never repeats a call here: `SendTextMessage` has no idempotency token, so an attempt whose
//! outcome is unclear is `Unknown` and stays so; feedback is repeated by the engine, beside the
//! sessions. Sends and puts have a client each, so neither waits for the other's connections.

pub mod account;
mod failure;

use super::{
    aws::AwsLink,
    connector::LoopbackHttp,
    guard::{Guard, Permit},
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
        BehaviorVersion, Builder, Credentials, IdentityCache, Region,
        StalledStreamProtectionConfig, retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
    operation::send_text_message::{
        SendTextMessageError, SendTextMessageOutput,
        builders::SendTextMessageFluentBuilder as SendTextMessage,
    },
    types::{DestinationCountryParameterKey, MessageFeedbackStatus, MessageType},
};
use failure::{Failure, explain, innermost};
use sms_voice_mock::service::{country::CountryCode, phone::PhoneNumber};
use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// The longest message id that `PutMessageFeedback` takes.
const LONGEST_ID: usize = 64;

/// A pair of SDK clients that send one campaign's calls: to a plain HTTP endpoint, signed with fixed
/// fake credentials, so that nothing behind it can bill or text; or to AWS, behind the guard.
#[derive(Clone, Debug)]
pub struct SdkTarget {
    scenario: Arc<Scenario>,
    sends: Client,
    puts: Client,
    authority: String,
    run: String,
    /// Calls that found nobody to talk to.
    never_left: Arc<AtomicU64>,
    /// Stands in front of every call to AWS.
    guard: Option<Arc<Guard>>,
}

/// A way to AWS, and the guard in front of it.
#[derive(Clone, Debug)]
pub struct Guarded {
    /// Credentials, region and endpoint.
    pub link: AwsLink,
    /// What was agreed to, and what is left of it.
    pub guard: Arc<Guard>,
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
        Self { scenario, sends: client(), puts: client(), authority, run, never_left, guard: None }
    }

    /// Clients for AWS, which call nothing that the guard does not let pass.
    #[must_use]
    pub fn guarded(scenario: Arc<Scenario>, guarded: &Guarded, run: String) -> Self {
        let Guarded { link, guard } = guarded;
        let timeout = scenario.policy.call_timeout;
        let client = || Client::from_conf(aws_config(link, timeout, RetryConfig::disabled()));
        let (sends, puts, authority) = (client(), client(), link.endpoint());
        let (never_left, guard) = (Arc::default(), Some(Arc::clone(guard)));
        Self { scenario, sends, puts, authority, run, never_left, guard }
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
    /// `first` is true for one of a run's targets. In an account of AWS nothing is made or changed.
    pub async fn set_up(&self, first: bool) -> Result<(), SetupError> {
        if self.guard.is_some() {
            return Ok(());
        }
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

    /// Sends a message, once, when the run's clock shows `now`.
    pub async fn send(&self, now: Duration, call: &SendCall) -> SendAnswer {
        let body = message::body(&self.scenario, call);
        let Some(guard) = &self.guard else {
            let to = message::destination(&self.scenario, call);
            return self.heard(self.request(call, to, body).send().await);
        };
        let (to, permit) = match guard.admit_call(now, &self.scenario, call, &body) {
            Ok(admitted) => admitted,
            Err(refusal) if refusal.is_for_now() => return SendAnswer::Throttled,
            Err(_) => return SendAnswer::Rejected,
        };
        let request = self.request(call, to, body);
        let answer = self.heard(self.under(guard, &permit, to, request).send().await);
        match answer {
            // What is certainly not sent costs nothing.
            SendAnswer::Throttled | SendAnswer::Rejected => guard.give_back(permit),
            SendAnswer::Accepted(_) | SendAnswer::Unknown => {}
        }
        answer
    }

    fn request(&self, call: &SendCall, to: PhoneNumber, body: String) -> SendTextMessage {
        let policy = &self.scenario.policy;
        let attempt = call.key.attempt;
        self.sends
            .send_text_message()
            .destination_phone_number(format!("+{}", to.digits()))
            .origination_identity(&policy.origination_identity)
            .message_body(body)
            .message_type(MessageType::Transactional)
            .set_configuration_set_name(message::configuration_set(policy).map(str::to_owned))
            .set_message_feedback_enabled(message::feedback_parameter(policy))
            .context("run", &self.run)
            .context("session", attempt.session.to_string())
            .context("nth", attempt.nth.to_string())
            .context("attempt", attempt.attempt.to_string())
    }

    /// Adds what a call to AWS needs more.
    fn under(
        &self,
        guard: &Guard,
        permit: &Permit,
        to: PhoneNumber,
        request: SendTextMessage,
    ) -> SendTextMessage {
        let rules = guard.rules();
        let request = request.max_price(permit.max_price());
        let request = if rules.dry_run { request.dry_run(true) } else { request };
        match rules.india.as_ref().filter(|_| to.country() == CountryCode::of("IN")) {
            Some(india) => request
                .destination_country_parameters(
                    DestinationCountryParameterKey::InEntityId,
                    &india.entity_id,
                )
                .destination_country_parameters(
                    DestinationCountryParameterKey::InTemplateId,
                    &india.template_id,
                ),
            None => request,
        }
    }

    fn heard(
        &self,
        sent: Result<SendTextMessageOutput, SdkError<SendTextMessageError>>,
    ) -> SendAnswer {
        match sent {
            Ok(output) => match output.message_id() {
                Some(id) if id.len() <= LONGEST_ID => SendAnswer::Accepted(MessageRef::new(id)),
                // Whether a dry run gets an id is not documented; nothing is owed for it.
                None if self.is_dry() => SendAnswer::Accepted(MessageRef::new("dry-run")),
                // Accepted under no id that could be told about later: as good as unclear.
                Some(_) | None => SendAnswer::Unknown,
            },
            Err(error) => match self.failure(&error) {
                Failure::Throttled => SendAnswer::Throttled,
                Failure::Refused | Failure::Unauthorized | Failure::NeverLeft => {
                    SendAnswer::Rejected
                }
                Failure::Unclear => SendAnswer::Unknown,
            },
        }
    }

    /// Puts feedback, once, when the run's clock shows `now`.
    pub async fn put(&self, now: Duration, call: &PutCall) -> PutAnswer {
        self.put_verdict(now, &call.id, call.verdict).await
    }

    /// Puts a verdict on a message, once, when the run's clock shows `now`.
    pub async fn put_verdict(&self, now: Duration, id: &MessageRef, verdict: Verdict) -> PutAnswer {
        if self.guard.as_ref().is_some_and(|guard| guard.admit_put(now).is_err()) {
            // The same as if the service had said so.
            return PutAnswer::Throttled;
        }
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
                Failure::Refused => PutAnswer::Refused,
                // At AWS the next attempt has newer credentials, if there are any.
                Failure::Unauthorized if self.guard.is_none() => PutAnswer::Refused,
                Failure::Throttled => PutAnswer::Throttled,
                Failure::NeverLeft | Failure::Unclear | Failure::Unauthorized => PutAnswer::Again,
            },
        }
    }
}

impl SdkTarget {
    fn is_dry(&self) -> bool {
        self.guard.as_ref().is_some_and(|guard| guard.rules().dry_run)
    }

    fn failure<E: ProvideErrorMetadata + Debug>(&self, error: &SdkError<E>) -> Failure {
        let failure = Failure::of(error);
        if failure == Failure::NeverLeft {
            self.never_left.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(guard) = self.guard.as_ref().filter(|_| failure == Failure::Unauthorized) {
            guard.note_credentials_refused();
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

/// As AWS users set it, but for what a call may do: `retries` is for calls that change nothing.
fn aws_config(link: &AwsLink, timeout: Duration, retries: RetryConfig) -> Config {
    /// The SDK's own.
    const TO_CONNECT: Duration = Duration::from_millis(3_100);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(TO_CONNECT.min(timeout))
        .operation_attempt_timeout(timeout)
        .build();
    let mut config = Builder::from(link.shared());
    config.set_endpoint_url(link.endpoint_url());
    config
        .http_client(link.http_client())
        .retry_config(retries)
        .timeout_config(timeouts)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}
