//! What binds: the application's workers, its own rate limiter, pools, daily caps, and the SDK's
//! retries, each played in virtual time.

use crate::campaigns::{parse, simulated};
use otpdrill::{
    record::{Recorder, messages::Row},
    scenario::Scenario,
};
use sms_voice_mock::service::time::SimTime;
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

/// Accepted messages and refused calls.
fn accepted(recorder: &Recorder) -> [u64; 3] {
    let messages = recorder.cells.sum(|_| true).messages;
    [messages.accepted, messages.throttled, messages.rejected]
}

#[test]
fn a_pool_sends_what_all_its_originators_have_room_for() {
    let pool = r#"origination_identity = "otp""#;
    let service = |rates: [f64; 2]| {
        format!(
            r#"
[service.pools.otp]
originators = [
  {{ id = "+12065550100", parts_per_second = {:?} }},
  {{ id = "+12065550101", parts_per_second = {:?} }},
  {{ id = "+442071838750", parts_per_second = 100.0, countries = ["GB"] }},
]
"#,
            rates[0], rates[1]
        )
    };
    let even = format!("gaps = \"even\"\n{}", constant(5.0, 1));
    let enough = simulated(&patient(1, &even, pool, &service([2.0, 3.0])));
    assert_eq!(accepted(&enough), [18_000, 0, 0]);
    let one_less = simulated(&patient(1, &even, pool, &service([2.0, 2.0])));
    let [passed, throttled, rejected] = accepted(&one_less);
    assert!((14_390..=14_410).contains(&passed), "{passed} of four a second");
    assert_eq!((passed + throttled, rejected), (18_000, 0));
    // Without the pool the same name is an originator of its own, which nothing limits.
    let unknown = simulated(&patient(1, &even, "", &service([2.0, 2.0])));
    assert_eq!(accepted(&unknown), [18_000, 0, 0]);
}

#[test]
fn a_pool_that_does_not_reach_the_country_refuses_for_good() {
    let service = r#"pools.otp = { originators = [{ id = "GB", countries = ["GB"] }] }"#;
    let pool = r#"origination_identity = "otp""#;
    let recorder = simulated(&patient(1, &constant(1.0, 1), pool, service));
    let [passed, throttled, rejected] = accepted(&recorder);
    assert_eq!((passed, throttled), (0, 0));
    assert_eq!(rejected, recorder.cells.sum(|_| true).sessions.arrived);
}

#[test]
fn a_brand_has_its_cap_every_day_and_the_day_begins_when_it_is_said_to() {
    let service = |more: &str| {
        format!(
            r#"
quotas.day_starts = "8h"
{more}
[service.pools.otp]
order = "in-turn"
originators = [
  {{ id = "A", brand = "acme", messages_per_day = 2000 }},
  {{ id = "B", brand = "acme", messages_per_day = 2000 }},
]
"#
        )
    };
    let arrivals = format!("gaps = \"even\"\n{}", constant(0.1, 72));
    let pool = r#"origination_identity = "otp""#;
    let scenario = patient(1, &arrivals, pool, &service(""));
    let recorder = simulated(&scenario);
    // From midnight to eight o'clock 2880 ask, then 8640 a day for two days, then two thirds of a day.
    assert_eq!(accepted(&recorder), [8_000, 25_920 - 8_000, 0]);
    let hour = |row: &Row| row.released.nanos() / 3_600_000_000_000;
    let passed = rows(&recorder).into_iter().filter(|row| row.id().is_some());
    let mut hours: Vec<u64> = passed.map(hour).collect();
    hours.dedup();
    let days = [0..6, 8..14, 32..38, 56..62].map(Vec::from_iter).concat();
    assert_eq!(hours, days);
    let refused = service("quotas.over_daily_cap = \"refuse\"");
    let recorder = simulated(&patient(1, &arrivals, pool, &refused));
    assert_eq!(accepted(&recorder), [8_000, 0, 25_920 - 8_000]);
}

