//! Latencies: what each call took, from four instants, kept per interval without loss of rank.
//!
//! A value is kept as the lowest value of its HdrHistogram bucket (three significant digits), so
//! intervals are short lists of (value, count) that merge by being joined.

use super::{dashboard::Evidence, micros};
use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use sms_voice_mock::service::time::SimTime;
use std::{collections::BTreeMap, time::Duration};

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

/// All latencies of a run, by metric, cell and interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Latencies {
    interval: Duration,
    /// `tracks[metric][cell]`.
    tracks: Vec<Vec<Track>>,
}

/// The latencies of one metric and cell: the interval being filled, and the ones before.
#[derive(Clone, Debug, Default, PartialEq)]
struct Track {
    filling: u64,
    values: Vec<u64>,
    closed: Vec<(u64, Counts)>,
}

/// Values and how often each was seen.
type Counts = Box<[(u64, u32)]>;

impl Latencies {
    pub(super) fn new(cells: usize, interval: Duration) -> Self {
        Self { interval, tracks: vec![vec![Track::default(); cells]; Metric::ALL.len()] }
    }

    pub(super) fn record(&mut self, metric: Metric, cell: usize, at: SimTime, value: Duration) {
        let interval = at.since_start().as_nanos() / self.interval.as_nanos();
        let interval = u64::try_from(interval).expect("fewer intervals than nanoseconds");
        self.tracks[metric as usize][cell].record(interval, bucket(micros(value)));
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (mine, theirs) in self.tracks.iter_mut().zip(other.tracks) {
            for (mine, mut theirs) in mine.iter_mut().zip(theirs) {
                theirs.close();
                mine.close();
                mine.closed.append(&mut theirs.closed);
            }
        }
    }

    /// The length of an interval.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// One metric's histogram over the whole run and the cells that `keep` keeps.
    #[must_use]
    pub fn total(&self, metric: Metric, keep: impl Fn(usize) -> bool) -> Histogram<u64> {
        let mut total = empty_histogram();
        for (cell, track) in self.tracks[metric as usize].iter().enumerate() {
            if keep(cell) {
                track.closed.iter().for_each(|(_, counts)| add(&mut total, counts));
                track.values.iter().for_each(|value| add(&mut total, &[(*value, 1)]));
            }
        }
        total
    }

    /// One metric's (value, count) pairs by interval, for the cells that `keep` keeps.
    #[must_use]
    pub fn intervals(
        &self,
        metric: Metric,
        keep: impl Fn(usize) -> bool,
    ) -> BTreeMap<u64, Vec<(u64, u32)>> {
        let mut intervals: BTreeMap<u64, Vec<(u64, u32)>> = BTreeMap::new();
        for (cell, track) in self.tracks[metric as usize].iter().enumerate() {
            if keep(cell) {
                for (interval, counts) in &track.closed {
                    intervals.entry(*interval).or_default().extend(counts);
                }
                for value in &track.values {
                    intervals.entry(track.filling).or_default().push((*value, 1));
                }
            }
        }
        intervals
    }
}

/// Adds (value, count) pairs to a histogram.
pub fn add(histogram: &mut Histogram<u64>, counts: &[(u64, u32)]) {
    for (value, count) in counts {
        histogram
            .record_n((*value).min(LONGEST_MICROS), u64::from(*count))
            .expect("inside the bounds");
    }
}

impl Track {
    fn record(&mut self, interval: u64, value: u64) {
        if interval != self.filling {
            self.close();
            self.filling = interval;
        }
        self.values.push(value);
    }

    fn close(&mut self) {
        if self.values.is_empty() {
            return;
        }
        self.values.sort_unstable();
        let runs = self.values.chunk_by(|a, b| a == b);
        let count = |run: &[u64]| u32::try_from(run.len()).expect("fewer than four billion");
        self.closed.push((self.filling, runs.map(|run| (run[0], count(run))).collect()));
        // An interval of a busy second must not be paid for in every quiet one.
        self.values = Vec::new();
    }
}

/// The lowest value of the bucket that a histogram of three digits puts `value` into.
fn bucket(value: u64) -> u64 {
    let below = (u64::BITS - value.leading_zeros()).saturating_sub(11);
    value >> below << below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_the_histograms_own() {
        let histogram = empty_histogram();
        for value in [1, 2, 2_047, 2_048, 2_049, 4_095, 4_097, 123_456_789, LONGEST_MICROS] {
            assert_eq!(bucket(value), histogram.lowest_equivalent(value), "{value}");
        }
    }

    #[test]
    fn merged_tracks_hold_the_same_as_one_that_saw_everything() {
        let interval = Duration::from_secs(10);
        let (mut whole, mut odd, mut even) =
            (Latencies::new(1, interval), Latencies::new(1, interval), Latencies::new(1, interval));
        for k in 0..1_000_u64 {
            let (at, value) = (SimTime::from_secs(k / 7), Duration::from_micros(k * k + 1));
            whole.record(Metric::SendService, 0, at, value);
            let half = if k % 2 == 0 { &mut even } else { &mut odd };
            half.record(Metric::SendService, 0, at, value);
        }
        even.merge(odd);
        let all = |_| true;
        assert_eq!(even.total(Metric::SendService, all), whole.total(Metric::SendService, all));
        let rank = |latencies: &Latencies| {
            let intervals = latencies.intervals(Metric::SendService, all);
            intervals
                .into_iter()
                .map(|(at, counts)| {
                    let mut histogram = empty_histogram();
                    add(&mut histogram, &counts);
                    (at, histogram)
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(rank(&even), rank(&whole));
    }
}
