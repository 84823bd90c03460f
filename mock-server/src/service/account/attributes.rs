//! What the account is and may: attributes, limits, spend limits.
//!
//! **Invariant:** nothing here is counted twice: what is used is the number of resources there are.

use super::{
    Account, configuration_sets::MOST_SETS, opt_outs::MOST_LISTS, page::page,
    phone_numbers::MOST_NUMBERS, pools::MOST_POOLS, sender_ids::MOST_SENDER_IDS,
    verified_numbers::MOST_NUMBERS as MOST_VERIFIED,
};
use crate::service::{
    answer::{ServiceError, ValidationReason},
    model::Service,
    operation::Operation,
    price::Money,
    settings::Tier,
    time::SimTime,
};
use serde::{Deserialize, Serialize};

/// Registrations are not emulated; this is the quota of accounts.
const MOST_REGISTRATIONS: usize = 25;

/// The highest monthly limit that the API's own range allows, in whole US dollars.
const HIGHEST_LIMIT: u64 = 1_000_000_000;

/// The page that is asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PageInput {
    next_token: Option<String>,
    max_results: Option<u8>,
}

impl PageInput {
    fn of<T>(
        self,
        operation: &str,
        items: impl Iterator<Item = (&'static str, T)>,
    ) -> Result<(Vec<T>, Option<String>), ServiceError> {
        let mut items: Vec<_> = items.collect();
        items.sort_by_key(|(name, _)| *name);
        page(operation, items.into_iter(), self.next_token.as_deref(), self.max_results)
    }
}

/// A name and its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountAttribute {
    name: &'static str,
    value: String,
}

/// `DescribeAccountAttributes`
#[derive(Clone, Debug, Deserialize)]
pub struct DescribeAccountAttributes {
    #[serde(flatten)]
    page: PageInput,
}

/// What `DescribeAccountAttributes` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAccountAttributesResult {
    account_attributes: Vec<AccountAttribute>,
    next_token: Option<String>,
}

impl Operation for DescribeAccountAttributes {
    const NAME: &'static str = "DescribeAccountAttributes";
    type Output = DescribeAccountAttributesResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let tier = match service.settings().account.tier {
            Tier::Sandbox => "SANDBOX",
            Tier::Open | Tier::Production => "PRODUCTION",
        };
        let default = service.state.account.protect.default.clone();
        let attributes = [
            Some(("ACCOUNT_TIER", tier.to_owned())),
            default.map(|id| ("DEFAULT_PROTECT_CONFIGURATION_ID", id)),
        ];
        let attributes = attributes.into_iter().flatten();
        let shown = attributes.map(|(name, value)| (name, AccountAttribute { name, value }));
        let (account_attributes, next_token) = self.page.of(Self::NAME, shown)?;
        Ok(DescribeAccountAttributesResult { account_attributes, next_token })
    }
}

/// A quota of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountLimit {
    name: &'static str,
    used: usize,
    max: usize,
}

/// `DescribeAccountLimits`
#[derive(Clone, Debug, Deserialize)]
pub struct DescribeAccountLimits {
    #[serde(flatten)]
    page: PageInput,
}

/// What `DescribeAccountLimits` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAccountLimitsResult {
    account_limits: Vec<AccountLimit>,
    next_token: Option<String>,
}

impl Operation for DescribeAccountLimits {
    const NAME: &'static str = "DescribeAccountLimits";
    type Output = DescribeAccountLimitsResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let account = &service.state.account;
        let limits = [
            ("PHONE_NUMBERS", account.phone_numbers.len(), MOST_NUMBERS),
            ("POOLS", account.pools.len(), MOST_POOLS),
            ("CONFIGURATION_SETS", account.configuration_sets.len(), MOST_SETS),
            ("OPT_OUT_LISTS", account.opt_out_lists.len(), MOST_LISTS),
            ("SENDER_IDS", account.sender_ids.len(), MOST_SENDER_IDS),
            ("REGISTRATIONS", 0, MOST_REGISTRATIONS),
            ("REGISTRATION_ATTACHMENTS", 0, MOST_REGISTRATIONS),
            ("VERIFIED_DESTINATION_NUMBERS", account.verified_numbers.len(), MOST_VERIFIED),
        ];
        let shown =
            limits.into_iter().map(|(name, used, max)| (name, AccountLimit { name, used, max }));
        let (account_limits, next_token) = self.page.of(Self::NAME, shown)?;
        Ok(DescribeAccountLimitsResult { account_limits, next_token })
    }
}

