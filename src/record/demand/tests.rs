use super::*;
use crate::{
    engine::outcome::Attempt,
    scenario::{Source, parse},
};
use std::time::Duration;

const PLACE: Place = Place { country: 1, carrier: 0, template: 0 };

fn demand() -> Demand {
    let text = "name = \"x\"\n[arrivals]\nstages = [{ constant = { rate = 1.0, duration = \"1s\" } }]\n\
        [policy]\non_throttle = { queue = { limit = 9, max_wait = \"9s\", rate = 1.0 } }\n\
        [countries.BR]\nprofile = \"BR\"\n[countries.US]\nprofile = \"US\"\n";
    let scenario = parse(text, Source { name: "x", folder: None }, &[], None);
    let tariff = Tariff { parts: vec![2], nano_usd: vec![5, 7] };
    Demand::new(&scenario.expect("valid").scenario, &tariff)
}

fn call(session: u64, due: SimTime, released: SimTime) -> CallFacts {
    let attempt = Attempt { session, nth: 0, attempt: 0 };
    CallFacts { attempt, place: PLACE, due, released }
}

/// A session that waits, sends, is refused now and then, and ends.
fn play(demand: &mut Demand, session: u64) {
    let due = SimTime::from_secs(session / 3);
    let until = due + Duration::from_secs(session % 5);
    let call = call(session, due, until);
    demand.note(&Note::Arrived { at: due, place: PLACE });
    demand.note(&Note::Held { at: due, place: PLACE, by: Holder::Queue, until: Some(until) });
    demand.send_started(call);
    if session.is_multiple_of(4) {
        demand.bound(until, Bound::SendRate);
        demand.send_answered(call, &SendAnswer::Throttled, 7);
        demand.note(&Note::Held { at: until, place: PLACE, by: Holder::Throttling, until: None });
    } else {
        demand.send_answered(call, &SendAnswer::Unknown, 7);
    }
    let outcome = Outcome::Verified;
    let at = until + Duration::from_secs(9);
    demand.note(&Note::Finished { at, arrived_at: due, place: PLACE, outcome });
}

#[test]
fn merged_shards_are_equal_to_one_recorder_that_heard_everything() {
    let (mut whole, mut odd, mut even) = (demand(), demand(), demand());
    for session in 0..2_000 {
        play(&mut whole, session);
        play(if session % 2 == 0 { &mut even } else { &mut odd }, session);
    }
    even.merge(&odd);
    assert_eq!(even, whole);
}

#[test]
fn levels_are_what_came_less_what_went() {
    let mut demand = demand();
    (0..30).for_each(|session| play(&mut demand, session));
    let open = demand.level(Stock::InFlight, None);
    assert_eq!((open[0], open.last().copied()), (3, Some(0)));
    assert_eq!(demand.level(Stock::InFlight, Some(0)).iter().max(), None);
    assert_eq!(demand.level(Stock::Queue, Some(1)), demand.level(Stock::Queue, None));
    let parts: u32 = demand.per_second(Tick::Parts, None).iter().sum();
    assert_eq!(parts, 60);
}

#[test]
fn a_limit_knows_its_first_and_its_busiest_minute() {
    let mut demand = demand();
    for second in [130, 70, 190, 191] {
        demand.bound(SimTime::from_secs(second), Bound::Spend);
    }
    let hits = demand.hits(Bound::Spend);
    assert_eq!(hits.first, Some(SimTime::from_secs(70)));
    assert_eq!((hits.count, hits.busiest_minute()), (4, Some((3, 2))));
    assert_eq!(demand.hits(Bound::Parts).busiest_minute(), None);
}
