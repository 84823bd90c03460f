//! The commands: the only code that knows everything.

pub mod error;
pub mod target;
pub mod run_dir;
pub mod progress;
mod waiting;
pub mod campaign;
pub mod aws;
pub mod doctor;
pub mod run;
pub mod shell;
pub mod simulate;
pub mod plan;
pub mod resume;
pub mod report;
pub mod verify;
pub mod compare;
pub mod ci;
pub mod mock;
pub mod scenario;

use crate::exit::Exit;
use error::CommandError;
use std::io::{self, Write as _};

/// Tells why a command failed, and gives the exit code.
#[must_use]
pub fn failed(error: &CommandError) -> Exit {
    // Where standard error is closed, the exit code has to do.
    drop(writeln!(io::stderr(), "{}", error.explain()));
    error.exit()
}
