//! `manifest.json`: where a run's files came from.

use super::{PlanFacts, stamp};
use crate::{plan::Plan, report::Report};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::{fmt::Write as _, fs, io, path::Path, time::Duration};

/// What only the command knows about a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ManifestFacts {
    /// The command line, the program's name first.
    pub argv: Vec<String>,
    /// Campaign time per wall time.
    pub speed: f64,
    /// When the command began its work, since 1970-01-01T00:00:00Z by the clock on the wall.
    pub start: Duration,
    /// When the run had ended, by the same clock.
    pub end: Duration,
    /// How many cores worked.
    pub cores: usize,
}

/// The program's name, by which a folder is known to be a run's.
const TOOL: &str = "otpdrill";

#[derive(Serialize)]
struct Manifest<'a> {
    tool: &'static str,
    version: &'static str,
    scenario: &'a str,
    /// Of `scenario.toml`, so that it can be checked and tells campaigns apart.
    scenario_sha256: String,
    seed: u64,
    target: &'a str,
    speed: f64,
    argv: &'a [String],
    start: String,
    end: String,
    cores: usize,
}

pub(super) fn write(
    report: &Report,
    resolved: &str,
    facts: &ManifestFacts,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let scenario = report.scenario();
    let manifest = Manifest {
        tool: TOOL,
        version: env!("CARGO_PKG_VERSION"),
        scenario: &scenario.name,
        scenario_sha256: sha256(resolved.as_bytes()),
        seed: scenario.seed,
        target: &report.run.target,
        speed: facts.speed,
        argv: &facts.argv,
        start: stamp(facts.start).to_string(),
        end: stamp(facts.end).to_string(),
        cores: facts.cores,
    };
    serde_json::to_writer_pretty(&mut *out, &manifest)?;
    writeln!(out)
}

/// The same of a plan, whose campaigns were played against the model.
pub(super) fn write_of_plan(
    plan: &Plan,
    resolved: &str,
    facts: &PlanFacts,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let manifest = Manifest {
        tool: TOOL,
        version: env!("CARGO_PKG_VERSION"),
        scenario: &plan.scenario,
        scenario_sha256: sha256(resolved.as_bytes()),
        seed: plan.seeds[0],
        target: "plan",
        speed: 1.0,
        argv: &facts.argv,
        start: stamp(facts.start).to_string(),
        end: stamp(facts.end).to_string(),
        cores: facts.cores,
    };
    serde_json::to_writer_pretty(&mut *out, &manifest)?;
    writeln!(out)
}

/// Whether a folder holds this program's manifest, and not one of the many other kinds.
pub(super) fn is_in(folder: &Path) -> bool {
    of(folder).is_some()
}

/// This program's manifest in a folder.
pub(super) fn of(folder: &Path) -> Option<serde_json::Value> {
    let text = fs::read_to_string(folder.join("manifest.json")).ok()?;
    let manifest: serde_json::Value = serde_json::from_str(&text).ok()?;
    (manifest["tool"] == TOOL).then_some(manifest)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes everything");
        hex
    })
}
