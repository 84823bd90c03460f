//! `otpdrill compare` and `--baseline` as they are typed.

use crate::program::{fresh, otpdrill};
use serde_json::Value;
use std::{fs, path::Path, process::Output};

const QUICK: &str = "scenarios/quickstart.toml";
const BROKEN: &str = "countries.BR.users.right_code=0.3";

fn simulate(name: &str, more: &[&str]) -> (String, Output) {
    let folder = fresh(name).display().to_string();
    let shared = ["simulate", QUICK, "--out", &folder, "--quiet"];
    let output = otpdrill(&[&shared[..], more].concat());
    (folder, output)
}

fn played(name: &str, more: &[&str]) -> String {
    let (folder, output) = simulate(name, more);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    folder
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(path).expect("it is there")).expect("JSON")
}

#[track_caller]
fn check_refused(arguments: &[&str], fragment: &str) {
    let output = otpdrill(arguments);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(said.contains(fragment), "{fragment:?} is not in {said}");
}

#[test]
fn a_worse_run_ends_with_eleven_and_equal_ones_with_zero() {
    let (base, same) = (played("c-base", &[]), played("c-same", &["--seed", "43"]));
    let worse = played("c-worse", &["--seed", "43", "--set", BROKEN]);
    let equal = otpdrill(&["compare", &base, &same, "--format", "json"]);
    assert_eq!(equal.status.code(), Some(0), "{}", said(&equal));
    let output = otpdrill(&["compare", &base, &worse, "--format", "json"]);
    assert_eq!(output.status.code(), Some(11), "{}", said(&output));
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON alone");
    assert_eq!([&found["schema"], &found["verdict"]], [&Value::from(1), &Value::from("worse")]);
    let lines = found["lines"].as_array().expect("lines");
    for key in ["metric", "country", "base", "new", "effect", "ci95", "p_adjusted", "verdict"] {
        assert!(lines.iter().all(|line| line.get(key).is_some()), "{key}");
    }
    let text = otpdrill(&["compare", &base, &worse]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.starts_with("WORSE") && text.contains("BR"), "{text}");
    let strict = ["compare", &base, &worse, "--min-effect", "0.9", "--min-effect-latency", "900%"];
    assert_eq!(otpdrill(&strict[..5]).status.code(), Some(11), "latencies are worse, too");
}

#[test]
fn folders_of_runs_are_sides_and_links_do_not_count_twice() {
    let folder = fresh("c-folder");
    for seed in ["1", "2"] {
        played(&format!("c-folder/run-{seed}"), &["--seed", seed]);
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("run-2", folder.join("latest")).expect("a link");
    fs::write(folder.join("history.csv"), "").expect("a file");
    let side = folder.display().to_string();
    let output = otpdrill(&["compare", &side, &side, "--format", "json"]);
    let found: Value = serde_json::from_slice(&output.stdout).expect("JSON alone");
    assert_eq!(found["base"].as_array().map(Vec::len), Some(2), "{}", found["base"]);
    assert_eq!([&found["paired"], &found["verdict"]], [&Value::from(true), &Value::from("same")]);
}

#[test]
fn what_cannot_be_compared_is_refused_with_the_reason() {
    let base = played("c-refused", &[]);
    check_refused(&["compare", &base, "no-such-run"], "`no-such-run` holds no run");
    check_refused(&["compare", &base, "src"], "`src` holds no run");
    check_refused(&["compare", &base, &base, "--alpha", "0"], "above 0");
    let stopped = fresh("c-stopped");
    copy(Path::new(&base), &stopped);
    let reason = "\"reasons\": [{\"exit_code\": 130, \"reason\": \"stopped\"}]";
    change(&stopped, "\"reasons\": []", reason);
    let stopped = stopped.display().to_string();
    check_refused(&["compare", &base, &stopped], "was stopped before its end");
    let live = fresh("c-live");
    copy(Path::new(&base), &live);
    change(&live, "\"clock\": \"virtual\"", "\"clock\": \"real\"");
    check_refused(&["compare", &base, &live.display().to_string()], "compare runs with runs");
    change(&live, "\"schema\": 1", "\"schema\": 9");
    check_refused(&["compare", &base, &live.display().to_string()], "schema 9");
}

#[test]
fn a_bad_baseline_is_refused_before_anything_starts() {
    let base = played("c-early", &[]);
    for (wrong, fragment) in [("no-such-run", "holds no run"), (&base, "real one")] {
        let out = fresh("c-early-out");
        let text = out.display().to_string();
        let arguments = ["run", QUICK, "--baseline", wrong, "--out", &text];
        check_refused(&arguments, fragment);
        assert!(!out.exists());
    }
}

#[test]
fn a_run_that_is_worse_than_its_baseline_fails_with_eleven_and_says_where() {
    let base = played("c-run-base", &[]);
    let more = ["--seed", "7", "--baseline", &base, "--set", BROKEN];
    let (folder, output) = simulate("c-run-worse", &more);
    assert_eq!(output.status.code(), Some(11), "{}", said(&output));
    let summary = json(&format!("{folder}/summary.json"));
    assert_eq!(summary["exit_code"], 11);
    let reason = summary["reasons"][0]["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("worse than the baseline"), "{reason}");
    assert_eq!(json(&format!("{folder}/compare.json"))["verdict"], "worse");
    // The same comparison afterwards says the same.
    let again = otpdrill(&["compare", &base, &folder, "--format", "json"]);
    let again: Value = serde_json::from_slice(&again.stdout).expect("JSON alone");
    assert_eq!(again["lines"], json(&format!("{folder}/compare.json"))["lines"]);
}

#[test]
fn a_failed_threshold_comes_before_a_regression_and_both_are_told() {
    let base = played("c-both-base", &[]);
    let threshold = "thresholds=[\"conversion.message > 0.99\"]";
    let more = ["--seed", "7", "--baseline", &base, "--set", BROKEN, "--set", threshold];
    let (folder, output) = simulate("c-both", &more);
    assert_eq!(output.status.code(), Some(10));
    let reasons = json(&format!("{folder}/summary.json"))["reasons"].clone();
    let codes: Vec<_> =
        reasons.as_array().expect("a list").iter().map(|r| r["exit_code"].clone()).collect();
    assert_eq!(codes, [10, 11]);
}

#[test]
fn an_equal_run_passes_against_its_baseline() {
    let base = played("c-equal-base", &[]);
    let folder = played("c-equal", &["--seed", "8", "--baseline", &base]);
    assert_ne!(json(&format!("{folder}/compare.json"))["verdict"], "worse");
    let junit = fs::read_to_string(format!("{folder}/junit.xml")).expect("it is there");
    assert!(junit.contains("otpdrill.quickstart.baseline") && junit.contains("failures=\"0\""));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.join("latency")).expect("room");
    for sub in ["", "latency"] {
        for entry in fs::read_dir(from.join(sub)).expect("a folder").flatten() {
            if entry.path().is_file() {
                fs::copy(entry.path(), to.join(sub).join(entry.file_name())).expect("room");
            }
        }
    }
}

fn change(folder: &Path, from: &str, to: &str) {
    let path = folder.join("summary.json");
    let text = fs::read_to_string(&path).expect("it is there");
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replace(from, to)).expect("room");
}

