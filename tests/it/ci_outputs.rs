//! What a run leaves for CI servers.

use crate::program::{fresh, otpdrill};
use otpdrill::{
    commands::{
        ci::{append, write_junit_again},
        run_dir::RunDir,
    },
    report::{
        github::{self, Country, LONGEST},
        history::HEAD,
        junit::{self, Case, Outcome},
        summary::Summary,
    },
    results::{Detail, Results},
};
use std::{fs, path::Path, process::Command, thread};

const QUICK: &str = "scenarios/quickstart.toml";

/// The program in a fresh folder, with what a CI server would set.
fn in_folder(name: &str, variables: &[(&str, &str)], arguments: &[&str]) -> std::process::Output {
    let folder = fresh(name);
    fs::create_dir_all(&folder).expect("room");
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join(QUICK).display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
    for name in
        ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"]
    {
        command.env_remove(name);
    }
    command.current_dir(&folder).envs(variables.iter().copied()).args(["simulate", &scenario]);
    command.args(arguments).output().expect("the program starts")
}

fn sample() -> Summary {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample/summary.json");
    serde_json::from_str(&fs::read_to_string(path).expect("it is there")).expect("a summary")
}

#[test]
fn each_threshold_is_a_test_case_and_one_that_fails_a_failure() {
    let cases = junit::cases(&sample());
    assert_eq!(cases.len(), 4);
    assert_eq!(cases[0].outcome, Outcome::Passed);
    let failed: Vec<_> =
        cases.iter().filter(|c| matches!(c.outcome, Outcome::Failed(..))).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].name, "conversion.session{country=BR} > 0.95");
}

#[test]
fn a_run_that_was_stopped_or_too_slow_is_an_error() {
    let mut summary = sample();
    let reason = |exit_code, reason: &str| otpdrill::report::summary::Reason {
        exit_code,
        reason: reason.to_owned(),
    };
    summary.reasons = vec![reason(130, "stopped by SIGINT"), reason(13, "too slow")];
    let Outcome::Error(_, told) = &junit::cases(&summary)[0].outcome else { panic!("an error") };
    assert_eq!(told, "stopped by SIGINT (exit code 130)\ntoo slow (exit code 13)");
}

#[test]
fn two_simulations_have_the_same_junit_file() {
    let read = |name: &str| {
        let out = fresh(name).display().to_string();
        let output = otpdrill(&["simulate", QUICK, "--quiet", "--out", &out]);
        assert_eq!(output.status.code(), Some(0));
        fs::read_to_string(format!("{out}/junit.xml")).expect("it is there")
    };
    let junit = read("junit-1");
    assert_eq!(junit, read("junit-2"));
    assert!(junit.contains("timestamp=\"2026-01-01T00:00:00\""), "{junit}");
}

#[test]
fn what_a_run_left_behind_gives_the_same_junit_file_again() {
    let (base, out) = (fresh("junit-base").display().to_string(), fresh("junit-again"));
    assert_eq!(otpdrill(&["simulate", QUICK, "--quiet", "--out", &base]).status.code(), Some(0));
    let text = out.display().to_string();
    let worse = ["--baseline", &base, "--set", "countries.BR.users.right_code=0.3"];
    let run = ["simulate", QUICK, "--quiet", "--seed", "7", "--out", &text];
    assert_eq!(otpdrill(&[&run[..], &worse].concat()).status.code(), Some(11));
    let before = fs::read_to_string(out.join("junit.xml")).expect("it is there");
    assert!(before.contains("<failure") && before.contains("<skipped"), "{before}");
    fs::remove_file(out.join("junit.xml")).expect("it is there");
    let results = Results::open(&out, Detail::Whole).expect("a run");
    write_junit_again(&RunDir::of_run(&out), &results).expect("room");
    assert_eq!(fs::read_to_string(out.join("junit.xml")).expect("it is there"), before);
    fs::write(out.join("compare.json"), "{").expect("room");
    let output = otpdrill(&["report", &text]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("compare.json"), "{said}");
    assert_eq!(fs::read_to_string(out.join("junit.xml")).expect("it is there"), before);
}

