//! What a scenario asks for that a live run cannot have.

use crate::{commands::error::CommandError, scenario::load::Loaded, scenario::policy::OnThrottle};

/// wiremock owns its connections: what is to go wrong with them cannot be had there.
pub(super) fn refuse_transport_faults(loaded: &Loaded) -> Result<(), CommandError> {
    let faults = loaded.scenario.service.faults.iter().enumerate();
    let mut wrong = faults
        .filter(|(_, fault)| fault.kind.is_of_transport())
        .map(|(place, fault)| format!("service.faults.{place}.kind is `{}`", fault.kind.as_str()));
    let Some(first) = wrong.next() else { return Ok(()) };
    let named = wrong.fold(first, |named, next| format!("{named}, {next}"));
    Err(CommandError::Unplayable(format!(
        "{named}: a fault of the connection, which `--target wiremock` cannot have; use `--target mock`"
    )))
}

/// Each thread of a run has its own share of the application's workers, in whole units.
pub(super) fn refuse_empty_shares(loaded: &Loaded, threads: usize) -> Result<(), CommandError> {
    let OnThrottle::Queue { workers: Some(workers), limit, .. } =
        loaded.scenario.policy.on_throttle
    else {
        return Ok(());
    };
    let too_few = |key: &str, whole: u32| {
        Err(CommandError::Unplayable(format!(
            "policy.on_throttle.queue.{key} is {whole}, which {threads} threads cannot share; use \
             `--threads {whole}` or fewer"
        )))
    };
    match (workers as usize, limit as usize) {
        (share, _) if share < threads => too_few("workers", workers),
        (_, share) if 0 < share && share < threads => too_few("limit", limit),
        _ => Ok(()),
    }
}

/// A send that is repeated without knowing what came of it can reach a user twice, and is paid for twice.
pub(super) fn refuse_blind_retries(loaded: &Loaded) -> Result<(), CommandError> {
    if loaded.scenario.policy.sdk_retries.is_none() {
        return Ok(());
    }
    Err(CommandError::Unplayable(
        "policy.sdk_retries repeats sends that may have been processed, which is for stubs and \
         virtual time only: remove it to run against AWS"
            .to_owned(),
    ))
}
