//! Drivers: the same campaign in virtual time and in real time.

pub mod simulate;
