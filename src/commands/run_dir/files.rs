//! The files of a run: which there are, and who writes them.
//!
//! **Invariant:** `summary.json` is written last: where it is, the others are.

use super::{RunDir, RunDirError, manifest, manifest::ManifestFacts};
use crate::{
    dashboard::{
        expected::{self, Expected},
        verification::Verification,
    },
    journal,
    record::latency::Metric,
    report::{Report, conversion, hdr, html, junit, messages, series, summary::Summary},
    results::{self, Detail, Results},
    scenario::{Loaded, Scenario},
};
use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    thread,
};

/// What is written down of a run beside its report.
#[derive(Clone, Copy, Debug)]
pub struct RunFiles<'a> {
    /// The scenario and its file.
    pub loaded: &'a Loaded,
    /// How it was run.
    pub manifest: &'a ManifestFacts,
    /// What the dashboard was found to say.
    pub verification: Option<&'a Verification>,
}

/// Writes all files of a run, `summary.json` last: where it is, the others are. Latencies are written on as many
/// threads as is said.
pub fn write_run(
    dir: &RunDir,
    report: &Report,
    files: RunFiles<'_>,
    threads: usize,
) -> Result<(), RunDirError> {
    let RunFiles { loaded, manifest: facts, verification } = files;
    let resolved = loaded.resolved();
    dir.write("manifest.json", |out| manifest::write(report, &resolved, facts, out))?;
    dir.write("scenario.toml", |out| out.write_all(resolved.as_bytes()))?;
    dir.write("conversion.csv", |out| conversion::write(report, out))?;
    dir.write("conversion-by-carrier.csv", |out| conversion::write_by_carrier(report, out))?;
    dir.write("conversion-by-template.csv", |out| conversion::write_by_template(report, out))?;
    dir.write("timeseries.csv", |out| series::write(report, out))?;
    if report.recorder.messages.is_some() {
        dir.write("messages.csv", |out| messages::write(report, out))?;
    }
    write_latencies(dir, report, threads)?;
    let expected = Expected::of(&report.recorder);
    dir.write(expected::FILE, |out| expected.write(out))?;
    dir.write("dashboard-expected.csv", |out| expected.write_csv(out))?;
    if let Some(verification) = verification {
        crate::commands::verify::write(dir, verification)?;
    }
    let summary = Summary::of(report);
    dir.write("junit.xml", |out| junit::write_report(report, &summary, out))?;
    let mut figures = Vec::new();
    let told = summary.write(&mut figures);
    dir.write(html::FILE, |out| told.and_then(|()| write_page(dir, Some(&figures), out)))?;
    dir.write(results::SUMMARY, |out| out.write_all(&figures))
}

/// What is measured, in parts for several threads. Where nothing waits, the metrics of a part are alike.
const LATENCIES: [&[Metric]; 4] = [
    &[Metric::SendResponse, Metric::SendService],
    &[Metric::FeedbackResponse, Metric::FeedbackService],
    &[Metric::ScheduleLag],
    &[Metric::TimeToVerify],
];

const _: () = {
    let (mut place, mut metrics) = (0, 0);
    while place < LATENCIES.len() {
        metrics += LATENCIES[place].len();
        place += 1;
    }
    assert!(metrics == Metric::ALL.len(), "each metric has its files");
};

/// Writes the latency files: most of the work, where a run is long.
fn write_latencies(dir: &RunDir, report: &Report, threads: usize) -> Result<(), RunDirError> {
    let threads = threads.clamp(1, LATENCIES.len());
    thread::scope(|scope| {
        let write = |first| {
            let mut own = LATENCIES.iter().skip(first).step_by(threads);
            own.try_for_each(|metrics| write_alike(dir, report, metrics))
        };
        let others: Vec<_> = (1..threads).map(|first| scope.spawn(move || write(first))).collect();
        let first = write(0);
        let others = others.into_iter().map(|other| other.join().expect("no panic"));
        others.fold(first, Result::and)
    })
}

/// Writes the files of metrics that may be alike: then those of the first are copied.
fn write_alike(dir: &RunDir, report: &Report, metrics: &[Metric]) -> Result<(), RunDirError> {
    let latencies = &report.recorder.latencies;
    for metric in metrics {
        let written = metrics
            .first()
            .filter(|first| *first != metric && latencies.are_alike(**first, *metric));
        let write = |suffix: &str, anew: &dyn Fn(&mut BufWriter<File>) -> io::Result<()>| {
            let name = |metric: Metric| format!("latency/{}.{suffix}", metric.name());
            dir.write(&name(*metric), |out| match written {
                Some(first) => {
                    let mut first = File::open(dir.path().join(name(*first)))?;
                    io::copy(&mut first, out).map(|_| ())
                }
                None => anew(out),
            })
        };
        write("hlog", &|out| hdr::write_log(report, *metric, out))?;
        write("hgrm", &|out| hdr::write_percentiles(report, *metric, out))?;
    }
    Ok(())
}

/// Writes the page of a run from the files that are in its folder; `summary.json` may still be in memory.
pub fn write_page(
    dir: &RunDir,
    summary: Option<&[u8]>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut written = |name: &str| match summary {
        Some(summary) if name == results::SUMMARY => Ok(Some(summary.to_vec())),
        _ => results::in_folder(dir.path(), name),
    };
    let results = Results::read(&mut written, Detail::Whole);
    html::write(&results.map_err(io::Error::other)?, out)
}

/// Writes what the journal tells: every request, verification attempt and feedback, and what did not come
/// to an end.
pub fn write_books(
    dir: &RunDir,
    parts: &[journal::folder::Part],
    scenario: &Scenario,
) -> Result<(), RunDirError> {
    let mut unsettled = Vec::new();
    dir.write("audit.jsonl", |out| journal::books::write(parts, scenario, out, &mut unsettled))?;
    dir.write("unsettled.csv", |out| out.write_all(&unsettled))
}
