//! What a run writes down: the golden sample, sums, what is absent, and verdicts.

use otpdrill::{
    commands::run_dir::{ManifestFacts, RunDir, RunDirError, default_name, write_run},
    drive::simulate::simulate,
    exit::Exit,
    record::{Recorder, cells::Tariff, latency::Metric},
    report::{Clock, Report, RunFacts, Signal, hdr, summary::Summary, text},
    scenario::{self, Loaded, Source},
};
use std::{
    fs,
    io::Write as _,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Everything that has a place in a report: resends, wrong codes, throttles, two carriers, two
/// templates, a warm-up, and a threshold that fails.
const SAMPLE: &str = r#"
name = "sample"
description = "A small campaign whose files show what a run writes."
seed = 11
warm_up = "10s"
interval = "60s"
thresholds = [
  "conversion.message > 0.5",
  "conversion.session{country=BR} > 0.95",
  "latency_ms.response.p99{operation=send} < 400",
]

[arrivals]
stages = [{ constant = { rate = 1.0, duration = "3m" } }]

[policy]
lifetime = "2m"
tries = 2
resends = 1
cool_down = "10s"
reports = { lost = 0.05 }

[[templates]]
name = "plain"
weight = 3.0
body = "{code} is your code"

[[templates]]
name = "polite"
body = "Dear customer, {code} is the code you asked for. It is good for two minutes."
conversion_effect = 0.9

[countries.BR]
weight = 3.0
number = "+55119########"
carriers = [
  { name = "Vivo", weight = 2.0, delivered = 0.97, delay = { log_normal = { median = "3s", p95 = "15s" } } },
  { name = "TIM", delivered = 0.6, delay = { fixed = "8s" }, receipts = { missing = 0.1, false_delivered = 0.3 } },
]
users = { finish = 0.9, right_code = 0.9, resend_probability = [0.8] }

[countries.DE]
number = "+49151########"
carriers = [{ name = "Telekom", delivered = 0.99, delay = { fixed = "2s" } }]

[countries.NZ]
weight = 0.0
number = "+6421#######"
carriers = [{ name = "Spark" , delivered = 1.0, delay = { fixed = "2s" } }]

[service]
latency.SendTextMessage = { log_normal = { median = "40ms", sigma = 0.5 } }
latency.PutMessageFeedback = { fixed = "25ms" }
quotas.SendTextMessage = 2.0
"#;

fn load(text: &str) -> Loaded {
    let source = Source {
        name: "sample.toml",
        folder: None,
    };
    scenario::parse(text, source, &[], None).unwrap_or_else(|error| panic!("{error}"))
}

fn facts() -> RunFacts {
    RunFacts {
        target: "model".to_owned(),
        clock: Clock::Virtual,
        elapsed: Duration::ZERO,
        start_epoch: Duration::ZERO,
        delivery_known: true,
        stopped_by: None,
        notes: Vec::new(),
    }
}

/// A recorder that has seen the whole campaign.
fn play(loaded: &Loaded) -> Recorder {
    let scenario = Arc::new(loaded.scenario.clone());
    let parts = vec![1; scenario.templates.len()];
    let nano_usd = (1..=scenario.countries.len() as u64).map(|place| place * 10_000_000);
    let tariff = Tariff {
        parts,
        nano_usd: nano_usd.collect(),
    };
    let mut recorder = Recorder::new(scenario, tariff, true);
    let ended = simulate(&mut recorder, |_| ControlFlow::Continue(()));
    assert!(ended.is_continue());
    recorder
}

fn report_on(loaded: &Loaded, change: impl FnOnce(&mut RunFacts)) -> Report {
    let recorder = play(loaded);
    let start = u64::try_from(loaded.scenario.start_epoch_s).expect("after 1970");
    let mut run = RunFacts {
        elapsed: recorder.last.since_start(),
        start_epoch: Duration::from_secs(start),
        ..facts()
    };
    change(&mut run);
    Report::new(recorder, run)
}

/// The sample with other thresholds.
fn with_thresholds(thresholds: &[&str]) -> Loaded {
    let (before, rest) = SAMPLE
        .split_once("thresholds = [")
        .expect("the sample has some");
    let (_, after) = rest.split_once(']').expect("the sample's end");
    let list: Vec<String> = thresholds.iter().map(|text| format!("{text:?}")).collect();
    load(&format!(
        "{before}thresholds = [{}]{after}",
        list.join(", ")
    ))
}

fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    folder
}

