//! What the SDK's own retries did, where a scenario has them.

use serde::{Deserialize, Serialize};

/// What the SDK's own retries did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SdkRetried {
    /// Sends that it repeated.
    pub retries: u64,
    /// Of these, after an attempt of unknown outcome: each may have sent its message a second time.
    pub after_unclear: u64,
    /// Attempts that the service processed although it had processed one of the same message before:
    /// messages sent and paid for in vain. Only virtual time can know.
    pub processed_again: u64,
}

impl SdkRetried {
    pub(super) fn note(&mut self, unclear: bool) {
        self.retries += 1;
        self.after_unclear += u64::from(unclear);
    }

    pub(super) fn merge(&mut self, other: Self) {
        let Self { retries, after_unclear, processed_again } = other;
        self.retries += retries;
        self.after_unclear += after_unclear;
        self.processed_again += processed_again;
    }
}
