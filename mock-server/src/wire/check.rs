//! Reads a body against a table without building anything: every wrong member at once.
//!
//! **Invariant:** a body without a fault costs no allocation (unless a text holds escapes).

use super::shape::{Member, Shape};
use crate::service::answer::FieldProblem;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// What is wrong with a body that is JSON.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Members whose value is not allowed.
    pub(super) invalid: Vec<FieldProblem>,
    /// Members whose value is of the wrong JSON type.
    pub(super) mistyped: Vec<FieldProblem>,
}

/// Reads `body`, which must be an object with these members; an error means that it is not JSON.
pub(super) fn check(body: &str, members: &'static [Member]) -> serde_json::Result<Findings> {
    let mut findings = Findings::default();
    let mut reader = serde_json::Deserializer::from_str(body);
    let seed =
        Seed { shape: Shape::Structure(members), path: &Path::Root, findings: &mut findings };
    if !seed.deserialize(&mut reader)? {
        return Err(serde_json::Error::custom("the body must be an object"));
    }
    reader.end()?;
    Ok(findings)
}

/// Beyond every integer of 64 bits with a sign, above or below.
const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

/// Where in a body a value stands; written out only for a fault.
enum Path<'p> {
    Root,
    Member(&'p Self, &'static str),
    Item(&'p Self, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = |parent: &Path<'_>| {
            if matches!(parent, Path::Root) { "" } else { "." }
        };
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) => write!(f, "{parent}{}{name}", dot(parent)),
            Self::Item(parent, place) => write!(f, "{parent}{}{place}", dot(parent)),
        }
    }
}

/// Reads one value. Its result says whether there was one: `null` counts as absent.
struct Seed<'s> {
    shape: Shape,
    path: &'s Path<'s>,
    findings: &'s mut Findings,
}

