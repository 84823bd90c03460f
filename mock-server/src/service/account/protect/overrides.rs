//! Rules of protect configurations for single numbers.
//!
//! **Invariant:** a rule that has expired holds no more, though it is shown until it is deleted.

use super::{ProtectName, not_found};
use crate::service::{
    account::{filter::Filter, number::FullNumber, page::page},
    answer::{ResourceType, ServiceError, ValidationReason},
    model::Service,
    operation::Operation,
    time::{SimTime, Timestamp},
};
use serde::{Deserialize, Serialize};

/// A rule for one number, as `ListProtectConfigurationRuleSetNumberOverrides` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NumberOverride {
    destination_phone_number: FullNumber,
    created_timestamp: Timestamp,
    action: String,
    iso_country_code: Option<String>,
    expiration_timestamp: Option<Timestamp>,
}

impl NumberOverride {
    pub(super) fn holds(&self, at: Timestamp) -> bool {
        self.expiration_timestamp.is_none_or(|expires| at < expires)
    }

    pub(super) fn blocks(&self) -> bool {
        self.action == "BLOCK"
    }

    fn passes(&self, filter: &Filter) -> Result<bool, ServiceError> {
        let any = |fits: &dyn Fn(&str) -> bool| filter.values.iter().any(|value| fits(value));
        let number = self.destination_phone_number.as_str().trim_start_matches('+');
        Ok(match filter.name.as_str() {
            "iso-country-code" => any(&|value| self.iso_country_code.as_deref() == Some(value)),
            "action" => any(&|value| self.action == value),
            "destination-phone-number-begins-with" => {
                any(&|value| number.starts_with(value.trim_start_matches('+')))
            }
            name => {
                let date = date_of(filter)?;
                let (date_is, after) = match name {
                    "created-before" => (Some(self.created_timestamp), false),
                    "created-after" => (Some(self.created_timestamp), true),
                    "expires-before" => (self.expiration_timestamp, false),
                    _ => (self.expiration_timestamp, true),
                };
                date_is.is_some_and(|is| if after { is > date } else { is < date })
            }
        })
    }
}

/// The date that a filter compares with. How AWS writes it is not documented: seconds since 1970.
fn date_of(filter: &Filter) -> Result<Timestamp, ServiceError> {
    let seconds = filter.values.first().and_then(|value| value.parse::<f64>().ok());
    let date = seconds.and_then(|seconds| std::time::Duration::try_from_secs_f64(seconds).ok());
    date.map(Timestamp::since_1970).ok_or_else(|| {
        ServiceError::invalid(
            ValidationReason::InvalidFilterValues,
            "Filters",
            &format!("must have seconds since 1970 for {}", filter.name),
        )
    })
}

/// A configuration and one of its rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NumberOverrideResult {
    #[serde(flatten)]
    configuration: ProtectName,
    #[serde(flatten)]
    rule: NumberOverride,
}

/// `PutProtectConfigurationRuleSetNumberOverride`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutProtectConfigurationRuleSetNumberOverride {
    protect_configuration_id: String,
    destination_phone_number: FullNumber,
    action: String,
    expiration_timestamp: Option<Timestamp>,
}

impl Operation for PutProtectConfigurationRuleSetNumberOverride {
    const NAME: &'static str = "PutProtectConfigurationRuleSetNumberOverride";
    type Output = NumberOverrideResult;

    /// A rule for the same number is replaced. That an expiry in the past is refused is an assumption.
    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let created_timestamp = service.date(now);
        let protect = &mut service.state.account.protect;
        let configuration = protect.get_mut(&self.protect_configuration_id)?;
        if self.expiration_timestamp.is_some_and(|expires| expires <= created_timestamp) {
            return Err(ServiceError::invalid(
                ValidationReason::InvalidParameter,
                "ExpirationTimestamp",
                "must lie in the future",
            ));
        }
        let destination_phone_number = self.destination_phone_number.e164();
        let country = destination_phone_number.country();
        let rule = NumberOverride {
            iso_country_code: country.map(|country| country.to_string()),
            destination_phone_number,
            created_timestamp,
            action: self.action,
            expiration_timestamp: self.expiration_timestamp,
        };
        let digits = rule.destination_phone_number.digits();
        configuration.overrides.insert(digits, rule.clone());
        Ok(NumberOverrideResult { configuration: configuration.names(), rule })
    }
}

/// `DeleteProtectConfigurationRuleSetNumberOverride`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteProtectConfigurationRuleSetNumberOverride {
    protect_configuration_id: String,
    destination_phone_number: FullNumber,
}

impl Operation for DeleteProtectConfigurationRuleSetNumberOverride {
    const NAME: &'static str = "DeleteProtectConfigurationRuleSetNumberOverride";
    type Output = NumberOverrideResult;

    /// That a number without a rule is not found as its configuration would be is an assumption.
    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let protect = &mut service.state.account.protect;
        let configuration = protect.get_mut(&self.protect_configuration_id)?;
        let number = &self.destination_phone_number;
        let missing =
            || ServiceError::not_found(ResourceType::ProtectConfiguration, number.masked());
        let rule = configuration.overrides.remove(&number.digits()).ok_or_else(missing)?;
        Ok(NumberOverrideResult { configuration: configuration.names(), rule })
    }
}

/// `ListProtectConfigurationRuleSetNumberOverrides`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListProtectConfigurationRuleSetNumberOverrides {
    protect_configuration_id: String,
    filters: Option<Vec<Filter>>,
    next_token: Option<String>,
    max_results: Option<u8>,
}

/// What `ListProtectConfigurationRuleSetNumberOverrides` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NumberOverridesResult {
    #[serde(flatten)]
    configuration: ProtectName,
    rule_set_number_overrides: Vec<NumberOverride>,
    next_token: Option<String>,
}

impl Operation for ListProtectConfigurationRuleSetNumberOverrides {
    const NAME: &'static str = "ListProtectConfigurationRuleSetNumberOverrides";
    type Output = NumberOverridesResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let id = &self.protect_configuration_id;
        let protect = &service.state.account.protect;
        let configuration = protect.get(id).map_err(|_| not_found(id))?;
        let filters = self.filters.unwrap_or_default();
        let mut found = Vec::new();
        for (digits, rule) in &configuration.overrides {
            let passes =
                |passed: bool, filter| Ok::<_, ServiceError>(passed & rule.passes(filter)?);
            if filters.iter().try_fold(true, passes)? {
                found.push((format!("{digits:020}"), rule.clone()));
            }
        }
        let (rule_set_number_overrides, next_token) =
            page(Self::NAME, found.into_iter(), self.next_token.as_deref(), self.max_results)?;
        let configuration = configuration.names();
        Ok(NumberOverridesResult { configuration, rule_set_number_overrides, next_token })
    }
}
