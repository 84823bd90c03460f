//! Runs that die: what they owed is put, what they could not know is said.

use crate::{
    account::{ACCOUNT, Account, command_at, otpdrill_at},
    program::{alone, fresh, otpdrill, pause, stub_process, summary, table},
};
use std::{
    collections::BTreeSet,
    fs,
    io::Read as _,
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

const SCENARIO: &str = "tests/it/agreement.toml";

/// Begins a run and kills it after a while.
fn kill_a_run(out: &Path, url: &str, after: Duration, more: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["run", SCENARIO, "--target", url, "--quiet", "--out"]).arg(out).args(more);
    command.args(["--set", "policy.reports='everything'", "--set", "max_lag='1h'"]);
    let mut child = command.stdout(Stdio::null()).spawn().expect("the program starts");
    pause(after);
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
}

fn resume(out: &Path) -> Output {
    otpdrill(&["resume", &out.display().to_string()])
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

fn message_counts(out: &Path) -> serde_json::Value {
    let summary: serde_json::Value = serde_json::from_str(&summary(out)).expect("JSON");
    summary["messages"].clone()
}

/// The ids of one kind in `unsettled.csv`.
fn unsettled(out: &Path, kind: &str) -> BTreeSet<String> {
    let rows = table(out, "unsettled.csv");
    let rows = rows.iter().filter(|row| row["kind"] == kind);
    rows.map(|row| row["message_id"].clone()).collect()
}

#[test]
fn a_replayed_journal_gives_the_reports_back() {
    let _alone = alone();
    let out = fresh("replayed");
    let text = out.display().to_string();
    let set = ["--set", "arrivals.stages.0.constant.duration='60s'", "--messages"];
    let run = otpdrill(&[&["run", SCENARIO, "--out", &text, "--quiet"][..], &set].concat());
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));
    let copy = fresh("replayed-copy");
    let listed = Command::new("cp").arg("-r").args([&out, &copy]).status().expect("cp");
    assert!(listed.success());
    fs::remove_file(copy.join("summary.json")).expect("it is there");
    let (place, baseline) = (copy.display().to_string(), out.display().to_string());
    let resumed = otpdrill(&["resume", &place, "--baseline", &baseline]);
    assert_eq!(resumed.status.code(), Some(0), "{}", said(&resumed));
    let compared = fs::read_to_string(copy.join("compare.json")).expect("a file");
    assert!(compared.contains(r#""verdict": "same""#), "{compared}");
    for name in ["conversion.csv", "messages.csv", "timeseries.csv", "latency/send_response.hlog"] {
        let read = |folder: &Path| fs::read_to_string(folder.join(name)).expect("a file");
        assert_eq!(read(&out), read(&copy), "{name}");
    }
    let compared = otpdrill(&["resume", &place, "--baseline", &baseline]);
    assert_eq!(compared.status.code(), Some(2), "{}", said(&compared));
    assert!(said(&compared).contains("compare them by `otpdrill compare"), "{}", said(&compared));
    let again = resume(&copy);
    assert!(said(&again).contains("nothing is owed"), "{}", said(&again));
}

#[test]
fn a_run_whose_stub_lived_inside_it_is_closed_without_a_network() {
    let _alone = alone();
    let out = fresh("killed-inside");
    kill_a_run(&out, "mock", Duration::from_secs(3), &[]);
    let resumed = resume(&out);
    assert_eq!(resumed.status.code(), Some(12), "{}", said(&resumed));
    assert!(said(&resumed).contains("the stub lived inside the run"), "{}", said(&resumed));
    let counts = message_counts(&out);
    assert!(0 < counts["accepted"].as_u64().unwrap(), "{counts}");
    let pending = u64::try_from(unsettled(&out, "pending").len()).unwrap();
    assert_eq!(counts["pending"].as_u64(), Some(pending));
    assert!(0 < pending);
}

#[test]
fn a_stub_that_is_away_is_waited_for_and_one_that_forgot_is_said_to_have() {
    let _alone = alone();
    let out = fresh("killed-away");
    let stub = stub_process("127.0.0.1:0", &[]);
    let address = stub.address().to_owned();
    kill_a_run(&out, &stub.url, Duration::from_secs(3), &[]);
    drop(stub);
    // Nobody there: nothing is touched, and nothing is lost.
    let before = fs::read_dir(out.join("journal")).unwrap().count();
    let resumed = resume(&out);
    assert_eq!(resumed.status.code(), Some(15), "{}", said(&resumed));
    assert_eq!(fs::read_dir(out.join("journal")).unwrap().count(), before);
    assert!(!out.join("summary.json").exists());
    // Another one there, without a memory.
    let _stub = stub_process(&address, &[]);
    let resumed = resume(&out);
    assert_eq!(resumed.status.code(), Some(12), "{}", said(&resumed));
    let errors = unsettled(&out, "feedback_error");
    let counts = message_counts(&out);
    assert_eq!(counts["feedback_errors"].as_u64(), Some(errors.len() as u64));
    assert!(!errors.is_empty() && !errors.contains(""));
    assert_eq!(counts["pending"], 0);
}

#[test]
fn a_stub_that_remembers_loses_nothing_by_its_restart() {
    let _alone = alone();
    let (out, folder) = (fresh("killed-remembers"), fresh("killed-remembers-state"));
    fs::create_dir_all(&folder).unwrap();
    let state = folder.join("state").display().to_string();
    let mut stub = stub_process("127.0.0.1:0", &["--state", &state]);
    let address = stub.address().to_owned();
    kill_a_run(&out, &stub.url, Duration::from_secs(3), &[]);
    stub.stop();
    let _stub = stub_process(&address, &["--state", &state]);
    let resumed = resume(&out);
    let counts = message_counts(&out);
    assert_eq!(counts["feedback_errors"], 0, "{}", said(&resumed));
    assert_eq!(counts["pending"], 0);
    assert!(0 < counts["received"].as_u64().unwrap() && 0 < counts["failed"].as_u64().unwrap());
}

/// A limit on the size of files stands for a full disk: both refuse to give a file more room.
#[test]
fn without_room_for_the_journal_no_send_leaves_and_what_left_gets_its_feedback() {
    let _alone = alone();
    let out = fresh("no-room");
    let stub = stub_process("127.0.0.1:0", &[]);
    let program = env!("CARGO_BIN_EXE_otpdrill");
    // 1 MiB in blocks of 1 KiB: the first reservation of each file fits, the second does not.
    let line = format!(
        "trap '' XFSZ; ulimit -f 1024; exec {program} run {SCENARIO} --target {} --quiet --out {} \
         --threads 1 --set policy.reports=everything --set max_lag=1h \
         --set arrivals.stages.0.constant.rate=30",
        stub.url,
        out.display()
    );
    let mut command = Command::new("bash");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["-c", &line]);
    let mut child = command.stderr(Stdio::piped()).spawn().expect("bash starts");
    let mut error = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut error).expect("UTF-8");
    let code = child.wait().expect("it ends").code();
    assert_eq!(code, Some(1), "{error}");
    let before = summary(&out);
    let resumed = resume(&out);
    let counts = message_counts(&out);
    assert_eq!(counts["pending"], 0, "{}\n{before}", said(&resumed));
    assert_eq!(counts["feedback_errors"], 0, "{}", said(&resumed));
    assert!(0 < counts["rejected"].as_u64().unwrap(), "nobody was kept from sending: {counts}");
}

