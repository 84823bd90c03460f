//! `otpdrill completions` and `otpdrill man`: what a shell and its users want to know.

use super::error::CommandError;
use crate::{
    cli::{Cli, CompletionsArgs, ManArgs},
    exit::Exit,
};
use clap::CommandFactory as _;
use std::{
    fs,
    io::{self, Write as _},
};

/// Prints what lets a shell complete commands and flags.
pub fn completions(args: &CompletionsArgs) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "otpdrill", &mut script);
    match io::stdout().lock().write_all(&script) {
        // Whoever reads may stop reading.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(Exit::Passed),
    }
}

/// Writes a manual page for the program and one for each of its commands.
pub fn man(args: &ManArgs) -> Result<Exit, CommandError> {
    let unwritten = |source: io::Error| {
        let folder = args.folder.display();
        CommandError::Usage(format!("manual pages cannot be written into `{folder}`: {source}"))
    };
    fs::create_dir_all(&args.folder).map_err(unwritten)?;
    clap_mangen::generate_to(Cli::command(), &args.folder).map_err(unwritten)?;
    // Where standard output is closed there is nobody to tell.
    drop(writeln!(io::stdout(), "{}", args.folder.join("otpdrill.1").display()));
    Ok(Exit::Passed)
}
