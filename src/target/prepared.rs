//! The service model for [`crate::drive::fast_forward`]: what it would look at in each message of a country
//! and template is looked at once, and nothing is remembered of the messages.

use super::{
    direct::{DirectTarget, Heard},
    message,
};
use crate::{
    engine::{
        campaign::CallFacts,
        outcome::{PutAnswer, SendAnswer},
    },
    scenario::Scenario,
};
use sms_voice_mock::service::{
    phone::PhoneNumber,
    prepared::{Prepared, SentMessage, without_text},
    request::{Origin, SendText},
    time::SimTime,
};
use std::sync::Arc;

/// The service model with this scenario's settings and messages.
#[derive(Debug)]
pub struct PreparedTarget<'a> {
    scenario: &'a Scenario,
    direct: DirectTarget,
    /// `prepared[country × templates + template]`
    prepared: Vec<Prepared>,
    wants_ids: bool,
}

impl<'a> PreparedTarget<'a> {
    /// A fresh service that has looked at every message; it gives ids to them if anybody `wants_ids`.
    #[must_use]
    pub fn new(scenario: &'a Scenario, wants_ids: bool) -> Self {
        let direct = DirectTarget::new(Arc::new(scenario.clone()));
        let code = "8".repeat(scenario.policy.code.length.into());
        let mut prepared = Vec::new();
        for country in &scenario.countries {
            let to = PhoneNumber::new(country.numbers.number(0), country.code);
            for template in &scenario.templates {
                let body = template.with_code(&code);
                let request = SendText { body: &body, ..request(scenario, to) };
                prepared.push(direct.service().prepare(&request));
            }
        }
        Self { scenario, direct, prepared, wants_ids }
    }

    /// Sends a message.
    pub fn send(&mut self, now: SimTime, call: CallFacts, user: u64) -> Heard<SendAnswer> {
        let (place, to) = self.message(call, user);
        let origin = Origin {
            session: call.attempt.session,
            nth: call.attempt.nth.into(),
            attempt: call.attempt.attempt.into(),
        };
        let request = without_text(&request(self.scenario, to), to);
        let service = self.direct.service_mut();
        let prepared = (&self.prepared[place], origin);
        let reply = service.send_prepared(now, &request, prepared, self.wants_ids);
        self.direct.heard_of_send(now, reply)
    }

    /// Counts a message that is accepted if limits and budget let it pass; `false` if they do not.
    pub fn count_if_let_pass(&mut self, now: SimTime, call: CallFacts, user: u64) -> bool {
        let (place, to) = self.message(call, user);
        let request = without_text(&request(self.scenario, to), to);
        self.direct.service_mut().pass_prepared(now, &request, &self.prepared[place])
    }

    /// Which message it is, and whom it goes to.
    fn message(&self, call: CallFacts, user: u64) -> (usize, PhoneNumber) {
        let country = usize::from(call.place.country);
        let place = country * self.scenario.templates.len() + usize::from(call.place.template);
        let country = &self.scenario.countries[country];
        (place, PhoneNumber::new(country.numbers.number(user), country.code))
    }

    /// Puts the feedback on a message that was sent at `sent_at`; the call's attempt counts the puts.
    pub fn put(&mut self, now: SimTime, call: CallFacts, sent_at: SimTime) -> Heard<PutAnswer> {
        let sent = SentMessage {
            at: sent_at,
            session: call.attempt.session,
            nth: call.attempt.nth.into(),
            country: self.scenario.countries[usize::from(call.place.country)].code,
            puts: call.attempt.attempt,
        };
        let reply = self.direct.service_mut().put_prepared(now, sent);
        self.direct.heard_of_put(now, reply)
    }
}

fn request(scenario: &Scenario, to: PhoneNumber) -> SendText<'_> {
    let policy = &scenario.policy;
    SendText {
        origination_identity: Some(&policy.origination_identity),
        configuration_set: message::configuration_set(policy),
        message_feedback_enabled: message::feedback_parameter(policy),
        ..SendText::new(to, "")
    }
}
