//! One user's attempt to verify one number: a state machine without I/O.
//!
//! Time is an argument and logical time is the deadline: delays run from the logical instant of a
//! send, not from its measured answer, so a slow answer changes no decision unless it comes after the
//! decision was due. That is why a live run and a virtual one tell the same story.
//!
//! **Invariant:** one function, `Session::arm`, sets the deadline, and never in the past.

mod holding;
mod person;
mod plain;
mod sending;
mod retries;
mod user;

pub use holding::Holding;
pub use person::Person;
pub use plain::{Plain, Refused};
pub(super) use sending::backed_off;
use user::refused;

use super::{
    arrivals::Arrival,
    gate::Gate,
    message::{Message, Stage},
    outcome::{Attempt, Outcome, Place, Refusal, SendAnswer},
};
use crate::scenario::{Scenario, country::Country, odds::Odds};
use smallvec::SmallVec;
use sms_voice_mock::service::{
    carrier::{Carrier, Fate},
    dice::Dice,
    time::{Nanos, SimTime},
};

/// Everything a transition may read besides the session itself.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The campaign.
    pub scenario: &'a Scenario,
    /// What its sessions choose by.
    pub odds: &'a Odds,
    /// Its chance.
    pub dice: Dice,
    /// What sessions share.
    pub gate: &'a Gate,
}

/// What the session is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The user asks for the first code.
    Arrived,
    /// The session's own deadline has come.
    DeadlineReached,
    /// A worker is free for message `nth`, which waited for one.
    Called {
        /// Which message.
        nth: u8,
    },
    /// The service answered an attempt at message `nth`.
    Answered {
        /// Which message.
        nth: u8,
        /// Which attempt.
        attempt: u8,
        /// What the service said.
        answer: SendAnswer,
    },
    /// The run ends here for every open session.
    CutOff,
}

/// What the session asks of the outside world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Call `SendTextMessage` for message `nth`.
    Send {
        /// Which message.
        nth: u8,
    },
    /// Message `nth` was accepted, and this becomes of it.
    Accepted {
        /// Which message.
        nth: u8,
        /// Delivery and receipt.
        fate: Fate,
    },
    /// The SDK will repeat the call of message `nth`.
    Retrying {
        /// Which message.
        nth: u8,
        /// Whether nobody knows what came of the attempt before.
        unclear: bool,
    },
    /// The user asked for another code and got none.
    Refused(Refusal),
    /// The user has message `nth` in hand and begins to read and type.
    Read {
        /// Which message.
        nth: u8,
        /// How long it takes.
        takes: Nanos,
    },
    /// The session ended.
    Finish(Outcome),
}

/// What the user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum User {
    /// Has waited `since` then for a message after the first `seen`.
    Waiting { seen: u8, since: SimTime },
    /// Enters the code of message `nth` at `at`.
    Typing { at: SimTime, nth: u8 },
    /// Has left, or never meant to finish.
    Gone,
    /// Belongs to an attack: asks for codes and reads none.
    Pumping { attack: u8 },
}

/// What a session does next by its own will.
enum Due {
    /// The last code's lifetime has ended.
    End,
    /// Message `nth` leaves, or waits no longer.
    Message(u8),
    /// Entering the code of message `nth`.
    Enter(u8),
    /// Reading message `nth`, beginning at `from`.
    Read { nth: u8, from: SimTime },
    /// Asking for another code.
    Ask,
    /// Waiting no longer.
    GiveUp,
    /// Nothing.
    Nothing,
}

/// One user's attempt to verify one number.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its number in the global schedule.
    pub index: u64,
    /// Where it belongs.
    pub place: Place,
    /// Whose it is: application limits key on this.
    pub user_id: u64,
    /// When it arrived.
    pub arrived_at: SimTime,
    messages: SmallVec<[Message; 1]>,
    user: User,
    outcome: Option<Outcome>,
    /// The message whose code was entered.
    entered: Option<u8>,
    /// Codes entered so far.
    tries: u8,
    /// Times the user has thought about asking for another code.
    asks: u8,
    next_ask: SimTime,
    gives_up_at: SimTime,
    deadline: SimTime,
    ahead: Option<Ahead>,
}

/// What most sessions draw later, drawn before: chance has addresses, so it is the same.
#[derive(Clone, Copy, Debug)]
struct Ahead {
    /// What becomes of the first message.
    fate: Fate,
    /// How long the first reading takes.
    reading: Nanos,
    /// Whether the first try is typed right.
    right: bool,
}

