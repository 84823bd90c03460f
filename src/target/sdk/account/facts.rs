//! What an account has, in plain words.

use aws_sdk_pinpointsmsvoicev2::types::{
    self, MessageType, NumberCapability, NumberStatus, NumberType, PoolStatus,
};
use sms_voice_mock::service::{
    country::CountryCode, numbering::country_of, phone::PhoneNumber, simulator::simulator_numbers,
};

/// A configuration set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationSet {
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Whether messages with it expect feedback unless they say otherwise.
    pub feedback: bool,
}

impl ConfigurationSet {
    pub(super) fn of(set: &types::ConfigurationSetInformation) -> Self {
        Self {
            arn: set.configuration_set_arn().to_owned(),
            name: set.configuration_set_name().to_owned(),
            feedback: set.default_message_feedback_enabled().unwrap_or(false),
        }
    }
}

/// What text messages may cost in a month, in whole dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpendLimit {
    /// What holds.
    pub enforced_usd: u64,
    /// The highest that the account may set itself.
    pub max_usd: u64,
}

impl SpendLimit {
    pub(super) fn of(limit: &types::SpendLimit) -> Self {
        let usd = |limit: i64| u64::try_from(limit).unwrap_or(0);
        Self { enforced_usd: usd(limit.enforced_limit()), max_usd: usd(limit.max_limit()) }
    }
}

/// Who can send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Originator {
    /// What it is.
    pub kind: OriginatorKind,
    /// Its ARN.
    pub arn: String,
    /// Its id; of a sender ID, the sender ID itself.
    pub id: String,
    /// Its country; a pool has none.
    pub country: Option<CountryCode>,
    /// The pool it is in.
    pub pool: Option<String>,
    /// Whether it can send transactional text messages now.
    pub ready: bool,
    /// Parts of text messages per second, where the account's limits name them.
    pub parts_per_second: Option<u64>,
}

/// What an originator is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginatorKind {
    /// A phone number.
    Number {
        /// The number itself.
        number: PhoneNumber,
        /// Whether it reaches simulator numbers only.
        simulator: bool,
        /// Whether it may send to other countries.
        international: bool,
    },
    /// A sender ID in one country.
    SenderId,
    /// A pool of the others.
    Pool {
        /// Whether it may send by numbers that are not the account's.
        shared_routes: bool,
    },
}

impl Originator {
    pub(super) fn of_number(number: &types::PhoneNumberInformation) -> Self {
        let digits = number.phone_number().trim_start_matches('+').parse().unwrap_or(0);
        let country = number.iso_country_code().parse().ok().or_else(|| country_of(digits));
        let of_country = country.unwrap_or(CountryCode::of("ZZ"));
        let sends_text = number.number_capabilities().contains(&NumberCapability::Sms);
        Self {
            kind: OriginatorKind::Number {
                number: PhoneNumber::new(digits, of_country),
                simulator: *number.number_type() == NumberType::Simulator,
                international: number.international_sending_enabled(),
            },
            arn: number.phone_number_arn().to_owned(),
            id: number.phone_number_id().unwrap_or_default().to_owned(),
            country,
            pool: number.pool_id().map(str::to_owned),
            ready: sends_text
                && *number.status() == NumberStatus::Active
                && *number.message_type() == MessageType::Transactional,
            parts_per_second: rate(number.messaging_limits()),
        }
    }

    pub(super) fn of_sender_id(sender: &types::SenderIdInformation) -> Self {
        Self {
            kind: OriginatorKind::SenderId,
            arn: sender.sender_id_arn().to_owned(),
            id: sender.sender_id().to_owned(),
            country: sender.iso_country_code().parse().ok(),
            pool: None,
            ready: sender.message_types().contains(&MessageType::Transactional),
            parts_per_second: rate(sender.messaging_limits()),
        }
    }

    pub(super) fn of_pool(pool: &types::PoolInformation) -> Self {
        Self {
            kind: OriginatorKind::Pool { shared_routes: pool.shared_routes_enabled() },
            arn: pool.pool_arn().to_owned(),
            id: pool.pool_id().to_owned(),
            country: None,
            pool: None,
            ready: *pool.status() == PoolStatus::Active
                && *pool.message_type() == MessageType::Transactional,
            parts_per_second: None,
        }
    }

    /// Whether `OriginationIdentity` means this one.
    #[must_use]
    pub fn is(&self, identity: &str) -> bool {
        let by_number = match self.kind {
            OriginatorKind::Number { number, .. } => {
                identity.trim_start_matches('+').parse() == Ok(number.digits())
            }
            OriginatorKind::SenderId | OriginatorKind::Pool { .. } => false,
        };
        by_number || identity == self.arn || (!self.id.is_empty() && identity == self.id)
    }

    /// Whether it can send text messages to numbers of the country, as far as can be seen.
    #[must_use]
    pub fn reaches(&self, country: CountryCode) -> bool {
        let abroad = match self.kind {
            OriginatorKind::Number { simulator: true, .. } => {
                return self.country == Some(country) && simulator_numbers(country).is_some();
            }
            OriginatorKind::Number { international, .. } => international,
            OriginatorKind::SenderId => false,
            OriginatorKind::Pool { shared_routes } => shared_routes,
        };
        self.ready && (abroad || self.country == Some(country))
    }
}

fn rate(limits: Option<&types::MessagingLimits>) -> Option<u64> {
    let rate = limits?.rate_limits()?.get("SMS")?;
    u64::try_from(*rate).ok()
}
