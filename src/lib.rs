//! otpdrill: load tests and conversion simulation for SMS one-time passwords.

pub mod scenario;
pub mod engine;
pub mod record;
pub mod target;
pub mod drive;
