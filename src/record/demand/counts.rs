//! A count for every second of a campaign, small where little happens.

use sms_voice_mock::service::time::SimTime;
use std::collections::BTreeMap;

/// Seconds in a chunk.
const CHUNK: usize = 256;

/// Counts by second: a byte for each second of every chunk in which anything was counted, and what does
/// not fit the byte beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    chunks: Vec<Option<Box<[u8; CHUNK]>>>,
    /// How often the byte of a second has overflowed.
    carries: BTreeMap<u32, u32>,
}

impl Counts {
    /// Counts `count` more in the second of `at`; an instant that never comes is not counted.
    pub(super) fn add(&mut self, at: SimTime, count: u32) {
        if at != SimTime::NEVER && count > 0 {
            self.add_at(second_of(at), count);
        }
    }

    fn add_at(&mut self, second: usize, count: u32) {
        let (chunk, place) = (second / CHUNK, second % CHUNK);
        if self.chunks.len() <= chunk {
            self.chunks.resize(chunk + 1, None);
        }
        let chunk = self.chunks[chunk].get_or_insert_with(|| Box::new([0; CHUNK]));
        let sum = u32::from(chunk[place]) + count;
        chunk[place] = u8::try_from(sum % 256).expect("a remainder");
        if sum > 255 {
            let second = u32::try_from(second).expect("a campaign of less than a century");
            *self.carries.entry(second).or_default() += sum / 256;
        }
    }

    /// Adds the counts of each second to those of `sums`, which grows as needed.
    pub(super) fn add_to(&self, sums: &mut Vec<u32>) {
        let used = self.chunks.len() * CHUNK;
        if sums.len() < used {
            sums.resize(used, 0);
        }
        for (sums, chunk) in sums.chunks_mut(CHUNK).zip(&self.chunks) {
            let bytes = chunk.iter().flat_map(|chunk| chunk.iter());
            sums.iter_mut().zip(bytes).for_each(|(sum, byte)| *sum += u32::from(*byte));
        }
        for (second, carry) in &self.carries {
            sums[*second as usize] += carry * 256;
        }
    }

    /// Adds another shard's counts.
    pub(super) fn merge(&mut self, other: &Self) {
        for (number, chunk) in other.chunks.iter().enumerate() {
            let Some(chunk) = chunk else { continue };
            for (place, byte) in chunk.iter().enumerate().filter(|(_, byte)| **byte > 0) {
                self.add_at(number * CHUNK + place, u32::from(*byte));
            }
        }
        for (second, carry) in &other.carries {
            *self.carries.entry(*second).or_default() += carry;
        }
    }
}

/// The second of an instant, from 0.
pub(super) fn second_of(at: SimTime) -> usize {
    usize::try_from(at.nanos() / 1_000_000_000).expect("fewer seconds than memory")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_beyond_a_byte_and_gaps_between_are_exact() {
        let mut counts = Counts::default();
        for second in [0, 3, 255, 256, 100_000] {
            for _ in 0..=second {
                counts.add(SimTime::from_secs(second), 1);
            }
        }
        counts.add(SimTime::from_secs(3), 1_000);
        counts.add(SimTime::NEVER, 1);
        let mut sums = Vec::new();
        counts.add_to(&mut sums);
        assert_eq!((sums[0], sums[3], sums[255], sums[256]), (1, 1_004, 256, 257));
        assert_eq!(sums[100_000], 100_001);
        assert_eq!(sums.iter().sum::<u32>(), 1 + 1_004 + 256 + 257 + 100_001);
    }

    #[test]
    fn merged_counts_are_those_of_one_that_counted_everything() {
        let (mut whole, mut odd, mut even) =
            (Counts::default(), Counts::default(), Counts::default());
        for k in 0..5_000_u64 {
            let at = SimTime::from_secs(k * k % 700);
            whole.add(at, 7);
            if k % 2 == 0 { even.add(at, 7) } else { odd.add(at, 7) }
        }
        even.merge(&odd);
        assert_eq!(even, whole);
    }
}
