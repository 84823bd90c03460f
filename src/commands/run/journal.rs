//! The journal of a live run, opened before anything leaves.
//!
//! **Invariant:** what it says of the run is enough to finish it without the command line.

use super::Stage;
use crate::{
    cli::RunArgs,
    commands::{campaign::Prepared, error::CommandError},
    journal::{AccountCard, Durability, Folder, Journal, RunCard},
};

/// Names the run in every message's context.
pub(super) fn run_name(prepared: &Prepared) -> String {
    format!("{}-{}", prepared.scenario.name, prepared.began.as_millis())
}

/// Begins the journal, a file for each shard.
pub(super) fn open_journal(
    args: &RunArgs,
    prepared: &Prepared,
    stage: &Stage,
) -> Result<(Folder, Vec<Journal>), CommandError> {
    let card = RunCard {
        schema: RunCard::SCHEMA,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        target: args.target.clone(),
        speed: prepared.scenario.speed,
        name: run_name(prepared),
        messages: args.campaign.messages,
        began: prepared.began,
        delivery_known: stage.ours,
        argv: prepared.argv.clone(),
        account: stage.guarded.as_ref().map(|guarded| AccountCard {
            account_id: args.aws.account_id.clone().unwrap_or_default(),
            region: guarded.link.region().to_owned(),
            puts_per_second: guarded.guard.rules().puts_per_second,
        }),
    };
    // A stub is gone with its machine: what is owed to it need not survive that.
    let machine = stage.guarded.is_some();
    let durability = if machine { Durability::Machine } else { Durability::Process };
    let scenario = prepared.loaded.resolved();
    let folder = Folder::create(prepared.place.path(), &card, &scenario, durability)?;
    let journals = (0..stage.endpoints.len()).map(|shard| folder.begin(&format!("shard-{shard}")));
    let journals = journals.collect::<Result<_, _>>()?;
    Ok((folder, journals))
}
