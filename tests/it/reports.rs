//! What a run writes down, seen on one small campaign.

mod files;
mod verdicts;
mod folder;

use otpdrill::{
    commands::run_dir::{ManifestFacts, RunDir, RunFiles, write_run},
    drive::{signals::VirtualWish, simulate::simulate},
    record::{Recorder, cells::Tariff},
    report::{Clock, Report, RunFacts, text},
    scenario::{self, Loaded, Source},
};
use std::{
    fs, io,
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
    let source = Source { name: "sample.toml", folder: None };
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
    let tariff = Tariff { parts, nano_usd: nano_usd.collect() };
    let mut recorder = Recorder::new(scenario, tariff, true);
    simulate(&mut recorder, |_| VirtualWish::Run);
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
    let (before, rest) = SAMPLE.split_once("thresholds = [").expect("the sample has some");
    let (_, after) = rest.split_once(']').expect("the sample's end");
    let list: Vec<String> = thresholds.iter().map(|text| format!("{text:?}")).collect();
    load(&format!("{before}thresholds = [{}]{after}", list.join(", ")))
}

fn fresh_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("it is the test's own");
    }
    folder
}

fn manifest_facts() -> ManifestFacts {
    ManifestFacts {
        argv: ["otpdrill", "simulate", "sample.toml", "--messages"].map(str::to_owned).to_vec(),
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
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("it is in it").display().to_string();
                files.push((name, fs::read_to_string(path).expect("text")));
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
    let dir = RunDir::prepare(Some(folder), "unused", false).expect("it is empty");
    let manifest = &manifest_facts();
    let files = RunFiles { loaded: &loaded, manifest, verification: None };
    write_run(&dir, &report, files, 2).expect("there is room");
    dir.write("terminal.txt", |out| {
        text::write(&report, Path::new("reports/sample"), text::Style::default(), out)
    })
    .expect("there is room");
}

fn text_of(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("memory takes everything");
    String::from_utf8(out).expect("text")
}
