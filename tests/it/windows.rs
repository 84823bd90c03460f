//! Conditions on a part of a run's time, and runs that end early because of one.

use crate::{
    campaigns::{parse, simulated},
    program::{alone, fresh, otpdrill, summary},
};
use otpdrill::{drive::in_virtual_time::VirtualDriver, report::thresholds};
use std::{fs, time::Duration};

/// Ten sends a second for ten minutes; from the fifth to the seventh minute the service throttles.
fn troubled(more: &str) -> String {
    format!(
        r#"
name = "troubled"
seed = 5
{more}
[arrivals]
gaps = "even"
stages = [{{ constant = {{ rate = 10.0, duration = "10m" }} }}]
[policy]
on_throttle = "fail"
[service.latency]
SendTextMessage = {{ fixed = "20ms" }}
[[service.faults]]
kind = "throttle"
operation = "SendTextMessage"
share = 0.5
from_s = 240
until_s = 420
[countries.BR]
number = "+55119########"
carriers = [{{ name = "x", delivered = 1.0, delay = {{ fixed = "5s" }} }}]
[countries.US]
number = "+1202#######"
weight = 3.0
carriers = [{{ name = "x", delivered = 1.0, delay = {{ fixed = "5s" }} }}]
"#
    )
}

#[test]
fn a_threshold_with_a_window_sees_that_part_of_the_run_alone() {
    let thresholds = r#"thresholds = [
        "shares.throttled < 0.2",
        "shares.throttled < 0.001 after 7m",
        "shares.throttled < 0.001 last 1m",
        "shares.throttled > 0.4 after 4m10s last 5m50s",
        "messages.attempted == 600 last 1m",
        "messages.attempted > 100 after 9m",
        "messages.attempted{country=US} > 400 last 1m",
        "latency_ms.send_response.p99 < 25 last 10s",
        "conversion.message{country=BR} >= 0 last 2m",
    ]"#;
    let recorder = simulated(&parse(&troubled(thresholds)));
    let judged = thresholds::evaluate(&recorder, Duration::from_secs(600), &Default::default());
    let ok: Vec<_> = judged.iter().map(|result| result.ok).collect();
    // Of the 350 s in the fourth some 170 s are troubled: a quarter of all sends.
    assert_eq!(ok, [true, true, true, false, true, true, true, true, true], "{judged:?}");
    assert_eq!(judged[4].samples, 600);
    let quarter = judged[3].observed.expect("a share");
    assert!((0.2..0.3).contains(&quarter), "{quarter}");
}

#[test]
fn virtual_time_ends_early_where_a_condition_does_not_hold() {
    let scenario = parse(&troubled(r#"abort_unless = ["shares.throttled < 0.25 last 60s"]"#));
    let (driver, reason) = VirtualDriver::of(&scenario);
    assert_eq!(driver, VirtualDriver::GlobalQueue);
    assert!(reason.is_some_and(|reason| reason.contains("abort_unless")));
    let mut recorder = crate::campaigns::recorder(&scenario);
    let aborted = driver.play(&mut recorder, 1, |_| otpdrill::drive::signals::VirtualWish::Run);
    let aborted = aborted.expect("half of the sends were throttled");
    // Thirty seconds of a half are a quarter of a minute.
    let at = aborted.at.secs_f64();
    assert!((260.0..290.0).contains(&at), "{aborted}");
    assert!(aborted.to_string().contains("`shares.throttled < 0.25 last 60s` did not hold"));
    let arrived = recorder.cells.sum(|_| true).sessions.arrived;
    assert!((at * 10.0 - 20.0..at * 10.0 + 20.0).contains(&(arrived as f64)), "{arrived}");
}

#[test]
fn what_holds_or_has_no_sample_aborts_nothing() {
    let conditions = r#"abort_unless = [
        "shares.throttled < 0.9 last 60s",
        "shares.throttled < 0.01 after 9m",
        "messages.rejected == 0",
        "conversion.message{country=BR} >= 0 last 10s",
        "latency_ms.time_to_verify.p99 < 900000",
    ]"#;
    let scenario = parse(&troubled(conditions));
    let mut recorder = crate::campaigns::recorder(&scenario);
    let watch = |_| otpdrill::drive::signals::VirtualWish::Run;
    assert_eq!(VirtualDriver::GlobalQueue.play(&mut recorder, 1, watch), None);
    assert_eq!(recorder.cells.sum(|_| true).sessions.arrived, 6_000);
}

#[test]
fn a_live_run_is_aborted_with_code_20_and_whole_files() {
    let _alone = alone();
    let (file, out) = (fresh("abort").with_extension("toml"), fresh("aborted"));
    let scenario = troubled(r#"abort_unless = ["shares.throttled < 0.25 last 60s"]"#);
    fs::write(&file, scenario).expect("a scenario");
    let (file, path) = (file.display().to_string(), out.display().to_string());
    let output = otpdrill(&["run", &file, "--speed", "60", "--grace", "1s", "--out", &path]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(20), "{said}");
    assert!(said.contains("aborted after"), "{said}");
    let summary: serde_json::Value = serde_json::from_str(&summary(&out)).expect("JSON");
    assert_eq!(summary["exit_code"], 20);
    let arrived = summary["sessions"]["arrived"].as_u64().expect("a count");
    assert!((2_500..4_500).contains(&arrived), "{arrived}");
    assert_eq!(summary["messages"]["pending"], 0);
}
