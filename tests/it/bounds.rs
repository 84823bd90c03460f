//! What binds: the application's workers, its own rate limiter, pools, daily caps, and the SDK's
//! retries, each played in virtual time.

use crate::campaigns::{parse, simulated};
use otpdrill::{
    record::{Recorder, messages::Row},
    scenario::Scenario,
};
use std::{cmp::Reverse, collections::BinaryHeap, sync::Arc, time::Duration};

/// Users who ask once and stay for as long as it takes.
fn patient(seed: u64, arrivals: &str, policy: &str, service: &str) -> Arc<Scenario> {
    parse(&format!(
        r#"
name = "bounds"
seed = {seed}
drain = "1d"
[arrivals]
{arrivals}
[policy]
lifetime = "1d"
resends = 0
{policy}
[service]
{service}
[countries.US]
number = "+1425#######"
carriers = [{{ name = "any", delivered = 1.0, delay = {{ fixed = "1s" }} }}]
[countries.US.users]
finish = 1.0
right_code = 1.0
read_delay = {{ fixed = "1s" }}
resend_probability = []
"#
    ))
}

fn constant(rate: f64, hours: u32) -> String {
    format!("stages = [{{ constant = {{ rate = {rate:?}, duration = \"{hours}h\" }} }}]")
}

fn rows(recorder: &Recorder) -> Vec<&Row> {
    recorder.messages.as_ref().expect("kept").iter().map(|(_, row)| row).collect()
}

fn waited(row: &Row) -> Duration {
    row.released.since(row.due)
}

fn mean_wait(recorder: &Recorder) -> f64 {
    let rows = rows(recorder);
    let waits: f64 = rows.iter().map(|row| waited(row).as_secs_f64()).sum();
    waits / f64::from(u32::try_from(rows.len()).expect("few"))
}

#[track_caller]
fn check_near(what: &str, found: f64, expected: f64, tolerance: f64) {
    let off = (found - expected).abs() / expected;
    assert!(off < tolerance, "{what}: {found} is {off:.3} off {expected}");
}

/// The probability of being lost of `c` servers without a line, offered `a` of work.
fn erlang_b(c: u32, a: f64) -> f64 {
    (1..=c).fold(1.0, |b, n| a * b / (f64::from(n) + a * b))
}

/// The mean wait before `c` exponential servers of mean 1, offered `a` of work.
fn mean_wait_mmc(c: u32, a: f64) -> f64 {
    let b = erlang_b(c, a);
    let c = f64::from(c);
    c * b / (c - a * (1.0 - b)) / (c - a)
}

#[test]
fn sends_beyond_the_workers_wait_first_come_first_served() {
    let queue = r#"on_throttle = { queue = { limit = 100000, max_wait = "1d", workers = 3 } }"#;
    let latency = r#"latency.SendTextMessage = { exponential = { mean = "1s" } }"#;
    let recorder = simulated(&patient(1, &constant(2.4, 2), queue, latency));
    let mut rows = rows(&recorder);
    rows.sort_by_key(|row| row.due);
    assert!(rows.is_sorted_by_key(|row| row.released), "somebody was overtaken");
    let mut busy = BinaryHeap::new();
    for row in rows {
        let now = row.released.since_start();
        while busy.peek().is_some_and(|Reverse(answered)| *answered <= now) {
            busy.pop();
        }
        assert!(busy.len() < 3, "a fourth send is unanswered");
        assert!(waited(row).is_zero() || busy.len() == 2, "it waited beside an idle worker");
        busy.push(Reverse(row.times.expect("answered").answered));
    }
}

#[test]
fn waits_before_workers_are_those_of_theory() {
    let queue = |workers| {
        format!(
            "on_throttle = {{ queue = {{ limit = 100000, max_wait = \"1d\", workers = {workers} }} }}"
        )
    };
    let exponential = r#"latency.SendTextMessage = { exponential = { mean = "1s" } }"#;
    let fixed = r#"latency.SendTextMessage = { fixed = "1s" }"#;
    let mean = |rate, workers, latency: &str| {
        let scenario = |seed| patient(seed, &constant(rate, 3), &queue(workers), latency);
        let waits = (1..=4).map(|seed| mean_wait(&simulated(&scenario(seed))));
        waits.sum::<f64>() / 4.0
    };
    check_near("M/M/3", mean(2.1, 3, exponential), mean_wait_mmc(3, 2.1), 0.08);
    check_near("M/M/1", mean(0.7, 1, exponential), mean_wait_mmc(1, 0.7), 0.12);
    check_near("M/D/1", mean(0.7, 1, fixed), 0.7 / (2.0 * 0.3), 0.08);
}

#[test]
fn without_a_place_to_wait_sends_are_lost_as_erlang_says() {
    let queue = r#"on_throttle = { queue = { limit = 0, max_wait = "0s", workers = 4 } }"#;
    let latency = r#"latency.SendTextMessage = { exponential = { mean = "1s" } }"#;
    let total = simulated(&patient(3, &constant(3.0, 2), queue, latency)).cells.sum(|_| true);
    let sessions = total.sessions;
    let share = |n: u64| f64::from(u32::try_from(n).expect("few"));
    let lost = share(sessions.send_failed) / share(sessions.arrived);
    check_near("Erlang B", lost, erlang_b(4, 3.0), 0.05);
    assert_eq!(total.messages.attempted + sessions.send_failed, sessions.arrived);
}

#[test]
fn nobody_waits_for_a_worker_longer_than_allowed_and_no_more_than_there_are_places() {
    let queue = |limit, wait| {
        format!(
            "on_throttle = {{ queue = {{ limit = {limit}, max_wait = \"{wait}\", workers = 1 }} }}"
        )
    };
    let latency = r#"latency.SendTextMessage = { fixed = "1s" }"#;
    let even = |rate: f64| format!("gaps = \"even\"\n{}", constant(rate, 1));
    let hasty = simulated(&patient(1, &even(2.0), &queue(1000, "3s"), latency));
    let longest = rows(&hasty).into_iter().map(waited).max();
    assert_eq!(longest, Some(Duration::from_secs(3)));
    let small = simulated(&patient(1, &even(2.0), &queue(2, "1d"), latency));
    let longest = rows(&small).into_iter().map(waited).max();
    assert_eq!(longest, Some(Duration::from_millis(2_000)));
    for recorder in [hasty, small] {
        let total = recorder.cells.sum(|_| true);
        total.assert_conserved();
        let sessions = total.sessions;
        assert!(sessions.send_failed.abs_diff(sessions.arrived / 2) < 10, "{sessions:?}");
    }
}

#[test]
fn a_session_that_ends_in_the_line_gives_its_place_to_others() {
    let queue = r#"on_throttle = { queue = { limit = 5, max_wait = "1d", workers = 1 } }"#;
    let latency = r#"latency.SendTextMessage = { fixed = "1m" }"#;
    let scenario = patient(1, &format!("gaps = \"even\"\n{}", constant(0.1, 1)), queue, latency);
    let mut scenario = Arc::unwrap_or_clone(scenario);
    scenario.policy.lifetime = Duration::from_secs(150);
    let total = simulated(&Arc::new(scenario)).cells.sum(|_| true);
    total.assert_conserved();
    // The worker is never idle: an answer a minute, although most of those in line expire.
    assert!(total.messages.attempted >= 60, "{:?}", total.messages);
    assert!(total.sessions.expired > 60, "{:?}", total.sessions);
}
