//! What goes into the cells of CSV files.
//!
//! **Invariant:** absent is an empty cell, never a zero; a text never breaks out of its cell.

use std::{
    fmt::{self, Display},
    time::Duration,
};

/// A text, quoted where it has to be.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a>(pub &'a str);

/// A number with this many decimals, or nothing.
#[derive(Clone, Copy, Debug)]
pub struct Decimal(pub Option<f64>, pub usize);

/// Anything, or nothing.
#[derive(Clone, Copy, Debug)]
pub struct Maybe<T>(pub Option<T>);

/// A share between 0 and 1.
#[must_use]
pub fn share(share: Option<f64>) -> Decimal {
    Decimal(share, 6)
}

/// Seconds to the microsecond.
#[must_use]
pub fn seconds(duration: Option<Duration>) -> Decimal {
    Decimal(duration.map(|duration| duration.as_secs_f64()), 6)
}

/// Milliseconds to the microsecond.
#[must_use]
pub fn millis(duration: Option<Duration>) -> Decimal {
    Decimal(duration.map(|duration| duration.as_secs_f64() * 1e3), 3)
}

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains([',', '"', '\r', '\n']) {
            write!(f, "\"{}\"", self.0.replace('"', "\"\""))
        } else {
            f.write_str(self.0)
        }
    }
}

impl Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(Some(number), decimals) => write!(f, "{number:.decimals$}"),
            Self(None, _) => Ok(()),
        }
    }
}

impl<T: Display> Display for Maybe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |value| value.fmt(f))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_in_its_cell() {
        assert_eq!(Text("Vivo").to_string(), "Vivo");
        assert_eq!(Text("AT&T, Inc. \"Mobility\"").to_string(), r#""AT&T, Inc. ""Mobility""""#);
    }

    #[test]
    fn what_does_not_exist_is_empty() {
        assert_eq!(share(None).to_string(), "");
        assert_eq!(share(Some(0.0)).to_string(), "0.000000");
        assert_eq!(Maybe::<u64>(None).to_string(), "");
    }
}
