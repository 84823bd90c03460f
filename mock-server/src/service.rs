//! The service as a pure model: `(now, request)` in, an answer out.
//!
//! **Invariant:** nothing here reads a clock, opens a socket or a file, or awaits.

pub mod time;
pub mod dice;
pub mod distribution;
pub mod country;
pub mod numbering;
pub mod carrier;
pub mod settings;
