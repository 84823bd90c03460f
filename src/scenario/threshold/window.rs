//! The part of a run's time that a condition speaks of.

use sms_voice_mock::config::duration::Span;
use std::{fmt, time::Duration};

/// A part of a run, in campaign time. Without either bound it is the whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// What happened before this long after the start does not count.
    pub after: Option<Duration>,
    /// Only this long before the end counts: the last arrival's, or that of each look.
    pub last: Option<Duration>,
}

impl Window {
    /// Whether it is the whole run.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.after.is_none() && self.last.is_none()
    }

    /// Takes `after 5m` and `last 60s` off the end of a condition, in any order.
    pub(super) fn split(text: &str) -> Result<(&str, Self), String> {
        let (mut rest, mut window) = (text.trim(), Self::default());
        loop {
            let Some((before, length)) = rest.rsplit_once(char::is_whitespace) else {
                return Ok((rest, window));
            };
            let Some((left, word)) = before.trim_end().rsplit_once(char::is_whitespace) else {
                return Ok((rest, window));
            };
            let bound = match word {
                "after" => &mut window.after,
                "last" => &mut window.last,
                _ => return Ok((rest, window)),
            };
            let span: Span = length.parse().map_err(|_| {
                format!("must have a duration such as `60s` behind `{word}`, not `{length}`")
            })?;
            if span.0.is_zero() || bound.is_some() {
                return Err(format!("must have `{word}` once, with a duration above zero"));
            }
            *bound = Some(span.0);
            rest = left.trim_end();
        }
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bounds = [("after", self.after), ("last", self.last)];
        for (word, bound) in bounds {
            if let Some(bound) = bound {
                write!(f, " {word} {}", Span(bound))?;
            }
        }
        Ok(())
    }
}
