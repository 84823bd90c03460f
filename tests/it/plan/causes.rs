//! A bottleneck of each kind, planted alone, is named with its minute.

use super::{named, planned, spike};
use serde_json::Value as Json;

/// Only `name` bound, first within its minute, and it is what lost sessions.
#[track_caller]
fn check_cause(plan: &Json, name: &str, minute: f64) {
    for limit in plan["limits"].as_array().expect("a list") {
        let is_cause = limit["name"] == name;
        assert_eq!(limit["hits"].as_u64() > Some(0), is_cause, "{limit}");
        assert_eq!(limit["first_hit_s"].is_number(), is_cause, "{limit}");
    }
    let cause = named(plan, "limits", name);
    let first = cause["first_hit_s"].as_f64().expect("it bound");
    let within = minute * 60.0..(minute + 1.0) * 60.0;
    assert!(within.contains(&first), "{name} first bound at {first}");
    assert_eq!(plan["marks"][0]["what"], format!("{name} first binds"));
}

#[track_caller]
fn check_busiest(plan: &Json, name: &str, minute: f64) {
    assert_eq!(named(plan, "limits", name)["busiest_minute_s"], minute * 60.0, "{name}");
}

const ONE_SEED: &[&str] = &["--seeds", "1", "--no-search"];

#[test]
fn the_send_quota_is_named_when_it_alone_binds() {
    let file = spike("send", "", "", "quotas = { SendTextMessage = 5 }");
    let (code, plan, _) = planned("send", &file, ONE_SEED);
    assert_eq!((code, &plan["fits"]), (10, &Json::Bool(false)));
    check_cause(&plan, "SendTextMessage", 6.0);
    check_busiest(&plan, "SendTextMessage", 6.0);
    let cause = named(&plan, "limits", "SendTextMessage");
    assert_eq!(cause["peak_demand"], 10.0);
    // Half of the spike's 600 sessions, less the burst of a second.
    let lost = cause["cause_of"]["lost_sessions"].as_u64().expect("a count");
    assert!((290..=300).contains(&lost), "{lost}");
    assert_eq!(cause["cause_of"]["throttles"], cause["hits"]);
}

#[test]
fn the_put_quota_is_named_when_it_alone_binds() {
    let file = spike("put", "", "", "quotas = { PutMessageFeedback = 5 }");
    let (_, plan, _) =
        planned("put", &file, &[ONE_SEED, &["--goal", "feedback_delay.p99 < 5s"]].concat());
    check_cause(&plan, "PutMessageFeedback", 6.0);
    let backlog = plan["total"]["feedback_backlog"]["peak"].as_u64().expect("a count");
    assert!(backlog > 150, "three hundred puts more than the quota takes: {backlog}");
    assert_eq!(plan["total"]["conversion_lost"], 0, "feedback costs no conversion");
}

#[test]
fn message_parts_are_named_when_they_alone_bind() {
    let file = spike("parts", "", "", "quotas = { parts_per_second = 5 }");
    let (_, plan, _) = planned("parts", &file, ONE_SEED);
    check_cause(&plan, "parts_per_second", 6.0);
    check_busiest(&plan, "parts_per_second", 6.0);
}

#[test]
fn the_limit_per_recipient_is_named_when_it_alone_binds() {
    let file = spike("recipient", "", "pool = 20", "quotas = { recipient_per_second = 1 }");
    // Nobody before the seventh minute.
    let quiet = ["--set", "arrivals.stages.0.constant.rate=0"];
    let (_, plan, _) = planned("recipient", &file, &[ONE_SEED, &quiet].concat());
    check_cause(&plan, "recipient_per_second", 6.0);
}

#[test]
fn the_spend_limit_is_named_when_it_alone_binds() {
    let service = "spend_limit_usd = 350\nprices.US = { price_usd = 1.0, fee_usd = 0.0 }";
    let file = spike("spend", "", "", service);
    let (code, plan, _) = planned("spend", &file, ONE_SEED);
    assert_eq!(code, 10);
    // The dollar after the three hundred and fiftieth is that of the session at 350 s.
    check_cause(&plan, "spend_limit_usd", 5.0);
    check_busiest(&plan, "spend_limit_usd", 6.0);
    assert_eq!(plan["cost_usd"]["month"], 350.0);
    assert_eq!(plan["cost_usd"]["month_without_limits"], 1_140.0);
    let cause = named(&plan, "limits", "spend_limit_usd");
    assert_eq!(
        (&cause["peak_demand"], &cause["cause_of"]["throttles"]),
        (&1_140.0.into(), &0.into())
    );
}

#[test]
fn a_queue_that_is_too_long_is_named_beside_the_quota_that_fills_it() {
    let policy = "on_throttle = { queue = { limit = 50, max_wait = \"60s\" } }";
    let file = spike("queue", policy, "", "quotas = { SendTextMessage = 5 }");
    let (_, plan, _) = planned("queue", &file, ONE_SEED);
    let (quota, queue) =
        (named(&plan, "limits", "SendTextMessage"), named(&plan, "limits", "queue"));
    let first = |limit: &Json| limit["first_hit_s"].as_f64().expect("it bound");
    assert!(first(quota) < first(queue), "{quota} {queue}");
    // Five a second too many fill fifty places in ten seconds.
    assert!((368.0..375.0).contains(&first(queue)), "{queue}");
    let waiting = plan["total"]["queue"]["peak"].as_u64().expect("a count");
    assert!((48..=51).contains(&waiting), "{waiting}");
    assert!((plan["total"]["send_delay"]["max"].as_f64().expect("sent") - 10.0).abs() < 0.6);
}

