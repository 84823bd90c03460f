//! Message ids that look like random UUIDs and say where their record is.
//!
//! The lower half of an id is a keyed hash of the message's number; the upper half is that number
//! under a mask drawn from the lower half. So an id is turned back into a number by arithmetic, and
//! one that this service did not make does not fit together.
//!
//! **Invariant:** no map from ids to messages exists.

use super::dice::{Dice, Draw};
use rand::Rng;
use serde::{Deserialize, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// The id of an accepted message, in the form of a UUID of version 4.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(u128);

/// The id of one request, in the same form; it leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(MessageId);

impl RequestId {
    /// The id as it is written, in ASCII.
    #[must_use]
    pub fn text(self) -> [u8; 36] {
        self.0.text()
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The text is not a UUID in lower-case letters with dashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message id is a UUID in lower-case letters")]
pub struct MessageIdError;

/// The bits that make a UUID one of version 4 and of the usual variant.
const VERSION: u128 = 0x4000 << 64 | 0x8 << 60;

/// The bits of the lower and of the upper half that are free.
const LOW_BITS: u64 = (1 << 62) - 1;
const HIGH_BITS: u64 = (1 << 60) - 1;

impl MessageId {
    /// The id as a number: the UUID's 128 bits.
    #[must_use]
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// The id with these bits; whether it names a message is for the service to say.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// The id as it is written, in ASCII.
    #[must_use]
    pub fn text(self) -> [u8; 36] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 36];
        let mut place = 0;
        for (nth, byte) in self.0.to_be_bytes().into_iter().enumerate() {
            if matches!(nth, 4 | 6 | 8 | 10) {
                place += 1;
            }
            text[place] = DIGITS[usize::from(byte >> 4)];
            text[place + 1] = DIGITS[usize::from(byte & 15)];
            place += 2;
        }
        text
    }

    /// An id from 60 and 62 free bits.
    fn from_halves(high: u64, low: u64) -> Self {
        let high = (high >> 12) << 16 | (high & 0xFFF);
        Self(u128::from(high) << 64 | u128::from(low) | VERSION)
    }

    /// The 60 and 62 free bits, if the others are those of a version 4 UUID.
    fn halves(self) -> Option<(u64, u64)> {
        const FIXED: u128 = 0xF000 << 64 | 0xC << 60;
        if self.0 & FIXED != VERSION {
            return None;
        }
        let high = u64::try_from(self.0 >> 64).expect("64 bits");
        let low = u64::try_from(self.0 & u128::from(LOW_BITS)).expect("62 bits");
        Some(((high >> 16) << 12 | (high & 0xFFF), low))
    }
}

/// The mints of an account, which begins a new life whenever it is read back from a file: what was
/// forgotten since that file was written may have left ids behind, and these come from nowhere else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ids {
    /// The number of the first message of each life, and its mint; never none.
    lives: Vec<(u64, IdMint)>,
}

impl Ids {
    /// The ids of an account whose first life this is.
    pub(super) fn new(mint: IdMint) -> Self {
        Self { lives: vec![(0, mint)] }
    }

    /// Begins a new life with message number `first`; those before `oldest` are not asked for again.
    pub(super) fn begin_life(&mut self, mint: IdMint, first: u64, oldest: u64) {
        self.lives.retain(|(begins, _)| *begins < first);
        self.lives.push((first, mint));
        let needed = self.lives.partition_point(|(begins, _)| *begins <= oldest);
        self.lives.drain(..needed.saturating_sub(1));
    }

    /// The id of message `number`, which is below 2^60.
    pub(super) fn id(&self, number: u64) -> MessageId {
        let later = self.lives.iter().rev();
        let life = later.filter(|(begins, _)| *begins <= number).map(|(_, mint)| *mint).next();
        life.unwrap_or(self.lives[0].1).id(number)
    }

    /// The number of the message with this id; `None` if the id is not of this account.
    pub(super) fn number(&self, id: MessageId) -> Option<u64> {
        let mut ends = u64::MAX;
        self.lives.iter().rev().find_map(|(begins, mint)| {
            let own = *begins..std::mem::replace(&mut ends, *begins);
            mint.number(id).filter(|number| own.contains(number))
        })
    }

    /// The id of request `number` of this life.
    pub(super) fn request_id(&self, number: u64) -> RequestId {
        self.lives[self.lives.len() - 1].1.request_id(number)
    }
}

/// Turns message numbers into ids and back.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct IdMint {
    key: Dice,
}

