//! Charts as SVG inside HTML, drawn by functions from data to text.
//!
//! Our own, because a page needs six kinds of chart which must be readable on a phone, without a script and
//! for a screen reader, and give the same bytes everywhere: general libraries draw pictures of a fixed size.
//! Here only the data are stretched to the width there is; whatever is written keeps its size, since it
//! lies at a percentage of the width.
//!
//! **Invariant:** nothing here reads a clock or knows a locale, and colour is never the only sign.

pub mod unit;
pub mod figure;
pub mod lines;
pub mod multiples;
pub mod bars;
pub mod percentiles;
pub mod heat;
pub mod funnel;

mod scale;
mod thin;
mod time;

pub use bars::{Bar, Bars};
pub use figure::Caption;
pub use funnel::{Funnel, Step};
pub use heat::Heat;
pub use lines::{Limit, Lines, Mark, Series, Shape};
pub use multiples::Multiples;
pub use percentiles::{Curve, Percentiles};
pub use time::Axis;
pub use unit::Unit;

/// What every chart needs of a page's style sheet.
pub const STYLE: &str = include_str!("chart/style.css");

/// How many series and curves can be told apart; more take turns.
const KINDS: usize = 6;

/// The drawing's own measures of the part that is stretched.
const WIDE: f64 = 2_000.0;
const HIGH: f64 = 1_000.0;

/// The class that gives a series its colour and its dashes.
fn kind(index: usize) -> usize {
    index % KINDS + 1
}
