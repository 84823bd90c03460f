//! Rate limits: the generic cell rate algorithm on the run's own timeline.
//!
//! Each limit remembers one instant: when everything it has let through will have been paid for at
//! its rate. A call passes while that instant is not too far ahead.
//!
//! **Invariant:** a refused call changes nothing.

mod day;
mod meter;
mod pools;

use super::{bound::Bound, country::CountryCode, settings::ServiceSettings, time::SimTime};
use day::{DailyCap, Days};
use meter::{Meter, Meters, Pace};
use pools::Members;
use std::{collections::BTreeMap, fmt, time::Duration};

/// Every limit of the service and what is left of it.
#[derive(Clone)]
pub(super) struct Limits {
    send: Meter,
    put: Meter,
    /// By operation; only those that were called.
    control: BTreeMap<&'static str, Meter>,
    control_pace: ControlPace,
    originators: Meters<Box<str>>,
    recipients: Meters<u64>,
    burst: Duration,
    /// What every originator may send in a day.
    cap: DailyCap,
    days: Days,
    /// By the name of the pool.
    pools: BTreeMap<Box<str>, Members>,
}

/// Without what is used of them, which is kept by numbers in full.
impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("send", &self.send).finish_non_exhaustive()
    }
}

/// The limit that refuses a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) bound: Bound,
    /// Whether no other send like it passes before the next day.
    pub(super) for_today: bool,
}

impl From<Bound> for Refusal {
    fn from(bound: Bound) -> Self {
        Self { bound, for_today: bound == Bound::Daily }
    }
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
    /// Limits of which nothing is used, on a timeline that starts `epoch` after 1970.
    pub(super) fn new(settings: &ServiceSettings, epoch: Duration) -> Self {
        let quotas = &settings.quotas;
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
            cap: DailyCap::of_all(quotas),
            days: Days::new(quotas, epoch),
            pools: settings
                .pools
                .iter()
                .map(|(name, pool)| (name.clone(), Members::new(pool, quotas)))
                .collect(),
        }
    }

    /// Whether a send passes every limit; only then does it use any of them. If not, the first that it
    /// does not pass.
    pub(super) fn admit_send(&mut self, now: SimTime, load: SendLoad<'_>) -> Result<(), Bound> {
        let (send, recipient) = self.admit_call(now, load)?;
        let own = load.parts_per_second.map(|rate| Pace::new(rate, self.burst));
        let pace = self.originators.pace.map(|pace| own.unwrap_or(pace));
        let originators = &self.originators;
        let originator = originators.after_at(pace, now, load.originator, load.parts);
        let originator = originator.ok_or(Bound::Parts)?;
        if !self.days.allow(now, load.originator, self.cap, load.parts) {
            return Err(Bound::Daily);
        }
        self.send.paid_at = send;
        self.recipients.set(now, load.recipient, recipient);
        self.originators.set(now, load.originator, originator);
        self.days.add(now, load.originator, self.cap, load.parts);
        Ok(())
    }

    /// The same through a pool: the place of the originator that takes it.
    pub(super) fn admit_to_pool(
        &mut self,
        now: SimTime,
        load: SendLoad<'_>,
        (pool, country): (&str, CountryCode),
    ) -> Result<usize, Refusal> {
        let (send, recipient) = self.admit_call(now, load)?;
        let members = self.pools.get_mut(pool).expect("asked for by its name");
        let place = members.admit(now, country, load.parts, &mut self.days)?;
        self.send.paid_at = send;
        self.recipients.set(now, load.recipient, recipient);
        Ok(place)
    }

    /// What is paid for if this call and its recipient's share pass.
    fn admit_call(&self, now: SimTime, load: SendLoad<'_>) -> Result<(SimTime, SimTime), Bound> {
        let send = if load.text { self.send.after(now, 1) } else { Some(self.send.paid_at) };
        let send = send.ok_or(Bound::SendRate)?;
        let recipient = self.recipients.after(now, &load.recipient, 1).ok_or(Bound::Recipient)?;
        Ok((send, recipient))
    }

    /// Whether no limit but that of calls is set for sends that no pool takes: then it alone need be asked.
    pub(super) fn asks_for_calls_only(&self) -> bool {
        let per_key = [self.originators.pace, self.recipients.pace];
        per_key.iter().all(Option::is_none) && self.cap.is_none()
    }

    /// Whether a send passes as a call, of which no other limit is asked.
    #[inline]
    pub(super) fn admit_send_call(&mut self, now: SimTime) -> Result<(), Bound> {
        self.send.admit(now).then_some(()).ok_or(Bound::SendRate)
    }

    /// Whether a put passes.
    #[inline]
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

#[cfg(test)]
mod tests {
    use super::{super::settings::Quotas, *};

    const fn ms(millis: u64) -> SimTime {
        SimTime::from_nanos(millis * 1_000_000)
    }

    fn limits(quotas: Quotas) -> Limits {
        let settings = ServiceSettings { quotas, ..ServiceSettings::default() };
        Limits::new(&settings, Duration::ZERO)
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
}
