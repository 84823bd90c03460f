//! Rate limits: the generic cell rate algorithm on the run's own timeline.
//!
//! Each limit remembers one instant: when everything it has let through will have been paid for at
//! its rate. A call passes while that instant is not too far ahead.
//!
//! **Invariant:** a refused call changes nothing.

use super::{bound::Bound, settings::Quotas, time::SimTime};
use std::{borrow::Borrow, collections::BTreeMap, fmt, time::Duration};

/// Every limit of the service and what is left of it.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    send: Meter,
    put: Meter,
    /// By operation; only those that were called.
    control: BTreeMap<&'static str, Meter>,
    control_pace: ControlPace,
    originators: Meters<Box<str>>,
    recipients: Meters<u64>,
    burst: Duration,
}

/// The messages of one `SendTextMessage` call, as the limits see it.
#[derive(Clone, Copy)]
pub(super) struct SendLoad<'a> {
    /// Whether it counts against the calls of `SendTextMessage`; others have a quota of their own.
    pub(super) text: bool,
    pub(super) recipient: u64,
    pub(super) originator: &'a str,
    pub(super) parts: u32,
    /// The originator's own rate; `None` for the rate of all.
    pub(super) parts_per_second: Option<f64>,
}

/// Without the recipient and the originator, which are numbers in full.
impl fmt::Debug for SendLoad<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendLoad").field("parts", &self.parts).finish_non_exhaustive()
    }
}

impl SendLoad<'_> {
    /// The same, of a dry run: those have a rate of their own, where rates hold, or their
    /// originator's if that is lower.
    pub(super) fn of_dry_run(self) -> Self {
        let rate = self.parts_per_second.map(|rate| rate.min(DRY_RUNS));
        Self { originator: "(dry runs)", parts_per_second: rate, ..self }
    }
}

/// Parts per second of dry runs.
const DRY_RUNS: f64 = 5.0;

impl Limits {
    pub(super) fn new(quotas: &Quotas) -> Self {
        let pace = |rate: Option<f64>| rate.map(|rate| Pace::new(rate, quotas.burst));
        let meter = |rate| Meter { pace: pace(rate), paid_at: SimTime::ZERO };
        Self {
            send: meter(quotas.send_per_second),
            put: meter(quotas.put_per_second),
            control: BTreeMap::new(),
            control_pace: ControlPace {
                others: pace(quotas.control_per_second),
                named: quotas
                    .named
                    .iter()
                    .map(|(name, rate)| (name.clone(), Pace::new(*rate, quotas.burst)))
                    .collect(),
            },
            originators: Meters::new(pace(quotas.parts_per_second)),
            recipients: Meters::new(pace(quotas.recipient_per_second)),
            burst: quotas.burst,
        }
    }

    /// Whether a send passes every limit; only then does it use any of them. If not, the first that it
    /// does not pass.
    pub(super) fn admit_send(&mut self, now: SimTime, load: SendLoad<'_>) -> Result<(), Bound> {
        let send = if load.text { self.send.after(now, 1) } else { Some(self.send.paid_at) };
        let send = send.ok_or(Bound::SendRate)?;
        let recipient = self.recipients.after(now, &load.recipient, 1).ok_or(Bound::Recipient)?;
        let own = load.parts_per_second.map(|rate| Pace::new(rate, self.burst));
        let pace = self.originators.pace.map(|pace| own.unwrap_or(pace));
        let originators = &self.originators;
        let originator = originators.after_at(pace, now, load.originator, load.parts);
        let originator = originator.ok_or(Bound::Parts)?;
        self.send.paid_at = send;
        self.recipients.set(now, load.recipient, recipient);
        self.originators.set(now, load.originator, originator);
        Ok(())
    }

    /// Whether a send that is refused by something else passes as a call.
    pub(super) fn admit_send_call(&mut self, now: SimTime) -> Result<(), Bound> {
        self.send.admit(now).then_some(()).ok_or(Bound::SendRate)
    }

