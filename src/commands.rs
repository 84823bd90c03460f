//! The commands: the only code that knows everything.

pub mod run_dir;
