//! Files that set how the service behaves.

pub mod duration;
pub mod problem;
pub mod shape;
pub mod campaign;
