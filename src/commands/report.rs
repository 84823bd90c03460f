//! `otpdrill report`: renders the folder of a run again.

use super::{
    ci,
    error::CommandError,
    run_dir::{RunDir, RunDirError},
};
use crate::{
    cli::ReportArgs,
    exit::Exit,
    report::html,
    results::{Detail, Results, ResultsError},
};
use std::io::{self, Write as _};

/// Why a run cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Its folder cannot be understood.
    #[error("cannot render `{path}`: {source}")]
    Unread {
        /// The folder.
        path: String,
        /// Why.
        source: ResultsError,
    },
    /// A file cannot be written.
    #[error(transparent)]
    Unwritten(#[from] RunDirError),
}

impl ReportError {
    /// The exit code.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Unread { source, .. } => source.exit(),
            Self::Unwritten(error) => error.exit(),
        }
    }
}

/// Renders a run again: the files for people, from the files for programs.
pub fn report(args: &ReportArgs) -> Result<Exit, CommandError> {
    let unread = |source| ReportError::Unread { path: args.run.display().to_string(), source };
    let results = Results::open(&args.run, Detail::Whole).map_err(unread)?;
    let dir = RunDir::of_run(&args.run);
    dir.write(html::FILE, |out| html::write(&results, out))?;
    ci::write_junit_again(&dir, &results)?;
    if !args.quiet {
        // Whoever reads may stop reading; the page is in its place.
        drop(writeln!(io::stdout(), "{}", args.run.join(html::FILE).display()));
    }
    Ok(Exit::Passed)
}
