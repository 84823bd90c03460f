//! The service model, called directly: virtual time's target.
//!
//! Its answers are classified exactly as [`super::sdk`] classifies those that come over HTTP.

use super::message;
use crate::{
    engine::{
        campaign::{PutCall, SendCall},
        message::MessageRef,
        outcome::{PutAnswer, SendAnswer, Verdict},
    },
    record::dashboard::Evidence,
    scenario::Scenario,
};
use sms_voice_mock::service::{
    Service,
    account::configuration_sets::{CreateConfigurationSet, SetDefaultMessageFeedbackEnabled},
    answer::{BodyFault, Outcome, Reply, ServiceError},
    bound::Bound,
    feedback::FeedbackStatus,
    identity::MessageId,
    model::CampaignModel,
    request::{Origin, SendText},
    time::SimTime,
};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// The service model with this scenario's settings.
#[derive(Debug)]
pub struct DirectTarget {
    scenario: Arc<Scenario>,
    service: Service,
    epoch: Duration,
    /// Messages that were processed without an answer: their sessions, and their numbers there.
    unheard: BTreeSet<(u64, u8)>,
    processed_again: bool,
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Heard<A> {
    /// How long after the call.
    pub after: Duration,
    /// The answer as a client understands it.
    pub answer: A,
    /// What the answer says beside, as one over HTTP would.
    pub evidence: Evidence,
    /// The limit of the account that refused the call, if one did. No answer over HTTP says it.
    pub bound: Option<Bound>,
}

impl DirectTarget {
    /// A fresh service, its configuration set made if the policy uses one.
    #[must_use]
    pub fn new(scenario: Arc<Scenario>) -> Self {
        let epoch = Duration::from_secs(u64::try_from(scenario.start_epoch_s).unwrap_or(0));
        let campaign = campaign_model(&scenario);
        let mut service = Service::new(campaign.settings.clone())
            .with_details(0)
            .with_events(0)
            .with_epoch(epoch);
        service.set_campaign(SimTime::ZERO, campaign);
        if let Some(name) = message::configuration_set(&scenario.policy) {
            let configuration_set_name = name.to_owned();
            let set = CreateConfigurationSet { configuration_set_name, ..Default::default() };
            service.call(SimTime::ZERO, set);
            let configuration_set_name = name.to_owned();
            let default = SetDefaultMessageFeedbackEnabled {
                configuration_set_name,
                message_feedback_enabled: true,
            };
            service.call(SimTime::ZERO, default);
        }
        Self { scenario, service, epoch, unheard: BTreeSet::new(), processed_again: false }
    }

    /// The service behind it.
    #[must_use]
    pub fn service(&self) -> &Service {
        &self.service
    }

    pub(super) fn service_mut(&mut self) -> &mut Service {
        &mut self.service
    }

    /// Sends a message.
    pub fn send(&mut self, now: SimTime, call: &SendCall) -> Heard<SendAnswer> {
        let policy = &self.scenario.policy;
        let attempt = call.key.attempt;
        let body = message::body(&self.scenario, call);
        let request = SendText {
            origination_identity: Some(&policy.origination_identity),
            configuration_set: message::configuration_set(policy),
            message_feedback_enabled: message::feedback_parameter(policy),
            origin: Some(Origin {
                session: attempt.session,
                nth: attempt.nth.into(),
                attempt: attempt.attempt.into(),
            }),
            ..SendText::new(message::destination(&self.scenario, call), &body)
        };
        let reply = self.service.send_text_message(now, &request);
        let processed =
            matches!(reply.outcome, Outcome::Answered(_) | Outcome::Reset { processed: true });
        let heard = self.heard_of_send(now, reply);
        self.processed_again = processed && self.unheard.contains(&(attempt.session, attempt.nth));
        if processed && heard.answer == SendAnswer::Unknown && policy_repeats(&self.scenario) {
            self.unheard.insert((attempt.session, attempt.nth));
        }
        heard
    }

    pub(super) fn heard_of_send(&self, now: SimTime, reply: Reply<MessageId>) -> Heard<SendAnswer> {
        self.heard(now, reply, SendAnswer::Unknown, |outcome| match outcome {
            Ok(id) => SendAnswer::Accepted(MessageRef::Uuid(id.bits())),
            Err(error) => send_refused(&error),
        })
    }

    /// What an answer says about when a call at `now` was taken.
    fn stamp(&self, now: SimTime) -> Duration {
        self.epoch + now.since_start()
    }

