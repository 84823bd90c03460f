//! The shape of what AWS does not document about its feedback metrics.

use super::duration::Span;
use crate::service::metrics::{MetricsSettings, SecondFeedback, StampedAt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How feedback moves the metrics that CloudWatch shows (AWS does not document it: assumptions).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsShape {
    /// Which instant a point of feedback gets: `feedback` or `send`.
    pub stamped_at: StampedAtShape,
    /// What a second put on a message does: `ignore` or `count`.
    pub second_feedback: SecondFeedbackShape,
    /// How long after an event CloudWatch shows its point.
    pub published_after: Span,
}

/// Which instant a point of feedback gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StampedAtShape {
    /// That of the call that gives it.
    #[default]
    Feedback,
    /// That of the send.
    Send,
}

/// What a second put on a message does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecondFeedbackShape {
    /// Nothing: a message counts once, under its first status.
    #[default]
    Ignore,
    /// It counts once more, under its own status.
    Count,
}

impl From<MetricsShape> for MetricsSettings {
    fn from(shape: MetricsShape) -> Self {
        let stamped_at = match shape.stamped_at {
            StampedAtShape::Feedback => StampedAt::Feedback,
            StampedAtShape::Send => StampedAt::Send,
        };
        let second_feedback = match shape.second_feedback {
            SecondFeedbackShape::Ignore => SecondFeedback::Ignore,
            SecondFeedbackShape::Count => SecondFeedback::Count,
        };
        Self { stamped_at, second_feedback, published_after: shape.published_after.0 }
    }
}
