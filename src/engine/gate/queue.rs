//! The queue of throttled sends.
//!
//! It is paced by the sends that were accepted.
//!
//! **Invariant:** a place is reserved by arithmetic; no list of waiting sends exists.

use sms_voice_mock::service::time::SimTime;
use std::time::Duration;

/// The queue of throttled sends, as the instants at which its places are served.
#[derive(Debug)]
pub(super) struct Queue {
    interval: Duration,
    limit: u32,
    max_wait: Duration,
    /// When the place behind the last one reserved is served.
    next_free: SimTime,
    /// When the latest send was released that is known to be accepted.
    last_accepted: Option<SimTime>,
}

impl Queue {
    pub(super) fn new(limit: u32, max_wait: Duration, rate: f64) -> Self {
        let interval = Duration::from_secs_f64(1.0 / rate);
        Self { interval, limit, max_wait, next_free: SimTime::ZERO, last_accepted: None }
    }

    /// A place for a send that was throttled, as its answer said `now`; `None` if there is none.
    pub(super) fn requeue(&mut self, now: SimTime) -> Option<SimTime> {
        let after_last = self.last_accepted.map_or(now, |last| last + self.interval);
        // Throttled although a whole interval has passed: something else binds, so wait one more.
        let earliest = if now < after_last { after_last } else { now + self.interval };
        self.next_free = self.next_free.max(earliest);
        self.reserve(now)
    }

    /// When a send due now may leave: at once while nobody waits.
    pub(super) fn release_at(&mut self, now: SimTime) -> Option<SimTime> {
        if self.next_free <= now { Some(now) } else { self.reserve(now) }
    }

    /// From when on nobody waits.
    pub(super) const fn next_free(&self) -> SimTime {
        self.next_free
    }

    /// Notes the release of a send that was accepted, which is what the queue is paced by.
    pub(super) fn accepted(&mut self, released: SimTime) {
        self.last_accepted = self.last_accepted.max(Some(released));
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
        assert_eq!(queue.requeue(now), Some(at(11)));
        assert_eq!(queue.requeue(now), Some(at(12)));
        assert_eq!(queue.requeue(now), None, "two places, both taken");
        assert_eq!(queue.reserve(at(12)), Some(at(13)));
    }

    #[test]
    fn a_send_that_would_wait_too_long_gets_no_place() {
        let mut queue = Queue::new(100, Duration::from_secs(2), 1.0);
        let places = [0; 4].map(|_| queue.requeue(SimTime::ZERO));
        let at = |secs| Some(SimTime::from_secs(secs));
        assert_eq!(places, [at(1), at(2), None, None]);
    }
}
