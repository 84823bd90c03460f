//! Latencies: what each call took, from four instants, kept per interval without loss of rank.
//!
//! A value is kept as the number of its HdrHistogram bucket (three significant digits), so intervals are
//! short lists of (bucket, count) that merge by being joined, whatever the order in which values came.

mod packed;

use super::{dashboard::Evidence, micros};
use crate::engine::campaign::CallFacts;
use hdrhistogram::Histogram;
use packed::{Bucket, Counts, Tallied};
use serde::{Deserialize, Serialize};
use sms_voice_mock::service::time::SimTime;
use std::{collections::VecDeque, time::Duration};

/// The instants of one call, in wall time since the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallTimes {
    /// When it was intended.
    pub due: Duration,
    /// When our own limits let it go.
    pub released: Duration,
    /// When it left.
    pub sent: Duration,
    /// When it was answered.
    pub answered: Duration,
    /// What the answer says about when it was taken.
    pub evidence: Evidence,
}

impl CallTimes {
    /// Of a call in virtual time, which leaves as soon as our own limits let it go.
    #[must_use]
    pub fn in_virtual_time(call: &CallFacts, answered: SimTime, evidence: Evidence) -> Self {
        let (due, sent) = (call.due.since_start(), call.released.since_start());
        Self { due, released: sent, sent, answered: answered.since_start(), evidence }
    }

    /// What the user waited.
    #[must_use]
    pub fn response_time(&self) -> Duration {
        self.answered.saturating_sub(self.due)
    }

    /// What the target took.
    #[must_use]
    pub fn service_time(&self) -> Duration {
        self.answered.saturating_sub(self.sent)
    }

    /// What our own limits held back.
    #[must_use]
    pub fn wait(&self) -> Duration {
        self.released.saturating_sub(self.due)
    }

    /// How late we were ourselves.
    #[must_use]
    pub fn lag(&self) -> Duration {
        self.sent.saturating_sub(self.released)
    }
}

/// What is measured. Each has its files under `latency/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// `SendTextMessage`, from the intended instant to the answer.
    SendResponse,
    /// `SendTextMessage`, from the actual send to the answer.
    SendService,
    /// `PutMessageFeedback`, from the intended instant to the answer.
    FeedbackResponse,
    /// `PutMessageFeedback`, from the actual put to the answer.
    FeedbackService,
    /// How late sends left, by our own fault.
    ScheduleLag,
    /// From a verified session's arrival to its verification, in campaign time.
    TimeToVerify,
}

impl Metric {
    /// All of them, in the order of every listing.
    pub const ALL: [Self; 6] = [
        Self::SendResponse,
        Self::SendService,
        Self::FeedbackResponse,
        Self::FeedbackService,
        Self::ScheduleLag,
        Self::TimeToVerify,
    ];

    /// The name in `summary.json` and of the files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SendResponse => "send_response",
            Self::SendService => "send_service",
            Self::FeedbackResponse => "feedback_response",
            Self::FeedbackService => "feedback_service",
            Self::ScheduleLag => "schedule_lag",
            Self::TimeToVerify => "time_to_verify",
        }
    }
}

/// The longest latency a histogram holds; longer ones count as this one.
const LONGEST_MICROS: u64 = 86_400_000_000;

/// An empty histogram of microseconds with the bounds that every latency file has.
#[must_use]
pub fn empty_histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_MICROS, 3).expect("valid bounds")
}

/// All latencies of a run: by metric, country and interval, and the times to verify by cell, too.
#[derive(Clone, Debug, PartialEq)]
pub struct Latencies {
    interval: Duration,
    interval_nanos: u64,
    countries: Vec<Tracks>,
    /// By cell.
    time_to_verify: Vec<Tallied>,
}

/// The latencies of one country: what is measured of one event is kept together.
#[derive(Clone, Debug, Default, PartialEq)]
struct Tracks {
    /// Response time, service time and lag.
    sends: Track<3>,
    /// Response time and service time.
    puts: Track<2>,
    verified: Track<1>,
}

/// One metric's latencies in each country in one interval: (country, (value, count) pairs).
pub type IntervalCounts = Vec<(usize, Vec<(u64, u32)>)>;

