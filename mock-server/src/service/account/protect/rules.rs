//! Country rules of protect configurations, by capability.
//!
//! **Invariant:** a country without a rule is allowed.

use super::ProtectName;
use crate::service::{
    answer::ServiceError, country::CountryCode, model::Service, numbering, operation::Operation,
    time::SimTime,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const ALLOW: &str = "ALLOW";

/// By capability and country, the status that was set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::service) struct CountryRules(BTreeMap<String, BTreeMap<CountryCode, Rule>>);

/// A country's rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Rule {
    protect_status: String,
}

impl CountryRules {
    pub(super) fn status(&self, capability: &str, country: CountryCode) -> &str {
        let rule = self.0.get(capability).and_then(|rules| rules.get(&country));
        rule.map_or(ALLOW, |rule| &rule.protect_status)
    }

    /// Every country and its rule.
    fn all(&self, capability: &str) -> BTreeMap<CountryCode, Rule> {
        let allowed = || Rule { protect_status: ALLOW.to_owned() };
        let mut rules: BTreeMap<_, _> =
            numbering::countries().map(|country| (country, allowed())).collect();
        rules.extend(self.0.get(capability).cloned().unwrap_or_default());
        rules
    }
}

/// The rules of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CountryRuleSetResult {
    #[serde(flatten)]
    configuration: ProtectName,
    number_capability: String,
    country_rule_set: BTreeMap<CountryCode, Rule>,
}

/// `UpdateProtectConfigurationCountryRuleSet`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateProtectConfigurationCountryRuleSet {
    protect_configuration_id: String,
    number_capability: String,
    country_rule_set_updates: BTreeMap<CountryCode, Rule>,
}

impl Operation for UpdateProtectConfigurationCountryRuleSet {
    const NAME: &'static str = "UpdateProtectConfigurationCountryRuleSet";
    type Output = CountryRuleSetResult;

    /// Answers the rules that were set (an assumption), not those of all countries.
    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let protect = &mut service.state.account.protect;
        let configuration = protect.get_mut(&self.protect_configuration_id)?;
        let rules = configuration.rules.0.entry(self.number_capability.clone()).or_default();
        rules.extend(self.country_rule_set_updates.clone());
        Ok(CountryRuleSetResult {
            configuration: configuration.names(),
            number_capability: self.number_capability,
            country_rule_set: self.country_rule_set_updates,
        })
    }
}

/// `GetProtectConfigurationCountryRuleSet`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetProtectConfigurationCountryRuleSet {
    protect_configuration_id: String,
    number_capability: String,
}

impl Operation for GetProtectConfigurationCountryRuleSet {
    const NAME: &'static str = "GetProtectConfigurationCountryRuleSet";
    type Output = CountryRuleSetResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let protect = &service.state.account.protect;
        let configuration = protect.get(&self.protect_configuration_id)?;
        let country_rule_set = configuration.rules.all(&self.number_capability);
        let (configuration, number_capability) = (configuration.names(), self.number_capability);
        Ok(CountryRuleSetResult { configuration, number_capability, country_rule_set })
    }
}
