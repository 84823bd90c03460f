//! Live runs and the command itself.

use super::{QUICK, check_every_change_is_found};
use crate::program::{alone, fresh, otpdrill, serve};
use otpdrill::dashboard::{expected::Expected, observed::Observed};
use serde_json::{Value, json};
use sms_voice_mock::{
    Stub,
    clock::StubClock,
    service::{Service, country::CountryCode, phone::PhoneNumber, request::SendText},
};
use std::{
    fs,
    path::Path,
    process::{Command, Output},
    sync::Arc,
    thread,
    time::Duration,
};

/// A full minute, so that what is done at once is done in one minute.
const FULL_MINUTE: Duration = Duration::from_secs(1_800_000_000);

/// A stub of its own, whose clock begins with a minute.
fn stub() -> (Arc<Stub>, String) {
    let stub = Arc::new(Stub::new(Service::default(), StubClock::starting(FULL_MINUTE, 1.0)));
    let address = serve(Arc::clone(&stub));
    (stub, format!("http://{address}"))
}

/// Plays a small campaign, live, with service latency and a put in five unanswered.
fn run(target: &str, out: &Path, more: &[&str]) -> Output {
    let out = out.display().to_string();
    let arguments = ["run", QUICK, "--target", target, "--out", &out, "--quiet", "--speed", "60"];
    let sets = [
        "--set",
        "max_lag=1m",
        "--set",
        "thresholds=[]",
        "--set",
        "arrivals.stages=[{constant={rate=8.0,duration='2m'}}]",
        "--set",
        "service.errors.PutMessageFeedback.reset_after=0.1",
        "--set",
        "service.errors.PutMessageFeedback.internal_error=0.1",
    ];
    otpdrill(&[&arguments[..], &sets[..], more].concat())
}

fn verify(out: &Path, more: &[&str]) -> (Option<i32>, Value, String) {
    let out = out.display().to_string();
    let output = otpdrill(&[&["verify", &out][..], more].concat());
    let said = [output.stdout, output.stderr].concat();
    let found = fs::read(Path::new(&out).join("verify.json")).unwrap_or_default();
    let found = serde_json::from_slice(&found).unwrap_or_default();
    (output.status.code(), found, String::from_utf8_lossy(&said).into_owned())
}

/// What `verify` read, as the AWS CLI prints it.
fn as_the_cli_prints(found: &Value) -> Value {
    let results = found["totals"].as_array().expect("totals").iter().map(|total| {
        let points = total["points"].as_array().expect("points");
        let times: Vec<_> = points
            .iter()
            .map(|point| point[0].as_str().expect("a time").replace('Z', "+00:00"))
            .collect();
        let values: Vec<_> = points.iter().map(|point| &point[1]).collect();
        json!({ "Id": total["id"], "Timestamps": times, "Values": values, "StatusCode": "Complete" })
    });
    json!({ "MetricDataResults": results.collect::<Vec<_>>(), "Messages": [] })
}

#[test]
fn a_live_run_agrees_and_any_change_of_what_was_read_is_found() {
    let _alone = alone();
    let ((_stub, url), out) = (stub(), fresh("verify-live"));
    let played = run(&url, &out, &[]);
    assert_eq!(played.status.code(), Some(0), "{}", String::from_utf8_lossy(&played.stderr));
    let (code, found, said) = verify(&out, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(found["verdict"], "agrees");
    let html = fs::read_to_string(out.join("verify.html")).expect("a page");
    assert!(
        html.contains("agrees") && !html.contains("src=") && !html.contains("href="),
        "it needs nothing else"
    );
    let text = fs::read_to_string(out.join("dashboard-expected.json")).expect("expectations");
    let expected = Expected::read(&text).expect("they are ours");
    let read = as_the_cli_prints(&found).to_string();
    let observed = Observed::read(&read, &expected).expect("it is what the CLI prints");
    check_every_change_is_found(&expected, &observed);
    let (periods, exact) = expected.periods();
    assert!(exact < periods, "retried puts leave something open: {exact} of {periods}");

    // The same where the SDK's own variable says that CloudWatch is.
    let with = |url: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
        command.arg("verify").arg(&out).args(["--against", "cloudwatch", "--wait", "0s"]);
        command.env("AWS_ENDPOINT_URL_CLOUDWATCH", url).output().expect("it starts").status.code()
    };
    assert_eq!(with(&url), Some(0));
    assert_eq!(with("https://monitoring.us-east-1.amazonaws.com"), Some(2), "not on this machine");
    assert_eq!(with(""), Some(15), "no credentials");

    // The same from a file; and with the data arriving while we wait for it.
    let file = out.join("metrics.json");
    let against = format!("file:{}", file.display());
    fs::write(&file, &read).expect("there is room");
    assert_eq!(verify(&out, &["--against", &against]).0, Some(0));
    let mut incomplete = as_the_cli_prints(&found);
    for result in incomplete["MetricDataResults"].as_array_mut().expect("results") {
        result["Values"].as_array_mut().expect("values").pop();
        result["Timestamps"].as_array_mut().expect("times").pop();
    }
    fs::write(&file, incomplete.to_string()).expect("there is room");
    let (code, found, said) = verify(&out, &["--against", &against]);
    assert_eq!(code, Some(12), "{said}");
    assert!(found["counts"]["missing"].as_u64() > Some(0), "{said}");
    assert_eq!(found["counts"]["extra"], 0, "{said}");
    let later = thread::spawn(move || {
        #[expect(clippy::disallowed_methods, reason = "data that comes late must come late")]
        thread::sleep(Duration::from_millis(700));
        fs::write(file, read).expect("there is room");
    });
    let (code, found, said) = verify(&out, &["--against", &against, "--wait", "20s"]);
    later.join().expect("it wrote");
    assert_eq!(code, Some(0), "{said}");
    assert!(!found["arrived_late"].as_array().expect("a list").is_empty(), "{said}");
}

