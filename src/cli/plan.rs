//! What can be typed after `otpdrill plan`.

use super::{FileArgs, Format};
use clap::{Args, builder::BoolishValueParser};
use std::path::PathBuf;

/// What `plan` has.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The scenario and changes to it.
    #[command(flatten)]
    pub file: FileArgs,
    /// What must hold, as in `expired_in_queue < 0.1%`, `send_delay.p99{country=BR} < 2s` or
    /// `cost_usd.month < 5000`; repeatable (one a line in the environment). Without any: nothing to speak of
    /// is lost or late, and what the scenario's thresholds say.
    #[arg(long, value_name = "EXPR", env = "OTPDRILL_GOAL", value_delimiter = '\n')]
    pub goal: Vec<String>,
    /// With how many seeds each question is asked, from the scenario's seed upwards.
    #[arg(long, value_name = "N", default_value_t = 3, env = "OTPDRILL_SEEDS",
        value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub seeds: u16,
    /// Plans again with other values of a key, as in `service.quotas.SendTextMessage=10,20,50`; several make
    /// every combination (one a line in the environment).
    #[arg(long, value_name = "PATH=A,B,C", env = "OTPDRILL_WHAT_IF", value_delimiter = '\n')]
    pub what_if: Vec<String>,
    /// Looks neither for the smallest quotas nor for growth: only what the given limits do.
    #[arg(long, env = "OTPDRILL_NO_SEARCH", value_parser = BoolishValueParser::new())]
    pub no_search: bool,
    /// Where the plan goes (by default `reports/<UTC time>-plan-<scenario>-<seed>/`).
    #[arg(long, value_name = "DIR", env = "OTPDRILL_OUT")]
    pub out: Option<PathBuf>,
    /// Replaces an earlier plan or run in the same place.
    #[arg(long, env = "OTPDRILL_OVERWRITE", value_parser = BoolishValueParser::new())]
    pub overwrite: bool,
    /// How many threads work [default: the cores].
    #[arg(long, value_name = "N", env = "OTPDRILL_THREADS",
        value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Neither progress nor table.
    #[arg(long, env = "OTPDRILL_QUIET", value_parser = BoolishValueParser::new())]
    pub quiet: bool,
    /// What goes to standard output; `json` is `plan.json`.
    #[arg(long, value_enum, default_value_t = Format::Text, env = "OTPDRILL_FORMAT")]
    pub format: Format,
}
