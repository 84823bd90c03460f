//! The command line: what is refused, with which code, and what a stopped run leaves behind.

use crate::program::{alone, count, fresh, otpdrill, summary, table};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

#[track_caller]
fn check_refused(arguments: &[&str], code: i32, fragments: &[&str]) {
    let out = fresh("refused");
    let text = out.display().to_string();
    let output = otpdrill(&[arguments, &["--out", &text]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    for fragment in fragments {
        assert!(said.contains(fragment), "{fragment:?} is not in {said}");
    }
    assert!(!out.exists(), "{arguments:?} left something behind");
}

const QUICK: &str = "scenarios/quickstart.toml";

#[test]
fn real_aws_and_other_machines_are_refused_with_the_reason() {
    check_refused(&["run", QUICK, "--target", "aws"], 2, &["needs `--account-id`"]);
    let aws = ["run", QUICK, "--target", "https://sms-voice.us-east-1.amazonaws.com"];
    check_refused(&aws, 2, &["counts as AWS", "--target aws"]);
}

#[test]
fn a_target_where_nobody_listens_is_unreachable() {
    check_refused(&["run", QUICK, "--target", "http://127.0.0.1:9"], 15, &["cannot reach"]);
}

#[test]
fn a_broken_scenario_is_refused_and_nothing_is_written() {
    let broken = ["simulate", QUICK, "--set", "countries.BR.weight=-1"];
    check_refused(&broken, 3, &["countries.BR.weight is -1"]);
    check_refused(&["run", "no-such-file.toml"], 3, &["no-such-file.toml"]);
    let unknown = ["simulate", QUICK, "--set", "policy.triess=3"];
    check_refused(&unknown, 3, &["policy.triess", "did you mean"]);
}

#[test]
fn a_threshold_that_fails_or_sees_nothing_ends_with_ten() {
    for threshold in ["conversion.message > 0.99", "conversion.message{country=NL} > 0.1"] {
        let out = fresh("threshold");
        let set = format!("thresholds=[{threshold:?}]");
        let text = out.display().to_string();
        let sets = ["--set", &set, "--set", "countries.NL={profile='NL',weight=0.0}"];
        let arguments = [&["simulate", QUICK, "--out", &text, "--quiet"][..], &sets].concat();
        let output = otpdrill(&arguments);
        assert_eq!(output.status.code(), Some(10), "{threshold}");
        assert!(summary(&out).contains("\"verdict\": \"failed\""));
    }
}

#[test]
fn results_are_not_overwritten_unasked() {
    let out = fresh("twice");
    let text = out.display().to_string();
    let arguments = ["simulate", QUICK, "--quiet", "--out", &text];
    assert_eq!(otpdrill(&arguments).status.code(), Some(0));
    assert_eq!(otpdrill(&arguments).status.code(), Some(2));
    assert_eq!(otpdrill(&[&arguments[..], &["--overwrite"]].concat()).status.code(), Some(0));
}

#[test]
fn json_on_standard_output_is_the_summary_and_nothing_else() {
    let out = fresh("json");
    let text = out.display().to_string();
    let output = otpdrill(&["simulate", QUICK, "--format", "json", "--out", &text]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), summary(&out));
}

/// A live run that would take minutes, begun.
fn begin(out: &Path, more: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["run", QUICK, "--speed", "2", "--quiet"]);
    command.args(["--grace", "4s", "--messages", "--out"]).arg(out).args(more);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.expect("kill is there").success());
}

#[track_caller]
fn check_whole(out: &Path, exit_code: i32) {
    let summary: serde_json::Value = serde_json::from_str(&summary(out)).expect("a summary");
    let (sessions, messages) = (&summary["sessions"], &summary["messages"]);
    let n = |of: &serde_json::Value, key: &str| of[key].as_u64().expect(key);
    let ended: u64 = sessions
        .as_object()
        .expect("counts")
        .iter()
        .filter(|(key, _)| *key != "arrived")
        .map(|(_, n)| n.as_u64().expect("a count"))
        .sum();
    assert_eq!(n(sessions, "arrived"), ended);
    assert!(n(sessions, "arrived") > 0);
    let answered: u64 =
        ["accepted", "throttled", "rejected", "unknown"].map(|key| n(messages, key)).iter().sum();
    assert_eq!(n(messages, "attempted"), answered);
    assert_eq!(summary["exit_code"], exit_code);
    let total = table(out, "conversion.csv").pop().expect("a total");
    assert_eq!(count(&total, "messages_accepted"), n(messages, "accepted"));
    assert!(
        fs::read_to_string(out.join("latency/send_response.hlog"))
            .expect("a log")
            .starts_with("#[")
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a signal must come while the run goes on")]
fn the_first_signal_puts_the_feedback_owed() {
    let _alone = alone();
    let out = fresh("interrupted");
    let child = begin(&out, &[]);
    thread::sleep(Duration::from_secs(8));
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    check_whole(&out, 130);
    let total = table(&out, "conversion.csv").pop().expect("a total");
    assert_eq!(count(&total, "pending"), 0, "{total:?}");
    assert_eq!(count(&total, "expecting"), count(&total, "received") + count(&total, "failed"));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a signal must come while the run goes on")]
fn the_second_signal_stops_at_once() {
    let _alone = alone();
    let out = fresh("stopped");
    let child = begin(&out, &[]);
    thread::sleep(Duration::from_secs(6));
    interrupt(&child);
    thread::sleep(Duration::from_millis(300));
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    check_whole(&out, 130);
    let total = table(&out, "conversion.csv").pop().expect("a total");
    assert!(count(&total, "pending") > 0, "nothing is put after the second signal: {total:?}");
}

/// A stub in a process of its own, and its address.
fn begin_stub() -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
    command.args(["mock", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped());
    let mut stub = command.spawn().expect("the program starts");
    let mut line = String::new();
    let out = stub.stdout.take().expect("piped");
    BufReader::new(out).read_line(&mut line).expect("a line");
    let address = line.trim().strip_prefix("listening on ").expect("the first line");
    (stub, address.to_owned())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the stub must die while the run goes on")]
fn a_stub_that_dies_in_the_middle_leaves_whole_books_and_the_reasons() {
    let _alone = alone();
    let out = fresh("widowed");
    let (mut stub, address) = begin_stub();
    let child = begin(&out, &["--target", &address]);
    thread::sleep(Duration::from_secs(6));
    stub.kill().expect("it runs");
    stub.wait().expect("it ends");
    thread::sleep(Duration::from_secs(3));
    interrupt(&child);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(15), "{}", String::from_utf8_lossy(&output.stderr));
    check_whole(&out, 15);
    let summary: serde_json::Value = serde_json::from_str(&summary(&out)).expect("a summary");
    let reasons = summary["reasons"].to_string();
    assert!(reasons.contains("found nobody listening"), "{reasons}");
    let owed = &summary["messages"];
    let left = ["feedback_errors", "pending"].map(|key| owed[key].as_u64().expect(key));
    assert!(left.iter().sum::<u64>() > 0, "messages sent before have no feedback: {owed}");
}
