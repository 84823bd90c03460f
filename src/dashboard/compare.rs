//! The judgement: what is, against what must be, for every series in sum and by the minute.
//!
//! Points after the run's last minute are not judged, because whatever came later is somebody else's;
//! they only explain what is missing before. What the run leaves open, for instance whether a message
//! without an answer was sent, the series must still tell alike.
//!
//! **Invariant:** without a tolerance no deviation passes, however small.

use super::{Minute, consistency, expected::Expected, kinds, observed::Observed, series::Series};
use crate::record::dashboard::Range;
use std::collections::BTreeSet;

/// What a deviation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Less than there must be, and nowhere else.
    Missing,
    /// More than there can be: other traffic in the account.
    Extra,
    /// It is there, but in a later period than it must be, or it came while we waited.
    Late,
    /// It is there, but under another status, in another country or too early.
    Wrong,
}

/// One sum or one period that is not what it must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Of which series.
    pub series: Series,
    /// In which minute; `None` for the sum of the run.
    pub at: Option<Minute>,
    /// What it must be.
    pub range: Range,
    /// What it is.
    pub observed: f64,
    /// What that means.
    pub kind: Kind,
}

/// The sum of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Total {
    /// Of which series.
    pub series: Series,
    /// What it must be.
    pub range: Range,
    /// What it is.
    pub observed: f64,
    /// What is not right about the sum, if anything is.
    pub kind: Option<Kind>,
}

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// The sum of every series.
    pub totals: Vec<Total>,
    /// Every sum and every period that deviates, sums first.
    pub findings: Vec<Finding>,
    /// How many periods were compared.
    pub periods: usize,
    /// How many of them leave nothing open.
    pub exact: usize,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Missing, Self::Extra, Self::Late, Self::Wrong];

    /// The word in every report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Extra => "extra",
            Self::Late => "late",
            Self::Wrong => "wrong",
        }
    }
}

impl Finding {
    /// How far it is off: below zero if too little.
    #[must_use]
    pub fn off_by(&self) -> f64 {
        deviation(self.range, self.observed, 0.0)
    }
}

impl Judgement {
    /// Whether everything is as it must be.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.findings.is_empty()
    }

    /// How many findings are of this kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.findings.iter().filter(|finding| finding.kind == kind).count()
    }
}

/// The sum of points; of none, plain zero (`Iterator::sum` would make it negative).
fn sum<'a>(points: impl Iterator<Item = (&'a Minute, &'a f64)>) -> f64 {
    points.fold(0.0, |sum, (_, value)| sum + value)
}

/// Compares. `tolerance` is the share of a value by which it may be off.
#[must_use]
pub fn compare(expected: &Expected, observed: &Observed, tolerance: f64) -> Judgement {
    let mut judgement = Judgement::default();
    let Some((first, last)) = expected.span() else { return judgement };
    (judgement.periods, judgement.exact) = expected.periods();
    let mut findings = Vec::new();
    for (series, course) in &expected.series {
        let none = std::collections::BTreeMap::new();
        let points = observed.points(series).unwrap_or(&none);
        let within = sum(points.range(first..=last));
        let after = sum(points.range(last.saturating_add(1)..));
        let minutes: BTreeSet<_> =
            course.points.keys().chain(points.range(first..=last).map(|(at, _)| at)).collect();
        let mut periods = Vec::new();
        for at in minutes {
            let range = course.points.get(at).copied().unwrap_or_default();
            let value = points.get(at).copied().unwrap_or(0.0);
            if deviation(range, value, tolerance) != 0.0 {
                periods.push((*at, range, value));
            }
        }
        let is_off = deviation(course.total, within, tolerance) != 0.0;
        let (total, kinds) = kinds::of_series(course.total, within, after, is_off, &periods);
        let finding = |at, range, value, kind| Finding {
            series: series.clone(),
            at,
            range,
            observed: value,
            kind,
        };
        findings.extend(total.map(|kind| finding(None, course.total, within, kind)));
        for ((at, range, value), kind) in periods.into_iter().zip(kinds) {
            findings.push(finding(Some(at), range, value, kind));
        }
        judgement.totals.push(Total {
            series: series.clone(),
            range: course.total,
            observed: within,
            kind: None,
        });
    }
    kinds::find_swaps(&mut findings);
    consistency::find_contradictions(expected, observed, tolerance, &mut findings);
    for total in &mut judgement.totals {
        let mut own =
            findings.iter().filter(|found| found.at.is_none() && found.series == total.series);
        total.kind = own.next().map(|finding| finding.kind);
    }
    findings.sort_by(|a, b| (a.at, &a.series).cmp(&(b.at, &b.series)));
    judgement.findings = findings;
    judgement
}

/// How far a value is outside of its range: below zero if too little. Counts below 2⁵³ are exact.
#[expect(clippy::cast_precision_loss, reason = "nobody sends 2⁵³ messages")]
pub(super) fn deviation(range: Range, value: f64, tolerance: f64) -> f64 {
    let lowest = range.lowest as f64 * (1.0 - tolerance);
    let highest = range.highest as f64 * (1.0 + tolerance);
    if value < lowest {
        value - range.lowest as f64
    } else if highest < value {
        value - range.highest as f64
    } else if value.is_nan() {
        f64::NEG_INFINITY
    } else {
        0.0
    }
}
