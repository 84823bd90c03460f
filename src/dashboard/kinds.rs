//! What deviations mean: within a series from their order, between series from what balances.
//!
//! **Invariant:** a finding is never dropped here, only named.

use super::{
    Minute,
    compare::{Finding, Kind, deviation},
    series::Series,
};
use crate::record::dashboard::Range;

/// Closer than this, two deviations are equal: sums of counts are whole.
pub(super) const EQUAL: f64 = 1e-6;

/// A period that deviates: when, what it must be, what it is.
type Period = (Minute, Range, f64);

/// Names the deviations of one series: of its sum, if that is off, and of each period.
pub(super) fn of_series(
    total: Range,
    within: f64,
    after: f64,
    is_off: bool,
    periods: &[Period],
) -> (Option<Kind>, Vec<Kind>) {
    let off_by = deviation(total, within, 0.0);
    // What is missing came after the run's last minute, all of it and nothing else.
    let came_later = off_by < 0.0 && after > 0.0 && deviation(total, within + after, 0.0) == 0.0;
    let kind = match (is_off, off_by < 0.0) {
        (false, _) => None,
        (true, true) if came_later => Some(Kind::Late),
        (true, true) => Some(Kind::Missing),
        (true, false) => Some(Kind::Extra),
    };
    let balanced = kind.is_none() && deviation(total, within, 0.0) == 0.0;
    let mut kinds = Vec::with_capacity(periods.len());
    // What earlier periods lack: the periods, and how much of it has not turned up yet.
    let mut owed: Vec<(usize, f64)> = Vec::new();
    for (place, (_, range, value)) in periods.iter().enumerate() {
        let off_by = deviation(*range, *value, 0.0);
        if off_by < 0.0 {
            owed.push((place, -off_by));
            kinds.push(if came_later { Kind::Late } else { Kind::Missing });
            continue;
        }
        let mut surplus = off_by;
        for (lacking, amount) in &mut owed {
            let moved = surplus.min(*amount);
            *amount -= moved;
            surplus -= moved;
            if moved > 0.0 && *amount < EQUAL {
                kinds[*lacking] = Kind::Late;
            }
        }
        kinds.push(match (surplus < EQUAL, balanced) {
            (true, _) => Kind::Late,
            (false, true) => Kind::Wrong,
            (false, false) => Kind::Extra,
        });
    }
    if balanced {
        // The sum is right, so what is still owed came too early.
        for kind in kinds.iter_mut().filter(|kind| **kind == Kind::Missing) {
            *kind = Kind::Wrong;
        }
    }
    (kind, kinds)
}

/// A count that is too low in one series and as much too high in its sisters, while the series that
/// takes them together is right, is in the wrong one: a status or a country swapped.
pub(super) fn find_swaps(findings: &mut [Finding]) {
    let parents_of: [fn(&Series) -> Option<Series>; 2] = [
        |series| series.status.map(|_| Series { status: None, ..series.clone() }),
        |series| series.country.as_ref().map(|_| Series { country: None, ..series.clone() }),
    ];
    let mut wrong = Vec::new();
    for parent_of in parents_of {
        for (place, finding) in findings.iter().enumerate() {
            let Some(parent) = parent_of(&finding.series) else { continue };
            let at = finding.at;
            if findings.iter().any(|other| other.at == at && other.series == parent) {
                continue;
            }
            let sisters = findings.iter().filter(|other| {
                other.at == at && parent_of(&other.series).as_ref() == Some(&parent)
            });
            let (count, sum) =
                sisters.fold((0, 0.0), |(count, sum), sister| (count + 1, sum + sister.off_by()));
            if count > 1 && sum.abs() < EQUAL {
                wrong.push(place);
            }
        }
    }
    wrong.into_iter().for_each(|place| findings[place].kind = Kind::Wrong);
}
