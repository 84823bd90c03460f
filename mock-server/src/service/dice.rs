//! Chance with an address: a draw is a pure function of (seed, session, purpose, nth).
//!
//! No generator is stored, so no draw depends on the order of events, on threads or on shards, and
//! the same user makes the same choices under another policy.
//!
//! **Invariant:** nothing here is mutable, and nothing asks the system for randomness.

use rand::{Rng, TryRng};
use serde::{Deserialize, Serialize};
use std::convert::Infallible;

/// What a draw decides. The number is part of the address: changing one changes every replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Draw {
    /// The gap before an arrival.
    Gap = 1,
    /// The country of a session.
    Country = 2,
    /// The carrier of a session's number.
    Carrier = 3,
    /// The message template of a session.
    Template = 4,
    /// Which of a pool of returning users arrives.
    PoolUser = 5,
    /// Whether the user means to finish.
    Intent = 6,
    /// When the user stops waiting for a code.
    GiveUp = 7,
    /// How long the user waits before asking for another code.
    ResendAfter = 8,
    /// Whether the user asks for another code.
    Resend = 9,
    /// How long reading and typing takes.
    ReadDelay = 10,
    /// Whether a try is typed right.
    RightCode = 11,
    /// The digits of a mistyped code.
    WrongCode = 12,
    /// The one-time password itself.
    Code = 13,
    /// Whether the application loses a report.
    ReportLost = 14,
    /// The jitter of a send's retry.
    SendBackoff = 15,
    /// The jitter of a feedback call's retry.
    PutBackoff = 16,
    /// Whether the carrier delivers a message.
    Delivered = 32,
    /// How long the carrier takes.
    DeliveryDelay = 33,
    /// What the carrier's receipt claims.
    Receipt = 34,
    /// How long the receipt takes.
    ReceiptDelay = 35,
    /// A phone number that the stub makes up.
    MadeUpNumber = 60,
    /// Whether a delivery event comes twice.
    DuplicateEvent = 62,
    /// The code that verifies a destination number.
    VerificationCode = 61,
    /// How long a `SendTextMessage` call takes.
    SendLatency = 48,
    /// How long a `PutMessageFeedback` call takes.
    PutLatency = 49,
    /// Whether a `SendTextMessage` call meets an error of the service.
    SendError = 50,
    /// Whether a `PutMessageFeedback` call meets an error of the service.
    PutError = 51,
    /// The random part of a message id.
    MessageId = 52,
    /// Whether a rule of what goes wrong meets a `SendTextMessage` call, or one of nobody's session.
    Fault = 53,
    /// Whether it meets a `PutMessageFeedback` call.
    PutFault = 54,
    /// Whether it meets the telling of an event.
    EventFault = 55,
    /// Whether a row of a log that is played again has one session more.
    ReplayCopies = 80,
    /// How long after its row another session of a row comes.
    ReplayJitter = 81,
    /// The pause before the SDK repeats a send.
    SdkBackoff = 64,
    /// Which block of a run takes a place in a resampled one.
    Resample = 96,
}

/// A run's source of chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
pub struct Dice {
    seed: u64,
    /// What every address begins with.
    start: u64,
}

impl From<u64> for Dice {
    fn from(seed: u64) -> Self {
        Self::new(seed)
    }
}

impl From<Dice> for u64 {
    fn from(dice: Dice) -> Self {
        dice.seed
    }
}

