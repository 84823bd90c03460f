//! The API's own description of its operations, carried as data.
//!
//! `data/api-shapes.json` holds facts cut from the API model of botocore 1.44.5 (Apache-2.0): names,
//! types, lengths, ranges, patterns, enums, required members. It is read once, at the first call.
//!
//! **Invariant:** what an operation's input must be is said there and nowhere else.

use super::{
    pattern::Pattern,
    shape::{Member, Shape},
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

/// The operations whose shapes are known, and the names of all others.
pub(super) struct Api {
    inputs: BTreeMap<&'static str, &'static [Member]>,
    names: BTreeSet<&'static str>,
}

/// What a target names.
#[derive(Clone, Copy)]
pub(super) enum Named {
    /// An operation that is answered here, with the members of its input.
    Operation(&'static str, &'static [Member]),
    /// An operation of the API that is not.
    Elsewhere(&'static str),
    /// Nothing that the API knows.
    Nothing,
}

static API: LazyLock<Api> = LazyLock::new(|| Api::read(include_str!("../../data/api-shapes.json")));

/// The API's description.
pub(super) fn api() -> &'static Api {
    &API
}

impl Api {
    /// What the API calls by this name.
    pub(super) fn named(&self, name: &str) -> Named {
        match self.inputs.get_key_value(name) {
            Some((name, members)) => Named::Operation(name, members),
            None => self.names.get(name).map_or(Named::Nothing, |name| Named::Elsewhere(name)),
        }
    }

    /// The names of the operations that are answered here.
    #[cfg(test)]
    pub(super) fn operations(&self) -> impl Iterator<Item = &'static str> {
        self.inputs.keys().copied()
    }

    fn read(json: &'static str) -> Self {
        let model: Model<'static> = serde_json::from_str(json).expect("the data of this package");
        let mut shapes = Shapes { model: &model, known: BTreeMap::new() };
        let input = |(name, operation): (&&'static str, &Operation<'static>)| {
            let Shape::Structure(members) = shapes.shape(operation.input.shape) else {
                unreachable!("the input of an operation is a structure");
            };
            (*name, members)
        };
        let inputs = model.operations.iter().map(input).collect();
        Self { inputs, names: model.all_operation_names }
    }
}

#[derive(Deserialize)]
struct Model<'a> {
    #[serde(rename = "allOperationNames", borrow)]
    all_operation_names: BTreeSet<&'a str>,
    #[serde(borrow)]
    operations: BTreeMap<&'a str, Operation<'a>>,
    #[serde(borrow)]
    shapes: BTreeMap<&'a str, Definition<'a>>,
}

#[derive(Deserialize)]
struct Operation<'a> {
    #[serde(borrow)]
    input: Reference<'a>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    shape: &'a str,
}

/// A shape as the model writes it.
#[derive(Deserialize)]
struct Definition<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    min: Option<i64>,
    max: Option<i64>,
    pattern: Option<String>,
    #[serde(rename = "enum", borrow)]
    choices: Option<Vec<&'a str>>,
    #[serde(default, borrow)]
    members: BTreeMap<&'a str, Reference<'a>>,
    #[serde(default, borrow)]
    required: BTreeSet<&'a str>,
    #[serde(default)]
    union: bool,
    #[serde(borrow)]
    member: Option<Reference<'a>>,
    #[serde(borrow)]
    key: Option<Reference<'a>>,
    #[serde(borrow)]
    value: Option<Reference<'a>>,
}

/// Turns definitions into shapes that live as long as the program, each once.
struct Shapes<'m> {
    model: &'m Model<'static>,
    known: BTreeMap<&'static str, Shape>,
}

impl Shapes<'_> {
    fn shape(&mut self, name: &'static str) -> Shape {
        if let Some(shape) = self.known.get(name) {
            return *shape;
        }
        let shape = self.build(&self.model.shapes[name]);
        self.known.insert(name, shape);
        shape
    }

    fn build(&mut self, definition: &Definition<'static>) -> Shape {
        match definition.kind {
            "string" => text(definition),
            "boolean" => Shape::Boolean,
            "timestamp" => Shape::Timestamp,
            "double" => Shape::Double { least: definition.least(), most: definition.most() },
            "integer" | "long" => {
                Shape::Integer { least: definition.least(), most: definition.most() }
            }
            "list" => Shape::List {
                length: definition.length(),
                of: self.leaked(definition.member.as_ref()),
            },
            "map" => Shape::Map {
                length: definition.length(),
                key: self.leaked(definition.key.as_ref()),
                value: self.leaked(definition.value.as_ref()),
            },
            "structure" if definition.union => Shape::Union(self.members(definition)),
            "structure" => Shape::Structure(self.members(definition)),
            other => unreachable!("the model has no shape of type {other}"),
        }
    }

    fn leaked(&mut self, reference: Option<&Reference<'static>>) -> &'static Shape {
        let reference = reference.expect("lists and maps say what they hold");
        Box::leak(Box::new(self.shape(reference.shape)))
    }

    fn members(&mut self, definition: &Definition<'static>) -> &'static [Member] {
        let member = |(name, reference): (&&'static str, &Reference<'static>)| Member {
            name,
            required: definition.required.contains(name),
            shape: self.shape(reference.shape),
        };
        Vec::leak(definition.members.iter().map(member).collect())
    }
}

fn text(definition: &Definition<'static>) -> Shape {
    match &definition.choices {
        Some(choices) => Shape::Choice(Vec::leak(choices.clone())),
        None => {
            let pattern = definition.pattern.as_deref().map(Pattern::named);
            Shape::Text { length: definition.length(), pattern }
        }
    }
}

impl Definition<'_> {
    fn least(&self) -> i64 {
        self.min.unwrap_or(i64::MIN)
    }

    fn most(&self) -> i64 {
        self.max.unwrap_or(i64::MAX)
    }

    /// The least and the most characters, items or entries.
    fn length(&self) -> (usize, usize) {
        let bound = |bound: Option<i64>, open| {
            bound.map_or(open, |bound| usize::try_from(bound).expect("a length"))
        };
        (bound(self.min, 0), bound(self.max, usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_has_57_operations_of_110() {
        assert_eq!(api().inputs.len(), 57);
        assert_eq!(api().names.len(), 110);
        assert!(matches!(api().named("DeletePool"), Named::Elsewhere("DeletePool")));
        assert!(matches!(api().named("SendPigeon"), Named::Nothing));
    }

    #[test]
    fn a_members_shape_is_the_models() {
        let Named::Operation(_, members) = api().named("SendTextMessage") else {
            panic!("an operation");
        };
        assert_eq!(members.len(), 13);
        let member = |name| members.iter().find(|member| member.name == name).expect("a member");
        assert!(member("DestinationPhoneNumber").required);
        assert!(!member("MessageBody").required);
        let Shape::Text { length, pattern } = member("MaxPrice").shape else { panic!("a text") };
        assert_eq!(length, (2, 8));
        assert_eq!(pattern.map(|pattern| pattern.text), Some(r"[0-9]{0,2}\.[0-9]{1,5}"));
        let Shape::Map { length, .. } = member("Context").shape else { panic!("a map") };
        assert_eq!(length, (0, 5));
    }
}
