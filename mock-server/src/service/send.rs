//! `SendTextMessage`.

use super::{
    answer::{Denied, QuotaReason, Reply, ServiceError, ValidationReason},
    bound::Bound,
    channel::Channel,
    dice::Draw,
    events::Traced,
    faults::{FaultKind, FaultedCall},
    feedback::Reported,
    identity::MessageId,
    message_log::{Details, Record},
    metrics::{Accepted, OriginationIdentityType, Protected},
    model::Service,
    price::{Money, part_price},
    quota::{Refusal, SendLoad},
    request::{Origin, SendText},
    rules::blocked_by,
    segments,
    settings::{OverDailyCap, ServiceSettings},
    time::{Nanos, SimTime},
};
use std::time::Duration;

/// Dry runs get ids from up here, where no message's number ever comes.
const DRY_RUNS: u64 = 1 << 59;

/// What is known about a request once it has been looked at.
#[derive(Clone, Debug)]
pub(super) struct Checked {
    parts: u32,
    pub(super) cost: Money,
    feedback: bool,
    /// Of the cost, the carrier's.
    fee: Money,
    /// The originator's own rate, where the account's rules hold.
    parts_per_second: Option<f64>,
    /// Whom it comes from, where that is not what the call says.
    shown: Option<String>,
    originator: Option<OriginationIdentityType>,
    promotional: bool,
    /// The id of the one that looked at the message, if any.
    protect_configuration: Option<String>,
}

impl Service {
    /// Sends a message. For a text message, an error of the service, then the request itself, then quotas, then the
    /// spend limit decide, in this order.
    pub fn send_text_message(&mut self, now: SimTime, request: &SendText<'_>) -> Reply<MessageId> {
        let origin = request.origin.unwrap_or_else(|| Origin {
            session: self.anonymous_session(),
            nth: 0,
            attempt: 0,
        });
        if request.channel != Channel::Text {
            return Reply::of(self.send(now, request, origin));
        }
        self.meet_send(now, request, origin, |service| service.send(now, request, origin))
    }

    /// Lets a call of `SendTextMessage` act after what goes wrong with it has been drawn.
    pub(super) fn meet_send<T>(
        &mut self,
        now: SimTime,
        request: &SendText<'_>,
        origin: Origin,
        act: impl FnOnce(&mut Self) -> Result<T, Denied>,
    ) -> Reply<T> {
        let (latency, drawn) = self.draw_send(origin);
        let call = origin.call();
        let faulted = FaultedCall {
            operation: "SendTextMessage",
            country: Some(request.destination.country()),
            address: Some((origin.session, Draw::Fault, call)),
        };
        let reply = self.meet(now, faulted, drawn, act);
        Reply { latency: Duration::from(latency) + reply.latency, ..reply }
    }

    /// How long a call takes, and the error it meets.
    #[inline]
    pub(super) fn draw_send(&self, origin: Origin) -> (Nanos, Option<FaultKind>) {
        let (dice, settings, call) = (self.dice, &self.campaign.settings, origin.call());
        let latency =
            settings.send_latency.sample(&mut dice.at(origin.session, Draw::SendLatency, call));
        let drawn = settings.send_errors.fault(|| dice.unit(origin.session, Draw::SendError, call));
        (latency, drawn)
    }

    fn send(
        &mut self,
        now: SimTime,
        request: &SendText<'_>,
        origin: Origin,
    ) -> Result<MessageId, Denied> {
        let mut checked = match self.check(now, request) {
            Ok(checked) => checked,
            Err(error) => {
                self.refuse(now, request)?;
                self.note_protection(now, request, blocked_by(&error), true);
                return Err(error.into());
            }
        };
        if let Some(originator) = self.admit(now, request, &checked)? {
            checked.shown = Some(originator);
        }
        if request.dry_run {
            let number = DRY_RUNS + self.state.dry_runs;
            self.state.dry_runs += 1;
            return Ok(self.state.ids.id(number));
        }
        self.state.spend[request.channel.budget()].add(now, checked.cost);
        self.note_protection(now, request, checked.protect_configuration.as_deref(), false);
        Ok(self.accept(now, request, origin, &checked))
    }

    /// What is refused was a call all the same.
    pub(super) fn refuse(&mut self, now: SimTime, request: &SendText<'_>) -> Result<(), Denied> {
        if request.channel == Channel::Text {
            self.state.limits.admit_send_call(now)?;
        }
        Ok(())
    }

