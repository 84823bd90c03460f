//! One campaign, every driver and front: the same seed tells the same story.

use crate::program::{COUNTS, Table, alone, count, number, results, table};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

const SCENARIO: &str = "tests/it/agreement.toml";
const LIFETIME_S: f64 = 60.0;
/// Four messages of up to three attempts.
const MESSAGES_PER_SESSION: u64 = 12;

/// What must agree about every message.
const FACTS: [&str; 15] = [
    "session",
    "nth",
    "attempt",
    "country",
    "carrier",
    "template",
    "due_s",
    "released_s",
    "answer",
    "delivered",
    "delivery_delay_s",
    "receipt",
    "receipt_s",
    "read_s",
    "feedback",
];

/// Session, message and attempt.
type Key = (String, String, String);
type Row = BTreeMap<String, String>;
type Messages = BTreeMap<Key, Row>;

fn messages(folder: &Path) -> Messages {
    let key = |row: &Row| (row["session"].clone(), row["nth"].clone(), row["attempt"].clone());
    table(folder, "messages.csv").into_iter().map(|row| (key(&row), row)).collect()
}

fn counts(folder: &Path) -> Table {
    let keep = |row: BTreeMap<String, String>| {
        row.into_iter().filter(|(column, _)| COUNTS.contains(&column.as_str())).collect()
    };
    table(folder, "conversion.csv").into_iter().map(keep).collect()
}

/// Sessions that measured latency could tip: in one of the stories an answer came later, in campaign
/// time, than the first thing that depends on it, which is the message's arrival, the next attempt after
/// a throttled one, or the code's end.
fn near_an_edge(one: &Messages, other: &Messages, speed: f64) -> BTreeSet<String> {
    // Without an answer in time there is nothing that could have come too late.
    let shift = |row: &Row| match row["service_ms"].as_str() {
        "" => 0.0,
        _ => (number(row, "lag_ms") + number(row, "service_ms")) / 1e3 * speed,
    };
    let tipped = one.iter().filter(|(key, row)| {
        let shift = other.get(key).map_or(0.0, shift).max(shift(row));
        slack(one, key).min(slack(other, key)) <= shift
    });
    tipped.map(|((session, ..), _)| session.clone()).collect()
}

/// How late an answer may come without a consequence, in seconds of campaign time.
fn slack(messages: &Messages, key: &Key) -> f64 {
    let Some(row) = messages.get(key) else { return LIFETIME_S };
    let (session, nth, attempt) = key.clone();
    let attempt: u64 = attempt.parse().expect("a number");
    let next = messages.get(&(session, nth, (attempt + 1).to_string()));
    let pause = next.map(|next| number(next, "released_s") - number(row, "released_s"));
    let delivery = (row["delivered"] == "true").then(|| number(row, "delivery_delay_s"));
    pause.unwrap_or(LIFETIME_S).min(delivery.unwrap_or(LIFETIME_S))
}

#[track_caller]
fn check_same_story(name: &str, simulated: &Path, live: &Path, speed: f64) {
    let (expected, seen) = (messages(simulated), messages(live));
    let edge = near_an_edge(&expected, &seen, speed);
    let sessions: BTreeSet<_> = expected.keys().map(|(session, ..)| session).collect();
    assert!(
        edge.len() * 1000 < sessions.len(),
        "{name}: {} of {} sessions are near an edge: this machine is too slow for the comparison",
        edge.len(),
        sessions.len(),
    );
    let away = |messages: &Messages| -> Vec<Vec<String>> {
        let rows = messages.iter().filter(|((session, ..), _)| !edge.contains(session));
        rows.map(|(_, row)| FACTS.iter().map(|fact| row[*fact].clone()).collect()).collect()
    };
    let (expected, seen) = (away(&expected), away(&seen));
    for (expected, seen) in expected.iter().zip(&seen) {
        assert_eq!(expected, seen, "{name}, in the order of {FACTS:?}");
    }
    assert_eq!(expected.len(), seen.len(), "{name}: number of messages");
    // A session near an edge may have other messages, at most this many of each kind.
    let most = MESSAGES_PER_SESSION * edge.len() as u64;
    for (expected, seen) in counts(simulated).iter().zip(counts(live)) {
        assert_eq!(expected["country"], seen["country"], "{name}");
        for column in COUNTS.into_iter().filter(|column| *column != "country") {
            let difference = count(expected, column).abs_diff(count(&seen, column));
            assert!(difference <= most, "{name}, {column}: {expected:?} and {seen:?}");
        }
    }
}

#[test]
fn the_stub_over_http_and_the_model_called_directly_tell_the_same_story() {
    let simulated = results("agreement-model", &["simulate", SCENARIO, "--messages"]);
    let summary = crate::program::summary(&simulated);
    for reached in ["verified", "expired", "locked_out", "abandoned"] {
        assert!(!summary.contains(&format!("\"{reached}\": 0,")), "{reached} in {summary}");
    }
    let resent = table(&simulated, "messages.csv").iter().filter(|row| row["nth"] != "0").count();
    assert!(resent > 100, "{resent} resends");
    // The wiremock crate serves from one thread, so it is given more time.
    for (target, speed) in [("mock", "20"), ("wiremock", "8")] {
        let _alone = alone();
        let arguments = ["run", SCENARIO, "--messages", "--target", target, "--speed", speed];
        let live = results(&format!("agreement-{target}"), &arguments);
        check_same_story(target, &simulated, &live, speed.parse().expect("a number"));
    }
}

#[test]
fn the_number_of_shards_changes_nothing() {
    let _alone = alone();
    let run = |threads: &str| {
        let arguments = ["run", SCENARIO, "--messages", "--threads", threads, "--speed", "20"];
        results(&format!("agreement-threads-{threads}"), &arguments)
    };
    check_same_story("three shards", &run("1"), &run("3"), 20.0);
}
