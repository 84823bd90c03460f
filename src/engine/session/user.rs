//! What a session's user does: asks for another code, reads, types, tries again.

use super::{Action, Session, User, World, nth_of, person};
use crate::{
    engine::{
        message::Stage,
        otp::Otp,
        outcome::{Outcome, Refusal},
    },
    scenario::policy::OlderCode,
};
use sms_voice_mock::service::{
    carrier::Fate,
    dice::Draw,
    time::{Nanos, SimTime},
};

impl Session {
    /// The attack it belongs to, by index; `None` for a user.
    #[must_use]
    pub fn attack(&self) -> Option<u8> {
        match self.user {
            User::Pumping { attack } => Some(attack),
            User::Waiting { .. } | User::Typing { .. } | User::Gone => None,
        }
    }

    /// Draws whether and when the user will ask for another code.
    pub(super) fn schedule_ask(&mut self, now: SimTime, world: World<'_>) {
        let nth = u32::from(self.asks);
        let Some(asks) = self.asks.checked_add(1) else {
            // Nobody asks for ever, be it at one instant.
            self.next_ask = SimTime::NEVER;
            return;
        };
        self.asks = asks;
        let who = (self.index, self.place, self.user);
        let after = person::asks_within(Nanos::MAX, who, nth, world);
        self.next_ask = after.map_or(SimTime::NEVER, |after| now + after);
    }

    pub(super) fn ask(&mut self, now: SimTime, world: World<'_>) -> Option<Action> {
        self.next_ask = SimTime::NEVER;
        let admitted = match self.refused(now, world) {
            Some(refusal) => Err(refusal),
            None => world.gate.admit_message(now, self.place.country, self.user_id),
        };
        match admitted {
            Ok(()) => self.request_message(now, world),
            Err(refusal) => {
                if refusal != Refusal::ResendLimit {
                    self.schedule_ask(now, world);
                }
                Some(Action::Refused(refusal))
            }
        }
    }

    /// Why the application refuses another code by what it knows of this session alone.
    pub(super) fn refused(&self, now: SimTime, world: World<'_>) -> Option<Refusal> {
        let last = self.messages.last().map_or(SimTime::ZERO, |message| message.due);
        refused((self.messages.len(), last), now, world)
    }

    /// What becomes of message `nth`.
    pub(super) fn fate(&self, nth: u8, world: World<'_>) -> Fate {
        match self.ahead {
            Some(ahead) if nth == 0 => ahead.fate,
            _ => self.carrier(world).fate(world.dice, self.index, nth.into()),
        }
    }

    pub(super) fn read(&mut self, from: SimTime, nth: u8, world: World<'_>) -> Option<Action> {
        let takes = self.reading(self.tries, world);
        self.user = User::Typing { at: from + takes, nth };
        Some(Action::Read { nth, takes })
    }

    /// How long reading and typing takes after so many tries.
    #[inline]
    pub(super) fn reading(&self, tries: u8, world: World<'_>) -> Nanos {
        match self.ahead {
            Some(ahead) if tries == 0 => ahead.reading,
            _ => person::reading((self.index, self.place), tries, world),
        }
    }

    /// Whether the next try after so many is typed right.
    #[inline]
    pub(super) fn types_right(&self, tries: u8, world: World<'_>) -> bool {
        match self.ahead {
            Some(ahead) if tries == 0 => ahead.right,
            _ => person::types_right((self.index, self.place), tries, world),
        }
    }

    /// The user enters the code of message `nth`, or something like it.
    pub(super) fn enter(&mut self, now: SimTime, nth: u8, world: World<'_>) -> Option<Action> {
        let (policy, address) = (&world.scenario.policy, u32::from(self.tries));
        let entered = if self.types_right(self.tries, world) {
            Entered::CodeOf(nth)
        } else {
            let mut rng = world.dice.at(self.index, Draw::WrongCode, address);
            Entered::Other(self.code(nth, world).mistyped(&policy.code, &mut rng))
        };
        self.tries += 1;
        if let Some(place) = self.place_of_code(now, &entered, world) {
            self.messages[place].used = true;
            self.entered = Some(nth_of(place));
            return self.finish(Outcome::Verified);
        }
        if policy.tries <= self.tries {
            return self.finish(Outcome::LockedOut);
        }
        match (self.newest_arrived(now), self.newest_alive()) {
            (Some(newer), _) if nth < newer => self.read(now, newer, world),
            (_, Some(asked)) if nth < asked => {
                self.user = User::Waiting { seen: nth + 1, since: now };
                (self.next_ask, self.gives_up_at) = (SimTime::NEVER, SimTime::NEVER);
                None
            }
            _ => self.read(now, nth, world),
        }
    }

    /// The application's check: which message of the session holds this code, still good.
    fn place_of_code(&self, now: SimTime, entered: &Entered, world: World<'_>) -> Option<usize> {
        let policy = &world.scenario.policy;
        let newest = self.newest_alive().map(usize::from);
        self.messages.iter().enumerate().rev().find_map(|(place, message)| {
            let current = policy.older_code == OlderCode::Valid || Some(place) == newest;
            let alive = now < message.due + policy.lifetime;
            let accepted = matches!(message.stage, Stage::Accepted(_));
            let good = current && alive && accepted && !message.used;
            (good && self.is_code(nth_of(place), entered, world)).then_some(place)
        })
    }

    fn is_code(&self, nth: u8, entered: &Entered, world: World<'_>) -> bool {
        match entered {
            Entered::CodeOf(own) if *own == nth => true,
            Entered::CodeOf(own) => self.code(nth, world).matches(&self.code(*own, world)),
            Entered::Other(other) => self.code(nth, world).matches(other),
        }
    }

    /// The code of message `nth`.
    pub(in crate::engine) fn code(&self, nth: u8, world: World<'_>) -> Otp {
        Otp::fresh(&world.scenario.policy.code, world.dice, self.index, nth)
    }
}

/// Why the application refuses another code to a session that had so many, the last `due` then.
#[inline]
pub(super) fn refused(
    (messages, due): (usize, SimTime),
    now: SimTime,
    world: World<'_>,
) -> Option<Refusal> {
    let policy = &world.scenario.policy;
    if usize::from(policy.resends) < messages {
        return Some(Refusal::ResendLimit);
    }
    (now < due + policy.cool_down).then_some(Refusal::CoolDown)
}

/// What a user typed.
enum Entered {
    /// The code of this message.
    CodeOf(u8),
    /// Something else.
    Other(Otp),
}
