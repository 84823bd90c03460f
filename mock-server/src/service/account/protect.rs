//! Protect configurations: countries and single numbers that sends must not reach.
//!
//! **Invariant:** a configuration set has at most one configuration, and so has the account as its
//! default.

pub mod rules;
pub mod overrides;

use super::{
    Account,
    arn::{arn, bare},
    configuration_sets::SetName,
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
use overrides::NumberOverride;
use rules::CountryRules;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

const KIND: &str = "protect-configuration";

/// The default quota of an account.
const MOST_CONFIGURATIONS: usize = 25;

/// All protect configurations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::service) struct Protect {
    pub(super) by_id: BTreeMap<String, ProtectConfiguration>,
    /// The id of the account's default.
    pub(super) default: Option<String>,
}

/// A protect configuration.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::service) struct ProtectConfiguration {
    shown: ProtectConfigurationInformation,
    rules: CountryRules,
    overrides: BTreeMap<u64, NumberOverride>,
}

/// Without the numbers in full.
impl fmt::Debug for ProtectConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProtectConfiguration").field("shown", &self.shown).finish_non_exhaustive()
    }
}

/// A configuration, as `DescribeProtectConfigurations` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProtectConfigurationInformation {
    protect_configuration_arn: String,
    protect_configuration_id: String,
    created_timestamp: Timestamp,
    account_default: bool,
    deletion_protection_enabled: bool,
}

/// ARN and id of a configuration, as most operations answer them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProtectName {
    protect_configuration_arn: String,
    protect_configuration_id: String,
}

impl ProtectConfiguration {
    fn names(&self) -> ProtectName {
        ProtectName {
            protect_configuration_arn: self.shown.protect_configuration_arn.clone(),
            protect_configuration_id: self.shown.protect_configuration_id.clone(),
        }
    }
}

impl Protect {
    fn get(&self, id: &str) -> Result<&ProtectConfiguration, ServiceError> {
        self.by_id.get(bare(KIND, id)).ok_or_else(|| not_found(id))
    }

    fn get_mut(&mut self, id: &str) -> Result<&mut ProtectConfiguration, ServiceError> {
        self.by_id.get_mut(bare(KIND, id)).ok_or_else(|| not_found(id))
    }

    /// Makes a configuration the default, or none.
    fn set_default(&mut self, id: Option<String>) -> Option<String> {
        for (own, configuration) in &mut self.by_id {
            configuration.shown.account_default = Some(own) == id.as_ref();
        }
        std::mem::replace(&mut self.default, id)
    }
}

fn not_found(id: &str) -> ServiceError {
    ServiceError::not_found(ResourceType::ProtectConfiguration, id)
}

/// `CreateProtectConfiguration`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateProtectConfiguration {
    deletion_protection_enabled: Option<bool>,
    tags: Option<Vec<Tag>>,
}

/// What `CreateProtectConfiguration` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateProtectConfigurationResult {
    #[serde(flatten)]
    configuration: ProtectConfigurationInformation,
    tags: Vec<Tag>,
}

impl Operation for CreateProtectConfiguration {
    const NAME: &'static str = "CreateProtectConfiguration";
    type Output = CreateProtectConfigurationResult;

    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let created_timestamp = service.date(now);
        let count = service.state.account.protect.by_id.len();
        if service.counts_resources() && count >= MOST_CONFIGURATIONS {
            let reason = QuotaReason::ProtectConfigurationsPerAccount;
            return Err(ServiceError::ServiceQuotaExceeded(reason));
        }
        let id = service.resource_id("protect-");
        let shown = ProtectConfigurationInformation {
            protect_configuration_arn: arn(KIND, &id),
            protect_configuration_id: id.clone(),
            created_timestamp,
            account_default: false,
            deletion_protection_enabled: self.deletion_protection_enabled.unwrap_or(false),
        };
        let account = &mut service.state.account;
        let tags = account.tag(&shown.protect_configuration_arn, self.tags);
        let configuration = ProtectConfiguration {
            shown: shown.clone(),
            rules: CountryRules::default(),
            overrides: BTreeMap::new(),
        };
        account.protect.by_id.insert(id, configuration);
        Ok(CreateProtectConfigurationResult { configuration: shown, tags })
    }
}

/// `DescribeProtectConfigurations`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeProtectConfigurations {
    protect_configuration_ids: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    next_token: Option<String>,
    max_results: Option<u8>,
}

/// What `DescribeProtectConfigurations` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeProtectConfigurationsResult {
    protect_configurations: Vec<ProtectConfigurationInformation>,
    next_token: Option<String>,
}

impl Operation for DescribeProtectConfigurations {
    const NAME: &'static str = "DescribeProtectConfigurations";
    type Output = DescribeProtectConfigurationsResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let protect = &service.state.account.protect;
        let ids = self.protect_configuration_ids.unwrap_or_default();
        for id in &ids {
            protect.get(id)?;
        }
        let asked = |id: &str| ids.is_empty() || ids.iter().any(|own| bare(KIND, own) == id);
        let found = protect.by_id.iter().filter(|(id, _)| asked(id));
        let found = found.map(|(id, configuration)| (id, configuration.shown.clone()));
        let found = passing(found, self.filters.as_deref())?.into_iter();
        let (protect_configurations, next_token) =
            page(Self::NAME, found, self.next_token.as_deref(), self.max_results)?;
        Ok(DescribeProtectConfigurationsResult { protect_configurations, next_token })
    }
}

