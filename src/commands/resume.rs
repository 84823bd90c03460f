//! `otpdrill resume`: finishes what a killed run owed, and writes the reports it could not.

use super::{
    aws,
    campaign::{Beside, Prepared, Reporting, cores, tariff},
    ci::Baseline,
    error::CommandError,
    run_dir::RunDir,
    target::{TargetError, TargetName, stub_beyond},
};
use crate::{
    cli::ResumeArgs,
    drive::{
        deliver::{self, DEFAULT_RATE, time_for},
        signals::Signals,
    },
    exit::Exit,
    journal::{Folder, FolderError, Journal, Replay, RunCard, Story},
    report::{Clock, RunFacts},
    scenario::load::{Source, parse},
    target::{
        sdk::{Guarded, SdkTarget},
        stub,
    },
};
use std::{
    io::{self, Write as _},
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::runtime;

/// How often progress is told.
const EVERY: Duration = Duration::from_secs(2);

/// Finishes a run.
pub fn resume(args: &ResumeArgs) -> Result<Exit, CommandError> {
    let (folder, card, text) = Folder::open(&args.run)?;
    let baseline = Baseline::open(&args.baseline, Clock::Real)?;
    let prepared = prepared(&args.run, &card, &text, baseline)?;
    let (mut story, mut notes, attempts) = read(&folder, &card, &prepared)?;
    let owed = story.owed.len();
    if owed == 0 && story.closing.is_empty() && args.run.join("summary.json").is_file() {
        return nothing_owed(args);
    }
    let creditor = reach(&card)?;
    let mut journal = folder.begin(&format!("resume-{attempts}"))?;
    story.closing.iter().for_each(|entry| journal.push(entry));
    journal.commit().map_err(lost(&args.run))?;
    let signals = Signals::listen()?;
    let rate = card.account.as_ref().map(|account| account.puts_per_second);
    if owed > 0 {
        match creditor.target(&prepared, &card) {
            Some(target) => put_all(&mut story, &mut journal, &target, (&signals, rate))
                .map_err(lost(&args.run))?,
            None => notes.push(format!(
                "the stub lived inside the run and went away with it: feedback for {owed} messages \
                 stays owed, and there is nobody left to tell"
            )),
        }
        if let Creditor::At(address) = creditor {
            // The run left a stub of ours at its own speed; anybody else does not know this call.
            drop(runtime()?.block_on(stub::slow_down(address)));
        }
    }
    let put = owed - story.owed.len();
    deliver::leave(&mut story, &mut journal).map_err(lost(&args.run))?;
    journal.close().map_err(lost(&args.run))?;
    let ended = story.last.since_start().as_secs_f64();
    notes.insert(
        0,
        format!(
            "resumed: the run had ended after {ended:.1} s of campaign time; {put} of {owed} messages \
             got their feedback now"
        ),
    );
    let facts = RunFacts {
        target: card.target.clone(),
        clock: Clock::Real,
        elapsed: story.last.since_start().div_f64(card.speed),
        start_epoch: card.began,
        delivery_known: card.delivery_known,
        stopped_by: signals.first().map(super::campaign::signal),
        notes,
    };
    let reporting = Reporting { quiet: args.quiet, format: args.format };
    let beside = Beside { journal: Some(&folder), verification: None };
    prepared.publish(reporting, story.recorder, facts, Vec::new(), beside)
}

/// The campaign as it was, from the scenario beside the journal.
fn prepared(
    run: &Path,
    card: &RunCard,
    text: &str,
    mut baseline: Baseline,
) -> Result<Prepared, CommandError> {
    let name = run.join("journal/scenario.toml").display().to_string();
    let loaded = parse(text, Source { name: &name, folder: None }, &[], None)
        .map_err(|error| CommandError::Scenario(error.into()))?;
    baseline.read_figures(&loaded.scenario)?;
    Ok(Prepared {
        scenario: Arc::new(loaded.scenario.clone()),
        tariff: tariff(&loaded.scenario)?,
        place: RunDir::of_run(run),
        began: card.began,
        argv: card.argv.clone(),
        baseline,
        history: None,
        threads: cores(),
        loaded,
    })
}

/// The run is over, and its reports are there. They are not compared with anything now.
fn nothing_owed(args: &ResumeArgs) -> Result<Exit, CommandError> {
    let run = args.run.display();
    if let Some(baseline) = args.baseline.folders.first() {
        return Err(CommandError::Usage(format!(
            "{run}: nothing is owed, and the reports are there, so there is nothing to resume: compare them by \
             `otpdrill compare {} {run}`",
            baseline.display()
        )));
    }
    say(&format!("{run}: nothing is owed, and the reports are there"));
    Ok(Exit::Passed)
}

/// What the journal tells, what was wrong with it, and how many have resumed it before.
fn read(
    folder: &Folder,
    card: &RunCard,
    prepared: &Prepared,
) -> Result<(Story, Vec<String>, usize), CommandError> {
    let parts = folder.parts()?;
    let mut notes = Vec::new();
    let mut replay = Replay::into(prepared.recorder(card.messages));
    for part in &parts {
        part.entries().for_each(|entry| replay.apply(&entry));
        let torn = part.torn();
        if torn > 0 {
            let file = part.path.file_name().unwrap_or_default().display();
            notes.push(format!("{torn} bytes at the end of {file} were torn off and are left out"));
        }
    }
    let attempts = parts.iter().filter(|part| part.is_resume()).count();
    Ok((replay.end(), notes, attempts))
}

/// Whom the run's feedback is owed to.
enum Creditor {
    /// Nobody that is left: the stub lived inside the run.
    Gone,
    /// Somebody at this address.
    At(SocketAddr),
    /// The account of the run.
    Account(Box<Guarded>),
}

impl Creditor {
    /// The way to it, if it is still there.
    fn target(&self, prepared: &Prepared, card: &RunCard) -> Option<SdkTarget> {
        let (scenario, name) = (Arc::clone(&prepared.scenario), card.name.clone());
        match self {
            Self::Gone => None,
            Self::At(address) => Some(SdkTarget::new(scenario, &address.to_string(), name)),
            Self::Account(guarded) => Some(SdkTarget::guarded(scenario, guarded, name)),
        }
    }
}

/// Makes sure that somebody is there, before anything is written.
fn reach(card: &RunCard) -> Result<Creditor, CommandError> {
    if let Some(account) = &card.account {
        return Ok(Creditor::Account(Box::new(runtime()?.block_on(aws::go_back(account))?)));
    }
    let (address, url) = match TargetName::parse(&card.target)? {
        TargetName::Mock | TargetName::Wiremock => return Ok(Creditor::Gone),
        TargetName::Aws => unreachable!("a run against AWS has an account"),
        TargetName::Url { address, url } => (address, url),
        TargetName::Beyond { authority, url } => {
            (runtime()?.block_on(stub_beyond(&authority, &url))?, url)
        }
    };
    let asked = runtime()?.block_on(stub::health(address));
    asked.map_err(|error| TargetError::Unreachable { url, reason: error.to_string() })?;
    Ok(Creditor::At(address))
}

fn put_all(
    story: &mut Story,
    journal: &mut Journal,
    target: &SdkTarget,
    (signals, rate): (&Signals, Option<f64>),
) -> io::Result<()> {
    let owed = story.owed.len();
    let deadline = time_for(owed, rate.unwrap_or(DEFAULT_RATE));
    // An account has a rate that was agreed to; a stub takes what comes.
    let gap = rate.map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate));
    if owed > 0 {
        say(&format!(
            "{owed} messages are owed their feedback; they have {} min to get it",
            deadline.as_secs().div_ceil(60)
        ));
    }
    let mut next = EVERY;
    let work = deliver::deliver(story, journal, target, (signals, gap, deadline), |wall, left| {
        if next <= wall {
            next = wall + EVERY;
            say(&format!("{left} of {owed} messages are still owed their feedback"));
        }
    });
    runtime()?.block_on(work)
}

/// The journal itself cannot be written: the run stays as it is.
fn lost(run: &Path) -> impl Fn(io::Error) -> CommandError {
    let path = run.join("journal");
    move |source| CommandError::Journal(FolderError::Io { path: path.clone(), source })
}

fn say(line: &str) {
    // Where standard error is closed there is nobody to tell.
    drop(writeln!(io::stderr(), "{line}"));
}

fn runtime() -> io::Result<runtime::Runtime> {
    runtime::Builder::new_current_thread().enable_io().enable_time().build()
}
