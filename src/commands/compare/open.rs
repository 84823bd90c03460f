//! The runs below a path.

use crate::{
    compare::Played,
    exit::Exit,
    results::{Detail, Results, ResultsError},
};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

/// Why there is nothing to compare.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The path leads to no run, nor to a folder of runs.
    #[error(
        "`{}` holds no run: neither a summary.json nor folders that have one",
        path.display()
    )]
    NoRun {
        /// The path.
        path: PathBuf,
    },
    /// A folder cannot be read.
    #[error("cannot read the folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A run cannot be read.
    #[error("cannot compare `{}`", path.display())]
    Run {
        /// Its folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: ResultsError,
    },
}

impl OpenError {
    /// The exit code: a folder is a matter of the command line.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// The run at a path, or the runs in a folder, sorted by name; links to runs that are there anyway do not
/// count twice.
pub fn open(path: &Path) -> Result<Vec<Played>, OpenError> {
    let folders = if is_run(path) { vec![path.to_owned()] } else { folders_in(path)? };
    if folders.is_empty() {
        return Err(OpenError::NoRun { path: path.to_owned() });
    }
    folders.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Result<Played, OpenError> {
    match Results::open(&path, Detail::Countries) {
        Ok(results) => Ok(Played { name: path.display().to_string(), results }),
        Err(source) => Err(OpenError::Run { path, source }),
    }
}

fn is_run(path: &Path) -> bool {
    path.join("summary.json").is_file()
}

fn folders_in(path: &Path) -> Result<Vec<PathBuf>, OpenError> {
    if !path.is_dir() {
        return Err(OpenError::NoRun { path: path.to_owned() });
    }
    let failed = |source| OpenError::Folder { path: path.to_owned(), source };
    let mut folders = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        folders.push(entry.map_err(failed)?.path());
    }
    // Links last, so that a run keeps its own name.
    folders.sort_by_key(|folder| (folder.is_symlink(), folder.clone()));
    let mut seen = BTreeSet::new();
    folders.retain(|folder| {
        is_run(folder) && fs::canonicalize(folder).is_ok_and(|place| seen.insert(place))
    });
    folders.sort();
    Ok(folders)
}
