//! `SendTextMessage`.

use super::{
    answer::{Outcome, QuotaReason, Reply, ServiceError, ValidationReason},
    dice::Draw,
    faults::Fault,
    feedback::Reported,
    identity::MessageId,
    message_log::{Details, Record},
    model::Service,
    price::{Money, part_price},
    quota::SendLoad,
    request::{Origin, SendText},
    segments,
    time::SimTime,
};

/// Dry runs get ids from up here, where no message's number ever comes.
const DRY_RUNS: u64 = 1 << 59;

/// What is known about a request once it has been looked at.
#[derive(Clone, Copy)]
struct Checked {
    parts: u32,
    cost: Money,
    feedback: bool,
}

impl Service {
    /// Sends a text message: an error of the service, then the request itself, then quotas, then the
    /// spend limit decide, in this order.
    pub fn send_text_message(&mut self, now: SimTime, request: &SendText<'_>) -> Reply<MessageId> {
        let origin = request.origin.unwrap_or_else(|| Origin {
            session: self.anonymous_session(),
            nth: 0,
            attempt: 0,
        });
        let call = origin.nth.wrapping_mul(256).wrapping_add(origin.attempt);
        let (dice, settings) = (self.dice, &self.campaign.settings);
        let latency =
            settings.send_latency.sample(&mut dice.at(origin.session, Draw::SendLatency, call));
        let fault = settings.send_errors.fault(|| dice.unit(origin.session, Draw::SendError, call));
        let outcome = match fault {
            None => self.send(now, request, origin).into(),
            Some(Fault::Throttle) => Outcome::Refused(ServiceError::Throttling),
            Some(Fault::InternalError) => Outcome::Refused(ServiceError::InternalServer),
            Some(Fault::Unavailable) => Outcome::Refused(ServiceError::Unavailable),
            Some(Fault::ResetBefore) => Outcome::Reset { processed: false },
            Some(Fault::ResetAfter) => {
                Outcome::Reset { processed: self.send(now, request, origin).is_ok() }
            }
        };
        Reply { latency, outcome }
    }

    fn send(
        &mut self,
        now: SimTime,
        request: &SendText<'_>,
        origin: Origin,
    ) -> Result<MessageId, ServiceError> {
        let checked = self.check(request)?;
        let load = SendLoad {
            recipient: request.destination.digits(),
            originator: request.origination_identity.unwrap_or_default(),
            parts: checked.parts,
        };
        if !self.state.limits.admit_send(now, load) {
            return Err(ServiceError::Throttling);
        }
        let limit = self.campaign.settings.spend_limit_usd;
        let spend = &mut self.state.spend;
        if limit.is_some_and(|limit| !spend.allows(now, checked.cost, Money::from_usd(limit))) {
            return Err(ServiceError::ServiceQuotaExceeded(
                QuotaReason::MonthlySpendLimitReachedForText,
            ));
        }
        if request.dry_run {
            let number = DRY_RUNS + self.state.dry_runs;
            self.state.dry_runs += 1;
            return Ok(self.state.ids.id(number));
        }
        spend.add(now, checked.cost);
        Ok(self.accept(now, request, origin, checked))
    }

    /// Looks at the request alone: its size, its price, its configuration set.
    fn check(&self, request: &SendText<'_>) -> Result<Checked, ServiceError> {
        let parts = segments::parts(request.body);
        if !parts.fits() {
            // Which error AWS gives is not documented: this one is an assumption.
            return Err(ServiceError::invalid(
                ValidationReason::MaximumSizeExceeded,
                "MessageBody",
                "must have at most 1530 GSM characters or 630 others",
            ));
        }
        let set = request.configuration_set.map(|name| self.configuration_set(name)).transpose()?;
        let by_default = set.is_some_and(|set| set.message_feedback_enabled);
        let country = request.destination.country();
        let cost = part_price(&self.campaign.settings, country)
            .map_or(Money::ZERO, |price| price.cost(parts.count));
        if request.max_price.is_some_and(|most| cost > most) {
            return Err(ServiceError::invalid(
                ValidationReason::PriceOverThreshold,
                "MaxPrice",
                "is below the price of the message",
            ));
        }
        Ok(Checked {
            parts: parts.count,
            cost,
            feedback: request.message_feedback_enabled.unwrap_or(by_default),
        })
    }

    fn accept(
        &mut self,
        now: SimTime,
        request: &SendText<'_>,
        origin: Origin,
        checked: Checked,
    ) -> MessageId {
        let record = Record {
            sent: now,
            session: origin.session,
            fed_back: SimTime::NEVER,
            cost: checked.cost,
            nth: origin.nth,
            country: request.destination.country(),
            destination: request.destination.masked(),
            parts: u8::try_from(checked.parts).expect("a text that fits has at most eleven parts"),
            reported: if checked.feedback { Reported::Nothing } else { Reported::Off },
            puts: 0,
        };
        let keep = self.details();
        let messages = &mut self.state.messages;
        messages.forget(now, self.campaign.settings.retention);
        let id = self.state.ids.id(messages.end());
        messages.push(record, keep, || Details {
            body: request.body.into(),
            context: request.context.into(),
            configuration_set: request.configuration_set.map(Into::into),
        });
        id
    }
}
