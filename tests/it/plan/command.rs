//! What `otpdrill plan` promises: its files, its exit codes, the same bytes whatever the threads.

use super::{planned, spike};
use crate::program::{fresh, otpdrill, table};
use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

const QUOTAS: &str = "quotas = { SendTextMessage = 8, PutMessageFeedback = 9 }";

#[test]
fn the_plan_is_the_same_whatever_the_number_of_threads() {
    let file = spike("threads", "", "", QUOTAS);
    let sweep = ["--seeds", "2", "--what-if", "policy.lifetime=1m,2m"];
    let (_, _, one) = planned("one-thread", &file, &[&["--threads", "1"], &sweep[..]].concat());
    let (_, _, four) = planned("four-threads", &file, &[&["--threads", "4"], &sweep[..]].concat());
    let files = [
        "plan.json",
        "plan.html",
        "limits.csv",
        "countries.csv",
        "demand.csv",
        "what-if.csv",
        "quota-request.txt",
        "scenario.toml",
    ];
    for name in files {
        let read = |folder: &std::path::Path| fs::read(folder.join(name)).expect(name);
        assert!(read(&one) == read(&four), "{name} differs");
        assert!(!read(&one).is_empty(), "{name} is empty");
    }
}

#[test]
fn the_json_has_every_key_of_its_schema() {
    let (_, plan, folder) = planned("schema", &spike("schema", "", "", QUOTAS), &["--seeds", "1"]);
    assert_eq!(plan["schema"], 1);
    assert!(plan["fits"].is_boolean());
    let each = |list: &str, keys: &[&str]| {
        let entries = plan[list].as_array().expect(list);
        assert!(!entries.is_empty(), "{list} is empty");
        for entry in entries {
            keys.iter().for_each(|key| assert!(entry.get(key).is_some(), "{list} has no {key}"));
        }
    };
    each("limits", &["name", "given", "peak_demand", "first_hit_s", "cause_of"]);
    each("needed", &["name", "given", "smallest", "in_concert"]);
    each("tests", &["country", "verifications_per_arm", "messages_per_arm"]);
    each("goals", &["expr", "observed", "ok"]);
    for key in ["hour_max", "day", "month"] {
        assert!(plan["cost_usd"][key].is_number(), "{key}");
    }
    let file = fs::read(folder.join("plan.json")).expect("it was written");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&file).expect("JSON"), plan);
    let minutes = table(&folder, "demand.csv");
    assert_eq!(
        (minutes[5]["send_demand"].as_str(), minutes[6]["send_demand"].as_str()),
        ("60", "600")
    );
    assert_eq!(minutes[6]["send_demand_peak"], "10");
    let countries = table(&folder, "countries.csv");
    assert_eq!(countries.last().expect("a total")["sessions"], "1140");
    assert_ne!(countries[0]["cost_usd_month_max"], "0.000000");
    let needed = plan["needed"][0]["in_concert"].to_string();
    let limits = table(&folder, "limits.csv");
    assert_eq!(needed, format!("{}.0", limits[0]["in_concert"].as_str()));
    let request = fs::read_to_string(folder.join("quota-request.txt")).expect("it was written");
    assert!(request.contains("current:   8 calls/s"), "{request}");
}

#[track_caller]
fn check_refused(more: &[&str], code: i32, expected: &str) {
    let folder = fresh("plan-refused");
    let out = folder.display().to_string();
    let file = spike("refused", "", "", "");
    let output = otpdrill(&[&["plan", &file, "--out", &out][..], more].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(expected), "{said}");
    assert!(!folder.exists(), "nothing is made for a plan that cannot be");
}

#[test]
fn what_cannot_be_planned_is_refused_before_anything_is_made() {
    check_refused(&["--goal", "throtled < 1%"], 2, "did you mean `throttled`");
    check_refused(&["--what-if", "policy.tries"], 2, "path=a,b,c");
    check_refused(&["--what-if", "policy.tries=1,0"], 3, "policy.tries");
    check_refused(&["--what-if", "seed=1,2"], 2, "`--seeds`");
    check_refused(&["--seeds", "2", "--seed", "9223372036854775807"], 2, "no 2 seeds");
}

#[test]
fn what_if_has_a_row_for_each_combination() {
    let file = spike("sweep", "", "", "");
    let sweeps = [
        "--what-if",
        "service.quotas.SendTextMessage=5,12",
        "--what-if",
        "policy.on_throttle=fail,{ queue = { limit = 1000, max_wait = \"90s\", rate = 5 } }",
    ];
    let (code, plan, folder) =
        planned("sweep", &file, &[&["--seeds", "1", "--no-search"], &sweeps[..]].concat());
    assert_eq!(code, 0, "a sweep is no verdict on what is given");
    let rows = plan["what_if"].as_array().expect("a list");
    let fits: Vec<bool> =
        rows.iter().map(|row| row["fits"].as_bool().expect("a verdict")).collect();
    assert_eq!(fits, [false, false, true, true]);
    let waits = |row: usize| rows[row]["figures"]["queue"]["peak"].as_u64().expect("a count");
    assert!(waits(0) == 0 && waits(1) > 200, "{} {}", waits(0), waits(1));
    assert!(
        fs::read_to_string(folder.join("what-if.csv")).expect("it was written").lines().count()
            == 5
    );
}

#[test]
fn a_goal_means_its_country_also_where_a_sweep_adds_another() {
    let file = spike("other", "", "", "");
    let added = "countries.BR={ profile = \"BR\", weight = 0 }";
    let more = [
        "--seeds",
        "1",
        "--no-search",
        "--goal",
        "sessions.arrived{country=US} > 1000",
        "--what-if",
        added,
    ];
    let (code, plan, _) = planned("other", &file, &more);
    assert_eq!((code, &plan["what_if"][0]["fits"]), (0, &true.into()), "{}", plan["what_if"]);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a signal must come while planning goes on")]
fn a_signal_leaves_nothing_half_written() {
    let folder = fresh("plan-interrupted");
    let file = spike("interrupted", "", "", QUOTAS);
    let out = folder.display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
    command.args(["plan", &file, "--out", &out, "--seeds", "1000", "--quiet"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    thread::sleep(Duration::from_secs(3));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("kill").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!folder.exists(), "the folder is taken away again");
}
