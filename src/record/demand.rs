//! What planning needs to know: how much was wanted in each second, what waited, and which limit refused.
//!
//! Kept only if asked. Everything is a sum over events, so it does not matter in which order a driver tells
//! them, and shards merge exactly. A level, such as how many sessions are open, is kept as what came
//! and what went in each second.
//!
//! **Invariant:** no event costs more than a few additions.

mod counts;

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
use sms_voice_mock::service::{bound::Bound, time::SimTime};
use std::{ops::AddAssign, time::Duration};

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

/// When and how often a limit refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// How often.
    pub count: u64,
    /// The first time.
    pub first: Option<SimTime>,
    by_minute: Vec<u32>,
}

impl Hits {
    fn add(&mut self, at: SimTime) {
        self.count += 1;
        self.first = self.first.into_iter().chain([at]).min();
        let minute = second_of(at) / 60;
        grown(&mut self.by_minute, minute);
        self.by_minute[minute] += 1;
    }

    /// The minute in which it refused most, the earliest of several, and how often it did.
    #[must_use]
    pub fn busiest_minute(&self) -> Option<(usize, u32)> {
        let most = self.by_minute.iter().copied().max().filter(|most| *most > 0)?;
        self.by_minute.iter().position(|count| *count == most).map(|minute| (minute, most))
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.first = self.first.into_iter().chain(other.first).min();
        add_each(&mut self.by_minute, &other.by_minute);
    }
}

/// What one country wanted.
#[derive(Clone, Debug, PartialEq)]
struct CountryDemand {
    ticks: [Counts; TICKS],
    minutes: Vec<MinuteCounts>,
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

/// When and how often the application's own limits bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnHits {
    /// Its queue had no place, or not in time.
    pub queue: Hits,
    /// None of its workers was free.
    pub workers: Hits,
    /// Its own rate of sends let a message wait, or gave it up.
    pub limiter: Hits,
    /// Its own rate of puts let a put wait.
    pub feedback_rate: Hits,
}

impl OwnHits {
    fn merge(&mut self, other: &Self) {
        let Self { queue, workers, limiter, feedback_rate } = other;
        self.queue.merge(queue);
        self.workers.merge(workers);
        self.limiter.merge(limiter);
        self.feedback_rate.merge(feedback_rate);
    }
}

/// Which limits the application has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OwnLimits {
    queue: bool,
    limiter: bool,
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
}

impl Demand {
    pub(super) fn new(scenario: &Scenario, tariff: &Tariff) -> Self {
        let policy = &scenario.policy;
        let has = OwnLimits {
            queue: matches!(policy.on_throttle, OnThrottle::Queue { .. }),
            limiter: policy.limiter.is_some(),
            feedback_rate: policy.feedback_rate.is_some(),
        };
        Self {
            countries: vec![CountryDemand::new(); scenario.countries.len()],
            parts: tariff.parts.clone(),
            limits: vec![Hits::default(); Bound::ALL.len()],
            own: OwnHits::default(),
            has,
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
            mine.send_delay.add(&theirs.send_delay).expect("the same bounds");
            mine.feedback_delay.add(&theirs.feedback_delay).expect("the same bounds");
            mine.waits += theirs.waits;
            mine.puts_throttled += theirs.puts_throttled;
        }
        self.limits.iter_mut().zip(&other.limits).for_each(|(mine, theirs)| mine.merge(theirs));
        self.own.merge(&other.own);
    }

    /// A message is not sent at all. Without a queue and without a rate of its own the application only does
    /// what the service told it.
    fn given_up(&mut self, at: SimTime, by: Holder) {
        if self.has.queue {
            self.own.queue.add(at);
        } else if self.has.limiter && by != Holder::Throttling {
            self.own.limiter.add(at);
        }
    }

    fn country(&mut self, place: Place) -> &mut CountryDemand {
        &mut self.countries[usize::from(place.country)]
    }

    fn tick(&mut self, place: Place, tick: Tick, at: SimTime, count: u32) {
        self.country(place).ticks[tick as usize].add(at, count);
    }
}

