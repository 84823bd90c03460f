//! A document compared with a JSON Schema: every difference at once, each with its place.
//!
//! The schema is the one that schemars derives from a shape, so only what it derives is understood:
//! references, tables, maps, lists, numbers, texts, and enums whose one key names the variant.
//!
//! **Invariant:** nothing here knows a shape; what a schema cannot say is left to the shape's own
//! `check`.

use super::{
    document::{Document, Node, Value, join},
    duration::Span,
    problem::{ConfigError, Finding},
    schema::{
        Variants, between, choices_of, did_you_mean, is_duration, listed, quoted, range_of, type_of,
    },
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::{collections::BTreeMap, fmt::Write as _};

/// The shape that the document describes, or every mistake in it.
pub fn read<T: DeserializeOwned + JsonSchema>(document: &Document) -> Result<T, ConfigError> {
    let schema = schemars::schema_for!(T).to_value();
    let mut walk =
        Walk { definitions: schema.get("$defs").and_then(Json::as_object), findings: Vec::new() };
    walk.visit(&document.root, &schema, "");
    if !walk.findings.is_empty() {
        return Err(ConfigError::new(walk.findings));
    }
    T::deserialize(document.root.to_toml()).map_err(|error| {
        let message = error.message().to_owned();
        let origin = document.root.origin.clone();
        let path = String::new();
        ConfigError::new(vec![Finding { origin, path, message }])
    })
}

struct Walk<'s> {
    definitions: Option<&'s Map<String, Json>>,
    findings: Vec<Finding>,
}

impl<'s> Walk<'s> {
    fn visit(&mut self, node: &Node, schema: &'s Json, path: &str) {
        let schema = self.resolve(schema);
        if let Some(alternatives) = schema.get("oneOf").and_then(Json::as_array) {
            return self.one_of(node, alternatives, path);
        }
        match type_of(schema) {
            Some("object") => self.table(node, schema, path),
            Some("array") => self.list(node, schema, path),
            Some("string") => self.text(node, schema, path),
            Some("integer") => self.number(node, schema, path, true),
            Some("number") => self.number(node, schema, path, false),
            Some("boolean") if !matches!(node.value, Value::Bool(_)) => {
                self.wrong(node, path, "must be true or false");
            }
            _ => {}
        }
    }

    /// Follows references, and takes an optional value for the value itself.
    fn resolve(&self, mut schema: &'s Json) -> &'s Json {
        loop {
            if let Some(target) = schema.get("$ref").and_then(Json::as_str) {
                let name = target.trim_start_matches("#/$defs/");
                let defined = self.definitions.and_then(|all| all.get(name));
                schema = defined.expect("schemars defines every type it refers to");
            } else if let Some(any) = schema.get("anyOf").and_then(Json::as_array) {
                let value = any.iter().find(|one| type_of(one) != Some("null"));
                schema = value.expect("schemars writes `anyOf` for an optional type only");
            } else {
                return schema;
            }
        }
    }

    fn table(&mut self, node: &Node, schema: &'s Json, path: &str) {
        let Value::Table(entries) = &node.value else {
            return self.wrong(node, path, "must be a table");
        };
        let none = Map::new();
        let known = schema.get("properties").and_then(Json::as_object);
        let others = schema.get("additionalProperties").filter(|others| others.is_object());
        for (key, child) in entries {
            let path = join(path, key);
            match known.and_then(|known| known.get(key)).or(others) {
                Some(schema) => self.visit(child, schema, &path),
                None => self.unknown(child, key, &path, known.unwrap_or(&none).keys()),
            }
        }
        self.missing(node, entries, schema, path);
    }

    fn missing(
        &mut self,
        node: &Node,
        entries: &BTreeMap<String, Node>,
        schema: &Json,
        path: &str,
    ) {
        let required = schema.get("required").and_then(Json::as_array);
        let keys = required.into_iter().flatten().filter_map(Json::as_str);
        for key in keys.filter(|key| !entries.contains_key(*key)) {
            let message = match path {
                "" => format!("the key `{key}` is missing"),
                path => format!("{path} must have the key `{key}`"),
            };
            self.add(node, &join(path, key), message);
        }
    }

    fn unknown<'k>(
        &mut self,
        node: &Node,
        key: &str,
        path: &str,
        known: impl Iterator<Item = &'k String>,
    ) {
        let known: Vec<&str> = known.map(String::as_str).collect();
        let mut message = format!("unknown key `{key}`");
        if let Some((table, _)) = path.rsplit_once('.') {
            _ = write!(message, " in {table}");
        }
        message.push_str(&did_you_mean(key, &known));
        self.add(node, path, message);
    }

    fn list(&mut self, node: &Node, schema: &'s Json, path: &str) {
        let Value::List(items) = &node.value else {
            return self.wrong(node, path, "must be a list");
        };
        let limit = |name| schema.get(name).and_then(Json::as_u64);
        let length = items.len() as u64;
        let (min, max) = (limit("minItems"), limit("maxItems"));
        if min.is_some_and(|min| length < min) || max.is_some_and(|max| max < length) {
            let allowed = between(min, max);
            self.add(node, path, format!("{path} has {length} items, but must have {allowed}"));
        }
        if let Some(schema) = schema.get("items") {
            for (place, item) in items.iter().enumerate() {
                self.visit(item, schema, &join(path, &place.to_string()));
            }
        }
    }

