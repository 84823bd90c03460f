//! Latencies: what each call took, from four instants, kept per interval without loss of rank.
//!
//! A value is kept as the number of its HdrHistogram bucket (three significant digits), so intervals are
//! short lists of (bucket, count) that merge by being joined, whatever the order in which values came.

mod packed;

use super::{dashboard::Evidence, micros};
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
    /// `tracks[metric][country]`
    tracks: Vec<Vec<Track>>,
    /// By cell.
    time_to_verify: Vec<Tallied>,
}

/// One metric's latencies in each country in one interval: (country, (value, count) pairs).
pub type IntervalCounts = Vec<(usize, Vec<(u64, u32)>)>;

impl Latencies {
    pub(super) fn new(countries: usize, cells: usize, interval: Duration) -> Self {
        Self {
            interval,
            interval_nanos: u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX).max(1),
            tracks: vec![vec![Track::default(); countries]; Metric::ALL.len()],
            time_to_verify: vec![Tallied::default(); cells],
        }
    }

    /// Latencies may come in any order of time until [`Self::settle`] says otherwise.
    pub(super) fn keep_open(&mut self) {
        self.tracks.iter_mut().flatten().for_each(|track| track.patience = u64::MAX);
    }

    /// Nothing that happened before `now` comes any more.
    pub(super) fn settle(&mut self, now: SimTime) {
        let interval = self.interval_of(now);
        self.tracks.iter_mut().flatten().for_each(|track| track.close_before(interval));
    }

    /// The interval of an instant.
    #[inline]
    pub(super) const fn interval_of(&self, at: SimTime) -> u64 {
        at.nanos() / self.interval_nanos
    }

    pub(super) fn record(&mut self, metric: Metric, country: u16, interval: u64, value: Duration) {
        let track = &mut self.tracks[metric as usize][usize::from(country)];
        track.record(interval, Bucket::of(micros(value)));
    }

    /// A verified session of this cell took so long.
    pub(super) fn verified(&mut self, cell: usize, took: Duration) {
        self.time_to_verify[cell].add(Bucket::of(micros(took)));
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.tracks.iter_mut().zip(other.tracks) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                mine.merge(theirs);
            }
        }
        for (mine, theirs) in self.time_to_verify.iter_mut().zip(other.time_to_verify) {
            mine.merge(theirs);
        }
    }

    /// How many lists it is made of: one per metric, country and interval with any.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.tracks.iter().flatten().map(|track| track.closed.len() + track.open.len()).sum()
    }

    /// The length of an interval.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// One metric's histogram over the whole run and the countries that `keep` keeps.
    #[must_use]
    pub fn total(&self, metric: Metric, keep: impl Fn(usize) -> bool) -> Histogram<u64> {
        let mut total = empty_histogram();
        for (country, track) in self.tracks[metric as usize].iter().enumerate() {
            if keep(country) {
                track.closed.iter().for_each(|(_, counts)| add(&mut total, &counts.pairs()));
                let open = track.open.iter().flatten();
                open.for_each(|bucket| add(&mut total, &[(bucket.lowest(), 1)]));
            }
        }
        total
    }

    /// One metric's histogram over these intervals and the countries that `keep` keeps.
    #[must_use]
    pub fn between(
        &self,
        metric: Metric,
        within: &std::ops::Range<u64>,
        keep: impl Fn(usize) -> bool,
    ) -> Histogram<u64> {
        let mut total = empty_histogram();
        let intervals = self.intervals(metric).filter(|(interval, _)| within.contains(interval));
        for (country, pairs) in intervals.flat_map(|(_, countries)| countries) {
            if keep(country) {
                add(&mut total, &pairs);
            }
        }
        total
    }

    /// The times to verify over the whole run and the cells that `keep` keeps.
    #[must_use]
    pub fn times_to_verify(&self, keep: impl Fn(usize) -> bool) -> Histogram<u64> {
        let mut total = empty_histogram();
        for (cell, tallied) in self.time_to_verify.iter().enumerate() {
            if keep(cell) {
                add(&mut total, &tallied.pairs());
            }
        }
        total
    }

    /// One metric's latencies, interval by interval, for each country with any.
    pub fn intervals(&self, metric: Metric) -> impl Iterator<Item = (u64, IntervalCounts)> {
        let tracks = &self.tracks[metric as usize];
        let mut parts: Vec<(u64, usize, Part<'_>)> = Vec::new();
        for (country, track) in tracks.iter().enumerate() {
            let closed = track.closed.iter();
            parts.extend(closed.map(|(interval, c)| (*interval, country, Part::Closed(c))));
            let open = (track.first..).zip(&track.open).filter(|(_, values)| !values.is_empty());
            parts.extend(open.map(|(interval, values)| (interval, country, Part::Open(values))));
        }
        parts.sort_by_key(|(interval, country, _)| (*interval, *country));
        let mut parts = parts.into_iter().peekable();
        std::iter::from_fn(move || {
            let interval = parts.peek()?.0;
            let mut countries: IntervalCounts = Vec::new();
            while let Some((_, country, part)) = parts.next_if(|part| part.0 == interval) {
                match countries.last_mut() {
                    Some((last, pairs)) if *last == country => pairs.extend(part.pairs()),
                    _ => countries.push((country, part.pairs())),
                }
            }
            Some((interval, countries))
        })
    }
}

