//! The folder that a plan leaves behind.

use super::{RunDir, RunDirError, manifest};
use crate::{
    plan::{Plan, csv, page},
    scenario::Loaded,
};
use std::{io, time::Duration};

/// What only the command knows about a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanFacts {
    /// The command line, the program's name first.
    pub argv: Vec<String>,
    /// When the command began its work, since 1970-01-01T00:00:00Z by the clock on the wall.
    pub start: Duration,
    /// When every question had its answer, by the same clock.
    pub end: Duration,
    /// How many threads worked.
    pub cores: usize,
}

/// Writes all files of a plan, `plan.json` last: where it is, the others are.
pub fn write_plan(
    dir: &RunDir,
    plan: &Plan,
    loaded: &Loaded,
    facts: &PlanFacts,
) -> Result<(), RunDirError> {
    let resolved = loaded.resolved();
    dir.write("manifest.json", |out| manifest::write_of_plan(plan, &resolved, facts, out))?;
    dir.write("scenario.toml", |out| io::Write::write_all(out, resolved.as_bytes()))?;
    dir.write("limits.csv", |out| csv::write_limits(plan, out))?;
    dir.write("countries.csv", |out| csv::write_countries(plan, out))?;
    dir.write("demand.csv", |out| csv::write_demand(plan, out))?;
    if !plan.what_if.is_empty() {
        dir.write("what-if.csv", |out| csv::write_what_if(plan, out))?;
    }
    dir.write("quota-request.txt", |out| io::Write::write_all(out, plan.quota_request.as_bytes()))?;
    dir.write("plan.html", |out| page::write(plan, out))?;
    dir.write("plan.json", |out| write_plan_json(plan, out))
}

/// Writes `plan.json`.
pub fn write_plan_json(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, plan)?;
    writeln!(out)
}
