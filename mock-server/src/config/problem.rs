//! What is wrong with a file: all of it at once.

use super::{document::Origin, duration::Span};
use std::fmt;

/// Problems found so far, each under the dotted path of its key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    found: Vec<(String, String)>,
}

impl Problems {
    /// Notes that what stands at `path` is wrong: `message` continues a sentence that begins with
    /// the key and its value, as in "must be between 0 and 1".
    pub fn add(&mut self, path: &str, message: impl Into<String>) {
        self.found.push((path.to_owned(), message.into()));
    }

    /// Notes a duration that is not between two others.
    ///
    /// # Panics
    /// If a bound is not a duration.
    pub fn check_span(&mut self, path: &str, span: Span, shortest: &str, longest: &str) {
        let bound = |text: &str| text.parse::<Span>().expect("bounds are durations");
        if span < bound(shortest) || bound(longest) < span {
            self.add(path, format!("must be between {shortest} and {longest}"));
        }
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Every problem: its path and what is wrong.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.found.iter().map(|(path, message)| (path.as_str(), message.as_str()))
    }
}

/// One mistake and its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where it was written.
    pub origin: Origin,
    /// The dotted path of the key; empty where there is none.
    pub path: String,
    /// The whole sentence, key and value included.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)
    }
}

/// Every mistake in a file, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    findings: Vec<Finding>,
}

impl ConfigError {
    /// Sorts the findings by place. There must be at least one.
    #[must_use]
    pub fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort();
        findings.dedup();
        Self { findings }
    }

    /// The mistakes, at least one.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The mistakes of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.findings.extend(other.findings);
        Self::new(self.findings)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        match self.findings.len() {
            1 => write!(f, "1 mistake"),
            count => write!(f, "{count} mistakes"),
        }
    }
}
