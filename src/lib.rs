//! otpdrill: load tests and conversion simulation for SMS one-time passwords.
//!
//! ```text
//!  scenario ──► engine: arrivals ──► sessions ◄── answers ──┐
//!                                      │                    │  virtual time: the service model, called directly
//!                                      │ send, put          │
//!                                      └──────────────► target
//!                                      │                       real time: AWS SDK ──► stub (the same model)
//!                                      ▼ notes
//!                                   record ──► report ──► files
//! ```
//!
//! The modules below stand in reading order; `ARCHITECTURE.md` has the map and the invariants.

pub mod scenario;
pub mod engine;
pub mod record;
pub mod journal;
pub mod dashboard;
pub mod report;
pub mod watch;
pub mod metrics;
pub mod web;
#[cfg(feature = "otlp")]
pub mod otlp;
pub mod tui;
pub mod results;
pub mod compare;
pub mod target;
pub mod drive;
pub mod plan;
pub mod exit;
pub mod cli;
pub mod commands;
