//! Why a command ended without results, and the exit code that says so.

use super::{
    aws::AwsError, compare::OpenError, report::ReportError, run_dir::RunDirError,
    target::TargetError, verify::VerifyError,
};
use crate::{
    compare::CompareError,
    drive::{live::LiveError, signals::StopSignal},
    exit::Exit,
    journal::FolderError,
    scenario::load::ScenarioError,
};
use sms_voice_mock::standalone::StartError;
use std::{error::Error, io};

/// Why a command ended without results.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The scenario has mistakes.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The scenario cannot be played by this command or against this target.
    #[error("{0}")]
    Unplayable(String),
    /// The command line asks for what cannot be done.
    #[error("{0}")]
    Usage(String),
    /// The target is not one.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// An account may not be used so.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The results have no place to go.
    #[error(transparent)]
    RunDir(#[from] RunDirError),
    /// The run did not happen, or did not end.
    #[error(transparent)]
    Live(#[from] LiveError),
    /// There is no journal to write or to read.
    #[error(transparent)]
    Journal(#[from] FolderError),
    /// The dashboard could not be judged.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A run could not be rendered.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Runs cannot be compared.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// There is no run where one was to be.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The stub did not start.
    #[error(transparent)]
    Mock(#[from] StartError),
    /// The system refused something.
    #[error("cannot write the results")]
    Io(#[from] io::Error),
}

impl CommandError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Scenario(_) | Self::Unplayable(_) => Exit::Scenario,
            Self::Usage(_) => Exit::Usage,
            Self::Target(error) => error.exit(),
            Self::Journal(FolderError::Io { .. }) => Exit::Internal,
            Self::Journal(_) => Exit::Usage,
            Self::Aws(error) => error.exit(),
            Self::RunDir(error) => error.exit(),
            Self::Verify(error) => error.exit(),
            Self::Report(error) => error.exit(),
            Self::Compare(error) => error.exit(),
            Self::Open(error) => error.exit(),
            Self::Live(LiveError::Setup(_)) => Exit::Unreachable,
            Self::Live(LiveError::Stopped(StopSignal::Interrupt)) => Exit::Interrupted,
            Self::Live(LiveError::Stopped(StopSignal::Terminate)) => Exit::Terminated,
            Self::Live(LiveError::System(_) | LiveError::Panicked) | Self::Io(_) => Exit::Internal,
            Self::Mock(error) => match error.exit_code() {
                2 => Exit::Usage,
                3 => Exit::Scenario,
                _ => Exit::Internal,
            },
        }
    }

    /// The error and its causes in one line each.
    #[must_use]
    pub fn explain(&self) -> String {
        let mut text = format!("error: {self}");
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(&format!("\n  because: {error}"));
            cause = error.source();
        }
        text
    }
}
