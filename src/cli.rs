//! What can be typed. Arguments mean nothing here; `commands` gives them meaning.

mod aws;
mod compare;
mod examples;
mod plan;
mod watch;

pub use aws::{AwsArgs, DoctorArgs};
pub use compare::{BaselineArgs, CompareArgs, JudgementArgs};
pub use plan::PlanArgs;
pub use watch::WatchArgs;

use clap::{
    Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum,
    builder::BoolishValueParser, parser::ValueSource,
};
use clap_complete::Shell;
use sms_voice_mock::{config::duration::Span, standalone::MockArgs};
use std::path::PathBuf;

/// Load-test and conversion simulator for SMS one-time passwords on AWS End User Messaging.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  otpdrill run scenarios/quickstart.toml        a campaign in real time against the stub inside
  otpdrill simulate scenarios/quickstart.toml   the same campaign in virtual time
  otpdrill plan scenarios/quota-starved.toml    whether the quotas carry it, and which would
  otpdrill scenario explain FILE                what a scenario will do, before it does it
  otpdrill resume reports/latest                what a killed run owed
  otpdrill report reports/latest                renders a run's page again
  otpdrill verify RUN                           whether the dashboard tells the truth about a run
  otpdrill compare BASE NEW                     whether a run is worse than another
  otpdrill mock                                 the stub alone, for any AWS SDK

Exit codes: 0 passed, 1 internal error, 2 usage, 3 invalid scenario, 10 threshold failed,
11 worse than the baseline, 12 a check failed, 13 measurement invalid, 14 spend cap reached,
15 target unreachable or credentials refused, 130/143 stopped by a signal";

impl Cli {
    /// Reads the command line and the environment; ends the program where they make no sense.
    #[must_use]
    pub fn read() -> Self {
        let matches = Self::command().get_matches();
        let mut cli = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        if let (Command::Run(args), Some((_, matches))) = (&mut cli.command, matches.subcommand()) {
            let source = matches.value_source("target");
            args.target_typed = source == Some(ValueSource::CommandLine);
            let typed = |name| matches.value_source(name) == Some(ValueSource::CommandLine);
            (args.watch.web_typed, args.watch.metrics_typed) = (typed("web"), typed("metrics"));
        }
        cli
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Plays a campaign in real time.
    #[command(after_help = examples::RUN)]
    Run(Box<RunArgs>),
    /// Plays the same campaign in virtual time: a day in seconds.
    #[command(after_help = examples::SIMULATE)]
    Simulate(SimulateArgs),
    /// Asks whether the quotas carry the traffic, where they break, and which are needed.
    #[command(after_help = examples::PLAN)]
    Plan(PlanArgs),
    /// Finishes what a killed run owed: feedback for every message it had sent, then its reports.
    #[command(after_help = examples::RESUME)]
    Resume(ResumeArgs),
    /// Starts the stub on its own, for any language's SDK.
    #[command(after_help = examples::MOCK)]
    Mock(MockArgs),
    /// Renders the folder of a run again: its page for people, report.html, and junit.xml.
    #[command(after_help = examples::REPORT)]
    Report(ReportArgs),
    /// Judges whether the dashboard tells the truth about a run.
    #[command(after_help = examples::VERIFY)]
    Verify(VerifyArgs),
    /// Judges whether a run is worse than another: statistics, and a gate for CI.
    #[command(after_help = examples::COMPARE)]
    Compare(CompareArgs),
    /// Looks whether an account is ready for a campaign, and names what mends it.
    #[command(after_help = examples::DOCTOR)]
    Doctor(DoctorArgs),
    /// Prints what lets a shell complete commands and flags.
    #[command(after_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Writes the manual pages.
    #[command(after_help = examples::MAN)]
    Man(ManArgs),
    /// Everything about scenario files.
    #[command(subcommand)]
    Scenario(ScenarioCommand),
}

/// Everything about scenario files.
#[derive(Debug, Subcommand)]
pub enum ScenarioCommand {
    /// Checks a file and names every mistake in it.
    Check(FileArgs),
    /// Tells the plan in words and numbers: arrivals, sends, parts, cost, calls per second.
    Explain(FileArgs),
    /// Prints the JSON Schema of scenario files.
    Schema,
}

/// A scenario file and changes to it.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// The scenario file.
    #[arg(value_name = "SCENARIO")]
    pub scenario: PathBuf,
    /// Sets a key, as in `policy.tries=3` or `countries.BR.carriers.0.delivered=0.5`; repeatable (one a
    /// line in the environment).
    #[arg(long, value_name = "PATH=VALUE", env = "OTPDRILL_SET", value_delimiter = '\n')]
    pub set: Vec<String>,
    /// The seed of every draw; beats the file's.
    #[arg(long, value_name = "N", env = "OTPDRILL_SEED")]
    pub seed: Option<u64>,
}

