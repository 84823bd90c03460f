//! Why a run cannot be read back.

use crate::{dashboard::expected::ExpectedError, exit::Exit};
use std::{io, path::PathBuf};

/// Why a run cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// The folder is no run's.
    #[error("`{}` is not the folder of a run: it has no summary.json", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// A file that every run has is not there.
    #[error("the run is not whole: it has no {file}")]
    Missing {
        /// The file.
        file: &'static str,
    },
    /// A file cannot be read.
    #[error("cannot read {file}")]
    Read {
        /// The file.
        file: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another version wrote it.
    #[error("{file} has schema {found}; this program reads schema 1")]
    Schema {
        /// The file.
        file: &'static str,
        /// What it says.
        found: u64,
    },
    /// A file is not what a run writes.
    #[error("{file}:{line}: {message}")]
    Content {
        /// The file.
        file: &'static str,
        /// The line, from 1.
        line: u64,
        /// What must be there.
        message: String,
    },
    /// What the dashboard must show cannot be understood.
    #[error("{file} is not what a run writes")]
    Expected {
        /// The file.
        file: &'static str,
        /// Why.
        #[source]
        source: ExpectedError,
    },
}

impl ResultsError {
    /// The exit code: a folder is a matter of the command line.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        Exit::Usage
    }

    pub(super) fn content(file: &'static str, line: u64, message: impl Into<String>) -> Self {
        Self::Content { file, line, message: message.into() }
    }

    pub(super) fn json(file: &'static str, error: &serde_json::Error) -> Self {
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = error.to_string().replace(&place, "");
        let cut = if error.is_eof() { ": the file was cut" } else { "" };
        Self::content(file, error.line().max(1) as u64, message + cut)
    }

    pub(super) fn csv(file: &'static str, error: &csv::Error) -> Self {
        let line = error.position().map_or(1, csv::Position::line);
        let message = if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = error.kind()
        {
            format!("has {len} cells where the head has {expected_len}")
        } else if let csv::ErrorKind::Deserialize { err, .. } = error.kind() {
            err.to_string()
        } else {
            error.to_string()
        };
        Self::content(file, line, message)
    }
}
