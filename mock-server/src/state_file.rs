//! The file that keeps the account across restarts.
//!
//! ```text
//!  {"file":"sms-voice-mock state","schema":2,"written_by":"0.1.0"}
//!  {"moment":…,"account":…}
//!  {"crc32":"8c736521"}
//! ```
//!
//! It is written aside, synced and renamed, so that it is whole at every instant; while a stub runs, it
//! holds a lock beside it. What cannot be read as a file of ours, in full, is refused and left alone.
//!
//! **Invariant:** nothing here overwrites a file that it could not read.

use crate::{
    clock::{Moment, wall},
    service::Saved,
    stub::{Stub, Version},
};
use serde::{Deserialize, Serialize};
use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    io::{self, BufWriter, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{task::spawn_blocking, time::interval};

/// The layout that is written, and the only one that is read.
const SCHEMA: u64 = 2;

/// What the first line says the file is.
const NAME: &str = "sms-voice-mock state";

/// How often it is looked whether something changed.
const LOOK: Duration = Duration::from_millis(100);

/// How long a change waits to be written, at most, while a save takes less than a fifth of it.
const EVERY: Duration = Duration::from_secs(2);

/// After a save nothing is saved for this many times as long as it took.
const REST: u32 = 5;

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It could not be read.
    #[error("cannot read the state in {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It is something else.
    #[error(
        "{} is not a state file of sms-voice-mock: name another file, or move this one away to start \
        afresh",
        _0.display()
    )]
    Foreign(PathBuf),
    /// It was written by another version.
    #[error(
        "{} is a state file of schema {schema} (written by version {version}), but this version reads \
        schema {SCHEMA}: start the version that wrote it, or move the file away to start afresh",
        path.display()
    )]
    OtherSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        schema: u64,
        /// The version that wrote it.
        version: String,
    },
    /// It is not as it was written.
    #[error(
        "the state in {} is damaged ({why}): put back a copy, or move the file away to start afresh",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Another stub keeps its state there.
    #[error("the state in {} is in use by another stub", _0.display())]
    InUse(PathBuf),
    /// It cannot be written.
    #[error("cannot write the state to {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl StateError {
    /// The exit code: 3 for what is in the file, 2 for the rest.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Read { .. }
            | Self::Foreign(_)
            | Self::OtherSchema { .. }
            | Self::Damaged { .. } => 3,
            Self::InUse(_) | Self::Write { .. } => 2,
        }
    }
}

/// A state file that is this stub's alone.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    /// Held while a save is written.
    writing: Mutex<()>,
    /// Locked as long as it is open.
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct Head {
    file: String,
    schema: u64,
    written_by: String,
}

/// What is kept.
#[derive(Debug, Serialize, Deserialize)]
pub struct Kept {
    /// When it was saved.
    pub moment: Moment,
    /// What was saved.
    pub account: Saved,
}

#[derive(Serialize, Deserialize)]
struct Tail {
    crc32: String,
}

