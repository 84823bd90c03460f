//! Events, attacks and outages.

use super::{Arrived, all, check_count, check_shards, countries};
use crate::campaigns::{parse, simulated};
use otpdrill::scenario::{Scenario, arrivals::mark::MarkKind};
use sms_voice_mock::service::time::SimTime;
use std::sync::Arc;

const EVENTS: &str = r#"
[[arrivals.events]]
name = "campaign"
country = "BR"
at = "2026-03-02T18:00"
kind = { surge = { rate = 20.0, ramp = "10m", duration = "2h", decay = { exponential = { half_life = "20m" } } } }
[[arrivals.events]]
name = "holiday"
at = "2026-03-02T12:00"
kind = { multiplier = { factor = 3.0, duration = "1h" } }
[[arrivals.attacks]]
name = "pumping"
country = "BR"
rate = 5.0
from = "2h"
duration = "30m"
[[arrivals.outages]]
name = "down"
from = "2026-03-02T06:00:00Z"
until = "7h"
returning = 0.5
half_life = "5m"
"#;

fn day(usual: &str, more: &str) -> Arc<Scenario> {
    parse(&format!(
        "name = \"day\"\nstart = 2026-03-02T00:00:00Z\n[arrivals]\n{usual}\n{more}\n{}",
        countries(&[("BR", 1.0), ("IN", 3.0)])
    ))
}

fn staged(more: &str) -> Arc<Scenario> {
    day("stages = [{ constant = { rate = 4.0, duration = \"1d\" } }]", more)
}

/// How many of a country, and of an attack or not, arrive between two minutes.
fn count(arrived: &[Arrived], (country, attack): (u16, bool), minutes: [u64; 2]) -> usize {
    let [from, until] = minutes.map(|minute| SimTime::from_secs(60 * minute));
    let among = arrived.iter().filter(|(_, at, origin)| {
        from <= *at && *at < until && (origin.country, origin.attack.is_some()) == (country, attack)
    });
    among.count()
}

#[test]
fn an_event_happens_when_the_clocks_of_its_country_say_so() {
    let scenario = staged(EVENTS);
    let arrived: Vec<Arrived> = all(&scenario).collect();
    let (br, india) = ((0, false), (1, false));
    // 18:00 in Sao Paulo is 21:00 UTC; the rise takes ten minutes.
    check_count(count(&arrived, br, [1200, 1260]), 3_600.0);
    check_count(count(&arrived, br, [1260, 1270]), 600.0 + 6_000.0);
    let falls = 20.0 * 1_200.0 / std::f64::consts::LN_2 / 2.0;
    check_count(count(&arrived, br, [1270, 1290]), 1_200.0 + falls);
    check_count(count(&arrived, india, [1260, 1290]), 5_400.0);
    // Noon is 15:00 UTC in Sao Paulo, 06:30 UTC in India, where half of it falls into the outage.
    check_count(count(&arrived, br, [900, 960]), 3.0 * 3_600.0);
    check_count(count(&arrived, br, [840, 900]), 3_600.0);
    check_count(count(&arrived, india, [900, 960]), 3.0 * 3_600.0);
}

#[test]
fn nobody_arrives_in_an_outage_and_a_share_comes_back_half_by_half() {
    let scenario = staged(EVENTS);
    let arrived: Vec<Arrived> = all(&scenario).collect();
    let (br, india) = ((0, false), (1, false));
    assert_eq!(count(&arrived, br, [360, 420]) + count(&arrived, india, [360, 420]), 0);
    check_count(count(&arrived, br, [420, 425]), 300.0 + 3_600.0 * 0.5 * 0.5);
    check_count(count(&arrived, br, [425, 430]), 300.0 + 3_600.0 * 0.5 * 0.25);
    check_count(count(&arrived, br, [420, 480]), 3_600.0 + 3_600.0 * 0.5);
    // India's holiday has begun in the middle of the outage, and ends half an hour after it.
    let missed = 3.0 * 1_800.0 + 3.0 * 3.0 * 1_800.0;
    check_count(count(&arrived, india, [420, 480]), 9.0 * 1_800.0 + 3.0 * 1_800.0 + missed * 0.5);
}

