//! One figure of one country, before and after.

use super::{Options, counts::Worse, estimate::Estimate};
use crate::report::text::number::figure;
use serde::{Deserialize, Serialize};

/// What is to be said about a line, or about all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Changed for the worse, surely and by what matters.
    Worse,
    /// Changed for the better, surely and by what matters.
    Better,
    /// Whatever changed is surely smaller than what matters.
    Same,
    /// Neither is sure.
    NotEnoughData,
}

/// What the figures and effects of a line are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Shares from 0 to 1; the effect is a difference.
    Share,
    /// Milliseconds; the effect is a part of the base.
    Milliseconds,
    /// Per second of campaign time; the effect is a part of the base.
    PerSecond,
}

/// One figure of one country, before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What was compared.
    pub metric: String,
    /// The country's code, or `TOTAL`.
    pub country: String,
    /// The figure of the base; `null` without samples.
    pub base: Option<f64>,
    /// The figure of the new side.
    pub new: Option<f64>,
    /// The difference: of shares, else as a part of the base.
    pub effect: Option<f64>,
    /// The interval of the difference, 95 %.
    pub ci95: Option<[f64; 2]>,
    /// The probability of a difference like this in its direction if nothing had changed, adjusted for
    /// the number of lines; `null` where nothing was tested.
    pub p_adjusted: Option<f64>,
    /// What is to be said.
    pub verdict: Verdict,
    /// What the figures are.
    pub unit: Unit,
    /// What each figure rests on, the base's first.
    pub samples: [u64; 2],
    /// Why there is not enough data, where that is not a matter of chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A line before it is judged.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) metric: String,
    pub(super) country: String,
    pub(super) figures: [Option<f64>; 2],
    pub(super) samples: [u64; 2],
    pub(super) unit: Unit,
    pub(super) worse: Worse,
    pub(super) family: Family,
    /// `None` where the figures allow no comparison.
    pub(super) estimate: Option<Estimate>,
    /// Why it must not be tested, or why it could find nothing.
    pub(super) untested: Option<&'static str>,
}

/// Lines that share a part of the promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// The conversion of countries.
    Conversion,
    /// Other shares of countries.
    Shares,
    /// Latencies of countries.
    Latencies,
    /// Shares and the rate of the whole run.
    Total,
    /// Latencies of the whole run.
    TotalLatencies,
}

impl Family {
    /// How much of the promise each has: most belongs to what gates are for. A third is kept in reserve, so
    /// that what is counted stays below what is stated, and not about there.
    pub(super) const SHARES: [f64; 5] = [0.5, 0.03, 0.03, 0.05, 0.06];
}

/// Why a share that nobody could find changed is not tested: no reason to doubt that it is the same.
pub(super) const NOTHING_TO_FIND: &str = "too few events to tell a difference by";

impl Verdict {
    /// The word in `compare.json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Same => "same",
            Self::NotEnoughData => "not_enough_data",
        }
    }

    /// The verdict on all lines: worse if any line is; else better if any line is; the same only if every
    /// line of the whole run is.
    pub(super) fn of(lines: &[Line]) -> Self {
        let any = |verdict| lines.iter().any(|line| line.verdict == verdict);
        let mut whole = lines.iter().filter(|line| line.country == "TOTAL").peekable();
        if any(Self::Worse) {
            Self::Worse
        } else if any(Self::Better) {
            Self::Better
        } else if whole.peek().is_some() && whole.all(|line| line.verdict == Self::Same) {
            Self::Same
        } else {
            Self::NotEnoughData
        }
    }
}

impl Line {
    /// The line of a draft; `p` are the adjusted probabilities of its rise and of its fall.
    pub(super) fn of(draft: Draft, p: Option<[f64; 2]>, paired: bool, options: &Options) -> Self {
        let [base, new] = draft.figures;
        let least = draft.unit.min_effect(options);
        let estimate = draft.estimate;
        let verdict = estimate.map_or(Verdict::NotEnoughData, |estimate| {
            judge(&estimate, draft.worse, least, Proof { p, paired, alpha: options.alpha })
        });
        let in_direction = |[rise, fall]: [f64; 2]| {
            if estimate.is_some_and(|estimate| estimate.effect > 0.0) { rise } else { fall }
        };
        let lacking = verdict == Verdict::NotEnoughData;
        Self {
            metric: draft.metric,
            country: draft.country,
            base,
            new,
            effect: estimate.map(|estimate| estimate.effect),
            ci95: estimate.map(|estimate| estimate.ci95),
            p_adjusted: p.map(in_direction),
            verdict,
            unit: draft.unit,
            samples: draft.samples,
            reason: draft.untested.filter(|_| lacking).map(str::to_owned),
        }
    }

