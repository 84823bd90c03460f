//! The lines of latencies and of the rate.

use super::{
    Options, between,
    counts::{Samples, Worse},
    estimate::{Estimate, Shift},
    fit::Fit,
    line::{Draft, Family, Unit},
    resample::{Sample, ln, variance},
    side::{Run, Scope, Side},
};
use crate::{record::latency::Metric, results::ResultsError};

/// What is compared: our own lateness is no figure of the target's.
const METRICS: [Metric; 5] = [
    Metric::SendResponse,
    Metric::SendService,
    Metric::FeedbackResponse,
    Metric::FeedbackService,
    Metric::TimeToVerify,
];
const QUANTILES: [(&str, f64); 3] = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)];
/// How many samples there must be beyond a quantile, on each side.
const FEWEST_BEYOND: f64 = 50.0;
/// How many blocks of time each side must have.
const FEWEST_BLOCKS: usize = 10;
/// How exactly a histogram knows a value, as a standard deviation of its logarithm.
const RESOLUTION: f64 = 0.000_3;
/// What a live run's calls may differ by for no reason, beside a part of them: a millisecond.
const NOISE_MICROS: f64 = 1_000.0;

const FEW_SAMPLES: &str = "fewer than 50 samples beyond the quantile";
const FEW_BLOCKS: &str =
    "fewer than 10 intervals: play longer, several runs, or with a shorter `interval`";
const INVALID: &str = "the generator was too slow in a run, so its latencies mean nothing";

/// The lines of latencies of one country or of the whole run. Countries have lines only where there is
/// enough data.
pub(super) fn compare(
    base: &Side<'_>,
    new: &Side<'_>,
    scope: Scope<'_>,
    fit: &Fit,
    options: &Options,
) -> Result<Vec<Draft>, ResultsError> {
    let mut drafts = Vec::new();
    if scope == Scope::Total {
        drafts.extend(rate(base, new, fit.paired));
    } else if !may_suffice(base, new, scope, fit) {
        return Ok(drafts);
    }
    for metric in METRICS {
        let samples = [base.sample(metric, scope)?, new.sample(metric, scope)?];
        if samples.iter().any(|sample| sample.count() == 0) {
            continue;
        }
        let pair = Pair { sides: [base, new], samples, metric, scope };
        drafts.extend(pair.lines(fit, options)?);
    }
    Ok(drafts)
}

/// Whether a country can have a line at all: logs of many countries take a while to decode.
fn may_suffice(base: &Side<'_>, new: &Side<'_>, scope: Scope<'_>, fit: &Fit) -> bool {
    let enough = |side: &Side<'_>| side.counts(scope).accepted() as f64 * 0.5 >= FEWEST_BEYOND;
    fit.paired || [base, new].into_iter().all(|side| enough(side) && side.blocks() >= FEWEST_BLOCKS)
}

/// One metric on both sides.
struct Pair<'a> {
    sides: [&'a Side<'a>; 2],
    samples: [Sample; 2],
    metric: Metric,
    scope: Scope<'a>,
}