fn manifest_facts() -> ManifestFacts {
    ManifestFacts {
        argv: ["otpdrill", "simulate", "sample.toml", "--messages"]
            .map(str::to_owned)
            .to_vec(),
        speed: 1.0,
        start: Duration::from_secs(1_767_225_600),
        end: Duration::from_millis(1_767_225_600_250),
        cores: 2,
    }
}

/// Every file below a folder, by its path in it, sorted.
fn files_in(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                files.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Writes the sample's files, and what the terminal would show, into a folder.
fn write_sample(folder: &Path) {
    let loaded = load(SAMPLE);
    let report = report_on(&loaded, |_| {});
    let dir = RunDir::prepare(Some(folder), "unused", false).unwrap();
    write_run(&dir, &report, &loaded, &manifest_facts()).unwrap();
    dir.write("terminal.txt", |out| {
        text::write(
            &report,
            Path::new("reports/sample"),
            text::Style::default(),
            out,
        )
    })
    .unwrap();
}

fn rows(csv: &str) -> Vec<Vec<&str>> {
    csv.lines()
        .skip(1)
        .map(|line| line.split(',').collect())
        .collect()
}

fn text_of(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
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
        assert_eq!(
            written, expected,
            "{name}: OTPDRILL_BLESS=1 accepts a change that is meant"
        );
    }
}

