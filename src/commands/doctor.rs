//! `otpdrill doctor`: is an account ready for a campaign?

use super::error::CommandError;
use crate::{cli::DoctorArgs, exit::Exit};

/// Looks at an account.
pub fn doctor(_: &DoctorArgs) -> Result<Exit, CommandError> {
    Err(CommandError::Usage("`doctor` is not built yet".to_owned()))
}
