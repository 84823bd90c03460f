//! `--set path=value`: one value replaced from the command line.

use super::{
    document::{Document, Node, Origin, Value},
    problem::{ConfigError, Finding},
};
use std::collections::BTreeMap;
use toml::de::DeValue;

/// A `path=value` of the command line, read but not yet applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    path: String,
    node: Node,
}

impl Override {
    /// Reads `path=value`. The value is TOML; a bare word is a string.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let origin = Origin::Flag(format!("--set {text}").into());
        let refuse = |message: String| {
            ConfigError::new(vec![Finding { origin: origin.clone(), path: String::new(), message }])
        };
        let Some((path, value)) = text.split_once('=') else {
            return Err(refuse("must be written as `path=value`".to_owned()));
        };
        let path = path.trim();
        if path.split('.').any(str::is_empty) {
            return Err(refuse(format!(
                "`{path}` must be a dotted path, as in `countries.BR.weight`"
            )));
        }
        let value = read_value(value.trim()).map_err(refuse)?;
        Ok(Self { path: path.to_owned(), node: Node::from_toml(value, &origin) })
    }

    /// The value that `flag`, as it was typed, gives to the key `path`.
    #[must_use]
    pub fn by_flag(flag: &str, path: &str, value: toml::Value) -> Self {
        Self { path: path.to_owned(), node: Node::from_toml(value, &Origin::Flag(flag.into())) }
    }

    /// The dotted path.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Replaces the value at the path. What is missing on the way there is taken from `defaults`,
    /// else made as a table; a list does not grow.
    pub fn apply(
        &self,
        document: &mut Document,
        defaults: Option<&Document>,
    ) -> Result<(), ConfigError> {
        let mut place = &mut document.root;
        let mut default = defaults.map(|document| &document.root);
        let mut done = String::new();
        for step in self.path.split('.') {
            default = default.and_then(|node| node.child(step));
            place = self.enter(place, default, step, &done)?;
            done = super::document::join(&done, step);
        }
        *place = self.node.clone();
        Ok(())
    }

    fn enter<'a>(
        &self,
        node: &'a mut Node,
        default: Option<&Node>,
        step: &str,
        done: &str,
    ) -> Result<&'a mut Node, ConfigError> {
        let shown = node.shown();
        match &mut node.value {
            Value::Table(entries) => {
                let missing = || default.cloned().unwrap_or_else(|| self.empty_table());
                Ok(entries.entry(step.to_owned()).or_insert_with(missing))
            }
            Value::List(items) => {
                let length = items.len();
                let place = step.parse::<usize>().ok();
                place.and_then(|place| items.get_mut(place)).ok_or_else(|| {
                    let last = length.saturating_sub(1);
                    self.refuse(format!(
                        "{done} has {length} items, so `{step}` must be an index from 0 to {last}"
                    ))
                })
            }
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) => {
                let value = shown.unwrap_or_default();
                Err(self.refuse(format!("{done} is {value}, so it has no key `{step}`")))
            }
        }
    }

    fn empty_table(&self) -> Node {
        Node { origin: self.node.origin.clone(), value: Value::Table(BTreeMap::new()) }
    }

    fn refuse(&self, message: String) -> ConfigError {
        ConfigError::new(vec![Finding {
            origin: self.node.origin.clone(),
            path: self.path.clone(),
            message,
        }])
    }
}

/// TOML, or a string without its quotes where the text does not begin like TOML's own brackets.
fn read_value(text: &str) -> Result<toml::Value, String> {
    match DeValue::parse(text) {
        Ok(_) => toml::from_str::<BTreeMap<String, toml::Value>>(&format!("value = {text}"))
            .ok()
            .and_then(|mut parsed| parsed.remove("value"))
            .ok_or_else(|| format!("`{text}` must be one TOML value")),
        Err(error) if text.is_empty() || text.starts_with(['[', '{', '"', '\'']) => {
            Err(format!("`{text}` must be a TOML value: {}", error.message()))
        }
        Err(_) => Ok(toml::Value::String(text.to_owned())),
    }
}
