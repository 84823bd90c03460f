//! What a run shows of itself while it runs: a few counters that all shards share.

use crate::engine::{
    campaign::Output,
    outcome::{Feedback, Note, Outcome, Verdict},
};
use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that all shards add to and the progress display reads.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the names are those of `summary.json`")]
pub struct Pulse {
    pub arrived: AtomicU64,
    pub ended: AtomicU64,
    pub verified: AtomicU64,
    pub attempted: AtomicU64,
    pub received: AtomicU64,
    pub failed: AtomicU64,
}

impl Pulse {
    /// Counts what a campaign gave out.
    pub fn count(&self, output: &Output) {
        let counter = match output {
            Output::Send(_) => &self.attempted,
            Output::Put(_) => return,
            Output::Note(Note::Arrived { .. }) => &self.arrived,
            Output::Note(Note::Finished { outcome, .. }) => {
                if *outcome == Outcome::Verified {
                    self.verified.fetch_add(1, Ordering::Relaxed);
                }
                &self.ended
            }
            Output::Note(Note::Settled { feedback, .. }) => match feedback {
                Feedback::Put(Verdict::Received) => &self.received,
                Feedback::Put(Verdict::Failed) => &self.failed,
                Feedback::NotExpecting
                | Feedback::Unreported
                | Feedback::Refused
                | Feedback::Pending => return,
            },
            Output::Note(
                Note::Accepted { .. }
                | Note::Reading { .. }
                | Note::Entered { .. }
                | Note::Resent { .. }
                | Note::ResendRefused { .. }
                | Note::Unanswered { .. }
                | Note::Held { .. }
                | Note::InLine { .. }
                | Note::Retrying { .. },
            ) => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// What a counter shows now.
    #[must_use]
    pub fn read(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }
}
