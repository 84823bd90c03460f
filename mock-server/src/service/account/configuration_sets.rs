//! Configuration sets: named defaults for sends.
//!
//! **Invariant:** a set is found by its name; an ARN is only another way to write one.

use super::{
    arn::{arn, bare},
    filter::{Filter, Filtered, check_booleans},
    page::page,
    tag::Tag,
};
use crate::service::{
    answer::{ConflictReason, QuotaReason, ResourceType, ServiceError},
    model::Service,
    operation::Operation,
    time::{SimTime, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The kind of resource, as ARNs write it.
const KIND: &str = "configuration-set";

/// The default quota of an account.
const MOST_SETS: usize = 25;

/// One configuration set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::service) struct ConfigurationSet {
    name: String,
    created: Timestamp,
    pub(in crate::service) message_feedback_enabled: bool,
    pub(in crate::service) tags: Vec<Tag>,
    client_token: Option<String>,
}

/// `CreateConfigurationSet`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateConfigurationSet {
    /// The new set's name.
    pub configuration_set_name: String,
    /// Tags, kept and given back.
    pub tags: Option<Vec<Tag>>,
    /// Makes a repeated call harmless.
    pub client_token: Option<String>,
}

/// What `CreateConfigurationSet` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateConfigurationSetResult {
    configuration_set_arn: String,
    configuration_set_name: String,
    tags: Vec<Tag>,
    created_timestamp: Timestamp,
}

/// `DeleteConfigurationSet`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteConfigurationSet {
    /// The name or ARN of the set.
    pub configuration_set_name: String,
}

/// `DescribeConfigurationSets`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeConfigurationSets {
    /// Names or ARNs; none asks for every set.
    pub configuration_set_names: Option<Vec<String>>,
    /// Conditions that must all hold.
    pub filters: Option<Vec<Filter>>,
    /// Where the last page ended.
    pub next_token: Option<String>,
    /// The length of a page.
    pub max_results: Option<u8>,
}

/// What `DescribeConfigurationSets` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeConfigurationSetsResult {
    configuration_sets: Vec<ConfigurationSetInformation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

/// `SetDefaultMessageFeedbackEnabled`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetDefaultMessageFeedbackEnabled {
    /// The name or ARN of the set.
    pub configuration_set_name: String,
    /// Whether messages sent with this set expect feedback, if their call does not say.
    pub message_feedback_enabled: bool,
}

/// What `SetDefaultMessageFeedbackEnabled` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetDefaultMessageFeedbackEnabledResult {
    configuration_set_arn: String,
    configuration_set_name: String,
    message_feedback_enabled: bool,
}

/// A set as `DescribeConfigurationSets` and `DeleteConfigurationSet` show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConfigurationSetInformation {
    configuration_set_arn: String,
    configuration_set_name: String,
    event_destinations: Vec<()>,
    default_message_feedback_enabled: bool,
    created_timestamp: Timestamp,
}

impl ConfigurationSet {
    fn arn(&self) -> String {
        arn(KIND, &self.name)
    }

    fn information(&self) -> ConfigurationSetInformation {
        ConfigurationSetInformation {
            configuration_set_arn: self.arn(),
            configuration_set_name: self.name.clone(),
            event_destinations: Vec::new(),
            default_message_feedback_enabled: self.message_feedback_enabled,
            created_timestamp: self.created,
        }
    }
}

impl Filtered for ConfigurationSet {
    fn values(&self, name: &str) -> Vec<String> {
        match name {
            "default-message-feedback-enabled" => vec![self.message_feedback_enabled.to_string()],
            _ => Vec::new(),
        }
    }
}

impl Service {
    /// The set with this name or ARN.
    pub(in crate::service) fn configuration_set(
        &self,
        name: &str,
    ) -> Result<&ConfigurationSet, ServiceError> {
        let sets = &self.state.account.configuration_sets;
        sets.get(bare(KIND, name)).ok_or_else(|| not_found(name))
    }

    /// The same, to be changed.
    pub(in crate::service) fn configuration_set_mut(
        &mut self,
        name: &str,
    ) -> Result<&mut ConfigurationSet, ServiceError> {
        let sets = &mut self.state.account.configuration_sets;
        sets.get_mut(bare(KIND, name)).ok_or_else(|| not_found(name))
    }
}

fn not_found(name: &str) -> ServiceError {
    ServiceError::not_found(ResourceType::ConfigurationSet, name)
}

impl Operation for CreateConfigurationSet {
    const NAME: &'static str = "CreateConfigurationSet";
    type Output = CreateConfigurationSetResult;

    /// The same call with the same client token gives the same set again.
    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let created = service.date(now);
        let sets = &mut service.state.account.configuration_sets;
        let name = self.configuration_set_name;
        let set = match sets.get(&name) {
            Some(set) if self.client_token.is_some() && self.client_token == set.client_token => {
                set
            }
            Some(_) => {
                let (reason, kind) =
                    (ConflictReason::ResourceAlreadyExists, ResourceType::ConfigurationSet);
                return Err(ServiceError::conflict(reason, kind, name));
            }
            None if sets.len() >= MOST_SETS => {
                let reason = QuotaReason::ConfigurationSetsPerAccount;
                return Err(ServiceError::ServiceQuotaExceeded(reason));
            }
            None => {
                let (tags, client_token) = (self.tags.unwrap_or_default(), self.client_token);
                sets.entry(name.clone()).or_insert(ConfigurationSet {
                    name,
                    created,
                    message_feedback_enabled: false,
                    tags,
                    client_token,
                })
            }
        };
        Ok(CreateConfigurationSetResult {
            configuration_set_arn: set.arn(),
            configuration_set_name: set.name.clone(),
            tags: set.tags.clone(),
            created_timestamp: set.created,
        })
    }
}

impl Operation for DeleteConfigurationSet {
    const NAME: &'static str = "DeleteConfigurationSet";
    type Output = ConfigurationSetInformation;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let name = &self.configuration_set_name;
        let sets = &mut service.state.account.configuration_sets;
        let set = sets.remove(bare(KIND, name)).ok_or_else(|| not_found(name))?;
        Ok(set.information())
    }
}

impl Operation for DescribeConfigurationSets {
    const NAME: &'static str = "DescribeConfigurationSets";
    type Output = DescribeConfigurationSetsResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let filters = self.filters.unwrap_or_default();
        check_booleans(&filters, &["default-message-feedback-enabled"])?;
        let names = self.configuration_set_names.unwrap_or_default();
        for name in &names {
            service.configuration_set(name)?;
        }
        let asked = |set: &ConfigurationSet| {
            names.is_empty() || names.iter().any(|name| bare(KIND, name) == set.name)
        };
        let sets = service.state.account.configuration_sets.iter();
        let found = sets.filter(|(_, set)| asked(set) && set.passes(&filters));
        let found = found.map(|(name, set)| (name, set.information()));
        let (configuration_sets, next_token) =
            page(found, self.next_token.as_deref(), self.max_results)?;
        Ok(DescribeConfigurationSetsResult { configuration_sets, next_token })
    }
}

impl Operation for SetDefaultMessageFeedbackEnabled {
    const NAME: &'static str = "SetDefaultMessageFeedbackEnabled";
    type Output = SetDefaultMessageFeedbackEnabledResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let set = service.configuration_set_mut(&self.configuration_set_name)?;
        set.message_feedback_enabled = self.message_feedback_enabled;
        Ok(SetDefaultMessageFeedbackEnabledResult {
            configuration_set_arn: set.arn(),
            configuration_set_name: set.name.clone(),
            message_feedback_enabled: set.message_feedback_enabled,
        })
    }
}