/// A delay in microseconds as a duration.
#[must_use]
pub const fn delay(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

fn grown<T: Clone + Default>(list: &mut Vec<T>, place: usize) {
    if list.len() <= place {
        list.resize(place + 1, T::default());
    }
}

fn add_each<T: Clone + Default + Copy + AddAssign>(sums: &mut Vec<T>, more: &[T]) {
    if sums.len() < more.len() {
        sums.resize(more.len(), T::default());
    }
    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += *more);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::outcome::Attempt,
        scenario::{Source, parse},
    };

    const PLACE: Place = Place { country: 1, carrier: 0, template: 0 };

    fn demand() -> Demand {
        let text = "name = \"x\"\n[arrivals]\nstages = [{ constant = { rate = 1.0, duration = \"1s\" } }]\n\
            [policy]\non_throttle = { queue = { limit = 9, max_wait = \"9s\", rate = 1.0 } }\n\
            [countries.BR]\nprofile = \"BR\"\n[countries.US]\nprofile = \"US\"\n";
        let scenario = parse(text, Source { name: "x", folder: None }, &[], None);
        let tariff = Tariff { parts: vec![2], nano_usd: vec![5, 7] };
        Demand::new(&scenario.expect("valid").scenario, &tariff)
    }

    fn call(session: u64, due: SimTime, released: SimTime) -> CallFacts {
        let attempt = Attempt { session, nth: 0, attempt: 0 };
        CallFacts { attempt, place: PLACE, due, released }
    }

    /// A session that waits, sends, is refused now and then, and ends.
    fn play(demand: &mut Demand, session: u64) {
        let due = SimTime::from_secs(session / 3);
        let until = due + Duration::from_secs(session % 5);
        let call = call(session, due, until);
        demand.note(&Note::Arrived { at: due, place: PLACE });
        demand.note(&Note::Held { at: due, place: PLACE, by: Holder::Queue, until: Some(until) });
        demand.send_started(call);
        if session.is_multiple_of(4) {
            demand.bound(until, Bound::SendRate);
            demand.send_answered(call, &SendAnswer::Throttled, 7);
            demand.note(&Note::Held {
                at: until,
                place: PLACE,
                by: Holder::Throttling,
                until: None,
            });
        } else {
            demand.send_answered(call, &SendAnswer::Unknown, 7);
        }
        let outcome = Outcome::Verified;
        let at = until + Duration::from_secs(9);
        demand.note(&Note::Finished { at, arrived_at: due, place: PLACE, outcome });
    }

    #[test]
    fn merged_shards_are_equal_to_one_recorder_that_heard_everything() {
        let (mut whole, mut odd, mut even) = (demand(), demand(), demand());
        for session in 0..2_000 {
            play(&mut whole, session);
            play(if session % 2 == 0 { &mut even } else { &mut odd }, session);
        }
        even.merge(&odd);
        assert_eq!(even, whole);
    }

    #[test]
    fn levels_are_what_came_less_what_went() {
        let mut demand = demand();
        (0..30).for_each(|session| play(&mut demand, session));
        let open = demand.level(Stock::InFlight, None);
        assert_eq!((open[0], open.last().copied()), (3, Some(0)));
        assert_eq!(demand.level(Stock::InFlight, Some(0)).iter().max(), None);
        assert_eq!(demand.level(Stock::Queue, Some(1)), demand.level(Stock::Queue, None));
        let parts: u32 = demand.per_second(Tick::Parts, None).iter().sum();
        assert_eq!(parts, 60);
    }

    #[test]
    fn a_limit_knows_its_first_and_its_busiest_minute() {
        let mut demand = demand();
        for second in [130, 70, 190, 191] {
            demand.bound(SimTime::from_secs(second), Bound::Spend);
        }
        let hits = demand.hits(Bound::Spend);
        assert_eq!(hits.first, Some(SimTime::from_secs(70)));
        assert_eq!((hits.count, hits.busiest_minute()), (4, Some((3, 2))));
        assert_eq!(demand.hits(Bound::Parts).busiest_minute(), None);
    }
}
