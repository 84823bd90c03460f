//! What a JSON Schema of schemars says, and how that is put into words.

use serde_json::Value as Json;
use std::fmt::Write as _;

/// What an enum can be.
pub(super) struct Variants<'s> {
    /// Variants without fields.
    pub(super) words: Vec<&'s str>,
    /// Variants with fields: the key, and the schema of its value.
    pub(super) tables: Vec<(&'s str, &'s Json)>,
    /// A table that stands for itself beside words.
    pub(super) plain: Option<&'s Json>,
}

impl<'s> Variants<'s> {
    pub(super) fn of(alternatives: &'s [Json]) -> Self {
        let (mut words, mut tables, mut plain) = (Vec::new(), Vec::new(), None);
        for one in alternatives {
            let properties = one.get("properties").and_then(Json::as_object);
            match properties {
                Some(properties) => {
                    tables.extend(properties.iter().map(|(key, value)| (key.as_str(), value)));
                }
                None if type_of(one) == Some("string") => words.extend(choices_of(one)),
                None => plain = Some(one),
            }
        }
        Self { words, tables, plain }
    }

    pub(super) fn names(&self) -> Vec<&'s str> {
        let tables = self.tables.iter().map(|(name, _)| *name);
        self.words.iter().copied().chain(tables).collect()
    }

    pub(super) fn listed(&self) -> String {
        let tables: Vec<&str> = self.tables.iter().map(|(name, _)| *name).collect();
        let table = match tables.as_slice() {
            [] => String::new(),
            names => format!("a table with one key of {}", quoted(names, "or")),
        };
        let words = if self.words.is_empty() { String::new() } else { listed(&self.words) };
        let plain = self.plain.map_or("", |_| "a table");
        let parts = [words.as_str(), &table, plain];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join(", or ")
    }
}

pub(super) fn type_of(schema: &Json) -> Option<&str> {
    match schema.get("type")? {
        Json::String(name) => Some(name),
        Json::Array(names) => names.iter().filter_map(Json::as_str).find(|name| *name != "null"),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => None,
    }
}

pub(super) fn is_duration(schema: &Json) -> bool {
    schema.get("format").and_then(Json::as_str) == Some("duration")
}

pub(super) fn choices_of(schema: &Json) -> Vec<&str> {
    let list = schema.get("enum").and_then(Json::as_array);
    let one = schema.get("const");
    list.into_iter().flatten().chain(one).filter_map(Json::as_str).collect()
}

/// The limits of a number, as in "between 0 and 1".
pub(super) fn range_of(schema: &Json) -> Option<String> {
    let shown = |name| schema.get(name).map(plain_number);
    match (shown("minimum"), shown("maximum")) {
        (Some(min), Some(max)) => Some(format!("between {min} and {max}")),
        (Some(min), None) => Some(format!("at least {min}")),
        (None, Some(max)) => Some(format!("at most {max}")),
        (None, None) => None,
    }
}

/// A limit without the decimals it does not need.
fn plain_number(limit: &Json) -> String {
    match limit.as_f64().filter(|_| limit.is_f64()) {
        Some(number) => number.to_string(),
        None => limit.to_string(),
    }
}

pub(super) fn between(min: Option<u64>, max: Option<u64>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("between {min} and {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => "any number".to_owned(),
    }
}

pub(super) fn listed(words: &[&str]) -> String {
    quoted(words, "or")
}

/// `a`, `b` or `c`.
pub(super) fn quoted(words: &[&str], last: &str) -> String {
    let mut text = String::new();
    for (place, word) in words.iter().enumerate() {
        match place {
            0 => {}
            place if place + 1 == words.len() => _ = write!(text, " {last} "),
            _ => text.push_str(", "),
        }
        _ = write!(text, "`{word}`");
    }
    text
}

/// A hint at the name that was probably meant, or nothing.
#[must_use]
pub fn did_you_mean(written: &str, known: &[&str]) -> String {
    let lower = written.to_lowercase();
    let close = known
        .iter()
        .map(|name| (strsim::jaro_winkler(&lower, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    close.map_or_else(String::new, |(_, name)| format!(", did you mean `{name}`?"))
}
