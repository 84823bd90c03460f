//! Does the dashboard tell the truth? What CloudWatch must say about a run, what it says, and the
//! difference.
//!
//! ```text
//!  record ──► expected ──► dashboard-expected.json ──┐
//!                                                    ├──► compare ──► judgement ──► verify.json, .html, table
//!  CloudWatch, or a file of its answers ──► observed ┘
//! ```
//!
//! **Invariant:** nothing here calls anybody or reads a clock; a judgement needs nothing but a run's
//! folder and what was read.

pub mod series;
pub mod expected;
pub mod queries;
pub mod observed;
pub mod compare;
mod kinds;
mod consistency;
pub mod verification;
pub mod html;
pub mod table;

use jiff::Timestamp;

/// The namespace of every metric.
pub const NAMESPACE: &str = "AWS/SMSVoice";

/// The length of every period: a minute.
pub const PERIOD_S: u32 = 60;

/// A minute, counted from 1970-01-01T00:00:00Z.
pub type Minute = u32;

/// The beginning of a minute as every file shows it.
#[must_use]
pub fn stamp(minute: Minute) -> String {
    Timestamp::from_second(i64::from(minute) * 60).unwrap_or(Timestamp::MAX).to_string()
}

/// The minute that an instant falls into, if it is a valid one.
#[must_use]
pub fn minute_of(text: &str) -> Option<Minute> {
    let instant: Timestamp = text.parse().ok()?;
    Minute::try_from(instant.as_second().div_euclid(60)).ok()
}
