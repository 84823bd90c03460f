//! The `sms-voice-mock` command.

use clap::Parser;
use sms_voice_mock::standalone::{MockArgs, run};
use std::{
    error::Error,
    io::{self, Write},
    iter,
    process::ExitCode,
};

/// A stub of AWS End User Messaging SMS (pinpoint-sms-voice-v2) with message feedback.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(flatten)]
    args: MockArgs,
}

fn main() -> ExitCode {
    match run(&Cli::parse().args, &mut io::stdout()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let causes = iter::successors(error.source(), |&cause| cause.source());
            let causes: String = causes.map(|cause| format!(": {cause}")).collect();
            // Where standard error is closed, the exit code has to do.
            let _ = writeln!(io::stderr(), "error: {error}{causes}");
            ExitCode::from(error.exit_code())
        }
    }
}
