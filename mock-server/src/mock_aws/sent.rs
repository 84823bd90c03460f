//! A message as a test looks at it.
//!
//! **Invariant:** nothing that prints shows its text.

use crate::service::{
    FeedbackState, channel::Channel, country::CountryCode, message_log::MessageView, time::SimTime,
};
use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// A message that the stub accepted, as it stood when it was asked for.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct SentMessage {
    /// The id that the caller got.
    pub id: String,
    /// What it is.
    pub channel: Channel,
    /// Who got it, by the last two digits: no more is stored.
    pub destination: String,
    /// Their country.
    pub country: CountryCode,
    /// How many parts it took.
    pub parts: u8,
    /// What it cost, carrier fees included.
    pub price_usd: f64,
    /// The configuration set it was sent with.
    pub configuration_set: Option<String>,
    /// Where its feedback stands.
    pub feedback: FeedbackState,
    /// When it was accepted, on the stub's clock.
    pub accepted_at: SystemTime,
    /// When feedback was last given.
    pub feedback_at: Option<SystemTime>,
    /// The pairs that came with it; empty, too, where they are not kept any more, as its text.
    pub context: Vec<(String, String)>,
    body: Option<String>,
}

impl SentMessage {
    pub(super) fn new(view: &MessageView<'_>, epoch: Duration) -> Self {
        let date = |at: SimTime| UNIX_EPOCH + epoch + at.since_start();
        Self {
            id: view.id.to_string(),
            channel: view.channel,
            destination: view.destination.to_string(),
            country: view.country,
            parts: view.parts,
            price_usd: view.price.usd(),
            configuration_set: view.configuration_set.map(ToOwned::to_owned),
            feedback: view.feedback,
            accepted_at: date(view.accepted_at),
            feedback_at: view.feedback_at.map(date),
            context: view.context.unwrap_or_default().to_vec(),
            body: view.body.map(ToOwned::to_owned),
        }
    }

    /// Its text.
    ///
    /// # Panics
    /// If the text is not kept any more: it is, for the newest messages.
    #[must_use]
    #[track_caller]
    pub fn body(&self) -> &str {
        let gone = "its text is not kept any more: `bodies_kept` says of how many messages it is";
        self.body.as_deref().unwrap_or_else(|| panic!("{self}: {gone}"))
    }

    /// The one-time password in its text: the first four to ten digits in a row.
    ///
    /// # Panics
    /// If the text has none, or is not kept any more.
    #[must_use]
    #[track_caller]
    pub fn code(&self) -> String {
        let runs = self.body().split(|c: char| !c.is_ascii_digit());
        let code = runs.into_iter().find(|run| (4..=10).contains(&run.len()));
        code.unwrap_or_else(|| panic!("{self}: no code of 4 to 10 digits is in its text"))
            .to_owned()
    }

    /// The value that came with it under this key.
    #[must_use]
    pub fn context(&self, key: &str) -> Option<&str> {
        self.context.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
    }
}

/// Who got it, where its feedback stands, and its id.
impl fmt::Display for SentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { destination, country, feedback, id, .. } = self;
        write!(f, "{destination} ({country}) {} {id}", feedback.as_str())
    }
}

/// Without the text, which has a code in it.
impl fmt::Debug for SentMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SentMessage");
        shown.field("id", &self.id).field("destination", &self.destination);
        shown.field("country", &self.country).field("feedback", &self.feedback);
        shown.finish_non_exhaustive()
    }
}
