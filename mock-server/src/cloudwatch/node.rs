//! What a request or an answer says, whatever its protocol.
//!
//! **Invariant:** a member that is null counts as absent.

use super::failure::{Failure, Kind};

/// How deep values may nest: more is no request, and would only cost stack.
pub(super) const DEPTH: usize = 32;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    Number(f64),
    /// Seconds since 1970.
    Time(f64),
    Text(String),
    /// A value of the query protocol, where everything is text.
    Loose(String),
    List(Vec<Self>),
    /// Members by their names.
    Structure(Vec<(String, Self)>),
    /// Values by keys that are not members; only answers have them.
    Table(Vec<(String, Self)>),
}

impl Node {
    pub(super) fn structure(members: impl IntoIterator<Item = (&'static str, Self)>) -> Self {
        let members = members.into_iter().map(|(name, value)| (name.to_owned(), value));
        Self::Structure(members.collect())
    }

    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

/// A member of a request and its name.
#[derive(Clone, Debug)]
pub(super) struct Member<'a> {
    value: &'a Node,
    path: String,
}

#[expect(clippy::wildcard_enum_match_arm, reason = "a value of any other kind is wrong")]
impl<'a> Member<'a> {
    /// The whole request.
    pub(super) const fn root(value: &'a Node) -> Self {
        Self { value, path: String::new() }
    }

    /// Its name, from the outermost member on.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// A member of it; `None` if that is absent.
    pub(super) fn get(&self, name: &str) -> Result<Option<Self>, Failure> {
        let members = match self.value {
            Node::Structure(members) => members,
            // The query protocol writes nothing at all for an empty structure.
            Node::Loose(text) if text.is_empty() => return Ok(None),
            _ => return Err(self.wrong("a structure")),
        };
        let found = members.iter().find(|(key, value)| key == name && *value != Node::Null);
        Ok(found.map(|(key, value)| Self { value, path: self.below(key) }))
    }

    pub(super) fn items(&self) -> Result<Vec<Self>, Failure> {
        let items = match self.value {
            Node::List(items) => &items[..],
            Node::Loose(text) if text.is_empty() => &[],
            _ => return Err(self.wrong("a list")),
        };
        let numbered = items.iter().zip(1..);
        let item = |(value, nth): (_, usize)| Self { value, path: self.below(&nth.to_string()) };
        Ok(numbered.map(item).collect())
    }

    pub(super) fn text(&self) -> Result<&'a str, Failure> {
        match self.value {
            Node::Text(text) | Node::Loose(text) => Ok(text),
            _ => Err(self.wrong("a string")),
        }
    }

    pub(super) fn flag(&self) -> Result<bool, Failure> {
        match self.value {
            Node::Bool(flag) => Ok(*flag),
            Node::Loose(text) if text == "true" => Ok(true),
            Node::Loose(text) if text == "false" => Ok(false),
            _ => Err(self.wrong("a boolean")),
        }
    }

    pub(super) fn integer(&self) -> Result<i64, Failure> {
        let number = match self.value {
            Node::Number(number) => Some(*number),
            Node::Loose(text) => text.parse::<i32>().ok().map(f64::from),
            _ => None,
        };
        let whole = number.filter(|number| number.fract() == 0.0 && number.abs() < 1e15);
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
        whole.map(|number| number as i64).ok_or_else(|| self.wrong("an integer"))
    }

    /// Seconds since 1970.
    pub(super) fn time(&self) -> Result<f64, Failure> {
        let seconds = match self.value {
            Node::Time(seconds) | Node::Number(seconds) => Some(*seconds),
            Node::Loose(text) => date(text),
            _ => None,
        };
        seconds.filter(|seconds| seconds.is_finite()).ok_or_else(|| self.wrong("a timestamp"))
    }

    fn below(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn wrong(&self, wanted: &str) -> Failure {
        let path = if self.path.is_empty() { "the request" } else { &self.path };
        Failure::new(Kind::Serialization, format!("{path} must be {wanted}"))
    }
}

/// A date as ISO 8601 writes it; one without an offset is in UTC.
fn date(text: &str) -> Option<f64> {
    let read = |text: &str| text.parse::<jiff::Timestamp>().ok();
    let date = read(text).or_else(|| read(&format!("{text}Z")))?;
    Some(date.as_duration().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_query_protocol() {
        assert_eq!(date("2026-01-01T00:00:00Z"), Some(1_767_225_600.0));
        assert_eq!(date("2026-01-01T00:00:00.500Z"), Some(1_767_225_600.5));
        assert_eq!(date("2026-01-01T01:00:00+01:00"), Some(1_767_225_600.0));
        assert_eq!(date("2026-01-01T00:00:00"), Some(1_767_225_600.0));
        assert_eq!(date("yesterday"), None);
    }
}
