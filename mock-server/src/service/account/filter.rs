//! Filters of `Describe` operations, read off what the operation would show.
//!
//! The API names its filters after the members that they compare: `two-way-enabled` looks at
//! `TwoWayEnabled`, `number-capability` at every item of `NumberCapabilities`.
//!
//! **Invariant:** every filter must hold; of the values of one, any.

use crate::service::answer::{ServiceError, ValidationReason};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Filter {
    /// What is compared; the names are the API's.
    pub name: String,
    /// With any of what.
    pub values: Vec<String>,
}

/// The items that pass all filters, as they are shown.
pub(in crate::service) fn passing<K, T: Serialize>(
    items: impl Iterator<Item = (K, T)>,
    filters: Option<&[Filter]>,
) -> Result<Vec<(K, T)>, ServiceError> {
    let filters = filters.unwrap_or_default();
    let mut found = Vec::new();
    for (key, item) in items {
        if passes(&item, filters)? {
            found.push((key, item));
        }
    }
    Ok(found)
}

fn passes(item: &impl Serialize, filters: &[Filter]) -> Result<bool, ServiceError> {
    if filters.is_empty() {
        return Ok(true);
    }
    let shown = serde_json::to_value(item).expect("resources have string keys");
    filters.iter().try_fold(true, |passed, filter| Ok(passed & filter.passes(&shown)?))
}

impl Filter {
    fn passes(&self, shown: &Value) -> Result<bool, ServiceError> {
        match self.member(shown) {
            Value::Bool(is) => self.is(*is),
            Value::String(text) => Ok(self.values.contains(text)),
            Value::Array(items) => {
                let any = |item: &Value| item.as_str().is_some_and(|item| self.names(item));
                Ok(items.iter().any(any))
            }
            Value::Null | Value::Number(_) | Value::Object(_) => Ok(false),
        }
    }

    fn names(&self, text: &str) -> bool {
        self.values.iter().any(|value| value == text)
    }

    fn is(&self, is: bool) -> Result<bool, ServiceError> {
        let wrong = self.values.iter().find(|value| !matches!(value.as_str(), "true" | "false"));
        match wrong {
            None => Ok(self.names(if is { "true" } else { "false" })),
            Some(_) => Err(ServiceError::invalid(
                ValidationReason::InvalidFilterValues,
                "Filters",
                &format!("has a value other than true or false for {}", self.name),
            )),
        }
    }

    /// The member that the filter's name means: itself, or its plural.
    fn member<'v>(&self, shown: &'v Value) -> &'v Value {
        let member = pascal(&self.name);
        let plurals = [
            member.clone(),
            format!("{member}s"),
            member.strip_suffix('y').map(|stem| format!("{stem}ies")).unwrap_or_default(),
        ];
        plurals.iter().find_map(|name| shown.get(name)).unwrap_or(&Value::Null)
    }
}

/// `two-way-enabled` as `TwoWayEnabled`.
fn pascal(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        first.to_ascii_uppercase() + rest
    };
    name.split('-').map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(name: &str, value: &str, passed: Option<bool>) {
        let shown = json!({
            "TwoWayEnabled": true,
            "NumberCapabilities": ["SMS", "VOICE"],
            "MessageType": "TRANSACTIONAL",
        });
        let filter = Filter { name: name.to_owned(), values: vec![value.to_owned()] };
        assert_eq!(passes(&shown, &[filter]).ok(), passed, "{name} {value}");
    }

    #[test]
    fn a_filter_looks_at_the_member_it_is_named_after() {
        check("two-way-enabled", "true", Some(true));
        check("two-way-enabled", "false", Some(false));
        check("two-way-enabled", "yes", None);
        check("number-capability", "VOICE", Some(true));
        check("number-capability", "MMS", Some(false));
        check("message-type", "TRANSACTIONAL", Some(true));
        check("opt-out-list-name", "Default", Some(false));
    }
}