impl IdMint {
    /// The mint of one lifetime of a service: another `generation` never makes the same ids.
    pub(super) fn new(seed: u64, generation: u64) -> Self {
        let key = Dice::new(seed).at(generation, Draw::MessageId, 2).next_u64();
        Self { key: Dice::new(key) }
    }

    /// The id of message `number`, which is below 2^60.
    pub(super) fn id(self, number: u64) -> MessageId {
        let low = self.check(number);
        MessageId::from_halves((number ^ self.mask(low)) & HIGH_BITS, low)
    }

    /// The number of the message with this id; `None` if the id is not of this mint.
    pub(super) fn number(self, id: MessageId) -> Option<u64> {
        let (high, low) = id.halves()?;
        let number = (high ^ self.mask(low)) & HIGH_BITS;
        (self.check(number) == low).then_some(number)
    }

    /// The id of request `number`.
    pub(super) fn request_id(self, number: u64) -> RequestId {
        let mut bits = self.key.at(number, Draw::MessageId, 2);
        let (high, low) = (bits.next_u64(), bits.next_u64());
        RequestId(MessageId::from_halves(high & HIGH_BITS, low & LOW_BITS))
    }

    fn check(self, number: u64) -> u64 {
        self.key.at(number, Draw::MessageId, 0).next_u64() & LOW_BITS
    }

    fn mask(self, low: u64) -> u64 {
        self.key.at(low, Draw::MessageId, 1).next_u64()
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(std::str::from_utf8(&self.text()).expect("ASCII"))
    }
}

impl Serialize for MessageId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(&self.text()).expect("ASCII"))
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for MessageId {
    type Err = MessageIdError;

    fn from_str(text: &str) -> Result<Self, MessageIdError> {
        if text.len() != 36 {
            return Err(MessageIdError);
        }
        let mut value = 0_u128;
        for (place, byte) in text.bytes().enumerate() {
            let digit = match (byte, place) {
                (b'-', 8 | 13 | 18 | 23) => continue,
                (_, 8 | 13 | 18 | 23) => return Err(MessageIdError),
                (b'0'..=b'9', _) => byte - b'0',
                (b'a'..=b'f', _) => byte - b'a' + 10,
                _ => return Err(MessageIdError),
            };
            value = value << 4 | u128::from(digit);
        }
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_number() {
        let mint = IdMint::new(7, 0);
        for number in [0, 1, 2, 1_000_000, HIGH_BITS] {
            let id = mint.id(number);
            assert_eq!(mint.number(id), Some(number));
            assert_eq!(id.to_string().parse(), Ok(id));
            assert_eq!(&id.to_string()[14..15], "4", "{id}");
            assert!(matches!(&id.to_string()[19..20], "8" | "9" | "a" | "b"));
        }
    }

    #[test]
    fn the_id_of_another_service_or_of_an_earlier_life_is_not_known() {
        let id = IdMint::new(7, 0).id(3);
        assert_eq!(IdMint::new(8, 0).number(id), None);
        assert_eq!(IdMint::new(7, 1).number(id), None);
        let random: MessageId = "f47ac10b-58cc-4372-a567-0e02b2c3d479".parse().expect("a UUID");
        assert_eq!(IdMint::new(7, 0).number(random), None);
    }

    #[test]
    fn a_new_life_knows_the_ids_of_earlier_ones_but_not_those_that_were_forgotten() {
        let mint = |life| IdMint::new(7, life);
        let mut ids = Ids::new(mint(0));
        let (kept, forgotten) = (ids.id(4), ids.id(5));
        ids.begin_life(mint(1), 5, 0);
        assert_eq!([kept, forgotten].map(|id| ids.number(id)), [Some(4), None]);
        assert_ne!(ids.id(5), forgotten);
        assert_eq!(ids.number(ids.id(5)), Some(5));
        // Nothing was accepted in that life, as far as the file knows.
        ids.begin_life(mint(2), 5, 3);
        assert_eq!((ids.lives.len(), ids.id(4)), (2, kept));
        ids.begin_life(mint(3), 9, 6);
        let begins: Vec<_> = ids.lives.iter().map(|(begins, _)| *begins).collect();
        assert_eq!((begins, ids.number(kept)), (vec![5, 9], None));
    }

    #[test]
    fn what_is_not_a_lower_case_uuid_is_refused() {
        for text in [
            "",
            "f47ac10b58cc4372a5670e02b2c3d479",
            "F47AC10B-58cc-4372-a567-0e02b2c3d479",
            "f47ac10b-58cc-4372-a567-0e02b2c3d47-",
        ] {
            assert_eq!(text.parse::<MessageId>(), Err(MessageIdError), "{text}");
        }
    }
}
