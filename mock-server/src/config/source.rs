//! TOML text made into a tree with the line of each value.

use super::{
    document::{Node, Origin, Value, join},
    problem::Finding,
};
use std::sync::Arc;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Where the lines of a file begin, to turn offsets into origins.
pub(super) struct Lines {
    name: Arc<str>,
    starts: Vec<usize>,
}

impl Lines {
    pub(super) fn new(text: &str, name: &str) -> Self {
        let breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { name: name.into(), starts: std::iter::once(0).chain(breaks).collect() }
    }

    pub(super) fn origin(&self, offset: usize) -> Origin {
        Origin::File {
            name: Arc::clone(&self.name),
            line: self.starts.partition_point(|start| *start <= offset),
        }
    }

    /// One finding for each line: what follows the first error of a line is mostly its echo.
    pub(super) fn syntax_errors(&self, errors: &[toml::de::Error]) -> Vec<Finding> {
        let findings = errors.iter().map(|error| Finding {
            origin: self.origin(error.span().unwrap_or_default().start),
            path: String::new(),
            message: error.message().replace('\n', ", "),
        });
        let mut findings: Vec<Finding> = findings.collect();
        findings.sort_by(|a, b| a.origin.cmp(&b.origin));
        findings.dedup_by(|later, first| later.origin == first.origin);
        findings
    }

    /// A key names the line of its value, also where the value is a table written in pieces.
    pub(super) fn table(
        &self,
        table: &DeTable<'_>,
        path: &str,
        findings: &mut Vec<Finding>,
    ) -> Value {
        let entries = table.iter().map(|(key, spanned)| {
            let origin = self.origin(key.span().start);
            let name = key.get_ref().to_string();
            let path = join(path, &name);
            let value = self.value(spanned, &origin, &path, findings);
            (name, Node { origin, value })
        });
        Value::Table(entries.collect())
    }

    fn value(
        &self,
        spanned: &Spanned<DeValue<'_>>,
        origin: &Origin,
        path: &str,
        findings: &mut Vec<Finding>,
    ) -> Value {
        match spanned.get_ref() {
            DeValue::Table(table) => self.table(table, path, findings),
            DeValue::Array(items) => {
                let items = items.iter().enumerate().map(|(place, item)| {
                    let origin = self.origin(item.span().start);
                    let path = join(path, &place.to_string());
                    let value = self.value(item, &origin, &path, findings);
                    Node { origin, value }
                });
                Value::List(items.collect())
            }
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Datetime(date) => Value::Text(date.to_string()),
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or_else(
                    |_| {
                        let allowed = "must fit into 64 bits";
                        findings.push(Finding {
                            origin: origin.clone(),
                            path: path.to_owned(),
                            message: format!("{path} is {number}, but {allowed}"),
                        });
                        Value::Integer(0)
                    },
                    Value::Integer,
                ),
            DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        }
    }
}
