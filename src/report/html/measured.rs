//! How it was measured, and how to measure it again.

use super::{is_simulated, start};
use crate::{
    report::{
        page::{Cell, Section, Table},
        text::number,
    },
    results::{Manifest, Results},
};
use jiff::Timestamp;
use std::time::Duration;

pub(super) fn section(results: &Results) -> Option<Section> {
    let mut table = Table::new("How it was measured", &[("What", false), ("How", false)]);
    for (what, how) in facts(results) {
        table.push(vec![Cell::text(what), Cell::text(how)]);
    }
    Some(Section::new("measured", "How it was measured").table(&table))
}

fn facts(results: &Results) -> Vec<(&'static str, String)> {
    let summary = &results.summary;
    let span =
        |seconds: f64| number::span(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let shape = results.shape.as_ref();
    let manifest = results.manifest.as_ref();
    let speed = shape.map(|shape| number::figure(shape.speed));
    let speed = speed.filter(|_| !is_simulated(results));
    let cores = manifest.filter(|_| !is_simulated(results));
    let warm_up = shape.map(|shape| shape.warm_up).filter(|warm_up| !warm_up.0.is_zero());
    let facts = [
        Some(("Clock", clock(results).to_owned())),
        Some(("Who answered", target(&summary.target))),
        Some(("Users, carriers, delivery", people(results).to_owned())),
        Some(("Began", began(results))),
        Some(("Took", span(summary.elapsed_s))),
        speed.map(|speed| ("Campaign time per wall time", speed)),
        warm_up.map(|warm_up| ("Left out of latencies", format!("the first {warm_up}"))),
        Some(("Scenario", summary.scenario.clone())),
        Some(("Seed", summary.seed.to_string())),
        cores.map(|Manifest { cores, .. }| ("Cores", cores.to_string())),
        manifest.map(|manifest| ("Played by", format!("otpdrill {}", manifest.version))),
        manifest.map(|manifest| ("SHA-256 of scenario.toml", manifest.scenario_sha256.clone())),
    ];
    facts.into_iter().flatten().collect()
}

fn clock(results: &Results) -> &'static str {
    if is_simulated(results) {
        "simulated: virtual time jumps from event to event; no call left the program, and the same seed gives the \
         same bytes"
    } else {
        "real: calls left on a schedule that waits for no answer (open loop)"
    }
}

fn target(name: &str) -> String {
    match name {
        "model" => "the model of the service, called directly: simulated".to_owned(),
        "mock" => "our stub of the AWS API, inside the run, over HTTP".to_owned(),
        "wiremock" => "our stub of the AWS API behind the wiremock crate, over HTTP".to_owned(),
        "aws" => "AWS End User Messaging itself".to_owned(),
        url => format!("a stub of the AWS API at {url}"),
    }
}

fn people(results: &Results) -> &'static str {
    if results.summary.target == "aws" {
        "users are simulated; messages went to real or simulator numbers through real carriers"
    } else {
        "simulated, as the scenario says"
    }
}

fn began(results: &Results) -> String {
    let at = instant(results, "%Y-%m-%dT%H:%M:%SZ");
    if is_simulated(results) { format!("{at}, by the scenario") } else { at }
}

/// When the run began.
pub(super) fn instant(results: &Results, format: &str) -> String {
    let seconds = i64::try_from(start(results).as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).strftime(format).to_string()
}

pub(super) fn reproduce(results: &Results) -> Option<Section> {
    let text = results.scenario_toml.as_deref()?;
    let section = Section::new("reproduce", "Do it again")
        .paragraph(
            "In the folder of this page, where scenario.toml has every setting and the seed:",
        )
        .verbatim("The command", &command(results));
    let scenario = Section::default().verbatim("scenario.toml", text.trim_end());
    Some(section.folded("The scenario as it ran", &scenario))
}

fn command(results: &Results) -> String {
    let target = results.summary.target.as_str();
    match target {
        _ if is_simulated(results) => "otpdrill simulate scenario.toml".to_owned(),
        "aws" => {
            "otpdrill run scenario.toml --target aws --account-id ID --max-spend USD".to_owned()
        }
        target => format!("otpdrill run scenario.toml --target {target}"),
    }
}
