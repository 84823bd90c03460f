//! The shape of the quotas: a table, or the name of the documented one.

use super::{
    document::{Document, Node, Value},
    duration::Span,
    problem::Problems,
};
use crate::service::settings::{OverDailyCap, Quotas};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};
use std::{collections::BTreeMap, fmt};

/// Calls and parts per second; absent is unlimited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(non_snake_case, reason = "AWS's own names of its operations")]
pub struct QuotasShape {
    /// Calls of `SendTextMessage` per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 1_000_000.0))]
    pub SendTextMessage: Option<f64>,
    /// Calls of `PutMessageFeedback` per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 1_000_000.0))]
    pub PutMessageFeedback: Option<f64>,
    /// Calls per second of each other operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 1_000_000.0))]
    pub other_operations: Option<f64>,
    /// Calls per second of single other operations, by their name, as in `{ PutOptedOutNumber = 10 }`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub operations: BTreeMap<String, f64>,
    /// Message parts per second and originator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 1_000_000.0))]
    pub parts_per_second: Option<f64>,
    /// Messages per second to one recipient.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 1_000_000.0))]
    pub recipient_per_second: Option<f64>,
    /// Message parts per day and originator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub parts_per_day: Option<u32>,
    /// How long after midnight UTC a day of such caps begins (AWS does not document it: an assumption).
    #[serde(skip_serializing_if = "is_midnight")]
    pub day_starts: Span,
    /// What a send beyond a daily cap meets (AWS does not document it: an assumption).
    #[serde(skip_serializing_if = "is_usual")]
    pub over_daily_cap: OverDailyCapShape,
    /// How many seconds' worth of a quota may be used at once (AWS documents none: an assumption).
    pub burst: Span,
}

/// What a send beyond a daily cap meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OverDailyCapShape {
    /// `ThrottlingException`.
    #[default]
    Throttle,
    /// `ServiceQuotaExceededException`.
    Refuse,
}

fn is_midnight(starts: &Span) -> bool {
    starts.0.is_zero()
}

fn is_usual(over: &OverDailyCapShape) -> bool {
    *over == OverDailyCapShape::default()
}

impl From<&Quotas> for QuotasShape {
    fn from(quotas: &Quotas) -> Self {
        Self {
            SendTextMessage: quotas.send_per_second,
            PutMessageFeedback: quotas.put_per_second,
            other_operations: quotas.control_per_second,
            operations: quotas.named.iter().map(|(name, rate)| (name.to_string(), *rate)).collect(),
            parts_per_second: quotas.parts_per_second,
            recipient_per_second: quotas.recipient_per_second,
            parts_per_day: quotas.parts_per_day,
            day_starts: Span(quotas.day_starts),
            over_daily_cap: match quotas.over_daily_cap {
                OverDailyCap::Throttle => OverDailyCapShape::Throttle,
                OverDailyCap::Refuse => OverDailyCapShape::Refuse,
            },
            burst: Span(quotas.burst),
        }
    }
}

impl Default for QuotasShape {
    fn default() -> Self {
        Self::from(&Quotas::UNLIMITED)
    }
}

/// The name of the documented table of quotas.
const AWS_DEFAULT: &str = "aws-default";

/// Writes out the table that `"aws-default"` stands for where `path` holds that name, so that a
/// single quota of it can be overridden afterwards.
pub fn expand_quotas(document: &mut Document, path: &str) {
    if let Some(node) = document.get_mut(path)
        && matches!(&node.value, Value::Text(name) if name == AWS_DEFAULT)
    {
        let table = toml::Value::try_from(QuotasShape::from(&Quotas::aws_default()));
        *node = Node::from_toml(table.expect("numbers and a text"), &node.origin);
    }
}

pub(super) fn quotas_or_name<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<QuotasShape, D::Error> {
    deserializer.deserialize_any(QuotasVisitor)
}

