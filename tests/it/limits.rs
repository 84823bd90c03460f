//! The limits of a live run: what happens at them, and what is said about it.

use crate::program::{alone, count, fresh, otpdrill, summary, table};
use std::{fs, path::Path};

/// Three seconds of users who are quick, against a service that is slow.
const SLOW: &str = r#"
name = "slow"
max_lag = "1m"
drain = "20s"
[arrivals]
gaps = "even"
stages = [{ constant = { rate = 20.0, duration = "3s" } }]
[policy]
lifetime = "4s"
call_timeout = "1s"
[countries.US]
number = "+1425#######"
carriers = [{ name = "any", delivered = 1.0, delay = { fixed = "500ms" } }]
[countries.US.users]
finish = 1.0
right_code = 1.0
read_delay = { fixed = "500ms" }
resend_probability = []
[service.latency]
SendTextMessage = { fixed = "LATENCY" }
"#;

#[track_caller]
fn check_slow(name: &str, latency: &str, more: &[&str], code: i32, check: impl FnOnce(&Path)) {
    let _alone = alone();
    let file = fresh(&format!("{name}.toml"));
    fs::write(&file, SLOW.replace("LATENCY", latency)).expect("a scenario");
    let (file, folder) = (file.display().to_string(), fresh(name));
    let out = folder.display().to_string();
    let run = ["run", &file, "--out", &out, "--quiet", "--messages"];
    let output = otpdrill(&[&run[..], more].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}{}", summary(&folder));
    check(&folder);
}

fn total(folder: &Path, column: &str) -> u64 {
    count(&table(folder, "conversion.csv").pop().expect("a total"), column)
}

#[test]
fn a_call_that_takes_too_long_is_unknown_and_never_repeated() {
    check_slow("too-long", "3s", &[], 0, |folder| {
        assert_eq!(total(folder, "unknown"), total(folder, "sessions"));
        assert_eq!(total(folder, "messages_attempted"), total(folder, "sessions"));
    });
}

#[test]
fn an_arrival_beyond_the_calls_in_flight_is_dropped_and_counted() {
    check_slow("in-flight", "500ms", &["--max-in-flight", "2"], 0, |folder| {
        assert!(summary(folder).contains("\"dropped\": "));
        let dropped = !summary(folder).contains("\"dropped\": 0");
        assert!(dropped, "{}", summary(folder));
        assert!(total(folder, "messages_attempted") < total(folder, "sessions"));
    });
}

#[test]
fn an_arrival_beyond_the_open_sessions_is_dropped_and_counted() {
    check_slow("sessions", "1ms", &["--max-sessions", "5"], 0, |folder| {
        assert!(!summary(folder).contains("\"dropped\": 0"), "{}", summary(folder));
    });
}

#[test]
fn a_generator_that_is_later_than_allowed_says_so() {
    let strict = [
        "--set",
        "max_lag=100us",
        "--set",
        "arrivals.stages=[{constant={rate=400.0,duration='3s'}}]",
    ];
    check_slow("late", "1ms", &strict, 13, |folder| {
        assert!(summary(folder).contains("too slow"), "{}", summary(folder));
    });
}

#[test]
fn each_thread_has_its_own_share_of_the_workers_and_a_share_of_nothing_is_refused() {
    let queue = "policy.on_throttle={queue={limit=100,max_wait='1m',workers=2}}";
    check_slow("shares-none", "10ms", &["--set", queue, "--threads", "3"], 3, |folder| {
        assert!(!folder.join("summary.json").exists());
    });
    // Two threads with one worker each: two answers in 250 ms are eight sends a second.
    let sets = ["--set", queue, "--set", "policy.lifetime='1m'", "--threads", "2"];
    check_slow("shares", "250ms", &sets, 0, |folder| {
        assert_eq!(total(folder, "messages_accepted"), total(folder, "sessions"));
        let rows = table(folder, "messages.csv");
        let waits = rows.iter().filter(|row| row["released_s"] != row["due_s"]).count();
        assert!(waits > 30, "{waits} sends waited");
    });
}

#[test]
fn a_pool_of_the_scenario_binds_in_the_stub_as_in_virtual_time() {
    let set = |key: &str| ["--set".to_owned(), key.to_owned()];
    let pool = "service.pools={otp={originators=[{id='A',parts_per_second=2.0},{id='B',parts_per_second=3.0}]}}";
    let sets = [set(pool), set("policy.origination_identity=\"otp\"")].concat();
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    // Twenty a second for three seconds; a second's worth at once, then five a second.
    check_slow("pool-live", "1ms", &sets, 0, |folder| {
        let accepted = total(folder, "messages_accepted");
        assert!((17..=21).contains(&accepted), "{accepted} accepted of 20");
        let throttled = total(folder, "throttled");
        assert_eq!(accepted + throttled, total(folder, "messages_attempted"));
    });
}
