//! A log played again.

use super::{all, check_count, check_shards, countries, number};
use crate::campaigns::simulated;
use otpdrill::scenario::{self, Loaded, Scenario};
use sms_voice_mock::service::dice::{Dice, Draw};
use std::{fs, path::PathBuf, sync::Arc, time::Duration};

/// A folder with a scenario and a log of `rows` rows, the later half first; every row begins at its
/// own second, and 0.25 s after it.
fn folder(name: &str, rows: u64, arrivals: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).expect("writable");
    let dice = Dice::new(1);
    let row = |row: u64| {
        let code = if dice.unit(row, Draw::Country, 0) < 0.25 { "US" } else { "BR" };
        format!("{}.25,{code}\n", 1_795_813_200 + 2 * row)
    };
    let rows = (rows / 2..rows).chain(0..rows / 2).map(row).collect::<String>();
    fs::write(folder.join("log.csv"), format!("timestamp,country\n{rows}")).expect("writable");
    let text = format!("name = \"log\"\n{arrivals}\n{}", countries(&[("BR", 1.0), ("US", 1000.0)]));
    fs::write(folder.join("log.toml"), text).expect("writable");
    folder
}

#[track_caller]
fn load(folder: &std::path::Path) -> Loaded {
    scenario::load(&folder.join("log.toml"), &[], None).unwrap_or_else(|error| panic!("{error}"))
}

fn played(name: &str, rows: u64, arrivals: &str) -> Arc<Scenario> {
    Arc::new(load(&folder(name, rows, arrivals)).scenario)
}

#[test]
fn a_log_is_played_row_by_row_from_its_first_second() {
    let scenario = played("replay-once", 1_000, "arrivals.replay = { file = \"log.csv\" }");
    assert_eq!(scenario.start_epoch_s, 1_795_813_200);
    let dice = Dice::new(1);
    let mut rows = 0;
    for (row, (session, at, origin)) in (0_u64..).zip(all(&scenario)) {
        assert_eq!(session, row);
        assert_eq!(at.nanos(), 2_000_000_000 * row + 250_000_000);
        assert_eq!(origin.country, u16::from(dice.unit(row, Draw::Country, 0) < 0.25));
        rows += 1;
    }
    assert_eq!(rows, 1_000);
    assert!((scenario.arrivals.expected() - 1_000.0).abs() < 1e-9);
    let recorder = simulated(&scenario);
    assert_eq!(recorder.cells.sum(|_| true).sessions.arrived, 1_000);
}

#[test]
fn a_start_leaves_out_what_was_before_it() {
    let text = "start = 2026-11-27T21:10:00Z\narrivals.replay = { file = \"log.csv\" }";
    let scenario = played("replay-later", 1_000, text);
    let first = all(&scenario).next().expect("some are left");
    assert_eq!(first.1.nanos(), 250_000_000);
    assert_eq!(all(&scenario).count(), 700);
}

#[test]
fn a_log_that_is_scaled_spreads_what_it_adds_within_the_jitter() {
    for (gaps, scale) in [("poisson", 2.5), ("even", 2.5), ("poisson", 0.3), ("even", 0.3)] {
        let text = format!(
            "[arrivals]\ngaps = \"{gaps}\"\n\
             replay = {{ file = \"log.csv\", scale = {scale:?}, jitter = \"30s\" }}"
        );
        let scenario = played(&format!("replay-{gaps}-{scale}"), 4_000, &text);
        check_shards(&scenario);
        let arrived: Vec<_> = all(&scenario).collect();
        assert!((scenario.arrivals.expected() / (4_000.0 * scale) - 1.0).abs() < 1e-9);
        if gaps == "even" {
            assert!((number(arrived.len()) - 4_000.0 * scale).abs() < 1.0, "{}", arrived.len());
        } else {
            check_count(arrived.len(), 4_000.0 * scale);
        }
        let on_time = arrived.iter().filter(|(_, at, _)| at.nanos() % 2_000_000_000 == 250_000_000);
        // Further sessions of even gaps stand at even parts of the jitter, on a row's second too.
        if gaps == "poisson" && scale > 1.0 {
            assert_eq!(on_time.count(), 4_000);
        }
        let last = arrived.last().expect("some").1;
        assert!(last.since_start() < scenario.arrivals.duration());
        assert!(last.since_start() < Duration::from_secs(8_000 + 30));
    }
}

#[test]
fn the_scenario_of_a_run_plays_the_same_log_from_anywhere() {
    let text = "seed = 4\narrivals.replay = { file = \"log.csv\", scale = 1.5 }";
    let loaded = load(&folder("replay-again", 300, text));
    let elsewhere = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("replay-elsewhere");
    fs::create_dir_all(&elsewhere).expect("writable");
    fs::write(elsewhere.join("log.toml"), loaded.resolved()).expect("writable");
    let again = load(&elsewhere);
    assert_eq!(again.scenario, loaded.scenario);
    assert_eq!(again.resolved(), loaded.resolved());
    assert!(all(&Arc::new(again.scenario)).eq(all(&Arc::new(loaded.scenario))));
}
