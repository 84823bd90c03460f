//! `otpdrill verify`: does the dashboard tell the truth about a run?

use super::{
    error::CommandError,
    run_dir::{RunDir, RunDirError},
    target::TargetName,
};
use crate::{
    cli::VerifyArgs,
    dashboard::{
        compare::{Finding, Judgement, Kind, compare},
        expected::{self, Expected, ExpectedError},
        html,
        observed::{Observed, ObservedError},
        queries, table,
        verification::Verification,
    },
    drive::clock::WallClock,
    exit::Exit,
    target::{
        aws::AwsLink,
        cloudwatch::{CloudWatch, ReadError},
    },
};
use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::runtime;

/// How long late data is waited for, where it is CloudWatch's own.
const WAIT_FOR_CLOUDWATCH: Duration = Duration::from_secs(15 * 60);

/// How often it is read while waiting: at most, and at least.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(15));

/// Why a dashboard could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The folder is no run's.
    #[error("`{}` is not the folder of a run: it has no {what}", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// The file that is not there.
        what: &'static str,
    },
    /// What the run expects cannot be understood.
    #[error(transparent)]
    Expected(#[from] ExpectedError),
    /// `--against` names nobody who could be asked.
    #[error(
        "`--against {0}` is neither the loopback URL of a stub, `cloudwatch` nor `file:PATH`: any \
         other address counts as AWS"
    )]
    Against(String),
    /// What the run used is gone, and nobody named anything else.
    #[error("{0}\nname what to read: `--against URL`, `cloudwatch` or `file:PATH`")]
    Gone(&'static str),
    /// CloudWatch could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file could not be read.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("`{}` cannot be judged: {source}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ObservedError,
    },
}

impl VerifyError {
    /// The exit code.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Read(_) => Exit::Unreachable,
            Self::NotARun { .. }
            | Self::Expected(_)
            | Self::Against(_)
            | Self::Gone(_)
            | Self::File { .. }
            | Self::Content { .. } => Exit::Usage,
        }
    }
}

/// What is read.
#[derive(Clone, Debug)]
pub enum Source {
    /// CloudWatch, or who speaks like it.
    CloudWatch(CloudWatch),
    /// A file of its answers.
    File(PathBuf),
}

/// On what terms it is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    /// The run's name.
    pub run: String,
    /// What is read, as people call it.
    pub against: String,
    /// How long late data is waited for.
    pub wait: Duration,
    /// The share of a value by which it may be off.
    pub tolerance: f64,
}

/// Judges a run's dashboard from its folder.
pub fn verify(args: &VerifyArgs) -> Result<Exit, CommandError> {
    let not_a_run = |what| VerifyError::NotARun { path: args.run.clone(), what };
    let (place, manifest) = RunDir::open(&args.run).ok_or_else(|| not_a_run("manifest.json"))?;
    let text = fs::read_to_string(args.run.join(expected::FILE));
    let expected = text.map_err(|_| not_a_run(expected::FILE))?;
    let expected = Expected::read(&expected).map_err(VerifyError::from)?;
    if args.queries {
        return print_queries(&expected);
    }
    let used = manifest["target"].as_str().unwrap_or_default();
    let (source, against, wait) = source(args.against.as_deref(), used)?;
    let scenario = manifest["scenario"].as_str().unwrap_or("run");
    let terms = Terms {
        run: format!("{scenario} (seed {})", manifest["seed"]),
        against,
        wait: args.wait.map_or(wait, |wait| wait.0),
        tolerance: args.tolerance,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let verification = runtime.block_on(check(&source, expected, terms))?;
    write(&place, &verification)?;
    show(&verification)?;
    Ok(if verification.judgement.agrees() { Exit::Passed } else { Exit::CheckFailed })
}

/// Shows the table.
pub(super) fn show(verification: &Verification) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match table::write(verification, &mut out).and_then(|()| out.flush()) {
        // Whoever reads may stop reading; the results are in their files.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        shown => shown,
    }
}

/// Writes `verify.json` and `verify.html`.
pub(super) fn write(place: &RunDir, verification: &Verification) -> Result<(), RunDirError> {
    place.write("verify.html", |out| html::write(verification, out))?;
    place.write("verify.json", |out| verification.write(out))
}

