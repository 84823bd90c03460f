//! The calls of a campaign in virtual time: decided as all others are, and remembered by nobody.
//!
//! Millions of messages differ in who gets them and when, not in what the service looks at before it
//! asks its limits. So that look is taken once, and the caller remembers what a later put needs.
//!
//! **Invariant:** the answers are those of [`Service::send_text_message`] and
//! [`Service::put_message_feedback`] to the same calls at the same instants, but that no error
//! names an id, and that no message has one where nobody wants it.

use super::{
    answer::{Denied, Reply, ResourceType, ServiceError},
    channel::Channel,
    country::CountryCode,
    dice::Draw,
    faults::{FaultKind, FaultedCall},
    identity::MessageId,
    model::Service,
    phone::PhoneNumber,
    request::{Origin, SendText},
    send::Checked,
    time::{Nanos, SimTime},
};
use std::time::Duration;

/// What the service found when it looked at a message, whoever gets it.
#[derive(Clone, Debug)]
pub struct Prepared {
    checked: Result<Checked, ServiceError>,
    channel: Channel,
    /// Whether the limit of calls is the only one it meets.
    counts_as_call_only: bool,
}

/// What a put needs to know of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentMessage {
    /// When it was sent.
    pub at: SimTime,
    /// Whose it is.
    pub session: u64,
    /// Which message of the session.
    pub nth: u32,
    /// Where it went.
    pub country: CountryCode,
    /// How many puts there were before.
    pub puts: u8,
}

impl SentMessage {
    /// The address of a put among those of its session.
    const fn call(self) -> u32 {
        self.nth.wrapping_mul(256) + self.puts as u32
    }
}

impl Service {
    /// Looks at a message of this country and text. What was found holds for every number of the country
    /// as long as the settings and the account's resources stay as they are and it is not in the sandbox.
    #[must_use]
    pub fn prepare(&self, request: &SendText<'_>) -> Prepared {
        let channel = request.channel;
        let counts_as_call_only = channel == Channel::Text
            && self.pool(request).is_none()
            && self.state.limits.asks_for_calls_only();
        Prepared { checked: self.check(SimTime::ZERO, request), channel, counts_as_call_only }
    }

    /// Sends a message that was looked at before; `request` may be without its text. Where nobody `wants_id`, the
    /// id is zero.
    pub fn send_prepared(
        &mut self,
        now: SimTime,
        request: &SendText<'_>,
        (prepared, origin): (&Prepared, Origin),
        wants_id: bool,
    ) -> Reply<MessageId> {
        self.meet_send(now, request, origin, |service| {
            let checked = match &prepared.checked {
                Ok(checked) => checked,
                Err(error) => {
                    service.refuse(now, request)?;
                    return Err(error.clone().into());
                }
            };
            service.admit(now, request, checked)?;
            let state = &mut service.state;
            state.spend[request.channel.budget()].add(now, checked.cost);
            let number = state.unremembered;
            state.unremembered += 1;
            Ok(if wants_id { state.ids.id(number) } else { MessageId::from_bits(0) })
        })
    }

    /// Whether limits and budget let a message pass which [`Self::send_prepared`] is known to accept if they do; if so
    /// it is counted, and if not, nothing has changed.
    #[inline]
    pub fn pass_prepared<'a>(
        &mut self,
        now: SimTime,
        request: impl FnOnce() -> SendText<'a>,
        prepared: &Prepared,
    ) -> bool {
        let Prepared { checked: Ok(checked), channel, counts_as_call_only } = prepared else {
            return false;
        };
        // The budget is asked first, because limits that let a message pass have changed.
        let passes = self.affords(now, *channel, checked.cost)
            && if *counts_as_call_only {
                self.state.limits.admit_send_call(now).is_ok()
            } else {
                self.admit(now, &request(), checked).is_ok()
            };
        if passes {
            self.state.spend[channel.budget()].add(now, checked.cost);
            self.state.unremembered += 1;
        }
        passes
    }

    /// How long the call takes that sends such a message, if it is accepted as long as limits and budget let it pass;
    /// `None` if something else happens to it. Nothing changes.
    #[inline]
    #[must_use]
    pub fn foresee_send(&self, prepared: &Prepared, origin: Origin) -> Option<Nanos> {
        let (latency, drawn) = self.draw_send(origin);
        (prepared.checked.is_ok() && drawn.is_none() && !self.has_faults()).then_some(latency)
    }

    /// How long the call takes that puts feedback on such a message, if it is taken as long as the limits let it
    /// pass; `None` if something else happens to it. Nothing changes.
    #[inline]
    #[must_use]
    pub fn foresee_put(&self, now: SimTime, sent: SentMessage) -> Option<Nanos> {
        let found = now < sent.at + self.settings().retention;
        let (latency, drawn) = self.draw_put(sent.session, sent.call());
        (found && drawn.is_none() && !self.has_faults()).then_some(latency)
    }

    /// Whether the limits let a put pass; if so it is counted, and if not, nothing has changed.
    #[inline]
    pub fn pass_put(&mut self, now: SimTime) -> bool {
        self.state.limits.admit_put(now).is_ok()
    }

    /// How long a call takes, and the error it meets.
    #[inline]
    fn draw_put(&self, session: u64, call: u32) -> (Nanos, Option<FaultKind>) {
        let (dice, settings) = (self.dice, self.settings());
        let latency = settings.put_latency.sample(&mut dice.at(session, Draw::PutLatency, call));
        let drawn = settings.put_errors.fault(|| dice.unit(session, Draw::PutError, call));
        (latency, drawn)
    }

    /// Notes the outcome of a message that the caller remembers.
    pub fn put_prepared(&mut self, now: SimTime, sent: SentMessage) -> Reply<()> {
        let found = now < sent.at + self.settings().retention;
        let (session, call, country) = if found {
            (sent.session, sent.call(), Some(sent.country))
        } else {
            (self.anonymous_session(), 0, None)
        };
        let (latency, drawn) = self.draw_put(session, call);
        let operation = "PutMessageFeedback";
        let address = Some((session, Draw::PutFault, call));
        let faulted = FaultedCall { operation, country, address };
        let reply = self.meet(now, faulted, drawn, |service| {
            service.state.limits.admit_put(now)?;
            if found {
                return Ok(());
            }
            let (resource, id) = (ResourceType::Message, String::new());
            Err(Denied::from(ServiceError::ResourceNotFound { resource, id }))
        });
        Reply { latency: Duration::from(latency) + reply.latency, ..reply }
    }
}

/// A request as [`Service::send_prepared`] takes it: all but the text.
#[must_use]
pub const fn without_text<'a>(request: &SendText<'a>, to: PhoneNumber) -> SendText<'a> {
    SendText { destination: to, body: "", ..*request }
}
