//! Latencies: what each call took, from four instants, kept per interval without loss of rank.
//!
//! A value is kept as the number of its HdrHistogram bucket (three significant digits), so intervals are
//! short lists of (bucket, count) that merge by being joined, whatever the order in which values came.

mod bucket;
mod packed;
mod sums;
mod track;

use super::{dashboard::Evidence, micros};
use crate::engine::campaign::CallFacts;
pub use bucket::{Bucket, BucketCounts};
use hdrhistogram::Histogram;
pub use packed::{Counts, Packer, Unpacked};
use serde::{Deserialize, Serialize};
use sms_voice_mock::service::time::SimTime;
use std::time::Duration;
use sums::{Sum, Tallied};
use track::{Part, Totals, Track};

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

/// The event that a metric is measured at, and its place among what is measured there, as in [`Tracks`].
#[derive(Clone, Copy, Debug)]
enum Column {
    Send(usize),
    Put(usize),
    Verified,
}

impl Metric {
    const fn column(self) -> Column {
        match self {
            Self::SendResponse => Column::Send(0),
            Self::SendService => Column::Send(1),
            Self::ScheduleLag => Column::Send(2),
            Self::FeedbackResponse => Column::Put(0),
            Self::FeedbackService => Column::Put(1),
            Self::TimeToVerify => Column::Verified,
        }
    }
}

/// The longest latency a histogram holds; longer ones count as this one.
pub const LONGEST_MICROS: u64 = 86_400_000_000;

/// An empty histogram of microseconds with the bounds that every latency file has.
#[must_use]
pub fn empty_histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_MICROS, 3).expect("valid bounds")
}

/// All latencies of a run: by country, event and interval, and the times to verify by cell, too.
#[derive(Clone, Debug, PartialEq)]
pub struct Latencies {
    interval: Duration,
    countries: Vec<Tracks>,
    totals: AllTotals,
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

/// The closed intervals of all countries, as in [`Tracks`].
#[derive(Clone, Debug, Default, PartialEq)]
struct AllTotals {
    sends: Totals<3>,
    puts: Totals<2>,
    verified: Totals<1>,
}

/// One metric's latencies in one interval.
#[derive(Debug)]
pub struct Interval<'a> {
    /// Its number.
    pub number: u64,
    /// Country and part, in the order of the countries.
    parts: Vec<(usize, Part<'a>)>,
}

impl Interval<'_> {
    /// The countries with any, by index.
    #[must_use]
    pub fn countries(&self) -> Vec<usize> {
        let mut countries: Vec<_> = self.parts.iter().map(|(country, _)| *country).collect();
        countries.dedup();
        countries
    }

    /// What this country has, if all of it is packed.
    #[must_use]
    pub fn packed(&self, country: usize) -> Option<&Counts> {
        let mut parts = self.parts_of(country);
        match (parts.next(), parts.next()) {
            (Some(Part::Closed(counts)), None) => Some(counts),
            _ => None,
        }
    }

    /// Tells of each bucket of this country and how often it was seen, perhaps in several calls.
    pub fn tell(&self, country: usize, mut tell: impl FnMut(Bucket, u64)) {
        self.parts_of(country).for_each(|part| part.tell(&mut tell));
    }

    fn parts_of(&self, country: usize) -> impl Iterator<Item = &Part<'_>> {
        let first = self.parts.partition_point(|(own, _)| *own < country);
        let parts = self.parts[first..].iter().take_while(move |(own, _)| *own == country);
        parts.map(|(_, part)| part)
    }
}

impl Latencies {
    pub(super) fn new(countries: usize, cells: usize, interval: Duration) -> Self {
        Self {
            interval,
            countries: vec![Tracks::default(); countries],
            totals: AllTotals::default(),
            time_to_verify: vec![Tallied::default(); cells],
        }
    }

    /// Latencies may come in any order of time until [`Self::settle`] says otherwise.
    pub(super) fn keep_open(&mut self) {
        for Tracks { sends, puts, verified } in &mut self.countries {
            sends.keep_open();
            puts.keep_open();
            verified.keep_open();
        }
    }

    /// Nothing of an interval before this one comes any more.
    pub(super) fn settle(&mut self, interval: u64) {
        for Tracks { sends, puts, verified } in &mut self.countries {
            sends.close_before(interval, &mut self.totals.sends);
            puts.close_before(interval, &mut self.totals.puts);
            verified.close_before(interval, &mut self.totals.verified);
        }
    }

    /// A send was answered in this interval.
    pub(super) fn send_answered(&mut self, country: u16, interval: u64, times: &CallTimes) {
        let took = [times.response_time(), times.service_time(), times.lag()];
        self.countries[usize::from(country)].sends.record(
            interval,
            took.map(bucket),
            &mut self.totals.sends,
        );
    }

    /// A send that left in virtual time when it was due was answered at `at`, in this interval.
    #[inline]
    pub(super) fn accepted_at_once(
        &mut self,
        (country, interval): (u16, u64),
        due: SimTime,
        at: SimTime,
    ) {
        let took = time_between(due, at);
        let took = [took, took, Bucket::of(0)];
        self.countries[usize::from(country)].sends.record(interval, took, &mut self.totals.sends);
    }

    /// A put of virtual time was answered at `at`, in this interval.
    #[inline]
    pub(super) fn put_taken(&mut self, call: &CallFacts, interval: u64, at: SimTime) {
        let service = time_between(call.released, at);
        let on_time = call.due == call.released;
        let took = [if on_time { service } else { time_between(call.due, at) }, service];
        self.countries[usize::from(call.place.country)].puts.record(
            interval,
            took,
            &mut self.totals.puts,
        );
    }