#[test]
fn what_is_no_killed_run_is_refused() {
    let missing = otpdrill(&["resume", "no-such-folder"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(said(&missing).contains("has no journal"), "{}", said(&missing));
    let simulated = otpdrill(&["resume", "reports/sample"]);
    assert_eq!(simulated.status.code(), Some(2), "{}", said(&simulated));
}

#[test]
fn a_run_that_goes_on_is_left_alone() {
    let _alone = alone();
    let out = fresh("going-on");
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).stdout(Stdio::null());
    command.args(["run", SCENARIO, "--quiet", "--out"]).arg(&out);
    let mut child = command.spawn().expect("the program starts");
    while !out.join("journal/shard-0.log").exists() {
        pause(Duration::from_millis(20));
    }
    let resumed = resume(&out);
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert_eq!(resumed.status.code(), Some(2), "{}", said(&resumed));
    assert!(said(&resumed).contains("in use"), "{}", said(&resumed));
}

#[test]
fn what_is_owed_to_an_account_is_put_at_the_rate_that_was_agreed_to() {
    let _alone = alone();
    let (account, out) = (Account::new(|_| ()), fresh("killed-account"));
    let identity = format!("policy.origination_identity=\"{}\"", account.us_simulator_number());
    let text = out.display().to_string();
    let arguments = [
        "run",
        "docs/live-first-run.toml",
        "--target",
        "aws",
        "--account-id",
        ACCOUNT,
        "--max-spend",
        "0.5",
        "--max-feedback-rate",
        "4",
        "--yes",
        "--quiet",
        "--out",
        &text,
        "--set",
        &identity,
        "--set",
        "arrivals.stages.0.constant.rate=0.9",
    ];
    let mut command = command_at(&account.url, &arguments, &[]);
    let mut child = command.stderr(Stdio::null()).spawn().expect("the program starts");
    pause(Duration::from_secs(9));
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let resumed = otpdrill_at(&account.url, &["resume", &text], &[]);
    assert_eq!(resumed.status.code(), Some(0), "{}", said(&resumed));
    let counts = message_counts(&out);
    let owed = counts["failed"].as_u64().expect("a count");
    assert!(4 < owed && counts["pending"] == 0, "{counts}");
    let audit = fs::read_to_string(out.join("audit.jsonl")).expect("an audit");
    let throttled = audit.matches(r#""result":"throttled""#).count();
    assert!(throttled < 3, "puts beyond the rate hold all others up: {throttled}");
}
