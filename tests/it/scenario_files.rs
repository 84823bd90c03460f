//! Scenario files: what is accepted, what is refused and in which words.

use otpdrill::scenario::{self, Loaded, Source, profiles::PROFILES};
use sms_voice_mock::config::ConfigError;
use std::{fs, path::Path};

/// Two countries, one from a profile, and a bit of everything.
const FULL: &str = r#"
name = "full"
description = "a bit of everything"
seed = 7
start = 2026-03-01T08:00:00Z
speed = 20
warm_up = "30s"
thresholds = [
  "conversion.message{country=BR} > 0.7",
  "latency_ms.response.p99{operation=send} < 500",
  "messages.throttled == 0",
]

[arrivals]
gaps = "even"
max_sessions = 5000
stages = [
  { constant = { rate = 10.0, duration = "2m" } },
  { ramp = { from = 10.0, to = 20.0, duration = "1m" } },
  { step = { from = 0.0, to = 30.0, steps = 4, duration = "1m" } },
  { spike = { base = 5.0, peak = 50.0, duration = "100s" } },
]

[policy]
reports = { lost = 0.2 }
on_throttle = { queue = { limit = 1000, max_wait = "1m" } }
feedback = "configuration-set"
per_user = { count = 5, window = "10m" }

[[templates]]
name = "short"
weight = 3.0
body = "{code} is your code"

[[templates]]
name = "long"
body = "Your verification code is {code}. It is good for five minutes."
conversion_effect = 0.9

[countries.BR]
profile = "BR"
weight = 3.0
users = { finish = 0.5, pool = 1000 }

[countries.DE]
number = "+49151########"
carriers = [{ name = "Telekom", delivered = 0.97, delay = { fixed = "3s" } }]

[service]
quotas = "aws-default"
latency.SendTextMessage = { log_normal = { median = "40ms", sigma = 0.3 } }
"#;

fn parse(text: &str, sets: &[&str]) -> Result<Loaded, ConfigError> {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let source = Source {
        name: "x.toml",
        folder: Some(Path::new(env!("CARGO_MANIFEST_DIR"))),
    };
    scenario::parse(text, source, &sets, None)
}

#[track_caller]
fn check_accepted(text: &str, sets: &[&str]) -> Loaded {
    parse(text, sets).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn check_refused(text: &str, sets: &[&str], expected: &[&str]) {
    let error = parse(text, sets).expect_err("the scenario should be refused");
    let message = error.to_string();
    for part in expected {
        assert!(message.contains(part), "{part:?} is not in:\n{message}");
    }
}

#[test]
fn a_scenario_written_out_reads_back_as_the_same_campaign() {
    let loaded = check_accepted(FULL, &[]);
    let resolved = loaded.resolved();
    assert!(!resolved.contains("profile"), "{resolved}");
    let again = check_accepted(&resolved, &[]);
    assert_eq!(again.scenario, loaded.scenario);
    assert_eq!(again.resolved(), resolved);
}
