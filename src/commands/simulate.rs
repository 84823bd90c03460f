//! `otpdrill simulate`: a campaign in virtual time.

use super::{
    campaign::{Beside, prepare},
    error::CommandError,
    progress::Progress,
};
use crate::{
    cli::{DriverName, SimulateArgs},
    drive::{clock::WallClock, in_virtual_time::VirtualDriver, signals::Signals},
    exit::Exit,
    report::{Clock, RunFacts},
    scenario::Scenario,
};
use std::{
    io::{self, Write as _},
    time::Duration,
};

/// Plays the campaign in virtual time and writes its results.
pub fn simulate(args: &SimulateArgs) -> Result<Exit, CommandError> {
    let SimulateArgs { campaign: args, driver } = args;
    let prepared = prepare(args, &[], Clock::Virtual)?;
    let driver = driver_for(&prepared.scenario, *driver, args.quiet)?;
    let mut recorder = prepared.recorder(args.messages);
    let mut progress = Progress::new(args.quiet, prepared.expected_end());
    let clock = WallClock::starting_in(Duration::ZERO, 1.0);
    let signals = Signals::listen()?;
    let mut stopped_by = None;
    let threads = args.threads();
    let aborted = driver.play(&mut recorder, threads, |at| {
        progress.show(clock.wall(), at, None);
        // A signal that comes after the last look changes nothing, so it is no reason.
        stopped_by = signals.first();
        signals.wish()
    });
    progress.end();
    let start = u64::try_from(prepared.scenario.start_epoch_s).unwrap_or(0);
    let facts = RunFacts {
        target: "model".to_owned(),
        clock: Clock::Virtual,
        elapsed: recorder.last.since_start(),
        start_epoch: Duration::from_secs(start),
        delivery_known: true,
        stopped_by: stopped_by.map(super::campaign::signal),
        notes: Vec::new(),
    };
    let aborted = aborted.map(|aborted| (Exit::Aborted, aborted.to_string()));
    let also = aborted.into_iter().collect();
    prepared.publish(args.reporting(), recorder, facts, also, Beside::default())
}

/// The driver that was asked for, or the scenario's; one that cannot play it is refused.
fn driver_for(
    scenario: &Scenario,
    asked: Option<DriverName>,
    quiet: bool,
) -> Result<VirtualDriver, CommandError> {
    let (own, reason) = VirtualDriver::of(scenario);
    match (asked, reason) {
        (Some(DriverName::GlobalQueue), _) => Ok(VirtualDriver::GlobalQueue),
        (Some(DriverName::FastForward), Some(reason)) => Err(CommandError::Unplayable(format!(
            "--driver fast-forward: {reason}; use --driver global-queue, or leave the choice to the scenario"
        ))),
        (_, None) => Ok(own),
        (None, Some(reason)) => {
            if !quiet {
                // Nothing is lost if nobody reads it.
                drop(writeln!(io::stderr(), "note: played by the global queue, for {reason}"));
            }
            Ok(own)
        }
    }
}