pub(super) fn quotas_or_name_schema(generator: &mut SchemaGenerator) -> Schema {
    let table = generator.subschema_for::<QuotasShape>();
    json_schema!({ "oneOf": [{ "type": "string", "const": AWS_DEFAULT }, table] })
}

struct QuotasVisitor;

impl<'de> Visitor<'de> for QuotasVisitor {
    type Value = QuotasShape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of quotas or `aws-default`")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<QuotasShape, E> {
        if name == AWS_DEFAULT {
            Ok(QuotasShape::from(&Quotas::aws_default()))
        } else {
            Err(E::invalid_value(Unexpected::Str(name), &self))
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<QuotasShape, A::Error> {
        QuotasShape::deserialize(MapAccessDeserializer::new(map))
    }
}

impl QuotasShape {
    /// Names what is wrong with the limits of single operations.
    pub(super) fn check_operations(&self, path: &str, problems: &mut Problems) {
        for (name, rate) in &self.operations {
            let path = format!("{path}.{name}");
            if !crate::wire::answers(name) {
                problems.add(&path, "is not the name of an operation of this stub");
            }
            if !(0.001..=1e6).contains(rate) {
                problems.add(&path, format!("is {rate}, but must be between 0.001 and 1000000"));
            }
        }
    }

    /// The checked quotas.
    pub(super) fn quotas(&self) -> Quotas {
        Quotas {
            send_per_second: self.SendTextMessage,
            put_per_second: self.PutMessageFeedback,
            control_per_second: self.other_operations,
            named: self
                .operations
                .iter()
                .map(|(name, rate)| (name.as_str().into(), *rate))
                .collect(),
            parts_per_second: self.parts_per_second,
            recipient_per_second: self.recipient_per_second,
            parts_per_day: self.parts_per_day,
            day_starts: self.day_starts.0,
            over_daily_cap: match self.over_daily_cap {
                OverDailyCapShape::Throttle => OverDailyCap::Throttle,
                OverDailyCapShape::Refuse => OverDailyCap::Refuse,
            },
            burst: self.burst.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{read, shape::ServiceShape};
    use super::*;

    fn read_service(text: &str) -> Result<ServiceShape, String> {
        let document = Document::parse(text, "stub.toml").map_err(|error| error.to_string())?;
        read(&document).map_err(|error| error.to_string())
    }

    #[test]
    fn the_documented_table_can_be_named_in_toml_and_in_json() {
        let documented = QuotasShape::from(&Quotas::aws_default());
        let service = read_service("quotas = \"aws-default\"").expect("valid");
        assert_eq!(service.quotas, documented);
        let service: ServiceShape =
            serde_json::from_str(r#"{"quotas":"aws-default"}"#).expect("valid");
        assert_eq!(service.quotas, documented);
    }

    #[test]
    fn a_quota_of_the_named_table_can_be_replaced_once_it_is_written_out() {
        let mut document = Document::parse("quotas = \"aws-default\"", "x").expect("valid");
        expand_quotas(&mut document, "quotas");
        let node = document.get_mut("quotas.SendTextMessage").expect("written out");
        node.value = Value::Float(50.0);
        let service: ServiceShape = read(&document).expect("valid");
        assert_eq!(service.quotas.SendTextMessage, Some(50.0));
        assert_eq!(service.quotas.PutMessageFeedback, Some(20.0));
    }

    #[test]
    fn mistakes_of_any_shape_are_named_with_file_and_line() {
        let text = "quotas = \"default\"\nretension = \"1h\"\nspend_limit_usd = -1\n";
        let error = read_service(text).expect_err("three mistakes");
        let expected = [
            "stub.toml:1: quotas is \"default\", but must be `aws-default`, or a table",
            "stub.toml:2: unknown key `retension`, did you mean `retention`?",
            "stub.toml:3: spend_limit_usd is -1, but must be at least 0",
            "3 mistakes",
        ];
        for line in expected {
            assert!(error.contains(line), "{line:?} is not in:\n{error}");
        }
    }
}