    /// Whether limits and budget let a message pass; if a pool sends it, by which originator.
    pub(super) fn admit(
        &mut self,
        now: SimTime,
        request: &SendText<'_>,
        checked: &Checked,
    ) -> Result<Option<String>, Denied> {
        let load = SendLoad {
            text: request.channel == Channel::Text,
            recipient: request.destination.digits(),
            originator: checked
                .shown
                .as_deref()
                .or(request.origination_identity)
                .unwrap_or_default(),
            parts: checked.parts,
            parts_per_second: checked.parts_per_second,
        };
        let load = if request.dry_run { load.of_dry_run() } else { load };
        let originator = self.pass_limits(now, request, load)?;
        if !self.affords(now, request.channel, checked.cost) {
            let error = ServiceError::ServiceQuotaExceeded(request.channel.spend_reason());
            return Err(Denied { error, bound: Some(Bound::Spend) });
        }
        Ok(originator)
    }

    /// Whether the month's budget has room for so much more.
    #[inline]
    pub(super) fn affords(&mut self, now: SimTime, channel: Channel, cost: Money) -> bool {
        let limit = self.spend_limit(channel);
        let spend = &mut self.state.spend[channel.budget()];
        limit.is_none_or(|limit| spend.allows(now, cost, limit))
    }

    /// Whether the limits let a message pass; if a pool sends it, by which originator.
    fn pass_limits(
        &mut self,
        now: SimTime,
        request: &SendText<'_>,
        load: SendLoad<'_>,
    ) -> Result<Option<String>, Denied> {
        let pool = self.pool(request).filter(|_| !request.dry_run).map(|(name, _)| name);
        let (limits, settings) = (&mut self.state.limits, &self.campaign.settings);
        let passed = match pool {
            None => limits.admit_send(now, load).map(|()| None).map_err(Refusal::from),
            Some(name) => {
                let to = (name, request.destination.country());
                let place = limits.admit_to_pool(now, load, to);
                place.map(|place| Some(settings.pools[name].originators[place].id.to_string()))
            }
        };
        passed.map_err(|Refusal { bound, for_today }| {
            if for_today && settings.quotas.over_daily_cap == OverDailyCap::Refuse {
                let reason = QuotaReason::DailyDestinationCallLimit;
                Denied { error: ServiceError::ServiceQuotaExceeded(reason), bound: Some(bound) }
            } else {
                bound.into()
            }
        })
    }

    /// Counts what a protect configuration decided about a message, as it is blocked or accepted. That
    /// a message which something else refuses counts nowhere is an assumption.
    fn note_protection(
        &mut self,
        now: SimTime,
        request: &SendText<'_>,
        protect_configuration: Option<&str>,
        blocked: bool,
    ) {
        let Some(protect_configuration) = protect_configuration.filter(|_| !request.dry_run) else {
            return;
        };
        let message = Protected {
            channel: request.channel,
            country: request.destination.country(),
            originator: request.origination_identity.map(OriginationIdentityType::of),
            protect_configuration,
            blocked,
        };
        self.state.metrics.protected(now, &message);
    }

    /// What may be spent on such messages in a month.
    #[inline]
    fn spend_limit(&self, channel: Channel) -> Option<Money> {
        let allowed = self.campaign.settings.spend_limit_usd.map(Money::from_usd);
        let own = self.state.account.text_spend_limit().filter(|_| channel == Channel::Text);
        allowed.into_iter().chain(own).min()
    }

    /// Looks at the request: the account's rules, its size, its price.
    pub(super) fn check(
        &self,
        now: SimTime,
        request: &SendText<'_>,
    ) -> Result<Checked, ServiceError> {
        let defaults = self.defaults(request)?;
        let passed = self.judge(now, request, defaults)?;
        let pool = self.pool(request).map(|_| OriginationIdentityType::Pool);
        let parts = parts(request)?;
        let cost = self.cost(request, parts);
        if request.max_price.is_some_and(|most| cost > most) {
            return Err(ServiceError::invalid(
                ValidationReason::PriceOverThreshold,
                "MaxPrice",
                "is below the price of the message",
            ));
        }
        Ok(Checked {
            parts,
            cost,
            fee: self.fee(request, parts),
            feedback: request.message_feedback_enabled.unwrap_or(defaults.feedback),
            originator: pool.or_else(|| passed.originator.map(Into::into)).or_else(|| {
                let identity = passed.shown.as_deref().or(request.origination_identity);
                identity.map(OriginationIdentityType::of)
            }),
            shown: passed.shown,
            promotional: passed.promotional,
            parts_per_second: passed.parts_per_second,
            protect_configuration: passed.protection.map(|protection| protection.configuration),
        })
    }

