//! The shipped scenarios in real time: the sums hold, and the stub's dashboard tells the same truth.

use crate::program::{alone, count, fresh, number, otpdrill, serve, summary, table};
use sms_voice_mock::{Stub, clock::StubClock, service::Service, stub::Request};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A stub of its own, on a thread that lasts as long as the test.
fn stub() -> (Arc<Stub>, String) {
    let stub = Arc::new(Stub::new(Service::default(), StubClock::of_the_wall(1.0)));
    let address = serve(Arc::clone(&stub));
    (stub, format!("http://{address}"))
}

fn get(stub: &Stub, method: &str, target: &str, body: &str) -> serde_json::Value {
    let (path, query) = target.split_once('?').map_or((target, None), |(p, q)| (p, Some(q)));
    let body = body.as_bytes();
    let content_type = Some("application/json");
    let request = Request { method, path, query, content_type, body, ..Request::default() };
    let reply = stub.answer(&request);
    assert_eq!(reply.status, 200, "{method} {target}");
    serde_json::from_slice(&reply.body).expect("JSON")
}

/// Every message the stub keeps, by session, message and attempt.
fn processed(stub: &Stub) -> BTreeMap<(String, String, String), String> {
    let mut found = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = get(stub, "GET", &format!("/_mock/messages?limit=500{after}"), "");
        for message in page["messages"].as_array().expect("a list") {
            let context = |key: &str| message["context"][key].as_str().unwrap_or("").to_owned();
            let key = (context("session"), context("nth"), context("attempt"));
            let country = message["country"].as_str().expect("a country").to_owned();
            assert_eq!(found.insert(key, country), None, "processed twice: {message}");
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return found,
        }
    }
}

/// Sends without an answer that the stub processed all the same, by country.
fn unknown_but_processed(stub: &Stub, folder: &Path) -> BTreeMap<String, u64> {
    let processed = processed(stub);
    let mut unknown = BTreeMap::new();
    for row in table(folder, "messages.csv") {
        let key = (row["session"].clone(), row["nth"].clone(), row["attempt"].clone());
        if row["answer"] == "unknown" && processed.contains_key(&key) {
            *unknown.entry(row["country"].clone()).or_insert(0) += 1;
        } else if row["answer"] == "accepted" {
            assert!(processed.contains_key(&key), "accepted, but the stub has not got it: {row:?}");
        } else {
            assert!(!processed.contains_key(&key), "refused, but the stub has it: {row:?}");
        }
    }
    unknown
}

/// Plays a shipped scenario live and compares the stub's dashboard with `conversion.csv`.
#[track_caller]
fn check_live(scenario: &str) -> (Arc<Stub>, PathBuf) {
    let _alone = alone();
    let (stub, url) = stub();
    let folder = fresh(&format!("live-{scenario}"));
    let (file, out) = (format!("scenarios/{scenario}.toml"), folder.display().to_string());
    let output = otpdrill(&[
        "run",
        &file,
        "--target",
        &url,
        "--out",
        &out,
        "--messages",
        "--quiet",
        "--set",
        "max_lag=1m",
    ]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{scenario}: {said}\n{}", summary(&folder));
    let verified = otpdrill(&["verify", &out]);
    let said = String::from_utf8_lossy(&verified.stdout);
    assert_eq!(verified.status.code(), Some(0), "{scenario}: {said}");
    let dashboard = get(&stub, "GET", "/_mock/dashboard", "");
    let unknown = unknown_but_processed(&stub, &folder);
    for row in table(&folder, "conversion.csv") {
        let country = row["country"].as_str();
        let (seen, lost) = if country == "TOTAL" {
            (&dashboard, unknown.values().sum())
        } else {
            let lost = unknown.get(country).copied().unwrap_or(0);
            (&dashboard["by_country"][country], lost)
        };
        let seen = |key: &str| seen[key].as_u64().unwrap_or(0);
        let named = |what: &str| format!("{scenario}, {country}: {what}");
        let row = |column: &str| count(&row, column);
        assert_eq!(seen("expecting"), row("expecting") + lost, "{}", named("expecting"));
        assert_eq!(seen("received"), row("received"), "{}", named("received"));
        assert_eq!(seen("failed"), row("failed"), "{}", named("failed"));
        let told = row("received") + row("failed") + row("unreported");
        assert_eq!(told, row("expecting"), "{}", named("nothing is owed"));
    }
    (stub, folder)
}

#[test]
fn quickstart_with_its_warm_up_agrees_with_the_dashboard() {
    let (_, folder) = check_live("quickstart");
    let summary: serde_json::Value = serde_json::from_str(&summary(&folder)).expect("JSON");
    let sends = summary["latency_ms"]["send_response"]["count"].as_u64();
    let attempted = summary["messages"]["attempted"].as_u64();
    assert!(sends < attempted, "warm-up is left out of latency figures: {sends:?} {attempted:?}");
    assert!(fs::exists(folder.join("latency/send_response.hlog")).expect("readable"));
}

#[test]
fn dashboard_30_percent_shows_thirty_percent() {
    let (stub, _) = check_live("dashboard-30-percent");
    let dashboard = get(&stub, "GET", "/_mock/dashboard", "");
    assert_eq!(dashboard["completed"], 600);
    assert_eq!(dashboard["percentage"], 30.0);
}

#[test]
fn evening_peak_with_resets_after_processing_agrees_with_the_dashboard() {
    let (stub, folder) = check_live("evening-peak");
    let lost: u64 = unknown_but_processed(&stub, &folder).values().sum();
    assert!(lost > 0, "the scenario has sends that were processed and not answered");
}

#[test]
fn carrier_outage_agrees_with_the_dashboard() {
    check_live("carrier-outage");
}

#[test]
fn quota_starved_agrees_with_the_dashboard() {
    check_live("quota-starved");
}

#[test]
fn careless_client_leaves_its_failures_to_the_hour() {
    let (stub, folder) = check_live("careless-client");
    let total = table(&folder, "conversion.csv").pop().expect("a total");
    assert!(number(&total, "coverage") < 1.0);
    let before = get(&stub, "GET", "/_mock/dashboard", "");
    assert_eq!(before["auto_failed"], 0);
    get(&stub, "POST", "/_mock/clock/advance", r#"{"seconds":3600}"#);
    let after = get(&stub, "GET", "/_mock/dashboard", "");
    assert_eq!(after["auto_failed"].as_u64(), Some(count(&total, "unreported")));
    assert_eq!(after["failed"], before["failed"], "nobody put anything");
    assert_eq!(after["completed"], before["completed"]);
}

#[test]
fn configuration_set_agrees_with_the_dashboard() {
    check_live("configuration-set");
}

#[test]
fn resend_storm_agrees_with_the_dashboard() {
    check_live("resend-storm");
}

#[test]
fn promo_link_agrees_with_the_dashboard() {
    check_live("promo-link");
}
