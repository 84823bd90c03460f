//! The service model for [`crate::drive::fast_forward`]: what it would look at in each message of a country
//! and template is looked at once, and nothing is remembered of the messages.

use super::{
    direct::{DirectTarget, Heard},
    message,
};
use crate::{
    engine::{
        campaign::CallFacts,
        outcome::{Place, PutAnswer, SendAnswer},
    },
    scenario::Scenario,
};
use sms_voice_mock::service::{
    phone::PhoneNumber,
    prepared::{Prepared, SentMessage, without_text},
    request::{Origin, SendText},
    time::{Nanos, SimTime},
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
    call_timeout: Nanos,
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
        let call_timeout = scenario.policy.call_timeout.into();
        Self { scenario, direct, prepared, wants_ids, call_timeout }
    }

    /// Sends a message.
    pub fn send(&mut self, now: SimTime, call: CallFacts, user: u64) -> Heard<SendAnswer> {
        let to = destination(self.scenario, call.place, user);
        let origin = Origin {
            session: call.attempt.session,
            nth: call.attempt.nth.into(),
            attempt: call.attempt.attempt.into(),
        };
        let request = without_text(&request(self.scenario, to), to);
        let prepared = (&self.prepared[self.number(call.place)], origin);
        let service = self.direct.service_mut();
        let reply = service.send_prepared(now, &request, prepared, self.wants_ids);
        self.direct.heard_of_send(now, reply)
    }

    /// How long the answer to a session's first send takes, if it is accepted as long as limits and budget let it
    /// pass; `None` if something else happens to it.
    #[inline]
    #[must_use]
    pub fn foresee_send(&self, session: u64, place: Place) -> Option<Nanos> {
        let origin = Origin { session, nth: 0, attempt: 0 };
        let prepared = &self.prepared[self.number(place)];
        let takes = self.direct.service().foresee_send(prepared, origin)?;
        (takes <= self.call_timeout).then_some(takes)
    }

    /// Counts a foreseen send if limits and budget let it pass; `false` if they do not.
    #[inline]
    pub fn count_if_let_pass(&mut self, now: SimTime, place: Place, user: u64) -> bool {
        let scenario = self.scenario;
        let prepared = &self.prepared[self.number(place)];
        let request = || {
            let to = destination(scenario, place, user);
            without_text(&request(scenario, to), to)
        };
        self.direct.service_mut().pass_prepared(now, request, prepared)
    }

    /// The number of a message among those that were looked at.
    #[inline]
    fn number(&self, place: Place) -> usize {
        let (country, template) = (usize::from(place.country), usize::from(place.template));
        country * self.scenario.templates.len() + template
    }

    /// Puts the feedback on a message that was sent at `sent_at`, if it is taken, nothing else happens to the call and
    /// the answer comes `until` then at the latest: says how long it takes. `None`, and nothing has changed, if not.
    #[inline]
    pub fn put_if_taken(
        &mut self,
        now: SimTime,
        call: CallFacts,
        (sent_at, until): (SimTime, SimTime),
    ) -> Option<Nanos> {
        let sent = self.sent_message(call, sent_at);
        let service = self.direct.service_mut();
        let takes = service.foresee_put(now, sent)?;
        let in_time = takes <= self.call_timeout && now + takes <= until;
        (in_time && service.pass_put(now)).then_some(takes)
    }

    #[inline]
    fn sent_message(&self, call: CallFacts, sent_at: SimTime) -> SentMessage {
        SentMessage {
            at: sent_at,
            session: call.attempt.session,
            nth: call.attempt.nth.into(),
            country: self.scenario.countries[usize::from(call.place.country)].code,
            puts: call.attempt.attempt,
        }
    }

    /// Puts the feedback on a message that was sent at `sent_at`; the call's attempt counts the puts.
    pub fn put(&mut self, now: SimTime, call: CallFacts, sent_at: SimTime) -> Heard<PutAnswer> {
        let sent = self.sent_message(call, sent_at);
        let reply = self.direct.service_mut().put_prepared(now, sent);
        self.direct.heard_of_put(now, reply)
    }
}

fn destination(scenario: &Scenario, place: Place, user: u64) -> PhoneNumber {
    let country = &scenario.countries[usize::from(place.country)];
    PhoneNumber::new(country.numbers.number(user), country.code)
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
