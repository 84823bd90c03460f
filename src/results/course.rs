//! `timeseries.csv` read back.

use super::ResultsError;
use serde::Deserialize;
use std::{ops::AddAssign, time::Duration};

/// What happened in each interval, by country.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// The length of an interval; zero if there was but one, which does not tell.
    pub step: Duration,
    /// The countries, as they stand in the file.
    pub countries: Vec<String>,
    /// Interval by interval, each with its countries in this order.
    ticks: Vec<Tick>,
}

/// What happened in one country in one interval; what is open or in flight is so at its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the columns are explained in `reports/README.md`")]
pub struct Tick {
    pub arrived: u64,
    pub attempted: u64,
    pub accepted: u64,
    pub throttled: u64,
    pub received: u64,
    pub failed: u64,
    pub open_sessions: u64,
    pub calls_in_flight: u64,
}

/// A row as it stands in the file.
#[derive(Deserialize)]
struct Line<'a> {
    t_s: f64,
    country: &'a str,
    arrived: u64,
    attempted: u64,
    accepted: u64,
    throttled: u64,
    received: u64,
    failed: u64,
    open_sessions: u64,
    calls_in_flight: u64,
}

impl Course {
    pub(super) fn read(file: &'static str, text: &str) -> Result<Self, ResultsError> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let failed = |error: csv::Error| ResultsError::csv(file, &error);
        let head = reader.headers().map_err(failed)?.clone();
        let (mut course, mut record, mut last) =
            (Self::default(), csv::StringRecord::new(), (0, 0.0));
        while reader.read_record(&mut record).map_err(failed)? {
            let line: Line<'_> = record.deserialize(Some(&head)).map_err(failed)?;
            let number = record.position().map_or(0, csv::Position::line);
            last = (number, line.t_s);
            course.push(&line).map_err(|what| ResultsError::content(file, number, what))?;
        }
        if course.countries.is_empty() || course.ticks.len().is_multiple_of(course.countries.len())
        {
            return Ok(course);
        }
        let (number, t_s) = last;
        let cut = format!("must be followed by the other countries at {t_s} s: the file was cut");
        Err(ResultsError::content(file, number, cut))
    }

    fn push(&mut self, line: &Line<'_>) -> Result<(), String> {
        let place = self.ticks.len();
        if line.t_s <= 0.0 {
            self.countries.push(line.country.to_owned());
        } else if place == self.countries.len() {
            self.step = Duration::try_from_secs_f64(line.t_s)
                .map_err(|_| "t_s must be a time".to_owned())?;
        }
        let expected = self.countries.get(place % self.countries.len().max(1));
        match expected {
            Some(expected) if expected == line.country => {}
            Some(expected) => return Err(format!("must be the row of {expected}")),
            None => return Err("must be at 0 s".to_owned()),
        }
        self.ticks.push(Tick::from(line));
        Ok(())
    }

    /// The intervals in the order of time, each with a tick for each country.
    pub fn intervals(&self) -> impl ExactSizeIterator<Item = &[Tick]> {
        self.ticks.chunks(self.countries.len().max(1))
    }

    /// All countries together, interval by interval.
    #[must_use]
    pub fn whole(&self) -> Vec<Tick> {
        let sum = |ticks: &[Tick]| {
            let mut sum = Tick::default();
            ticks.iter().for_each(|tick| sum += *tick);
            sum
        };
        self.intervals().map(sum).collect()
    }

    /// One country, interval by interval; nothing if it is not among them.
    #[must_use]
    pub fn country(&self, code: &str) -> Vec<Tick> {
        let place = self.countries.iter().position(|country| country == code);
        place.map_or_else(Vec::new, |place| self.intervals().map(|ticks| ticks[place]).collect())
    }
}

impl From<&Line<'_>> for Tick {
    fn from(line: &Line<'_>) -> Self {
        let Line { arrived, attempted, accepted, throttled, received, failed, .. } = *line;
        let Line { open_sessions, calls_in_flight, .. } = *line;
        Self {
            arrived,
            attempted,
            accepted,
            throttled,
            received,
            failed,
            open_sessions,
            calls_in_flight,
        }
    }
}

impl AddAssign for Tick {
    fn add_assign(&mut self, other: Self) {
        self.arrived += other.arrived;
        self.attempted += other.attempted;
        self.accepted += other.accepted;
        self.throttled += other.throttled;
        self.received += other.received;
        self.failed += other.failed;
        self.open_sessions += other.open_sessions;
        self.calls_in_flight += other.calls_in_flight;
    }
}
