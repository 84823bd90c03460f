//! A plain session, or the rest of one, worked out at once.
//!
//! Most users get the code, enter it right and are done, or leave, and once their message has left meet nobody.
//! Where all instants are known beforehand, only their order decides.
//!
//! **Invariant:** it is what the session's steps would do, note by note.

use super::{Session, User, World};
use crate::engine::{
    feedback::{Decision, decide_about_only},
    message::{MessageRef, Stage},
    outcome::{Note, Outcome, Place},
};
use sms_voice_mock::service::time::SimTime;
use std::time::Duration;

/// A session that needs one message, as it goes if that leaves on arrival and is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plain {
    /// Its number in the global schedule.
    pub session: u64,
    /// Where it belongs.
    pub place: Place,
    /// Whose it is.
    pub user_id: u64,
    /// When it arrives.
    pub arrived_at: SimTime,
    /// When its send is answered.
    pub accepted_at: SimTime,
    /// When it ends.
    pub end: SimTime,
    /// How.
    pub outcome: Outcome,
    /// Whether the message reaches the handset.
    pub delivered: bool,
    /// Whether a receipt claims that it does.
    pub claimed: bool,
    /// What becomes of its feedback.
    pub decision: Decision,
}

/// How a plain session goes on once its message is accepted.
struct Course {
    end: SimTime,
    outcome: Outcome,
    /// How long the user reads and types for the first time; `None` if the message is never read.
    reading: Option<Duration>,
    /// How many wrong codes the user enters.
    wrong: u8,
}

impl Session {
    /// How a session that has not arrived yet goes, if its only message leaves on arrival and is accepted as an answer
    /// at `accepted_at` says; `None` if that is not all of it, or if its end is after `until`.
    #[inline]
    #[must_use]
    pub fn foresee(&self, accepted_at: SimTime, until: SimTime, world: World<'_>) -> Option<Plain> {
        let Self { index: session, place, user_id, arrived_at, .. } = *self;
        let expires = arrived_at + world.scenario.policy.lifetime;
        if expires < accepted_at {
            return None;
        }
        let carrier = self.carrier(world);
        let delivered_after = carrier.delivered_after(world.dice, session, 0);
        let arrives_at = delivered_after.map_or(SimTime::NEVER, |after| arrived_at + after);
        let Course { end, outcome, .. } = self.course((accepted_at, arrives_at, expires), world)?;
        if until < end {
            return None;
        }
        let delivered = delivered_after.is_some();
        let claimed = carrier.receipt_claims(world.dice, session, 0, delivered) == Some(true);
        let decision = decide_about_only(session, outcome, world);
        Some(Plain {
            session,
            place,
            user_id,
            arrived_at,
            accepted_at,
            end,
            outcome,
            delivered,
            claimed,
            decision,
        })
    }

    /// Plays a session to its end, whose only message is accepted under `id` as the answer `now` says. When that
    /// end is comes back; `None`, and nothing has happened, if it is after `until` or if more happens before it
    /// than that the user reads once and is right.
    pub fn play_out(
        &mut self,
        now: SimTime,
        until: SimTime,
        id: &MessageRef,
        world: World<'_>,
        mut tell: impl FnMut(Note),
    ) -> Option<SimTime> {
        let [message] = self.messages.as_slice() else { return None };
        if message.stage != Stage::Calling || self.outcome.is_some() || self.tries > 0 {
            return None;
        }
        let (sent_at, expires) = (message.released, message.due + world.scenario.policy.lifetime);
        let fate = self.fate(0, world);
        let arrives_at = fate.delivered_after.map_or(SimTime::NEVER, |after| sent_at + after);
        let course = self.course((now, arrives_at, expires), world)?;
        let Course { end, outcome, reading, wrong } = course;
        if until < end || wrong > 0 {
            return None;
        }
        let (attempt, place, arrived_at) = (self.attempt(0), self.place, self.arrived_at);
        tell(Note::Accepted { attempt, place, fate, sent_at });
        if let Some(takes) = reading {
            tell(Note::reading(attempt, takes));
        }
        let message = &mut self.messages[0];
        (message.stage, message.arrives_at) = (Stage::Accepted(id.clone()), arrives_at);
        if outcome == Outcome::Verified {
            message.used = true;
            (self.entered, self.tries) = (Some(0), 1);
            tell(Note::Entered { at: end, session: self.index, place, nth: 1, right: true });
        }
        self.outcome = Some(outcome);
        self.arm(end, world);
        tell(Note::Finished { at: end, arrived_at, place, outcome });
        Some(end)
    }

    /// What follows from the order of these instants: the answer's, the message's arrival and its end. Ties are
    /// settled as in [`Self::due`].
    #[inline]
    fn course(
        &self,
        (answered, arrives_at, expires): (SimTime, SimTime, SimTime),
        world: World<'_>,
    ) -> Option<Course> {
        let unread = |outcome| Some(Course { end: expires, outcome, reading: None, wrong: 0 });
        let since = match self.user {
            User::Waiting { seen: 0, since } => since,
            User::Gone | User::Pumping { .. } if expires <= self.next_ask => {
                return unread(Outcome::Abandoned);
            }
            User::Waiting { .. } | User::Typing { .. } | User::Gone | User::Pumping { .. } => {
                return None;
            }
        };
        let read = arrives_at.max(answered);
        let (ask, leave, there_until) = (self.next_ask, self.gives_up_at, read.min(expires));
        if ask < there_until && ask <= leave {
            return None;
        }
        if leave < there_until {
            return unread(Outcome::Abandoned);
        }
        if expires <= read {
            return unread(Outcome::Expired);
        }
        let reading = self.reading(0, world);
        // The user's own clock: from when the message came, even if its answer was late.
        let mut typed = (arrives_at.max(since) + reading).max(read);
        let course = |end, outcome, wrong| Course { end, outcome, reading: Some(reading), wrong };
        for tries in 0..world.scenario.policy.tries {
            if expires <= typed {
                return Some(course(expires, Outcome::Expired, tries));
            }
            if self.types_right(tries, world) {
                return Some(course(typed, Outcome::Verified, tries));
            }
            if tries + 1 < world.scenario.policy.tries {
                typed += self.reading(tries + 1, world);
            }
        }
        Some(course(typed, Outcome::LockedOut, world.scenario.policy.tries))
    }
}
