//! Before a run against AWS: what was agreed to, whose account it is, and what is about to happen.
//!
//! **Invariant:** nothing here sends a message, puts feedback, or makes or changes a resource.

mod consent;
mod error;
mod plan;

pub use consent::Consent;
pub use error::AwsError;

use super::campaign::Prepared;
use crate::{
    journal::AccountCard,
    target::{
        aws::AwsLink,
        guard::{self, Destinations, Guard, Rules, check_campaign},
        message,
        sdk::{
            Guarded,
            account::{AccountReader, Originator},
        },
    },
};
pub(in crate::commands) use plan::Expected;

use consent::Who;
use plan::Plan;
use sms_voice_mock::service::{phone::PhoneNumber, price::Money};
use std::sync::Arc;

/// The account that an ARN of this service names.
#[must_use]
pub fn account_of(arn: &str) -> Option<&str> {
    let mut fields = arn.split(':');
    let service = fields.nth(2)?;
    let account = fields.nth(1)?;
    (service == "sms-voice" && consent::is_account_id(account)).then_some(account)
}

/// The region that an ARN names.
#[must_use]
pub fn region_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(3)
}

/// Whether the campaign may be played against AWS at all, said without calling anybody.
pub fn check_offline(consent: &Consent, prepared: &Prepared) -> Result<(), AwsError> {
    let speed = prepared.scenario.speed;
    if speed.to_bits() != 1.0_f64.to_bits() {
        return Err(AwsError::Speed(speed));
    }
    if matches!(consent.who, Who::Simulator) {
        check_campaign(
            &prepared.scenario,
            &rules(consent, Destinations::Simulator, &[], prepared),
        )?;
    }
    Ok(())
}

/// Finds out whose account it is and what it allows, shows the plan, and asks.
pub async fn agree(
    consent: &Consent,
    prepared: &Prepared,
    shown: bool,
) -> Result<Guarded, AwsError> {
    let link = AwsLink::open().await?;
    let reader = AccountReader::of_aws(&link);
    let mut arns = configuration_set_arns(&reader, prepared).await?;
    let originators = reader.originators().await?;
    let (verified, arn) = reader.verified_numbers().await?;
    arns.extend(arn);
    arns.extend(originators.iter().map(|originator| originator.arn.clone()));
    check_account(consent, &arns)?;
    let rules = rules(consent, destinations(consent, &verified)?, &originators, prepared);
    check_campaign(&prepared.scenario, &rules)?;
    let plan = Plan { consent, prepared, link: &link, rules: &rules, originators: &originators };
    plan.agree(shown)?;
    Ok(Guarded { link, guard: Arc::new(Guard::new(rules, Money::ZERO)) })
}

/// The way to the account of an earlier run, to put what that run owed; nothing is sent on it.
pub async fn go_back(card: &AccountCard) -> Result<Guarded, AwsError> {
    let link = AwsLink::open().await?;
    if link.region() != card.region {
        let (found, meant) = (link.region().to_owned(), card.region.clone());
        return Err(AwsError::OtherRegion { found, meant });
    }
    let reader = AccountReader::of_aws(&link);
    let sets = reader.configuration_sets().await?;
    let mut arns: Vec<String> = sets.into_iter().map(|set| set.arn).collect();
    arns.extend(reader.originators().await?.into_iter().map(|originator| originator.arn));
    check_account_id(&card.account_id, &arns)?;
    let rules = Rules {
        destinations: Destinations::Simulator,
        max_spend: Money::ZERO,
        sends_per_second: guard::DEFAULT_SEND_RATE,
        puts_per_second: card.puts_per_second,
        india: None,
        dry_run: false,
    };
    Ok(Guarded { link, guard: Arc::new(Guard::new(rules, Money::ZERO)) })
}

/// The ARNs of configuration sets; the one that the scenario needs must be there and be switched on.
async fn configuration_set_arns(
    reader: &AccountReader,
    prepared: &Prepared,
) -> Result<Vec<String>, AwsError> {
    let Some(name) = message::configuration_set(&prepared.scenario.policy) else {
        let sets = reader.configuration_sets().await?;
        return Ok(sets.into_iter().map(|set| set.arn).collect());
    };
    let set = reader.configuration_set(name).await?;
    let set = set.ok_or_else(|| AwsError::NoConfigurationSet(name.to_owned()))?;
    if set.feedback { Ok(vec![set.arn]) } else { Err(AwsError::FeedbackOff(name.to_owned())) }
}

/// The first ARN decides: configuration sets come first, and those are never shared by others.
fn check_account(consent: &Consent, arns: &[String]) -> Result<(), AwsError> {
    check_account_id(&consent.account_id, arns)
}

fn check_account_id(meant: &str, arns: &[String]) -> Result<(), AwsError> {
    let account = arns.iter().find_map(|arn| account_of(arn)).ok_or(AwsError::NoArn)?;
    if account == meant {
        return Ok(());
    }
    let (found, meant) = (account.to_owned(), meant.to_owned());
    Err(AwsError::OtherAccount { found, meant })
}

fn destinations(consent: &Consent, verified: &[PhoneNumber]) -> Result<Destinations, AwsError> {
    match &consent.who {
        Who::Simulator => Ok(Destinations::Simulator),
        Who::Verified => Ok(Destinations::verified(verified.iter().copied())),
        Who::Listed { path, list } => Destinations::narrowed(verified, list)
            .map_err(|source| AwsError::List { path: path.clone(), source }),
    }
}

/// What was agreed to, lowered by what the originator may.
fn rules(
    consent: &Consent,
    destinations: Destinations,
    originators: &[Originator],
    prepared: &Prepared,
) -> Rules {
    let identity = &prepared.scenario.policy.origination_identity;
    let own = originators.iter().filter(|originator| originator.is(identity));
    let limits = own.filter_map(|originator| originator.parts_per_second);
    let limit = limits.min().map_or(f64::INFINITY, rate);
    Rules {
        destinations,
        max_spend: consent.max_spend,
        sends_per_second: consent.max_rate.unwrap_or(guard::DEFAULT_SEND_RATE).min(limit),
        puts_per_second: consent.max_feedback_rate.unwrap_or(guard::DEFAULT_PUT_RATE),
        india: consent.india.clone(),
        dry_run: consent.dry_run,
    }
}

/// A limit of nothing is a send in a long time: the guard knows no rate of zero.
fn rate(parts_per_second: u64) -> f64 {
    u32::try_from(parts_per_second).map_or(f64::INFINITY, |rate| f64::from(rate).max(1e-6))
}
