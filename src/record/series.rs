//! The course of time: what happened in each interval of campaign time, by country.
//!
//! Only changes are kept, so that shards add up: what is open at the end of an interval is the sum of
//! all changes until then.

use std::{ops::AddAssign, time::Duration};

/// What happened in one interval and country.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of `timeseries.csv`")]
pub struct Tally {
    pub arrived: u64,
    pub attempted: u64,
    pub accepted: u64,
    pub throttled: u64,
    pub received: u64,
    pub failed: u64,
    pub rejected: u64,
    pub unknown: u64,
    /// Sessions that ended.
    pub ended: u64,
    /// Those of them that were verified.
    pub verified: u64,
    /// API calls that left.
    pub calls_started: u64,
    /// API calls that were answered, or given up at the end of the run.
    pub calls_answered: u64,
}

/// The tallies of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    interval: Duration,
    countries: usize,
    /// `tallies[interval × countries + country]`.
    tallies: Vec<Tally>,
}

impl Series {
    pub(super) fn new(countries: usize, interval: Duration) -> Self {
        Self { interval, countries, tallies: Vec::new() }
    }

    #[inline]
    pub(super) fn tally(&mut self, country: u16, interval: u64) -> &mut Tally {
        let interval = usize::try_from(interval).expect("fewer intervals than memory");
        let place = interval * self.countries + usize::from(country);
        if self.tallies.len() <= place {
            self.grow(interval);
        }
        &mut self.tallies[place]
    }

    #[cold]
    fn grow(&mut self, interval: usize) {
        self.tallies.resize((interval + 1) * self.countries, Tally::default());
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.tallies.len() < other.tallies.len() {
            self.tallies.resize(other.tallies.len(), Tally::default());
        }
        for (mine, theirs) in self.tallies.iter_mut().zip(&other.tallies) {
            *mine += *theirs;
        }
    }

    /// The length of an interval.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// The tallies of each interval, one per country.
    pub fn intervals(&self) -> impl Iterator<Item = &[Tally]> {
        self.tallies.chunks(self.countries)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        // Destructured on purpose: a new field must be added here before it compiles.
        let Self {
            arrived,
            attempted,
            accepted,
            throttled,
            received,
            failed,
            rejected,
            unknown,
            ended,
            verified,
            calls_started,
            calls_answered,
        } = other;
        self.arrived += arrived;
        self.attempted += attempted;
        self.accepted += accepted;
        self.throttled += throttled;
        self.received += received;
        self.failed += failed;
        self.rejected += rejected;
        self.unknown += unknown;
        self.ended += ended;
        self.verified += verified;
        self.calls_started += calls_started;
        self.calls_answered += calls_answered;
    }
}