#[test]
fn who_is_only_too_fast_for_the_others_is_throttled_and_not_refused_for_the_day() {
    let service = r#"
quotas.over_daily_cap = "refuse"
[service.pools.otp]
originators = [
  { id = "A", messages_per_day = 100 },
  { id = "B", parts_per_second = 1.0 },
]
"#;
    let arrivals = format!("gaps = \"even\"\n{}", constant(2.0, 1));
    let pool = r#"origination_identity = "otp""#;
    let recorder = simulated(&patient(1, &arrivals, pool, service));
    // A takes its hundred, B one of every two from then on; B has room again in half a second.
    let [passed, throttled, rejected] = accepted(&recorder);
    assert_eq!(passed, 100 + 3_550, "{throttled} throttled");
    assert_eq!((throttled, rejected), (7_200 - passed, 0));
}

#[test]
fn a_spend_limit_begins_anew_every_month() {
    // A message an hour for ninety days from the middle of January: three new months begin.
    let month = r#"{ constant = { rate = 0.000277777777777, duration = "30d" } }"#;
    let arrivals = format!("gaps = \"even\"\nstages = [{month}, {month}, {month}]");
    let service = "spend_limit_usd = 1.0\nprices.US = { price_usd = 0.01 }";
    let mut scenario = Arc::unwrap_or_clone(patient(1, &arrivals, "", service));
    scenario.start_epoch_s = 1_768_435_200; // 2026-01-15T00:00:00Z
    let recorder = simulated(&Arc::new(scenario));
    let day = |row: &Row| row.released.nanos() / 86_400_000_000_000;
    let passed = rows(&recorder).into_iter().filter(|row| row.id().is_some());
    let mut days: Vec<u64> = passed.map(day).collect();
    assert_eq!(days.len(), 400);
    days.dedup();
    // A hundred messages are four days and four hours; months begin on days 17, 45 and 76.
    let spent = [0..=4, 17..=21, 45..=49, 76..=80].map(Vec::from_iter).concat();
    assert_eq!(days, spent);
}