#[test]
fn events_are_known_by_name_and_instant() {
    let scenario = staged(EVENTS);
    let marks = scenario.arrivals.events().iter().map(|mark| {
        let countries: Vec<String> = mark.countries.iter().map(ToString::to_string).collect();
        let minutes = [mark.from, mark.until].map(|at| at.since_start().as_secs() / 60);
        (mark.name.as_str(), mark.kind, countries.join(" "), minutes)
    });
    let expected = [
        ("pumping", MarkKind::Attack, "BR".to_owned(), [120, 150]),
        ("down", MarkKind::Outage, String::new(), [360, 420]),
        ("holiday", MarkKind::Multiplier, "IN".to_owned(), [390, 450]),
        ("holiday", MarkKind::Multiplier, "BR".to_owned(), [900, 960]),
        ("campaign", MarkKind::Surge, "BR".to_owned(), [1260, 1390]),
    ];
    assert_eq!(marks.collect::<Vec<_>>(), expected);
}

#[test]
fn growth_leaves_an_attack_alone() {
    for factor in [1.0, 2.0] {
        let scenario = staged(&format!("growth = {factor:?}\n{EVENTS}"));
        let expected = scenario.arrivals.expected_by_origin(&scenario.countries);
        assert!((expected.attacks[0] - 9_000.0).abs() < 1e-6, "{expected:?}");
        let arrived: Vec<Arrived> = all(&scenario).collect();
        check_count(count(&arrived, (0, true), [120, 150]), 9_000.0);
        check_count(count(&arrived, (0, false), [120, 150]), 1_800.0 * factor);
        check_count(count(&arrived, (0, false), [1260, 1270]), 6_600.0 * factor);
        check_count(arrived.len(), scenario.arrivals.expected());
    }
    let grown = staged(EVENTS).arrivals.grown(2.0);
    let once = staged(&format!("growth = 2.0\n{EVENTS}"));
    assert!((grown.expected() / once.arrivals.expected() - 1.0).abs() < 1e-9);
}

#[test]
fn everything_works_on_days_and_with_even_gaps() {
    let days = "diurnal = { sessions_per_day = 20_000, days = 1 }";
    for gaps in ["poisson", "even"] {
        for usual in [days, "stages = [{ ramp = { from = 0.0, to = 0.4, duration = \"1d\" } }]"] {
            let scenario = day(&format!("gaps = \"{gaps}\"\n{usual}"), EVENTS);
            check_shards(&scenario);
            let arrived: Vec<Arrived> = all(&scenario).collect();
            check_count(arrived.len(), scenario.arrivals.expected());
            check_count(count(&arrived, (0, true), [0, 1440]), 9_000.0);
            assert_eq!(count(&arrived, (1, false), [360, 420]), 0);
        }
    }
}

/// An attack alone, on a country that has no users.
fn attacked(resend_probability: f64, more: &str) -> Arc<Scenario> {
    parse(&format!(
        "name = \"x\"\n[arrivals]\nstages = [{{ constant = {{ rate = 1.0, duration = \"10m\" }} }}]\n\
         attacks = [{{ name = \"pumping\", country = \"BR\", rate = 2.0, from = \"2m\", \
         duration = \"5m\", resend_probability = {resend_probability:?} }}]\n{more}\n\
         [countries.BR]\nprofile = \"BR\"\nweight = 0.0\n\
         users = {{ resend_after = {{ fixed = \"45s\" }} }}\n{}",
        countries(&[("US", 1.0)])
    ))
}

#[test]
fn an_attack_verifies_nothing_and_asks_for_as_many_codes_as_it_is_told() {
    for (probability, messages) in [(0.0, 1), (1.0, 3)] {
        let recorder = simulated(&attacked(probability, ""));
        let attack = recorder.cells.sum(|place| place.country == 0);
        let sessions = attack.sessions.arrived;
        check_count(usize::try_from(sessions).expect("small"), 600.0);
        assert_eq!(attack.sessions.abandoned, sessions);
        assert_eq!(attack.messages.accepted, messages * sessions);
        assert_eq!((attack.messages.received, attack.messages.failed), (0, messages * sessions));
        let users = recorder.cells.sum(|place| place.country == 1);
        assert!(users.sessions.verified > users.sessions.arrived / 2);
    }
}

#[test]
fn limits_of_the_application_meet_an_attack_too() {
    let limit = "[policy]\nper_country = { count = 50, window = \"1h\" }";
    let attack = simulated(&attacked(1.0, limit)).cells.sum(|place| place.country == 0);
    assert_eq!(attack.messages.accepted, 50);
    assert!(attack.sessions.rate_limited > 400, "{attack:?}");
}