    /// Whether a put passes.
    pub(super) fn admit_put(&mut self, now: SimTime) -> Result<(), Bound> {
        self.put.admit(now).then_some(()).ok_or(Bound::PutRate)
    }

    /// Whether a call of any other operation passes; each has a limit of its own.
    pub(super) fn admit_control(&mut self, now: SimTime, operation: &'static str) -> bool {
        let pace = self.control_pace.of(operation);
        let fresh = Meter { pace, paid_at: SimTime::ZERO };
        self.control.entry(operation).or_insert(fresh).admit(now)
    }
}

/// The rates of all operations without a meter of their own type.
#[derive(Clone, Debug)]
struct ControlPace {
    others: Option<Pace>,
    named: BTreeMap<Box<str>, Pace>,
}

impl ControlPace {
    fn of(&self, operation: &str) -> Option<Pace> {
        self.named.get(operation).copied().or(self.others)
    }
}

/// A rate and how much of it may be used at once, both in nanoseconds per unit.
#[derive(Clone, Copy, Debug)]
struct Pace {
    interval: u64,
    burst: u64,
}

impl Pace {
    fn new(rate: f64, burst: Duration) -> Self {
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
    fn after(self, paid_at: SimTime, now: SimTime, weight: u32) -> Option<SimTime> {
        let cost = self.interval.saturating_mul(u64::from(weight));
        let owed = paid_at.nanos().saturating_sub(now.nanos());
        let passes = owed.saturating_add(cost.min(self.burst)) <= self.burst;
        passes.then(|| SimTime::from_nanos((now.nanos() + owed).saturating_add(cost)))
    }
}

/// One limit.
#[derive(Clone, Copy, Debug)]
struct Meter {
    pace: Option<Pace>,
    paid_at: SimTime,
}

impl Meter {
    fn after(self, now: SimTime, weight: u32) -> Option<SimTime> {
        match self.pace {
            Some(pace) => pace.after(self.paid_at, now, weight),
            None => Some(self.paid_at),
        }
    }

    fn admit(&mut self, now: SimTime) -> bool {
        let after = self.after(now, 1);
        self.paid_at = after.unwrap_or(self.paid_at);
        after.is_some()
    }
}

/// One limit for each of many keys. Keys that owe nothing are forgotten in time.
#[derive(Clone)]
struct Meters<K> {
    pace: Option<Pace>,
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
    const fn new(pace: Option<Pace>) -> Self {
        Self { pace, paid_at: BTreeMap::new(), sweep_above: FEW }
    }

    fn after<Q>(&self, now: SimTime, key: &Q, weight: u32) -> Option<SimTime>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.after_at(self.pace, now, key, weight)
    }

    /// The same at another pace.
    fn after_at<Q>(&self, pace: Option<Pace>, now: SimTime, key: &Q, weight: u32) -> Option<SimTime>
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

