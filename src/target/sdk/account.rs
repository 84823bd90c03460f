//! What an account has and may, as its own read calls tell it, in plain words.
//!
//! Reads change nothing and are repeated by the SDK; the two probes are made once.
//!
//! **Invariant:** nothing here creates or changes anything in an account, and nobody gets a message.

mod facts;
mod unread;

pub use facts::{ConfigurationSet, Originator, OriginatorKind, SpendLimit};
pub use unread::{Unread, Why};

use super::{aws_config, config};
use crate::target::{aws::AwsLink, guard::MaxPrice};
use aws_sdk_pinpointsmsvoicev2::{
    Client,
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::BeforeDeserializationInterceptorContextRef, retry::RetryConfig,
    },
    error::BoxError,
    operation::send_text_message::SendTextMessageError,
    types::{
        AccountAttributeName, MessageFeedbackStatus, MessageType, SpendLimitName,
        VerificationStatus,
    },
};
use sms_voice_mock::service::{numbering::country_of, phone::PhoneNumber};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// The version of the SDK that speaks to the account.
pub const SDK_VERSION: &str = aws_sdk_pinpointsmsvoicev2::meta::PKG_VERSION;

/// How long one read may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// An id that no message has.
const NO_MESSAGE: &str = "00000000-0000-0000-0000-000000000000";

/// Reads an account.
#[derive(Clone, Debug)]
pub struct AccountReader {
    reads: Client,
    probes: Client,
    date: ServerDate,
}

impl AccountReader {
    /// Of the account behind a link.
    #[must_use]
    pub fn of_aws(link: &AwsLink) -> Self {
        let date = ServerDate::default();
        let client = |retries| {
            let config = aws_config(link, PATIENCE, retries).to_builder();
            Client::from_conf(config.interceptor(date.clone()).build())
        };
        let (reads, probes) = (RetryConfig::standard(), RetryConfig::disabled());
        Self { reads: client(reads), probes: client(probes), date: date.clone() }
    }

    /// Of whoever listens at `host:port`, with the fixed fake credentials.
    #[must_use]
    pub fn of_stub(authority: &str) -> Self {
        let date = ServerDate::default();
        let config = config(authority).to_builder().interceptor(date.clone()).build();
        let client = Client::from_conf(config);
        Self { reads: client.clone(), probes: client, date }
    }

    /// The `Date` of the newest answer.
    #[must_use]
    pub fn server_date(&self) -> Option<String> {
        self.date.0.lock().expect("no holder panics").clone()
    }

    /// The configuration set of this name; `None` if there is none.
    pub async fn configuration_set(&self, name: &str) -> Result<Option<ConfigurationSet>, Unread> {
        let asked = self.reads.describe_configuration_sets().configuration_set_names(name);
        match asked.send().await {
            Ok(output) => Ok(output.configuration_sets().first().map(ConfigurationSet::of)),
            Err(error) => match Unread::new("DescribeConfigurationSets", &error) {
                unread if unread.why == Why::NotFound => Ok(None),
                unread => Err(unread),
            },
        }
    }

    /// The first configuration sets, whatever their names.
    pub async fn configuration_sets(&self) -> Result<Vec<ConfigurationSet>, Unread> {
        let asked = self.reads.describe_configuration_sets().send().await;
        let unread = |error| Unread::new("DescribeConfigurationSets", &error);
        Ok(asked.map_err(unread)?.configuration_sets().iter().map(ConfigurationSet::of).collect())
    }

    /// The account's phone numbers, sender IDs and pools.
    pub async fn originators(&self) -> Result<Vec<Originator>, Unread> {
        let numbers = self.reads.describe_phone_numbers().into_paginator().items().send();
        let numbers = numbers.collect::<Result<Vec<_>, _>>().await;
        let numbers = numbers.map_err(|error| Unread::new("DescribePhoneNumbers", &error))?;
        let senders = self.reads.describe_sender_ids().into_paginator().items().send();
        let senders = senders.collect::<Result<Vec<_>, _>>().await;
        let senders = senders.map_err(|error| Unread::new("DescribeSenderIds", &error))?;
        let pools = self.reads.describe_pools().into_paginator().items().send();
        let pools = pools.collect::<Result<Vec<_>, _>>().await;
        let pools = pools.map_err(|error| Unread::new("DescribePools", &error))?;
        let numbers = numbers.iter().map(Originator::of_number);
        let senders = senders.iter().map(Originator::of_sender_id);
        Ok(numbers.chain(senders).chain(pools.iter().map(Originator::of_pool)).collect())
    }

