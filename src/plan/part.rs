//! Plays a campaign under some limits only where these can bind, and judges it as a whole.
//!
//! **Invariant:** the answer is that of the whole campaign.

use super::{
    Inquiry, figures,
    goal::Goal,
    limit::{Limit, unlimited, with_only},
    seen::Seen,
    trial::{Player, Stopped, Trial},
    window::{self, Calls},
};
use crate::{drive::fast_forward::needs_global_queue, record::demand::Tick, scenario::Scenario};
use sms_voice_mock::service::{
    bound::Bound,
    time::{SimTime, calendar},
};
use std::ops::Range;

/// A part that is made for a value is made for somewhat less, so that it serves the next ones too.
const ROOM: f64 = 0.95;

/// Campaigns under some limits and no others, seed by seed.
pub(super) struct Parts<'a> {
    inquiry: &'a Inquiry<'a>,
    player: &'a Player<'a>,
    limits: Vec<Limit>,
    /// The whole campaigns without limits.
    free: &'a [Trial],
    parts: Vec<Option<Part>>,
}

/// A part of a campaign, without limits.
struct Part {
    /// It serves these values of the limits and those above them.
    from_values: Vec<f64>,
    windows: Vec<Range<SimTime>>,
    free: Trial,
    /// What is spent outside of it, in USD.
    spent_outside: f64,
}

impl<'a> Parts<'a> {
    pub(super) fn new(
        inquiry: &'a Inquiry<'a>,
        player: &'a Player<'a>,
        limits: Vec<Limit>,
        free: &'a [Trial],
    ) -> Self {
        let parts = free.iter().map(|_| None).collect();
        Self { inquiry, player, limits, free, parts }
    }

    /// Plays with these values of the limits, and the seed of this number; where nothing is known of where
    /// they bind, the whole campaign.
    pub(super) fn play(&mut self, values: &[f64], seed: usize) -> Result<Trial, Stopped> {
        self.prepare(values, seed)?;
        let part = self.parts[seed].as_ref();
        let spent = part.map_or(0.0, |part| part.spent_outside);
        let set = self.limits.iter().zip(values).map(|(limit, value)| {
            let before = if *limit == Limit::Account(Bound::Spend) { spent } else { 0.0 };
            (*limit, value - before)
        });
        let mut scenario = with_only(self.inquiry.scenario, &set.collect::<Vec<_>>());
        if let Some(part) = part {
            scenario.arrivals.windows.clone_from(&part.windows);
        }
        self.player.play(&scenario, self.inquiry.tariff, self.inquiry.seeds[seed])
    }

    /// What was played last with this seed, beside the campaign without limits.
    pub(super) fn seen<'s>(&'s self, limited: &'s Trial, seed: usize) -> Seen<'s> {
        let part = self.parts[seed].as_ref().map(|part| &part.free);
        Seen { limited, free: &self.free[seed], part }
    }

    /// Whether these goals hold in what was played last with this seed.
    pub(super) fn holds(&self, goals: &[&Goal], limited: &Trial, seed: usize) -> bool {
        let seen = self.seen(limited, seed);
        goals.iter().all(|goal| goal.holds(goal.observed(self.inquiry.scenario, &seen)))
    }

    /// Makes the part for these values, if the one there does not serve them; none if the whole campaign
    /// must be played.
    fn prepare(&mut self, values: &[f64], seed: usize) -> Result<(), Stopped> {
        if self.parts[seed].as_ref().is_some_and(|part| part.serves(values)) {
            return Ok(());
        }
        self.parts[seed] = None;
        let lower = [ROOM, 1.0].into_iter().find_map(|room| {
            let from: Vec<f64> = values.iter().map(|value| value * room).collect();
            let windows = self.windows(&from, seed)?;
            Some((from, windows))
        });
        let Some((from_values, windows)) = lower else { return Ok(()) };
        let mut scenario = unlimited(self.inquiry.scenario);
        scenario.arrivals.windows.clone_from(&windows);
        let free = self.player.play(&scenario, self.inquiry.tariff, self.inquiry.seeds[seed])?;
        let total = |trial: &Trial| trial.cell(None).nano_usd;
        let spent_outside = (total(&self.free[seed]) - total(&free)) as f64 / 1e9;
        self.parts[seed] = Some(Part { from_values, windows, free, spent_outside });
        Ok(())
    }

    /// Where one of the limits can bind at these values or above; `None` if that is everywhere, or if
    /// nobody knows.
    fn windows(&self, values: &[f64], seed: usize) -> Option<Vec<Range<SimTime>>> {
        let (scenario, free) = (self.inquiry.scenario, &self.free[seed]);
        let mut searched = self.inquiry.goals.iter().filter(|goal| goal.is_searched());
        if is_coupled(scenario) || !searched.all(Goal::is_of_sums) {
            return None;
        }
        let mut all = Vec::new();
        for (limit, value) in self.limits.iter().zip(values) {
            all.extend(windows_of(*limit, *value, scenario, free)?);
        }
        let sends = free.demand.per_second(Tick::Sends, None);
        window::joined(all, &sends)
    }
}

