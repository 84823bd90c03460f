//! Configuration sets: named defaults for sends.
//!
//! **Invariant:** a set is found by its name; an ARN is only another way to write one.

use super::{
    answer::{ConflictReason, QuotaReason, ResourceType, ServiceError, ValidationReason},
    request::{CreateConfigurationSet, DescribeConfigurationSets, Filter, FilterName, Tag},
    time::SimTime,
};
use std::{collections::BTreeMap, ops::Bound};

/// What every ARN of a configuration set begins with; account and region are made up.
const ARN: &str = "arn:aws:sms-voice:us-east-1:123456789012:configuration-set/";

/// The default quota of an account.
const MOST_SETS: usize = 25;

/// The longest page.
const PAGE: u8 = 100;

/// One configuration set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationSet {
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: SimTime,
    /// Whether messages sent with it expect feedback, if their call does not say.
    pub message_feedback_enabled: bool,
    /// Its tags.
    pub tags: Vec<Tag>,
    client_token: Option<String>,
}

impl ConfigurationSet {
    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("{ARN}{}", self.name)
    }
}

/// One page of sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationSetPage {
    /// The sets, sorted by name.
    pub sets: Vec<ConfigurationSet>,
    /// What to ask for the next page with; `None` after the last.
    pub next_token: Option<String>,
}

/// All sets of the account.
#[derive(Clone, Debug, Default)]
pub(super) struct ConfigurationSets {
    by_name: BTreeMap<String, ConfigurationSet>,
}

impl ConfigurationSets {
    /// Makes a set. The same call with the same client token gives the same set again.
    pub(super) fn create(
        &mut self,
        now: SimTime,
        request: CreateConfigurationSet<'_>,
    ) -> Result<ConfigurationSet, ServiceError> {
        if let Some(there) = self.by_name.get(request.name) {
            let repeated = request.client_token.is_some()
                && request.client_token == there.client_token.as_deref();
            return if repeated {
                Ok(there.clone())
            } else {
                Err(ServiceError::Conflict {
                    reason: ConflictReason::ResourceAlreadyExists,
                    resource: ResourceType::ConfigurationSet,
                    id: request.name.to_owned(),
                })
            };
        }
        if self.by_name.len() >= MOST_SETS {
            return Err(ServiceError::ServiceQuotaExceeded(
                QuotaReason::ConfigurationSetsPerAccount,
            ));
        }
        let set = ConfigurationSet {
            name: request.name.to_owned(),
            created: now,
            message_feedback_enabled: false,
            tags: request.tags.to_vec(),
            client_token: request.client_token.map(str::to_owned),
        };
        self.by_name.insert(set.name.clone(), set.clone());
        Ok(set)
    }

    /// The set with this name or ARN.
    pub(super) fn get(&self, name: &str) -> Result<&ConfigurationSet, ServiceError> {
        self.by_name.get(bare_name(name)).ok_or_else(|| not_found(name))
    }

    pub(super) fn delete(&mut self, name: &str) -> Result<ConfigurationSet, ServiceError> {
        self.by_name.remove(bare_name(name)).ok_or_else(|| not_found(name))
    }

    pub(super) fn set_feedback(
        &mut self,
        name: &str,
        enabled: bool,
    ) -> Result<ConfigurationSet, ServiceError> {
        let set = self.by_name.get_mut(bare_name(name)).ok_or_else(|| not_found(name))?;
        set.message_feedback_enabled = enabled;
        Ok(set.clone())
    }

    /// One page of the sets that were asked for.
    pub(super) fn describe(
        &self,
        request: DescribeConfigurationSets<'_>,
    ) -> Result<ConfigurationSetPage, ServiceError> {
        for filter in request.filters {
            check_filter(filter)?;
        }
        for name in request.names {
            self.get(name)?;
        }
        let after = request.next_token.map(name_of_token).transpose()?;
        let start = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let page = usize::from(request.max_results.unwrap_or(PAGE));
        let named = |set: &ConfigurationSet| {
            let is = |name: &String| bare_name(name) == set.name;
            request.names.is_empty() || request.names.iter().any(is)
        };
        let mut found =
            self.by_name.range::<str, _>((start, Bound::Unbounded)).map(|(_, set)| set).filter(
                |set| named(set) && request.filters.iter().all(|filter| passes(filter, set)),
            );
        let sets: Vec<_> = found.by_ref().take(page).cloned().collect();
        let more = found.next().is_some();
        let next_token = sets.last().filter(|_| more).map(|set| token_of_name(&set.name));
        Ok(ConfigurationSetPage { sets, next_token })
    }
}

/// The name that a name or an ARN of any account and region means.
fn bare_name(name: &str) -> &str {
    let in_arn = name
        .strip_prefix("arn:")
        .and_then(|rest| rest.split_once(":configuration-set/"))
        .map(|(_, name)| name);
    in_arn.unwrap_or(name)
}

fn not_found(name: &str) -> ServiceError {
    ServiceError::ResourceNotFound { resource: ResourceType::ConfigurationSet, id: name.to_owned() }
}

fn check_filter(filter: &Filter) -> Result<(), ServiceError> {
    let boolean = |value: &String| value == "true" || value == "false";
    let fits = filter.name == FilterName::Other || filter.values.iter().all(boolean);
    if fits {
        return Ok(());
    }
    Err(ServiceError::invalid(
        ValidationReason::InvalidFilterValues,
        "Filters",
        "has a value other than true or false for default-message-feedback-enabled",
    ))
}

fn passes(filter: &Filter, set: &ConfigurationSet) -> bool {
    match filter.name {
        FilterName::DefaultMessageFeedbackEnabled => {
            let state = set.message_feedback_enabled.to_string();
            filter.values.contains(&state)
        }
        FilterName::Other => false,
    }
}

/// A page token is the hexadecimal name of the last set shown: it stays good whatever is created or
/// deleted meanwhile.
fn token_of_name(name: &str) -> String {
    name.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn name_of_token(token: &str) -> Result<String, ServiceError> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = token.as_bytes().chunks(2).map(byte).collect();
    bytes
        .filter(|_| token.len().is_multiple_of(2))
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            ServiceError::invalid(
                ValidationReason::InvalidNextToken,
                "NextToken",
                "must be one that this operation gave",
            )
        })
}
