//! A run directory read back.

use otpdrill::{
    exit::Exit,
    record::latency::Metric,
    report::{figures::Latency, summary::Summary},
    results::{Detail, Results, ResultsError},
};
use std::{collections::BTreeMap, fs, io, path::Path, time::Duration};

type Files = BTreeMap<String, Vec<u8>>;

fn sample() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
    let mut files = Files::new();
    for sub in ["", "latency/"] {
        for entry in fs::read_dir(folder.join(sub)).expect("a folder").flatten() {
            if entry.file_type().expect("known").is_file() {
                let name = format!("{sub}{}", entry.file_name().to_str().expect("text"));
                files.insert(name, fs::read(entry.path()).expect("a file"));
            }
        }
    }
    files
}

fn read(files: &Files) -> Result<Results, ResultsError> {
    let mut bytes = |name: &str| io::Result::Ok(files.get(name).cloned());
    Results::read(&mut bytes, Detail::Countries)
}

#[track_caller]
fn check_refused(name: &str, change: impl FnOnce(&str) -> String, expected: &str) {
    let mut files = sample();
    let text = String::from_utf8(files[name].clone()).expect("text");
    files.insert(name.to_owned(), change(&text).into_bytes());
    let error = read(&files).expect_err("it is not what a run writes");
    assert_eq!(error.to_string(), expected);
    assert_eq!(error.exit(), Exit::Usage);
}

#[test]
fn a_folder_reads_back_as_what_was_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("reports/sample");
    let results = Results::open(&folder, Detail::Countries).unwrap();
    assert_eq!(results, read(&sample()).unwrap());
    let summary: Summary =
        serde_json::from_slice(&fs::read(folder.join("summary.json")).unwrap()).unwrap();
    assert_eq!(results.summary, summary);
    assert_eq!(results.manifest.as_ref().unwrap().argv[1], "simulate");
    assert_eq!(results.scenario.as_ref().unwrap().countries.len(), 3);
    assert_eq!(results.conversion.total.received, summary.messages.received);
    assert_eq!(results.country("BR").unwrap().throttled, 15);
    assert_eq!(results.country("NZ").unwrap().ci95(), None);
    assert_eq!(results.by_carrier.as_ref().unwrap().rows[1].carrier, "TIM");
    assert_eq!(results.by_template.as_ref().unwrap().rows[1].template, "polite");
    assert_eq!(results.expected.as_ref().unwrap().dashboard.completed, 122);
}

#[test]
fn the_course_of_time_has_a_tick_for_each_country_and_adds_up() {
    let results = read(&sample()).unwrap();
    let course = &results.course;
    assert_eq!(course.step, Duration::from_secs(60));
    assert_eq!(course.countries, ["BR", "DE", "NZ"]);
    assert_eq!(course.intervals().len(), 6);
    let whole = course.whole();
    assert_eq!(
        whole.iter().map(|tick| tick.arrived).sum::<u64>(),
        results.summary.sessions.arrived
    );
    assert_eq!(course.country("DE")[2].open_sessions, 9);
    assert_eq!(course.country("XX"), []);
}

#[test]
fn logs_hold_the_latencies_of_the_summary_by_interval_and_country() {
    let results = read(&sample()).unwrap();
    let figures = &results.summary.latency_ms;
    for (metric, expected) in [
        (Metric::SendResponse, figures.send_response),
        (Metric::FeedbackService, figures.feedback_service),
        (Metric::ScheduleLag, figures.schedule_lag),
        (Metric::TimeToVerify, figures.time_to_verify),
    ] {
        let log = results.latency(metric).unwrap();
        assert_eq!(Latency::of(log.total()), expected, "{}", metric.name());
        assert_eq!(log.start, Duration::from_secs(1_767_225_600));
    }
    let log = results.latency(Metric::SendService).unwrap();
    assert_eq!(log.countries(), ["BR", "DE"]);
    let second = log.whole().nth(1).unwrap();
    assert_eq!((second.from, second.length), (Duration::from_secs(60), Duration::from_secs(60)));
    let count = |code: &str| -> u64 {
        let parts = log.country(code).unwrap();
        parts.iter().flat_map(|part| &part.counts).map(|(_, count)| count).sum()
    };
    assert_eq!(count("BR") + count("DE"), figures.send_service.count);
    assert_eq!(count("NZ"), 0);
}

#[test]
fn what_an_older_run_did_not_write_is_missing_and_no_error() {
    let mut files = sample();
    files.retain(|name, _| {
        ["summary.json", "conversion.csv", "timeseries.csv"].contains(&name.as_str())
    });
    let results = read(&files).unwrap();
    assert!(results.manifest.is_none() && results.scenario.is_none());
    assert!(results.by_carrier.is_none() && results.expected.is_none());
    assert!(results.latencies.is_empty());
}

#[test]
fn a_folder_that_is_no_run_is_refused_by_name() {
    let error = Results::open(Path::new("src"), Detail::Whole).unwrap_err();
    assert_eq!(error.to_string(), "`src` is not the folder of a run: it has no summary.json");
    let mut files = sample();
    files.remove("timeseries.csv");
    let error = read(&files).unwrap_err();
    assert_eq!(error.to_string(), "the run is not whole: it has no timeseries.csv");
}

#[test]
fn a_newer_schema_is_refused() {
    check_refused(
        "summary.json",
        |text| text.replace("\"schema\": 1", "\"schema\": 2"),
        "summary.json has schema 2; this program reads schema 1",
    );
}

#[test]
fn a_cut_or_changed_file_is_refused_with_its_line() {
    check_refused(
        "summary.json",
        |text| text.lines().take(9).collect::<Vec<_>>().join("\n"),
        "summary.json:9: EOF while parsing a value: the file was cut",
    );
    check_refused(
        "conversion.csv",
        |text| text.lines().take(3).map(|line| format!("{line}\n")).collect(),
        "conversion.csv:4: must end with the row TOTAL: the file was cut",
    );
    check_refused(
        "conversion.csv",
        |text| text.replace("DE,50,41,", "DE,fifty,41,"),
        "conversion.csv:3: field 1: invalid digit found in string",
    );
    check_refused(
        "timeseries.csv",
        |text| text.lines().take(6).map(|line| format!("{line}\n")).collect(),
        "timeseries.csv:6: must be followed by the other countries at 60 s: the file was cut",
    );
    check_refused(
        "timeseries.csv",
        |text| text.replace("120.000,DE", "120.000,SE"),
        "timeseries.csv:9: must be the row of DE",
    );
}

#[test]
fn a_log_that_was_cut_is_refused_with_its_line() {
    check_refused(
        "latency/send_service.hlog",
        |text| text[..text.len() - 300].to_owned(),
        "latency/send_service.hlog:13: must be an interval of a histogram log: the file was cut or changed",
    );
    let mut files = sample();
    let name = "latency/send_service.hlog";
    let text = String::from_utf8(files[name].clone()).unwrap();
    let changed = text.replace(
        "Tag=DE,0.000,60.000,110911.000,HISTFAAAAE",
        "Tag=DE,0.000,60.000,110911.000,HISTAAAAAE",
    );
    files.insert(name.to_owned(), changed.into_bytes());
    let results = read(&files).unwrap();
    let error = results.latency(Metric::SendService).unwrap().country("DE").unwrap_err();
    assert!(
        error.to_string().starts_with(
            "latency/send_service.hlog:7: must end with a histogram in base64: The cookie"
        ),
        "{error}"
    );
}
