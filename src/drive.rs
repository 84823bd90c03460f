//! Drivers: the same campaign in virtual time and in real time.

pub mod simulate;
pub mod clock;
pub mod anchor;
pub mod timer;
pub mod signals;
pub mod pulse;
mod callers;
pub mod shard;
pub mod live;
