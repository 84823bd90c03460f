//! What an AWS SDK repeats by itself before the application hears of it.
//!
//! It has no way to say that a send is the same as before: what was processed without an answer is sent
//! twice. A session that has ended repeats nothing.

use super::{Action, Session, World};
use crate::{
    engine::{message::Stage, outcome::SendAnswer},
    scenario::policy::SdkRetries,
};
use sms_voice_mock::service::{dice::Draw, time::SimTime};
use std::time::Duration;

impl Session {
    /// Begins a retry of the call of message `nth`, if its answer is one that the SDK repeats and
    /// attempts and tokens allow.
    pub(super) fn retried_by_sdk(
        &mut self,
        now: SimTime,
        nth: u8,
        answer: &SendAnswer,
        world: World<'_>,
    ) -> Option<Action> {
        let rules = world.scenario.policy.sdk_retries?;
        let (cost, unclear) = match answer {
            SendAnswer::Throttled => (rules.retry_cost, false),
            SendAnswer::Unknown => (rules.timeout_cost, true),
            SendAnswer::Accepted(_) | SendAnswer::Rejected => return None,
        };
        let message = &self.messages[usize::from(nth)];
        let used_up = rules.max_attempts <= message.retried.times + 1 || message.attempt == u8::MAX;
        if self.outcome.is_some() || used_up || !world.gate.take_retry_tokens(cost) {
            return None;
        }
        let address = u32::from(nth) << 8 | u32::from(message.attempt);
        let share = world.dice.unit(self.index, Draw::SdkBackoff, address);
        let message = &mut self.messages[usize::from(nth)];
        let until = now + pause(&rules, message.retried.times, share);
        message.retried.times += 1;
        message.retried.tokens = cost;
        message.by_sdk += 1;
        message.attempt += 1;
        message.stage = Stage::Backoff { until };
        Some(Action::Retrying { nth, unclear })
    }
}

/// Any part of a bound that doubles with each retry.
fn pause(rules: &SdkRetries, retries: u8, share: f64) -> Duration {
    let doubled = rules.backoff.saturating_mul(1 << u32::from(retries).min(16));
    doubled.min(rules.longest).mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_of_a_pause_doubles_up_to_the_longest() {
        let rules = SdkRetries {
            max_attempts: 9,
            backoff: Duration::from_secs(1),
            longest: Duration::from_secs(5),
            tokens: 500,
            retry_cost: 5,
            timeout_cost: 10,
        };
        let bounds = [0, 1, 2, 3].map(|retries| pause(&rules, retries, 1.0).as_secs());
        assert_eq!(bounds, [1, 2, 4, 5]);
        assert_eq!(pause(&rules, 2, 0.25), Duration::from_secs(1));
    }
}