#[test]
fn data_that_comes_ten_minutes_late_is_waited_for() {
    let _alone = alone();
    let ((stub, url), out) = (stub(), fresh("verify-late"));
    let late = ["--set", "service.metrics.published_after=10m"];
    assert_eq!(run(&url, &out, &late).status.code(), Some(0));
    let (code, found, said) = verify(&out, &[]);
    assert_eq!(code, Some(12), "{said}");
    assert!(found["counts"]["missing"].as_u64() > Some(0), "{said}");
    let ten_minutes_pass = thread::spawn(move || {
        for _ in 0..11 {
            #[expect(clippy::disallowed_methods, reason = "time must pass while it waits")]
            thread::sleep(Duration::from_millis(100));
            stub.advance(Duration::from_secs(60));
        }
    });
    let (code, found, said) = verify(&out, &["--wait", "20s"]);
    ten_minutes_pass.join().expect("they passed");
    assert_eq!(code, Some(0), "{said}");
    assert!(!found["arrived_late"].as_array().expect("a list").is_empty(), "{said}");
}

#[test]
fn a_message_of_somebody_else_in_the_window_is_extra() {
    let _alone = alone();
    let ((stub, url), out) = (stub(), fresh("verify-foreign"));
    stub.with_service(|service, now| {
        let to = PhoneNumber::new(12_065_550_100, CountryCode::of("US"));
        let text = SendText {
            message_feedback_enabled: Some(true),
            ..SendText::new(to, "somebody else's")
        };
        service.send_text_message(now, &text);
    });
    assert_eq!(run(&url, &out, &[]).status.code(), Some(0));
    let (code, found, said) = verify(&out, &[]);
    assert_eq!(code, Some(12), "{said}");
    let findings = found["findings"].as_array().expect("a list");
    let kinds: Vec<_> = findings.iter().map(|found| (&found["id"], &found["verdict"])).collect();
    assert_eq!(findings.len(), 4, "two sums and two minutes: {said}");
    assert!(findings.iter().all(|found| found["verdict"] == "extra"), "{kinds:?}");
}

#[test]
fn a_run_looks_itself_before_its_stub_goes_away() {
    let _alone = alone();
    for target in ["mock", "wiremock"] {
        let out = fresh(&format!("verify-{target}"));
        // wiremock cannot reset connections.
        let whole = ["--set", "service.errors.PutMessageFeedback.reset_after=0.0"];
        let output = run(target, &out, &[&["--verify"][..], &whole].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let text = fs::read_to_string(out.join("verify.json")).expect("it was verified");
        let found: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((&found["verdict"], &found["against"]), (&json!("agrees"), &json!(target)));
        let (code, _, said) = verify(&out, &[]);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("gone"), "{said}");
    }
}

#[test]
fn what_cannot_be_judged_is_refused_with_the_reason() {
    let empty = fresh("verify-nothing");
    fs::create_dir_all(&empty).expect("there is room");
    let (code, _, said) = verify(&empty, &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("not the folder of a run"), "{said}");
    let out = fresh("verify-simulated");
    let text = out.display().to_string();
    assert_eq!(otpdrill(&["simulate", QUICK, "--quiet", "--out", &text]).status.code(), Some(0));
    let check = |arguments: &[&str], code: i32, fragment: &str| {
        let (found, _, said) = verify(&out, arguments);
        assert_eq!(found, Some(code), "{said}");
        assert!(said.contains(fragment), "{fragment:?} is not in {said}");
    };
    check(&[], 2, "simulated");
    check(&["--against", "http://127.0.0.1:9"], 15, "cannot read CloudWatch");
    check(&["--against", "http://192.0.2.1:80"], 2, "counts as AWS");
    check(&["--against", "file:/nowhere.json"], 2, "/nowhere.json");
    check(&["--tolerance", "2"], 2, "from 0 to 1");
    let queries = otpdrill(&["verify", &text, "--queries"]);
    let queries: Value = serde_json::from_slice(&queries.stdout).expect("JSON");
    let list = queries["MetricDataQueries"].as_array().expect("queries");
    assert_eq!(list.len(), 4 * 4 + 4, "four countries");
    assert!(list.iter().all(|query| query.get("Expression").is_none()), "no metric math");
}
