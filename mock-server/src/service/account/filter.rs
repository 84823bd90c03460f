//! Filters of `Describe` operations.
//!
//! **Invariant:** every filter must hold; of the values of one, any.

use crate::service::answer::{ServiceError, ValidationReason};
use serde::Deserialize;

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Filter {
    /// What is compared; the names are the API's.
    pub name: String,
    /// With any of what.
    pub values: Vec<String>,
}

/// A resource that can be looked for.
pub(in crate::service) trait Filtered {
    /// What this resource has under that name: several for a list, none for what is absent.
    fn values(&self, name: &str) -> Vec<String>;

    /// Whether all filters hold.
    fn passes(&self, filters: &[Filter]) -> bool {
        filters.iter().all(|filter| {
            let values = self.values(&filter.name);
            filter.values.iter().any(|value| values.contains(value))
        })
    }
}

/// Refuses a filter on one of these names whose values are not `true` or `false`.
pub(in crate::service) fn check_booleans(
    filters: &[Filter],
    names: &[&str],
) -> Result<(), ServiceError> {
    let boolean = |value: &String| value == "true" || value == "false";
    let wrong = filters
        .iter()
        .find(|filter| names.contains(&filter.name.as_str()) && !filter.values.iter().all(boolean));
    wrong.map_or(Ok(()), |filter| {
        Err(ServiceError::invalid(
            ValidationReason::InvalidFilterValues,
            "Filters",
            &format!("has a value other than true or false for {}", filter.name),
        ))
    })
}
