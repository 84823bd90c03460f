//! What a session's user does: asks for another code, reads, types, tries again.

use super::{Action, Session, User, World, nth_of};
use crate::{
    engine::{
        message::Stage,
        otp::Otp,
        outcome::{Outcome, Refusal},
    },
    scenario::policy::OlderCode,
};
use sms_voice_mock::service::{dice::Draw, time::SimTime};

impl Session {
    /// Draws whether and when the user will ask for another code.
    pub(super) fn schedule_ask(&mut self, now: SimTime, world: World<'_>) {
        let nth = u32::from(self.asks);
        self.asks = self.asks.saturating_add(1);
        self.next_ask = SimTime::NEVER;
        let users = self.users(world);
        let probability = match self.attack() {
            Some(attack) => world.scenario.arrivals.attacks[usize::from(attack)].resend_probability,
            None => users.resend_probability.get(nth as usize).copied().unwrap_or(0.0),
        };
        if self.user != User::Gone && world.dice.happens(probability, self.index, Draw::Resend, nth)
        {
            let mut rng = world.dice.at(self.index, Draw::ResendAfter, nth);
            self.next_ask = now + users.resend_after.sample(&mut rng);
        }
    }

    pub(super) fn ask(&mut self, now: SimTime, world: World<'_>) -> Option<Action> {
        let policy = &world.scenario.policy;
        self.next_ask = SimTime::NEVER;
        if usize::from(policy.resends) < self.messages.len() {
            return Some(Action::Refused(Refusal::ResendLimit));
        }
        let last = self.messages.last().map_or(SimTime::ZERO, |message| message.due);
        let admitted = if now < last + policy.cool_down {
            Err(Refusal::CoolDown)
        } else {
            world.gate.admit_message(now, self.place.country, self.user_id)
        };
        match admitted {
            Ok(()) => self.request_message(now, world),
            Err(refusal) => {
                self.schedule_ask(now, world);
                Some(Action::Refused(refusal))
            }
        }
    }

    pub(super) fn read(&mut self, from: SimTime, nth: u8, world: World<'_>) -> Option<Action> {
        let mut rng = world.dice.at(self.index, Draw::ReadDelay, u32::from(self.tries));
        let takes = self.users(world).read_delay.sample(&mut rng);
        self.user = User::Typing { at: from + takes, nth };
        Some(Action::Read { nth, takes })
    }

    /// The user enters the code of message `nth`, or something like it.
    pub(super) fn enter(&mut self, now: SimTime, nth: u8, world: World<'_>) -> Option<Action> {
        let (policy, address) = (&world.scenario.policy, u32::from(self.tries));
        let code = self.messages[usize::from(nth)].code.expect("a code is used once, at the end");
        let right = self.users(world).right_code;
        let entered = if world.dice.happens(right, self.index, Draw::RightCode, address) {
            code
        } else {
            code.mistyped(&policy.code, &mut world.dice.at(self.index, Draw::WrongCode, address))
        };
        self.tries += 1;
        if let Some(place) = self.place_of_code(now, &entered, world) {
            self.messages[place].code = None;
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
    fn place_of_code(&self, now: SimTime, entered: &Otp, world: World<'_>) -> Option<usize> {
        let policy = &world.scenario.policy;
        let newest = self.newest_alive().map(usize::from);
        self.messages.iter().enumerate().rev().find_map(|(place, message)| {
            let current = policy.older_code == OlderCode::Valid || Some(place) == newest;
            let alive = now < message.due + policy.lifetime;
            let accepted = matches!(message.stage, Stage::Accepted(_));
            let matches = message.code.is_some_and(|code| code.matches(entered));
            (matches && current && alive && accepted).then_some(place)
        })
    }
}
