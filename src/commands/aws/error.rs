//! Why a run against AWS did not begin.

use crate::{
    exit::Exit,
    target::{
        aws::LinkError,
        guard::{ListError, Unfit, UsdError},
        sdk::account::Unread,
    },
};
use std::{io, path::PathBuf};

/// Why a run against AWS did not begin.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// A consent for nothing.
    #[error("`{0}` is for `--target aws` only")]
    Needless(&'static str),
    /// The target comes from the environment.
    #[error(
        "`--target aws` must be typed: it is not taken from OTPDRILL_TARGET, because it agrees to \
         text people and to spend money"
    )]
    NotTyped,
    /// Something was not agreed to.
    #[error("`--target aws` needs `{0}` on the command line; it is not taken from the environment")]
    Missing(&'static str),
    /// Not an account.
    #[error("`--account-id` must be the 12 digits of an AWS account")]
    AccountId,
    /// Not an amount.
    #[error("`--max-spend` {0}")]
    MaxSpend(UsdError),
    /// Not a rate.
    #[error("`{0}` must be between 0.001 and 10000 per second")]
    Rate(&'static str),
    /// Nobody in particular.
    #[error(
        "`--destinations` must be `simulator`, `verified` or `file:PATH`: made-up and other numbers \
         are never texted"
    )]
    Destinations,
    /// The list cannot be read.
    #[error("cannot read the allowed destinations in {}", path.display())]
    ListUnreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The list names what it must not.
    #[error("the allowed destinations in {} are refused: {source}", path.display())]
    List {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ListError,
    },
    /// Nobody can agree.
    #[error("standard input is not a terminal, so nobody can confirm the plan; agree with `--yes`")]
    NobodyToAsk,
    /// Nobody agreed.
    #[error("not confirmed: what was typed is not the account id; nothing was sent")]
    NotConfirmed,
    /// Time passes there as it does here.
    #[error("a speed of {0} needs our stub: at AWS time passes as it does here; use `--speed 1`")]
    Speed(f64),
    /// The guard would refuse the messages.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// There is no way to an account.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The account did not tell what must be known.
    #[error("the account cannot be read: {0}")]
    Unread(#[from] Unread),
    /// Whose account it is cannot be told.
    #[error(
        "no resource of the account shows whose it is, so `--account-id` cannot be checked; create \
         one, for instance with `aws pinpoint-sms-voice-v2 create-configuration-set \
         --configuration-set-name otpdrill`"
    )]
    NoArn,
    /// The credentials are for another account.
    #[error("the credentials are for account {found}, not for {meant}; nothing was sent")]
    OtherAccount {
        /// Whose they are.
        found: String,
        /// What was typed.
        meant: String,
    },
    /// The run was in another region.
    #[error("the region is {found}, but the run was in {meant}: set AWS_REGION={meant}")]
    OtherRegion {
        /// Where credentials and profile lead.
        found: String,
        /// Where the messages are.
        meant: String,
    },
    /// A run makes no resources in an account.
    #[error(
        "the account has no configuration set `{0}`, and a run makes none; see `otpdrill doctor`, or \
         `aws pinpoint-sms-voice-v2 create-configuration-set --configuration-set-name {0}`"
    )]
    NoConfigurationSet(String),
    /// A run changes no resources in an account.
    #[error(
        "the configuration set `{0}` does not switch feedback on, and a run does not change it; see \
         `otpdrill doctor`, or `aws pinpoint-sms-voice-v2 set-default-message-feedback-enabled \
         --configuration-set-name {0} --message-feedback-enabled`"
    )]
    FeedbackOff(String),
    /// Nobody could be told or asked.
    #[error("cannot show the plan")]
    Io(#[from] io::Error),
}

impl AwsError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unfit(Unfit::Refused(refusal)) => refusal.exit().unwrap_or(Exit::Usage),
            Self::Unfit(Unfit::NoDestination { .. } | Unfit::Template { .. }) => Exit::Scenario,
            Self::Link(LinkError::NoCredentials { .. }) | Self::Unread(_) => Exit::Unreachable,
            Self::Io(_) => Exit::Internal,
            Self::Needless(_)
            | Self::NotTyped
            | Self::Missing(_)
            | Self::AccountId
            | Self::MaxSpend(_)
            | Self::Rate(_)
            | Self::Destinations
            | Self::ListUnreadable { .. }
            | Self::List { .. }
            | Self::NobodyToAsk
            | Self::NotConfirmed
            | Self::Speed(_)
            | Self::Link(LinkError::NoRegion | LinkError::Endpoint)
            | Self::NoArn
            | Self::OtherAccount { .. }
            | Self::OtherRegion { .. }
            | Self::NoConfigurationSet(_)
            | Self::FeedbackOff(_) => Exit::Usage,
        }
    }
}