/// Reads and compares until everything agrees or the wait is over.
pub(super) async fn check(
    source: &Source,
    expected: Expected,
    terms: Terms,
) -> Result<Verification, VerifyError> {
    let clock = WallClock::starting_in(Duration::ZERO, 1.0);
    let Terms { run, against, wait, tolerance } = terms;
    let pause = (wait / 50).clamp(PAUSE.0, PAUSE.1);
    let mut first: Option<Vec<Finding>> = None;
    let mut reads = 0;
    loop {
        reads += 1;
        let read = source.read(&expected).await;
        let waited = clock.wall();
        let is_last = wait <= waited;
        match read {
            Ok(observed) => {
                let judgement = compare(&expected, &observed, tolerance);
                if judgement.agrees() || is_last {
                    let late = became_right(first, &judgement);
                    return Ok(Verification {
                        run,
                        against,
                        tolerance,
                        waited,
                        reads,
                        expected,
                        observed,
                        judgement,
                        late,
                    });
                }
                first.get_or_insert(judgement.findings);
            }
            Err(error) if is_last => return Err(error),
            // It may still come up: a file that is being written, a stub that is starting.
            Err(_) => {}
        }
        tokio::time::sleep(pause.min(wait.saturating_sub(waited))).await;
    }
}

/// What deviated at first and does so no more: it was late.
fn became_right(first: Option<Vec<Finding>>, last: &Judgement) -> Vec<Finding> {
    let mut late = first.unwrap_or_default();
    late.retain(|finding| {
        !last.findings.iter().any(|now| now.at == finding.at && now.series == finding.series)
    });
    late.iter_mut().for_each(|finding| finding.kind = Kind::Late);
    late
}

impl Source {
    async fn read(&self, expected: &Expected) -> Result<Observed, VerifyError> {
        match self {
            Self::CloudWatch(cloudwatch) => Ok(cloudwatch.read(expected).await?),
            Self::File(path) => {
                let text = fs::read_to_string(path)
                    .map_err(|source| VerifyError::File { path: path.clone(), source })?;
                Observed::read(&text, expected)
                    .map_err(|source| VerifyError::Content { path: path.clone(), source })
            }
        }
    }
}

/// What to read, how people call it, and how long to wait for what is late there.
fn source(against: Option<&str>, used: &str) -> Result<(Source, String, Duration), VerifyError> {
    match against {
        Some("cloudwatch") => Ok((cloudwatch()?, "cloudwatch".to_owned(), WAIT_FOR_CLOUDWATCH)),
        Some(text) => match text.strip_prefix("file:") {
            Some(path) => {
                Ok((Source::File(Path::new(path).to_owned()), text.to_owned(), Duration::ZERO))
            }
            None => Ok((stub(text)?, text.to_owned(), Duration::ZERO)),
        },
        None => match used {
            "mock" | "wiremock" => Err(VerifyError::Gone(
                "the stub of this run lived inside it and is gone (`run --verify` looks before)",
            )),
            "model" => {
                Err(VerifyError::Gone("this run was simulated: nobody's dashboard knows of it"))
            }
            "aws" => source(Some("cloudwatch"), used),
            url => match TargetName::parse(url) {
                // The run knew it for a stub of ours; it is only read.
                Ok(TargetName::Beyond { authority, .. }) => {
                    let source = Source::CloudWatch(CloudWatch::on_this_machine(&authority));
                    Ok((source, url.to_owned(), Duration::ZERO))
                }
                _ => source(Some(url), used),
            },
        },
    }
}

/// CloudWatch where the SDK's own variables say it is, else that of the account.
fn cloudwatch() -> Result<Source, VerifyError> {
    let variables = ["AWS_ENDPOINT_URL_CLOUDWATCH", "AWS_ENDPOINT_URL"];
    match variables.into_iter().find_map(|name| env::var(name).ok()) {
        Some(url) if !url.is_empty() => stub(&url),
        _ => {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            let link = runtime.map_err(ReadError::System)?.block_on(AwsLink::open());
            Ok(Source::CloudWatch(CloudWatch::of_the_account(&link.map_err(ReadError::Link)?)))
        }
    }
}

/// Somebody on this machine.
fn stub(url: &str) -> Result<Source, VerifyError> {
    match TargetName::parse(url) {
        Ok(TargetName::Url { address, .. }) => {
            Ok(Source::CloudWatch(CloudWatch::on_this_machine(&address.to_string())))
        }
        Ok(
            TargetName::Mock | TargetName::Wiremock | TargetName::Aws | TargetName::Beyond { .. },
        )
        | Err(_) => Err(VerifyError::Against(url.to_owned())),
    }
}

/// The queries, for the AWS CLI to read the same numbers: one input, or a list if it takes several calls.
fn print_queries(expected: &Expected) -> Result<Exit, CommandError> {
    let mut inputs = queries::inputs(expected);
    let printed = match inputs.len() {
        1 => inputs.remove(0),
        _ => serde_json::Value::Array(inputs),
    };
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, &printed).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(Exit::Passed)
}
