//! Configuration sets: named defaults for sends.
//!
//! **Invariant:** a set is found by its name; an ARN is only another way to write one.

use super::{
    arn::{arn, bare},
    event_destinations::EventDestination,
    filter::{Filter, passing},
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
pub(super) const MOST_SETS: usize = 25;

/// One configuration set, as `DescribeConfigurationSets` and `DeleteConfigurationSet` show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConfigurationSet {
    configuration_set_arn: String,
    configuration_set_name: String,
    pub(in crate::service) event_destinations: Vec<EventDestination>,
    pub(in crate::service) default_message_type: Option<String>,
    pub(in crate::service) default_sender_id: Option<String>,
    pub(in crate::service) default_message_feedback_enabled: bool,
    created_timestamp: Timestamp,
    pub(in crate::service) protect_configuration_id: Option<String>,
}

/// The two names of a set, as most operations answer them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetName {
    configuration_set_arn: String,
    configuration_set_name: String,
}

impl ConfigurationSet {
    /// Its ARN and its name.
    pub(in crate::service) fn names(&self) -> SetName {
        SetName {
            configuration_set_arn: self.configuration_set_arn.clone(),
            configuration_set_name: self.configuration_set_name.clone(),
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

/// `CreateConfigurationSet`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateConfigurationSet {
    /// The new set's name.
    pub configuration_set_name: String,
    /// Tags, kept and given back.
    pub tags: Option<Vec<Tag>>,
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

impl Operation for CreateConfigurationSet {
    const NAME: &'static str = "CreateConfigurationSet";
    type Output = CreateConfigurationSetResult;

    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let (created_timestamp, counted) = (service.date(now), service.counts_resources());
        let name = self.configuration_set_name;
        let account = &mut service.state.account;
        if account.configuration_sets.contains_key(&name) {
            let (reason, kind) =
                (ConflictReason::ResourceAlreadyExists, ResourceType::ConfigurationSet);
            return Err(ServiceError::conflict(reason, kind, name));
        }
        if counted && account.configuration_sets.len() >= MOST_SETS {
            let reason = QuotaReason::ConfigurationSetsPerAccount;
            return Err(ServiceError::ServiceQuotaExceeded(reason));
        }
        let set = ConfigurationSet {
            configuration_set_arn: arn(KIND, &name),
            configuration_set_name: name.clone(),
            event_destinations: Vec::new(),
            default_message_type: None,
            default_sender_id: None,
            default_message_feedback_enabled: false,
            created_timestamp,
            protect_configuration_id: None,
        };
        let SetName { configuration_set_arn, configuration_set_name } = set.names();
        let tags = account.tag(&configuration_set_arn, self.tags);
        account.configuration_sets.insert(name, set);
        Ok(CreateConfigurationSetResult {
            configuration_set_arn,
            configuration_set_name,
            tags,
            created_timestamp,
        })
    }
}

/// `DeleteConfigurationSet`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteConfigurationSet {
    configuration_set_name: String,
}

impl Operation for DeleteConfigurationSet {
    const NAME: &'static str = "DeleteConfigurationSet";
    type Output = ConfigurationSet;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let name = &self.configuration_set_name;
        let account = &mut service.state.account;
        let set = account.configuration_sets.remove(bare(KIND, name));
        let set = set.ok_or_else(|| not_found(name))?;
        account.tags.remove(&set.configuration_set_arn);
        Ok(ConfigurationSet { protect_configuration_id: None, ..set })
    }
}

/// `DescribeConfigurationSets`
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeConfigurationSets {
    configuration_set_names: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    next_token: Option<String>,
    max_results: Option<u8>,
}

/// What `DescribeConfigurationSets` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeConfigurationSetsResult {
    configuration_sets: Vec<ConfigurationSet>,
    next_token: Option<String>,
}

impl Operation for DescribeConfigurationSets {
    const NAME: &'static str = "DescribeConfigurationSets";
    type Output = DescribeConfigurationSetsResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let names = self.configuration_set_names.unwrap_or_default();
        for name in &names {
            service.configuration_set(name)?;
        }
        let asked =
            |name: &str| names.is_empty() || names.iter().any(|own| bare(KIND, own) == name);
        let sets = service.state.account.configuration_sets.iter();
        let sets = sets.filter(|(name, _)| asked(name)).map(|(name, set)| (name, set.clone()));
        let shown = passing(sets, self.filters.as_deref())?.into_iter();
        let (configuration_sets, next_token) =
            page(Self::NAME, shown, self.next_token.as_deref(), self.max_results)?;
        Ok(DescribeConfigurationSetsResult { configuration_sets, next_token })
    }
}

/// A set's names beside one of its defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetDefaultResult {
    #[serde(flatten)]
    set: SetName,
    message_type: Option<String>,
    sender_id: Option<String>,
    message_feedback_enabled: Option<bool>,
}

impl SetDefaultResult {
    fn of(set: &ConfigurationSet) -> Self {
        let set = set.names();
        Self { set, message_type: None, sender_id: None, message_feedback_enabled: None }
    }
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

impl Operation for SetDefaultMessageFeedbackEnabled {
    const NAME: &'static str = "SetDefaultMessageFeedbackEnabled";
    type Output = SetDefaultResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let set = service.configuration_set_mut(&self.configuration_set_name)?;
        set.default_message_feedback_enabled = self.message_feedback_enabled;
        let message_feedback_enabled = Some(self.message_feedback_enabled);
        Ok(SetDefaultResult { message_feedback_enabled, ..SetDefaultResult::of(set) })
    }
}

/// `SetDefaultMessageType`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetDefaultMessageType {
    configuration_set_name: String,
    message_type: String,
}

impl Operation for SetDefaultMessageType {
    const NAME: &'static str = "SetDefaultMessageType";
    type Output = SetDefaultResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let set = service.configuration_set_mut(&self.configuration_set_name)?;
        set.default_message_type = Some(self.message_type.clone());
        let message_type = Some(self.message_type);
        Ok(SetDefaultResult { message_type, ..SetDefaultResult::of(set) })
    }
}

/// `DeleteDefaultMessageType`: answers what was set.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteDefaultMessageType {
    configuration_set_name: String,
}

impl Operation for DeleteDefaultMessageType {
    const NAME: &'static str = "DeleteDefaultMessageType";
    type Output = SetDefaultResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let set = service.configuration_set_mut(&self.configuration_set_name)?;
        let message_type = set.default_message_type.take();
        Ok(SetDefaultResult { message_type, ..SetDefaultResult::of(set) })
    }
}

/// `SetDefaultSenderId`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetDefaultSenderId {
    configuration_set_name: String,
    sender_id: String,
}

impl Operation for SetDefaultSenderId {
    const NAME: &'static str = "SetDefaultSenderId";
    type Output = SetDefaultResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let set = service.configuration_set_mut(&self.configuration_set_name)?;
        set.default_sender_id = Some(self.sender_id.clone());
        let sender_id = Some(self.sender_id);
        Ok(SetDefaultResult { sender_id, ..SetDefaultResult::of(set) })
    }
}

/// `DeleteDefaultSenderId`: answers what was set.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteDefaultSenderId {
    configuration_set_name: String,
}

impl Operation for DeleteDefaultSenderId {
    const NAME: &'static str = "DeleteDefaultSenderId";
    type Output = SetDefaultResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let set = service.configuration_set_mut(&self.configuration_set_name)?;
        let sender_id = set.default_sender_id.take();
        Ok(SetDefaultResult { sender_id, ..SetDefaultResult::of(set) })
    }
}