impl Part {
    fn serves(&self, values: &[f64]) -> bool {
        self.from_values.iter().zip(values).all(|(from, value)| from <= value)
    }
}

/// Where one limit can bind at this value or above, in seconds.
fn windows_of(
    limit: Limit,
    value: f64,
    scenario: &Scenario,
    free: &Trial,
) -> Option<Vec<Range<usize>>> {
    match (limit, limit.tick()) {
        (Limit::Account(Bound::SendRate | Bound::PutRate | Bound::Parts), Some(tick)) => {
            let calls = if tick == Tick::Puts { Calls::Puts } else { Calls::Sends };
            Some(window::of_rate(scenario, &free.demand.per_second(tick, None), value, calls))
        }
        // What sends without an answer cost is spent, but not counted as that of a part is.
        (Limit::Account(Bound::Spend), _)
            if is_in_one_month(scenario) && free.cell(None).messages.unknown == 0 =>
        {
            let reached = figures::second_of_spend(free, value);
            Some(reached.map(|second| window::from_second(scenario, second)).into_iter().collect())
        }
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::cells::Tariff,
        scenario::{Source, parse},
    };
    use hdrhistogram::Histogram;

    const SPIKE: &str = r#"
name = "spike"
seed = 4
[arrivals]
stages = [
  { constant = { rate = 0.5, duration = "50m" } },
  { constant = { rate = 8.0, duration = "1m" } },
  { constant = { rate = 0.5, duration = "50m" } },
]
[policy]
lifetime = "1m"
on_throttle = { retry = { attempts = 5, backoff = "2s" } }
[countries.BR]
profile = "BR"
[countries.US]
profile = "US"
[service]
prices = { BR = { price_usd = 1.0 }, US = { price_usd = 1.0 } }
"#;

    fn counts(delays: &Histogram<u64>) -> Vec<(u64, u64)> {
        let recorded = delays.iter_recorded();
        recorded.map(|step| (step.value_iterated_to(), step.count_at_value())).collect()
    }

    /// A part and the rest are the whole campaign, count by count and delay by delay.
    #[track_caller]
    fn check_equal_to_whole(limit: Limit, values: &[f64]) {
        let scenario = parse(SPIKE, Source { name: "x", folder: None }, &[], None);
        let scenario = scenario.expect("valid").scenario;
        let tariff = Tariff { parts: vec![1], nano_usd: vec![1_000_000_000; 2] };
        let goals = Goal::of(&scenario);
        let (seeds, variants, search) = (&[4][..], &[][..], true);
        let inquiry = Inquiry {
            scenario: &scenario,
            tariff: &tariff,
            seeds,
            goals: &goals,
            variants,
            search,
        };
        let player = Player::new(1, &|_| true);
        let play =
            |scenario: &Scenario| player.play(scenario, &tariff, 4).expect("nobody stops it");
        let free = [play(&unlimited(&scenario))];
        let mut parts = Parts::new(&inquiry, &player, vec![limit], &free);
        let mut parts_played = 0;
        for value in values {
            let whole = play(&with_only(&scenario, &[(limit, *value)]));
            let part = parts.play(&[*value], 0).expect("nobody stops it");
            let arrived = |trial: &Trial| trial.cell(None).sessions.arrived;
            parts_played += usize::from(arrived(&part) < arrived(&whole));
            let seen = parts.seen(&part, 0);
            assert_eq!(seen.cell(None), whole.cell(None), "{value}");
            assert_eq!(seen.cell(Some(1)), whole.cell(Some(1)), "{value}");
            let delays = |trial: &Trial| trial.demand.send_delay(None);
            assert_eq!(counts(&seen.delays(delays)), counts(&delays(&whole)), "{value}");
            let delays = |trial: &Trial| trial.demand.feedback_delay(None);
            assert_eq!(counts(&seen.delays(delays)), counts(&delays(&whole)), "{value}");
            assert_eq!(part.demand.hits(Bound::ALL[0]), whole.demand.hits(Bound::ALL[0]));
        }
        assert!(parts_played > 0, "with some value a part is enough");
    }

    #[test]
    fn a_part_tells_the_same_of_the_quota_of_sends_as_the_whole_campaign() {
        check_equal_to_whole(Limit::Account(Bound::SendRate), &[6.0, 5.0, 7.0, 9.0, 12.0]);
    }

    #[test]
    fn a_part_tells_the_same_of_the_quota_of_puts_as_the_whole_campaign() {
        check_equal_to_whole(Limit::Account(Bound::PutRate), &[7.0, 8.0, 12.0]);
    }

    #[test]
    fn a_part_tells_the_same_of_the_spend_limit_as_the_whole_campaign() {
        check_equal_to_whole(Limit::Account(Bound::Spend), &[3_350.0, 3_200.0]);
    }
}
