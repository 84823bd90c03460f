//! The words in which the tables of [`operations`](super::operations) are written.

use super::pattern::Pattern;

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    Text {
        /// The least and the most characters.
        length: (usize, usize),
        pattern: Pattern,
    },
    Choice(&'static [&'static str]),
    Integer {
        least: i64,
        most: i64,
    },
    Boolean,
    List {
        /// The least and the most items.
        length: (usize, usize),
        of: &'static Self,
    },
    Map {
        most: usize,
        key: &'static Self,
        value: &'static Self,
    },
    Structure(&'static [Member]),
}

/// A member of a structure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) shape: Shape,
}

pub(super) const fn required(name: &'static str, shape: Shape) -> Member {
    Member { name, required: true, shape }
}

pub(super) const fn optional(name: &'static str, shape: Shape) -> Member {
    Member { name, required: false, shape }
}

pub(super) const fn text(least: usize, most: usize, pattern: Pattern) -> Shape {
    Shape::Text { length: (least, most), pattern }
}

impl Shape {
    /// The kind of JSON value it must be, as the end of a sentence.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Text { .. } | Self::Choice(_) => "a string",
            Self::Integer { .. } => "an integer",
            Self::Boolean => "true or false",
            Self::List { .. } => "a list",
            Self::Map { .. } | Self::Structure(_) => "an object",
        }
    }
}
