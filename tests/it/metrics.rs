//! Metrics of a run: what is scraped, what is documented, and what the dashboard draws.

use crate::{program::alone, web::Watched};
use otpdrill::{
    metrics::{Series, families},
    scenario,
    watch::snapshot::{About, Snapshot},
};
use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

/// The names of all samples, as a collector sees them.
fn samples() -> BTreeSet<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/quickstart.toml");
    let scenario = scenario::load(&file, &[], None).expect("a shipped scenario").scenario;
    let snapshot = Snapshot::new(Arc::new(About::default()), &scenario);
    let named = families(&snapshot).into_iter().flat_map(|family| {
        let suffixes: &[&str] = match family.series {
            Series::Counter(_) => &["_total"],
            Series::Gauge(_) => &[""],
            Series::Histogram(_) => &["_bucket", "_count", "_sum"],
        };
        suffixes.iter().map(move |suffix| format!("{}{suffix}", family.name))
    });
    named.collect()
}

/// Every metric that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split(|letter| !is_name(letter));
    words.filter(|word| word.starts_with("otpdrill_")).map(str::to_owned).collect()
}

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    fs::read_to_string(path).expect("a document")
}

#[test]
fn the_dashboard_draws_metrics_that_exist_and_each_of_them() {
    let dashboard: serde_json::Value =
        serde_json::from_str(&document("grafana/otpdrill.json")).expect("JSON");
    let mut drawn = BTreeSet::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        assert!(panel["type"] == "row" || !targets.is_empty(), "{panel} draws nothing");
        for target in targets {
            assert_eq!(target["datasource"]["uid"], "${datasource}", "{target}");
            drawn.extend(named(target["expr"].as_str().expect("an expression")));
        }
    }
    let exist = samples();
    let missing: Vec<_> = drawn.difference(&exist).collect();
    assert!(missing.is_empty(), "no such metrics: {missing:?}");
    let is_drawn = |sample: &&String| {
        let of_histogram = ["_count", "_sum"].iter().any(|suffix| sample.ends_with(suffix));
        of_histogram || drawn.contains(*sample)
    };
    let left_out: Vec<_> = exist.iter().filter(|sample| !is_drawn(sample)).collect();
    assert!(left_out.is_empty(), "no panel for {left_out:?}");
}

#[test]
fn every_metric_is_documented_and_nothing_else() {
    let page = document("metrics.md");
    let rows = page.lines().filter(|line| line.starts_with("| `otpdrill_"));
    let told: BTreeSet<_> =
        rows.flat_map(|row| named(row.split('|').nth(1).unwrap_or(""))).collect();
    let exist = samples();
    let titles = exist.iter().filter(|name| !name.ends_with("_count") && !name.ends_with("_sum"));
    let titles: BTreeSet<_> = titles.map(|name| name.replace("_bucket", "")).collect();
    assert_eq!(told, titles);
}

#[test]
fn a_scrape_has_sums_that_agree_and_no_number_of_anybody() {
    let _alone = alone();
    let run = Watched::run("metrics-scrape", "--metrics", &[]);
    let text = run.until("/metrics", |text| sum(text, "otpdrill_sessions_ended_total") > 20.0);
    let ended = sum(&text, "otpdrill_sessions_ended_total");
    let open = sum(&text, "otpdrill_sessions_open");
    let arrived = sum(&text, "otpdrill_sessions_arrived_total");
    assert!((ended + open - arrived).abs() < 0.5, "{ended} + {open} = {arrived}");
    let digits = |line: &str| line.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() > 8);
    let labels = text.lines().filter_map(|line| line.split_once('{')?.1.split_once('}'));
    for (labels, _) in labels {
        assert!(!digits(labels), "{labels}");
    }
    assert_eq!(run.get("/").status, 404, "there is no page without --web");
    let open_metrics = "accept: application/openmetrics-text";
    let head = format!("GET /metrics HTTP/1.1\r\nhost: {}\r\n{open_metrics}", run.address);
    let answer = run.ask(&head).expect("it listens");
    assert!(answer.head.contains("application/openmetrics-text; version=1.0.0"), "{}", answer.head);
    assert!(answer.body.ends_with("# EOF\n"), "{}", answer.body);
}

/// The sum of all series of a metric.
fn sum(text: &str, name: &str) -> f64 {
    let series = text.lines().filter(|line| line.starts_with(&format!("{name}{{")));
    series
        .map(|line| line.rsplit(' ').next().expect("a value").parse::<f64>().expect("a value"))
        .sum()
}
