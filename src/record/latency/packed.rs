//! The counts of a histogram in few bytes, as HdrHistogram's second encoding has them.
//!
//! A count is a number, doubled; in front of it may stand how many buckets before it are empty: one as a count of
//! nothing, more as a negative number, which is twice its size less one. Numbers have seven bits to a byte.
//!
//! **Invariant:** packing loses nothing but the order.

use super::{LONGEST_MICROS, bucket::Bucket};
use std::sync::Arc;

/// Buckets and how often each was seen, packed.
#[derive(Clone, Debug, PartialEq)]
pub struct Counts(Arc<[u8]>);

impl Counts {
    /// Each bucket in rising order, and how often it was seen.
    pub fn pairs(&self) -> impl Iterator<Item = (Bucket, u64)> {
        Unpacked::new(&self.0).map(|pair| pair.expect("they were packed here"))
    }

    /// All of it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Packs counts, bucket by rising bucket.
#[derive(Debug, Default)]
pub struct Packer {
    bytes: Vec<u8>,
    /// The bucket behind the last.
    next: u16,
}

impl Packer {
    /// Appends a bucket behind the last, and how often it was seen.
    ///
    /// # Panics
    /// If it is not behind the last, or was seen more often than anything can be.
    #[inline]
    pub fn push(&mut self, Bucket(bucket): Bucket, count: u64) {
        assert!(self.next <= bucket && count < 1 << 54, "{count} of bucket {bucket}");
        let empty = u64::from(bucket - self.next);
        self.next = bucket + 1;
        if empty > 0 {
            push(&mut self.bytes, if empty == 1 { 0 } else { 2 * empty - 1 });
        }
        push(&mut self.bytes, 2 * count);
    }

    /// What was packed.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same, to be kept.
    #[must_use]
    pub fn finish(self) -> Counts {
        Counts(self.bytes.into())
    }

    /// Begins anew.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.next = 0;
    }
}

/// Reads packed counts, which may come from anywhere: each bucket in rising order, and how often it was seen.
#[derive(Clone, Debug)]
pub struct Unpacked<'a> {
    bytes: &'a [u8],
    /// The number of the next bucket.
    place: u64,
}

/// These are not the counts of a histogram with our bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl<'a> Unpacked<'a> {
    /// What these bytes hold.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, place: 0 }
    }
}

impl Iterator for Unpacked<'_> {
    type Item = Result<(Bucket, u64), Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        while !self.bytes.is_empty() {
            let Some(number) = take(&mut self.bytes) else { return Some(Err(Malformed)) };
            let empty = if number % 2 == 1 { number / 2 + 1 } else { u64::from(number == 0) };
            let place = self.place;
            self.place = place.saturating_add(empty.max(1));
            if empty == 0 {
                let bucket = u16::try_from(place).map(Bucket).ok();
                let bucket = bucket.filter(|bucket| *bucket <= Bucket::of(LONGEST_MICROS));
                return Some(bucket.map(|bucket| (bucket, number / 2)).ok_or(Malformed));
            }
        }
        None
    }
}

/// Appends a number, seven bits to a byte; no count needs the ninth byte, which would hold eight.
#[inline]
fn push(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

/// Takes a number that was appended.
#[inline]
fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for place in 0..8 {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << (7 * place);
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_give_back_what_they_were_made_of() {
        let micros = [0, 1, 3, 70, 5_000, 5_004, 70_000_000_000, LONGEST_MICROS];
        let pairs = |count: u64| micros.map(|micros| (Bucket::of(micros), count));
        for count in [1, 63, 64, 40_000, (1 << 54) - 1] {
            let mut packer = Packer::default();
            pairs(count).into_iter().for_each(|(bucket, count)| packer.push(bucket, count));
            assert!(packer.finish().pairs().eq(pairs(count)), "{count}");
        }
    }

    #[test]
    fn what_is_no_histogram_of_ours_is_malformed() {
        let read = |bytes: &[u8]| Unpacked::new(bytes).collect::<Result<Vec<_>, _>>();
        let last = Bucket::of(LONGEST_MICROS);
        let behind = |bucket: u16| {
            let mut packer = Packer { bytes: Vec::new(), next: 0 };
            packer.push(Bucket(bucket), 5);
            packer.bytes
        };
        assert_eq!(read(&behind(last.0)), Ok(vec![(last, 5)]));
        assert_eq!(read(&behind(last.0 + 1)), Err(Malformed));
        assert_eq!(read(&[0x80]), Err(Malformed), "the number goes on");
        assert_eq!(read(&[0xFF; 9]), Err(Malformed), "no number is so long");
        assert_eq!(read(&[2, 0, 0]), Ok(vec![(Bucket(0), 1)]), "empty ones at the end");
    }
}
