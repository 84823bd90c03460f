//! Files that set how the service behaves, and the reader that names every mistake in them.
//!
//! A [`Document`] remembers where each value was written. [`read`] compares it with the JSON Schema
//! of the shape it is to become, and only when nothing is wrong lets serde make that shape.

pub mod duration;
pub mod problem;
pub mod document;
mod source;
pub mod override_at;
mod schema;
pub mod walk;
mod account;
mod events;
pub mod faults;
mod metrics;
mod pools;
mod quotas;
pub mod shape;
pub mod campaign;

pub use document::Document;
pub use problem::{ConfigError, Finding, Problems};
pub use schema::did_you_mean;
pub use walk::read;
