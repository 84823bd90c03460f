//! One-time passwords: made from an address, checked in constant time, good once.
//!
//! **Invariant:** a code never prints.

use crate::scenario::policy::CodeFormat;
use rand::Rng as _;
use sms_voice_mock::service::dice::{Dice, DiceRng, Draw};
use std::{fmt, hint::black_box};

/// The longest code.
const LONGEST: usize = 10;

/// A one-time password.
#[derive(Clone, Copy)]
pub struct Otp {
    chars: [u8; LONGEST],
    length: u8,
}

impl Otp {
    /// The code of message `nth` of a session.
    #[must_use]
    pub fn fresh(format: &CodeFormat, dice: Dice, session: u64, nth: u8) -> Self {
        Self::draw(format, &mut dice.at(session, Draw::Code, nth.into()))
    }

    /// What a user types who mistypes this code: never the code itself.
    #[must_use]
    pub fn mistyped(self, format: &CodeFormat, rng: &mut DiceRng) -> Self {
        let mut wrong = Self::draw(format, rng);
        if wrong.matches(&self) {
            let place = format.alphabet.iter().position(|c| *c == wrong.chars[0]);
            let next = (place.unwrap_or(0) + 1) % format.alphabet.len();
            wrong.chars[0] = format.alphabet[next];
        }
        wrong
    }

    fn draw(format: &CodeFormat, rng: &mut DiceRng) -> Self {
        let mut chars = [0; LONGEST];
        for place in &mut chars[..usize::from(format.length)] {
            // Multiply-shift: the bias is below 2^-25 for any alphabet.
            let scaled = u64::from(rng.next_u32()) * format.alphabet.len() as u64;
            *place = format.alphabet[usize::try_from(scaled >> 32).expect("below the length")];
        }
        Self { chars, length: format.length }
    }

    /// Whether both are the same code. Takes the same time wherever they differ.
    #[must_use]
    pub fn matches(&self, entered: &Self) -> bool {
        let mut difference = self.length ^ entered.length;
        for (a, b) in self.chars.iter().zip(&entered.chars) {
            difference = black_box(difference | (a ^ b));
        }
        difference == 0
    }

    /// The text to send. Nothing else may show a code.
    #[must_use]
    pub fn reveal(&self) -> &str {
        std::str::from_utf8(&self.chars[..usize::from(self.length)]).expect("an ASCII alphabet")
    }
}

impl fmt::Debug for Otp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Otp(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &[u8] = b"0123456789";

    fn format(length: u8, alphabet: &[u8]) -> CodeFormat {
        CodeFormat { length, alphabet: alphabet.to_vec() }
    }

    #[test]
    fn a_code_has_the_asked_length_and_alphabet_and_does_not_print() {
        let code = Otp::fresh(&format(8, b"ABC"), Dice::new(1), 7, 0);
        assert_eq!(code.reveal().len(), 8);
        assert!(code.reveal().bytes().all(|c| b"ABC".contains(&c)));
        assert!(!format!("{code:?}").contains(code.reveal()));
    }

    #[test]
    fn a_mistyped_code_never_matches() {
        let format = format(4, b"01");
        for session in 0..2_000 {
            let dice = Dice::new(3);
            let code = Otp::fresh(&format, dice, session, 0);
            assert!(code.matches(&code));
            let wrong = code.mistyped(&format, &mut dice.at(session, Draw::WrongCode, 1));
            assert!(!code.matches(&wrong));
        }
    }

    #[test]
    fn digits_of_codes_are_uniform() {
        let format = format(6, DIGITS);
        let mut counts = [0_u32; 10];
        for session in 0..20_000 {
            for digit in Otp::fresh(&format, Dice::new(5), session, 0).reveal().bytes() {
                counts[usize::from(digit - b'0')] += 1;
            }
        }
        let expected = 12_000.0_f64;
        let error = (expected * 0.9).sqrt();
        assert!(
            counts.iter().all(|n| (f64::from(*n) - expected).abs() < 6.0 * error),
            "{counts:?}"
        );
    }
}