#[test]
fn the_counts_of_every_row_add_up_to_the_last() {
    let report = report_on(&load(SAMPLE), |_| {});
    let summary = Summary::of(&report);
    let by_country = text_of(|out| otpdrill::report::conversion::write(&report, out));
    let rows = rows(&by_country);
    let (total, parts) = rows.split_last().unwrap();
    let head: Vec<&str> = by_country.lines().next().unwrap().split(',').collect();
    let count = |row: &[&str], name: &str| -> u64 {
        let column = head.iter().position(|column| *column == name).unwrap();
        row[column].parse().unwrap()
    };
    for name in head.iter().filter(|name| {
        let shares = [
            "country",
            "session_conversion",
            "message_conversion",
            "coverage",
            "cost_usd",
        ];
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
        text_of(|out| otpdrill::report::conversion::write(&report, out)),
        text_of(|out| otpdrill::report::conversion::write_by_carrier(&report, out)),
        text_of(|out| otpdrill::report::conversion::write_by_template(&report, out)),
    ]
    .map(|text| text.lines().last().unwrap().replace("TOTAL,,", "TOTAL,"));
    assert_eq!(totals[0], totals[1]);
    assert_eq!(totals[0], totals[2]);
}

#[test]
fn the_course_of_time_adds_up_and_ends_with_nothing_open() {
    let report = report_on(&load(SAMPLE), |_| {});
    let summary = Summary::of(&report);
    let csv = text_of(|out| otpdrill::report::series::write(&report, out));
    let rows = rows(&csv);
    let sum = |column: usize| -> u64 {
        rows.iter()
            .map(|row| row[column].parse::<u64>().unwrap())
            .sum()
    };
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
    let csv = text_of(|out| otpdrill::report::messages::write(&report, out));
    let attempted = Summary::of(&report).messages.attempted;
    assert_eq!(csv.lines().count() as u64, attempted + 1);
    let columns = csv.lines().next().unwrap().split(',').count();
    assert_eq!(columns, 20);
    assert!(!csv.contains("+55") && !csv.contains("+49"));
}

#[test]
fn what_does_not_exist_is_empty_or_null() {
    let report = report_on(&load(SAMPLE), |run| run.delivery_known = false);
    let csv = text_of(|out| otpdrill::report::conversion::write(&report, out));
    let quiet = csv.lines().find(|line| line.starts_with("NZ,")).unwrap();
    assert_eq!(quiet, "NZ,0,0,,0,0,0,0,0,0,0,0,0,0,0,0,,,,,,,,,0,0.000000");
    let none = load(&SAMPLE.replace("rate = 1.0,", "rate = 0.00001,"));
    let json = text_of(|out| otpdrill::report::summary::write(&report_on(&none, |_| {}), out));
    let tree: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(tree["conversion"]["message"].is_null(), "{json}");
    assert!(tree["conversion"]["message_ci95"].is_null(), "{json}");
    assert!(
        tree["latency_ms"]["send_response"]["p99"].is_null(),
        "{json}"
    );
    assert_eq!(tree["latency_ms"]["send_response"]["count"], 0);
}

#[test]
fn a_summary_reads_back_as_it_was_written() {
    let report = report_on(&load(SAMPLE), |_| {});
    let json = text_of(|out| otpdrill::report::summary::write(&report, out));
    let again: Summary = serde_json::from_str(&json).unwrap();
    assert_eq!(again, Summary::of(&report));
}

#[track_caller]
fn check_threshold(expr: &str, ok: bool, samples: impl FnOnce(&Summary) -> u64) {
    let report = report_on(&with_thresholds(&[expr]), |_| {});
    let result = &report.verdict.thresholds[0];
    assert_eq!(result.ok, ok, "{result:?}");
    assert_eq!(result.samples, samples(&Summary::of(&report)), "{result:?}");
    let exit = if ok {
        Exit::Passed
    } else {
        Exit::ThresholdFailed
    };
    assert_eq!(report.verdict.exit, exit);
    assert_eq!(report.verdict.reasons.len(), usize::from(!ok));
}

#[test]
fn a_threshold_is_held_against_the_figure_it_names() {
    check_threshold("conversion.message > 0.1", true, |all| {
        all.messages.expecting
    });
    check_threshold("conversion.message > 0.99", false, |all| {
        all.messages.expecting
    });
    check_threshold("messages.throttled == 0", false, |all| {
        all.messages.attempted
    });
    check_threshold("messages.pending == 0", true, |all| all.messages.expecting);
    check_threshold("sessions.dropped == 0", true, |all| all.sessions.arrived);
    check_threshold("cost_usd < 1000", true, |all| all.messages.accepted);
    check_threshold("elapsed_s < 100000", true, |_| 1);
    check_threshold("latency_ms.send_service.p50 < 60", true, |all| {
        all.latency_ms.send_service.count
    });
}

#[test]
fn tags_restrict_a_threshold_to_their_part_of_the_run() {
    let loaded = with_thresholds(&[
        "sessions.arrived{country=BR} > 0",
        "sessions.arrived{country=DE} > 0",
        "messages.expecting{country=BR,carrier=Vivo} > 0",
        "messages.expecting{country=BR,carrier=TIM} > 0",
        "messages.expecting{country=BR} > 0",
        "messages.expecting{template=plain} > 0",
        "latency_ms.service.count{operation=feedback,country=DE} > 0",
    ]);
    let report = report_on(&loaded, |_| {});
    let summary = Summary::of(&report);
    let [br, de, vivo, tim, brazil, plain, puts]: [f64; 7] = report
        .verdict
        .thresholds
        .iter()
        .map(|result| result.observed.unwrap())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let same = |a: f64, b: f64| assert!((a - b).abs() < 0.5, "{a} is not {b}");
    same(br + de, summary.sessions.arrived as f64);
    same(vivo + tim, brazil);
    assert!(0.0 < plain && plain < summary.messages.expecting as f64);
    assert!(0.0 < puts && puts < summary.latency_ms.feedback_service.count as f64);
}

#[test]
fn a_threshold_without_samples_fails() {
    check_threshold("conversion.message{country=NZ} >= 0", false, |_| 0);
    check_threshold("messages.throttled{country=NZ} == 0", false, |_| 0);
    check_threshold(
        "latency_ms.send_response.p99{country=NZ} < 500",
        false,
        |_| 0,
    );
}

#[test]
fn a_signal_comes_before_a_failed_threshold_and_both_are_listed() {
    let report = report_on(&load(SAMPLE), |run| {
        run.stopped_by = Some(Signal::Terminate)
    });
    let summary = Summary::of(&report);
    assert_eq!(summary.exit_code, 143);
    assert_eq!(summary.verdict, "failed");
    let codes: Vec<u8> = summary
        .reasons
        .iter()
        .map(|reason| reason.exit_code)
        .collect();
    assert_eq!(codes, [143, 10]);
}

#[test]
fn virtual_time_is_never_late() {
    let mut loaded = with_thresholds(&[]);
    loaded.scenario.max_lag = Duration::ZERO;
    assert_eq!(report_on(&loaded, |_| {}).verdict.exit, Exit::Passed);
    let real = report_on(&loaded, |run| run.clock = Clock::Real);
    assert_eq!(real.verdict.exit, Exit::InvalidMeasurement);
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
    let last = table
        .lines()
        .take_while(|line| !line.starts_with('#'))
        .last()
        .unwrap();
    let cells: Vec<&str> = last.split_whitespace().collect();
    assert_eq!(cells[1], "1.000000000000");
    assert_eq!(cells[2], count.to_string());
    assert_eq!(cells.len(), 3, "there is no 1/0: {last}");
}

#[test]
fn a_folder_with_something_in_it_is_refused() {
    let folder = fresh_folder("occupied");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("manifest.json"), r#"{"name":"a web page"}"#).unwrap();
    let refused = RunDir::prepare(Some(&folder), "unused", false).unwrap_err();
    assert!(matches!(refused, RunDirError::NotEmpty { .. }), "{refused}");
    let foreign = RunDir::prepare(Some(&folder), "unused", true).unwrap_err();
    assert!(matches!(foreign, RunDirError::NotARun { .. }), "{foreign}");
    assert_eq!(foreign.exit(), Exit::Usage);
    assert!(folder.join("manifest.json").exists());
}

#[test]
fn a_run_can_be_replaced_if_asked() {
    let folder = fresh_folder("replaced");
    write_sample(&folder);
    fs::write(folder.join("stale.txt"), "of the last run").unwrap();
    let dir = RunDir::prepare(Some(&folder), "unused", true).unwrap();
    assert_eq!(files_in(dir.path()), []);
}

#[test]
fn a_file_in_the_way_of_the_folder_is_refused() {
    let folder = fresh_folder("in-the-way");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("file");
    fs::write(&file, "").unwrap();
    let refused = RunDir::prepare(Some(&file), "unused", false).unwrap_err();
    assert!(
        matches!(refused, RunDirError::Unwritable { .. }),
        "{refused}"
    );
}

#[test]
fn a_write_that_fails_leaves_nothing_and_names_the_file() {
    let folder = fresh_folder("full-disk");
    let dir = RunDir::prepare(Some(&folder), "unused", false).unwrap();
    let failed = dir.write("half.csv", |out| {
        out.write_all(b"half")?;
        Err(std::io::Error::from(std::io::ErrorKind::StorageFull))
    });
    let error = failed.unwrap_err();
    assert!(error.to_string().contains("half.csv"), "{error}");
    assert_eq!(error.exit(), Exit::Internal);
    assert_eq!(files_in(&folder), []);
}

#[test]
fn a_default_name_says_when_what_and_with_which_seed() {
    let began = Duration::from_secs(1_767_225_600);
    assert_eq!(
        default_name(began, "quickstart", 42),
        "20260101T000000Z-quickstart-42"
    );
}
