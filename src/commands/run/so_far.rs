//! The report of a run that still goes on, as a page.
//!
//! The files of the run are written into memory and read back, so that the page is the one that the run
//! will leave behind. That takes a while, so nobody gets a newer one sooner than the last one took many times.

use crate::{
    commands::campaign::Prepared,
    drive::clock::WallClock,
    record::latency::Metric,
    report::{
        Clock, Report, RunFacts, conversion, hdr, html,
        page::{Banner, Tone},
        series, summary,
    },
    results::{self, Detail, Results},
    watch::board::Board,
    web::Rendered,
};
use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The least time between two pages, and how many times what the last one took.
const LEAST: Duration = Duration::from_secs(4);
const TIMES: u32 = 20;

/// Makes pages of one run.
#[derive(Debug)]
pub(super) struct SoFar {
    board: Arc<Board>,
    scenario_toml: String,
    target: String,
    began: Duration,
    clock: WallClock,
    last: Mutex<Last>,
}

/// The last page, and when another one may be made.
#[derive(Debug, Default)]
struct Last {
    page: Option<String>,
    next: Duration,
}

impl SoFar {
    pub(super) fn new(prepared: &Prepared, target: &str, board: Arc<Board>) -> Self {
        Self {
            board,
            scenario_toml: prepared.loaded.resolved(),
            target: target.to_owned(),
            began: prepared.began,
            clock: WallClock::starting_in(Duration::ZERO, 1.0),
            last: Mutex::default(),
        }
    }

    /// The page, if there is one yet. What shards gave when the last one was asked for is in it.
    pub(super) fn page(&self) -> Rendered {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = self.clock.wall();
        if last.next <= begun
            && let Some(page) = self.render(begun)
        {
            last.page = Some(page);
            last.next = begun + LEAST.max((self.clock.wall() - begun) * TIMES);
        }
        self.board.ask_for_copies();
        last.page.clone()
    }

    fn render(&self, elapsed: Duration) -> Option<String> {
        let recorder = self.board.copies()?;
        let facts = RunFacts {
            target: self.target.clone(),
            clock: Clock::Real,
            elapsed,
            start_epoch: self.began,
            // A stub elsewhere may deliver as the scenario says, too; the page at the end knows.
            delivery_known: matches!(self.target.as_str(), "mock" | "wiremock"),
            stopped_by: None,
            notes: Vec::new(),
        };
        let report = Report::so_far(recorder, facts);
        let files = self.files(&report).ok()?;
        let mut written = |name: &str| Ok(files.get(name).cloned());
        let results = Results::read(&mut written, Detail::Whole).ok()?;
        let mut page = html::page(&results);
        page.title = format!("Running: {}", results.summary.scenario);
        page.verdict = Banner {
            tone: Tone::Plain,
            word: "Running: this is the report so far".to_owned(),
            reasons: vec![
                "Open sessions count as not verified yet, and thresholds are judged at the end."
                    .to_owned(),
            ],
        };
        let mut text = Vec::new();
        page.write(&mut text).ok()?;
        String::from_utf8(text).ok()
    }

    /// What the run's folder would hold.
    fn files(&self, report: &Report) -> io::Result<BTreeMap<String, Vec<u8>>> {
        let mut files = BTreeMap::new();
        let mut add = |name: String, write: &dyn Fn(&mut Vec<u8>) -> io::Result<()>| {
            let mut bytes = Vec::new();
            write(&mut bytes)?;
            files.insert(name, bytes);
            Ok::<(), io::Error>(())
        };
        add("conversion.csv".to_owned(), &|out| conversion::write(report, out))?;
        add("timeseries.csv".to_owned(), &|out| series::write(report, out))?;
        for metric in Metric::ALL {
            let name = format!("latency/{}.hlog", metric.name());
            add(name, &|out| hdr::write_log(report, metric, out))?;
        }
        add(results::SUMMARY.to_owned(), &|out| summary::write(report, out))?;
        files.insert("scenario.toml".to_owned(), self.scenario_toml.clone().into_bytes());
        Ok(files)
    }
}
