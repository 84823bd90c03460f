//! The application's limits of messages per user and per country, within sliding windows.
//!
//! **Invariant:** what is refused is not counted.

use crate::{
    engine::outcome::Refusal,
    scenario::{Scenario, policy::RateLimit},
};
use sms_voice_mock::service::time::SimTime;
use std::collections::{BTreeMap, VecDeque};

/// Sends within a sliding window, per user and per country.
#[derive(Debug)]
pub(super) struct Limits {
    per_user: Option<RateLimit>,
    per_country: Option<RateLimit>,
    users: BTreeMap<(u16, u64), VecDeque<SimTime>>,
    /// Every admission still inside the users' window, oldest first: what to forget next.
    admissions: VecDeque<(SimTime, (u16, u64))>,
    countries: Vec<VecDeque<SimTime>>,
}

impl Limits {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            per_user: scenario.policy.per_user,
            per_country: scenario.policy.per_country,
            users: BTreeMap::new(),
            admissions: VecDeque::new(),
            countries: vec![VecDeque::new(); scenario.countries.len()],
        }
    }

    /// Whether a user may have one more message; if so it is counted.
    pub(super) fn admit(&mut self, now: SimTime, country: u16, user: u64) -> Result<(), Refusal> {
        self.forget(now);
        let key = (country, user);
        let sent = &mut self.countries[usize::from(country)];
        if self.per_country.is_some_and(|limit| limit.count as usize <= sent.len()) {
            return Err(Refusal::PerCountry);
        }
        if let Some(limit) = self.per_user {
            let times = self.users.entry(key).or_default();
            if limit.count as usize <= times.len() {
                return Err(Refusal::PerUser);
            }
            times.push_back(now);
            self.admissions.push_back((now, key));
        }
        if self.per_country.is_some() {
            sent.push_back(now);
        }
        Ok(())
    }

    fn forget(&mut self, now: SimTime) {
        if let Some(limit) = self.per_country {
            for sent in &mut self.countries {
                while sent.front().is_some_and(|at| *at + limit.window <= now) {
                    sent.pop_front();
                }
            }
        }
        let Some(limit) = self.per_user else { return };
        while let Some((at, key)) = self.admissions.front().copied() {
            if now < at + limit.window {
                break;
            }
            self.admissions.pop_front();
            if let Some(times) = self.users.get_mut(&key) {
                times.pop_front();
                if times.is_empty() {
                    self.users.remove(&key);
                }
            }
        }
    }
}