    /// The numbers that the account has verified, and an ARN of one.
    pub async fn verified_numbers(&self) -> Result<(Vec<PhoneNumber>, Option<String>), Unread> {
        let asked = self.reads.describe_verified_destination_numbers().into_paginator();
        let found = asked.items().send().collect::<Result<Vec<_>, _>>().await;
        let unread = |error| Unread::new("DescribeVerifiedDestinationNumbers", &error);
        let found = found.map_err(unread)?;
        let arn = found.first().map(|number| number.verified_destination_number_arn().to_owned());
        let verified = found.iter().filter(|it| *it.status() == VerificationStatus::Verified);
        let numbers = verified.filter_map(|it| {
            let digits = it.destination_phone_number().trim_start_matches('+').parse().ok()?;
            Some(PhoneNumber::new(digits, country_of(digits)?))
        });
        Ok((numbers.collect(), arn))
    }

    /// `SANDBOX` or `PRODUCTION`, as AWS's examples show it.
    pub async fn tier(&self) -> Result<Option<String>, Unread> {
        let asked = self.reads.describe_account_attributes().send().await;
        let output = asked.map_err(|error| Unread::new("DescribeAccountAttributes", &error))?;
        let mut attributes = output.account_attributes().iter();
        let tier = attributes.find(|it| *it.name() == AccountAttributeName::AccountTier);
        Ok(tier.map(|it| it.value().to_owned()))
    }

    /// What text messages may cost in a month.
    pub async fn spend_limit(&self) -> Result<Option<SpendLimit>, Unread> {
        let asked = self.reads.describe_spend_limits().send().await;
        let output = asked.map_err(|error| Unread::new("DescribeSpendLimits", &error))?;
        let mut limits = output.spend_limits().iter();
        let limit = limits.find(|it| *it.name() == SpendLimitName::TextMessageMonthlySpendLimit);
        Ok(limit.map(SpendLimit::of))
    }

    /// Asks whether a message might be sent, with `DryRun`, to a number that reaches nobody.
    pub async fn probe_send(
        &self,
        identity: &str,
        configuration_set: Option<&str>,
        to: PhoneNumber,
        max_price: MaxPrice,
    ) -> Result<(), Unread> {
        let probe = self.probes.send_text_message().dry_run(true).max_price(max_price.to_string());
        let probe = probe
            .destination_phone_number(format!("+{}", to.digits()))
            .origination_identity(identity)
            .message_type(MessageType::Transactional)
            .set_configuration_set_name(configuration_set.map(str::to_owned))
            .message_body("otpdrill doctor: a dry run");
        let Err(error) = probe.send().await else { return Ok(()) };
        let mut unread = Unread::without_words("SendTextMessage", &error);
        if let Some(reason) = error.as_service_error().and_then(reason) {
            unread.reason = format!("{} ({reason})", unread.reason);
        }
        Err(unread)
    }

    /// Asks whether feedback might be put, on a message that does not exist: being told so is leave.
    pub async fn probe_put(&self) -> Result<(), Unread> {
        let probe = self.probes.put_message_feedback().message_id(NO_MESSAGE);
        match probe.message_feedback_status(MessageFeedbackStatus::Failed).send().await {
            Ok(_) => Ok(()),
            Err(error) => match Unread::new("PutMessageFeedback", &error) {
                unread if unread.why == Why::NotFound => Ok(()),
                unread => Err(unread),
            },
        }
    }
}

/// The reason that an error names by a word of the API.
fn reason(error: &SendTextMessageError) -> Option<&str> {
    use SendTextMessageError as E;
    match error {
        E::AccessDeniedException(error) => error.reason().map(|reason| reason.as_str()),
        E::ConflictException(error) => error.reason().map(|reason| reason.as_str()),
        E::ServiceQuotaExceededException(error) => error.reason().map(|reason| reason.as_str()),
        E::ValidationException(error) => error.reason().map(|reason| reason.as_str()),
        E::InternalServerException(_)
        | E::ResourceNotFoundException(_)
        | E::ThrottlingException(_)
        | _ => None,
    }
}

/// The `Date` header of the newest answer, as text.
#[derive(Clone, Debug, Default)]
struct ServerDate(Arc<Mutex<Option<String>>>);

impl Intercept for ServerDate {
    fn name(&self) -> &'static str {
        "ServerDate"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(date) = context.response().headers().get("date") {
            *self.0.lock().expect("no holder panics") = Some(date.to_owned());
        }
        Ok(())
    }
}
