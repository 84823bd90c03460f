//! `otpdrill doctor`: is an account ready for a campaign?
//!
//! It looks, tells one line for each check, and names the command or the IAM statement that mends
//! what is missing. It changes nothing and texts nobody.
//!
//! **Invariant:** what is read (`findings`) and what is thought of it (`checks`) are apart.

mod checks;
mod findings;
mod line;
mod policy;

pub use line::{Line, State};

use super::{
    error::CommandError,
    target::{TargetError, TargetName, stub_beyond},
};
use crate::{
    cli::DoctorArgs,
    exit::Exit,
    scenario::{self, Scenario},
    target::{
        aws::{AwsLink, LinkError},
        cloudwatch::CloudWatch,
        sdk::account::AccountReader,
    },
};
use findings::{Findings, Where};
use std::io::{self, Write};
use tokio::runtime;

/// Looks at an account and tells what is missing.
pub fn doctor(args: &DoctorArgs) -> Result<Exit, CommandError> {
    let mut out = io::stdout().lock();
    if args.policy {
        told(out.write_all(policy::text().as_bytes()))?;
        return Ok(Exit::Passed);
    }
    // The command line asks for one or the other.
    let target = TargetName::parse(args.target.as_deref().unwrap_or_default())?;
    let loaded = args.scenario.as_deref().map(|path| scenario::load(path, &args.set, None));
    let scenario = loaded.transpose()?.map(|loaded| loaded.scenario);
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let lines = runtime.block_on(look(&target, scenario.as_ref()))?;
    let width = lines.iter().map(|line| line.check.chars().count()).max().unwrap_or(0);
    for line in &lines {
        told(line.write(width, &mut out))?;
    }
    Ok(exit(&lines))
}

async fn look(target: &TargetName, scenario: Option<&Scenario>) -> Result<Vec<Line>, CommandError> {
    let at_stub = |address: std::net::SocketAddr, url: &str| {
        let place = Where { region: "us-east-1".to_owned(), endpoint: url.to_owned() };
        let authority = address.to_string();
        let cloudwatch = CloudWatch::on_this_machine(&authority);
        (AccountReader::of_stub(&authority), cloudwatch, place)
    };
    let (reader, cloudwatch, place) = match target {
        TargetName::Mock | TargetName::Wiremock => {
            let text = "`doctor` looks at `aws` or at the URL of a stub that runs already";
            return Err(CommandError::Usage(text.to_owned()));
        }
        TargetName::Url { address, url } => at_stub(*address, url),
        TargetName::Beyond { authority, url } => at_stub(stub_beyond(authority, url).await?, url),
        TargetName::Aws => match AwsLink::open().await {
            Ok(link) => {
                let place = Where { region: link.region().to_owned(), endpoint: link.endpoint() };
                (AccountReader::of_aws(&link), CloudWatch::of_the_account(&link), place)
            }
            Err(error) => return no_link(error),
        },
    };
    let findings = Findings::gather(&reader, &cloudwatch, place, scenario).await;
    match findings.unreachable() {
        Some((url, reason)) => Err(TargetError::Unreachable { url, reason }.into()),
        None => Ok(checks::lines(&findings, scenario)),
    }
}

/// Without a way to the account, that is all there is to tell.
fn no_link(error: LinkError) -> Result<Vec<Line>, CommandError> {
    let text = error.to_string();
    match error {
        LinkError::NoRegion => {
            Ok(vec![Line::missing("region", text, "export AWS_REGION=us-east-1")])
        }
        LinkError::NoCredentials { .. } => {
            Ok(vec![Line::refused("credentials", text, "aws configure, or aws sso login")])
        }
        LinkError::Endpoint => Err(super::aws::AwsError::from(error).into()),
    }
}

fn exit(lines: &[Line]) -> Exit {
    let any = |state| lines.iter().any(|line| line.state == state);
    if any(State::Refused) {
        Exit::Unreachable
    } else if any(State::Missing) {
        Exit::CheckFailed
    } else {
        Exit::Passed
    }
}

/// Whoever reads may stop reading.
fn told(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