#[test]
fn thresholds_may_be_set_against_the_baseline() {
    let (base, worse) = (fresh("delta-base"), fresh("delta-worse"));
    let (base, worse) = (base.display().to_string(), worse.display().to_string());
    let simulate = ["simulate", "scenarios/quickstart.toml", "--quiet", "--out"];
    assert!(otpdrill(&[&simulate[..], &[&base]].concat()).status.success());
    let thresholds = "thresholds=['delta.conversion.message{country=BR} >= -0.05', \
        'delta.conversion.message{country=US} >= -0.05', \
        'ratio.latency_ms.response.p99{operation=send} < 1.5', \
        'ratio.latency_ms.time_to_verify.p50{country=US} <= 1.1', \
        'delta.sessions.arrived == 0', 'delta.messages.attempted{country=US} < 50']";
    let changed = ["--set", thresholds, "--set", "countries.BR.users.right_code=0.3"];
    let against = ["--baseline", &base];
    let out = [&simulate[..], &[&worse]].concat();
    let output = otpdrill(&[&out[..], &changed, &against].concat());
    assert_eq!(output.status.code(), Some(10), "{output:?}");
    let summary: serde_json::Value =
        serde_json::from_str(&crate::program::summary(worse.as_ref())).expect("JSON");
    let judged = summary["thresholds"].as_array().expect("a list");
    let ok: Vec<_> = judged.iter().map(|result| result["ok"] == true).collect();
    assert_eq!(ok, [false, true, true, true, true, true], "{judged:?}");
    assert!(judged[0]["observed"].as_f64().is_some_and(|drop| drop < -0.05), "{judged:?}");
    // Of a run just like it every figure is the same, to the last digit.
    let messages = ["attempted", "accepted", "throttled", "rejected", "unknown", "expecting"];
    let feedback =
        ["not_expecting", "received", "failed", "unreported", "feedback_errors", "pending"];
    let messages = messages.iter().chain(&feedback).map(|name| format!("messages.{name}"));
    let others = "conversion.session conversion.message conversion.coverage shares.throttled \
        shares.rejected shares.unknown cost_usd sessions.arrived sessions.verified \
        latency_ms.time_to_verify.p95 latency_ms.feedback_service.mean";
    let metrics = messages.chain(others.split_whitespace().map(str::to_owned));
    let exact = metrics.flat_map(|metric| {
        let country = format!("{metric}{{country=US}}");
        [
            format!("'delta.{metric} == 0'"),
            format!("'delta.{country} == 0'"),
            format!("'ratio.{country} == 1'"),
        ]
    });
    let exact = format!("thresholds=[{}]", exact.collect::<Vec<_>>().join(", "));
    let same = fresh("delta-same").display().to_string();
    let output =
        otpdrill(&[&simulate[..], &[&same], &["--set", &exact, "--baseline", &base]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let alone = fresh("delta-alone").display().to_string();
    let output = otpdrill(&[&simulate[..], &[&alone], &changed].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("name one by `--baseline DIR`"), "{said}");
}
