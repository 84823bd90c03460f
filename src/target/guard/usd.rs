//! US dollars as people and the API write them.
//!
//! **Invariant:** an amount is never rounded down, and never was a floating-point number.

use sms_voice_mock::service::price::Money;
use std::fmt;

/// One unit of the last of the five decimals that `MaxPrice` has, in billionths of a dollar.
const UNIT: u64 = 10_000;

/// Billionths of a dollar in a dollar.
const DOLLAR: u64 = 1_000_000_000;

/// The text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be US dollars as in `2` or `0.05`: above 0, below 1000000, at most 5 decimals")]
pub struct UsdError;

/// Reads an amount above zero, digit by digit.
pub fn parse_usd(text: &str) -> Result<Money, UsdError> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !digits(whole, 6) || !digits(rest, 5) {
        return Err(UsdError);
    }
    let whole: u64 = whole.parse().map_err(|_| UsdError)?;
    let decimals: u64 = format!("{rest:0<9}").parse().map_err(|_| UsdError)?;
    let nanos = whole * DOLLAR + decimals;
    if nanos == 0 { Err(UsdError) } else { Ok(Money::from_nanos(nanos)) }
}

/// An amount for people: five decimals, as prices have.
#[must_use]
pub fn usd(amount: Money) -> String {
    units_as_text(amount.nanos().div_ceil(UNIT))
}

/// What `MaxPrice` can say: below 100 dollars, five decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxPrice {
    units: u64,
}

impl MaxPrice {
    /// The lowest value that is not below the amount; `None` for 100 dollars and more.
    #[must_use]
    pub fn covering(amount: Money) -> Option<Self> {
        let units = amount.nanos().div_ceil(UNIT);
        (units < 100 * DOLLAR / UNIT).then_some(Self { units })
    }

    /// The amount that it says.
    #[must_use]
    pub const fn amount(self) -> Money {
        Money::from_nanos(self.units * UNIT)
    }
}

impl fmt::Display for MaxPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&units_as_text(self.units))
    }
}

fn units_as_text(units: u64) -> String {
    let per_dollar = DOLLAR / UNIT;
    format!("{}.{:05}", units / per_dollar, units % per_dollar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_exactly() {
        let nanos = |text| parse_usd(text).map(Money::nanos);
        assert_eq!(nanos("2"), Ok(2_000_000_000));
        assert_eq!(nanos("0.05"), Ok(50_000_000));
        assert_eq!(nanos("0.00847"), Ok(8_470_000));
        for text in ["", "0", "0.0", "-1", "1e3", "1,5", ".5", "1.", "0.000001", "1000000", "nan"] {
            assert_eq!(nanos(text), Err(UsdError), "{text}");
        }
    }

    #[test]
    fn a_max_price_is_rounded_up_and_has_the_form_that_the_api_wants() {
        let text = |nanos| MaxPrice::covering(Money::from_nanos(nanos)).map(|p| p.to_string());
        assert_eq!(text(8_470_000).as_deref(), Some("0.00847"));
        assert_eq!(text(8_470_001).as_deref(), Some("0.00848"));
        assert_eq!(text(99_999_990_000).as_deref(), Some("99.99999"));
        assert_eq!(text(99_999_990_001), None);
        for nanos in (0..100_000_000_000).step_by(777_777_777) {
            let text = text(nanos).expect("below 100 dollars");
            let (whole, rest) = text.split_once('.').expect("the API's pattern wants a point");
            assert!(whole.len() <= 2 && (1..=5).contains(&rest.len()), "{text}");
            let amount = parse_usd(&text).unwrap_or(Money::ZERO);
            assert!(nanos <= amount.nanos(), "{text} is below {nanos}");
        }
    }
}