impl Dice {
    /// The dice of the run with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, start: mix(seed ^ GOLDEN) }
    }

    /// The seed these dice were made from.
    #[must_use]
    pub const fn seed(self) -> u64 {
        self.seed
    }

    /// The generator at one address. Two calls with one address give the same sequence.
    #[inline]
    #[must_use]
    pub const fn at(self, session: u64, draw: Draw, nth: u32) -> DiceRng {
        let address = ((draw as u64) << 32) | nth as u64;
        DiceRng { state: mix(mix(self.start ^ session.wrapping_mul(GOLDEN)) ^ address) }
    }

    /// A uniform number in the open interval (0, 1) at one address.
    #[inline]
    #[must_use]
    pub fn unit(self, session: u64, draw: Draw, nth: u32) -> f64 {
        self.at(session, draw, nth).unit()
    }

    /// Whether an event of the given probability happens at one address.
    #[inline]
    #[must_use]
    pub fn happens(self, probability: f64, session: u64, draw: Draw, nth: u32) -> bool {
        self.unit(session, draw, nth) < probability
    }
}

/// A small counter-based generator (SplitMix64), good for the handful of numbers of one draw.
#[derive(Clone, Debug)]
pub struct DiceRng {
    state: u64,
}

impl DiceRng {
    /// A uniform number in the open interval (0, 1).
    #[inline]
    pub fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
        // Signed, because the processor converts from that in one step.
        let bits = (self.next_u64() >> 11).cast_signed() as f64;
        (bits + 0.5) / 9_007_199_254_740_992.0
    }
}

impl TryRng for DiceRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.next_u64() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.state = self.state.wrapping_add(GOLDEN);
        Ok(mix(self.state))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next_u64().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

/// 2^64 divided by the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finalizer of SplitMix64: a bijection in which every bit depends on every other.
#[inline]
pub(crate) const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_address_gives_the_same_draw_and_another_does_not() {
        let dice = Dice::new(42);
        let draw = |session, draw, nth| dice.unit(session, draw, nth).to_bits();
        assert_eq!(draw(7, Draw::Gap, 0), draw(7, Draw::Gap, 0));
        assert_ne!(draw(7, Draw::Gap, 0), draw(8, Draw::Gap, 0));
        assert_ne!(draw(7, Draw::Gap, 0), draw(7, Draw::Gap, 1));
        assert_ne!(draw(7, Draw::Gap, 0), draw(7, Draw::Country, 0));
        assert_ne!(draw(7, Draw::Gap, 0), Dice::new(43).unit(7, Draw::Gap, 0).to_bits());
    }

    #[test]
    fn draws_of_neighbouring_sessions_are_uniform_and_uncorrelated() {
        let dice = Dice::new(1);
        let n = 200_000_u32;
        let (mut sum, mut product) = (0.0, 0.0);
        for session in 0..u64::from(n) {
            let here = dice.unit(session, Draw::Intent, 0);
            sum += here;
            product += (here - 0.5) * (dice.unit(session + 1, Draw::Intent, 0) - 0.5);
        }
        let mean = sum / f64::from(n);
        assert!((mean - 0.5).abs() < 6.0 * (1.0 / 12.0 / f64::from(n)).sqrt(), "mean {mean}");
        let correlation = product / f64::from(n) * 12.0;
        assert!(correlation.abs() < 6.0 / f64::from(n).sqrt(), "correlation {correlation}");
    }

    #[test]
    fn draws_of_one_session_are_uncorrelated() {
        let (dice, n) = (Dice::new(1), 20_000_u32);
        let addresses: Vec<_> = [Draw::Gap, Draw::Country, Draw::Carrier, Draw::Intent]
            .into_iter()
            .chain([Draw::ReadDelay, Draw::SendLatency, Draw::PutLatency, Draw::Delivered])
            .flat_map(|draw| [0, 1, 256].map(|nth| (draw, nth)))
            .collect();
        let unit = |session, (draw, nth)| dice.unit(session, draw, nth) - 0.5;
        for (place, one) in addresses.iter().enumerate() {
            for other in &addresses[..place] {
                let products = (0..n.into()).map(|s| unit(s, *one) * unit(s, *other));
                let correlation = products.sum::<f64>() / f64::from(n) * 12.0;
                let bound = 6.0 / f64::from(n).sqrt();
                assert!(correlation.abs() < bound, "{one:?} and {other:?}: {correlation}");
            }
        }
    }
}
