//! The service as a pure model: `(now, request)` in, an answer out.
//!
//! [`Service`] is the whole of it. It draws chance by address ([`dice`]), counts time from the start
//! of a run ([`time`]) and never waits: an answer says how long it takes.
//!
//! **Invariant:** nothing here reads a clock, opens a socket or a file, or awaits.

pub mod time;
pub mod dice;
pub mod distribution;
pub mod country;
pub mod numbering;
pub mod phone;
pub mod channel;
pub mod simulator;
pub mod carrier;
pub mod pool;
pub mod settings;
pub mod segments;
pub mod price;
pub mod identity;
pub mod feedback;
pub mod request;
pub mod reason;
pub mod bound;
pub mod answer;
pub mod account;
pub mod dashboard;
mod archive;
pub mod message_log;
pub mod metrics;
pub mod model;
pub mod faults;
mod quota;
mod pairs;
mod saved;
mod spend;
pub mod events;
mod rules;
mod send;
pub mod sends;
pub mod prepared;
mod put;
pub mod operation;
pub mod views;

pub use answer::{Outcome, Reply, ServiceError};
pub use bound::Bound;
pub use feedback::{FeedbackState, FeedbackStatus};
pub use identity::MessageId;
pub use model::{CampaignModel, Service};
pub use phone::PhoneNumber;
pub use request::{Origin, SendText};
pub use saved::Saved;
