//! Answers of accepted sends that are known before their time.
//!
//! The application's queue is paced by them, but only who is throttled asks it, so they wait here until somebody
//! does.
//!
//! **Invariant:** the gate is told of an answer before it is asked anything later, and never earlier.

use crate::engine::{gate::Gate, outcome::Attempt};
use sms_voice_mock::service::time::SimTime;

/// Accepted sends, in no order.
#[derive(Debug, Default)]
pub(super) struct Heard {
    sends: Vec<Accepted>,
    /// Twice as many as were left when somebody last looked.
    look_above: usize,
}

/// The answer to a send that was accepted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accepted {
    pub(super) at: SimTime,
    pub(super) attempt: Attempt,
    pub(super) released: SimTime,
}

/// Which answers are over: those before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Before(SimTime, Attempt);

impl Before {
    /// Those before this instant.
    pub(super) const fn instant(at: SimTime) -> Self {
        Self(at, Attempt { session: 0, nth: 0, attempt: 0 })
    }

    /// Those before the answer to a call that left at `sent`. Answers of one instant come in the order of their
    /// addresses; but where the call itself left at that instant, all that are known by then came before it.
    pub(super) fn answer(at: SimTime, sent: SimTime, attempt: Attempt) -> Self {
        let last = Attempt { session: u64::MAX, nth: u8::MAX, attempt: u8::MAX };
        Self(at, if sent == at { last } else { attempt })
    }
}

/// Below this many nobody looks which have come.
const FEW: usize = 256;

impl Heard {
    #[inline]
    pub(super) fn push(&mut self, accepted: Accepted) {
        self.sends.push(accepted);
    }

    /// Whether it is time to let go of those that have come.
    pub(super) const fn is_long(&self) -> bool {
        FEW + self.look_above < self.sends.len()
    }

    /// Tells the gate of those that are over.
    pub(super) fn tell(&mut self, gate: &Gate, before: Before) {
        let mut latest = None;
        self.sends.retain(|accepted| {
            let is_over = Before(accepted.at, accepted.attempt) < before;
            if is_over {
                latest = latest.max(Some(accepted.released));
            }
            !is_over
        });
        latest.into_iter().for_each(|released| gate.send_accepted(released));
        self.look_above = 2 * self.sends.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::gate::SafetyLimits,
        scenario::{self, Source},
    };

    const SCENARIO: &str = "name = \"queue\"\n\
        [arrivals]\nstages = [{ constant = { rate = 1.0, duration = \"1s\" } }]\n\
        [policy]\non_throttle = { queue = { limit = 9, max_wait = \"60s\", rate = 1.0 } }\n\
        [countries.BR]\nprofile = \"BR\"\n";

    const fn accepted(at: u64, session: u64, released: u64) -> Accepted {
        let attempt = Attempt { session, nth: 0, attempt: 0 };
        Accepted { at: millis(at), attempt, released: millis(released) }
    }

    const fn millis(millis: u64) -> SimTime {
        SimTime::from_nanos(millis * 1_000_000)
    }

    #[test]
    fn an_answer_counts_from_its_instant_on() {
        let source = Source { name: "test", folder: None };
        let loaded = scenario::parse(SCENARIO, source, &[], None).expect("a scenario");
        let asked = Attempt { session: 5, nth: 0, attempt: 0 };
        let next = |(at, session), sent, others| {
            let gate = Gate::new(&loaded.scenario, SafetyLimits::NONE);
            let mut heard = Heard::default();
            (0..others).for_each(|other| heard.push(accepted(140, other, 5)));
            heard.push(accepted(50, 0, 10));
            heard.push(accepted(at, session, 100));
            if heard.is_long() {
                heard.tell(&gate, Before::instant(millis(150)));
            }
            heard.tell(&gate, Before::answer(millis(200), millis(sent), asked));
            gate.requeue(millis(200))
        };
        for others in [0, 2 * FEW as u64] {
            assert_eq!(next((199, 9), 120, others), Some(millis(1_100)));
            assert_eq!(next((200, 4), 120, others), Some(millis(1_100)));
            assert_eq!(next((200, 6), 120, others), Some(millis(1_010)));
            assert_eq!(next((201, 1), 120, others), Some(millis(1_010)));
            assert_eq!(next((200, 6), 200, others), Some(millis(1_100)), "known before it left");
            assert_eq!(next((201, 1), 200, others), Some(millis(1_010)));
        }
    }
}