impl Session {
    /// The session that arrives, before anything has happened.
    #[must_use]
    pub fn new(arrival: Arrival, world: World<'_>) -> Self {
        Self::of(Person::new(arrival, world), world)
    }

    /// The session of a person who arrives.
    #[must_use]
    pub fn of(person: Person, world: World<'_>) -> Self {
        let Person { session: index, place, user_id, arrived_at, user } = person;
        let gives_up_after = person.gives_up_within(Nanos::MAX, world);
        let mut this = Self {
            index,
            place,
            user_id,
            arrived_at,
            messages: SmallVec::new(),
            user,
            outcome: None,
            entered: None,
            tries: 0,
            asks: 0,
            next_ask: SimTime::NEVER,
            gives_up_at: gives_up_after.map_or(SimTime::NEVER, |after| arrived_at + after),
            deadline: SimTime::NEVER,
            ahead: None,
        };
        this.schedule_ask(arrived_at, world);
        this
    }

    /// Draws now what most sessions draw later, for whoever has time for it now.
    pub fn draw_ahead(&mut self, world: World<'_>) {
        let who = (self.index, self.place);
        self.ahead = Some(Ahead {
            fate: self.carrier(world).fate(world.dice, self.index, 0),
            reading: person::reading(who, 0, world),
            right: person::types_right(who, 0, world),
        });
    }

    /// When the session acts by itself if nothing else happens first.
    #[inline]
    #[must_use]
    pub fn deadline(&self) -> SimTime {
        self.deadline
    }

    /// How it ended, if it has.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// Its messages in the order they were asked for.
    #[must_use]
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The message whose code was entered.
    #[must_use]
    pub fn entered(&self) -> Option<u8> {
        self.entered
    }

    /// How many codes were entered so far.
    #[must_use]
    pub fn tries(&self) -> u8 {
        self.tries
    }

