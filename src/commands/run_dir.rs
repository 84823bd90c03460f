//! The folder that a run leaves behind.
//!
//! **Invariant:** a file is there whole or not at all: it is written aside and then renamed.

mod manifest;
mod files;
mod plan;

pub use files::{RunFiles, write_books, write_page, write_run};
pub use manifest::ManifestFacts;
pub use plan::{PlanFacts, write_plan, write_plan_json};

use crate::{exit::Exit, journal};
use jiff::Timestamp;
use std::{
    fs::{self, File},
    io::{self, BufWriter},
    path::{Path, PathBuf},
    time::Duration,
};

/// Where runs go by default, relative to the current folder.
const REPORTS: &str = "reports";

/// A folder that is ready to be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDir {
    path: PathBuf,
    /// The link that should lead here, for a run in the default place.
    latest: Option<PathBuf>,
    /// Whether the folder was not there before.
    made: bool,
    /// Whether an earlier run in it is to be replaced, once there is something to replace it with.
    replaces: bool,
    /// Whether the journal in it is this run's own, which stays.
    keeps_journal: bool,
}

/// Why a run cannot be written down.
#[derive(Debug, thiserror::Error)]
pub enum RunDirError {
    /// The folder holds something, and nobody said to replace it.
    #[error(
        "`{}` is not empty\nchoose another `--out`, or replace it with `--overwrite`",
        path.display()
    )]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds something that no run wrote, so nothing in it is deleted.
    #[error(
        "`{}` holds files but no `manifest.json` of otpdrill, so it is not overwritten\n\
         choose another `--out`, or empty it yourself",
        path.display()
    )]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// There is something else where the folder should be, or no right to write.
    #[error("cannot write to the folder `{}`", path.display())]
    Unwritable {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of the run cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl RunDirError {
    /// The code to end with: what is refused beforehand is a matter of the command line.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::NotEmpty { .. } | Self::NotARun { .. } | Self::Unwritable { .. } => Exit::Usage,
            Self::Write { .. } => Exit::Internal,
        }
    }
}

impl RunDir {
    /// Makes the folder and makes sure that it can be written to, before anything starts: `out`, or
    /// a new one in `reports` named `default_name`. Only the latter moves the link `reports/latest`,
    /// because a folder that the caller chose is not in need of another name.
    pub fn prepare(
        out: Option<&Path>,
        default_name: &str,
        overwrite: bool,
    ) -> Result<Self, RunDirError> {
        match out {
            Some(path) => Self::prepare_chosen(path, overwrite),
            None => Self::prepare_default(Path::new(REPORTS), default_name),
        }
    }

    fn prepare_chosen(path: &Path, overwrite: bool) -> Result<Self, RunDirError> {
        let unwritable = |source| RunDirError::Unwritable { path: path.to_owned(), source };
        let made = !path.exists();
        fs::create_dir_all(path).map_err(unwritable)?;
        let replaces = !is_empty(path).map_err(unwritable)?;
        if replaces {
            refuse_unless_replaceable(path, overwrite)?;
        }
        probe(path).map_err(unwritable)?;
        Ok(Self { path: path.to_owned(), latest: None, made, replaces, keeps_journal: false })
    }

    fn prepare_default(reports: &Path, name: &str) -> Result<Self, RunDirError> {
        let unwritable = |source| RunDirError::Unwritable { path: reports.to_owned(), source };
        fs::create_dir_all(reports).map_err(unwritable)?;
        let path = make_new(reports, name).map_err(unwritable)?;
        probe(&path).map_err(unwritable)?;
        let latest = Some(reports.join("latest"));
        Ok(Self { path, latest, made: true, replaces: false, keeps_journal: false })
    }

    /// The folder of a run that is to be finished: its files are written again.
    #[must_use]
    pub fn of_run(path: &Path) -> Self {
        let path = path.to_owned();
        Self { path, latest: None, made: false, replaces: false, keeps_journal: true }
    }

    /// The same folder, whose journal is this run's.
    #[must_use]
    pub fn with_journal(self) -> Self {
        Self { keeps_journal: true, ..self }
    }