    fn text(&mut self, node: &Node, schema: &Json, path: &str) {
        let choices = choices_of(schema);
        let Value::Text(text) = &node.value else {
            let allowed = match choices.as_slice() {
                [] if is_duration(schema) => "must be a duration in quotes, as in \"30s\"".into(),
                [] => "must be a text in quotes".into(),
                choices => format!("must be {}", listed(choices)),
            };
            return self.wrong(node, path, &allowed);
        };
        if is_duration(schema) {
            if let Err(error) = text.parse::<Span>() {
                self.wrong(node, path, &error.to_string());
            }
        } else if !choices.is_empty() {
            if !choices.contains(&text.as_str()) {
                let hint = did_you_mean(text, &choices);
                self.wrong(node, path, &format!("must be {}{hint}", listed(&choices)));
            }
        } else {
            self.free_text(node, text, schema, path);
        }
    }

    fn free_text(&mut self, node: &Node, text: &str, schema: &Json, path: &str) {
        let limit = |name| schema.get(name).and_then(Json::as_u64);
        let length = text.chars().count() as u64;
        let (min, max) = (limit("minLength"), limit("maxLength"));
        if min.is_some_and(|min| length < min) || max.is_some_and(|max| max < length) {
            let allowed = between(min, max);
            self.wrong(node, path, &format!("must have {allowed} characters"));
        }
        let Some(pattern) = schema.get("pattern").and_then(Json::as_str) else {
            return;
        };
        let regex = regex_lite::Regex::new(pattern).expect("patterns of shapes are tested");
        if !regex.is_match(text) {
            self.wrong(node, path, &format!("must match the pattern `{pattern}`"));
        }
    }

    fn number(&mut self, node: &Node, schema: &Json, path: &str, whole: bool) {
        #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^53 or powers of 2")]
        let number = match node.value {
            Value::Integer(number) => number as f64,
            Value::Float(number) if !whole => number,
            Value::Float(_)
            | Value::Text(_)
            | Value::Bool(_)
            | Value::List(_)
            | Value::Table(_) => {
                let kind = if whole { "a whole number" } else { "a number" };
                let range = range_of(schema).map_or_else(String::new, |range| format!(" {range}"));
                return self.wrong(node, path, &format!("must be {kind}{range}"));
            }
        };
        let limit = |name| schema.get(name).and_then(Json::as_f64);
        let (min, max) = (limit("minimum"), limit("maximum"));
        let inside = min.is_none_or(|min| min <= number) && max.is_none_or(|max| number <= max);
        if !number.is_finite() || !inside {
            let allowed = range_of(schema).unwrap_or_else(|| "a finite number".to_owned());
            self.wrong(node, path, &format!("must be {allowed}"));
        }
    }

    /// An enum: a text for a variant without fields, a table with one key for the others.
    fn one_of(&mut self, node: &Node, alternatives: &'s [Json], path: &str) {
        let variants = Variants::of(alternatives);
        match &node.value {
            Value::Text(text) if variants.words.contains(&text.as_str()) => {}
            Value::Table(entries) => match (variants.tables.is_empty(), variants.plain) {
                (true, Some(plain)) => self.visit(node, plain, path),
                _ => self.tagged(node, entries, &variants, path),
            },
            Value::Text(text) => {
                let hint = did_you_mean(text, &variants.names());
                self.wrong(node, path, &format!("must be {}{hint}", variants.listed()));
            }
            Value::List(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) => {
                self.wrong(node, path, &format!("must be {}", variants.listed()));
            }
        }
    }

    fn tagged(
        &mut self,
        node: &Node,
        entries: &BTreeMap<String, Node>,
        variants: &Variants<'s>,
        path: &str,
    ) {
        let known = |key: &str| variants.tables.iter().find(|(name, _)| *name == key);
        let mut keys = entries.iter();
        let (Some((key, child)), None) = (keys.next(), keys.next()) else {
            let found: Vec<&str> = entries.keys().map(String::as_str).collect();
            let found = match found.as_slice() {
                [] => "no key".to_owned(),
                keys => format!("the keys {}", quoted(keys, "and")),
            };
            let allowed = variants.listed();
            return self.add(node, path, format!("{path} has {found}, but must be {allowed}"));
        };
        match known(key) {
            Some((_, schema)) => self.visit(child, schema, &join(path, key)),
            None => {
                let hint = did_you_mean(key, &variants.names());
                let allowed = variants.listed();
                let message = format!("{path} has the key `{key}`, but must be {allowed}{hint}");
                self.add(child, &join(path, key), message);
            }
        }
    }

    /// Notes a value that is not what it must be.
    fn wrong(&mut self, node: &Node, path: &str, allowed: &str) {
        let found = match (&node.value, node.shown()) {
            (_, Some(value)) => value,
            (Value::List(_), None) => "a list".to_owned(),
            (_, None) => "a table".to_owned(),
        };
        self.add(node, path, format!("{path} is {found}, but {allowed}"));
    }

    fn add(&mut self, node: &Node, path: &str, message: String) {
        self.findings.push(Finding { origin: node.origin.clone(), path: path.to_owned(), message });
    }
}