    /// Whether it has ended and every one of its calls was answered.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.outcome.is_some() && !self.messages.iter().any(|m| m.stage == Stage::Calling)
    }

    /// The logical instant at which message `nth` left, or last tried to.
    #[must_use]
    pub fn sent_at(&self, nth: u8) -> SimTime {
        self.messages[usize::from(nth)].released
    }

    /// The address of the latest attempt at message `nth`.
    #[must_use]
    pub fn attempt(&self, nth: u8) -> Attempt {
        let attempt = self.messages[usize::from(nth)].attempt;
        Attempt { session: self.index, nth, attempt }
    }

    /// Advances the session by one event; at most one action comes back.
    pub fn on_event(&mut self, now: SimTime, event: Event, world: World<'_>) -> Option<Action> {
        let action = match (self.outcome, event) {
            (None, Event::Arrived) => self.arrive(now, world),
            (None, Event::DeadlineReached) => self.act(now, world),
            (None, Event::CutOff) => self.finish(Outcome::Unfinished),
            (None, Event::Called { nth }) => self.call(nth, now),
            (_, Event::Answered { nth, attempt, answer }) => {
                self.answered(now, (nth, attempt), answer, world)
            }
            // A session that has ended only waits for its answers.
            (Some(_), Event::CutOff) => None,
            (
                Some(outcome),
                event @ (Event::Arrived | Event::DeadlineReached | Event::Called { .. }),
            ) => {
                unreachable!("{event:?} after {outcome:?}")
            }
        };
        if self.outcome.is_some() {
            self.let_workers_go(world);
        }
        self.arm(now, world);
        action
    }

    fn arrive(&mut self, now: SimTime, world: World<'_>) -> Option<Action> {
        if world.gate.admit_message(now, self.place.country, self.user_id).is_err() {
            return self.finish(Outcome::RateLimited);
        }
        self.request_message(now, world)
    }

    /// Does what is due now by the session's own will.
    fn act(&mut self, now: SimTime, world: World<'_>) -> Option<Action> {
        match self.due(now, world) {
            Due::End => {
                let gone = matches!(self.user, User::Gone | User::Pumping { .. });
                self.finish(if gone { Outcome::Abandoned } else { Outcome::Expired })
            }
            Due::Message(nth) => self.act_on_message(nth, now, world),
            Due::Enter(nth) => self.enter(now, nth, world),
            Due::Read { nth, from } => self.read(from, nth, world),
            Due::Ask => self.ask(now, world),
            Due::GiveUp => {
                self.user = User::Gone;
                None
            }
            Due::Nothing => None,
        }
    }

    /// What is due at `now`. The order settles ties.
    fn due(&self, now: SimTime, world: World<'_>) -> Due {
        if self.expires_at(world) <= now {
            return Due::End;
        }
        if let Some(nth) = self.messages.iter().position(|m| m.acts_at() <= now) {
            return Due::Message(nth_of(nth));
        }
        match self.user {
            User::Typing { at, nth } if at <= now => Due::Enter(nth),
            User::Waiting { seen, since } => match self.newest_arrived(now) {
                // The user's own clock: from when the message came, even if its answer was late.
                Some(nth) if seen <= nth => {
                    let from = self.messages[usize::from(nth)].arrives_at.max(since);
                    Due::Read { nth, from }
                }
                _ if self.next_ask <= now => Due::Ask,
                _ if self.gives_up_at <= now => Due::GiveUp,
                _ => Due::Nothing,
            },
            User::Pumping { .. } if self.next_ask <= now => Due::Ask,
            User::Typing { .. } | User::Gone | User::Pumping { .. } => Due::Nothing,
        }
    }

    /// Whether what the session does at its deadline touches what sessions share.
    #[must_use]
    pub fn meets_others(&self, world: World<'_>) -> bool {
        match self.due(self.deadline, world) {
            Due::Message(_) => true,
            Due::Ask => self.refused(self.deadline, world).is_none(),
            Due::End | Due::Enter(_) | Due::Read { .. } | Due::GiveUp | Due::Nothing => false,
        }
    }

    /// Whether one of its messages waits for a worker.
    #[must_use]
    pub fn is_in_line(&self) -> bool {
        self.messages.iter().any(|m| matches!(m.stage, Stage::InLine { .. }))
    }

    /// The newest message that has reached the handset.
    fn newest_arrived(&self, now: SimTime) -> Option<u8> {
        self.messages.iter().rposition(|m| m.arrives_at <= now).map(nth_of)
    }

    /// The newest message that was not lost: the one whose code counts.
    #[must_use]
    pub fn newest_alive(&self) -> Option<u8> {
        self.messages.iter().rposition(Message::is_alive).map(nth_of)
    }

    /// The end of the last code.
    fn expires_at(&self, world: World<'_>) -> SimTime {
        let alive = self.messages.iter().filter(|m| m.is_alive());
        alive.map(|m| m.due + world.scenario.policy.lifetime).max().unwrap_or(SimTime::NEVER)
    }

    fn finish(&mut self, outcome: Outcome) -> Option<Action> {
        self.outcome = Some(outcome);
        Some(Action::Finish(outcome))
    }

    /// The only place that sets the deadline.
    fn arm(&mut self, now: SimTime, world: World<'_>) {
        if self.outcome.is_some() {
            self.deadline = SimTime::NEVER;
            return;
        }
        let attempts = self.messages.iter().map(Message::acts_at);
        let user = match self.user {
            User::Typing { at, .. } => at,
            User::Waiting { seen, .. } => {
                let unseen = self.messages[usize::from(seen).min(self.messages.len())..].iter();
                let arrival = unseen.map(|m| m.arrives_at).min().unwrap_or(SimTime::NEVER);
                arrival.min(self.next_ask).min(self.gives_up_at)
            }
            User::Pumping { .. } => self.next_ask,
            User::Gone => SimTime::NEVER,
        };
        let next = attempts.min().unwrap_or(SimTime::NEVER).min(user).min(self.expires_at(world));
        self.deadline = next.max(now);
    }

    fn country<'a>(&self, world: World<'a>) -> &'a Country {
        &world.scenario.countries[usize::from(self.place.country)]
    }

    fn carrier<'a>(&self, world: World<'a>) -> &'a Carrier {
        &self.country(world).carriers[usize::from(self.place.carrier)]
    }
}

fn nth_of(place: usize) -> u8 {
    u8::try_from(place).expect("a session has at most ten messages")
}

/// A whole number below `below`, from a uniform number in (0, 1).
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the product is positive and below the bound"
)]
fn scaled(unit: f64, below: u64) -> u64 {
    (unit * below as f64) as u64
}

#[cfg(test)]
mod tests;
