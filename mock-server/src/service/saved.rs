//! What outlives the process: everything that calls have changed, but for what must be in no file.
//!
//! Seed, settings and carriers are not the account's: whoever resumes it says them anew. What is left
//! of quotas is not kept, because it names recipients in full; they start afresh.
//!
//! **Invariant:** no text, no context, no code and no destination is in it, but for the numbers that
//! the account itself holds (verified, opted-out and overridden ones).

use super::{
    account::Account,
    channel::BUDGETS,
    events::Events,
    identity::Ids,
    message_log::MessageLog,
    metrics::Metrics,
    model::{Service, State},
    spend::Spend,
    time::SimTime,
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A service's account as of one instant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    epoch: Duration,
    generation: u64,
    ids: Ids,
    messages: MessageLog,
    events: Events,
    account: Account,
    spend: [Spend; BUDGETS],
    metrics: Metrics,
    anonymous: u64,
    dry_runs: u64,
    requests: u64,
}

impl Saved {
    /// How long after 1970-01-01T00:00:00Z its timeline starts.
    #[must_use]
    pub const fn epoch(&self) -> Duration {
        self.epoch
    }
}

impl Service {
    /// The account as it is now.
    #[must_use]
    pub fn save(&self) -> Saved {
        // Destructured on purpose: a new field must be kept, or left out by name, before it compiles.
        let State {
            ids,
            messages,
            events,
            account,
            limits: _,
            faults: _,
            spend,
            metrics,
            anonymous,
            dry_runs,
            unremembered: _,
            requests,
        } = &self.state;
        Saved {
            epoch: self.setup.epoch,
            generation: self.generation,
            ids: ids.clone(),
            messages: messages.clone(),
            events: events.clone(),
            account: account.clone(),
            spend: *spend,
            metrics: metrics.clone(),
            anonymous: *anonymous,
            dry_runs: *dry_runs,
            requests: *requests,
        }
    }

    /// Takes over an account, on its timeline, where it is `now`. Ids from before stay known; new ones are like none that
    /// were ever made, even by what happened after the account was saved.
    pub fn resume(&mut self, now: SimTime, saved: Saved) {
        let Saved {
            epoch,
            generation,
            mut ids,
            messages,
            events,
            account,
            spend,
            metrics,
            anonymous,
            dry_runs,
            requests,
        } = saved;
        self.setup.epoch = epoch;
        self.generation = generation + 1;
        let mint = self.setup.mint(self.campaign.seed, self.generation);
        let oldest =
            events.oldest_message().map_or(messages.first(), |at| at.min(messages.first()));
        ids.begin_life(mint, messages.end(), oldest);
        let State { limits, mut faults, .. } = self.state.clone();
        faults.begin(now);
        self.state = State {
            ids,
            messages,
            events,
            account,
            limits,
            faults,
            spend,
            metrics,
            anonymous,
            dry_runs,
            unremembered: 0,
            requests,
        };
    }
}
