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
    let output = otpdrill(&[&["run", &file, "--out", &out, "--quiet"][..], more].concat());
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
