//! The SDK's retry tokens: one bucket for all calls of a process, so that retries cannot multiply an
//! outage.
//!
//! **Invariant:** there are never more tokens than at the start.

/// The bucket of a process.
#[derive(Clone, Debug)]
pub(super) struct Tokens {
    left: u32,
    most: u32,
}

impl Tokens {
    pub(super) const fn new(most: u32) -> Self {
        Self { left: most, most }
    }

    /// Takes tokens for a retry; `false` if there are too few.
    pub(super) fn take(&mut self, cost: u32) -> bool {
        let left = self.left.checked_sub(cost);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    /// A call succeeded: what its last retry took comes back, or one token if it had none.
    pub(super) fn succeeded(&mut self, taken: u32) {
        self.left = self.left.saturating_add(taken.max(1)).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As observed of the SDK for Rust: 200 throttled calls make 100 retries, and once 50 others have
    /// succeeded with 5 tokens left over, throttled calls make 11 more.
    #[test]
    fn the_bucket_is_emptied_by_failures_and_refilled_by_successes() {
        let mut tokens = Tokens::new(500);
        let retries = |tokens: &mut Tokens| (0..200).filter(|_| tokens.take(5)).count();
        assert_eq!(retries(&mut tokens), 100);
        assert_eq!(retries(&mut tokens), 0);
        (0..55).for_each(|_| tokens.succeeded(0));
        assert_eq!(retries(&mut tokens), 11);
        (0..1_000).for_each(|_| tokens.succeeded(0));
        assert_eq!(tokens.left, 500);
    }

    #[test]
    fn a_retry_that_succeeds_brings_back_what_it_took() {
        let mut tokens = Tokens::new(10);
        assert!(tokens.take(10) && !tokens.take(5));
        tokens.succeeded(10);
        assert!(tokens.take(10));
    }
}
