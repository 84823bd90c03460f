//! Virtual time: one seed, the same bytes.

use crate::program::{fresh, otpdrill, results};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Every file of a run but the manifest, by its path inside the folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inner) = folders.pop() {
        for entry in fs::read_dir(&inner).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("manifest.json") {
                let name = path.strip_prefix(folder).expect("inside").to_owned();
                found.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    found
}

fn simulated(name: &str, scenario: &str, more: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
    let arguments = [&["simulate", scenario, "--messages"], more].concat();
    files(&results(name, &arguments))
}

#[test]
fn one_seed_gives_the_same_bytes_and_another_does_not() {
    for scenario in ["evening-peak", "resend-storm"] {
        let file = format!("scenarios/{scenario}.toml");
        let first = simulated(&format!("{scenario}-a"), &file, &[]);
        let threads = simulated(&format!("{scenario}-b"), &file, &["--threads", "1"]);
        let other = simulated(&format!("{scenario}-c"), &file, &["--seed", "99"]);
        assert!(first == threads, "{scenario}: the same seed gave other files");
        for (name, bytes) in &first {
            let differs = other.get(name) != Some(bytes);
            let same_anyway = name.ends_with("latency/schedule_lag.hgrm");
            assert!(differs || same_anyway, "{scenario}: another seed gave the same {name:?}");
        }
    }
}

#[test]
fn threads_that_play_ahead_give_the_same_bytes() {
    // Without a row for each message they do.
    let played = |threads| {
        let arguments = ["simulate", "scenarios/evening-peak.toml", "--threads", threads];
        files(&results(&format!("ahead-{threads}"), &arguments))
    };
    let alone = played("1");
    for threads in ["2", "8"] {
        assert!(played(threads) == alone, "{threads} threads gave other files");
    }
}

#[test]
fn the_scenario_as_it_ran_gives_the_same_campaign_again() {
    let sets = ["--set", "policy.tries=1", "--set", "countries.ES.users.finish=0.5", "--seed", "5"];
    let first = fresh("as-it-ran-a");
    let out = first.display().to_string();
    let arguments =
        [&["simulate", "scenarios/evening-peak.toml", "--messages", "--out", &out][..], &sets];
    assert!(otpdrill(&arguments.concat()).status.code().is_some());
    let again = first.join("scenario.toml").display().to_string();
    let second = fresh("as-it-ran-b");
    let out = second.display().to_string();
    otpdrill(&["simulate", &again, "--messages", "--out", &out]);
    assert!(files(&first) == files(&second));
}
