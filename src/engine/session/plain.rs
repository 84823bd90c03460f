//! A plain session, or the rest of one, worked out at once.
//!
//! Most users get the code, enter it right and are done, or leave, and once their message has left meet nobody.
//! Where all instants are known beforehand, only their order decides.
//!
//! **Invariant:** it is what the session's steps would do, note by note.

use super::{Person, Session, User, World, person};
use crate::engine::{
    feedback::{Decision, decide_about_only},
    message::{MessageRef, Stage},
    outcome::{Note, Outcome, Place, Refusal},
};
use sms_voice_mock::service::time::{Nanos, SimTime};

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
    /// How often the user asked for another code in vain.
    pub refused: Refused,
}

/// How often a user asked for another code in vain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// Too soon.
    pub cool_down: u8,
    /// Whether the session had all its codes.
    pub resend_limit: bool,
}

/// How a plain session goes on once its message is accepted.
struct Course {
    end: SimTime,
    outcome: Outcome,
    /// How long the user reads and types for the first time; `None` if the message is never read.
    reading: Option<Nanos>,
    /// How many wrong codes the user enters.
    wrong: u8,
    refused: Refused,
}

/// What a course follows from.
trait Plans {
    fn user(&self) -> User;

    /// When the user asks for another code who asked so many times before, the last time `from` then, if that is
    /// before then; if not, any later time.
    fn asks(&self, nth: u8, from: SimTime, before: SimTime, world: World<'_>) -> SimTime;

    /// When the user waits no longer, if that is before then; if not, any later time.
    fn leaves(&self, before: SimTime, world: World<'_>) -> SimTime;

    /// How long reading and typing takes after so many tries.
    fn reading(&self, tries: u8, world: World<'_>) -> Nanos;

    /// Whether the next try after so many is typed right.
    fn types_right(&self, tries: u8, world: World<'_>) -> bool;
}

impl Plans for Session {
    fn user(&self) -> User {
        self.user
    }

    /// Only the next time is known.
    fn asks(&self, nth: u8, _from: SimTime, _before: SimTime, _world: World<'_>) -> SimTime {
        if nth == 0 { self.next_ask } else { SimTime::NEVER }
    }

    fn leaves(&self, _before: SimTime, _world: World<'_>) -> SimTime {
        self.gives_up_at
    }

    fn reading(&self, tries: u8, world: World<'_>) -> Nanos {
        self.reading(tries, world)
    }

    fn types_right(&self, tries: u8, world: World<'_>) -> bool {
        self.types_right(tries, world)
    }
}

impl Plans for Person {
    #[inline]
    fn user(&self) -> User {
        self.user
    }

    #[inline]
    fn asks(&self, nth: u8, from: SimTime, before: SimTime, world: World<'_>) -> SimTime {
        let who = (self.session, self.place, self.user);
        let after = person::asks_within(before.nanos_since(from), who, nth.into(), world);
        after.map_or(SimTime::NEVER, |after| from + after)
    }

    #[inline]
    fn leaves(&self, before: SimTime, world: World<'_>) -> SimTime {
        let after = self.gives_up_within(before.nanos_since(self.arrived_at), world);
        after.map_or(SimTime::NEVER, |after| self.arrived_at + after)
    }

    #[inline]
    fn reading(&self, tries: u8, world: World<'_>) -> Nanos {
        person::reading((self.session, self.place), tries, world)
    }

    #[inline]
    fn types_right(&self, tries: u8, world: World<'_>) -> bool {
        person::types_right((self.session, self.place), tries, world)
    }
}

impl Person {
    /// How the session of this person goes, if its only message leaves on arrival and is accepted as an answer
    /// at `accepted_at` says; `None` if that is not all of it, or if its end is after `until`.
    #[inline]
    #[must_use]
    pub fn foresee(self, accepted_at: SimTime, until: SimTime, world: World<'_>) -> Option<Plain> {
        let Self { session, place, user_id, arrived_at, .. } = self;
        let expires = arrived_at + world.scenario.policy.lifetime;
        if expires < accepted_at {
            return None;
        }
        let carrier = self.carrier(world);
        let delivered_after = carrier.delivered_after(world.dice, session, 0);
        let arrives_at = delivered_after.map_or(SimTime::NEVER, |after| arrived_at + after);
        let instants = (accepted_at, arrives_at, expires);
        let Course { end, outcome, refused, .. } = course(&self, arrived_at, instants, world)?;
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
            refused,
        })
    }
}

impl Session {
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
        let asked_at = self.messages[0].due;
        let course = course(self, asked_at, (now, arrives_at, expires), world)?;
        let Course { end, outcome, reading, wrong, refused } = course;
        if until < end || wrong > 0 || refused != Refused::default() {
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
}

/// What follows from the order of these instants: the answer's, the message's arrival and its end, if the message was
/// asked for `asked_at` then. Ties are settled as in [`Session::due`].
#[inline]
fn course(
    user: &impl Plans,
    asked_at: SimTime,
    (answered, arrives_at, expires): (SimTime, SimTime, SimTime),
    world: World<'_>,
) -> Option<Course> {
    let (since, read) = match user.user() {
        User::Waiting { seen: 0, since } => (since, arrives_at.max(answered)),
        User::Gone | User::Pumping { .. } => (asked_at, SimTime::NEVER),
        User::Waiting { .. } | User::Typing { .. } => return None,
    };
    let there_until = read.min(expires);
    let leave = user.leaves(there_until, world);
    let refused = asks_in_vain(user, asked_at, (there_until, leave), world)?;
    let unread = |outcome| Some(Course { end: expires, outcome, reading: None, wrong: 0, refused });
    let waits = matches!(user.user(), User::Waiting { .. });
    if !waits || leave < there_until {
        return unread(Outcome::Abandoned);
    }
    if expires <= read {
        return unread(Outcome::Expired);
    }
    let reading = user.reading(0, world);
    // The user's own clock: from when the message came, even if its answer was late.
    let mut typed = (arrives_at.max(since) + reading).max(read);
    let reading = Some(reading);
    let course = |end, outcome, wrong| Course { end, outcome, reading, wrong, refused };
    for tries in 0..world.scenario.policy.tries {
        if expires <= typed {
            return Some(course(expires, Outcome::Expired, tries));
        }
        if user.types_right(tries, world) {
            return Some(course(typed, Outcome::Verified, tries));
        }
        if tries + 1 < world.scenario.policy.tries {
            typed += user.reading(tries + 1, world);
        }
    }
    Some(course(typed, Outcome::LockedOut, world.scenario.policy.tries))
}

/// How often the user asks for another code in vain, who is there until then, or leaves; `None` if one is sent.
#[inline]
fn asks_in_vain(
    user: &impl Plans,
    asked_at: SimTime,
    (there_until, leave): (SimTime, SimTime),
    world: World<'_>,
) -> Option<Refused> {
    let mut refused = Refused::default();
    let mut ask = user.asks(0, asked_at, there_until, world);
    while ask < there_until && ask <= leave {
        match super::refused((1, asked_at), ask, world)? {
            Refusal::CoolDown => {
                refused.cool_down += 1;
                if refused.cool_down == u8::MAX {
                    break;
                }
                ask = user.asks(refused.cool_down, ask, there_until, world);
            }
            Refusal::ResendLimit => {
                refused.resend_limit = true;
                break;
            }
            Refusal::PerUser | Refusal::PerCountry => return None,
        }
    }
    Some(refused)
}
