//! `--state FILE`: what outlives a stub, and what does not.

use crate::caller::{Asked, Connection};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A text, a context and a number that must be nowhere but in `/_mock/messages`.
const TEXT: &str = "Your code is 314159";
const CONTEXT: &str = "ctx-secret";
const NUMBER: &str = "+12065550123";

/// A stub on its own, ended by force when it is dropped.
struct Program {
    child: Child,
    endpoint: String,
}

impl Program {
    fn start(state: &Path) -> Self {
        Self::start_with(state, &[])
    }

    fn start_with(state: &Path, more: &[&str]) -> Self {
        let mut child = command(state).args(more).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut line = || lines.next().expect("a line").expect("UTF-8");
        let (line, _rules) = (line(), line());
        let endpoint = line.strip_prefix("listening on ").expect("the address").to_owned();
        Self { child, endpoint }
    }

    fn ask(&self, asked: &Asked) -> (u16, Value) {
        let answer = Connection::open(&self.endpoint).request(asked).expect("answered");
        let body = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
        (answer.status, body)
    }

    fn aws(&self, operation: &str, body: &Value) -> (u16, Value) {
        self.ask(&Asked::aws(operation, &body.to_string()))
    }

    fn get(&self, path: &str) -> Value {
        self.ask(&Asked::own("GET", path, "")).1
    }

    fn post(&self, path: &str, body: &str) -> Value {
        self.ask(&Asked::own("POST", path, body)).1
    }

    fn send(&self) -> String {
        let body = json!({ "DestinationPhoneNumber": NUMBER, "MessageBody": TEXT,
            "MessageFeedbackEnabled": true, "Context": { "key": CONTEXT } });
        let (status, answer) = self.aws("SendTextMessage", &body);
        assert_eq!(status, 200, "{answer}");
        answer["MessageId"].as_str().expect("an id").to_owned()
    }

    fn put(&self, id: &str) -> u16 {
        let body = json!({ "MessageId": id, "MessageFeedbackStatus": "RECEIVED" });
        self.aws("PutMessageFeedback", &body).0
    }

