//! One country's carriers, numbers and users.

use jiff::tz::TimeZone;
use sms_voice_mock::service::{
    carrier::Carrier, country::CountryCode, distribution::Distribution, numbering::country_of,
};

/// One country of a campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct Country {
    /// ISO 3166-1 alpha-2.
    pub code: CountryCode,
    /// Its share of the arrivals, relative to the other countries' weights.
    pub weight: f64,
    /// Multiplies its rates of users.
    pub growth: f64,
    /// What its clocks show.
    pub time_zone: TimeZone,
    /// What its phone numbers look like.
    pub numbers: NumberPattern,
    /// At least one.
    pub carriers: Vec<Carrier>,
    /// How its users behave.
    pub users: Users,
}

/// How users of one country behave.
#[derive(Clone, Debug, PartialEq)]
pub struct Users {
    /// The share who mean to enter the code.
    pub finish: f64,
    /// From having a code at hand to having typed it.
    pub read_delay: Distribution,
    /// The probability that one try is typed right.
    pub right_code: f64,
    /// From a send to asking for another code, while none has arrived.
    pub resend_after: Distribution,
    /// The probability of asking the first time, the second time and so on; after that, zero.
    pub resend_probability: Vec<f64>,
    /// From the arrival to giving up, while no code has arrived.
    pub gives_up_after: Distribution,
    /// The number of returning users; `None` makes every session a new user.
    pub pool: Option<u64>,
}

/// A country's phone numbers: fixed digits, then digits that name the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberPattern {
    /// The fixed digits as a number: country code and mobile prefix.
    prefix: u64,
    /// Ten to the power of the free digits.
    modulus: u64,
}

/// The text is not a phone number pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be `+`, 1 to 14 digits and 1 to 12 `#`, 8 to 15 in all, as in `+5511########`")]
pub struct NumberPatternError;

impl NumberPattern {
    /// Reads `+` and digits, then one `#` for each free digit.
    pub fn parse(text: &str) -> Result<Self, NumberPatternError> {
        let rest = text.strip_prefix('+').ok_or(NumberPatternError)?;
        let fixed = rest.trim_end_matches('#');
        let free = rest.len() - fixed.len();
        let digits = !fixed.is_empty() && fixed.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || fixed.starts_with('0') || !(8..=15).contains(&rest.len()) {
            return Err(NumberPatternError);
        }
        let free = u32::try_from(free).ok().filter(|free| (1..=12).contains(free));
        let prefix = fixed.parse().map_err(|_| NumberPatternError)?;
        Ok(Self { prefix, modulus: 10_u64.pow(free.ok_or(NumberPatternError)?) })
    }

    /// How many different numbers there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.modulus
    }

    /// Where a number of this pattern belongs that does not belong to `home`, if there is one among
    /// the first and last and a thousand more: `Some(None)` is a number of no country.
    #[must_use]
    pub fn foreign(&self, home: CountryCode) -> Option<Option<CountryCode>> {
        let edges = [0, self.modulus - 1].map(|free| self.prefix * self.modulus + free);
        let numbers = edges.into_iter().chain((0..1_000).map(|user| self.number(user)));
        numbers.map(country_of).find(|country| *country != Some(home))
    }

    /// The E.164 digits (without `+`) of a user's number: different users have different numbers
    /// as long as the free digits last.
    #[must_use]
    pub fn number(&self, user: u64) -> u64 {
        let product = user.checked_mul(FACTOR).and_then(|product| product.checked_add(FIRST));
        let scattered = product.map_or_else(
            || {
                let product = u128::from(user) * u128::from(FACTOR) + u128::from(FIRST);
                u64::try_from(product % u128::from(self.modulus)).expect("a remainder")
            },
            // Far faster than the same with more digits.
            |product| product % self.modulus,
        );
        self.prefix * self.modulus + scattered
    }
}

/// An odd factor that is not a multiple of 5 permutes the numbers below any power of 10.
const FACTOR: u64 = 7_368_787;

/// The free digits of the first user.
const FIRST: u64 = 1_234_567;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn numbers_keep_their_length_and_do_not_repeat_before_the_digits_run_out() {
        let pattern = NumberPattern::parse("+5511####").expect("valid");
        let numbers: BTreeSet<u64> = (0..10_000).map(|user| pattern.number(user)).collect();
        assert_eq!(numbers.len(), 10_000);
        assert!(numbers.iter().all(|number| (55_110_000..55_120_000).contains(number)));
        assert_eq!(pattern.number(3), pattern.number(10_003));
        assert_eq!(pattern.number(10_u64.pow(19)), pattern.number(0), "beyond 64 bits");
    }

    #[test]
    fn a_pattern_that_is_no_number_is_refused() {
        for text in ["5511####", "+", "+####", "+0511####", "+55a1####", "+55#1###", "+5511"] {
            assert!(NumberPattern::parse(text).is_err(), "{text}");
        }
    }
}