#[test]
fn github_gets_a_summary_and_annotations() {
    let file = fresh("github-summary.md");
    drop(fs::remove_file(&file));
    let path = file.display().to_string();
    let variables = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", path.as_str())];
    let set = "thresholds=[\"conversion.message > 0.99\"]";
    let output = in_folder("github", &variables, &["--format", "json", "--set", set]);
    assert_eq!(output.status.code(), Some(10));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("::error title=otpdrill quickstart::conversion.message > 0.99: it was"),
        "{said}"
    );
    assert!(said.contains("::notice title=otpdrill quickstart::"), "{said}");
    let page = fs::read_to_string(&file).expect("it was written");
    assert!(
        page.contains("### otpdrill quickstart: ❌ failed") && page.contains("| NG |"),
        "{page}"
    );
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON alone");
    assert_eq!(json["exit_code"], 10);
}

#[test]
fn a_summary_that_cannot_be_written_is_a_warning() {
    let variables = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "/no/such/folder/file")];
    let output = in_folder("github-unwritable", &variables, &["--quiet"]);
    assert_eq!(output.status.code(), Some(0));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("warning: cannot write the step summary"), "{said}");
}

#[test]
fn a_page_with_250_countries_and_many_failures_stays_below_the_limit() {
    let long = "x|".repeat(3_000);
    let country = |number: u64| Country {
        code: format!("C{number}"),
        sessions: [1_000_000, 900_000 + number],
        messages: [1_000_000, 850_000 + number],
        throttled: number,
        ci95: Some([0.8, 0.9]),
    };
    let countries: Vec<_> = (0..250).map(country).collect();
    let case = |number: usize| Case {
        class: "c".to_owned(),
        name: number.to_string(),
        outcome: Outcome::Failed("regression", format!("{number} {long}")),
    };
    let few: Vec<_> = (0..3).map(case).collect();
    let page = github::summary(&sample(), &countries, &few, LONGEST);
    let worst = page.find("| C0 |").expect("the worst country");
    assert!(
        page.len() < LONGEST && worst < page.find("<details>").expect("folded"),
        "{}",
        page.len()
    );
    assert!(page.contains("240 more countries"));
    let many: Vec<_> = (0..400).map(case).collect();
    let page = github::summary(&sample(), &countries, &many, LONGEST);
    assert!(page.len() <= LONGEST && page.ends_with("(the rest is in the run's files)\n"));
    assert_eq!(github::annotations(&sample(), &many).matches("::error ").count(), 10);
}

#[test]
fn a_run_in_the_default_place_adds_a_row_with_its_commit() {
    let variables = [("GITHUB_SHA", "0123abcd"), ("GITHUB_REF_NAME", "main")];
    let output = in_folder("history", &variables, &["--quiet"]);
    assert_eq!(output.status.code(), Some(0));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("history/reports/history.csv");
    let text = fs::read_to_string(path).expect("it was written");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], HEAD);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1].split(',').count(), HEAD.split(',').count());
    assert!(
        lines[1].contains(",0123abcd,main,quickstart,42,model,virtual,passed,0,reports/"),
        "{text}"
    );
}

#[test]
fn a_run_in_a_chosen_place_remembers_only_where_it_is_told_to() {
    let output =
        in_folder("history-out", &[], &["--quiet", "--out", "a", "--history", "h/all.csv"]);
    assert_eq!(output.status.code(), Some(0));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("history-out");
    assert!(folder.join("h/all.csv").is_file() && !folder.join("history.csv").exists());
    let output = in_folder("history-none", &[], &["--quiet", "--out", "a"]);
    assert_eq!(output.status.code(), Some(0));
    let left = fs::read_dir(Path::new(env!("CARGO_TARGET_TMPDIR")).join("history-none"));
    assert_eq!(left.expect("a folder").count(), 1);
}

#[test]
fn rows_of_runs_that_end_at_the_same_time_are_all_there() {
    let path = fresh("history-race").join("history.csv");
    thread::scope(|scope| {
        for writer in 0..8 {
            let path = &path;
            scope.spawn(move || {
                for nth in 0..25 {
                    append(path, &format!("{writer},{nth}\n")).expect("room");
                }
            });
        }
    });
    let text = fs::read_to_string(&path).expect("it was written");
    let rows: std::collections::BTreeSet<&str> = text.lines().skip(1).collect();
    assert_eq!((text.lines().next(), rows.len(), text.lines().count()), (Some(HEAD), 200, 201));
}

#[test]
fn a_history_of_another_format_is_left_alone() {
    let path = fresh("history-other.csv");
    fs::write(&path, "time,other\n").expect("room");
    let error = append(&path, "row\n").expect_err("another head");
    assert!(error.to_string().contains("first line"), "{error}");
    assert_eq!(fs::read_to_string(&path).expect("it is there"), "time,other\n");
}
