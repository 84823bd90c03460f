//! How the service behaves: latency, quotas, errors, spend. Absent means unlimited.

use super::{
    country::CountryCode, distribution::Distribution, events::EventSettings, faults::Fault,
    metrics::MetricsSettings, pool::Pool,
};
use std::{collections::BTreeMap, time::Duration};

/// Everything about the service that a scenario or a configuration file can set.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceSettings {
    /// How long `SendTextMessage` takes to answer.
    pub send_latency: Distribution,
    /// How long `PutMessageFeedback` takes to answer.
    pub put_latency: Distribution,
    /// What the service allows per second.
    pub quotas: Quotas,
    /// Errors of `SendTextMessage`.
    pub send_errors: ErrorShares,
    /// Errors of `PutMessageFeedback`.
    pub put_errors: ErrorShares,
    /// What may be spent in a calendar month, in USD.
    pub spend_limit_usd: Option<f64>,
    /// How long a message can be found by its id. How long AWS keeps it is not documented.
    pub retention: Duration,
    /// Of how many newest messages, at most; the others cannot be found, whatever their age.
    pub retained_messages: Option<u32>,
    /// Prices that differ from the built-in table, by country.
    pub prices: BTreeMap<CountryCode, PartPrice>,
    /// Prices of what is not a text message.
    pub other_prices: OtherPrices,
    /// Pools of originators, by their names; a send to another name goes to that originator itself.
    pub pools: BTreeMap<Box<str>, Pool>,
    /// What goes wrong, and when.
    pub faults: Vec<Fault>,
    /// How delivery events come.
    pub events: EventSettings,
    /// How feedback moves the metrics.
    pub metrics: MetricsSettings,
    /// What the account is.
    pub account: AccountSettings,
}

/// Prices of what is not a text message, in USD. AWS's are not in the built-in table: nothing, unless
/// it is set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct OtherPrices {
    /// One media message.
    pub media_usd: f64,
    /// One voice message, which counts as a minute.
    pub voice_minute_usd: f64,
    /// One RCS message.
    pub rcs_usd: f64,
}

/// What the account is, and what becomes of its sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccountSettings {
    /// Which rules hold.
    pub tier: Tier,
    /// Whether it may send at all.
    pub status: AccountStatus,
}

/// Which rules hold for an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// Any originator may be used, and any number of resources made.
    #[default]
    Open,
    /// Originators must be the account's own (but for sender IDs), and resources have quotas.
    Production,
    /// The same, and messages go to verified numbers only, from originators of their country.
    Sandbox,
}

/// Whether an account may send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccountStatus {
    /// It may.
    #[default]
    Active,
    /// `AccessDeniedException` with the reason `ACCOUNT_DISABLED`.
    Disabled,
    /// `AccessDeniedException` with the reason `INSUFFICIENT_ACCOUNT_REPUTATION`.
    LowReputation,
}

/// What one message part costs, in USD.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartPrice {
    /// The price of the part.
    pub price_usd: f64,
    /// The carrier's fee on top.
    pub fee_usd: f64,
}

/// Calls and parts per second; `None` is unlimited.
#[derive(Clone, Debug, PartialEq)]
pub struct Quotas {
    /// Calls of `SendTextMessage` per second.
    pub send_per_second: Option<f64>,
    /// Calls of `PutMessageFeedback` per second.
    pub put_per_second: Option<f64>,
    /// Calls per second of each other operation that is not named.
    pub control_per_second: Option<f64>,
    /// Calls per second of single other operations, by their name.
    pub named: BTreeMap<Box<str>, f64>,
    /// Message parts per second and originator.
    pub parts_per_second: Option<f64>,
    /// Messages per second to one recipient.
    pub recipient_per_second: Option<f64>,
    /// Message parts per day and originator.
    pub parts_per_day: Option<u32>,
    /// How long after midnight UTC a day of such caps begins. AWS does not document it.
    pub day_starts: Duration,
    /// What a send beyond such a cap meets. AWS does not document it.
    pub over_daily_cap: OverDailyCap,
    /// How many seconds' worth of a quota may be used at once. AWS documents no burst allowance:
    /// this is an assumption.
    pub burst: Duration,
}

