//! Series that tell of the same messages must tell the same, also where the run leaves open how many
//! there are: a sum is that of its countries, and feedback is that of its statuses.
//!
//! **Invariant:** only what nothing else has found is added here.

use super::{
    Minute,
    compare::{Finding, Kind},
    expected::Expected,
    kinds::EQUAL,
    observed::Observed,
    series::{FeedbackMetric, Series, Status},
};
use crate::record::dashboard::Range;
use std::collections::BTreeSet;

/// Adds what contradicts itself.
pub(super) fn find_contradictions(
    expected: &Expected,
    observed: &Observed,
    tolerance: f64,
    findings: &mut Vec<Finding>,
) {
    let Some((first, last)) = expected.span() else { return };
    let found: BTreeSet<(Option<Minute>, &Series)> =
        findings.iter().map(|finding| (finding.at, &finding.series)).collect();
    let (mut more, mut named) = (Vec::new(), BTreeSet::new());
    for parent in expected.series.keys() {
        for parts in parts_of(parent, expected) {
            for at in (first..=last).map(Some).chain([None]) {
                let mut all = std::iter::once(parent).chain(parts.iter().copied());
                if all.any(|series| found.contains(&(at, series))) {
                    continue;
                }
                let value = |series: &Series| value(observed, series, at, (first, last));
                let (told, summed) = (value(parent), parts.iter().map(|part| value(part)).sum());
                let off_by: f64 = told - summed;
                if off_by.abs() <= tolerance * summed + EQUAL || !named.insert((at, parent)) {
                    continue;
                }
                let kind = if off_by < 0.0 { Kind::Missing } else { Kind::Extra };
                let (series, range) = (parent.clone(), Range::exactly(whole(summed)));
                more.push(Finding { series, at, range, observed: told, kind });
            }
        }
    }
    findings.extend(more);
}

/// The ways in which a series is the sum of others.
fn parts_of<'a>(parent: &Series, expected: &'a Expected) -> Vec<Vec<&'a Series>> {
    let of = |is_part: &dyn Fn(&Series) -> bool| {
        let parts = expected.series.keys().filter(|series| is_part(series));
        parts.collect::<Vec<_>>()
    };
    let mut ways = Vec::new();
    if parent.country.is_none() {
        ways.push(of(&|series| {
            series.metric == parent.metric
                && series.status == parent.status
                && series.country.is_some()
        }));
    }
    if parent.metric == FeedbackMetric::With && parent.status.is_none() {
        ways.push(of(&|series| {
            series.metric == parent.metric
                && series.country == parent.country
                && matches!(series.status, Some(Status::Received | Status::Failed))
        }));
    }
    ways.retain(|parts| !parts.is_empty());
    ways
}

fn value(
    observed: &Observed,
    series: &Series,
    at: Option<Minute>,
    (first, last): (Minute, Minute),
) -> f64 {
    let points = observed.points(series);
    match at {
        Some(at) => points.and_then(|points| points.get(&at)).copied().unwrap_or(0.0),
        None => points.map_or(0.0, |points| points.range(first..=last).map(|(_, n)| n).sum()),
    }
}

/// A sum of counts, which is whole.
fn whole(sum: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a sum of counts")]
    let whole = sum.max(0.0).round() as u64;
    whole
}
