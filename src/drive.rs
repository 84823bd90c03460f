//! Drivers: the same campaign in virtual time and in real time.

pub mod simulate;
pub mod fast_forward;
pub mod in_virtual_time;
pub mod clock;
pub mod anchor;
pub mod timer;
pub mod signals;
pub mod memory;
mod callers;
pub mod shard;
pub mod live;
pub mod deliver;