/// What a send beyond a daily cap meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OverDailyCap {
    /// `ThrottlingException`.
    #[default]
    Throttle,
    /// `ServiceQuotaExceededException` with the reason `DAILY_DESTINATION_CALL_LIMIT`, the only one of
    /// the API that is about a day's sends.
    Refuse,
}

impl Quotas {
    /// No limit at all.
    pub const UNLIMITED: Self = Self {
        send_per_second: None,
        put_per_second: None,
        control_per_second: None,
        named: BTreeMap::new(),
        parts_per_second: None,
        recipient_per_second: None,
        parts_per_day: None,
        day_starts: Duration::ZERO,
        over_daily_cap: OverDailyCap::Throttle,
        burst: Duration::from_secs(1),
    };

    /// The default quotas of a new account, with a sender id as originator.
    #[must_use]
    pub fn aws_default() -> Self {
        let faster = ["PutOptedOutNumber", "DeleteOptedOutNumber", "ListTagsForResource"];
        Self {
            send_per_second: Some(1.0),
            put_per_second: Some(20.0),
            control_per_second: Some(1.0),
            named: faster.into_iter().map(|name| (name.into(), 10.0)).collect(),
            parts_per_second: Some(10.0),
            recipient_per_second: Some(1.0),
            ..Self::UNLIMITED
        }
    }
}

/// Shares of calls that meet an error of the service, drawn per call.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ErrorShares {
    /// `ThrottlingException` although no quota is reached.
    pub throttle: f64,
    /// `InternalServerException` (500); the request was not processed.
    pub internal_error: f64,
    /// A bare 503; the request was not processed.
    pub unavailable: f64,
    /// The connection is closed before the request is processed.
    pub reset_before: f64,
    /// The connection is closed after the request was processed, before the answer.
    pub reset_after: f64,
}

impl ServiceSettings {
    /// Makes the account one of this tier, with AWS's defaults where nothing else was said.
    pub fn apply_aws_defaults(&mut self, tier: Tier) {
        if self.account.tier == Tier::Open {
            self.account.tier = tier;
        }
        let Quotas {
            send_per_second,
            put_per_second,
            control_per_second,
            named,
            parts_per_second,
            recipient_per_second,
            parts_per_day,
            day_starts,
            over_daily_cap,
            burst,
        } = self.quotas.clone();
        let usual = Quotas::aws_default();
        self.quotas = Quotas {
            send_per_second: send_per_second.or(usual.send_per_second),
            put_per_second: put_per_second.or(usual.put_per_second),
            control_per_second: control_per_second.or(usual.control_per_second),
            named: usual.named.into_iter().chain(named).collect(),
            parts_per_second: parts_per_second.or(usual.parts_per_second),
            recipient_per_second: recipient_per_second.or(usual.recipient_per_second),
            parts_per_day: parts_per_day.or(usual.parts_per_day),
            day_starts,
            over_daily_cap,
            burst,
        };
        self.spend_limit_usd = self.spend_limit_usd.or(Some(1.0));
    }
}

impl Default for ServiceSettings {
    fn default() -> Self {
        Self {
            send_latency: Distribution::fixed(Duration::ZERO),
            put_latency: Distribution::fixed(Duration::ZERO),
            quotas: Quotas::UNLIMITED,
            send_errors: ErrorShares::default(),
            put_errors: ErrorShares::default(),
            spend_limit_usd: None,
            retention: Duration::from_secs(2 * 3600),
            retained_messages: None,
            prices: BTreeMap::new(),
            other_prices: OtherPrices::default(),
            pools: BTreeMap::new(),
            faults: Vec::new(),
            events: EventSettings::default(),
            metrics: MetricsSettings::default(),
            account: AccountSettings::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_account_has_the_documented_limits_but_for_what_was_said_before() {
        let mut settings = ServiceSettings::default();
        settings.quotas.send_per_second = Some(20.0);
        settings.apply_aws_defaults(Tier::Production);
        assert_eq!(settings.quotas.send_per_second, Some(20.0));
        assert_eq!(settings.quotas.recipient_per_second, Some(1.0));
        assert_eq!(settings.spend_limit_usd, Some(1.0));
    }
}