    /// How many times the smallest effect that matters the effect is.
    #[must_use]
    pub fn size(&self, options: &Options) -> f64 {
        self.effect.map_or(0.0, |effect| effect.abs() / self.unit.min_effect(options).max(1e-9))
    }

    /// The line in words.
    #[must_use]
    pub fn told(&self) -> String {
        format!(
            "{} of {}: {} before, {} now, {} ({})",
            self.metric,
            self.country,
            self.figure(self.base),
            self.figure(self.new),
            self.change(),
            self.interval(),
        )
    }

    /// A figure of it, for people.
    #[must_use]
    pub fn figure(&self, value: Option<f64>) -> String {
        value.map_or_else(
            || "-".to_owned(),
            |value| match self.unit {
                Unit::Share => format!("{:.2} %", value * 100.0),
                Unit::Milliseconds => crate::report::text::number::millis(Some(value)),
                Unit::PerSecond => format!("{}/s", figure((value * 1e3).round() / 1e3)),
            },
        )
    }

    /// The effect, for people: points of a share, else percent of the base.
    #[must_use]
    pub fn change(&self) -> String {
        self.effect.map_or_else(|| "-".to_owned(), |effect| self.signed(effect) + self.unit.word())
    }

    /// The interval of the effect, for people.
    #[must_use]
    pub fn interval(&self) -> String {
        self.ci95.map_or_else(
            || "-".to_owned(),
            |[low, high]| format!("{} to {}", self.signed(low), self.signed(high)),
        )
    }

    fn signed(&self, effect: f64) -> String {
        format!("{:+.2}", effect * 100.0)
    }
}

impl Unit {
    /// The smallest effect that matters.
    #[must_use]
    pub const fn min_effect(self, options: &Options) -> f64 {
        match self {
            Self::Share => options.min_effect,
            Self::Milliseconds | Self::PerSecond => options.min_effect_latency,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Share => " points",
            Self::Milliseconds | Self::PerSecond => " %",
        }
    }
}

/// What a change has to be proved by.
struct Proof {
    /// The adjusted probabilities of a rise and of a fall.
    p: Option<[f64; 2]>,
    /// Whether differences are exact.
    paired: bool,
    alpha: f64,
}

fn judge(estimate: &Estimate, worse: Worse, least: f64, proof: Proof) -> Verdict {
    let Estimate { effect, ci95: [low, high], .. } = *estimate;
    let matters = effect.abs() >= least && effect.abs() > 0.0;
    let sure = proof.paired
        || proof
            .p
            .is_some_and(|[rise, fall]| (if effect > 0.0 { rise } else { fall }) <= proof.alpha);
    if matters && sure {
        return if (effect > 0.0) == (worse == Worse::Up) {
            Verdict::Worse
        } else {
            Verdict::Better
        };
    }
    if -least < low && high < least || proof.paired {
        Verdict::Same
    } else {
        Verdict::NotEnoughData
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(effect: f64, half: f64, p: [f64; 2], expected: Verdict) {
        let ci95 = [effect - half, effect + half];
        let estimate = Estimate { effect, ci95, rise: 0.5, fall: 0.5 };
        let proof = Proof { p: Some(p), paired: false, alpha: 0.01 };
        assert_eq!(judge(&estimate, Worse::Down, 0.01, proof), expected);
    }

    #[test]
    fn a_change_must_be_sure_and_matter() {
        check(-0.03, 0.01, [1.0, 0.001], Verdict::Worse);
        check(0.03, 0.01, [0.001, 1.0], Verdict::Better);
        check(-0.03, 0.04, [0.9, 0.2], Verdict::NotEnoughData);
        check(-0.004, 0.002, [1.0, 0.001], Verdict::Same);
        check(0.001, 0.005, [0.4, 0.6], Verdict::Same);
        check(-0.009, 0.005, [1.0, 0.001], Verdict::NotEnoughData);
    }

    #[test]
    fn what_is_exact_needs_no_proof() {
        let judged = |effect| {
            let proof = Proof { p: None, paired: true, alpha: 0.01 };
            judge(&Estimate::exact(effect), Worse::Up, 0.01, proof)
        };
        assert_eq!(judged(0.02), Verdict::Worse);
        assert_eq!(judged(-0.02), Verdict::Better);
        assert_eq!([judged(0.0), judged(0.009)], [Verdict::Same; 2]);
    }
}
