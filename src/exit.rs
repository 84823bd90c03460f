//! Exit codes: how a command says in one number how it went.
//!
//! **Invariant:** nothing here ends the process; `main` returns the code.

use std::process::ExitCode;

/// How a command ended. The numbers are part of the interface: CI scripts test them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything that was asked for holds.
    Passed = 0,
    /// A fault of this program or of the machine it runs on: a panic, a full disk.
    Internal = 1,
    /// The command line asks for something that cannot be done.
    Usage = 2,
    /// The scenario has mistakes, or asks for what the target cannot do.
    Scenario = 3,
    /// A threshold failed.
    ThresholdFailed = 10,
    /// Worse than the baseline.
    Regression = 11,
    /// A check failed: a dashboard that does not match, feedback that could not be delivered.
    CheckFailed = 12,
    /// The generator itself was too slow for its figures to mean anything.
    InvalidMeasurement = 13,
    /// The spend cap was reached.
    SpendCap = 14,
    /// The target cannot be reached or refuses the credentials.
    Unreachable = 15,
    /// An abort condition of the scenario ended the run.
    Aborted = 20,
    /// Stopped by SIGINT, after a graceful drain.
    Interrupted = 130,
    /// Stopped by SIGTERM, after a graceful drain.
    Terminated = 143,
}

impl Exit {
    /// Every reason not to pass, the one that is reported first where several apply.
    const PRECEDENCE: [Self; 12] = [
        Self::Internal,
        Self::Usage,
        Self::Scenario,
        Self::Unreachable,
        Self::Interrupted,
        Self::Terminated,
        Self::SpendCap,
        Self::Aborted,
        Self::InvalidMeasurement,
        Self::CheckFailed,
        Self::ThresholdFailed,
        Self::Regression,
    ];

    /// The one code to report when all of these apply; `Passed` if none does.
    #[must_use]
    pub fn first(reasons: &[Self]) -> Self {
        let mut order = Self::PRECEDENCE.into_iter();
        order.find(|exit| reasons.contains(exit)).unwrap_or(Self::Passed)
    }

    /// The number that the shell sees.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The place in the order of precedence; `Passed` comes last.
    pub(crate) fn rank(self) -> usize {
        let mut order = Self::PRECEDENCE.iter();
        order.position(|exit| *exit == self).unwrap_or(Self::PRECEDENCE.len())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_code_that_applies_is_reported() {
        let codes = Exit::PRECEDENCE.map(Exit::code);
        assert_eq!(codes, [1, 2, 3, 15, 130, 143, 14, 20, 13, 12, 10, 11]);
        for (place, exit) in Exit::PRECEDENCE.iter().enumerate() {
            let mut later = Exit::PRECEDENCE[place..].to_vec();
            later.reverse();
            assert_eq!(Exit::first(&later), *exit);
        }
    }

    #[test]
    fn without_a_reason_a_command_passed() {
        assert_eq!(Exit::first(&[]), Exit::Passed);
        assert_eq!(Exit::first(&[Exit::Passed, Exit::Regression]), Exit::Regression);
    }
}