/// Adds (value, count) pairs to a histogram.
pub fn add(histogram: &mut Histogram<u64>, counts: &[(u64, u32)]) {
    for (value, count) in counts {
        histogram.record_n(*value, u64::from(*count)).expect("inside the bounds");
    }
}

/// The latencies of one metric and country: the intervals being filled, and the ones before.
#[derive(Clone, Debug, PartialEq)]
struct Track {
    /// How many intervals before the newest are still being filled.
    patience: u64,
    /// The number of the first interval being filled.
    first: u64,
    open: VecDeque<Vec<Bucket>>,
    closed: Vec<(u64, Counts)>,
}

impl Default for Track {
    fn default() -> Self {
        Self { patience: 1, first: 0, open: VecDeque::new(), closed: Vec::new() }
    }
}

impl Track {
    fn record(&mut self, interval: u64, bucket: Bucket) {
        if interval < self.first {
            // Later than anybody was to come: an interval has as many parts as it needs.
            self.closed.push((interval, Counts::of(&mut [bucket])));
            return;
        }
        if self.open.is_empty() {
            self.first = self.first.max(interval.saturating_sub(self.patience));
        }
        let place = interval - self.first;
        if self.open.len() as u64 <= place {
            self.close_before(interval.saturating_sub(self.patience));
            let length = usize::try_from(interval - self.first + 1).expect("it fits into memory");
            self.open.resize_with(length, Vec::new);
        }
        let place = usize::try_from(interval - self.first).expect("among the open ones");
        self.open[place].push(bucket);
    }

    /// Closes every interval before this one.
    fn close_before(&mut self, interval: u64) {
        while self.first < interval && !self.open.is_empty() {
            let mut values = self.open.pop_front().expect("one is open");
            if !values.is_empty() {
                self.closed.push((self.first, Counts::of(&mut values)));
            }
            self.first += 1;
        }
        if self.open.is_empty() {
            self.first = self.first.max(interval);
        }
    }

    fn close(&mut self) {
        self.close_before(self.first + self.open.len() as u64);
    }

    fn merge(&mut self, mut other: Self) {
        self.close();
        other.close();
        self.closed.append(&mut other.closed);
    }
}

/// The values of one interval.
enum Part<'a> {
    Closed(&'a Counts),
    Open(&'a [Bucket]),
}

impl Part<'_> {
    fn pairs(&self) -> Vec<(u64, u32)> {
        match self {
            Self::Closed(counts) => counts.pairs(),
            Self::Open(values) => values.iter().map(|bucket| (bucket.lowest(), 1)).collect(),
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
        let value = |k: u64| (k / 70, Duration::from_micros(k * k + 1));
        for k in 0..1_000 {
            let (at, took) = value(k);
            whole.record(Metric::SendService, 0, at, took);
            let half = if k % 2 == 0 { &mut even } else { &mut odd };
            half.record(Metric::SendService, 0, at, took);
            let (at, took) = value(999 - k);
            backwards.record(Metric::SendService, 0, at, took);
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