impl StateFile {
    /// Takes a state file and reads what it holds; `None` if it does not exist yet.
    pub fn open(path: &Path) -> Result<(Self, Option<Kept>), StateError> {
        // Behind a link it is the file itself that is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let write = |source| StateError::Write { path: path.clone(), source };
        let lock = File::options().create(true).append(true).open(beside(&path, ".lock"));
        let lock = lock.map_err(write)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::InUse(path)),
            Err(TryLockError::Error(source)) => return Err(write(source)),
        }
        let kept = match read(&path) {
            Ok(bytes) => Some(parsed(&path, &bytes)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(StateError::Read { path, source }),
        };
        Ok((Self { path, writing: Mutex::default(), _lock: lock }, kept))
    }

    /// Saves the stub's account; gives the version that was saved.
    pub fn save(&self, stub: &Stub) -> Result<Version, StateError> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let (version, moment, account) = stub.save();
        let aside = beside(&self.path, ".tmp");
        self.replace(&aside, &Kept { moment, account }).map_err(|source| {
            // A full disk needs the room; where even that fails, the next save tries again.
            let _ = fs::remove_file(&aside);
            StateError::Write { path: self.path.clone(), source }
        })?;
        Ok(version)
    }

    fn replace(&self, aside: &Path, kept: &Kept) -> io::Result<()> {
        let mut options = File::options();
        // The account's own numbers are nobody else's business.
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(aside)?;
        let mut out = Summed { out: BufWriter::new(&file), sum: crc32fast::Hasher::new() };
        let head = Head {
            file: NAME.to_owned(),
            schema: SCHEMA,
            written_by: env!("CARGO_PKG_VERSION").to_owned(),
        };
        line(&mut out, &head)?;
        line(&mut out, kept)?;
        let crc32 = format!("{:08x}", out.sum.clone().finalize());
        line(&mut out, &Tail { crc32 })?;
        out.flush()?;
        drop(out);
        file.sync_all()?;
        fs::rename(aside, &self.path)?;
        // The new name is only safe once its folder is.
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

/// Saves the stub's account whenever it has changed, for as long as it is polled: at once after a
/// reset, else so seldom that saving takes a sixth of the time at most.
pub async fn keep(stub: Arc<Stub>, file: Arc<StateFile>, saved: Version, log: fn(&str)) {
    let mut ticks = interval(LOOK);
    let (mut saved, mut last, mut rest, mut failures) = (saved, wall(), EVERY, 0_u64);
    loop {
        ticks.tick().await;
        let version = stub.version();
        let emptied = version.generation != saved.generation && failures == 0;
        if version == saved || !(emptied || wall().duration_since(last) >= rest) {
            continue;
        }
        let begun = wall();
        let (stub, file) = (Arc::clone(&stub), Arc::clone(&file));
        let outcome = spawn_blocking(move || file.save(&stub)).await;
        last = wall();
        rest = EVERY.max(last.duration_since(begun) * REST);
        match outcome {
            Ok(Ok(version)) => {
                saved = version;
                if failures > 0 {
                    log("the state is saved again");
                }
                failures = 0;
            }
            Ok(Err(error)) => {
                failures += 1;
                // The first, the second, the fourth, …: said, but not in every line.
                if failures.is_power_of_two() {
                    let cause = std::error::Error::source(&error);
                    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
                    log(&format!("{error}{cause}; it is tried again"));
                }
            }
            // The runtime is going away, and whoever ends it saves once more.
            Err(_) => return,
        }
    }
}

/// Reads a regular file: what waits for a writer, or never ends, is no state.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    fs::read(path)
}

fn parsed(path: &Path, bytes: &[u8]) -> Result<Kept, StateError> {
    // Not in serde's words, which quote what they found.
    let damaged = |why| StateError::Damaged { path: path.to_owned(), why };
    let foreign = || StateError::Foreign(path.to_owned());
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let head: Head = serde_json::from_slice(first).map_err(|_| foreign())?;
    if head.file != NAME {
        return Err(foreign());
    }
    if head.schema != SCHEMA {
        let (path, version) = (path.to_owned(), head.written_by);
        return Err(StateError::OtherSchema { path, schema: head.schema, version });
    }
    let (Some(second), Some(third), None) = (lines.next(), lines.next(), lines.next()) else {
        return Err(damaged("it does not end where it should"));
    };
    let tail: Tail =
        serde_json::from_slice(third).map_err(|_| damaged("its last line is no checksum"))?;
    let sum = crc32fast::hash(&bytes[..first.len() + second.len()]);
    if tail.crc32 != format!("{sum:08x}") {
        return Err(damaged("its checksum does not fit"));
    }
    serde_json::from_slice(second).map_err(|_| damaged("its second line is no account"))
}

/// The path with this at its end.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    PathBuf::from(name)
}

fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// A writer that sums up what goes through it.
struct Summed<W> {
    out: W,
    sum: crc32fast::Hasher,
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.sum.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
