//! What planning needs to know: how much was wanted in each second, what waited, and which limit refused.
//!
//! Kept only if asked. Everything is a sum over events, so it does not matter in which order a driver tells
//! them, and shards merge exactly. A level, such as how many sessions are open, is kept as what came
//! and what went in each second.
//!
//! **Invariant:** no event costs more than a few additions.

mod counts;
mod hits;

pub use hits::{Hits, OwnHits};

use super::{PutHeard, cells::Tariff, micros};
use crate::{
    engine::{
        campaign::CallFacts,
        outcome::{Holder, Note, Outcome, Place, PutAnswer, SendAnswer},
    },
    scenario::{Scenario, policy::OnThrottle},
};
use counts::{Counts, second_of};
use hdrhistogram::Histogram;
use hits::{add_each, grown};
use sms_voice_mock::service::{bound::Bound, time::SimTime};
use std::ops::AddAssign;

/// Something that is counted in each second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// Calls of `SendTextMessage`.
    Sends,
    /// Message parts of these calls.
    Parts,
    /// Calls of `PutMessageFeedback`.
    Puts,
    /// Sessions that arrived.
    Arrived,
    /// Sessions that ended.
    Ended,
    /// Messages that began to wait.
    HeldFrom,
    /// Messages whose wait was over.
    HeldUntil,
    /// Verdicts known that must be put.
    OwedFrom,
    /// Verdicts that AWS has taken or refused.
    OwedUntil,
}

/// How many kinds of [`Tick`] there are.
const TICKS: usize = 9;

/// Something that has a level in each second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stock {
    /// Open sessions.
    InFlight,
    /// Messages waiting to leave.
    Queue,
    /// Puts owed.
    Owed,
}

/// What happened to the calls and sessions that began in one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MinuteCounts {
    /// Sessions that arrived in it and were verified in the end.
    pub verified: u64,
    /// Sends that left in it and were accepted.
    pub accepted: u64,
    /// Sends that left in it and were throttled.
    pub throttled: u64,
    /// What its accepted messages cost, in billionths of a USD.
    pub nano_usd: u64,
}

impl AddAssign for MinuteCounts {
    fn add_assign(&mut self, other: Self) {
        let Self { verified, accepted, throttled, nano_usd } = other;
        self.verified += verified;
        self.accepted += accepted;
        self.throttled += throttled;
        self.nano_usd += nano_usd;
    }
}

/// What one country wanted.
#[derive(Clone, Debug, PartialEq)]
struct CountryDemand {
    ticks: [Counts; TICKS],
    minutes: Vec<MinuteCounts>,
    /// What accepted messages cost that were sent in each hour of UTC, in billionths of a USD.
    nano_usd: Vec<u64>,
    send_delay: Histogram<u64>,
    feedback_delay: Histogram<u64>,
    waits: u64,
    puts_throttled: u64,
}

impl CountryDemand {
    fn new() -> Self {
        Self {
            ticks: Default::default(),
            minutes: Vec::new(),
            nano_usd: Vec::new(),
            send_delay: empty_delays(),
            feedback_delay: empty_delays(),
            waits: 0,
            puts_throttled: 0,
        }
    }

    fn minute(&mut self, at: SimTime) -> &mut MinuteCounts {
        let minute = second_of(at) / 60;
        grown(&mut self.minutes, minute);
        &mut self.minutes[minute]
    }
}

/// An empty histogram of delays in microseconds: two digits, up to thirty days.
#[must_use]
pub fn empty_delays() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 30 * 86_400_000_000, 2).expect("valid bounds")
}

/// Which limits the application has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OwnLimits {
    queue: bool,
    feedback_rate: bool,
}

/// What a run wanted, waited for and was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    countries: Vec<CountryDemand>,
    /// Message parts, by template.
    parts: Vec<u32>,
    limits: Vec<Hits>,
    own: OwnHits,
    has: OwnLimits,
    /// How far into an hour of UTC it starts, in seconds.
    into_hour: usize,
}

impl Demand {
    pub(super) fn new(scenario: &Scenario, tariff: &Tariff) -> Self {
        let policy = &scenario.policy;
        let has = OwnLimits {
            queue: matches!(policy.on_throttle, OnThrottle::Queue { .. }),
            feedback_rate: policy.feedback_rate.is_some(),
        };
        Self {
            countries: vec![CountryDemand::new(); scenario.countries.len()],
            parts: tariff.parts.clone(),
            limits: vec![Hits::default(); Bound::ALL.len()],
            own: OwnHits::default(),
            has,
            into_hour: usize::try_from(scenario.start_epoch_s.rem_euclid(3_600)).expect("positive"),
        }
    }

