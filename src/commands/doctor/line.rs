//! One line for each check.

use std::io::{self, Write};

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What was looked at.
    pub check: String,
    /// How it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// The command or the statement that mends it.
    pub mend: Option<String>,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// Perhaps not as it should be, or not to be seen from here.
    Warning,
    /// A run would fail.
    Missing,
    /// Nothing can be looked at: the credentials are not taken.
    Refused,
}

impl Line {
    pub(super) fn ok(check: impl Into<String>, found: impl Into<String>) -> Self {
        Self { check: check.into(), state: State::Ok, found: found.into(), mend: None }
    }

    pub(super) fn warning(
        check: impl Into<String>,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { state: State::Warning, mend: Some(mend.into()), ..Self::ok(check, found) }
    }

    pub(super) fn missing(
        check: impl Into<String>,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { state: State::Missing, ..Self::warning(check, found, mend) }
    }

    pub(super) fn refused(
        check: impl Into<String>,
        found: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { state: State::Refused, ..Self::warning(check, found, mend) }
    }

    /// Writes it, what mends it below.
    pub(super) fn write(&self, width: usize, out: &mut impl Write) -> io::Result<()> {
        let state = match self.state {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Missing | State::Refused => "missing",
        };
        writeln!(out, "{state:<7}  {:<width$}  {}", self.check, self.found)?;
        match &self.mend {
            Some(mend) => writeln!(out, "{:<7}  {:<width$}  mend: {mend}", "", ""),
            None => Ok(()),
        }
    }
}