/// A spend limit, in whole US dollars a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SpendLimit {
    name: &'static str,
    enforced_limit: u64,
    max_limit: u64,
    overridden: bool,
}

/// `DescribeSpendLimits`
#[derive(Clone, Debug, Deserialize)]
pub struct DescribeSpendLimits {
    #[serde(flatten)]
    page: PageInput,
}

/// What `DescribeSpendLimits` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSpendLimitsResult {
    spend_limits: Vec<SpendLimit>,
    next_token: Option<String>,
}

impl Operation for DescribeSpendLimits {
    const NAME: &'static str = "DescribeSpendLimits";
    type Output = DescribeSpendLimitsResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let max_limit = service.highest_spend_limit();
        let text = service.state.account.text_spend_override;
        let limit = |(name, own): (&'static str, Option<u64>)| {
            let enforced_limit = own.unwrap_or(max_limit);
            (name, SpendLimit { name, enforced_limit, max_limit, overridden: own.is_some() })
        };
        let limits = [
            ("TEXT_MESSAGE_MONTHLY_SPEND_LIMIT", text),
            ("VOICE_MESSAGE_MONTHLY_SPEND_LIMIT", None),
            ("MEDIA_MESSAGE_MONTHLY_SPEND_LIMIT", None),
            ("NOTIFY_MESSAGE_MONTHLY_SPEND_LIMIT", None),
            ("RCS_MESSAGE_MONTHLY_SPEND_LIMIT", None),
        ];
        let (spend_limits, next_token) = self.page.of(Self::NAME, limits.into_iter().map(limit))?;
        Ok(DescribeSpendLimitsResult { spend_limits, next_token })
    }
}

/// What the operations on a spend limit answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MonthlyLimit {
    monthly_limit: u64,
}

/// `SetTextMessageSpendLimitOverride`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetTextMessageSpendLimitOverride {
    monthly_limit: u64,
}

impl Operation for SetTextMessageSpendLimitOverride {
    const NAME: &'static str = "SetTextMessageSpendLimitOverride";
    type Output = MonthlyLimit;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let monthly_limit = self.monthly_limit;
        if monthly_limit > service.highest_spend_limit() {
            return Err(ServiceError::invalid(
                ValidationReason::RequestedSpendLimitHigherThanServiceLimit,
                "MonthlyLimit",
                &format!("must be at most {}", service.highest_spend_limit()),
            ));
        }
        service.state.account.text_spend_override = Some(monthly_limit);
        Ok(MonthlyLimit { monthly_limit })
    }
}

/// `DeleteTextMessageSpendLimitOverride`: answers the limit that holds from then on (an assumption).
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct DeleteTextMessageSpendLimitOverride {}

impl Operation for DeleteTextMessageSpendLimitOverride {
    const NAME: &'static str = "DeleteTextMessageSpendLimitOverride";
    type Output = MonthlyLimit;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        service.state.account.text_spend_override = None;
        Ok(MonthlyLimit { monthly_limit: service.highest_spend_limit() })
    }
}

impl Account {
    /// What the account itself set as the limit of text messages.
    pub(in crate::service) fn text_spend_limit(&self) -> Option<Money> {
        self.text_spend_override.map(|usd| Money::from_nanos(usd.saturating_mul(1_000_000_000)))
    }
}

impl Service {
    /// What AWS allows the account, in whole US dollars a month.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "limits are not negative, and the API knows whole dollars only"
    )]
    fn highest_spend_limit(&self) -> u64 {
        self.settings().spend_limit_usd.map_or(HIGHEST_LIMIT, |usd| usd.ceil() as u64)
    }
}
