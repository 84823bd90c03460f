//! `latency/*.hlog` read back.
//!
//! Intervals stay as they stand in the file, and are decoded when somebody asks: a day of sixty countries has
//! half a million of them.
//!
//! **Invariant:** what concerns the whole series was decoded once before anybody gets it.

use super::{ResultsError, encoded::Decoder};
use crate::record::latency::{Bucket, BucketCounts, Metric, empty_histogram};
use hdrhistogram::{
    Histogram,
    serialization::interval_log::{
        IntervalLogHistogram, IntervalLogIterator, LogEntry, LogIteratorError,
    },
};
use std::time::Duration;

/// How much of the logs is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// All countries together, which is what pages show.
    Whole,
    /// Each country, too.
    Countries,
}

/// One metric's latencies.
#[derive(Clone, Debug, PartialEq)]
pub struct Log {
    file: &'static str,
    /// When the run began, since 1970-01-01T00:00:00Z.
    pub start: Duration,
    total: Histogram<u64>,
    whole: Vec<Part>,
    countries: Vec<(String, Part)>,
}

/// One interval's latencies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// When it began, since the start of the run.
    pub from: Duration,
    /// How long it was.
    pub length: Duration,
    /// Microseconds in rising order, and how often each was seen. A value stands for all that the
    /// histogram cannot tell from it.
    pub counts: Vec<(u64, u64)>,
}

/// An interval as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    line: u64,
    from: Duration,
    length: Duration,
    encoded: Box<str>,
}

/// Where a metric's log lies in a run's folder.
#[must_use]
pub const fn file(metric: Metric) -> &'static str {
    match metric {
        Metric::SendResponse => "latency/send_response.hlog",
        Metric::SendService => "latency/send_service.hlog",
        Metric::FeedbackResponse => "latency/feedback_response.hlog",
        Metric::FeedbackService => "latency/feedback_service.hlog",
        Metric::ScheduleLag => "latency/schedule_lag.hlog",
        Metric::TimeToVerify => "latency/time_to_verify.hlog",
    }
}

impl Log {
    pub(super) fn read(
        file: &'static str,
        text: &str,
        detail: Detail,
    ) -> Result<Self, ResultsError> {
        let mut log = Self {
            file,
            start: Duration::ZERO,
            total: empty_histogram(),
            whole: Vec::new(),
            countries: Vec::new(),
        };
        let (mut decoder, mut lines) = (Decoder::default(), Lines::of(text));
        let mut total = BucketCounts::default();
        for entry in IntervalLogIterator::new(text.as_bytes()) {
            match entry {
                Ok(LogEntry::StartTime(start)) => log.start = start,
                Ok(LogEntry::BaseTime(_)) => {}
                Ok(LogEntry::Interval(interval)) => {
                    let mut part = || Part::of(&interval, lines.line(interval.encoded_histogram()));
                    match interval.tag() {
                        None => {
                            let part = part();
                            add(&mut total, &part.decode(file, &mut decoder)?);
                            log.whole.push(part);
                        }
                        Some(tag) if detail == Detail::Countries => {
                            log.countries.push((tag.as_str().to_owned(), part()));
                        }
                        Some(_) => {}
                    }
                }
                Err(LogIteratorError::ParseError { offset }) => {
                    let line = text[..offset].lines().count() as u64 + 1;
                    let expected =
                        "must be an interval of a histogram log: the file was cut or changed";
                    return Err(ResultsError::content(file, line, expected));
                }
            }
        }
        log.total = total.take_histogram();
        Ok(log)
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.whole.is_empty()
    }

    /// All countries together, interval by interval; intervals without a sample are left out.
    pub fn whole(&self) -> impl Iterator<Item = Stretch> {
        let mut decoder = Decoder::default();
        let decoded = move |part: &Part| part.decode(self.file, &mut decoder);
        self.whole.iter().map(decoded).map(|stretch| stretch.expect("it was decoded before"))
    }

    /// The countries that have samples, sorted; none unless they were read.
    #[must_use]
    pub fn countries(&self) -> Vec<&str> {
        let mut countries: Vec<&str> = self.countries.iter().map(|(code, _)| &**code).collect();
        countries.sort_unstable();
        countries.dedup();
        countries
    }

    /// One country, interval by interval; intervals without a sample are left out.
    pub fn country(&self, code: &str) -> Result<Vec<Stretch>, ResultsError> {
        let mut decoder = Decoder::default();
        let parts = self.countries.iter().filter(|(country, _)| country == code);
        parts.map(|(_, part)| part.decode(self.file, &mut decoder)).collect()
    }

    /// One country's intervals in one histogram of microseconds.
    pub fn country_total(&self, code: &str) -> Result<Histogram<u64>, ResultsError> {
        let mut total = BucketCounts::default();
        self.country(code)?.iter().for_each(|stretch| add(&mut total, stretch));
        Ok(total.take_histogram())
    }

    /// All countries and intervals in one histogram of microseconds.
    #[must_use]
    pub const fn total(&self) -> &Histogram<u64> {
        &self.total
    }
}

/// Adds up; longer ones count as the longest, as when they were recorded.
fn add(total: &mut BucketCounts, stretch: &Stretch) {
    stretch.counts.iter().for_each(|(value, count)| total.add(Bucket::of(*value), *count));
}

impl Part {
    fn of(interval: &IntervalLogHistogram<'_>, line: u64) -> Self {
        Self {
            line,
            from: interval.start_timestamp(),
            length: interval.duration(),
            encoded: interval.encoded_histogram().into(),
        }
    }

    fn decode(&self, file: &'static str, decoder: &mut Decoder) -> Result<Stretch, ResultsError> {
        let counts = decoder.decode(&self.encoded).map_err(|what| {
            let message = format!("must end with a histogram in base64: {what}");
            ResultsError::content(file, self.line, message)
        })?;
        Ok(Stretch { from: self.from, length: self.length, counts })
    }
}

/// Counts lines along the way: the reader of the log tells none.
struct Lines<'a> {
    rest: &'a str,
    line: u64,
}

impl<'a> Lines<'a> {
    const fn of(text: &'a str) -> Self {
        Self { rest: text, line: 0 }
    }

    /// The number of the line that ends with this part of the text; later parts come later.
    fn line(&mut self, end: &str) -> u64 {
        while let Some((line, rest)) = self.rest.split_once('\n') {
            self.rest = rest;
            self.line += 1;
            if std::ptr::eq(line.as_bytes().as_ptr_range().end, end.as_bytes().as_ptr_range().end) {
                break;
            }
        }
        self.line
    }
}