impl Seed<'_> {
    fn invalid(&mut self, message: impl Into<String>) {
        self.findings
            .invalid
            .push(FieldProblem { name: self.path.to_string(), message: message.into() });
    }

    fn mistyped(&mut self) {
        self.findings.mistyped.push(FieldProblem {
            name: self.path.to_string(),
            message: format!("must be {}", self.shape.kind()),
        });
    }

    fn check_length(&mut self, length: usize, (least, most): (usize, usize), unit: &str) -> bool {
        let fits = (least..=most).contains(&length);
        if !fits {
            self.invalid(match (least, most) {
                (0, most) => format!("must have at most {most} {unit}"),
                (least, usize::MAX) => format!("must have at least {least} {unit}"),
                (least, most) => format!("must have {least} to {most} {unit}"),
            });
        }
        fits
    }

    fn check_text(&mut self, value: &str) {
        match self.shape {
            Shape::Text { length, pattern } => {
                let fits = self.check_length(value.chars().count(), length, "characters");
                if let Some(pattern) = pattern.filter(|pattern| fits && !pattern.matches(value)) {
                    self.invalid(format!("must match {}", pattern.text));
                }
            }
            Shape::Choice(names) => {
                if !names.contains(&value) {
                    self.invalid(format!("must be one of {}", names.join(", ")));
                }
            }
            Shape::Integer { .. }
            | Shape::Double { .. }
            | Shape::Boolean
            | Shape::Timestamp
            | Shape::List { .. }
            | Shape::Map { .. }
            | Shape::Structure(_)
            | Shape::Union(_) => self.mistyped(),
        }
    }

    fn check_integer(&mut self, value: Option<i64>) {
        if let Shape::Integer { least, most } | Shape::Double { least, most } = self.shape {
            if !value.is_some_and(|value| (least..=most).contains(&value)) {
                self.out_of_range(least, most);
            }
        } else if !matches!(self.shape, Shape::Timestamp) {
            self.mistyped();
        }
    }

    fn check_float(&mut self, value: f64) {
        if let Shape::Double { least, most } = self.shape {
            #[expect(clippy::cast_precision_loss, reason = "the bounds of the model are small")]
            if !(least as f64..=most as f64).contains(&value) {
                self.out_of_range(least, most);
            }
        } else if let (Shape::Integer { least, most }, true) =
            (self.shape, value.abs() >= TWO_TO_63)
        {
            // The reader has no integers of this size and hands them over as floating point.
            self.out_of_range(least, most);
        } else if !matches!(self.shape, Shape::Timestamp) {
            self.mistyped();
        }
    }

    fn out_of_range(&mut self, least: i64, most: i64) {
        self.invalid(match (least, most) {
            (i64::MIN, i64::MAX) => "must fit 64 bits".to_owned(),
            (least, i64::MAX) => format!("must be at least {least}"),
            (i64::MIN, most) => format!("must be at most {most}"),
            (least, most) => format!("must be between {least} and {most}"),
        });
    }

    /// Reads the members, and gives the number of those that are there.
    fn read_structure<'de, A>(self, members: &'static [Member], mut map: A) -> Result<u32, A::Error>
    where
        A: MapAccess<'de>,
    {
        debug_assert!(members.len() <= 64, "one bit for each member");
        let mut seen = 0_u64;
        while let Some(place) = map.next_key_seed(MemberName(members))? {
            let Some(place) = place else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let member = &members[place];
            let seed = Seed {
                shape: member.shape,
                path: &Path::Member(self.path, member.name),
                findings: self.findings,
            };
            if map.next_value_seed(seed)? {
                seen |= 1 << place;
            }
        }
        for (place, member) in members.iter().enumerate() {
            if member.required && seen & (1 << place) == 0 {
                let missing = Path::Member(self.path, member.name);
                self.findings.invalid.push(FieldProblem {
                    name: missing.to_string(),
                    message: "is required".to_owned(),
                });
            }
        }
        Ok(seen.count_ones())
    }

    fn read_union<'de, A>(mut self, members: &'static [Member], map: A) -> Result<(), A::Error>
    where
        A: MapAccess<'de>,
    {
        let (shape, path) = (self.shape, self.path);
        if self.inner(shape, path).read_structure(members, map)? != 1 {
            self.mistyped();
        }
        Ok(())
    }

    fn read_map<'de, A>(
        mut self,
        length: (usize, usize),
        (key, value): (&Shape, &Shape),
        mut map: A,
    ) -> Result<(), A::Error>
    where
        A: MapAccess<'de>,
    {
        let (mut entries, path) = (0, self.path);
        // Keys and values are named by their role: what they say is the caller's own business.
        let (key_path, value_path) = (Path::Member(path, "key"), Path::Member(path, "value"));
        loop {
            let before = (self.findings.invalid.len(), self.findings.mistyped.len());
            if map.next_key_seed(self.inner(*key, &key_path))?.is_none() {
                break;
            }
            if map.next_value_seed(self.inner(*value, &value_path))? {
                entries += 1;
            } else {
                // An entry that is not there has no key that could be wrong.
                self.findings.invalid.truncate(before.0);
                self.findings.mistyped.truncate(before.1);
            }
        }
        self.check_length(entries, length, "entries");
        Ok(())
    }

    fn read_list<'de, A>(
        mut self,
        length: (usize, usize),
        of: &Shape,
        mut list: A,
    ) -> Result<(), A::Error>
    where
        A: SeqAccess<'de>,
    {
        let (mut items, path) = (0, self.path);
        loop {
            let item = Path::Item(path, items);
            match list.next_element_seed(self.inner(*of, &item))? {
                Some(true) => items += 1,
                // An item that is not there is not an item.
                Some(false) => {
                    self.inner(*of, &item).mistyped();
                    items += 1;
                }
                None => break,
            }
        }
        self.check_length(items, length, "items");
        Ok(())
    }

    fn inner<'i>(&'i mut self, shape: Shape, path: &'i Path<'i>) -> Seed<'i> {
        Seed { shape, path, findings: self.findings }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shape.kind())
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<bool, E> {
        if !matches!(self.shape, Shape::Boolean) {
            self.mistyped();
        }
        Ok(true)
    }

    fn visit_i64<E: Error>(mut self, value: i64) -> Result<bool, E> {
        self.check_integer(Some(value));
        Ok(true)
    }

    fn visit_u64<E: Error>(mut self, value: u64) -> Result<bool, E> {
        self.check_integer(i64::try_from(value).ok());
        Ok(true)
    }

    fn visit_f64<E: Error>(mut self, value: f64) -> Result<bool, E> {
        self.check_float(value);
        Ok(true)
    }

    fn visit_str<E: Error>(mut self, value: &str) -> Result<bool, E> {
        self.check_text(value);
        Ok(true)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<bool, A::Error> {
        if let Shape::List { length, of } = self.shape {
            self.read_list(length, of, list)?;
        } else {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            self.mistyped();
        }
        Ok(true)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<bool, A::Error> {
        match self.shape {
            Shape::Structure(members) => drop(self.read_structure(members, map)?),
            Shape::Union(members) => self.read_union(members, map)?,
            Shape::Map { length, key, value } => self.read_map(length, (key, value), map)?,
            Shape::Text { .. }
            | Shape::Choice(_)
            | Shape::Integer { .. }
            | Shape::Double { .. }
            | Shape::Boolean
            | Shape::Timestamp
            | Shape::List { .. } => {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                self.mistyped();
            }
        }
        Ok(true)
    }
}

/// Reads a member's name as its place among the members; `None` for one that is not known.
struct MemberName(&'static [Member]);

impl<'de> DeserializeSeed<'de> for MemberName {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for MemberName {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|member| member.name == name))
    }
}
