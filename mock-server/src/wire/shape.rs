//! What a value of the API must be.

use super::pattern::Pattern;

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Text {
        /// The least and the most characters.
        length: (usize, usize),
        pattern: Option<&'static Pattern>,
    },
    Choice(&'static [&'static str]),
    Integer {
        least: i64,
        most: i64,
    },
    Double {
        least: i64,
        most: i64,
    },
    Boolean,
    /// Seconds since 1970.
    Timestamp,
    List {
        /// The least and the most items.
        length: (usize, usize),
        of: &'static Self,
    },
    Map {
        /// The least and the most entries.
        length: (usize, usize),
        key: &'static Self,
        value: &'static Self,
    },
    Structure(&'static [Member]),
    /// Exactly one of its members.
    Union(&'static [Member]),
}

/// A member of a structure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) shape: Shape,
}

impl Shape {
    /// The kind of JSON value it must be, as the end of a sentence.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Text { .. } | Self::Choice(_) => "a string",
            Self::Integer { .. } => "an integer",
            Self::Double { .. } => "a number",
            Self::Boolean => "true or false",
            Self::Timestamp => "a number of seconds since 1970",
            Self::List { .. } => "a list",
            Self::Map { .. } | Self::Structure(_) => "an object",
            Self::Union(_) => "an object with exactly one of its members",
        }
    }
}