    /// The folder of a run that was written before, with its manifest; `None` if it is none.
    #[must_use]
    pub fn open(path: &Path) -> Option<(Self, serde_json::Value)> {
        let manifest = manifest::of(path)?;
        Some((Self::of_run(path), manifest))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where runs are remembered, if this is the default place.
    #[must_use]
    pub fn history(&self) -> Option<PathBuf> {
        self.latest.as_ref().map(|latest| latest.with_file_name("history.csv"))
    }

    /// Takes the folder away again if it was made for a run that did not happen.
    pub fn discard(&self) {
        if self.made {
            // A folder that is not empty stays, and that is what is wanted.
            let _kept = fs::remove_dir(&self.path);
        }
    }

    /// Removes the earlier run that is to be replaced; the new one is about to be written.
    pub fn make_room(&self) -> Result<(), RunDirError> {
        let failed = |source| RunDirError::Write { path: self.path.clone(), source };
        let kept = self.keeps_journal.then_some(journal::folder::NAME);
        if self.replaces { empty(&self.path, kept).map_err(failed) } else { Ok(()) }
    }

    /// Writes one file; `name` may have folders in it. After a failure nothing of it is left.
    pub fn write(
        &self,
        name: &str,
        content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), RunDirError> {
        let path = self.path.join(name);
        let aside = path.with_added_extension("partial");
        let written = write_aside(&path, &aside, content);
        written.map_err(|source| {
            // The first error is the one to tell; a rest that cannot be removed is not worse.
            let _gone = fs::remove_file(&aside);
            RunDirError::Write { path, source }
        })
    }

    /// Lets `reports/latest` lead here, if this is the default place.
    pub fn link_latest(&self) -> Result<(), RunDirError> {
        let (Some(latest), Some(name)) = (&self.latest, self.path.file_name()) else {
            return Ok(());
        };
        let aside = self.path.with_added_extension("link");
        let linked = link(Path::new(name), &aside).and_then(|()| fs::rename(&aside, latest));
        linked.map_err(|source| {
            let _gone = fs::remove_file(&aside);
            RunDirError::Write { path: latest.clone(), source }
        })
    }
}

/// The default name of a run's folder: when it began (in UTC), what it played and with which seed.
#[must_use]
pub fn default_name(began: Duration, scenario: &str, seed: u64) -> String {
    format!("{}-{scenario}-{seed}", stamp(began).strftime("%Y%m%dT%H%M%SZ"))
}

/// The instant a duration after 1970-01-01T00:00:00Z, to the millisecond.
pub(super) fn stamp(since_epoch: Duration) -> Timestamp {
    let millis = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

fn write_aside(
    path: &Path,
    aside: &Path,
    content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut out = BufWriter::new(File::create(aside)?);
    content(&mut out)?;
    out.into_inner()?;
    fs::rename(aside, path)
}

/// Makes a folder that was not there: runs that begin within one second must not share one.
fn make_new(reports: &Path, name: &str) -> io::Result<PathBuf> {
    let mut path = reports.join(name);
    let mut number = 1;
    loop {
        match fs::create_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                number += 1;
                path = reports.join(format!("{name}-{number}"));
            }
            made => return made.map(|()| path),
        }
    }
}

fn is_empty(path: &Path) -> io::Result<bool> {
    Ok(fs::read_dir(path)?.next().is_none())
}

fn refuse_unless_replaceable(path: &Path, overwrite: bool) -> Result<(), RunDirError> {
    let path = path.to_owned();
    if !overwrite {
        Err(RunDirError::NotEmpty { path })
    } else if manifest::is_in(&path) {
        Ok(())
    } else {
        Err(RunDirError::NotARun { path })
    }
}

/// Removes what is in the folder but for one name, and not the folder, which may be a mount point.
fn empty(path: &Path, kept: Option<&str>) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if kept.is_some_and(|kept| entry.file_name() == kept) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn probe(path: &Path) -> io::Result<()> {
    let probe = path.join(".probe");
    File::create(&probe)?;
    fs::remove_file(&probe)
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn link(target: &Path, at: &Path) -> io::Result<()> {
    fs::write(at, target.as_os_str().as_encoded_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_one_second_have_folders_of_their_own_and_the_link_leads_to_the_last() {
        let reports = std::env::temp_dir().join(format!("otpdrill-{}", std::process::id()));
        let name = "20260101T000000Z-quickstart-42";
        let first = RunDir::prepare_default(&reports, name).expect("there is room");
        let second = RunDir::prepare_default(&reports, name).expect("there is room");
        assert_ne!(first.path(), second.path());
        for dir in [&first, &second] {
            dir.link_latest().expect("links can be made");
        }
        let latest = fs::canonicalize(reports.join("latest")).expect("it leads somewhere");
        assert_eq!(latest, fs::canonicalize(second.path()).expect("it is there"));
        fs::remove_dir_all(&reports).expect("it is the test's own");
    }
}
