//! What AWS does not document about its feedback metrics, as settings.

use std::time::Duration;

/// How feedback moves the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MetricsSettings {
    /// Which instant a point of feedback gets.
    pub stamped_at: StampedAt,
    /// What feedback on a message that already had some does.
    pub second_feedback: SecondFeedback,
    /// How long after its instant a point is shown.
    pub published_after: Duration,
}

/// Which instant a point of feedback gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StampedAt {
    /// That of the call that gives it.
    #[default]
    Feedback,
    /// That of the send.
    Send,
}

/// What feedback on a message that already had some does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFeedback {
    /// Nothing: the metric is of messages, and each of them counts once, under its first status.
    #[default]
    Ignore,
    /// It counts once more, under its own status.
    Count,
}
