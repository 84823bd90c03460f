//! Asks whether the goals hold at a value of a limit, and plays no more of the campaign than it must.
//!
//! **Invariant:** the answer is that of the whole campaign.

use super::{
    Inquiry, figures,
    goal::Goal,
    limit::{Limit, unlimited, with_only},
    seen::Seen,
    trial::{Player, Stopped, Trial},
    window,
};
use crate::{drive::fast_forward::needs_global_queue, scenario::Scenario};
use sms_voice_mock::service::{
    bound::Bound,
    time::{SimTime, calendar},
};
use std::ops::Range;

/// A part that is made for a value is made for somewhat less, so that it serves the next ones too.
const ROOM: f64 = 0.95;

/// What is asked about one limit, seed by seed.
pub(super) struct Question<'a> {
    inquiry: &'a Inquiry<'a>,
    player: &'a Player<'a>,
    goals: &'a [&'a Goal],
    limit: Limit,
    free: &'a [Trial],
    parts: Vec<Option<Part>>,
}

/// A part of the campaign, without limits.
struct Part {
    /// It serves this value and those above it.
    from_value: f64,
    windows: Vec<Range<SimTime>>,
    free: Trial,
    /// What is spent outside of it, in USD.
    spent_outside: f64,
}

impl<'a> Question<'a> {
    pub(super) fn new(
        inquiry: &'a Inquiry<'a>,
        player: &'a Player<'a>,
        goals: &'a [&'a Goal],
        (limit, free): (Limit, &'a [Trial]),
    ) -> Self {
        let parts = free.iter().map(|_| None).collect();
        Self { inquiry, player, goals, limit, free, parts }
    }

    /// Whether the goals hold at this value with the seed of this number.
    pub(super) fn holds(&mut self, value: u64, seed: usize) -> Result<bool, Stopped> {
        let value = value as f64;
        self.prepare(value, seed)?;
        let part = self.parts[seed].as_ref();
        let spent = part.filter(|_| self.limit == Limit::Account(Bound::Spend));
        let value = value - spent.map_or(0.0, |part| part.spent_outside);
        let mut scenario = with_only(self.inquiry.scenario, &[(self.limit, value)]);
        if let Some(part) = part {
            scenario.arrivals.windows.clone_from(&part.windows);
        }
        let limited = self.player.play(&scenario, self.inquiry.tariff, self.inquiry.seeds[seed])?;
        let seen =
            Seen { limited: &limited, free: &self.free[seed], part: part.map(|part| &part.free) };
        Ok(self.goals.iter().all(|goal| goal.holds(goal.observed(&scenario, &seen))))
    }

    /// Makes the part for a value, if the one there does not serve it; none if the whole campaign must be
    /// played.
    fn prepare(&mut self, value: f64, seed: usize) -> Result<(), Stopped> {
        if self.parts[seed].as_ref().is_some_and(|part| part.from_value <= value) {
            return Ok(());
        }
        self.parts[seed] = None;
        let lower = [value * ROOM, value].into_iter().find_map(|from| {
            let windows = self.windows(from, seed)?;
            Some((from, windows))
        });
        let Some((from_value, windows)) = lower else { return Ok(()) };
        let mut scenario = unlimited(self.inquiry.scenario);
        scenario.arrivals.windows.clone_from(&windows);
        let free = self.player.play(&scenario, self.inquiry.tariff, self.inquiry.seeds[seed])?;
        let total = |trial: &Trial| trial.cell(None).nano_usd;
        let spent_outside = (total(&self.free[seed]) - total(&free)) as f64 / 1e9;
        self.parts[seed] = Some(Part { from_value, windows, free, spent_outside });
        Ok(())
    }

    /// Where a value from `value` upwards can bind; `None` if everywhere, or if nobody knows.
    fn windows(&self, value: f64, seed: usize) -> Option<Vec<Range<SimTime>>> {
        let scenario = self.inquiry.scenario;
        if is_coupled(scenario) || !self.goals.iter().all(|goal| goal.is_of_sums()) {
            return None;
        }
        let free = &self.free[seed];
        match (self.limit, self.limit.tick()) {
            (Limit::Account(Bound::SendRate | Bound::PutRate | Bound::Parts), Some(tick)) => {
                window::of_rate(scenario, &free.demand.per_second(tick, None), value)
            }
            (Limit::Account(Bound::Spend), _) if is_in_one_month(scenario) => {
                let Some(second) = figures::second_of_spend(free, value) else {
                    return Some(window::nobody());
                };
                let sends = free.demand.per_second(crate::record::demand::Tick::Sends, None);
                window::from_second(scenario, &sends, second)
            }
            _ => None,
        }
    }
}

/// Whether sessions have to do with each other even without limits: then no part can be told from the rest.
fn is_coupled(scenario: &Scenario) -> bool {
    let (policy, service) = (&scenario.policy, &scenario.service);
    let throttled = service.send_errors.throttle > 0.0 || service.put_errors.throttle > 0.0;
    policy.per_user.is_some()
        || policy.per_country.is_some()
        || throttled
        || !service.faults.is_empty()
        || needs_global_queue(&unlimited(scenario)).is_some()
}

/// Whether the campaign ends in the calendar month of UTC in which it begins.
fn is_in_one_month(scenario: &Scenario) -> bool {
    let start = u64::try_from(scenario.start_epoch_s).unwrap_or(0);
    let length = scenario.arrivals.duration() + scenario.drain + scenario.time_for_feedback();
    let month = |second: u64| {
        let (year, month, _) = calendar(second / 86_400);
        (year, month)
    };
    month(start) == month(start + length.as_secs())
}
