//! Meters: one instant per limit, until which everything that passed is paid for.
//!
//! **Invariant:** asking changes nothing; only what passes every limit is set.

use crate::service::time::SimTime;
use std::{borrow::Borrow, collections::BTreeMap, fmt, time::Duration};

/// A rate and how much of it may be used at once, both in nanoseconds per unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    interval: u64,
    burst: u64,
}

impl Pace {
    pub(super) fn new(rate: f64, burst: Duration) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "rounded down, so that calls spaced evenly at the limit pass; the cast saturates"
        )]
        let interval = ((1e9 / rate) as u64).max(1);
        let burst = u64::try_from(burst.as_nanos()).unwrap_or(u64::MAX);
        Self { interval, burst: burst.max(interval) }
    }

    /// When all will be paid for if `weight` more passes at `now`; `None` if it may not. What is
    /// heavier than a whole burst passes when nothing is owed, and is then paid for in full.
    #[inline]
    pub(super) fn after(self, paid_at: SimTime, now: SimTime, weight: u32) -> Option<SimTime> {
        let cost = self.interval.saturating_mul(u64::from(weight));
        let owed = paid_at.nanos().saturating_sub(now.nanos());
        let passes = owed.saturating_add(cost.min(self.burst)) <= self.burst;
        passes.then(|| SimTime::from_nanos((now.nanos() + owed).saturating_add(cost)))
    }
}

/// One limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meter {
    pub(super) pace: Option<Pace>,
    pub(super) paid_at: SimTime,
}

impl Meter {
    #[inline]
    pub(super) fn after(self, now: SimTime, weight: u32) -> Option<SimTime> {
        match self.pace {
            Some(pace) => pace.after(self.paid_at, now, weight),
            None => Some(self.paid_at),
        }
    }

    #[inline]
    pub(super) fn admit(&mut self, now: SimTime) -> bool {
        let after = self.after(now, 1);
        self.paid_at = after.unwrap_or(self.paid_at);
        after.is_some()
    }
}

/// One limit for each of many keys. Keys that owe nothing are forgotten in time.
#[derive(Clone)]
pub(super) struct Meters<K> {
    pub(super) pace: Option<Pace>,
    paid_at: BTreeMap<K, SimTime>,
    sweep_above: usize,
}

/// Without the keys, which are numbers in full.
impl<K> fmt::Debug for Meters<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meters").field("pace", &self.pace).finish_non_exhaustive()
    }
}

/// Below this many keys nothing is swept.
const FEW: usize = 1024;

impl<K: Ord> Meters<K> {
    pub(super) const fn new(pace: Option<Pace>) -> Self {
        Self { pace, paid_at: BTreeMap::new(), sweep_above: FEW }
    }

    pub(super) fn after<Q>(&self, now: SimTime, key: &Q, weight: u32) -> Option<SimTime>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.after_at(self.pace, now, key, weight)
    }

    /// The same at another pace.
    pub(super) fn after_at<Q>(
        &self,
        pace: Option<Pace>,
        now: SimTime,
        key: &Q,
        weight: u32,
    ) -> Option<SimTime>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let Some(pace) = pace else {
            return Some(SimTime::ZERO);
        };
        let paid_at = self.paid_at.get(key).copied().unwrap_or_default();
        pace.after(paid_at, now, weight)
    }

    pub(super) fn set(&mut self, now: SimTime, key: impl Into<K>, paid_at: SimTime) {
        self.set_at(self.pace, now, key, paid_at);
    }

    /// The same at another pace.
    pub(super) fn set_at(
        &mut self,
        pace: Option<Pace>,
        now: SimTime,
        key: impl Into<K>,
        paid_at: SimTime,
    ) {
        if pace.is_none() {
            return;
        }
        self.paid_at.insert(key.into(), paid_at);
        if self.paid_at.len() > self.sweep_above {
            self.paid_at.retain(|_, paid_at| *paid_at > now);
            // Twice what is left: each key is looked at a bounded number of times.
            self.sweep_above = FEW.max(2 * self.paid_at.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_owe_nothing_are_forgotten() {
        let mut meters: Meters<u64> = Meters::new(Some(Pace::new(1.0, Duration::from_secs(1))));
        for key in 0..100_000_u64 {
            let now = SimTime::from_nanos(key * 1_000_000);
            let paid_at = meters.after(now, &key, 1).expect("a fresh key");
            meters.set(now, key, paid_at);
        }
        assert!(meters.paid_at.len() <= 2 * 1_001 + FEW);
    }
}
