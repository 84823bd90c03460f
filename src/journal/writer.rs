//! The writer of one journal file: entries gather, and are written together.
//!
//! Room is reserved ahead, so that a disk that fills up is noticed before a send leaves while there is
//! still room for everything that the messages already sent will need.
//!
//! **Invariant:** after a write that failed, nothing more is written, and everybody is told.

use super::{
    Entry,
    frame::{MAGIC, append},
};
use crate::engine::outcome::{Note, SendAnswer};
use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

/// What a commit must survive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The end of this process, however sudden.
    Process,
    /// The end of this machine: every commit reaches the disk.
    Machine,
}

/// How much room is reserved at a time, in bytes.
const CHUNK: u64 = 1 << 20;

/// How much room is kept free for what is under way, whatever that is.
const SLACK: u64 = 64 << 10;

/// What one accepted message may still need: its answer, its puts, its notes.
const PER_MESSAGE: u64 = 512;

/// One file of a journal, open for appending.
#[derive(Debug)]
pub struct Journal {
    file: File,
    durability: Durability,
    /// Entries that are not written yet.
    pending: Vec<u8>,
    /// Where the next bytes go.
    end: u64,
    /// Up to where the file system has promised room; `None` where it makes no promises.
    reserved: Option<u64>,
    /// Messages that still need room.
    owed: u64,
    /// Why no send may leave any more.
    full: Option<io::ErrorKind>,
    /// Why nothing is written any more.
    broken: Option<io::ErrorKind>,
}

impl Journal {
    /// A new file, which must not be there.
    pub fn create(path: &Path, durability: Durability) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path)?;
        let mut journal = Self {
            file,
            durability,
            pending: MAGIC.to_vec(),
            end: 0,
            reserved: Some(0),
            owed: 0,
            full: None,
            broken: None,
        };
        journal.reserve()?;
        journal.commit()?;
        Ok(journal)
    }

    /// Adds an entry, to be written with the next commit.
    pub fn push(&mut self, entry: &Entry) {
        match entry {
            Entry::Sending { .. } => self.owed += 1,
            Entry::Sent { answer, .. } if !matches!(answer, SendAnswer::Accepted(_)) => {
                self.owed = self.owed.saturating_sub(1);
            }
            Entry::Note(Note::Settled { .. }) => self.owed = self.owed.saturating_sub(1),
            Entry::Begun(_)
            | Entry::Disregarded { .. }
            | Entry::Sent { .. }
            | Entry::Putting { .. }
            | Entry::Put { .. }
            | Entry::Note(_) => {}
        }
        append(entry, &mut self.pending);
    }

    /// Writes what was pushed. After an error nothing of the journal may be relied on but what was
    /// committed before.
    pub fn commit(&mut self) -> io::Result<()> {
        if let Some(kind) = self.broken {
            self.pending.clear();
            return Err(kind.into());
        }
        if self.pending.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all(&self.pending).and_then(|()| match self.durability {
            Durability::Process => Ok(()),
            Durability::Machine => self.file.sync_data(),
        });
        match written {
            Ok(()) => self.end += self.pending.len() as u64,
            Err(error) => {
                self.broken = Some(error.kind());
                self.pending.clear();
                return Err(error);
            }
        }
        self.pending.clear();
        Ok(())
    }

    /// Whether a send may leave: whether there is room for all that it will need.
    pub fn may_send(&mut self) -> bool {
        if self.full.is_some() || self.broken.is_some() {
            return false;
        }
        if let Err(error) = self.reserve() {
            self.full = Some(error.kind());
        }
        self.full.is_none()
    }

    /// Why no send may leave, or nothing is written, if so.
    #[must_use]
    pub fn trouble(&self) -> Option<io::ErrorKind> {
        self.broken.or(self.full)
    }

    /// Makes sure of room for what is under way and one more message.
    fn reserve(&mut self) -> io::Result<()> {
        let Some(reserved) = self.reserved else { return Ok(()) };
        let begun = self.end + self.pending.len() as u64;
        let needed = begun + SLACK + (self.owed + 1) * PER_MESSAGE;
        if needed <= reserved {
            return Ok(());
        }
        let wanted = needed.next_multiple_of(CHUNK);
        match allocate(&self.file, reserved, wanted - reserved) {
            Ok(()) => self.reserved = Some(wanted),
            // A file system without promises: a write that fails is noticed when it does.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => self.reserved = None,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Gives back the room that was not needed.
    pub fn close(mut self) -> io::Result<()> {
        let written = self.commit();
        // Room that stays reserved is not worth a word.
        let _ = self.file.set_len(self.end);
        written
    }
}

#[cfg(target_os = "linux")]
fn allocate(file: &File, from: u64, length: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    // The file gets longer, with zeros: so limits on its size are noticed here, too.
    Ok(fallocate(file, FallocateFlags::empty(), from, length)?)
}

#[cfg(not(target_os = "linux"))]
fn allocate(_: &File, _: u64, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
