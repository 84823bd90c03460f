//! What agrees to text people and to spend money.
//!
//! **Invariant:** nothing here has a variable of the environment: who agrees, types it.

use clap::Args;
use std::path::PathBuf;

/// What `run --target aws` needs and nothing else has.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "With --target aws (never from the environment)")]
pub struct AwsArgs {
    /// The account that is meant, 12 digits. Needed; another one is refused before the first send.
    #[arg(long, value_name = "ID")]
    pub account_id: Option<String>,
    /// The most that all messages together may cost. Needed.
    #[arg(long, value_name = "USD")]
    pub max_spend: Option<String>,
    /// Whom messages go to: `simulator` (AWS's simulator numbers), `verified` (the account's own
    /// verified numbers), or `file:PATH`, those of the verified numbers that the file lists, one a
    /// line [default: simulator].
    #[arg(long, value_name = "WHO")]
    pub destinations: Option<String>,
    /// Sends per second [default: 1, AWS's documented quota]; the originator's own limit lowers it.
    #[arg(long, value_name = "N")]
    pub max_rate: Option<f64>,
    /// Feedback calls per second [default: 20, AWS's documented quota].
    #[arg(long, value_name = "N")]
    pub max_feedback_rate: Option<f64>,
    /// Has AWS check every message and send none (`DryRun`); no feedback is put.
    #[arg(long)]
    pub dry_run: bool,
    /// Agrees to the plan without being asked.
    #[arg(long)]
    pub yes: bool,
    /// `IN_ENTITY_ID`, for messages to India.
    #[arg(long, value_name = "ID", requires = "in_template_id")]
    pub in_entity_id: Option<String>,
    /// `IN_TEMPLATE_ID`, for messages to India.
    #[arg(long, value_name = "ID", requires = "in_entity_id")]
    pub in_template_id: Option<String>,
}

/// What `doctor` has.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The scenario that the account shall be ready for.
    #[arg(value_name = "SCENARIO")]
    pub scenario: Option<PathBuf>,
    /// Sets a key of the scenario, as `run` does; repeatable.
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Whom to look at: `aws`, or the URL of a stub.
    #[arg(long, value_name = "TARGET", required_unless_present = "policy")]
    pub target: Option<String>,
    /// Prints the IAM policy that a run, `doctor` and `verify` need, and looks at nothing.
    #[arg(long)]
    pub policy: bool,
}
