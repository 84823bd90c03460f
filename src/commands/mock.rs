//! `otpdrill mock`: the stub on its own.

use super::error::CommandError;
use crate::exit::Exit;
use sms_voice_mock::standalone::{self, MockArgs};
use std::io;

/// Runs the stub until a signal ends it.
pub fn mock(args: &MockArgs) -> Result<Exit, CommandError> {
    match standalone::run(args, &mut io::stdout())? {
        130 => Ok(Exit::Interrupted),
        143 => Ok(Exit::Terminated),
        _ => Ok(Exit::Passed),
    }
}
