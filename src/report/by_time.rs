//! Figures of a part of a run's time.
//!
//! Here what counts is when something happened: a share of sessions is one of those that ended in the
//! window, a share of messages one of those whose verdict was put in it.

use super::figures::Latency;
use crate::{
    record::{Recorder, cells::Cell, latency::Metric, series::Tally},
    scenario::threshold::{Threshold, Window},
};
use hdrhistogram::Histogram;
use std::{ops::Range, time::Duration};

/// What happened in a part of a run's time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of `summary.json`")]
pub struct Counts {
    pub arrived: u64,
    pub ended: u64,
    pub verified: u64,
    pub attempted: u64,
    pub accepted: u64,
    pub throttled: u64,
    pub rejected: u64,
    pub unknown: u64,
    pub received: u64,
    pub failed: u64,
}

/// A figure and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// `None` if it does not exist.
    pub value: Option<f64>,
    /// Its denominator.
    pub samples: u64,
}

impl Counts {
    fn add(&mut self, tally: &Tally) {
        self.arrived += tally.arrived;
        self.ended += tally.ended;
        self.verified += tally.verified;
        self.attempted += tally.attempted;
        self.accepted += tally.accepted;
        self.throttled += tally.throttled;
        self.rejected += tally.rejected;
        self.unknown += tally.unknown;
        self.received += tally.received;
        self.failed += tally.failed;
    }

    /// What these counts of everything so far have more than earlier ones.
    #[must_use]
    pub const fn between(earlier: &Cell, now: &Cell) -> Self {
        const fn of(cell: &Cell) -> Counts {
            let (sessions, messages) = (&cell.sessions, &cell.messages);
            Counts {
                arrived: sessions.arrived,
                ended: sessions.ended(),
                verified: sessions.verified,
                attempted: messages.attempted,
                accepted: messages.accepted,
                throttled: messages.throttled,
                rejected: messages.rejected,
                unknown: messages.unknown,
                received: messages.received,
                failed: messages.failed,
            }
        }
        let (before, after) = (of(earlier), of(now));
        Self {
            arrived: after.arrived - before.arrived,
            ended: after.ended - before.ended,
            verified: after.verified - before.verified,
            attempted: after.attempted - before.attempted,
            accepted: after.accepted - before.accepted,
            throttled: after.throttled - before.throttled,
            rejected: after.rejected - before.rejected,
            unknown: after.unknown - before.unknown,
            received: after.received - before.received,
            failed: after.failed - before.failed,
        }
    }

    /// The figure with this path of `summary.json`.
    ///
    /// # Panics
    /// If it is not kept by time; thresholds are checked with the scenario.
    #[must_use]
    pub fn figure(&self, path: &str) -> Figure {
        let verdicts = self.received + self.failed;
        let share = |part: u64, whole: u64| Figure {
            value: (whole > 0).then(|| part as f64 / whole as f64),
            samples: whole,
        };
        let count = |n: u64, samples| Figure { value: Some(n as f64), samples };
        match path {
            "sessions.arrived" => count(self.arrived, self.arrived),
            "sessions.verified" => count(self.verified, self.ended),
            "messages.attempted" => count(self.attempted, self.attempted),
            "messages.accepted" => count(self.accepted, self.attempted),
            "messages.throttled" => count(self.throttled, self.attempted),
            "messages.rejected" => count(self.rejected, self.attempted),
            "messages.unknown" => count(self.unknown, self.attempted),
            "messages.received" => count(self.received, verdicts),
            "messages.failed" => count(self.failed, verdicts),
            "conversion.session" => share(self.verified, self.ended),
            "conversion.message" => share(self.received, verdicts),
            "shares.throttled" => share(self.throttled, self.attempted),
            "shares.rejected" => share(self.rejected, self.attempted),
            "shares.unknown" => share(self.unknown, self.attempted),
            other => unreachable!("{other} is not kept by time"),
        }
    }
}

/// The metric and the statistic that `latency_ms.send_response.p99` names.
#[must_use]
pub fn latency_of(path: &str) -> Option<(Metric, &str)> {
    let (name, statistic) = path.strip_prefix("latency_ms.")?.split_once('.')?;
    let metric = Metric::ALL.into_iter().find(|metric| metric.name() == name)?;
    Some((metric, statistic))
}

/// One statistic of latencies in microseconds.
#[must_use]
pub fn statistic(micros: &Histogram<u64>, name: &str) -> Figure {
    let latency = Latency::of(micros);
    let value = match name {
        "count" => Some(latency.count as f64),
        "mean" => latency.mean,
        "p50" => latency.p50,
        "p90" => latency.p90,
        "p95" => latency.p95,
        "p99" => latency.p99,
        "p999" => latency.p999,
        "max" => latency.max,
        other => unreachable!("{other} is no statistic of latencies"),
    };
    Figure { value, samples: latency.count }
}

/// The figure that a threshold with a window names, of one country or of all.
#[must_use]
pub fn figure(recorder: &Recorder, threshold: &Threshold, country: Option<usize>) -> Figure {
    let within = intervals(recorder, threshold.window);
    if let Some((metric, name)) = latency_of(&threshold.metric) {
        let keep = |index| country.is_none_or(|country| country == index);
        return statistic(&recorder.latencies.between(metric, &within, keep), name);
    }
    let mut counts = Counts::default();
    for (number, tallies) in (0..).zip(recorder.series.intervals()) {
        if within.contains(&number) {
            let tallies = tallies.iter().enumerate();
            let kept = tallies.filter(|(index, _)| country.is_none_or(|own| own == *index));
            kept.for_each(|(_, tally)| counts.add(tally));
        }
    }
    counts.figure(&threshold.metric)
}

/// The intervals of a window. Its end is the last arrival's where it says how long it lasts, else the run's.
fn intervals(recorder: &Recorder, window: Window) -> Range<u64> {
    let length = recorder.series.interval().as_nanos().max(1);
    let whole = |span: Duration| u64::try_from(span.as_nanos() / length).unwrap_or(u64::MAX);
    let arriving = |tallies: &[Tally]| tallies.iter().any(|tally| tally.arrived > 0);
    let numbered = (0_u64..).zip(recorder.series.intervals());
    let last_arrival = numbered.filter(|(_, tallies)| arriving(tallies)).last();
    let end = last_arrival.map_or(0, |(number, _)| number + 1);
    let start = window.after.map_or(0, whole);
    match window.last {
        Some(last) => start.max(end.saturating_sub(whole(last)))..end,
        None => start..u64::MAX,
    }
}
