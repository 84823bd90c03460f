//! The counts that shares are made of, and the shares that are compared.

use super::clusters;
use crate::{record::cells::Sessions, results::Row};
use std::ops::AddAssign;

/// The counts of a country or of a whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    sessions: u64,
    verified: u64,
    attempted: u64,
    accepted: u64,
    throttled: u64,
    rejected: u64,
    unknown: u64,
    expecting: u64,
    received: u64,
    failed: u64,
    unreported: u64,
    feedback_errors: u64,
    /// Known of whole runs only.
    ends: Option<Sessions>,
}

/// The direction that is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worse {
    /// More of it.
    Up,
    /// Less of it.
    Down,
}

/// What a share's samples are, and so how much they go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Samples {
    /// Sessions: independent but for bursts of throttles.
    Sessions,
    /// Messages of sessions of which each converts at most once.
    Conversions,
    /// Messages.
    Messages,
    /// Attempts.
    Attempts,
    /// Attempts that limits refuse in bursts.
    Throttles,
}

/// A share that is compared.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// Its name; where `summary.json` has the figure or its count, the path there.
    pub name: &'static str,
    /// The direction that is bad.
    pub worse: Worse,
    /// What its samples are.
    pub samples: Samples,
    part: fn(&Counts) -> Option<u64>,
    whole: fn(&Counts) -> u64,
}

impl Share {
    const fn new(
        name: &'static str,
        worse: Worse,
        samples: Samples,
        part: fn(&Counts) -> Option<u64>,
    ) -> Self {
        let whole: fn(&Counts) -> u64 = match samples {
            Samples::Sessions => |counts| counts.sessions,
            Samples::Conversions | Samples::Messages => |counts| counts.expecting,
            Samples::Attempts | Samples::Throttles => |counts| counts.attempted,
        };
        Self { name, worse, samples, part, whole }
    }

    /// How many of how many; `None` where the parts are not counted.
    #[must_use]
    pub fn of(&self, counts: &Counts) -> Option<(u64, u64)> {
        Some(((self.part)(counts)?, (self.whole)(counts)))
    }

    /// Whether it is one of the three figures of a dashboard.
    #[must_use]
    pub fn is_conversion(&self) -> bool {
        self.name.starts_with("conversion.")
    }
}

/// Every share, in the order of the lines.
pub const SHARES: [Share; 15] = {
    use Samples::{Attempts, Conversions, Messages, Throttles};
    use Worse::{Down, Up};
    const fn end(name: &'static str, part: fn(&Counts) -> Option<u64>) -> Share {
        Share::new(name, Up, Samples::Sessions, part)
    }
    [
        Share::new("conversion.session", Down, Samples::Sessions, |c| Some(c.verified)),
        Share::new("conversion.message", Down, Conversions, |c| Some(c.received)),
        Share::new("conversion.coverage", Down, Messages, |c| Some(c.received + c.failed)),
        Share::new("messages.throttled", Up, Throttles, |c| Some(c.throttled)),
        Share::new("messages.rejected", Up, Attempts, |c| Some(c.rejected)),
        Share::new("messages.unknown", Up, Attempts, |c| Some(c.unknown)),
        Share::new("messages.unreported", Up, Messages, |c| Some(c.unreported)),
        Share::new("messages.feedback_errors", Up, Messages, |c| Some(c.feedback_errors)),
        end("sessions.expired", |c| c.ends.map(|ends| ends.expired)),
        end("sessions.locked_out", |c| c.ends.map(|ends| ends.locked_out)),
        end("sessions.abandoned", |c| c.ends.map(|ends| ends.abandoned)),
        end("sessions.rate_limited", |c| c.ends.map(|ends| ends.rate_limited)),
        end("sessions.send_failed", |c| c.ends.map(|ends| ends.send_failed)),
        end("sessions.dropped", |c| c.ends.map(|ends| ends.dropped)),
        end("sessions.unfinished", |c| c.ends.map(|ends| ends.unfinished)),
    ]
};

impl Counts {
    /// The counts of a row of `conversion.csv`; of a whole run with how its sessions ended.
    #[must_use]
    pub fn of(row: &Row, ends: Option<&Sessions>) -> Self {
        Self {
            sessions: row.sessions,
            verified: row.verified,
            attempted: row.messages_attempted,
            accepted: row.messages_accepted,
            throttled: row.throttled,
            rejected: row.rejected,
            unknown: row.unknown,
            expecting: row.expecting,
            received: row.received,
            failed: row.failed,
            unreported: row.unreported,
            feedback_errors: row.feedback_errors,
            ends: ends.copied(),
        }
    }

    /// Accepted messages.
    #[must_use]
    pub const fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Throttled sends.
    #[must_use]
    pub const fn throttled(&self) -> u64 {
        self.throttled
    }

    /// How much samples of this kind go together within sessions, as a design effect.
    #[must_use]
    pub fn design(&self, samples: Samples) -> f64 {
        let per_session = |count: u64| count as f64 / self.sessions.max(1) as f64;
        match samples {
            Samples::Sessions => 1.0,
            Samples::Conversions => {
                let converted = per_session(self.verified).min(1.0);
                clusters::of_conversion(converted, per_session(self.expecting) - 1.0)
            }
            Samples::Messages => clusters::together(per_session(self.expecting) - 1.0),
            Samples::Attempts | Samples::Throttles => {
                clusters::together(per_session(self.attempted) - 1.0)
            }
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        // Destructured on purpose: a new field must be added here before it compiles.
        let Self {
            sessions,
            verified,
            attempted,
            accepted,
            throttled,
            rejected,
            unknown,
            expecting,
            received,
            failed,
            unreported,
            feedback_errors,
            ends,
        } = other;
        self.sessions += sessions;
        self.verified += verified;
        self.attempted += attempted;
        self.accepted += accepted;
        self.throttled += throttled;
        self.rejected += rejected;
        self.unknown += unknown;
        self.expecting += expecting;
        self.received += received;
        self.failed += failed;
        self.unreported += unreported;
        self.feedback_errors += feedback_errors;
        if let Some(ends) = ends {
            *self.ends.get_or_insert_default() += ends;
        }
    }
}
