//! The sends beside `SendTextMessage`: media, voice, Notify, RCS.
//!
//! They keep the same rules and the same feedback. What they cost is not in the price table: nothing,
//! unless the settings say otherwise.
//!
//! **Invariant:** each is a message like any other once it is accepted.

use super::{
    answer::{Outcome, ServiceError, ValidationReason},
    channel::Channel,
    country::CountryCode,
    identity::MessageId,
    model::Service,
    numbering,
    operation::Operation,
    phone::PhoneNumber,
    price::Money,
    request::SendText,
    settings::Tier,
    time::SimTime,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, time::Duration};

/// What all of them have in common.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Common {
    destination_phone_number: String,
    origination_identity: Option<String>,
    configuration_set_name: Option<String>,
    max_price: Option<String>,
    max_price_per_minute: Option<String>,
    context: Option<BTreeMap<String, String>>,
    dry_run: Option<bool>,
    protect_configuration_id: Option<String>,
    message_feedback_enabled: Option<bool>,
    time_to_live: Option<u32>,
}

impl Common {
    fn destination(&self) -> Result<PhoneNumber, ServiceError> {
        let digits = self.destination_phone_number.trim_start_matches('+').parse().ok();
        digits
            .and_then(|digits| Some(PhoneNumber::new(digits, numbering::country_of(digits)?)))
            .ok_or_else(|| {
                ServiceError::invalid(
                    ValidationReason::InvalidParameter,
                    "DestinationPhoneNumber",
                    "must belong to a country",
                )
            })
    }

    fn country(&self) -> Option<CountryCode> {
        self.destination().ok().map(PhoneNumber::country)
    }

    fn send(
        self,
        service: &mut Service,
        now: SimTime,
        channel: Channel,
        body: &str,
    ) -> Result<MessageId, ServiceError> {
        let context: Vec<_> = self.context.clone().unwrap_or_default().into_iter().collect();
        let most = self.max_price.as_ref().or(self.max_price_per_minute.as_ref());
        let request = SendText {
            channel,
            origination_identity: self.origination_identity.as_deref(),
            configuration_set: self.configuration_set_name.as_deref(),
            message_feedback_enabled: self.message_feedback_enabled,
            context: &context,
            dry_run: self.dry_run.unwrap_or(false),
            max_price: most.and_then(|text| text.parse().ok()).map(Money::from_usd),
            protect_configuration: self.protect_configuration_id.as_deref(),
            time_to_live: self.time_to_live.map(|secs| Duration::from_secs(secs.into())),
            ..SendText::new(self.destination()?, body)
        };
        match service.send_text_message(now, &request).outcome {
            Outcome::Answered(id) => Ok(id),
            Outcome::Refused(error) => Err(error),
            // Only text messages meet drawn errors.
            Outcome::Reset { .. } | Outcome::Hung => Err(ServiceError::InternalServer),
        }
    }
}

/// What a send answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendResult {
    message_id: MessageId,
}

/// Defines a send whose body is a member of its input.
macro_rules! send {
    ($(#[$meta:meta])* $name:ident, $channel:expr, $body:literal) => {
        $(#[$meta])*
        #[derive(Deserialize)]
        pub struct $name {
            #[serde(flatten)]
            common: Common,
            #[serde(rename = $body)]
            body: Option<String>,
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl Operation for $name {
            const NAME: &'static str = stringify!($name);
            type Output = SendResult;

            fn country(&self) -> Option<CountryCode> {
                self.common.country()
            }

            fn act(self, service: &mut Service, now: SimTime) -> Result<SendResult, ServiceError> {
                let body = self.body.unwrap_or_default();
                let message_id = self.common.send(service, now, $channel, &body)?;
                Ok(SendResult { message_id })
            }
        }
    };
}

send! {
    /// `SendMediaMessage`: one part, whatever it holds.
    SendMediaMessage, Channel::Media, "MessageBody"
}

send! {
    /// `SendVoiceMessage`: one call, billed as one minute.
    SendVoiceMessage, Channel::Voice, "MessageBody"
}

send! {
    /// `SendRcsMessage`: one message, whatever it holds; it never falls back to SMS here.
    SendRcsMessage, Channel::Rcs, "-"
}

/// A Notify message: a template and its variables.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Notify {
    #[serde(flatten)]
    common: Common,
    notify_configuration_id: String,
    template_id: Option<String>,
    template_variables: BTreeMap<String, String>,
}

/// What a Notify send answers.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NotifyResult {
    message_id: MessageId,
    template_id: Option<String>,
    resolved_message_body: String,
}

/// Without the text, which may have a code in it.
impl fmt::Debug for NotifyResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotifyResult").field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

impl Notify {
    /// Sends it. The operations that make Notify configurations and templates are not emulated: an
    /// open account takes any, any other has none.
    fn send(
        self,
        service: &mut Service,
        now: SimTime,
        channel: Channel,
    ) -> Result<NotifyResult, ServiceError> {
        if service.settings().account.tier != Tier::Open {
            return Err(ServiceError::not_found(
                super::answer::ResourceType::NotifyConfiguration,
                self.notify_configuration_id,
            ));
        }
        let resolved_message_body = self.text();
        let message_id = self.common.send(service, now, channel, &resolved_message_body)?;
        Ok(NotifyResult { message_id, template_id: self.template_id, resolved_message_body })
    }

    /// The text of a template that nobody wrote: its variables, in the order of their names.
    fn text(&self) -> String {
        let pair = |(name, value): (&String, &String)| format!("{name}: {value}");
        let pairs: Vec<_> = self.template_variables.iter().map(pair).collect();
        if pairs.is_empty() { "(no variables)".to_owned() } else { pairs.join(", ") }
    }
}

/// Defines a Notify send.
macro_rules! notify {
    ($(#[$meta:meta])* $name:ident, $channel:expr) => {
        $(#[$meta])*
        #[derive(Deserialize)]
        #[serde(transparent)]
        pub struct $name(Notify);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl Operation for $name {
            const NAME: &'static str = stringify!($name);
            type Output = NotifyResult;

            fn country(&self) -> Option<CountryCode> {
                self.0.common.country()
            }

            fn act(self, service: &mut Service, now: SimTime) -> Result<NotifyResult, ServiceError> {
                self.0.send(service, now, $channel)
            }
        }
    };
}

notify! {
    /// `SendNotifyTextMessage`
    SendNotifyTextMessage, Channel::NotifyText
}

notify! {
    /// `SendNotifyVoiceMessage`
    SendNotifyVoiceMessage, Channel::NotifyVoice
}