    /// Ends it by a signal; gives its exit code.
    fn end(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().expect("kill runs");
        assert!(sent.success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sms-voice-mock"));
    command.args(["--listen", "127.0.0.1:0", "--state"]).arg(state);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts a program that must refuse the file; gives its exit code and what it says.
fn refused(state: &Path) -> (Option<i32>, String) {
    let mut child = command(state).spawn().expect("the program starts");
    let (mut said, mut line) = (String::new(), String::new());
    let out = child.stdout.take().expect("piped");
    BufReader::new(out).read_line(&mut line).expect("UTF-8");
    if !line.is_empty() {
        let _ = child.kill();
        panic!("{} was not refused", state.display());
    }
    let mut errors = child.stderr.take().expect("piped");
    errors.read_to_string(&mut said).expect("UTF-8");
    (child.wait().expect("it ends").code(), said)
}

/// A file of this name in a folder of its own.
fn file(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("state").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder.join("stub.state")
}

/// The events in a file of them, each with its message and its name.
fn told(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let event = |line: &str| {
        let event: Value = serde_json::from_str(line).expect("JSON");
        format!("{} {}", event["messageId"], event["eventType"])
    };
    text.lines().map(event).collect()
}

/// Waits until the file fulfils this, at most ten seconds.
#[expect(clippy::disallowed_methods, reason = "another process is waited for")]
fn wait_until(state: &Path, fulfils: impl Fn(&str) -> bool) {
    for _ in 0..200 {
        if fulfils(&fs::read_to_string(state).unwrap_or_default()) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{} was not saved in ten seconds", state.display());
}

/// How many messages a state file says were accepted.
fn messages(text: &str) -> usize {
    let second = text.lines().nth(1).unwrap_or("null");
    let kept: Value = serde_json::from_str(second).expect("JSON");
    kept["account"]["messages"]["records"].as_array().map_or(0, Vec::len)
}

#[test]
fn an_account_goes_on_after_each_of_both_signals() {
    let state = file("signals");
    let stub = Program::start(&state);
    stub.aws("CreateConfigurationSet", &json!({ "ConfigurationSetName": "otp" }));
    let verified = json!({ "DestinationPhoneNumber": "+12065550177" });
    let (_, verified) = stub.aws("CreateVerifiedDestinationNumber", &verified);
    let (first, second) = (stub.send(), stub.send());
    assert_eq!(stub.put(&first), 200);
    stub.post("/_mock/clock/advance", r#"{"seconds": 1000}"#);
    let before = stub.get("/_mock/dashboard");
    let listed = stub.get(&format!("/_mock/messages/{first}"));
    assert_eq!(listed["body"], TEXT);
    let events = stub.get("/_mock/events");
    assert_eq!(events["events"].as_array().map(Vec::len), Some(6), "{events}");
    assert_eq!(stub.end("-TERM"), Some(143));

    let stub = Program::start(&state);
    assert_eq!(stub.get("/_mock/dashboard"), before);
    let again = stub.get(&format!("/_mock/messages/{first}"));
    assert_eq!((&again["body"], &again["context"]), (&Value::Null, &Value::Null));
    for key in ["destination", "country", "price_usd", "feedback", "accepted_at", "feedback_at"] {
        assert_eq!(again[key], listed[key], "{key}");
    }
    let (_, sets) = stub.aws("DescribeConfigurationSets", &json!({}));
    assert_eq!(sets["ConfigurationSets"][0]["ConfigurationSetName"], "otp");
    let (_, numbers) = stub.aws("DescribeVerifiedDestinationNumbers", &json!({}));
    let number = &numbers["VerifiedDestinationNumbers"][0];
    assert_eq!(number["VerifiedDestinationNumberId"], verified["VerifiedDestinationNumberId"]);
    let told = stub.get("/_mock/events");
    assert_eq!(told["next"], events["next"]);
    // The clock was moved on, and stays so.
    let third = stub.send();
    let sent = stub.get(&format!("/_mock/messages/{third}"))["accepted_at"].as_f64();
    let passed = sent.expect("a date") - listed["accepted_at"].as_f64().expect("a date");
    assert!((1_000.0..1_060.0).contains(&passed), "{passed}");
    assert_eq!(stub.put(&second), 200);
    assert!(third != first && third != second);
    assert_eq!(stub.end("-INT"), Some(130));

    let stub = Program::start(&state);
    let dashboard = stub.get("/_mock/dashboard");
    assert_eq!((&dashboard["expecting"], &dashboard["received"]), (&json!(3), &json!(2)));
    assert_eq!(stub.put(&third), 200);
}

#[test]
fn a_stub_that_is_killed_loses_two_seconds_at_most_and_makes_no_id_twice() {
    let state = file("killed");
    let stub = Program::start(&state);
    let kept = stub.send();
    wait_until(&state, |text| messages(text) == 1);
    let lost = stub.send();
    stub.end("-KILL");
    let stub = Program::start(&state);
    assert_eq!((stub.put(&kept), stub.put(&lost)), (200, 400));
    assert_ne!(stub.send(), lost);
    stub.end("-KILL");
}

#[test]
fn every_event_is_told_once_across_a_stop() {
    let state = file("events");
    let events = state.with_file_name("events.jsonl");
    let start = || Program::start_with(&state, &["--events-file", &events.to_string_lossy()]);
    let stub = start();
    let ids: Vec<_> = (0..20).map(|_| stub.send()).collect();
    // The carrier accepts them as the stub stops, and delivers them while it is down.
    stub.post("/_mock/clock/advance", r#"{"seconds": 0.3}"#);
    stub.end("-TERM");
    let accepted = told(&events);
    assert!(!accepted.iter().any(|event| event.ends_with("\"TEXT_DELIVERED\"")), "{accepted:?}");
    let stub = start();
    stub.post("/_mock/clock/advance", r#"{"seconds": 60}"#);
    stub.end("-TERM");
    let all = told(&events);
    let expected = ids.iter().flat_map(|id| {
        ["TEXT_QUEUED", "TEXT_SUCCESSFUL", "TEXT_DELIVERED"]
            .map(|kind| format!("\"{id}\" \"{kind}\""))
    });
    let sorted: BTreeSet<_> = all.iter().cloned().collect();
    assert_eq!((sorted, all.len()), (expected.collect(), 60));
}

#[test]
fn a_save_that_fails_harms_no_call_and_is_tried_again() {
    let state = file("full");
    let folder = state.parent().expect("a folder");
    let away = folder.with_file_name("away");
    let _ = fs::remove_dir_all(&away);
    let mut stub = Program::start(&state);
    let mut said = BufReader::new(stub.child.stderr.take().expect("piped")).lines();
    let mut said = || said.next().expect("a line").expect("UTF-8");
    fs::rename(folder, &away).expect("moved away");
    let id = stub.send();
    let line = said();
    assert!(line.contains("cannot write the state") && line.contains("tried again"), "{line}");
    assert_eq!(stub.put(&id), 200);
    fs::rename(&away, folder).expect("moved back");
    wait_until(&state, |text| messages(text) == 1);
    assert_eq!(said(), "the state is saved again");
    fs::rename(folder, &away).expect("moved away");
    stub.send();
    assert_eq!(stub.end("-TERM"), Some(1));
}

#[test]
fn a_reset_empties_the_file_too() {
    let state = file("reset");
    let stub = Program::start(&state);
    let id = stub.send();
    wait_until(&state, |text| messages(text) == 1);
    stub.post("/_mock/reset", "");
    wait_until(&state, |text| messages(text) == 0);
    stub.end("-KILL");
    let stub = Program::start(&state);
    assert_eq!(stub.put(&id), 400);
    assert_eq!(stub.get("/_mock/dashboard")["expecting"], 0);
}

#[test]
fn no_code_no_context_and_no_destination_is_in_the_file() {
    let state = file("private");
    let stub = Program::start(&state);
    let (_, verified) =
        stub.aws("CreateVerifiedDestinationNumber", &json!({ "DestinationPhoneNumber": NUMBER }));
    let id = &verified["VerifiedDestinationNumberId"];
    let body = json!({ "VerifiedDestinationNumberId": id, "VerificationChannel": "TEXT" });
    let (status, answer) = stub.aws("SendDestinationNumberVerificationCode", &body);
    assert_eq!(status, 200, "{answer}");
    let listed = stub.get("/_mock/messages");
    let text = listed["messages"][0]["body"].as_str().expect("a text");
    let code = text.rsplit(' ').next().expect("a code");
    assert!(code.len() == 6, "{text}");
    let body = json!({ "VerifiedDestinationNumberId": id, "VerificationCode": code });
    let (status, answer) = stub.aws("VerifyDestinationNumber", &body);
    assert_eq!(status, 200, "{answer}");
    stub.send();
    stub.end("-TERM");
    let text = fs::read_to_string(&state).expect("saved");
    for secret in [&format!("\"{code}\""), "314159", CONTEXT, "verification code"] {
        assert!(!text.contains(secret), "{secret}");
    }
    // The number is the account's own where it is verified, and nowhere else.
    assert_eq!(text.matches(&NUMBER[1..]).count(), 1);
    let mode = fs::metadata(&state).expect("saved").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_second_stub_on_the_same_file_is_refused() {
    let state = file("shared");
    let _stub = Program::start(&state);
    let (code, said) = refused(&state);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is in use by another stub"), "{said}");
}

/// A file that must be refused with exit code 3, named, and left as it is.
#[track_caller]
fn check_refused(state: &Path, bytes: &[u8], expected: &str) {
    fs::write(state, bytes).expect("written");
    let (code, said) = refused(state);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains(expected) && said.contains("stub.state"), "{said}");
    assert!(said.contains("afresh"), "{said}");
    assert!(!said.contains("1206555"), "{said}");
    assert_eq!(fs::read(state).expect("still there"), bytes);
}

#[test]
fn what_is_not_a_whole_state_file_of_ours_is_refused_and_left_alone() {
    let state = file("damaged");
    let stub = Program::start(&state);
    stub.send();
    stub.end("-TERM");
    let whole = fs::read_to_string(&state).expect("saved");
    check_refused(&state, b"", "is not a state file");
    check_refused(&state, b"{\"messages\":[]}", "is not a state file");
    check_refused(&state, &[0xFF; 4096], "is not a state file");
    let newer = whole.replace("\"schema\":2", "\"schema\":3");
    check_refused(&state, newer.as_bytes(), "is a state file of schema 3");
    for end in [whole.len() - 2, whole.len() - 9, whole.len() / 2, 100] {
        check_refused(&state, &whole.as_bytes()[..end], "is damaged");
    }
    let digit = whole.replacen("\"puts\":0", "\"puts\":1", 1).replacen("\"US\"", "\"BR\"", 1);
    check_refused(&state, digit.as_bytes(), "is damaged");
    fs::write(&state, &whole).expect("written");
    let stub = Program::start(&state);
    assert_eq!(stub.get("/_mock/dashboard")["expecting"], 1);
}

#[test]
fn a_place_that_cannot_be_written_or_read_is_refused_at_the_start() {
    let state = file("nowhere");
    let (code, said) = refused(&state.join("below-a-file-that-is-not-there"));
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("cannot write the state"), "{said}");
    let (code, said) = refused(state.parent().expect("a folder"));
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("not a regular file"), "{said}");
}
