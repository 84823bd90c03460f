//! `PutMessageFeedback`.

use super::{
    answer::{Denied, Reply, ResourceType, ServiceError},
    dice::Draw,
    faults::FaultedCall,
    feedback::{FeedbackStatus, PutWithoutFeedback, Reported},
    identity::MessageId,
    metrics::Fed,
    model::Service,
    time::SimTime,
};
use std::time::Duration;

impl Service {
    /// Notes the outcome of a message: an error of the service, then the quota, then whether the
    /// message is known decide, in this order. A report after the hour counts, and so does a second
    /// one, which replaces the first (an assumption).
    pub fn put_message_feedback(
        &mut self,
        now: SimTime,
        id: MessageId,
        status: FeedbackStatus,
    ) -> Reply<FeedbackStatus> {
        let number = self.state.ids.number(id);
        let retention = self.campaign.settings.retention;
        let record = number.and_then(|number| self.state.messages.find(number, now, retention));
        let (session, call, country) = match record {
            Some(record) => {
                let call = record.nth.wrapping_mul(256) + u32::from(record.puts);
                record.puts = record.puts.saturating_add(1);
                (record.session, call, Some(record.country))
            }
            None => (self.anonymous_session(), 0, None),
        };
        let (dice, settings) = (self.dice, &self.campaign.settings);
        let latency = settings.put_latency.sample(&mut dice.at(session, Draw::PutLatency, call));
        let drawn = settings.put_errors.fault(|| dice.unit(session, Draw::PutError, call));
        let operation = "PutMessageFeedback";
        let faulted =
            FaultedCall { operation, country, address: Some((session, Draw::PutFault, call)) };
        let reply = self.meet(now, faulted, drawn, |service| service.put(now, id, status));
        Reply { latency: Duration::from(latency) + reply.latency, ..reply }
    }

    /// The same on an id that is none of a message: no service ever made one of this form.
    pub(crate) fn put_on_nothing(&mut self, now: SimTime, id: &str) -> Reply<FeedbackStatus> {
        let faulted = FaultedCall { operation: "PutMessageFeedback", country: None, address: None };
        self.meet(now, faulted, None, |service| {
            service.state.limits.admit_put(now)?;
            let (resource, id) = (ResourceType::Message, id.to_owned());
            Err(Denied::from(ServiceError::ResourceNotFound { resource, id }))
        })
    }

    fn put(
        &mut self,
        now: SimTime,
        id: MessageId,
        status: FeedbackStatus,
    ) -> Result<FeedbackStatus, Denied> {
        let not_found = || ServiceError::ResourceNotFound {
            resource: ResourceType::Message,
            id: id.to_string(),
        };
        let when_off = self.put_without_feedback();
        let retention = self.campaign.settings.retention;
        let state = &mut self.state;
        state.limits.admit_put(now)?;
        let number = state.ids.number(id).ok_or_else(not_found)?;
        let record = state.messages.find(number, now, retention).ok_or_else(not_found)?;
        let off = record.reported == Reported::Off;
        if off && when_off == PutWithoutFeedback::NotFound {
            return Err(not_found().into());
        }
        if !off {
            let message = Fed {
                channel: record.channel,
                country: record.country,
                sent: record.sent,
                again: record.reported != Reported::Nothing,
            };
            let settings = self.campaign.settings.metrics;
            record.report(now, status);
            state.metrics.feedback(now, settings, &message, status);
        }
        Ok(status)
    }
}
