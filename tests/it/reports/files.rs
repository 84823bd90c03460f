//! What is in the files: the golden sample, sums, and what is absent.

use super::{SAMPLE, files_in, fresh_folder, load, report_on, text_of, write_sample};
use otpdrill::{
    record::latency::Metric,
    report::{conversion, hdr, messages, series, summary, summary::Summary},
};
use std::{fs, path::Path};

fn rows(csv: &str) -> Vec<Vec<&str>> {
    csv.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

#[test]
fn a_run_writes_the_golden_sample() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
    if std::env::var_os("OTPDRILL_BLESS").is_some() {
        if golden.exists() {
            fs::remove_dir_all(&golden).unwrap();
        }
        write_sample(&golden);
    }
    let folder = fresh_folder("golden");
    write_sample(&folder);
    let (written, expected) = (files_in(&folder), files_in(&golden));
    let names = |files: &[(String, String)]| -> Vec<String> {
        files.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(&written), names(&expected));
    for ((name, written), (_, expected)) in written.iter().zip(&expected) {
        assert_eq!(written, expected, "{name}: OTPDRILL_BLESS=1 accepts a change that is meant");
    }
}

#[test]
fn the_counts_of_every_row_add_up_to_the_last() {
    let report = report_on(&load(SAMPLE), |_| {});
    let summary = Summary::of(&report);
    let by_country = text_of(|out| conversion::write(&report, out));
    let rows = rows(&by_country);
    let (total, parts) = rows.split_last().unwrap();
    let head: Vec<&str> = by_country.lines().next().unwrap().split(',').collect();
    let count = |row: &[&str], name: &str| -> u64 {
        let column = head.iter().position(|column| *column == name).unwrap();
        row[column].parse().unwrap()
    };
    for name in head.iter().filter(|name| {
        let shares =
            ["country", "session_conversion", "message_conversion", "coverage", "cost_usd"];
        !shares.contains(name) && !name.starts_with("ci95") && !name.starts_with("verify")
    }) {
        let sum: u64 = parts.iter().map(|row| count(row, name)).sum();
        assert_eq!(sum, count(total, name), "{name}");
    }
    assert_eq!(count(total, "sessions"), summary.sessions.arrived);
    assert_eq!(count(total, "received"), summary.messages.received);
    assert!(summary.messages.throttled > 0 && summary.messages.unreported > 0);
}

#[test]
fn every_table_ends_with_the_same_sums() {
    let report = report_on(&load(SAMPLE), |_| {});
    let totals = [
        text_of(|out| conversion::write(&report, out)),
        text_of(|out| conversion::write_by_carrier(&report, out)),
        text_of(|out| conversion::write_by_template(&report, out)),
    ]
    .map(|text| text.lines().last().unwrap().replace("TOTAL,,", "TOTAL,"));
    assert_eq!(totals[0], totals[1]);
    assert_eq!(totals[0], totals[2]);
}

#[test]
fn the_course_of_time_adds_up_and_ends_with_nothing_open() {
    let report = report_on(&load(SAMPLE), |_| {});
    let summary = Summary::of(&report);
    let csv = text_of(|out| series::write(&report, out));
    let rows = rows(&csv);
    let sum =
        |column: usize| -> u64 { rows.iter().map(|row| row[column].parse::<u64>().unwrap()).sum() };
    assert_eq!(sum(2), summary.sessions.arrived);
    assert_eq!(sum(3), summary.messages.attempted);
    assert_eq!(sum(4), summary.messages.accepted);
    assert_eq!(sum(6), summary.messages.received);
    for last in &rows[rows.len() - 3..] {
        assert_eq!(last[8..], ["0", "0"], "{last:?}");
    }
}

#[test]
fn every_attempt_has_a_row_without_a_number_or_a_code() {
    let report = report_on(&load(SAMPLE), |_| {});
    let csv = text_of(|out| messages::write(&report, out));
    let attempted = Summary::of(&report).messages.attempted;
    assert_eq!(csv.lines().count() as u64, attempted + 1);
    let columns = csv.lines().next().unwrap().split(',').count();
    assert_eq!(columns, 20);
    assert!(!csv.contains("+55") && !csv.contains("+49"));
}

#[test]
fn what_does_not_exist_is_empty_or_null() {
    let report = report_on(&load(SAMPLE), |run| run.delivery_known = false);
    let csv = text_of(|out| conversion::write(&report, out));
    let quiet = csv.lines().find(|line| line.starts_with("NZ,")).unwrap();
    assert_eq!(quiet, "NZ,0,0,,0,0,0,0,0,0,0,0,0,0,0,0,,,,,,,,,0,0.000000");
    let none = load(&SAMPLE.replace("rate = 1.0,", "rate = 0.00001,"));
    let json = text_of(|out| summary::write(&report_on(&none, |_| {}), out));
    let tree: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(tree["conversion"]["message"].is_null(), "{json}");
    assert!(tree["conversion"]["message_ci95"].is_null(), "{json}");
    assert!(tree["latency_ms"]["send_response"]["p99"].is_null(), "{json}");
    assert_eq!(tree["latency_ms"]["send_response"]["count"], 0);
}

#[test]
fn a_summary_reads_back_as_it_was_written() {
    let report = report_on(&load(SAMPLE), |_| {});
    let json = text_of(|out| summary::write(&report, out));
    let again: Summary = serde_json::from_str(&json).unwrap();
    assert_eq!(again, Summary::of(&report));
}

#[test]
fn a_log_has_its_header_and_the_whole_series_before_each_country() {
    let report = report_on(&load(SAMPLE), |_| {});
    let log = text_of(|out| hdr::write_log(&report, Metric::SendService, out));
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines[0], "#[Histogram log format version 1.3]");
    assert_eq!(
        lines[1],
        "#[StartTime: 1767225600.000 (seconds since epoch), 2026-01-01T00:00:00Z]"
    );
    assert!(lines[3].starts_with("\"StartTimestamp\""));
    assert!(lines[4].starts_with("0.000,60.000,"), "{}", lines[4]);
    assert!(lines[5].starts_with("Tag=BR,0.000,60.000,"), "{}", lines[5]);
    assert!(lines[6].starts_with("Tag=DE,0.000,60.000,"), "{}", lines[6]);
    assert!(lines[7].starts_with("60.000,60.000,"), "{}", lines[7]);
}

#[test]
fn a_percentile_table_ends_at_the_last_sample() {
    let report = report_on(&load(SAMPLE), |_| {});
    let table = text_of(|out| hdr::write_percentiles(&report, Metric::SendService, out));
    let count = Summary::of(&report).latency_ms.send_service.count;
    let last = table.lines().take_while(|line| !line.starts_with('#')).last().unwrap();
    let cells: Vec<&str> = last.split_whitespace().collect();
    assert_eq!(cells[1], "1.000000000000");
    assert_eq!(cells[2], count.to_string());
    assert_eq!(cells.len(), 3, "there is no 1/0: {last}");
}

#[test]
fn the_readme_explains_every_column() {
    let reports = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports");
    let readme = fs::read_to_string(reports.join("README.md")).unwrap();
    for (name, content) in files_in(&reports.join("sample")) {
        if name.ends_with(".csv") {
            for column in content.lines().next().unwrap().split(',') {
                assert!(readme.contains(&format!("`{column}`")), "{column} of {name}");
            }
        }
    }
}