/// What `run` and `simulate` have in common.
#[derive(Debug, Args)]
pub struct CampaignArgs {
    /// The scenario and changes to it.
    #[command(flatten)]
    pub file: FileArgs,
    /// Where the results go (by default `reports/<UTC time>-<scenario>-<seed>/`).
    #[arg(long, value_name = "DIR", env = "OTPDRILL_OUT")]
    pub out: Option<PathBuf>,
    /// Replaces the results of an earlier run in the same place.
    #[arg(long, env = "OTPDRILL_OVERWRITE", value_parser = BoolishValueParser::new())]
    pub overwrite: bool,
    /// How many threads work [default: the cores].
    #[arg(long, value_name = "N", env = "OTPDRILL_THREADS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Neither progress nor summary.
    #[arg(long, env = "OTPDRILL_QUIET", value_parser = BoolishValueParser::new())]
    pub quiet: bool,
    /// What goes to standard output.
    #[arg(long, value_enum, default_value_t = Format::Text, env = "OTPDRILL_FORMAT")]
    pub format: Format,
    /// Also write messages.csv, one row per attempted message.
    #[arg(long, env = "OTPDRILL_MESSAGES", value_parser = BoolishValueParser::new())]
    pub messages: bool,
    /// What the run is compared with at its end.
    #[command(flatten)]
    pub baseline: BaselineArgs,
    /// The table to append a row about this run to [default: `reports/history.csv`, without `--out`].
    #[arg(long, value_name = "FILE", env = "OTPDRILL_HISTORY")]
    pub history: Option<PathBuf>,
}

/// A campaign in virtual time.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// What every campaign takes.
    #[command(flatten)]
    pub campaign: CampaignArgs,
    /// Which driver plays it [default: the fast one, where the scenario lets it]. The results are the same.
    #[arg(long, value_enum, env = "OTPDRILL_DRIVER")]
    pub driver: Option<DriverName>,
}

/// A driver of virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DriverName {
    /// Runs each session in one go until it meets others.
    FastForward,
    /// One queue of everything: slower, and what the other is judged by.
    GlobalQueue,
}

/// A run to be finished.
#[derive(Debug, Args)]
pub struct ResumeArgs {
    /// The folder of the run.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Neither progress nor summary.
    #[arg(long, env = "OTPDRILL_QUIET", value_parser = BoolishValueParser::new())]
    pub quiet: bool,
    /// What goes to standard output.
    #[arg(long, value_enum, default_value_t = Format::Text, env = "OTPDRILL_FORMAT")]
    pub format: Format,
    /// What the run is compared with.
    #[command(flatten)]
    pub baseline: BaselineArgs,
}

/// A run to be rendered again.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The folder of the run.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// Does not tell where the page is.
    #[arg(long, env = "OTPDRILL_QUIET", value_parser = BoolishValueParser::new())]
    pub quiet: bool,
}

/// A shell to complete for.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL", value_enum)]
    pub shell: Shell,
}

/// Where manual pages go.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder; it is made if it is not there.
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// What goes to standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A summary for people.
    Text,
    /// `summary.json`, and nothing else.
    Json,
}

/// What `run` alone has.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// What it has in common with `simulate`.
    #[command(flatten)]
    pub campaign: CampaignArgs,
    /// Where calls go: `mock` (our stub, started inside), `wiremock` (the same stub behind the
    /// wiremock crate), the URL of a stub, or `aws`, which must be typed here.
    #[arg(long, value_name = "TARGET", default_value = "mock", env = "OTPDRILL_TARGET")]
    pub target: String,
    /// Whether the target was typed, and does not come from the environment.
    #[arg(skip)]
    pub target_typed: bool,
    /// Campaign time per wall time; beats the scenario's. Needs our stub.
    #[arg(long, value_name = "X", env = "OTPDRILL_SPEED")]
    pub speed: Option<f64>,
    /// Unanswered API calls at one time; an arrival beyond is dropped [default: 10000, or as many as
    /// this process may open files for].
    #[arg(long, value_name = "N", env = "OTPDRILL_MAX_IN_FLIGHT",
        value_parser = clap::value_parser!(u64).range(1..))]
    pub max_in_flight: Option<u64>,
    /// Open sessions at one time; an arrival beyond is dropped.
    #[arg(long, value_name = "N", default_value_t = 2_000_000, env = "OTPDRILL_MAX_SESSIONS",
        value_parser = clap::value_parser!(u64).range(1..))]
    pub max_sessions: u64,
    /// After the first signal: wall time for open sessions and the feedback owed.
    #[arg(long, value_name = "DURATION", default_value = "25s", env = "OTPDRILL_GRACE")]
    pub grace: Span,
    /// How it can be watched.
    #[command(flatten)]
    pub watch: WatchArgs,
    /// What agrees to use an account.
    #[command(flatten)]
    pub aws: AwsArgs,
    /// Afterwards, checks that the dashboard tells the truth about the run.
    #[arg(long, env = "OTPDRILL_VERIFY", value_parser = BoolishValueParser::new())]
    pub verify: bool,
}

/// What `verify` has.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The folder of the run.
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// What to read: the URL of a stub on this machine, `cloudwatch` (where the SDK's own variables say),
    /// or `file:PATH` with the JSON of `aws cloudwatch get-metric-data` [default: what the run used].
    #[arg(long, value_name = "SOURCE", env = "OTPDRILL_AGAINST")]
    pub against: Option<String>,
    /// How long to wait for data that is late [default: 0s, 15m for `cloudwatch`].
    #[arg(long, value_name = "DURATION", env = "OTPDRILL_WAIT")]
    pub wait: Option<Span>,
    /// The share of a value by which it may be off, from 0 to 1.
    #[arg(long, value_name = "X", default_value_t = 0.0, value_parser = share, env = "OTPDRILL_TOLERANCE")]
    pub tolerance: f64,
    /// Prints the queries for `aws cloudwatch get-metric-data --cli-input-json`, and does nothing else.
    #[arg(long)]
    pub queries: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "it must be a number from 0 to 1".to_owned())
}
