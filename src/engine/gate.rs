//! The gate: everything that sessions share on our side of the wire.
//!
//! Rate limits per user and per country, the application's own rate, the queue of throttled sends, its
//! workers, the pace of puts, and the run's own safety limits. Shards of one process share one gate.
//!
//! **Invariant:** sessions meet here and nowhere else in the engine.

mod application;
mod queue;
mod limiter;
mod line;
mod tokens;

pub use line::Turn;

use super::{
    arrivals::Shard,
    outcome::{PutAnswer, Refusal},
    pace::{Pace, Spacing},
};
use crate::scenario::{Scenario, policy::OnThrottle};
use application::Limits;
use limiter::Limiter;
use line::{Line, share};
use queue::Queue;
use sms_voice_mock::service::time::SimTime;
use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use tokens::Tokens;

/// What sessions share on our side of the wire.
#[derive(Debug)]
pub struct Gate {
    limits: Option<Mutex<Limits>>,
    queue: Option<Mutex<Queue>>,
    /// From when on nobody waits in the queue, in nanoseconds: most look at no more, for a lock takes longer.
    queue_free: AtomicU64,
    /// One, or one per country; none without a rate of our own.
    limiters: Vec<Mutex<Limiter>>,
    /// One per shard; none if workers are not counted.
    lines: Vec<Mutex<Line>>,
    /// What the SDK's retries are paid from; `None` if it repeats nothing.
    tokens: Option<Mutex<Tokens>>,
    puts: Mutex<Pace>,
    /// Whether puts are held back at all.
    puts_wait: AtomicBool,
    spacing: Spacing,
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
        let pace = policy.feedback_rate.map_or_else(Pace::default, Pace::at_most);
        Self {
            limits: limited.then(|| Mutex::new(Limits::new(scenario))),
            queue: queue.map(Mutex::new),
            queue_free: AtomicU64::new(0),
            limiters: limiters(scenario),
            lines,
            tokens: policy.sdk_retries.map(|sdk| Mutex::new(Tokens::new(sdk.tokens))),
            puts_wait: AtomicBool::new(pace.holds_back()),
            puts: Mutex::new(pace),
            spacing: Spacing::default(),
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
        let Some(queue) = self.queue.as_ref().filter(|_| !self.lets_pass(now)) else {
            return Some(now);
        };
        self.in_queue(queue, |queue| queue.release_at(now))
    }

    fn in_queue<T>(&self, queue: &Mutex<Queue>, change: impl FnOnce(&mut Queue) -> T) -> T {
        let mut queue = queue.lock().expect("no holder panics");
        let changed = change(&mut queue);
        self.queue_free.store(queue.next_free().nanos(), Ordering::Relaxed);
        changed
    }

    /// Whether a send due now may leave now, if neither limiter nor workers hold it back.
    #[inline]
    pub fn lets_pass(&self, now: SimTime) -> bool {
        self.queue_free.load(Ordering::Relaxed) <= now.nanos()
    }

    /// A place in the queue for a send that was throttled, as its answer said `now`; `None` if there is none.
    pub fn requeue(&self, now: SimTime) -> Option<SimTime> {
        self.in_queue(self.queue.as_ref()?, |queue| queue.requeue(now))
    }

    /// When our own rate lets a send go that is ready now; the place is taken. `None` if it would wait
    /// too long, or behind too many.
    pub fn pace_send(&self, now: SimTime, country: u16) -> Option<SimTime> {
        let place = usize::from(country).min(self.limiters.len().saturating_sub(1));
        let Some(limiter) = self.limiters.get(place) else {
            return Some(now);
        };
        limiter.lock().expect("no holder panics").place(now)
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

    /// Whether the SDK has tokens for a retry; if so they are taken.
    pub fn take_retry_tokens(&self, cost: u32) -> bool {
        let Some(tokens) = &self.tokens else {
            return false;
        };
        tokens.lock().expect("no holder panics").take(cost)
    }

    /// A send succeeded whose last retry took so many tokens; 0 if it needed none.
    pub fn call_succeeded(&self, taken: u32) {
        if let Some(tokens) = &self.tokens {
            tokens.lock().expect("no holder panics").succeeded(taken);
        }
    }

    /// The next send of this shard that waited and got a worker: its session and its number there.
    pub fn next_called(&self, shard: Shard) -> Option<(u64, u8)> {
        self.line(shard.index)?.next_called()
    }

    /// Whether a send that was throttled changes anything here.
    #[must_use]
    pub fn requeues(&self) -> bool {
        self.queue.is_some() || self.has_lines()
    }

    /// Whether sends wait for workers at all.
    #[must_use]
    pub fn has_lines(&self) -> bool {
        !self.lines.is_empty()
    }

    /// Whether every worker is idle and nobody waits for one.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.lines.iter().all(|line| line.lock().expect("no holder panics").is_idle())
    }

    /// The line of a session's shard.
    fn line(&self, session: u64) -> Option<MutexGuard<'_, Line>> {
        let shards = self.lines.len() as u64;
        let shard = usize::try_from(session.checked_rem(shards)?).expect("below a length");
        Some(self.lines[shard].lock().expect("no holder panics"))
    }

    /// When a put due now may leave; the place is taken.
    #[inline]
    pub fn release_put(&self, now: SimTime) -> SimTime {
        let at = if self.puts_wait.load(Ordering::Relaxed) {
            self.puts.lock().expect("no holder panics").release(now)
        } else {
            now
        };
        self.spacing.note(at);
        at
    }

    /// Whether puts are paced by earlier ones that were throttled.
    #[must_use]
    pub fn slows_puts(&self) -> bool {
        self.puts.lock().expect("no holder panics").is_slowed()
    }

    /// Notes the answer to a put whose place was taken at `asked`, which is what puts are paced by.
    pub fn put_answered(&self, now: SimTime, asked: SimTime, answer: PutAnswer) {
        let mut pace = self.puts.lock().expect("no holder panics");
        match answer {
            PutAnswer::Throttled => pace.throttled(now, asked, &self.spacing),
            PutAnswer::Done | PutAnswer::Refused => pace.passed(now, asked),
            // Whether a quota bound is not known.
            PutAnswer::Again => {}
        }
        self.puts_wait.store(pace.holds_back(), Ordering::Relaxed);
    }

    /// Notes the release of a send that was accepted, which is what the queue is paced by.
    pub fn send_accepted(&self, released: SimTime) {
        if let Some(queue) = &self.queue {
            self.in_queue(queue, |queue| queue.accepted(released));
        }
    }
}

fn limiters(scenario: &Scenario) -> Vec<Mutex<Limiter>> {
    let Some(rules) = &scenario.policy.limiter else {
        return Vec::new();
    };
    let count = if rules.per_country { scenario.countries.len() } else { 1 };
    (0..count).map(|_| Mutex::new(Limiter::new(rules))).collect()
}
