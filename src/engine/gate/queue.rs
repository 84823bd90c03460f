//! The queue of throttled sends.
//!
//! It is paced by the sends that were accepted, and told of them ahead of time by a driver that knows.
//!
//! **Invariant:** a place is reserved by arithmetic; no list of waiting sends exists. An answer counts from its
//! instant on, however early the queue was told of it.

use crate::engine::outcome::Attempt;
use sms_voice_mock::service::time::SimTime;
use std::time::Duration;

/// The queue of throttled sends, as the instants at which its places are served: a place is
/// reserved by arithmetic, so no list of waiting sends exists.
#[derive(Debug)]
pub(super) struct Queue {
    interval: Duration,
    limit: u32,
    max_wait: Duration,
    /// When the place behind the last one reserved is served.
    next_free: SimTime,
    last_accepted: Option<SimTime>,
    /// Accepted sends whose answers may still be to come, in no order.
    to_come: Vec<Accepted>,
    /// From so many on, those that have come are counted.
    look_above: usize,
    /// The latest instant at which anybody asked for anything. In virtual time nobody asks for anything earlier
    /// again; where shards share a queue that may happen, and answers a little later count then.
    latest: SimTime,
}

/// The answer to a send that was accepted.
#[derive(Clone, Copy, Debug)]
struct Accepted {
    at: SimTime,
    attempt: Attempt,
    released: SimTime,
}

/// Below this many nobody looks which have come.
const FEW: usize = 1_024;

impl Queue {
    pub(super) fn new(limit: u32, max_wait: Duration, rate: f64) -> Self {
        let interval = Duration::from_secs_f64(1.0 / rate);
        Self {
            interval,
            limit,
            max_wait,
            next_free: SimTime::ZERO,
            last_accepted: None,
            to_come: Vec::new(),
            look_above: FEW,
            latest: SimTime::ZERO,
        }
    }

    /// A place for a send that was throttled, as the answer to `attempt` said `now`; `None` if there is none.
    pub(super) fn requeue(&mut self, now: SimTime, attempt: Attempt) -> Option<SimTime> {
        self.latest = self.latest.max(now);
        self.fold(|accepted| (accepted.at, accepted.attempt) < (now, attempt));
        let after_last = self.last_accepted.map_or(now, |last| last + self.interval);
        // Throttled although a whole interval has passed: something else binds, so wait one more.
        let earliest = if now < after_last { after_last } else { now + self.interval };
        self.next_free = self.next_free.max(earliest);
        self.reserve(now)
    }

    /// When a send due now may leave: at once while nobody waits.
    pub(super) fn release_at(&mut self, now: SimTime) -> Option<SimTime> {
        if self.lets_pass(now) { Some(now) } else { self.reserve(now) }
    }

    /// Whether a send due now may leave at once.
    pub(super) fn lets_pass(&mut self, now: SimTime) -> bool {
        self.latest = self.latest.max(now);
        self.next_free <= now
    }

    /// Notes the release of a send that is accepted at `at`, which is what the queue is paced by.
    pub(super) fn accepted(&mut self, at: SimTime, attempt: Attempt, released: SimTime) {
        self.to_come.push(Accepted { at, attempt, released });
        if self.look_above < self.to_come.len() {
            let latest = self.latest;
            self.fold(|accepted| accepted.at < latest);
        }
    }

    /// Lets those answers count that have come.
    fn fold(&mut self, has_come: impl Fn(&Accepted) -> bool) {
        let last = &mut self.last_accepted;
        self.to_come.retain(|accepted| {
            let comes = !has_come(accepted);
            if !comes {
                *last = (*last).max(Some(accepted.released));
            }
            comes
        });
        self.look_above = FEW.max(2 * self.to_come.len());
    }

    fn reserve(&mut self, now: SimTime) -> Option<SimTime> {
        let slot = self.next_free.max(now);
        let wait = slot.since(now);
        let ahead = wait.as_secs_f64() / self.interval.as_secs_f64();
        if self.max_wait < wait || f64::from(self.limit) < ahead.ceil() {
            return None;
        }
        self.next_free = slot + self.interval;
        Some(slot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_queue_is_one_interval_behind_the_place_before() {
        let mut queue = Queue::new(2, Duration::from_secs(60), 1.0);
        let at = |secs| SimTime::from_secs(secs);
        queue.last_accepted = Some(at(10));
        let now = at(10) + Duration::from_millis(250);
        assert_eq!(queue.requeue(now, attempt(1)), Some(at(11)));
        assert_eq!(queue.requeue(now, attempt(2)), Some(at(12)));
        assert_eq!(queue.requeue(now, attempt(3)), None, "two places, both taken");
        assert_eq!(queue.reserve(at(12)), Some(at(13)));
    }

    #[test]
    fn an_answer_counts_from_its_instant_on() {
        let at = |millis| SimTime::from_nanos(millis * 1_000_000);
        let next = |accepted: (u64, u64), others: u64| {
            let mut queue = Queue::new(9, Duration::from_secs(60), 1.0);
            assert_eq!(queue.release_at(at(150)), Some(at(150)));
            // Enough of them are looked at before anybody asks.
            (0..others).for_each(|other| queue.accepted(at(140), attempt(other), at(5)));
            queue.accepted(at(50), attempt(0), at(10));
            queue.accepted(at(accepted.0), attempt(accepted.1), at(100));
            queue.requeue(at(200), attempt(5))
        };
        for others in [0, 2 * FEW as u64] {
            assert_eq!(next((199, 9), others), Some(at(1_100)));
            assert_eq!(next((200, 4), others), Some(at(1_100)));
            assert_eq!(next((200, 6), others), Some(at(1_010)));
            assert_eq!(next((201, 1), others), Some(at(1_010)));
        }
    }

    const fn attempt(session: u64) -> Attempt {
        Attempt { session, nth: 0, attempt: 0 }
    }

    #[test]
    fn a_send_that_would_wait_too_long_gets_no_place() {
        let mut queue = Queue::new(100, Duration::from_secs(2), 1.0);
        let places: Vec<_> = (0..4).map(|k| queue.requeue(SimTime::ZERO, attempt(k))).collect();
        let at = |secs| Some(SimTime::from_secs(secs));
        assert_eq!(places, [at(1), at(2), None, None]);
    }
}