    /// A put was answered in this interval.
    pub(super) fn put_answered(&mut self, country: u16, interval: u64, times: &CallTimes) {
        let took = [times.response_time(), times.service_time()];
        self.countries[usize::from(country)].puts.record(
            interval,
            took.map(bucket),
            &mut self.totals.puts,
        );
    }

    /// A session of this country and cell that arrived then was verified at `at`, in this interval.
    #[inline]
    pub(super) fn verified(
        &mut self,
        (country, cell): (u16, usize),
        interval: u64,
        (arrived_at, at): (SimTime, SimTime),
    ) {
        let took = time_between(arrived_at, at);
        let track = &mut self.countries[usize::from(country)].verified;
        track.record(interval, [took], &mut self.totals.verified);
        self.time_to_verify[cell].add(took);
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.countries.iter_mut().zip(other.countries) {
            let Tracks { sends, puts, verified } = theirs;
            mine.sends.merge(sends, &mut self.totals.sends);
            mine.puts.merge(puts, &mut self.totals.puts);
            mine.verified.merge(verified, &mut self.totals.verified);
        }
        let AllTotals { sends, puts, verified } = &mut self.totals;
        sends.merge(&other.totals.sends);
        puts.merge(&other.totals.puts);
        verified.merge(&other.totals.verified);
        for (mine, theirs) in self.time_to_verify.iter_mut().zip(other.time_to_verify) {
            mine.merge(&theirs);
        }
    }

    /// Whether two metrics are surely the same in every interval: if what is measured at one event is.
    #[must_use]
    pub fn are_alike(&self, one: Metric, other: Metric) -> bool {
        self.countries.iter().all(|tracks| {
            let (one, other) = (tracks.parts(one), tracks.parts(other));
            one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| one == other)
        })
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
        self.between(metric, &(0..u64::MAX), keep)
    }

    /// One metric's histogram over the whole run and all countries.
    #[must_use]
    pub fn whole(&self, metric: Metric) -> Histogram<u64> {
        let AllTotals { sends, puts, verified } = &self.totals;
        let mut total = match metric.column() {
            Column::Send(place) => sends.sums[place].clone(),
            Column::Put(place) => puts.sums[place].clone(),
            Column::Verified => verified.sums[0].clone(),
        };
        self.countries.iter().for_each(|tracks| tracks.add_open(metric, &mut total));
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
        let mut total = Sum::default();
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
        let mut total = Sum::default();
        for (_, tallied) in self.time_to_verify.iter().enumerate().filter(|(cell, _)| keep(*cell)) {
            total.add_tallied(tallied);
        }
        total.histogram()
    }

    /// One metric's latencies, interval by interval.
    pub fn intervals(&self, metric: Metric) -> impl Iterator<Item = Interval<'_>> {
        let mut parts: Vec<(u64, usize, Part<'_>)> = Vec::new();
        for (country, tracks) in self.countries.iter().enumerate() {
            let own = tracks.parts(metric).into_iter();
            parts.extend(own.map(|(interval, part)| (interval, country, part)));
        }
        parts.sort_by_key(|(interval, country, _)| (*interval, *country));
        let mut parts = parts.into_iter().peekable();
        std::iter::from_fn(move || {
            let number = parts.peek()?.0;
            let mut own = Vec::new();
            while let Some((_, country, part)) = parts.next_if(|part| part.0 == number) {
                own.push((country, part));
            }
            Some(Interval { number, parts: own })
        })
    }
}

impl Tracks {
    /// Adds up a metric in the intervals being filled.
    fn add_open(&self, metric: Metric, total: &mut Sum) {
        match metric.column() {
            Column::Send(place) => self.sends.add_open(place, total),
            Column::Put(place) => self.puts.add_open(place, total),
            Column::Verified => self.verified.add_open(0, total),
        }
    }

    /// The parts of a metric, with their intervals.
    fn parts(&self, metric: Metric) -> Vec<(u64, Part<'_>)> {
        match metric.column() {
            Column::Send(place) => self.sends.parts(place),
            Column::Put(place) => self.puts.parts(place),
            Column::Verified => self.verified.parts(0),
        }
    }
}

/// The bucket of the time from one instant to another.
#[inline]
fn time_between(from: SimTime, to: SimTime) -> Bucket {
    Bucket::of(to.nanos().saturating_sub(from.nanos()) / 1_000)
}

fn bucket(took: Duration) -> Bucket {
    Bucket::of(micros(took))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was recorded, by interval.
    fn by_interval(latencies: &Latencies) -> Vec<(u64, Histogram<u64>)> {
        let intervals = latencies.intervals(Metric::SendService);
        let histogram = |interval: Interval<'_>| {
            let mut histogram = empty_histogram();
            interval.tell(0, |bucket, count| {
                histogram.record_n(bucket.lowest(), count).expect("inside the bounds");
            });
            (interval.number, histogram)
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
            latencies.send_answered(0, k / 70, &times);
        };
        for k in 0..1_000 {
            answered(&mut whole, k);
            answered(if k % 2 == 0 { &mut even } else { &mut odd }, k);
            answered(&mut backwards, 999 - k);
        }
        backwards.settle(9);
        even.merge(odd);
        let total = |latencies: &Latencies| latencies.total(Metric::SendService, |_| true);
        for other in [&whole, &even, &backwards] {
            assert_eq!(total(other), total(&whole));
            assert_eq!(other.whole(Metric::SendService), total(&whole));
            assert_eq!(by_interval(other), by_interval(&whole));
        }
    }
}
