//! Capacity planning on top of virtual time: does it fit, where does it break, what is needed.
//!
//! Every question is a campaign played with the same seed under other limits, so that two answers
//! differ by the limits alone (common random numbers). The *free run* has none: it shows what the traffic
//! wants, and what it loses anyway.
//!
//! **Invariant:** no result depends on the number of threads; nothing here reads a clock or opens a file.

pub mod findings;

pub use findings::Plan;