    fn set(&mut self, now: SimTime, key: impl Into<K>, paid_at: SimTime) {
        if self.pace.is_none() {
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

    const fn ms(millis: u64) -> SimTime {
        SimTime::from_nanos(millis * 1_000_000)
    }

    fn limits(quotas: Quotas) -> Limits {
        Limits::new(&quotas)
    }

    const LOAD: SendLoad<'static> =
        SendLoad { text: true, recipient: 1, originator: "", parts: 1, parts_per_second: None };

    #[test]
    fn one_per_second_lets_one_pass_each_second() {
        let mut limits = limits(Quotas { send_per_second: Some(1.0), ..Quotas::UNLIMITED });
        assert!(limits.admit_send(ms(0), LOAD).is_ok());
        assert!(limits.admit_send(ms(999), LOAD).is_err());
        assert!(limits.admit_send(ms(1_000), LOAD).is_ok());
        assert!(limits.admit_send(ms(1_999), LOAD).is_err());
        assert!(limits.admit_send(ms(60_000), LOAD).is_ok());
        assert!(limits.admit_send(ms(60_001), LOAD).is_err());
    }

    #[test]
    fn a_burst_is_what_the_rate_allows_in_its_time() {
        let mut limits = limits(Quotas { put_per_second: Some(20.0), ..Quotas::UNLIMITED });
        let passed = (0..30).filter(|_| limits.admit_put(ms(0)).is_ok()).count();
        assert_eq!(passed, 20);
        assert!(limits.admit_put(ms(49)).is_err());
        assert!(limits.admit_put(ms(50)).is_ok());
    }

    #[test]
    fn even_calls_at_a_rate_that_does_not_divide_a_second_all_pass() {
        let mut limits = limits(Quotas {
            put_per_second: Some(7.0),
            burst: Duration::ZERO,
            ..Quotas::UNLIMITED
        });
        assert!(
            (0..700).all(|k| limits.admit_put(SimTime::from_nanos(k * 1_000_000_000 / 7)).is_ok())
        );
    }

    #[test]
    fn a_message_heavier_than_the_burst_passes_once_and_is_paid_for() {
        let mut limits = limits(Quotas { parts_per_second: Some(1.0), ..Quotas::UNLIMITED });
        let heavy = SendLoad { parts: 3, ..LOAD };
        assert!(limits.admit_send(ms(0), heavy).is_ok());
        assert!(limits.admit_send(ms(2_999), LOAD).is_err());
        assert!(limits.admit_send(ms(3_000), LOAD).is_ok());
        let other = SendLoad { originator: "OTHER", ..heavy };
        assert!(limits.admit_send(ms(3_000), other).is_ok());
    }

    #[test]
    fn a_call_refused_by_one_limit_does_not_use_another() {
        let mut limits = limits(Quotas {
            send_per_second: Some(2.0),
            recipient_per_second: Some(1.0),
            ..Quotas::UNLIMITED
        });
        assert!(limits.admit_send(ms(0), LOAD).is_ok());
        assert!(limits.admit_send(ms(0), LOAD).is_err());
        let other = SendLoad { recipient: 2, ..LOAD };
        assert!(limits.admit_send(ms(0), other).is_ok());
    }

    #[test]
    fn the_limit_that_refuses_is_named() {
        let mut limits = limits(Quotas {
            send_per_second: Some(3.0),
            put_per_second: Some(1.0),
            parts_per_second: Some(2.0),
            recipient_per_second: Some(1.0),
            ..Quotas::UNLIMITED
        });
        let to = |recipient| SendLoad { recipient, ..LOAD };
        assert_eq!(limits.admit_send(ms(0), to(1)), Ok(()));
        assert_eq!(limits.admit_send(ms(0), to(1)), Err(Bound::Recipient));
        assert_eq!(limits.admit_send(ms(0), to(2)), Ok(()));
        assert_eq!(limits.admit_send(ms(0), to(3)), Err(Bound::Parts));
        assert_eq!(limits.admit_send(ms(0), SendLoad { originator: "B", ..to(3) }), Ok(()));
        assert_eq!(limits.admit_send(ms(0), to(4)), Err(Bound::SendRate));
        assert_eq!(limits.admit_send_call(ms(0)), Err(Bound::SendRate));
        assert_eq!(limits.admit_put(ms(0)), Ok(()));
        assert_eq!(limits.admit_put(ms(0)), Err(Bound::PutRate));
    }

    #[test]
    fn recipients_that_owe_nothing_are_forgotten() {
        let mut limits = limits(Quotas { recipient_per_second: Some(1.0), ..Quotas::UNLIMITED });
        for k in 0..100_000 {
            let load = SendLoad { recipient: k, ..LOAD };
            assert!(limits.admit_send(ms(k), load).is_ok());
        }
        assert!(limits.recipients.paid_at.len() <= 2 * 1_001 + FEW);
    }
}