    /// How much of something there was in each second, from the start: of one country, or of all.
    #[must_use]
    pub fn per_second(&self, tick: Tick, country: Option<usize>) -> Vec<u32> {
        let mut sums = Vec::new();
        let of = self.countries.iter().enumerate();
        for (_, demand) in of.filter(|(number, _)| country.is_none_or(|c| c == *number)) {
            demand.ticks[tick as usize].add_to(&mut sums);
        }
        sums
    }

    /// How much of something there was at the end of each second.
    #[must_use]
    pub fn level(&self, stock: Stock, country: Option<usize>) -> Vec<u32> {
        let (came, went) = match stock {
            Stock::InFlight => (Tick::Arrived, Tick::Ended),
            Stock::Queue => (Tick::HeldFrom, Tick::HeldUntil),
            Stock::Owed => (Tick::OwedFrom, Tick::OwedUntil),
        };
        let (mut levels, went) = (self.per_second(came, country), self.per_second(went, country));
        if levels.len() < went.len() {
            levels.resize(went.len(), 0);
        }
        let mut level = 0_u32;
        for (second, sum) in levels.iter_mut().enumerate() {
            level = (level + *sum).saturating_sub(went.get(second).copied().unwrap_or(0));
            *sum = level;
        }
        levels
    }

    /// What happened minute by minute: in one country, or in all.
    #[must_use]
    pub fn minutes(&self, country: Option<usize>) -> Vec<MinuteCounts> {
        let mut sums: Vec<MinuteCounts> = Vec::new();
        self.each(country).for_each(|demand| add_each(&mut sums, &demand.minutes));
        sums
    }

    /// What accepted messages cost that were sent in each hour of UTC, from the one in which it starts, in
    /// billionths of a USD: in one country, or in all.
    #[must_use]
    pub fn nano_usd_by_hour(&self, country: Option<usize>) -> Vec<u64> {
        let mut sums = Vec::new();
        self.each(country).for_each(|demand| add_each(&mut sums, &demand.nano_usd));
        sums
    }

    /// From when messages were asked for to when they left for good, in microseconds.
    #[must_use]
    pub fn send_delay(&self, country: Option<usize>) -> Histogram<u64> {
        self.delays(country, |demand| &demand.send_delay)
    }

    /// From when verdicts were known to when AWS had them, in microseconds.
    #[must_use]
    pub fn feedback_delay(&self, country: Option<usize>) -> Histogram<u64> {
        self.delays(country, |demand| &demand.feedback_delay)
    }

    /// How many messages left later than they were asked for.
    #[must_use]
    pub fn waits(&self, country: Option<usize>) -> u64 {
        self.each(country).map(|demand| demand.waits).sum()
    }

    /// How many puts were throttled.
    #[must_use]
    pub fn puts_throttled(&self, country: Option<usize>) -> u64 {
        self.each(country).map(|demand| demand.puts_throttled).sum()
    }

    /// When and how often a limit of the account refused.
    #[must_use]
    pub fn hits(&self, bound: Bound) -> &Hits {
        &self.limits[bound as usize]
    }

    /// When and how often the application's own limits bound.
    #[must_use]
    pub fn own(&self) -> &OwnHits {
        &self.own
    }

    fn each(&self, country: Option<usize>) -> impl Iterator<Item = &CountryDemand> {
        let numbered = self.countries.iter().enumerate();
        let kept = numbered.filter(move |(number, _)| country.is_none_or(|c| c == *number));
        kept.map(|(_, demand)| demand)
    }

    fn delays(
        &self,
        country: Option<usize>,
        of: impl Fn(&CountryDemand) -> &Histogram<u64>,
    ) -> Histogram<u64> {
        let mut sum = empty_delays();
        self.each(country).for_each(|demand| sum.add(of(demand)).expect("the same bounds"));
        sum
    }

    pub(super) fn send_started(&mut self, call: CallFacts) {
        let parts = self.parts[usize::from(call.place.template)];
        self.tick(call.place, Tick::Sends, call.released, 1);
        self.tick(call.place, Tick::Parts, call.released, parts);
    }

    pub(super) fn put_started(&mut self, call: CallFacts) {
        self.tick(call.place, Tick::Puts, call.released, 1);
        if call.attempt.attempt == 0 {
            self.tick(call.place, Tick::OwedFrom, call.due, 1);
            if self.has.feedback_rate && call.due < call.released {
                self.own.feedback_rate.add(call.due);
            }
        }
    }

