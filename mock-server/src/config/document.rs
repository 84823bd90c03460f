//! A TOML file as a tree in which every value remembers where it was written.
//!
//! **Invariant:** nothing here knows what a key means.

use super::{
    problem::{ConfigError, Finding, Problems},
    source::Lines,
};
use std::{collections::BTreeMap, fmt, sync::Arc};
use toml::de::DeTable;

/// A file, with everything laid under or over it since.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The table that holds everything.
    pub root: Node,
}

/// One value and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Where it was written.
    pub origin: Origin,
    /// What was written.
    pub value: Value,
}

/// What was written. A date is kept as text.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Keys and their values.
    Table(BTreeMap<String, Node>),
    /// Values in order.
    List(Vec<Node>),
    /// A string or a date.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A decimal number.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
}

/// Where a value was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// In a file.
    File {
        /// The file as the reader knows it.
        name: Arc<str>,
        /// The line, from 1.
        line: usize,
    },
    /// On the command line: the flag with its value.
    Flag(Arc<str>),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Flag(text) => f.write_str(text),
        }
    }
}

impl Document {
    /// Reads TOML; `name` is what the file is called in messages. Every syntax error is reported.
    pub fn parse(text: &str, name: &str) -> Result<Self, ConfigError> {
        let lines = Lines::new(text, name);
        let (root, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(ConfigError::new(lines.syntax_errors(&errors)));
        }
        let mut findings = Vec::new();
        let value = lines.table(root.get_ref(), "", &mut findings);
        if findings.is_empty() {
            let origin = lines.origin(0);
            Ok(Self { root: Node { origin, value } })
        } else {
            Err(ConfigError::new(findings))
        }
    }

    /// The value at a dotted path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Node> {
        let mut steps = path.split('.').filter(|step| !step.is_empty());
        steps.try_fold(&self.root, Node::child)
    }

    /// The value at a dotted path, to be changed.
    pub fn get_mut(&mut self, path: &str) -> Option<&mut Node> {
        let mut steps = path.split('.').filter(|step| !step.is_empty());
        steps.try_fold(&mut self.root, Node::child_mut)
    }

    /// Where the value at `path` was written or, if it is missing, the nearest table around it.
    #[must_use]
    pub fn origin(&self, path: &str) -> &Origin {
        let mut node = &self.root;
        for step in path.split('.') {
            match node.child(step) {
                Some(child) => node = child,
                None => break,
            }
        }
        &node.origin
    }

    /// The problems as findings, each with its place and the value found there.
    #[must_use]
    pub fn locate(&self, problems: &Problems) -> ConfigError {
        let findings = problems.iter().map(|(path, message)| Finding {
            origin: self.origin(path).clone(),
            path: path.to_owned(),
            message: sentence(path, self.get(path), message),
        });
        ConfigError::new(findings.collect())
    }
}

/// A whole sentence: the key, its value where that can be shown, and what is wrong with it.
fn sentence(path: &str, node: Option<&Node>, message: &str) -> String {
    let shown = node.and_then(Node::shown);
    match shown {
        Some(value) if message.starts_with("must ") => {
            format!("{path} is {value}, but {message}")
        }
        _ if message.starts_with("must ") || message.starts_with("has ") => {
            format!("{path} {message}")
        }
        _ => format!("{path}: {message}"),
    }
}

impl Node {
    /// The value under one key or index.
    #[must_use]
    pub fn child(&self, step: &str) -> Option<&Self> {
        match &self.value {
            Value::Table(entries) => entries.get(step),
            Value::List(items) => items.get(step.parse::<usize>().ok()?),
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) => None,
        }
    }

    fn child_mut(&mut self, step: &str) -> Option<&mut Self> {
        match &mut self.value {
            Value::Table(entries) => entries.get_mut(step),
            Value::List(items) => items.get_mut(step.parse::<usize>().ok()?),
            Value::Text(_) | Value::Integer(_) | Value::Float(_) | Value::Bool(_) => None,
        }
    }

    /// A single value as it is shown in messages; `None` for tables and lists.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        match &self.value {
            Value::Table(_) | Value::List(_) => None,
            Value::Text(text) if text.chars().count() > 60 => {
                Some(format!("{:?}…", text.chars().take(60).collect::<String>()))
            }
            Value::Text(text) => Some(format!("{text:?}")),
            Value::Integer(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
        }
    }

    /// Takes over what `base` has and this table has not; tables under a key in `deep` likewise.
    pub fn lay_under(&mut self, base: Self, deep: &[&str]) {
        let (Value::Table(entries), Value::Table(inherited)) = (&mut self.value, base.value) else {
            return;
        };
        for (key, value) in inherited {
            match entries.get_mut(&key) {
                Some(own) if deep.contains(&key.as_str()) => own.lay_under(value, &[]),
                Some(_) => {}
                None => {
                    entries.insert(key, value);
                }
            }
        }
    }

    /// The value without its origins.
    #[must_use]
    pub fn to_toml(&self) -> toml::Value {
        match &self.value {
            Value::Table(entries) => {
                let entries = entries.iter();
                toml::Value::Table(
                    entries.map(|(key, node)| (key.clone(), node.to_toml())).collect(),
                )
            }
            Value::List(items) => toml::Value::Array(items.iter().map(Self::to_toml).collect()),
            Value::Text(text) => toml::Value::String(text.clone()),
            Value::Integer(number) => toml::Value::Integer(*number),
            Value::Float(number) => toml::Value::Float(*number),
            Value::Bool(value) => toml::Value::Boolean(*value),
        }
    }

    /// A value that was written at `origin` as a whole.
    #[must_use]
    pub fn from_toml(value: toml::Value, origin: &Origin) -> Self {
        let value = match value {
            toml::Value::Table(entries) => {
                let entries = entries.into_iter();
                Value::Table(entries.map(|(key, v)| (key, Self::from_toml(v, origin))).collect())
            }
            toml::Value::Array(items) => {
                Value::List(items.into_iter().map(|v| Self::from_toml(v, origin)).collect())
            }
            toml::Value::String(text) => Value::Text(text),
            toml::Value::Datetime(date) => Value::Text(date.to_string()),
            toml::Value::Integer(number) => Value::Integer(number),
            toml::Value::Float(number) => Value::Float(number),
            toml::Value::Boolean(value) => Value::Bool(value),
        };
        Self { origin: origin.clone(), value }
    }
}

/// The dotted path of `key` under `path`.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
