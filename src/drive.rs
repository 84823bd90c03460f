//! Drivers: the same campaign in virtual time and in real time.

pub mod simulate;
pub mod clock;
pub mod timer;
pub mod signals;
pub mod pulse;
pub mod shard;
pub mod live;
