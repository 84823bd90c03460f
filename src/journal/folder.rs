//! The folder of a journal: who owns it, what was played, and its files.
//!
//! **Invariant:** one process at a time writes to a journal.

use super::{
    Entry,
    frame::Frames,
    writer::{Durability, Journal},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

/// The folder's name within that of the run.
pub const NAME: &str = "journal";

/// The number of the format of `run.json`.
const SCHEMA: u32 = 1;

/// What is to be known of a run besides its scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunCard {
    /// The number of this format.
    pub schema: u32,
    /// The program's version.
    pub version: String,
    /// Who answers: as given by `--target`.
    pub target: String,
    /// Campaign time per wall time.
    pub speed: f64,
    /// The run's name in every message's context.
    pub name: String,
    /// Whether a row per message is kept.
    pub messages: bool,
    /// When the run began, since 1970-01-01T00:00:00Z.
    pub began: Duration,
    /// Whether the target delivers as the scenario says.
    pub delivery_known: bool,
    /// The command line.
    pub argv: Vec<String>,
    /// Whose account it was, of a run against AWS.
    pub account: Option<AccountCard>,
}

/// The account of a run against AWS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountCard {
    /// Its id: message ids mean nothing in another one.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// Puts per second that were agreed to.
    pub puts_per_second: f64,
}

impl RunCard {
    /// The format's number, for a card that is being written.
    pub const SCHEMA: u32 = SCHEMA;
}

/// Why there is no journal to write or to read.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder of the run has no journal.
    #[error(
        "`{}` has no journal: it is not the folder of a live run, or the run ended before it began",
        path.display()
    )]
    Missing {
        /// The folder of the run.
        path: PathBuf,
    },
    /// Somebody writes to it.
    #[error("`{}` is in use: the run, or another `resume`, is still going on", path.display())]
    InUse {
        /// The folder of the run.
        path: PathBuf,
    },
    /// Its card cannot be understood.
    #[error("`{}` is not a journal that this version reads: {reason}", path.display())]
    Foreign {
        /// The card.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The system refused.
    #[error("cannot use the journal `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// The folder of a journal that this process owns.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    durability: Durability,
    /// Locked as long as it is open.
    _owner: File,
}

/// One file of a journal, read.
#[derive(Debug)]
pub struct Part {
    /// Where it is.
    pub path: PathBuf,
    bytes: Vec<u8>,
}

impl Part {
    /// Whether it was written by a `resume`.
    #[must_use]
    pub fn is_resume(&self) -> bool {
        is_resume(&self.path)
    }

    /// Its whole entries, in order, without the answers that came too late to count.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        let late: BTreeSet<_> = Frames::of(&self.bytes).filter_map(|entry| entry.late()).collect();
        let counts = move |entry: &Entry| entry.answered().is_none_or(|key| !late.contains(&key));
        Frames::of(&self.bytes).filter(counts)
    }

    /// How many bytes follow the last whole entry that are none.
    #[must_use]
    pub fn torn(&self) -> usize {
        Frames::of(&self.bytes).torn()
    }
}

impl Folder {
    /// A new journal in the folder of a run; one that is there already goes.
    pub fn create(
        run: &Path,
        card: &RunCard,
        scenario: &str,
        durability: Durability,
    ) -> Result<Self, FolderError> {
        let path = run.join(NAME);
        let failed = |source| FolderError::Io { path: path.clone(), source };
        if path.exists() {
            // An earlier run's, which is to be replaced; not while it is being written.
            drop(Self::lock(run, &path, durability)?);
            fs::remove_dir_all(&path).map_err(failed)?;
        }
        fs::create_dir_all(&path).map_err(failed)?;
        write_durably(&path.join("scenario.toml"), scenario.as_bytes()).map_err(failed)?;
        let text = serde_json::to_vec_pretty(card).expect("a card can be written");
        // Last: where it is, the journal is whole.
        write_durably(&path.join("run.json"), &text).map_err(failed)?;
        sync_folder(&path).and_then(|()| sync_folder(run)).map_err(failed)?;
        Self::lock(run, &path, durability)
    }

    /// The journal of a run that has ended, somehow.
    pub fn open(run: &Path) -> Result<(Self, RunCard, String), FolderError> {
        let path = run.join(NAME);
        let card = path.join("run.json");
        if !card.is_file() {
            return Err(FolderError::Missing { path: run.to_owned() });
        }
        let folder = Self::lock(run, &path, Durability::Machine)?;
        let failed = |source| FolderError::Io { path: card.clone(), source };
        let foreign = |reason: String| FolderError::Foreign { path: card.clone(), reason };
        let text = fs::read_to_string(&card).map_err(failed)?;
        let read: RunCard =
            serde_json::from_str(&text).map_err(|error| foreign(error.to_string()))?;
        if read.schema != SCHEMA {
            return Err(foreign(format!("schema {}, not {SCHEMA}", read.schema)));
        }
        let scenario = fs::read_to_string(path.join("scenario.toml")).map_err(failed)?;
        Ok((folder, read, scenario))
    }

    fn lock(run: &Path, path: &Path, durability: Durability) -> Result<Self, FolderError> {
        let card = path.join("run.json");
        let failed = |source| FolderError::Io { path: card.clone(), source };
        let owner = File::open(&card).map_err(failed)?;
        match owner.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), durability, _owner: owner }),
            Err(TryLockError::WouldBlock) => Err(FolderError::InUse { path: run.to_owned() }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// A new file of it, named after who writes it.
    pub fn begin(&self, writer: &str) -> Result<Journal, FolderError> {
        let path = self.path.join(format!("{writer}.log"));
        let begun = Journal::create(&path, self.durability).and_then(|journal| {
            if self.durability == Durability::Machine {
                sync_folder(&self.path)?;
            }
            Ok(journal)
        });
        begun.map_err(|source| FolderError::Io { path, source })
    }

    /// Takes it away again: nothing was sent.
    pub fn remove(self) {
        // What stays is an empty journal.
        let _ = fs::remove_dir_all(&self.path);
    }

    /// All its files, in the order of their names: shards before what resumed them.
    pub fn parts(&self) -> Result<Vec<Part>, FolderError> {
        let failed = |source| FolderError::Io { path: self.path.clone(), source };
        let entries = fs::read_dir(&self.path).map_err(failed)?;
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        let mut paths: Vec<PathBuf> = paths.collect::<io::Result<_>>().map_err(failed)?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
        paths.sort_by_key(|path| (is_resume(path), path.as_os_str().len(), path.clone()));
        let part = |path: PathBuf| match fs::read(&path) {
            Ok(bytes) => Ok(Part { path, bytes }),
            Err(source) => Err(FolderError::Io { path, source }),
        };
        paths.into_iter().map(part).collect()
    }
}

fn is_resume(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("resume"))
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let aside = path.with_added_extension("partial");
    let mut file = File::create(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, path)
}

/// Makes sure that the names in a folder survive the machine.
fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
