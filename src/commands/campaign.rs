//! What `run` and `simulate` have in common: loading, preparing the place for results, writing them.

use super::{
    ci::{self, Baseline},
    error::CommandError,
    run_dir::{self, ManifestFacts, RunDir, RunFiles},
};
use crate::{
    cli::{CampaignArgs, FileArgs, Format},
    dashboard::verification::Verification,
    drive::{clock::time_of_day, signals::StopSignal},
    exit::Exit,
    journal::Folder,
    record::{Recorder, cells::Tariff},
    report::{Clock, Report, RunFacts, Signal, summary, text},
    scenario::{self, Scenario, load::Loaded},
};
use sms_voice_mock::service::{price::part_price, segments, time::SimTime};
use std::{
    io::{self, IsTerminal as _, Write as _},
    num::NonZero,
    path::PathBuf,
    sync::Arc,
    thread::available_parallelism,
    time::Duration,
};

/// A campaign about to be played, with a place for its results.
#[derive(Debug)]
pub struct Prepared {
    /// The scenario and its file.
    pub loaded: Loaded,
    /// The scenario, to be shared.
    pub scenario: Arc<Scenario>,
    /// What messages cost.
    pub tariff: Tariff,
    /// Where the results go.
    pub place: RunDir,
    /// When the run began, since 1970-01-01T00:00:00Z.
    pub began: Duration,
    /// The command line that began it.
    pub argv: Vec<String>,
    /// What the run is compared with at its end.
    pub baseline: Baseline,
    /// The table that remembers runs; `None` for the default of the place.
    pub history: Option<PathBuf>,
    /// On how many threads its files are written.
    pub threads: usize,
}

/// What is shown of the results.
#[derive(Clone, Copy, Debug)]
pub struct Reporting {
    /// Whether nothing is shown for people.
    pub quiet: bool,
    /// What goes to standard output.
    pub format: Format,
}

/// What some runs have beside their figures.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// The journal, of a live run.
    pub journal: Option<&'a Folder>,
    /// What the dashboard was found to say.
    pub verification: Option<&'a Verification>,
}

impl CampaignArgs {
    /// What is shown of the results.
    #[must_use]
    pub const fn reporting(&self) -> Reporting {
        Reporting { quiet: self.quiet, format: self.format }
    }

    /// How many threads work.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads.map_or_else(cores, usize::from)
    }
}

/// Loads the scenario file.
pub fn load(args: &FileArgs) -> Result<Loaded, CommandError> {
    Ok(scenario::load(&args.scenario, &args.set, args.seed)?)
}

/// Loads the scenario, with further `sets`, and prepares the place for results; nothing has happened
/// until then.
pub fn prepare(
    args: &CampaignArgs,
    sets: &[String],
    clock: Clock,
) -> Result<Prepared, CommandError> {
    let file = &args.file;
    let sets = [file.set.as_slice(), sets].concat();
    let loaded = scenario::load(&file.scenario, &sets, file.seed)?;
    let tariff = tariff(&loaded.scenario)?;
    let mut baseline = Baseline::open(&args.baseline, clock)?;
    baseline.check(&loaded.scenario)?;
    baseline.read_figures(&loaded.scenario)?;
    let began = time_of_day();
    let place = RunDir::prepare(
        args.out.as_deref(),
        &run_dir::default_name(began, &loaded.scenario.name, loaded.scenario.seed),
        args.overwrite,
    )?;
    let scenario = Arc::new(loaded.scenario.clone());
    let argv = std::env::args().collect();
    let history = args.history.clone();
    let threads = args.threads();
    Ok(Prepared { loaded, scenario, tariff, place, began, argv, baseline, history, threads })
}

