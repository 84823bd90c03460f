//! What a run shows of itself while it runs, to whoever watches: a terminal, a page, a collector of metrics.
//!
//! Each shard keeps [`vitals::Vitals`] of its own and posts a copy of them to the [`board::Board`] now and
//! then. Whoever watches takes a [`snapshot::Snapshot`] of all shards together.
//!
//! **Invariant:** nothing here reads a clock or waits, a shard is never held up by who watches, and neither
//! a number nor a code is in anything shown.

pub mod spread;
pub mod problems;
pub mod vitals;
pub mod abort;
pub mod board;
pub mod snapshot;
