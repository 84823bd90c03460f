//! What was typed to agree to a run against AWS, checked before anybody is called.
//!
//! **Invariant:** nothing here reads a variable of the environment.

use super::AwsError;
use crate::{
    cli::{AwsArgs, RunArgs},
    commands::target::TargetName,
    target::guard::{AllowList, India, parse_usd},
};
use sms_voice_mock::service::price::Money;
use std::{
    fs,
    io::{self, IsTerminal as _},
    path::PathBuf,
};

/// What was agreed to.
#[derive(Debug)]
pub struct Consent {
    /// The account that is meant.
    pub account_id: String,
    /// What all messages together may cost.
    pub max_spend: Money,
    /// Whom messages may go to.
    pub(super) who: Who,
    /// Sends per second, where they were typed.
    pub max_rate: Option<f64>,
    /// Puts per second, where they were typed.
    pub max_feedback_rate: Option<f64>,
    /// Whether AWS shall check and not send.
    pub dry_run: bool,
    /// Whether the plan is agreed to unseen.
    pub yes: bool,
    /// India's registration.
    pub india: Option<India>,
}

/// Whom messages may go to.
#[derive(Debug)]
pub(super) enum Who {
    /// AWS's simulator numbers.
    Simulator,
    /// The account's verified numbers.
    Verified,
    /// Those that a file lists.
    Listed { path: PathBuf, list: AllowList },
}

impl Consent {
    /// What was agreed to, if the target is AWS; for any other target nothing may be.
    pub fn of(target: &TargetName, args: &RunArgs) -> Result<Option<Self>, AwsError> {
        if *target != TargetName::Aws {
            let needless = first_given(&args.aws);
            return needless.map_or(Ok(None), |flag| Err(AwsError::Needless(flag)));
        }
        if !args.target_typed {
            return Err(AwsError::NotTyped);
        }
        Self::read(&args.aws).map(Some)
    }

    fn read(args: &AwsArgs) -> Result<Self, AwsError> {
        let account_id = args.account_id.clone().ok_or(AwsError::Missing("--account-id"))?;
        if !is_account_id(&account_id) {
            return Err(AwsError::AccountId);
        }
        let max_spend = args.max_spend.as_deref().ok_or(AwsError::Missing("--max-spend"))?;
        let max_spend = parse_usd(max_spend).map_err(AwsError::MaxSpend)?;
        let india = args.in_entity_id.clone().zip(args.in_template_id.clone());
        let consent = Self {
            account_id,
            max_spend,
            who: who(args.destinations.as_deref().unwrap_or("simulator"))?,
            max_rate: rate("--max-rate", args.max_rate)?,
            max_feedback_rate: rate("--max-feedback-rate", args.max_feedback_rate)?,
            dry_run: args.dry_run,
            yes: args.yes,
            india: india.map(|(entity_id, template_id)| India { entity_id, template_id }),
        };
        if !consent.yes && !io::stdin().is_terminal() {
            return Err(AwsError::NobodyToAsk);
        }
        Ok(consent)
    }
}

/// The first flag that agrees to something.
fn first_given(args: &AwsArgs) -> Option<&'static str> {
    // Destructured on purpose: a new flag must be looked at here.
    let AwsArgs {
        account_id,
        max_spend,
        destinations,
        max_rate,
        max_feedback_rate,
        dry_run,
        yes,
        in_entity_id,
        in_template_id,
    } = args;
    let given = [
        (account_id.is_some(), "--account-id"),
        (max_spend.is_some(), "--max-spend"),
        (destinations.is_some(), "--destinations"),
        (max_rate.is_some(), "--max-rate"),
        (max_feedback_rate.is_some(), "--max-feedback-rate"),
        (*dry_run, "--dry-run"),
        (*yes, "--yes"),
        (in_entity_id.is_some(), "--in-entity-id"),
        (in_template_id.is_some(), "--in-template-id"),
    ];
    given.into_iter().find_map(|(given, flag)| given.then_some(flag))
}

pub(super) fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn rate(flag: &'static str, rate: Option<f64>) -> Result<Option<f64>, AwsError> {
    let valid = rate.is_none_or(|rate| (0.001..=10_000.0).contains(&rate));
    if valid { Ok(rate) } else { Err(AwsError::Rate(flag)) }
}

fn who(text: &str) -> Result<Who, AwsError> {
    match text {
        "simulator" => Ok(Who::Simulator),
        "verified" => Ok(Who::Verified),
        other => {
            let path = other.strip_prefix("file:").filter(|path| !path.is_empty());
            // What was typed is not repeated: it may be a number.
            let path = PathBuf::from(path.ok_or(AwsError::Destinations)?);
            let text = fs::read_to_string(&path)
                .map_err(|source| AwsError::ListUnreadable { path: path.clone(), source })?;
            match AllowList::read(&text) {
                Ok(list) => Ok(Who::Listed { path, list }),
                Err(source) => Err(AwsError::List { path, source }),
            }
        }
    }
}
