//! What went wrong so far: of each kind the first time, the last time and how often.

use crate::engine::outcome::{Note, Outcome, PutAnswer, SendAnswer};
use sms_voice_mock::service::time::SimTime;

/// Something that should not happen in a run that goes well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// A send was throttled.
    SendThrottled,
    /// A send was refused for good, or never left.
    SendRejected,
    /// Nobody knows whether a send arrived.
    SendUnknown,
    /// A put was throttled.
    PutThrottled,
    /// A put timed out, or met a fault of the service.
    PutFailed,
    /// A put was refused for good.
    PutRefused,
    /// A session arrived beyond the run's own limits.
    SessionDropped,
    /// The application's own rate limit let a session send nothing.
    SessionLimited,
    /// No message of a session could be sent.
    SessionUnsent,
    /// A call left later than `max_lag` allows.
    CallLate,
}

/// How often something went wrong, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// How often.
    pub count: u64,
    /// The first time.
    pub first: SimTime,
    /// The last time.
    pub last: SimTime,
}

/// All that went wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    seen: [Seen; Problem::ALL.len()],
}

impl Problem {
    /// All kinds, in the order of every listing.
    pub const ALL: [Self; 10] = [
        Self::SendThrottled,
        Self::SendRejected,
        Self::SendUnknown,
        Self::PutThrottled,
        Self::PutFailed,
        Self::PutRefused,
        Self::SessionDropped,
        Self::SessionLimited,
        Self::SessionUnsent,
        Self::CallLate,
    ];

    /// What it is, for people.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::SendThrottled => "sends throttled",
            Self::SendRejected => "sends refused, or never left",
            Self::SendUnknown => "sends without an answer: nobody knows whether they arrived",
            Self::PutThrottled => "feedback throttled",
            Self::PutFailed => "feedback to be put again: timed out, or a fault of the service",
            Self::PutRefused => "feedback refused for good",
            Self::SessionDropped => "sessions dropped: beyond --max-sessions or --max-in-flight",
            Self::SessionLimited => "sessions refused by the application's rate limit",
            Self::SessionUnsent => "sessions of which no message could be sent",
            Self::CallLate => "sends that left later than max_lag allows",
        }
    }

    /// The same as a label of metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::SendThrottled => "send_throttled",
            Self::SendRejected => "send_rejected",
            Self::SendUnknown => "send_unknown",
            Self::PutThrottled => "feedback_throttled",
            Self::PutFailed => "feedback_failed",
            Self::PutRefused => "feedback_refused",
            Self::SessionDropped => "session_dropped",
            Self::SessionLimited => "session_rate_limited",
            Self::SessionUnsent => "session_send_failed",
            Self::CallLate => "call_late",
        }
    }

    /// What a send's answer shows.
    #[must_use]
    pub const fn of_send(answer: &SendAnswer) -> Option<Self> {
        match answer {
            SendAnswer::Accepted(_) => None,
            SendAnswer::Throttled => Some(Self::SendThrottled),
            SendAnswer::Rejected => Some(Self::SendRejected),
            SendAnswer::Unknown => Some(Self::SendUnknown),
        }
    }

    /// What a put's answer shows.
    #[must_use]
    pub const fn of_put(answer: PutAnswer) -> Option<Self> {
        match answer {
            PutAnswer::Done => None,
            PutAnswer::Throttled => Some(Self::PutThrottled),
            PutAnswer::Again => Some(Self::PutFailed),
            PutAnswer::Refused => Some(Self::PutRefused),
        }
    }

    /// What a note shows, and when.
    #[must_use]
    pub const fn of_note(note: &Note) -> Option<(Self, SimTime)> {
        match note {
            Note::Finished { at, outcome, .. } => match outcome {
                Outcome::Dropped => Some((Self::SessionDropped, *at)),
                Outcome::RateLimited => Some((Self::SessionLimited, *at)),
                Outcome::SendFailed => Some((Self::SessionUnsent, *at)),
                Outcome::Verified
                | Outcome::Expired
                | Outcome::LockedOut
                | Outcome::Abandoned
                | Outcome::Unfinished => None,
            },
            Note::Unanswered { at, send: true, .. } => Some((Self::SendUnknown, *at)),
            Note::Unanswered { at, send: false, .. } => Some((Self::PutFailed, *at)),
            Note::Arrived { .. }
            | Note::Accepted { .. }
            | Note::Reading { .. }
            | Note::Entered { .. }
            | Note::Resent { .. }
            | Note::ResendRefused { .. }
            | Note::Settled { .. }
            | Note::Held { .. }
            | Note::InLine { .. }
            | Note::Retrying { .. } => None,
        }
    }
}

impl Problems {
    /// It happened at `at`.
    pub fn record(&mut self, problem: Problem, at: SimTime) {
        self.seen[problem as usize].add(Seen { count: 1, first: at, last: at });
    }

    /// Adds what another shard saw.
    pub fn add(&mut self, other: &Self) {
        self.seen.iter_mut().zip(other.seen).for_each(|(mine, theirs)| mine.add(theirs));
    }

    /// What was seen, in the order of the first time.
    #[must_use]
    pub fn in_order(&self) -> Vec<(Problem, Seen)> {
        let all = Problem::ALL.into_iter().zip(self.seen);
        let mut found: Vec<_> = all.filter(|(_, seen)| seen.count > 0).collect();
        found.sort_by_key(|(_, seen)| seen.first);
        found
    }

    /// What was seen of one kind.
    #[must_use]
    pub const fn of(&self, problem: Problem) -> Seen {
        self.seen[problem as usize]
    }
}

impl Seen {
    fn add(&mut self, other: Self) {
        if other.count == 0 {
            return;
        }
        let is_first = self.count == 0;
        self.first = if is_first { other.first } else { self.first.min(other.first) };
        self.last = if is_first { other.last } else { self.last.max(other.last) };
        self.count += other.count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_place() {
        for (place, problem) in Problem::ALL.into_iter().enumerate() {
            assert_eq!(problem as usize, place);
        }
    }

    #[test]
    fn the_first_and_the_last_time_of_all_shards_are_kept() {
        let at = SimTime::from_secs;
        let (mut one, mut other) = (Problems::default(), Problems::default());
        one.record(Problem::SendThrottled, at(5));
        other.record(Problem::SendThrottled, at(3));
        other.record(Problem::SendThrottled, at(9));
        other.record(Problem::PutFailed, at(4));
        one.add(&other);
        let throttled = Seen { count: 3, first: at(3), last: at(9) };
        let failed = Seen { count: 1, first: at(4), last: at(4) };
        let expected = [(Problem::SendThrottled, throttled), (Problem::PutFailed, failed)];
        assert_eq!(one.in_order(), expected);
    }
}
