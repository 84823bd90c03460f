//! The write-ahead journal of a live run: what must not be forgotten is on disk before it happens.
//!
//! ```text
//!  journal/run.json        what was played, against whom: enough to go on without the command line
//!  journal/scenario.toml   the scenario as it ran
//!  journal/shard-0.log     one per shard, and one per `resume`: frames of entries
//! ```
//!
//! A shard appends what its recorder is told, in the same order: replaying a file gives the recorder
//! back, up to the moment at which the process died. The order of durability is what the run relies on:
//! the intent before the send leaves, the `MessageId` before anybody counts it, the verdict before the
//! put leaves, the acknowledgement after it came.
//!
//! **Invariant:** no phone number and no code is in a journal; a user is a hash.

pub mod entry;
pub mod frame;
pub mod writer;
pub mod replay;
pub mod folder;
pub mod books;

pub use entry::Entry;
pub use folder::{AccountCard, Folder, FolderError, RunCard};
pub use replay::{OwedPut, Replay, Story};
pub use writer::{Durability, Journal};