impl Latencies {
    pub(super) fn new(countries: usize, cells: usize, interval: Duration) -> Self {
        Self {
            interval,
            interval_nanos: u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX).max(1),
            countries: vec![Tracks::default(); countries],
            time_to_verify: vec![Tallied::default(); cells],
        }
    }

    /// Latencies may come in any order of time until [`Self::settle`] says otherwise.
    pub(super) fn keep_open(&mut self) {
        for Tracks { sends, puts, verified } in &mut self.countries {
            (sends.patience, puts.patience, verified.patience) = (u64::MAX, u64::MAX, u64::MAX);
        }
    }

    /// Nothing that happened before `now` comes any more.
    pub(super) fn settle(&mut self, now: SimTime) {
        let interval = self.interval_of(now);
        for Tracks { sends, puts, verified } in &mut self.countries {
            sends.close_before(interval);
            puts.close_before(interval);
            verified.close_before(interval);
        }
    }

    /// The interval of an instant.
    #[inline]
    const fn interval_of(&self, at: SimTime) -> u64 {
        at.nanos() / self.interval_nanos
    }

    /// A send was answered at `at`.
    pub(super) fn send_answered(&mut self, country: u16, at: SimTime, times: &CallTimes) {
        let interval = self.interval_of(at);
        let took = [times.response_time(), times.service_time(), times.lag()];
        self.countries[usize::from(country)].sends.record(interval, took.map(bucket));
    }

    /// A put was answered at `at`.
    pub(super) fn put_answered(&mut self, country: u16, at: SimTime, times: &CallTimes) {
        let interval = self.interval_of(at);
        let took = [times.response_time(), times.service_time()];
        self.countries[usize::from(country)].puts.record(interval, took.map(bucket));
    }

    /// A session of this country and cell was verified at `at`, which took so long.
    pub(super) fn verified(&mut self, (country, cell): (u16, usize), at: SimTime, took: Duration) {
        let (interval, took) = (self.interval_of(at), bucket(took));
        self.countries[usize::from(country)].verified.record(interval, [took]);
        self.time_to_verify[cell].add(took);
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.countries.iter_mut().zip(other.countries) {
            let Tracks { sends, puts, verified } = theirs;
            mine.sends.merge(sends);
            mine.puts.merge(puts);
            mine.verified.merge(verified);
        }
        for (mine, theirs) in self.time_to_verify.iter_mut().zip(other.time_to_verify) {
            mine.merge(&theirs);
        }
    }

    /// How many lists it is made of: one per event, country and interval with any.
    #[must_use]
    pub fn parts(&self) -> usize {
        let parts = |tracks: &Tracks| {
            tracks.sends.length() + tracks.puts.length() + tracks.verified.length()
        };
        self.countries.iter().map(parts).sum()
    }

    /// The length of an interval.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// One metric's histogram over the whole run and the countries that `keep` keeps.
    #[must_use]
    pub fn total(&self, metric: Metric, keep: impl Fn(usize) -> bool) -> Histogram<u64> {
        let mut total = Tallied::default();
        for (_, tracks) in self.countries.iter().enumerate().filter(|(country, _)| keep(*country)) {
            tracks.parts(metric).into_iter().for_each(|(_, part)| part.add_to(&mut total));
        }
        total.histogram()
    }

    /// One metric's histogram over these intervals and the countries that `keep` keeps.
    #[must_use]
    pub fn between(
        &self,
        metric: Metric,
        within: &std::ops::Range<u64>,
        keep: impl Fn(usize) -> bool,
    ) -> Histogram<u64> {
        let mut total = Tallied::default();
        for (_, tracks) in self.countries.iter().enumerate().filter(|(country, _)| keep(*country)) {
            let parts = tracks.parts(metric).into_iter();
            let parts = parts.filter(|(interval, _)| within.contains(interval));
            parts.for_each(|(_, part)| part.add_to(&mut total));
        }
        total.histogram()
    }

    /// The times to verify over the whole run and the cells that `keep` keeps.
    #[must_use]
    pub fn times_to_verify(&self, keep: impl Fn(usize) -> bool) -> Histogram<u64> {
        let mut total = Tallied::default();
        for (_, tallied) in self.time_to_verify.iter().enumerate().filter(|(cell, _)| keep(*cell)) {
            total.merge(tallied);
        }
        total.histogram()
    }

    /// One metric's latencies, interval by interval, for each country with any.
    pub fn intervals(&self, metric: Metric) -> impl Iterator<Item = (u64, IntervalCounts)> {
        let mut parts: Vec<(u64, usize, Part<'_>)> = Vec::new();
        for (country, tracks) in self.countries.iter().enumerate() {
            let own = tracks.parts(metric).into_iter();
            parts.extend(own.map(|(interval, part)| (interval, country, part)));
        }
        parts.sort_by_key(|(interval, country, _)| (*interval, *country));
        let mut parts = parts.into_iter().peekable();
        std::iter::from_fn(move || {
            let interval = parts.peek()?.0;
            let mut countries: Vec<(usize, Vec<Part<'_>>)> = Vec::new();
            while let Some((_, country, part)) = parts.next_if(|part| part.0 == interval) {
                match countries.last_mut() {
                    Some((last, own)) if *last == country => own.push(part),
                    _ => countries.push((country, vec![part])),
                }
            }
            let joined = countries.into_iter().map(|(country, own)| (country, joined(own)));
            Some((interval, joined.collect()))
        })
    }
}

impl Tracks {
    /// The parts of a metric, with their intervals.
    fn parts(&self, metric: Metric) -> Vec<(u64, Part<'_>)> {
        match metric {
            Metric::SendResponse => self.sends.parts(0),
            Metric::SendService => self.sends.parts(1),
            Metric::ScheduleLag => self.sends.parts(2),
            Metric::FeedbackResponse => self.puts.parts(0),
            Metric::FeedbackService => self.puts.parts(1),
            Metric::TimeToVerify => self.verified.parts(0),
        }
    }
}

/// The pairs of these parts of one interval, in rising order of the values.
fn joined(mut parts: Vec<Part<'_>>) -> Vec<(u64, u32)> {
    if let [Part::Closed(counts)] = parts.as_slice() {
        return counts.pairs().map(|(bucket, count)| (bucket.lowest(), count)).collect();
    }
    let mut pairs: Vec<(Bucket, u32)> = parts.drain(..).flat_map(Part::into_pairs).collect();
    pairs.sort_unstable_by_key(|(bucket, _)| *bucket);
    let same = pairs.chunk_by(|a, b| a.0 == b.0);
    same.map(|same| (same[0].0.lowest(), same.iter().map(|(_, count)| count).sum())).collect()
}

fn bucket(took: Duration) -> Bucket {
    Bucket::of(micros(took))
}

/// Adds (value, count) pairs to a histogram.
pub fn add(histogram: &mut Histogram<u64>, counts: &[(u64, u32)]) {
    for (value, count) in counts {
        histogram.record_n(*value, u64::from(*count)).expect("inside the bounds");
    }
}

/// `N` latencies that are measured together: the intervals being filled, and the ones before.
#[derive(Clone, Debug, PartialEq)]
struct Track<const N: usize> {
    /// How many intervals before the newest are still being filled.
    patience: u64,
    /// The number of the first interval being filled.
    first: u64,
    open: VecDeque<Vec<[Bucket; N]>>,
    closed: Vec<(u64, [Counts; N])>,
}

impl<const N: usize> Default for Track<N> {
    fn default() -> Self {
        Self { patience: 1, first: 0, open: VecDeque::new(), closed: Vec::new() }
    }
}

impl<const N: usize> Track<N> {
    fn record(&mut self, interval: u64, buckets: [Bucket; N]) {
        let place = interval.wrapping_sub(self.first);
        let open = usize::try_from(place).ok().and_then(|place| self.open.get_mut(place));
        match open {
            Some(values) => values.push(buckets),
            None => self.record_outside(interval, buckets),
        }
    }

    /// Records what lies in no open interval.
    #[cold]
    fn record_outside(&mut self, interval: u64, buckets: [Bucket; N]) {
        if interval < self.first {
            // Later than anybody was to come: an interval has as many parts as it needs.
            self.closed.push((interval, counts(&[buckets])));
            return;
        }
        if self.open.is_empty() {
            self.first = self.first.max(interval.saturating_sub(self.patience));
        }
        self.close_before(interval.saturating_sub(self.patience));
        let place = usize::try_from(interval - self.first).expect("it fits into memory");
        self.open.resize_with(self.open.len().max(place + 1), Vec::new);
        self.open[place].push(buckets);
    }

    /// Closes every interval before this one.
    fn close_before(&mut self, interval: u64) {
        while self.first < interval && !self.open.is_empty() {
            let values = self.open.pop_front().expect("one is open");
            if !values.is_empty() {
                self.closed.push((self.first, counts(&values)));
            }
            self.first += 1;
        }
        if self.open.is_empty() {
            self.first = self.first.max(interval);
        }
    }

    fn merge(&mut self, mut other: Self) {
        for track in [&mut *self, &mut other] {
            track.close_before(track.first + track.open.len() as u64);
        }
        self.closed.append(&mut other.closed);
    }

    fn length(&self) -> usize {
        self.closed.len() + self.open.len()
    }

    /// The parts of the latency in this place, with their intervals.
    fn parts(&self, place: usize) -> Vec<(u64, Part<'_>)> {
        let closed = self.closed.iter();
        let closed = closed.map(|(interval, counts)| (*interval, Part::Closed(&counts[place])));
        let open = (self.first..).zip(&self.open).filter(|(_, values)| !values.is_empty());
        let open = open.map(|(interval, values)| {
            (interval, Part::Open(values.iter().map(|buckets| buckets[place]).collect()))
        });
        closed.chain(open).collect()
    }
}

/// The counts of each column; what is equal to the column before is kept once.
fn counts<const N: usize>(values: &[[Bucket; N]]) -> [Counts; N] {
    let mut before: Option<Counts> = None;
    std::array::from_fn(|place| {
        let same = place > 0 && values.iter().all(|buckets| buckets[place] == buckets[place - 1]);
        let counts = match &before {
            Some(before) if same => before.clone(),
            _ => Counts::of(values.iter().map(|buckets| buckets[place]).collect()),
        };
        before = Some(counts.clone());
        counts
    })
}

/// The values of one interval.
enum Part<'a> {
    Closed(&'a Counts),
    Open(Vec<Bucket>),
}

impl Part<'_> {
    fn into_pairs(self) -> Vec<(Bucket, u32)> {
        match self {
            Self::Closed(counts) => counts.pairs().collect(),
            Self::Open(values) => values.into_iter().map(|bucket| (bucket, 1)).collect(),
        }
    }

    fn add_to(self, total: &mut Tallied) {
        match self {
            Self::Closed(counts) => {
                counts.pairs().for_each(|(bucket, count)| total.add_many(bucket, count));
            }
            Self::Open(values) => values.into_iter().for_each(|bucket| total.add(bucket)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was recorded, by interval.
    fn by_interval(latencies: &Latencies) -> Vec<(u64, Histogram<u64>)> {
        let intervals = latencies.intervals(Metric::SendService);
        let histogram = |(at, countries): (u64, IntervalCounts)| {
            let mut histogram = empty_histogram();
            countries.iter().for_each(|(_, pairs)| add(&mut histogram, pairs));
            (at, histogram)
        };
        intervals.map(histogram).collect()
    }

    #[test]
    fn neither_merging_nor_another_order_changes_what_is_held() {
        let new = || Latencies::new(1, 1, Duration::from_secs(10));
        let (mut whole, mut odd, mut even, mut backwards) = (new(), new(), new(), new());
        backwards.keep_open();
        let answered = |latencies: &mut Latencies, k: u64| {
            let (sent, took) = (Duration::from_millis(k), Duration::from_micros(k * k + 1));
            let (due, answered) = (sent.mul_f64(k.is_multiple_of(3) as u8 as f64), sent + took);
            let evidence = Evidence::default();
            let times = CallTimes { due, released: sent, sent, answered, evidence };
            latencies.send_answered(0, SimTime::from_secs(k / 7), &times);
        };
        for k in 0..1_000 {
            answered(&mut whole, k);
            answered(if k % 2 == 0 { &mut even } else { &mut odd }, k);
            answered(&mut backwards, 999 - k);
        }
        backwards.settle(SimTime::from_secs(95));
        even.merge(odd);
        let total = |latencies: &Latencies| latencies.total(Metric::SendService, |_| true);
        for other in [&even, &backwards] {
            assert_eq!(total(other), total(&whole));
            assert_eq!(by_interval(other), by_interval(&whole));
        }
    }
}
