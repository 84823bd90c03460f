//! One side of a comparison: a run, or several that count as one.

use super::{
    clusters,
    counts::Counts,
    resample::{Draws, Sample},
};
use crate::{
    record::latency::Metric,
    results::{Results, ResultsError, Stretch, Tick},
};

/// The most blocks that a side's time is cut into: enough for the error of a quantile, and few enough that each
/// is longer than what slows neighbouring calls together.
const MOST_BLOCKS: usize = 48;

/// A run and what it is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Played {
    /// Where it was found.
    pub name: String,
    /// What it left behind.
    pub results: Results,
}

/// The part of a run that a line speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// All of it.
    Total,
    /// A country, by its code.
    Country(&'a str),
}

/// The runs of one side.
#[derive(Clone, Debug)]
pub struct Side<'a> {
    /// The runs.
    pub runs: Vec<Run<'a>>,
    /// Which blocks are drawn.
    pub draws: Draws,
}

/// One run, with its time cut into blocks.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// What it left behind.
    pub results: &'a Results,
    /// How many of its intervals make a block.
    each: usize,
    /// How many blocks there are.
    blocks: usize,
}

impl Scope<'_> {
    /// As lines name it.
    #[must_use]
    pub const fn name(&self) -> &str {
        match self {
            Self::Total => "TOTAL",
            Self::Country(code) => code,
        }
    }
}

impl<'a> Side<'a> {
    /// The side of these runs; `number` tells the sides apart.
    #[must_use]
    pub fn of(runs: &'a [Played], number: u32) -> Self {
        let most = (MOST_BLOCKS / runs.len().max(1)).max(1);
        let runs: Vec<_> = runs.iter().map(|run| Run::of(&run.results, most)).collect();
        let blocks = runs.iter().map(|run| run.blocks).sum();
        Self { runs, draws: Draws::of(blocks, number) }
    }

    /// How many blocks of time there are.
    #[must_use]
    pub fn blocks(&self) -> usize {
        self.runs.iter().map(|run| run.blocks).sum()
    }

    /// The counts of all runs together.
    #[must_use]
    pub fn counts(&self, scope: Scope<'_>) -> Counts {
        let mut sum = Counts::default();
        self.runs.iter().for_each(|run| sum += run.counts(scope));
        sum
    }

    /// How much throttles in bursts add to the variance of a share of sessions: in the worst case each costs
    /// a session.
    #[must_use]
    pub fn burst_variance(&self, scope: Scope<'_>) -> f64 {
        let lost = |tick: &Tick| (tick.throttled.min(tick.arrived) as f64, tick.arrived as f64);
        clusters::variance_of_ratio(&self.over_blocks(scope, lost))
    }

    /// The variance of the share of sends that were throttled.
    #[must_use]
    pub fn throttle_variance(&self, scope: Scope<'_>) -> f64 {
        let throttled = |tick: &Tick| (tick.throttled as f64, tick.attempted as f64);
        clusters::variance_of_ratio(&self.over_blocks(scope, throttled))
    }

    fn over_blocks(&self, scope: Scope<'_>, of: impl Fn(&Tick) -> (f64, f64)) -> Vec<(f64, f64)> {
        self.runs.iter().flat_map(|run| run.over_blocks(scope, &of)).collect()
    }

    /// One metric's latencies of all runs, block by block.
    pub fn sample(&self, metric: Metric, scope: Scope<'_>) -> Result<Sample, ResultsError> {
        let mut blocks = Vec::new();
        for run in &self.runs {
            blocks.extend(run.latencies(metric, scope)?);
        }
        Ok(Sample::of(&blocks))
    }
}

impl<'a> Run<'a> {
    fn of(results: &'a Results, most: usize) -> Self {
        let intervals = results.course.intervals().len().max(1);
        let each = intervals.div_ceil(most);
        Self { results, each, blocks: intervals.div_ceil(each) }
    }

    /// Its counts.
    #[must_use]
    pub fn counts(&self, scope: Scope<'_>) -> Counts {
        match scope {
            Scope::Total => {
                Counts::of(&self.results.conversion.total, Some(&self.results.summary.sessions))
            }
            Scope::Country(code) => {
                self.results.country(code).map_or_else(Counts::default, |row| Counts::of(row, None))
            }
        }
    }

    /// One metric's (value, count) pairs, block by block.
    pub fn latencies(
        &self,
        metric: Metric,
        scope: Scope<'_>,
    ) -> Result<Vec<Vec<(u64, u64)>>, ResultsError> {
        let mut blocks = vec![Vec::new(); self.blocks];
        let Some(log) = self.results.latency(metric) else { return Ok(blocks) };
        let add = |stretch: Stretch| blocks[self.block_of(&stretch)].extend(stretch.counts);
        match scope {
            Scope::Total => log.whole().for_each(add),
            Scope::Country(code) => log.country(code)?.into_iter().for_each(add),
        }
        Ok(blocks)
    }

    fn block_of(&self, stretch: &Stretch) -> usize {
        let length = stretch.length.as_secs_f64();
        let interval = if length > 0.0 { stretch.from.as_secs_f64() / length } else { 0.0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the number of an interval"
        )]
        let interval = interval.round() as usize;
        (interval / self.each).min(self.blocks - 1)
    }

    fn over_blocks(&self, scope: Scope<'_>, of: impl Fn(&Tick) -> (f64, f64)) -> Vec<(f64, f64)> {
        let ticks = match scope {
            Scope::Total => self.results.course.whole(),
            Scope::Country(code) => self.results.course.country(code),
        };
        let sum = |ticks: &[Tick]| {
            let mut sum = Tick::default();
            ticks.iter().for_each(|tick| sum += *tick);
            of(&sum)
        };
        ticks.chunks(self.each).map(sum).collect()
    }

    /// Accepted sends per second while sessions arrived; `None` where that cannot be told.
    #[must_use]
    pub fn accepted_per_second(&self) -> Option<f64> {
        let course = &self.results.course;
        let last = course.whole().iter().rposition(|tick| tick.arrived > 0)? + 1;
        let span = course.step.as_secs_f64() * last as f64;
        (span > 0.0).then(|| self.results.summary.messages.accepted as f64 / span)
    }
}
