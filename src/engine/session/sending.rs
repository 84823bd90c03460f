//! A session's messages on their way to the service: requested, called, answered, tried again.

use super::{Action, Session, User, World, nth_of};
use crate::{
    engine::{
        gate::Turn,
        message::{Message, Retried, Stage},
        outcome::{Holder, Outcome, SendAnswer},
    },
    scenario::policy::OnThrottle,
};
use sms_voice_mock::service::{dice::Draw, time::SimTime};
use std::time::Duration;

impl Session {
    /// The application makes one more code; the gate has admitted it.
    pub(super) fn request_message(&mut self, now: SimTime, world: World<'_>) -> Option<Action> {
        let nth = nth_of(self.messages.len());
        self.messages.push(Message::new(now));
        if nth > 0 {
            self.schedule_ask(now, world);
        }
        match world.gate.release_at(now) {
            Some(at) if at <= now => self.leave(nth, now, world),
            Some(until) => {
                self.messages[usize::from(nth)].stage = Stage::Waiting { until };
                None
            }
            None => self.lose(now, nth),
        }
    }

    /// What message `nth` waited for has come.
    pub(super) fn act_on_message(
        &mut self,
        nth: u8,
        now: SimTime,
        world: World<'_>,
    ) -> Option<Action> {
        match self.messages[usize::from(nth)].stage {
            Stage::Waiting { .. } => self.leave(nth, now, world),
            Stage::Paced { .. } => self.take_worker(nth, now, world),
            // The call goes on: no limit of ours is asked again.
            Stage::Backoff { .. } => self.call(nth, now),
            Stage::InLine { .. } => {
                self.leave_line(nth, world);
                self.lose(now, nth)
            }
            Stage::Calling | Stage::Accepted(_) | Stage::Unknown | Stage::Lost => {
                unreachable!("nothing is due then")
            }
        }
    }

    /// Message `nth` may leave, as soon as the application's own rate lets it.
    fn leave(&mut self, nth: u8, now: SimTime, world: World<'_>) -> Option<Action> {
        match world.gate.pace_send(now, self.place.country) {
            Some(at) if at <= now => self.take_worker(nth, now, world),
            Some(until) => {
                self.messages[usize::from(nth)].stage = Stage::Paced { until };
                None
            }
            None => {
                self.messages[usize::from(nth)].given_up_by = Holder::Limiter;
                self.lose(now, nth)
            }
        }
    }

    /// Message `nth` may leave, as soon as a worker has time for it.
    fn take_worker(&mut self, nth: u8, now: SimTime, world: World<'_>) -> Option<Action> {
        match world.gate.take_worker(now, self.index, nth) {
            Turn::Now => self.call(nth, now),
            Turn::InLine { until } => {
                self.messages[usize::from(nth)].stage = Stage::InLine { since: now, until };
                None
            }
            Turn::Never => self.lose(now, nth),
        }
    }

    /// A session that has ended needs no worker any more, and repeats no call.
    pub(super) fn let_workers_go(&mut self, world: World<'_>) {
        for nth in 0..nth_of(self.messages.len()) {
            self.leave_line(nth, world);
            let message = &mut self.messages[usize::from(nth)];
            if let Stage::Backoff { until } = message.stage {
                message.stage = Stage::Waiting { until };
                world.gate.free_worker(self.index);
            }
        }
    }

    fn leave_line(&self, nth: u8, world: World<'_>) {
        if let Stage::InLine { since, .. } = self.messages[usize::from(nth)].stage {
            world.gate.leave_line(since, self.index, nth);
        }
    }

    pub(super) fn call(&mut self, nth: u8, now: SimTime) -> Option<Action> {
        let message = &mut self.messages[usize::from(nth)];
        message.stage = Stage::Calling;
        message.released = now;
        Some(Action::Send { nth })
    }

    pub(super) fn answered(
        &mut self,
        now: SimTime,
        (nth, attempt): (u8, u8),
        answer: SendAnswer,
        world: World<'_>,
    ) -> Option<Action> {
        let message = self.messages.get_mut(usize::from(nth))?;
        if message.stage != Stage::Calling || message.attempt != attempt {
            return None; // Said before, or never asked.
        }
        if let Some(action) = self.retried_by_sdk(now, nth, &answer, world) {
            return Some(action);
        }
        world.gate.free_worker(self.index);
        let message = &mut self.messages[usize::from(nth)];
        match answer {
            SendAnswer::Accepted(id) => {
                world.gate.call_succeeded(message.retried.tokens);
                message.stage = Stage::Accepted(id);
                let fate = self.fate(nth, world);
                let message = &mut self.messages[usize::from(nth)];
                if let Some(after) = fate.delivered_after {
                    message.arrives_at = message.released + after;
                }
                Some(Action::Accepted { nth, fate })
            }
            SendAnswer::Throttled => match self.next_attempt(now, nth, world) {
                Some(until) => {
                    let message = &mut self.messages[usize::from(nth)];
                    message.attempt += 1;
                    message.retried = Retried::default();
                    message.stage = Stage::Waiting { until };
                    None
                }
                None => self.lose(now, nth),
            },
            SendAnswer::Rejected => self.lose(now, nth),
            SendAnswer::Unknown => {
                message.stage = Stage::Unknown;
                None
            }
        }
    }

    /// When a throttled message is tried again, if it is.
    fn next_attempt(&self, now: SimTime, nth: u8, world: World<'_>) -> Option<SimTime> {
        let message = &self.messages[usize::from(nth)];
        if self.outcome.is_some() || message.attempt == u8::MAX {
            return None;
        }
        let calls = message.attempt - message.by_sdk;
        match world.scenario.policy.on_throttle {
            OnThrottle::Fail => None,
            OnThrottle::Retry { attempts, .. } if attempts <= calls + 1 => None,
            OnThrottle::Retry { backoff, .. } => {
                let address = u32::from(nth) << 8 | u32::from(message.attempt);
                let jitter = world.dice.unit(self.index, Draw::SendBackoff, address);
                let pause = backed_off(backoff, calls, jitter);
                Some((message.released + pause).max(now))
            }
            OnThrottle::Queue { .. } => world.gate.requeue(now),
        }
    }

    fn lose(&mut self, now: SimTime, nth: u8) -> Option<Action> {
        self.messages[usize::from(nth)].stage = Stage::Lost;
        if let (User::Waiting { seen, .. }, Some(newest)) = (self.user, self.newest_alive())
            && newest < seen
        {
            // The code the user waits for will not come, so the one before counts again.
            self.user = User::Waiting { seen: newest, since: now };
        }
        let over = self.outcome.is_none() && self.newest_alive().is_none();
        if over { self.finish(Outcome::SendFailed) } else { None }
    }
}

/// The pause before attempt `attempt + 1`: doubling, at most a minute, half of it by chance.
pub(in crate::engine) fn backed_off(first: Duration, attempt: u8, jitter: f64) -> Duration {
    const LONGEST: Duration = Duration::from_secs(60);
    let doubled = first.saturating_mul(1 << u32::from(attempt).min(16));
    doubled.min(LONGEST.max(first)).mul_f64(0.5 + 0.5 * jitter)
}
