//! Entries as bytes: a length, a checksum, the entry in postcard's encoding.
//!
//! **Invariant:** what is torn off at the end of a file is never taken for an entry.

use super::Entry;

/// What every journal file begins with; the number is that of the format.
pub const MAGIC: &[u8; 16] = b"otpdrill-jrnl-1\n";

/// Almost every entry is shorter than this.
const USUAL: usize = 512;

/// Appends an entry.
///
/// # Panics
/// If an entry is beyond 65,535 bytes, which none is.
pub fn append(entry: &Entry, to: &mut Vec<u8>) {
    let mut usual = [0; USUAL];
    match postcard::to_slice(entry, &mut usual) {
        Ok(body) => frame(body, to),
        // The id of a message is as long as the service likes.
        Err(_) => frame(&postcard::to_stdvec(entry).expect("an entry can be written"), to),
    }
}

fn frame(body: &[u8], to: &mut Vec<u8>) {
    let length = u16::try_from(body.len()).expect("an entry is short");
    to.extend_from_slice(&length.to_le_bytes());
    to.extend_from_slice(&crc32fast::hash(body).to_le_bytes());
    to.extend_from_slice(body);
}

/// The whole entries of a file, one after the other. They end at the first frame that is not whole:
/// the process died while it was written, or room was reserved and not used.
#[derive(Clone, Copy, Debug)]
pub struct Frames<'a> {
    rest: &'a [u8],
}

impl<'a> Frames<'a> {
    /// The entries of a file with this content.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes.strip_prefix(MAGIC).unwrap_or_default() }
    }

    /// Skips to the end; gives how many bytes follow the last whole entry that are none. Room that was
    /// reserved and not used does not count.
    #[must_use]
    pub fn torn(mut self) -> usize {
        self.by_ref().for_each(drop);
        self.rest.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)
    }
}

impl Iterator for Frames<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let (entry, rest) = first(self.rest)?;
        self.rest = rest;
        Some(entry)
    }
}

fn first(bytes: &[u8]) -> Option<(Entry, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let (checksum, rest) = rest.split_first_chunk::<4>()?;
    let (body, rest) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
    let sound = !body.is_empty() && crc32fast::hash(body) == u32::from_le_bytes(*checksum);
    sound.then(|| postcard::from_bytes(body).ok()).flatten().map(|entry| (entry, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::outcome::{Note, Place};
    use sms_voice_mock::service::time::SimTime;
    use std::time::Duration;

    fn entry(second: u64) -> Entry {
        let place = Place { country: 1, carrier: 2, template: 3 };
        let at = SimTime::ZERO + Duration::from_secs(second);
        Entry::Note(Note::Arrived { at, place })
    }

    fn file(seconds: u64) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        (0..seconds).for_each(|second| append(&entry(second), &mut bytes));
        bytes
    }

    fn seconds(bytes: &[u8]) -> usize {
        Frames::of(bytes)
            .enumerate()
            .map(|(nth, found)| assert_eq!(found, entry(nth as u64)))
            .count()
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = file(5);
        assert_eq!((seconds(&bytes), Frames::of(&bytes).torn()), (5, 0));
    }

    #[test]
    fn wherever_a_file_is_torn_its_whole_entries_remain() {
        let (short, bytes) = (file(4), file(5));
        for end in short.len()..bytes.len() {
            assert_eq!(seconds(&bytes[..end]), 4, "{end}");
            assert!(Frames::of(&bytes[..end]).torn() <= end - short.len());
        }
        // Room that was reserved reads as zeros.
        let reserved = [bytes.as_slice(), &[0; 4096]].concat();
        assert_eq!((seconds(&reserved), Frames::of(&reserved).torn()), (5, 0));
    }

    #[test]
    fn a_flipped_bit_is_noticed() {
        let (short, mut bytes) = (file(2), file(3));
        for place in short.len()..bytes.len() {
            bytes[place] ^= 1;
            assert_eq!(seconds(&bytes), 2, "{place}");
            bytes[place] ^= 1;
        }
        assert_eq!(seconds(b"something else"), 0);
    }
}