#[test]
fn the_applications_own_rate_paces_every_send_and_drops_what_would_wait_too_long() {
    let limiter = |more: &str| format!("limiter = {{ rate = 2.0, {more} }}");
    let even = format!("gaps = \"even\"\n{}", constant(4.0, 1));
    let patient_line = limiter(r#"limit = 100000, max_wait = "1d""#);
    let recorder = simulated(&patient(1, &even, &patient_line, ""));
    let mut released: Vec<SimTime> = rows(&recorder).iter().map(|row| row.released).collect();
    assert_eq!(released.len(), 14_400);
    released.sort();
    let half = Duration::from_millis(500);
    assert!(released.windows(2).all(|pair| pair[1].since(pair[0]) == half));
    for more in [r#"limit = 100000, max_wait = "10s""#, r#"limit = 20, max_wait = "1d""#] {
        let recorder = simulated(&patient(1, &even, &limiter(more), ""));
        let longest = rows(&recorder).into_iter().map(waited).max().expect("some were sent");
        assert!((9_500..=10_000).contains(&longest.as_millis()), "{more}: {longest:?}");
        let sessions = recorder.cells.sum(|_| true).sessions;
        assert_eq!(sessions.arrived, sessions.verified + sessions.send_failed);
        assert!(sessions.verified.abs_diff(7_200) <= 22, "{more}: {sessions:?}");
    }
}

#[test]
fn poisson_arrivals_wait_before_the_applications_rate_as_before_a_fixed_service() {
    let limiter = r#"limiter = { rate = 1.0, limit = 100000, max_wait = "1d" }"#;
    let mean = |seed| mean_wait(&simulated(&patient(seed, &constant(0.7, 4), limiter, "")));
    let mean = (1..=3).map(mean).sum::<f64>() / 3.0;
    check_near("M/D/1", mean, 0.7 / (2.0 * 0.3), 0.08);
}

#[test]
fn puts_can_have_a_rate_of_their_own() {
    let even = format!("gaps = \"even\"\n{}", constant(4.0, 1));
    let recorder =
        simulated(&patient(1, &even, "feedback_rate = 5.0", "quotas.PutMessageFeedback = 5.0"));
    let messages = recorder.cells.sum(|_| true).messages;
    assert_eq!(messages.accepted, 14_400);
    let puts = recorder.cells.sum(|_| true).puts;
    assert_eq!((puts.acknowledged, puts.repeated), (14_400, 0));
}

/// Every call meets this share of one kind of error; the SDK repeats it.
fn repeated(share: &str, policy: &str, rate: f64, seconds: u32) -> Recorder {
    let stage = format!("constant = {{ rate = {rate:?}, duration = \"{seconds}s\" }}");
    let arrivals = format!("gaps = \"even\"\nstages = [{{ {stage} }}]");
    simulated(&patient(1, &arrivals, policy, &format!("errors.SendTextMessage = {{ {share} }}")))
}

#[test]
fn the_sdk_stops_repeating_when_its_tokens_are_used_up() {
    let sent = |policy: &str| {
        repeated("throttle = 1.0", policy, 200.0, 1).cells.sum(|_| true).messages.attempted
    };
    assert_eq!(sent(""), 200);
    assert_eq!(sent("sdk_retries = {}"), 300);
    assert_eq!(sent("sdk_retries = { tokens = 100000 }"), 600);
    assert_eq!(sent("sdk_retries = { tokens = 100000, max_attempts = 1 }"), 200);
    let both = "sdk_retries = { tokens = 100000 }\non_throttle = { retry = { attempts = 2, backoff = \"1s\" } }";
    assert_eq!(sent(both), 1_200);
}

#[test]
fn a_send_repeated_after_a_lost_answer_is_sent_again_and_only_then() {
    let many = "sdk_retries = { tokens = 100000 }";
    let all_lost = repeated("reset_after = 1.0", many, 10.0, 50);
    assert_eq!(all_lost.cells.sum(|_| true).messages.unknown, 1_500);
    let retried = all_lost.sdk;
    assert_eq!((retried.retries, retried.after_unclear), (1_000, 1_000));
    assert_eq!(retried.processed_again, 1_000);
    let never_came = repeated("reset_before = 1.0", many, 10.0, 50).sdk;
    assert_eq!((never_came.after_unclear, never_came.processed_again), (1_000, 0));
    let some_lost = repeated("reset_after = 0.3", many, 10.0, 200);
    let messages = some_lost.cells.sum(|_| true).messages;
    assert_eq!(some_lost.sdk.processed_again, some_lost.sdk.retries);
    assert_eq!(messages.attempted, 2_000 + some_lost.sdk.retries);
    assert!((1_920..=1_970).contains(&messages.accepted), "of 1946: {messages:?}");
    let throttled = repeated("throttle = 0.3", many, 10.0, 200).sdk;
    assert!(throttled.retries > 500, "{throttled:?}");
    assert_eq!((throttled.after_unclear, throttled.processed_again), (0, 0));
    // Without the SDK's retries nothing is repeated.
    assert_eq!(repeated("reset_after = 1.0", "", 10.0, 50).sdk.retries, 0);
}

#[test]
fn the_sdk_pauses_for_any_part_of_a_bound_that_doubles() {
    let recorder = repeated("throttle = 1.0", "sdk_retries = { tokens = 1000000 }", 10.0, 200);
    let log = recorder.messages.as_ref().expect("kept");
    let mut sums = [0.0, 0.0];
    for (attempt, row) in log.iter().filter(|(attempt, _)| attempt.attempt > 0) {
        let before =
            otpdrill::engine::outcome::Attempt { attempt: attempt.attempt - 1, ..*attempt };
        let (_, before) = log.iter().find(|(found, _)| **found == before).expect("came before");
        let pause = row.released.since(before.released).as_secs_f64();
        let place = usize::from(attempt.attempt) - 1;
        assert!(pause < [1.0, 2.0][place], "{attempt:?}: {pause}");
        sums[place] += pause;
    }
    check_near("the first pause", sums[0] / 2_000.0, 0.5, 0.05);
    check_near("the second pause", sums[1] / 2_000.0, 1.0, 0.05);
}

#[test]
fn a_worker_is_held_while_the_sdk_pauses() {
    let policy = r#"
sdk_retries = { tokens = 1000000 }
on_throttle = { queue = { limit = 1000, max_wait = "1d", workers = 1 } }
"#;
    let recorder = repeated("throttle = 0.5", policy, 0.2, 600);
    let rows = rows(&recorder);
    let mut order: Vec<_> = rows.iter().map(|row| (row.released, row.due)).collect();
    order.sort();
    assert!(order.is_sorted_by_key(|(_, due)| *due), "somebody was called between two attempts");
    assert!(rows.len() > 160, "{} attempts", rows.len());
}
