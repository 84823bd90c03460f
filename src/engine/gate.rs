//! The gate: everything that sessions share on our side of the wire.
//!
//! Rate limits per user and per country, the queue of throttled sends, the application's workers, the
//! pace of puts, and the run's own safety limits. Shards of one process share one gate.
//!
//! **Invariant:** sessions meet here and nowhere else in the engine.

mod line;

pub use line::Turn;

use super::{
    arrivals::Shard,
    outcome::{PutAnswer, Refusal},
    pace::Pace,
};
use crate::scenario::{
    Scenario,
    policy::{OnThrottle, RateLimit},
};
use line::{Line, share};
use sms_voice_mock::service::time::SimTime;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What sessions share on our side of the wire.
#[derive(Debug)]
pub struct Gate {
    limits: Option<Mutex<Limits>>,
    queue: Option<Mutex<Queue>>,
    /// One per shard; none if workers are not counted.
    lines: Vec<Mutex<Line>>,
    puts: Mutex<Pace>,
    open_sessions: Counter,
    calls_in_flight: Counter,
}

/// Safety limits of a run; an arrival beyond either is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SafetyLimits {
    /// Open sessions.
    pub max_sessions: u64,
    /// Unanswered API calls.
    pub max_in_flight: u64,
}

impl SafetyLimits {
    /// No limit, as in virtual time.
    pub const NONE: Self = Self { max_sessions: u64::MAX, max_in_flight: u64::MAX };
}

#[derive(Debug)]
struct Counter {
    now: AtomicU64,
    max: u64,
}

impl Gate {
    /// The gate of a run.
    #[must_use]
    pub fn new(scenario: &Scenario, safety: SafetyLimits) -> Self {
        Self::of_shards(scenario, safety, 1)
    }

    /// The gate of a run in this many shards. Workers and the places before them are split among the
    /// shards in whole units.
    #[must_use]
    pub fn of_shards(scenario: &Scenario, safety: SafetyLimits, shards: u32) -> Self {
        let policy = &scenario.policy;
        let limited = policy.per_user.is_some() || policy.per_country.is_some();
        let queue = match policy.on_throttle {
            OnThrottle::Queue { limit, max_wait, rate: Some(rate), .. } => {
                Some(Queue::new(limit, max_wait, rate))
            }
            OnThrottle::Queue { .. } | OnThrottle::Fail | OnThrottle::Retry { .. } => None,
        };
        let lines = match policy.on_throttle {
            OnThrottle::Queue { limit, max_wait, workers: Some(workers), .. } => {
                let line = |shard| {
                    let share = |whole| share(whole, shard, shards);
                    Mutex::new(Line::new(share(workers), share(limit), max_wait))
                };
                (0..shards).map(line).collect()
            }
            OnThrottle::Queue { .. } | OnThrottle::Fail | OnThrottle::Retry { .. } => Vec::new(),
        };
        Self {
            limits: limited.then(|| Mutex::new(Limits::new(scenario))),
            queue: queue.map(Mutex::new),
            lines,
            puts: Mutex::default(),
            open_sessions: Counter { now: AtomicU64::new(0), max: safety.max_sessions },
            calls_in_flight: Counter { now: AtomicU64::new(0), max: safety.max_in_flight },
        }
    }

    /// Takes a place for an arriving session; `false` if the run is at a safety limit.
    pub fn admit_session(&self) -> bool {
        let calls = self.calls_in_flight.now.load(Ordering::Relaxed);
        if self.calls_in_flight.max <= calls {
            return false;
        }
        let open = self.open_sessions.now.fetch_add(1, Ordering::Relaxed);
        if open < self.open_sessions.max {
            return true;
        }
        self.session_closed();
        false
    }

    /// Gives the place of an admitted session back.
    pub fn session_closed(&self) {
        self.open_sessions.now.fetch_sub(1, Ordering::Relaxed);
    }

