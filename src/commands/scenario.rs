//! `otpdrill scenario`: everything about scenario files.

use super::{
    campaign::{load, tariff},
    error::CommandError,
};
use crate::{
    cli::FileArgs,
    exit::Exit,
    scenario::{self, Outside},
};
use sms_voice_mock::service::{price::part_price, segments};
use std::io::{self, Write as _};

/// Checks a file and names every mistake in it.
pub fn check(args: &FileArgs) -> Result<Exit, CommandError> {
    let loaded = load(args)?;
    tariff(&loaded.scenario)?;
    let scenario = &loaded.scenario;
    let line = format!(
        "{}: scenario `{}` is valid: {} countries, {:.0} expected sessions\n",
        args.scenario.display(),
        scenario.name,
        scenario.countries.len(),
        scenario.arrivals.expected_sessions(),
    );
    tell(&line)
}

/// Tells the plan in words and numbers.
pub fn explain(args: &FileArgs) -> Result<Exit, CommandError> {
    let loaded = load(args)?;
    let service = &loaded.scenario.service;
    let outside = Outside {
        parts: &|body| segments::parts(body).count,
        cost_usd: &|country, parts| {
            part_price(service, country).map(|price| price.cost(parts).usd())
        },
    };
    tell(&scenario::explain(&loaded, outside))
}

/// Prints the JSON Schema of scenario files.
pub fn schema() -> Result<Exit, CommandError> {
    let schema = serde_json::to_string_pretty(&scenario::schema()).expect("a JSON value");
    tell(&format!("{schema}\n"))
}

/// Writes to standard output; a reader that has gone away is no error.
fn tell(text: &str) -> Result<Exit, CommandError> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        Ok(()) | Err(_) => Ok(Exit::Passed),
    }
}