/// What each template and country costs; a country without a price is refused by name.
pub fn tariff(scenario: &Scenario) -> Result<Tariff, CommandError> {
    let widest = "8".repeat(scenario.policy.code.length.into());
    let parts =
        |template: &scenario::policy::Template| segments::parts(&template.with_code(&widest)).count;
    let mut unpriced = Vec::new();
    let nano_usd = scenario.countries.iter().map(|country| {
        let price = part_price(&scenario.service, country.code);
        if price.is_none() {
            unpriced.push(country.code.to_string());
        }
        price.map_or(0, |price| price.cost(1).nanos())
    });
    let nano_usd = nano_usd.collect();
    if unpriced.is_empty() {
        let parts = scenario.templates.iter().map(parts).collect();
        return Ok(Tariff { parts, nano_usd });
    }
    let list = unpriced.join(", ");
    Err(CommandError::Unplayable(format!(
        "no price is known for {list}: set service.prices.{}.price_usd",
        unpriced[0]
    )))
}

impl Prepared {
    /// A recorder for this campaign.
    #[must_use]
    pub fn recorder(&self, messages: bool) -> Recorder {
        Recorder::new(Arc::clone(&self.scenario), self.tariff.clone(), messages)
    }

    /// When the campaign is expected to be over: the last code's end.
    #[must_use]
    pub fn expected_end(&self) -> SimTime {
        let scenario = &self.scenario;
        let tail = scenario.policy.lifetime.min(scenario.drain);
        SimTime::ZERO + scenario.arrivals.duration() + tail
    }

    /// Writes every file of the run and says how it went; `also` are further reasons why not well.
    pub fn publish(
        &self,
        reporting: Reporting,
        recorder: Recorder,
        facts: RunFacts,
        also: Vec<(Exit, String)>,
        beside: Beside<'_>,
    ) -> Result<Exit, CommandError> {
        let mut report = Report::against(recorder, facts, self.baseline.figures());
        also.into_iter().for_each(|(exit, reason)| report.fail(exit, reason));
        let compared =
            self.baseline.compare(&mut report, &self.loaded.resolved(), reporting.quiet)?;
        let manifest = ManifestFacts {
            argv: self.argv.clone(),
            speed: self.scenario.speed,
            start: self.began,
            end: time_of_day(),
            cores: cores(),
        };
        self.place.make_room()?;
        if let Some(journal) = beside.journal {
            run_dir::write_books(&self.place, &journal.parts()?, report.scenario())?;
        }
        let verification = beside.verification;
        ci::write_comparison(&self.place, compared.as_ref())?;
        let files = RunFiles { loaded: &self.loaded, manifest: &manifest, verification };
        run_dir::write_run(&self.place, &report, files, self.threads)?;
        if let Err(error) = self.place.link_latest() {
            // The results are in their place; only the short way to them is missing.
            drop(writeln!(io::stderr(), "warning: {error}"));
        }
        self.remember(&report);
        ci::tell_run(&report);
        show(reporting, &report, &self.place)?;
        let is_shown = reporting.format == Format::Text && !reporting.quiet;
        if let Some(found) = compared.as_ref().filter(|_| is_shown) {
            super::compare::show(found)?;
        }
        if let Some(verification) = beside.verification.filter(|_| is_shown) {
            super::verify::show(verification)?;
        }
        Ok(report.verdict.exit)
    }

    /// Appends the run's row to the history, where there is one.
    fn remember(&self, report: &Report) {
        let Some(path) = self.history.clone().or_else(|| self.place.history()) else { return };
        if let Err(error) = ci::remember(&path, report, self.began, self.place.path()) {
            let path = path.display();
            drop(writeln!(io::stderr(), "warning: cannot append to `{path}`: {error}"));
        }
    }
}

fn show(shown: Reporting, report: &Report, place: &RunDir) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = match shown.format {
        Format::Json => summary::write(report, &mut out),
        Format::Text if shown.quiet => Ok(()),
        Format::Text => {
            let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            text::write(report, place.path(), text::Style { colour }, &mut out)
        }
    };
    match written.and_then(|()| out.flush()) {
        // Whoever reads may stop reading; the results are in their files.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// How many cores there are.
#[must_use]
pub fn cores() -> usize {
    available_parallelism().map_or(1, NonZero::get)
}

/// The signal as reports name it.
#[must_use]
pub fn signal(signal: StopSignal) -> Signal {
    match signal {
        StopSignal::Interrupt => Signal::Interrupt,
        StopSignal::Terminate => Signal::Terminate,
    }
}