    pub(super) fn bound(&mut self, at: SimTime, bound: Bound) {
        self.limits[bound as usize].add(at);
    }

    pub(super) fn send_answered(&mut self, call: CallFacts, answer: &SendAnswer, nano_usd: u64) {
        let delay = call.released.since(call.due);
        let hour = (self.into_hour + second_of(call.released)) / 3_600;
        let country = self.country(call.place);
        match answer {
            SendAnswer::Accepted(_) | SendAnswer::Unknown => {
                country.send_delay.saturating_record(micros(delay));
                country.waits += u64::from(!delay.is_zero());
            }
            SendAnswer::Throttled | SendAnswer::Rejected => {}
        }
        let minute = country.minute(call.released);
        minute.throttled += u64::from(*answer == SendAnswer::Throttled);
        if matches!(answer, SendAnswer::Accepted(_)) {
            minute.accepted += 1;
            minute.nano_usd += nano_usd;
            grown(&mut country.nano_usd, hour);
            country.nano_usd[hour] += nano_usd;
        }
    }

    pub(super) fn put_answered(&mut self, at: SimTime, call: CallFacts, heard: &PutHeard) {
        let country = self.country(call.place);
        match heard.answer {
            PutAnswer::Done => country.feedback_delay.saturating_record(micros(at.since(call.due))),
            PutAnswer::Throttled => country.puts_throttled += 1,
            PutAnswer::Again | PutAnswer::Refused => {}
        }
        if matches!(heard.answer, PutAnswer::Done | PutAnswer::Refused) {
            self.tick(call.place, Tick::OwedUntil, at, 1);
        }
    }

    pub(super) fn note(&mut self, note: &Note) {
        match *note {
            Note::Arrived { at, place } => self.tick(place, Tick::Arrived, at, 1),
            Note::Finished { at, arrived_at, place, outcome } => {
                self.tick(place, Tick::Ended, at, 1);
                let verified = u64::from(outcome == Outcome::Verified);
                self.country(place).minute(arrived_at).verified += verified;
            }
            Note::Held { at, place, by, until: Some(until) } => {
                self.tick(place, Tick::HeldFrom, at, 1);
                self.tick(place, Tick::HeldUntil, until, 1);
                if by == Holder::Limiter {
                    self.own.limiter.add(at);
                }
            }
            Note::Held { at, by, until: None, .. } => self.given_up(at, by),
            Note::InLine { at, place, waits } => {
                let tick = if waits { Tick::HeldFrom } else { Tick::HeldUntil };
                self.tick(place, tick, at, 1);
                if waits {
                    self.own.workers.add(at);
                }
            }
            Note::Accepted { .. }
            | Note::Reading { .. }
            | Note::Entered { .. }
            | Note::Resent { .. }
            | Note::ResendRefused { .. }
            | Note::Settled { .. }
            | Note::Retrying { .. }
            | Note::Unanswered { .. } => {}
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.countries.iter_mut().zip(&other.countries) {
            mine.ticks.iter_mut().zip(&theirs.ticks).for_each(|(mine, theirs)| mine.merge(theirs));
            add_each(&mut mine.minutes, &theirs.minutes);
            add_each(&mut mine.nano_usd, &theirs.nano_usd);
            mine.send_delay.add(&theirs.send_delay).expect("the same bounds");
            mine.feedback_delay.add(&theirs.feedback_delay).expect("the same bounds");
            mine.waits += theirs.waits;
            mine.puts_throttled += theirs.puts_throttled;
        }
        self.limits.iter_mut().zip(&other.limits).for_each(|(mine, theirs)| mine.merge(theirs));
        self.own.merge(&other.own);
    }

    /// A message is not sent at all. Without a queue the application only does what the service told it.
    fn given_up(&mut self, at: SimTime, by: Holder) {
        match by {
            Holder::Limiter => self.own.limiter.add(at),
            Holder::Queue | Holder::Throttling if self.has.queue => self.own.queue.add(at),
            Holder::Queue | Holder::Throttling => {}
        }
    }

    fn country(&mut self, place: Place) -> &mut CountryDemand {
        &mut self.countries[usize::from(place.country)]
    }

    fn tick(&mut self, place: Place, tick: Tick, at: SimTime, count: u32) {
        self.country(place).ticks[tick as usize].add(at, count);
    }
}

#[cfg(test)]
mod tests;