#[test]
fn without_limits_nothing_is_a_cause_and_everything_fits() {
    let (code, plan, _) = planned("free", &spike("free", "", "", ""), ONE_SEED);
    assert_eq!((code, &plan["fits"]), (0, &Json::Bool(true)));
    assert!(plan["limits"].as_array().expect("a list").iter().all(|limit| limit["hits"] == 0));
    assert_eq!(plan["marks"], serde_json::json!([]));
}

#[test]
fn the_application_s_own_rate_is_named_when_it_alone_binds() {
    let policy = "limiter = { rate = 5.0, limit = 1000, max_wait = \"90s\" }";
    // Three may leave at once, so that it does not hold the quiet minutes' sends.
    let policy = policy.replace("rate = 5.0", "rate = 5.0, burst = 3");
    let (_, plan, _) = planned("limiter", &spike("limiter", &policy, "", ""), ONE_SEED);
    check_cause(&plan, "limiter", 6.0);
    let waiting = plan["total"]["queue"]["peak"].as_u64().expect("a count");
    assert!((290..=301).contains(&waiting), "five a second too many for a minute: {waiting}");
}

#[test]
fn what_the_application_s_own_rate_gives_up_is_no_doing_of_its_queue() {
    let policy = "limiter = { rate = 5.0, burst = 3, limit = 50, max_wait = \"90s\" }\n\
        on_throttle = { queue = { limit = 400, max_wait = \"60s\", rate = 100.0 } }";
    let (_, plan, _) = planned("gave-up", &spike("gave-up", policy, "", ""), ONE_SEED);
    check_cause(&plan, "limiter", 6.0);
    let cause = &named(&plan, "limits", "limiter")["cause_of"];
    assert!(cause["lost_sessions"].as_u64() > Some(200), "{cause}");
}

#[test]
fn too_few_workers_are_named_when_they_alone_bind() {
    let policy = "on_throttle = { queue = { limit = 1000, max_wait = \"90s\", workers = 3 } }";
    let latency = "latency = { SendTextMessage = { fixed = \"500ms\" } }";
    let (_, plan, _) = planned("workers", &spike("workers", policy, "", latency), ONE_SEED);
    check_cause(&plan, "workers", 6.0);
    let waiting = plan["total"]["queue"]["peak"].as_u64().expect("a count");
    assert!((230..=241).contains(&waiting), "four a second too many for a minute: {waiting}");
}

#[test]
fn a_pool_whose_originators_have_no_room_is_named_when_it_alone_binds() {
    let pool = "pools.OTPDRILL = { originators = [\
        { id = \"A\", parts_per_second = 3 }, { id = \"B\", parts_per_second = 2 }] }";
    let (_, plan, _) = planned("pool", &spike("pool", "", "", pool), ONE_SEED);
    check_cause(&plan, "pool_parts_per_second", 6.0);
    assert_eq!(named(&plan, "limits", "pool_parts_per_second")["given"], 5.0);
}

#[test]
fn a_pool_is_named_whose_other_originators_have_no_limit() {
    let pool = "pools.OTPDRILL = { originators = [\
        { id = \"A\", parts_per_second = 3, countries = [\"US\"] }, { id = \"B\", countries = [\"BR\"] }] }";
    let (_, plan, _) = planned("pool-part", &spike("pool-part", "", "", pool), ONE_SEED);
    check_cause(&plan, "pool_parts_per_second", 6.0);
    assert_eq!(named(&plan, "limits", "pool_parts_per_second")["given"], 3.0);
}

#[test]
fn a_day_begins_when_the_cap_s_does() {
    let file = spike("day", "", "", "quotas = { parts_per_day = 2000, day_starts = \"1h\" }");
    let start = ["--set", "start=2026-03-10T23:55:00Z"];
    let (_, plan, _) = planned("day", &file, &[ONE_SEED, &start].concat());
    assert_eq!(named(&plan, "limits", "parts_per_day")["peak_demand"], 1_140.0);
}

#[test]
fn who_is_refused_for_the_day_is_not_throttled() {
    let cap = "quotas = { parts_per_day = 400, over_daily_cap = \"refuse\" }";
    let (_, plan, _) = planned("refused-day", &spike("refused-day", "", "", cap), ONE_SEED);
    check_cause(&plan, "parts_per_day", 6.0);
    let cause = named(&plan, "limits", "parts_per_day");
    assert_eq!((&cause["hits"], &cause["cause_of"]["throttles"]), (&740.into(), &0.into()));
}

#[test]
fn money_is_spent_in_the_hour_and_the_month_of_the_clock() {
    let file = spike("clock", "", "", "prices.US = { price_usd = 1.0, fee_usd = 0.0 }");
    for start in ["start=2026-01-31T23:59:30Z", "start=1969-12-31T23:59:30Z"] {
        check_clock(&planned("clock", &file, &[ONE_SEED, &["--set", start]].concat()).1);
    }
}

/// Half a minute lies before the clock's new month.
#[track_caller]
fn check_clock(plan: &Json) {
    let cost = &plan["cost_usd"];
    for (key, usd) in
        [("hour_max", 1_110.0), ("day", 1_110.0), ("month", 1_110.0), ("total", 1_140.0)]
    {
        assert_eq!(cost[key], usd, "{key}");
    }
    assert_eq!(cost["hour_max_at_s"], 30.0);
    assert_eq!(plan["countries"][0]["figures"]["cost_usd_month_max"], 1_110.0);
}

#[test]
fn a_daily_cap_is_named_when_it_alone_binds() {
    let file = spike("daily", "", "", "quotas = { parts_per_day = 400 }");
    let (_, plan, _) = planned("daily", &file, ONE_SEED);
    check_cause(&plan, "parts_per_day", 6.0);
    assert_eq!(named(&plan, "limits", "parts_per_day")["peak_demand"], 1_140.0);
}