    /// Counts a call that leaves.
    pub fn call_started(&self) {
        self.calls_in_flight.now.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a call that was answered.
    pub fn call_answered(&self) {
        self.calls_in_flight.now.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many sessions are open.
    #[must_use]
    pub fn open_sessions(&self) -> u64 {
        self.open_sessions.now.load(Ordering::Relaxed)
    }

    /// How many calls are unanswered.
    #[must_use]
    pub fn calls_in_flight(&self) -> u64 {
        self.calls_in_flight.now.load(Ordering::Relaxed)
    }

    /// Whether the application's rate limits let a user have one more message; if so it is counted.
    pub fn admit_message(&self, now: SimTime, country: u16, user: u64) -> Result<(), Refusal> {
        let Some(limits) = &self.limits else {
            return Ok(());
        };
        limits.lock().expect("no holder panics").admit(now, country, user)
    }

    /// When a send due now may leave: now, later (it waits in the queue), or never.
    pub fn release_at(&self, now: SimTime) -> Option<SimTime> {
        let Some(queue) = &self.queue else {
            return Some(now);
        };
        let mut queue = queue.lock().expect("no holder panics");
        if queue.next_free <= now { Some(now) } else { queue.reserve(now) }
    }

    /// A place in the queue for a send that was throttled; `None` if there is none.
    pub fn requeue(&self, now: SimTime) -> Option<SimTime> {
        self.queue.as_ref()?.lock().expect("no holder panics").requeue(now)
    }

    /// Whether a send that may leave now finds a worker; it takes it, or a place in the line.
    pub fn take_worker(&self, now: SimTime, session: u64, nth: u8) -> Turn {
        self.line(session).map_or(Turn::Now, |mut line| line.come(now, session, nth))
    }

    /// The worker of a send of this session is free: the first in the line gets it.
    pub fn free_worker(&self, session: u64) {
        if let Some(mut line) = self.line(session) {
            line.free();
        }
    }

    /// A send that came `since` then waits for no worker any more.
    pub fn leave_line(&self, since: SimTime, session: u64, nth: u8) {
        if let Some(mut line) = self.line(session) {
            line.leave(since, session, nth);
        }
    }

    /// The next send of this shard that waited and got a worker: its session and its number there.
    pub fn next_called(&self, shard: Shard) -> Option<(u64, u8)> {
        self.line(shard.index)?.next_called()
    }

    /// Whether sends wait for workers at all.
    #[must_use]
    pub fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    /// The line of a session's shard.
    fn line(&self, session: u64) -> Option<MutexGuard<'_, Line>> {
        let shards = self.lines.len() as u64;
        let shard = usize::try_from(session.checked_rem(shards)?).expect("below a length");
        Some(self.lines[shard].lock().expect("no holder panics"))
    }

    /// When a put due now may leave; the place is taken.
    pub fn release_put(&self, now: SimTime) -> SimTime {
        self.puts.lock().expect("no holder panics").release(now)
    }

    /// Notes the answer to a put, which is what puts are paced by.
    pub fn put_answered(&self, answer: PutAnswer) {
        let mut pace = self.puts.lock().expect("no holder panics");
        match answer {
            PutAnswer::Throttled => pace.throttled(),
            PutAnswer::Done | PutAnswer::Refused => pace.passed(),
            // Whether a quota bound is not known.
            PutAnswer::Again => {}
        }
    }

    /// Notes the release of a send that was accepted, which is what the queue is paced by.
    pub fn send_accepted(&self, released: SimTime) {
        if let Some(queue) = &self.queue {
            let mut queue = queue.lock().expect("no holder panics");
            queue.last_accepted = queue.last_accepted.max(Some(released));
        }
    }
}

/// Sends within a sliding window, per user and per country.
#[derive(Debug)]
struct Limits {
    per_user: Option<RateLimit>,
    per_country: Option<RateLimit>,
    users: BTreeMap<(u16, u64), VecDeque<SimTime>>,
    /// Every admission still inside the users' window, oldest first: what to forget next.
    admissions: VecDeque<(SimTime, (u16, u64))>,
    countries: Vec<VecDeque<SimTime>>,
}

impl Limits {
    fn new(scenario: &Scenario) -> Self {
        Self {
            per_user: scenario.policy.per_user,
            per_country: scenario.policy.per_country,
            users: BTreeMap::new(),
            admissions: VecDeque::new(),
            countries: vec![VecDeque::new(); scenario.countries.len()],
        }
    }

    fn admit(&mut self, now: SimTime, country: u16, user: u64) -> Result<(), Refusal> {
        self.forget(now);
        let key = (country, user);
        let sent = &mut self.countries[usize::from(country)];
        if self.per_country.is_some_and(|limit| limit.count as usize <= sent.len()) {
            return Err(Refusal::PerCountry);
        }
        if let Some(limit) = self.per_user {
            let times = self.users.entry(key).or_default();
            if limit.count as usize <= times.len() {
                return Err(Refusal::PerUser);
            }
            times.push_back(now);
            self.admissions.push_back((now, key));
        }
        if self.per_country.is_some() {
            sent.push_back(now);
        }
        Ok(())
    }

    fn forget(&mut self, now: SimTime) {
        if let Some(limit) = self.per_country {
            for sent in &mut self.countries {
                while sent.front().is_some_and(|at| *at + limit.window <= now) {
                    sent.pop_front();
                }
            }
        }
        let Some(limit) = self.per_user else { return };
        while let Some((at, key)) = self.admissions.front().copied() {
            if now < at + limit.window {
                break;
            }
            self.admissions.pop_front();
            if let Some(times) = self.users.get_mut(&key) {
                times.pop_front();
                if times.is_empty() {
                    self.users.remove(&key);
                }
            }
        }
    }
}

/// The queue of throttled sends, as the instants at which its places are served: a place is
/// reserved by arithmetic, so no list of waiting sends exists.
#[derive(Debug)]
struct Queue {
    interval: Duration,
    limit: u32,
    max_wait: Duration,
    /// When the place behind the last one reserved is served.
    next_free: SimTime,
    last_accepted: Option<SimTime>,
}

impl Queue {
    fn new(limit: u32, max_wait: Duration, rate: f64) -> Self {
        let interval = Duration::from_secs_f64(1.0 / rate);
        Self { interval, limit, max_wait, next_free: SimTime::ZERO, last_accepted: None }
    }

    fn requeue(&mut self, now: SimTime) -> Option<SimTime> {
        let after_last = self.last_accepted.map_or(now, |last| last + self.interval);
        // Throttled although a whole interval has passed: something else binds, so wait one more.
        let earliest = if now < after_last { after_last } else { now + self.interval };
        self.next_free = self.next_free.max(earliest);
        self.reserve(now)
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
        let places: Vec<_> = (0..4).map(|_| queue.requeue(SimTime::ZERO)).collect();
        let at = |secs| Some(SimTime::from_secs(secs));
        assert_eq!(places, [at(1), at(2), None, None]);
    }
}