    /// Whether the service processed the latest send although it had processed one of the same message
    /// before, whose answer did not arrive.
    #[must_use]
    pub fn processed_again(&self) -> bool {
        self.processed_again
    }

    /// Puts feedback.
    pub fn put(&mut self, now: SimTime, call: &PutCall) -> Heard<PutAnswer> {
        let MessageRef::Uuid(bits) = call.id else { unreachable!("the model's ids are UUIDs") };
        let status = match call.verdict {
            Verdict::Received => FeedbackStatus::Received,
            Verdict::Failed => FeedbackStatus::Failed,
        };
        let reply = self.service.put_message_feedback(now, MessageId::from_bits(bits), status);
        self.heard_of_put(now, reply)
    }

    pub(super) fn heard_of_put<T>(&self, now: SimTime, reply: Reply<T>) -> Heard<PutAnswer> {
        self.heard(now, reply, PutAnswer::Again, |outcome| match outcome {
            Ok(_) => PutAnswer::Done,
            Err(error) => put_refused(&error),
        })
    }

    /// What a client makes of a reply, and when: `unclear` of one that does not arrive whole or in time.
    fn heard<T, A>(
        &self,
        now: SimTime,
        reply: Reply<T>,
        unclear: A,
        clear: impl FnOnce(Result<T, ServiceError>) -> A,
    ) -> Heard<A> {
        let mut evidence = Evidence::default();
        let Reply { latency, outcome, body, skew_s: _, bound } = reply;
        let timeout = self.scenario.policy.call_timeout;
        let latency = match body {
            BodyFault::Dripped(during) => latency + during,
            BodyFault::None | BodyFault::Truncated => latency,
        };
        if matches!(outcome, Outcome::Hung) || timeout < latency {
            return Heard { after: timeout, answer: unclear, evidence, bound };
        }
        let whole = body != BodyFault::Truncated;
        if matches!(outcome, Outcome::Answered(_) | Outcome::Refused(_)) && whole {
            let refused = matches!(&outcome, Outcome::Refused(error) if !is_fault(error));
            let stamp = Some(self.stamp(now));
            evidence = Evidence { stamp, refused };
        }
        let answer = match outcome {
            Outcome::Reset { .. } | Outcome::Hung => unclear,
            Outcome::Answered(_) | Outcome::Refused(_) if body == BodyFault::Truncated => unclear,
            Outcome::Answered(value) => clear(Ok(value)),
            Outcome::Refused(error) => clear(Err(error)),
        };
        Heard { after: latency, answer, evidence, bound }
    }
}

/// Whether a message of unknown outcome may be sent again.
fn policy_repeats(scenario: &Scenario) -> bool {
    scenario.policy.sdk_retries.is_some()
}

/// What a run tells the service about itself.
#[must_use]
pub fn campaign_model(scenario: &Scenario) -> CampaignModel {
    let countries = scenario.countries.iter();
    CampaignModel {
        seed: scenario.seed,
        settings: scenario.service.clone(),
        carriers: countries.map(|country| (country.code, country.carriers.clone())).collect(),
    }
}

/// Whether nobody knows what came of the call.
const fn is_fault(error: &ServiceError) -> bool {
    matches!(error, ServiceError::InternalServer | ServiceError::Unavailable)
}

/// After a fault of the service nobody knows whether the message was sent.
fn send_refused(error: &ServiceError) -> SendAnswer {
    match error {
        ServiceError::Throttling => SendAnswer::Throttled,
        ServiceError::InternalServer | ServiceError::Unavailable => SendAnswer::Unknown,
        ServiceError::AccessDenied(_)
        | ServiceError::Conflict { .. }
        | ServiceError::ResourceNotFound { .. }
        | ServiceError::ServiceQuotaExceeded(_)
        | ServiceError::Validation { .. } => SendAnswer::Rejected,
    }
}

fn put_refused(error: &ServiceError) -> PutAnswer {
    match error {
        ServiceError::Throttling => PutAnswer::Throttled,
        ServiceError::InternalServer | ServiceError::Unavailable => PutAnswer::Again,
        ServiceError::AccessDenied(_)
        | ServiceError::Conflict { .. }
        | ServiceError::ResourceNotFound { .. }
        | ServiceError::ServiceQuotaExceeded(_)
        | ServiceError::Validation { .. } => PutAnswer::Refused,
    }
}
