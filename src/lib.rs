//! otpdrill: load tests and conversion simulation for SMS one-time passwords.

pub mod scenario;
pub mod engine;
pub mod record;
pub mod report;
pub mod target;
pub mod drive;
pub mod exit;
pub mod cli;
pub mod commands;
