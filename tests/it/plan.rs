//! Planning: planted bottlenecks are named, the quotas found are the smallest, and the files hold what
//! they promise.

mod causes;
mod command;
mod search;

use crate::program::{fresh, otpdrill};
use serde_json::Value as Json;
use std::{fs, path::PathBuf};

/// A session a second, and ten times as many in the seventh minute.
const SPIKE: &str = r#"
name = "spike"
seed = 3
[arrivals]
gaps = "even"
stages = [
  { constant = { rate = 1.0, duration = "6m" } },
  { constant = { rate = 10.0, duration = "1m" } },
  { constant = { rate = 1.0, duration = "3m" } },
]
[policy]
lifetime = "2m"
POLICY
[countries.US]
number = "+1425#######"
carriers = [{ name = "any", delivered = 1.0, delay = { fixed = "1s" } }]
[countries.US.users]
finish = 1.0
right_code = 1.0
read_delay = { fixed = "5s" }
resend_probability = []
USERS
[service]
SERVICE
"#;

/// The scenario above with these lines in its sections.
fn spike(name: &str, policy: &str, users: &str, service: &str) -> String {
    let text = SPIKE.replace("POLICY", policy).replace("USERS", users);
    let file = fresh(&format!("plan-{name}.toml"));
    fs::write(&file, text.replace("SERVICE", service)).expect("a scenario");
    file.display().to_string()
}

/// Plans and gives the exit code, `plan.json` and the folder.
#[track_caller]
fn planned(name: &str, scenario: &str, more: &[&str]) -> (i32, Json, PathBuf) {
    let folder = fresh(&format!("plan-{name}"));
    let out = folder.display().to_string();
    let arguments = [&["plan", scenario, "--out", &out, "--format", "json"][..], more].concat();
    let output = otpdrill(&arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let plan = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {said}"));
    (output.status.code().expect("it ended"), plan, folder)
}

/// The entry of a list of a plan by its name.
#[track_caller]
fn named<'p>(plan: &'p Json, list: &str, name: &str) -> &'p Json {
    let entries = plan[list].as_array().unwrap_or_else(|| panic!("no {list}"));
    let entry = entries.iter().find(|entry| entry["name"] == name);
    entry.unwrap_or_else(|| panic!("no {name} in {list}: {entries:?}"))
}