/// A configuration set and a protect configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AssociationResult {
    #[serde(flatten)]
    set: SetName,
    #[serde(flatten)]
    configuration: ProtectName,
}

/// `AssociateProtectConfiguration`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateProtectConfiguration {
    protect_configuration_id: String,
    configuration_set_name: String,
}

impl Operation for AssociateProtectConfiguration {
    const NAME: &'static str = "AssociateProtectConfiguration";
    type Output = AssociationResult;

    /// Takes the place of the configuration that the set had, as AWS documents.
    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let protect = &service.state.account.protect;
        let configuration = protect.get(&self.protect_configuration_id)?.names();
        let set = service.configuration_set_mut(&self.configuration_set_name)?;
        let id = &configuration.protect_configuration_id;
        set.protect_configuration_id = Some(id.clone());
        Ok(AssociationResult { set: set.names(), configuration })
    }
}

/// `DisassociateProtectConfiguration`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisassociateProtectConfiguration {
    protect_configuration_id: String,
    configuration_set_name: String,
}

impl Operation for DisassociateProtectConfiguration {
    const NAME: &'static str = "DisassociateProtectConfiguration";
    type Output = AssociationResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let protect = &service.state.account.protect;
        let configuration = protect.get(&self.protect_configuration_id)?.names();
        let set = service.configuration_set_mut(&self.configuration_set_name)?;
        let id = &configuration.protect_configuration_id;
        if set.protect_configuration_id.as_ref() != Some(id) {
            let reason = ConflictReason::ProtectConfigurationNotAssociatedWithConfigurationSet;
            return Err(ServiceError::conflict(reason, ResourceType::ProtectConfiguration, id));
        }
        set.protect_configuration_id = None;
        Ok(AssociationResult { set: set.names(), configuration })
    }
}

/// ARN and id of the account's default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DefaultProtectConfiguration {
    default_protect_configuration_arn: String,
    default_protect_configuration_id: String,
}

impl From<ProtectName> for DefaultProtectConfiguration {
    fn from(name: ProtectName) -> Self {
        Self {
            default_protect_configuration_arn: name.protect_configuration_arn,
            default_protect_configuration_id: name.protect_configuration_id,
        }
    }
}

/// `SetAccountDefaultProtectConfiguration`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SetAccountDefaultProtectConfiguration {
    protect_configuration_id: String,
}

impl Operation for SetAccountDefaultProtectConfiguration {
    const NAME: &'static str = "SetAccountDefaultProtectConfiguration";
    type Output = DefaultProtectConfiguration;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let protect = &mut service.state.account.protect;
        let name = protect.get(&self.protect_configuration_id)?.names();
        protect.set_default(Some(name.protect_configuration_id.clone()));
        Ok(name.into())
    }
}

/// `DeleteAccountDefaultProtectConfiguration`
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct DeleteAccountDefaultProtectConfiguration {}

impl Operation for DeleteAccountDefaultProtectConfiguration {
    const NAME: &'static str = "DeleteAccountDefaultProtectConfiguration";
    type Output = DefaultProtectConfiguration;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let protect = &mut service.state.account.protect;
        let was = protect.set_default(None).ok_or_else(|| not_found("account default"))?;
        Ok(protect.get(&was)?.names().into())
    }
}

/// What a protect configuration says to a send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::service) struct Protection {
    /// The id of the configuration.
    pub(in crate::service) configuration: String,
    pub(in crate::service) verdict: Verdict,
}

/// What becomes of a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum Verdict {
    /// It goes: nothing stands against it, its configuration only watches (the mode `MONITOR`), or
    /// the configuration judges each message by itself (the mode `FILTER`; here it stops none).
    Allowed,
    /// Its country is blocked.
    CountryBlocked,
    /// Its number is blocked.
    NumberBlocked,
}

impl Account {
    /// What protection says to a message: the configuration of the call, else of its configuration
    /// set, else the account's default decides; `None` where there is none of these.
    pub(in crate::service) fn protection(
        &self,
        asked: Option<&str>,
        of_set: Option<&str>,
        message: &ProtectedMessage,
    ) -> Result<Option<Protection>, ServiceError> {
        let id = asked.or(of_set).or(self.protect.default.as_deref());
        id.map(|id| Ok(self.protect.get(id)?.judge(message))).transpose()
    }
}

/// What protection looks at.
#[derive(Clone, Copy)]
pub(in crate::service) struct ProtectedMessage {
    pub(in crate::service) capability: &'static str,
    pub(in crate::service) country: crate::service::country::CountryCode,
    pub(in crate::service) number: u64,
    pub(in crate::service) at: Timestamp,
}

impl ProtectConfiguration {
    /// A number's own rule beats its country's.
    fn judge(&self, message: &ProtectedMessage) -> Protection {
        let own = self.overrides.get(&message.number).filter(|own| own.holds(message.at));
        let verdict = match own {
            Some(own) if own.blocks() => Verdict::NumberBlocked,
            Some(_) => Verdict::Allowed,
            None => match self.rules.status(message.capability, message.country) {
                "BLOCK" => Verdict::CountryBlocked,
                _ => Verdict::Allowed,
            },
        };
        Protection { configuration: self.shown.protect_configuration_id.clone(), verdict }
    }
}