    /// Price and fee of a message. Only text messages have a table.
    fn cost(&self, request: &SendText<'_>, parts: u32) -> Money {
        let settings = &self.campaign.settings;
        match request.channel {
            Channel::Text | Channel::NotifyText => {
                part_price(settings, request.destination.country())
                    .map_or(Money::ZERO, |price| price.cost(parts))
            }
            Channel::Media => Money::from_usd(settings.other_prices.media_usd),
            Channel::Voice | Channel::NotifyVoice => {
                Money::from_usd(settings.other_prices.voice_minute_usd)
            }
            Channel::Rcs => Money::from_usd(settings.other_prices.rcs_usd),
        }
    }

    /// The carrier's share of the cost.
    fn fee(&self, request: &SendText<'_>, parts: u32) -> Money {
        let price = part_price(&self.campaign.settings, request.destination.country());
        let text = matches!(request.channel, Channel::Text | Channel::NotifyText);
        price.filter(|_| text).map_or(Money::ZERO, |price| price.fee(parts))
    }

    /// Sends the code that verifies a number, past rules, quotas and prices.
    pub(super) fn send_verification(
        &mut self,
        now: SimTime,
        request: &SendText<'_>,
    ) -> Result<MessageId, ServiceError> {
        self.defaults(request)?;
        let checked = Checked {
            parts: parts(request)?,
            cost: Money::ZERO,
            fee: Money::ZERO,
            feedback: false,
            shown: None,
            originator: request.origination_identity.map(OriginationIdentityType::of),
            promotional: false,
            parts_per_second: None,
            protect_configuration: None,
        };
        let origin = Origin { session: self.anonymous_session(), nth: 0, attempt: 0 };
        Ok(self.accept(now, request, origin, &checked))
    }

    fn accept(
        &mut self,
        now: SimTime,
        request: &SendText<'_>,
        origin: Origin,
        checked: &Checked,
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
            channel: request.channel,
        };
        let accepted = Accepted {
            channel: request.channel,
            country: record.country,
            originator: checked.originator,
            parts: checked.parts,
            expecting: checked.feedback,
            month_to_date: self.state.spend[request.channel.budget()].so_far(now),
        };
        self.state.metrics.accepted(now, &accepted);
        let keep = self.details();
        let ServiceSettings { retention, retained_messages, .. } = self.campaign.settings;
        let messages = &mut self.state.messages;
        let number = messages.end();
        let id = self.state.ids.id(number);
        messages.push(record, keep, || Details {
            body: Some(request.body.into()),
            context: Some(request.context.into()),
            configuration_set: request.configuration_set.map(Into::into),
            originator: checked.shown.as_deref().or(request.origination_identity).map(Into::into),
        });
        messages.forget(now, retention, retained_messages);
        if self.events_kept() > 0 {
            self.trace(traced(number, &record, request, checked), request.time_to_live);
        }
        id
    }
}

/// What the events of a message need to know of it.
fn traced(number: u64, record: &Record, request: &SendText<'_>, checked: &Checked) -> Traced {
    Traced {
        number,
        session: record.session,
        nth: record.nth,
        sent: record.sent,
        country: record.country,
        channel: record.channel,
        parts: record.parts,
        encoding: segments::parts(request.body).encoding,
        promotional: checked.promotional,
        originator: checked.originator,
        simulated: Service::simulated(request.destination.digits()),
        cost: record.cost,
        fee: checked.fee,
    }
}

/// The parts that a message takes: those of its text; one for what is not a text.
fn parts(request: &SendText<'_>) -> Result<u32, ServiceError> {
    if !matches!(request.channel, Channel::Text | Channel::NotifyText) {
        return Ok(1);
    }
    let parts = segments::parts(request.body);
    if parts.fits() {
        return Ok(parts.count);
    }
    // Which error AWS gives is not documented: this one is an assumption.
    Err(ServiceError::invalid(
        ValidationReason::MaximumSizeExceeded,
        "MessageBody",
        "must have at most 1530 GSM characters or 630 others",
    ))
}