impl Pair<'_> {
    fn lines(&self, fit: &Fit, options: &Options) -> Result<Vec<Draft>, ResultsError> {
        let untested = QUANTILES.map(|(_, quantile)| self.untested(quantile, fit));
        // Resampling takes most of the time of a comparison.
        let asked = !fit.paired && untested.iter().any(Option::is_none);
        let errors = if asked { Some(self.errors()) } else { None };
        let runs = if asked { self.by_run()? } else { None };
        let lines = QUANTILES.iter().zip(untested).enumerate();
        let lines = lines.filter_map(|(place, ((name, quantile), untested))| {
            let figures = self.samples.each_ref().map(|sample| sample.quantile(*quantile));
            let [before, after] = [figures[0]?, figures[1]?];
            let estimate = if fit.paired {
                Some(Estimate::exact((ln(after) - ln(before)).exp_m1()))
            } else if untested.is_some() {
                None
            } else {
                let inside = errors.as_ref().map(|errors| errors[place]);
                let between = runs.as_ref().map(|runs| runs[place]);
                self.estimate([before, after], inside, between, fit.live, options)
            };
            let shown = self.scope == Scope::Total || estimate.is_some();
            shown.then(|| Draft {
                metric: format!("latency_ms.{}.{name}", self.metric.name()),
                country: self.scope.name().to_owned(),
                figures: figures.map(|micros| micros.map(|micros| micros as f64 / 1e3)),
                samples: self.samples.each_ref().map(Sample::count),
                unit: Unit::Milliseconds,
                worse: Worse::Up,
                family: match self.scope {
                    Scope::Total => Family::TotalLatencies,
                    Scope::Country(_) => Family::Latencies,
                },
                estimate,
                untested,
            })
        });
        Ok(lines.collect())
    }

    /// Why a quantile must not be tested.
    fn untested(&self, quantile: f64, fit: &Fit) -> Option<&'static str> {
        let beyond = quantile.min(1.0 - quantile);
        let few = |sample: &Sample| sample.count() as f64 * beyond < FEWEST_BEYOND;
        if fit.paired {
            None
        } else if fit.invalid && self.metric != Metric::TimeToVerify {
            Some(INVALID)
        } else if self.samples.iter().any(few) {
            Some(FEW_SAMPLES)
        } else if self.sides.iter().any(|side| side.blocks() < FEWEST_BLOCKS) {
            Some(FEW_BLOCKS)
        } else {
            None
        }
    }

    /// The variances of each quantile's logarithm, by the blocks of both sides.
    fn errors(&self) -> Vec<[f64; 2]> {
        let quantiles = QUANTILES.map(|(_, quantile)| quantile);
        let of = |place: usize| {
            let resampled = self.samples[place].resampled(&self.sides[place].draws, &quantiles);
            resampled.iter().map(|logs| variance(logs)).collect::<Vec<_>>()
        };
        let (base, new) = (of(0), of(1));
        base.into_iter().zip(new).map(|(base, new)| [base, new]).collect()
    }

    /// The shift of each quantile by how much runs differ, where there are enough of them.
    fn by_run(&self) -> Result<Option<Vec<Shift>>, ResultsError> {
        let runs = self.sides.iter().map(|side| side.runs.len()).sum::<usize>();
        if runs < 6 {
            return Ok(None);
        }
        let mut samples = [Vec::new(), Vec::new()];
        for (side, samples) in self.sides.iter().zip(&mut samples) {
            for run in &side.runs {
                samples.push(Sample::of(&run.latencies(self.metric, self.scope)?));
            }
        }
        let shift = |quantile: f64| {
            let logs = |samples: &[Sample]| -> Option<Vec<f64>> {
                samples.iter().map(|sample| sample.quantile(quantile).map(ln)).collect()
            };
            between::shift(&logs(&samples[0])?, &logs(&samples[1])?)
        };
        Ok(QUANTILES.iter().map(|(_, quantile)| shift(*quantile)).collect())
    }

    fn estimate(
        &self,
        [before, after]: [u64; 2],
        inside: Option<[f64; 2]>,
        between: Option<Shift>,
        live: bool,
        options: &Options,
    ) -> Option<Estimate> {
        let inside = inside?;
        let noise = |micros: u64, side: &Side<'_>| {
            let own = options.run_noise.powi(2) + (NOISE_MICROS / micros.max(1) as f64).powi(2);
            own / side.runs.len().max(1) as f64
        };
        let measured = live && self.metric != Metric::TimeToVerify;
        let noise = if measured && between.is_none() {
            noise(before, self.sides[0]) + noise(after, self.sides[1])
        } else {
            0.0
        };
        let error = (inside[0] + inside[1] + noise + 2.0 * RESOLUTION.powi(2)).sqrt();
        let blocks: usize = self.sides.iter().map(|side| side.blocks() - 1).sum();
        let shift = Shift { by: ln(after) - ln(before), error, freedom: blocks as f64 };
        // What runs differ by counts, unless chance inside them is more.
        let shift = between.filter(|between| between.error > error).unwrap_or(shift);
        Some(shift.relative())
    }
}

/// Accepted messages per second: by their number, since arrivals come at random.
fn rate(base: &Side<'_>, new: &Side<'_>, paired: bool) -> Option<Draft> {
    let counts = [base, new].map(|side| side.counts(Scope::Total));
    let by_run = |side: &Side<'_>| -> Option<Vec<f64>> {
        side.runs.iter().map(Run::accepted_per_second).collect()
    };
    let (before, after) = (by_run(base)?, by_run(new)?);
    let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len().max(1) as f64;
    let figures = [mean(&before), mean(&after)];
    let by = (figures[1] / figures[0]).ln();
    if !by.is_finite() {
        return None;
    }
    let chance = counts
        .iter()
        .map(|counts| counts.design(Samples::Messages) / counts.accepted().max(1) as f64);
    let error = chance.sum::<f64>().sqrt();
    let logs = |rates: &[f64]| rates.iter().map(|rate| rate.ln()).collect::<Vec<_>>();
    let between = between::shift(&logs(&before), &logs(&after));
    let alone = Shift { by, error, freedom: 1e6 };
    let shift = between.filter(|between| between.error > error).unwrap_or(alone);
    let estimate = if paired { Estimate::exact(by.exp_m1()) } else { shift.relative() };
    Some(Draft {
        metric: "rate.accepted".to_owned(),
        country: Scope::Total.name().to_owned(),
        figures: figures.map(Some),
        samples: counts.map(|counts| counts.accepted()),
        unit: Unit::PerSecond,
        worse: Worse::Down,
        family: Family::Total,
        estimate: Some(estimate),
        untested: None,
    })
}
