//! `otpdrill simulate`: a campaign in virtual time.

use super::{
    campaign::{Beside, prepare},
    error::CommandError,
    progress::Progress,
};
use crate::{
    cli::CampaignArgs,
    drive::{clock::WallClock, signals::Signals, simulate},
    exit::Exit,
    report::{Clock, RunFacts},
};
use std::time::Duration;

/// Plays the campaign in virtual time and writes its results.
pub fn simulate(args: &CampaignArgs) -> Result<Exit, CommandError> {
    let prepared = prepare(args, &[])?;
    let mut recorder = prepared.recorder(args.messages);
    let mut progress = Progress::new(args.quiet, prepared.expected_end());
    let clock = WallClock::starting_in(Duration::ZERO, 1.0);
    let signals = Signals::listen()?;
    let mut stopped_by = None;
    simulate::simulate(&mut recorder, |at| {
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
    prepared.publish(args.reporting(), recorder, facts, Vec::new(), Beside::default())
}
