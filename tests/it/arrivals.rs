//! Who arrives, and when: days in local time, events, attacks, outages and logs.

mod events;
mod local_days;
mod replay;

use otpdrill::{
    engine::arrivals::{Arrivals, Shard},
    scenario::{Scenario, arrivals::Origin, odds::Odds},
};
use sms_voice_mock::service::{
    dice::{Dice, Draw},
    time::SimTime,
};
use std::sync::Arc;

/// A session that arrives: its number, when, and from where.
pub(crate) type Arrived = (u64, SimTime, Origin);

/// The sessions of one shard.
fn part(scenario: &Arc<Scenario>, shard: Shard) -> impl Iterator<Item = Arrived> {
    let (dice, odds, scenario) =
        (Dice::new(scenario.seed), Odds::of(scenario), Arc::clone(scenario));
    Arrivals::new(Arc::clone(&scenario), shard).map(move |arrival| {
        let unit = dice.unit(arrival.session, Draw::Country, 0);
        (arrival.session, arrival.at, scenario.origin(arrival.piece, arrival.at, unit, &odds))
    })
}

/// All sessions.
pub(crate) fn all(scenario: &Arc<Scenario>) -> impl Iterator<Item = Arrived> {
    part(scenario, Shard::WHOLE)
}

/// Shards see parts of one schedule, which is in order.
#[track_caller]
pub(crate) fn check_shards(scenario: &Arc<Scenario>) {
    let whole: Vec<Arrived> = all(scenario).collect();
    assert!(whole.is_sorted_by_key(|(_, at, _)| *at));
    assert!((0..).zip(&whole).all(|(number, (session, ..))| number == *session));
    let shards = (0..3).map(|index| Shard { index, count: 3 });
    let mut parts: Vec<Arrived> = shards.flat_map(|shard| part(scenario, shard)).collect();
    parts.sort_by_key(|(session, ..)| *session);
    assert!(whole == parts);
}

/// Countries in short, for scenarios in which nobody asks twice.
pub(crate) fn countries(codes: &[(&str, f64)]) -> String {
    let countries = codes.iter().map(|(code, weight)| {
        format!("[countries.{code}]\nprofile = \"{code}\"\nweight = {weight:?}\n")
    });
    countries.collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
pub(crate) fn number(count: usize) -> f64 {
    count as f64
}

/// A count whose mean is `expected` lies within five standard deviations.
#[track_caller]
pub(crate) fn check_count(found: usize, expected: f64) {
    let off = (number(found) - expected) / expected.max(1.0).sqrt();
    assert!(off.abs() < 5.0, "{found} instead of {expected:.1}: {off:.1} standard deviations");
}
