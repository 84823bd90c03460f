//! Who arrives, and what they mean to do.

use super::{User, World, scaled};
use crate::{
    engine::{arrivals::Arrival, outcome::Place},
    scenario::country::Users,
};
use sms_voice_mock::service::{
    carrier::Carrier,
    dice::Draw,
    time::{Nanos, SimTime},
};

/// Who arrives, before anything has happened.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    /// The number of their session in the global schedule.
    pub session: u64,
    /// Where they belong.
    pub place: Place,
    /// Who it is: application limits key on this.
    pub user_id: u64,
    /// When they arrive.
    pub arrived_at: SimTime,
    /// Whether they wait for a code.
    pub(super) user: User,
}

impl Person {
    /// The person of this arrival.
    #[inline]
    #[must_use]
    pub fn new(arrival: Arrival, world: World<'_>) -> Self {
        let Arrival { session, at: arrived_at, piece } = arrival;
        let dice = world.dice;
        let unit = dice.unit(session, Draw::Country, 0);
        let origin = world.scenario.origin(piece, arrived_at, unit, world.odds);
        let country = usize::from(origin.country);
        let carrier = world.odds.carriers[country].place(dice.unit(session, Draw::Carrier, 0));
        let template = world.odds.templates.place(dice.unit(session, Draw::Template, 0));
        let small = |n: usize| u16::try_from(n).expect("a scenario has fewer than 65,536 of each");
        let place =
            Place { country: origin.country, carrier: small(carrier), template: small(template) };
        let users = &world.scenario.countries[country].users;
        let user_id = match users.pool {
            // Nobody of an attack is one of the returning users.
            Some(pool) if origin.attack.is_some() => pool + session,
            Some(pool) => scaled(dice.unit(session, Draw::PoolUser, 0), pool),
            None => session,
        };
        let finish = users.finish * world.scenario.templates[template].conversion_effect;
        let user = match origin.attack {
            Some(attack) => User::Pumping { attack },
            None if dice.happens(finish.min(1.0), session, Draw::Intent, 0) => {
                User::Waiting { seen: 0, since: arrived_at }
            }
            None => User::Gone,
        };
        Self { session, place, user_id, arrived_at, user }
    }

    /// After how long they wait no longer for their first code; `None` if not within this time.
    #[inline]
    pub(super) fn gives_up_within(self, limit: Nanos, world: World<'_>) -> Option<Nanos> {
        let User::Waiting { .. } = self.user else { return None };
        let mut rng = world.dice.at(self.session, Draw::GiveUp, 0);
        users(self.place, world).gives_up_after.sample_below(&mut rng, limit)
    }

    /// The carrier of their number.
    #[inline]
    pub(super) fn carrier(self, world: World<'_>) -> &Carrier {
        let country = &world.scenario.countries[usize::from(self.place.country)];
        &country.carriers[usize::from(self.place.carrier)]
    }
}

/// What the users of a place do.
#[inline]
pub(super) fn users(place: Place, world: World<'_>) -> &Users {
    &world.scenario.countries[usize::from(place.country)].users
}

/// After how long the user of a session there asks for another code, who asked so many times before, if they do;
/// `None` if not within this time.
#[inline]
pub(super) fn asks_within(
    limit: Nanos,
    (session, place, user): (u64, Place, User),
    nth: u32,
    world: World<'_>,
) -> Option<Nanos> {
    let users = users(place, world);
    let probability = match user {
        User::Gone => return None,
        User::Pumping { attack } => {
            world.scenario.arrivals.attacks[usize::from(attack)].resend_probability
        }
        User::Waiting { .. } | User::Typing { .. } => {
            users.resend_probability.get(nth as usize).copied().unwrap_or(0.0)
        }
    };
    if !world.dice.happens(probability, session, Draw::Resend, nth) {
        return None;
    }
    let mut rng = world.dice.at(session, Draw::ResendAfter, nth);
    users.resend_after.sample_below(&mut rng, limit)
}

/// How long reading and typing takes after so many tries.
#[inline]
pub(super) fn reading((session, place): (u64, Place), tries: u8, world: World<'_>) -> Nanos {
    let mut rng = world.dice.at(session, Draw::ReadDelay, u32::from(tries));
    users(place, world).read_delay.sample(&mut rng)
}

/// Whether the next try after so many is typed right.
#[inline]
pub(super) fn types_right((session, place): (u64, Place), tries: u8, world: World<'_>) -> bool {
    let share = users(place, world).right_code;
    world.dice.happens(share, session, Draw::RightCode, u32::from(tries))
}
