//! What a chart over time says to those who cannot see it.

use super::{Lines, Series, Shape};
use crate::report::chart::{Unit, figure::Data};

/// At most this many rows of data.
const ROWS: usize = 48;

/// The peaks and the limits, in sentences.
pub(super) fn description(lines: &Lines) -> String {
    let from = lines.axis.say(0);
    let to = lines.axis.say(lines.intervals());
    let series = lines.series.iter().filter_map(|series| peak(lines, series));
    let limits = lines.limits.iter();
    let limits =
        limits.map(|limit| format!("limit {}: {}", limit.name, lines.unit.say(limit.value)));
    let all: Vec<String> =
        [format!("From {from} to {to} UTC")].into_iter().chain(series).chain(limits).collect();
    all.join("; ")
}

fn peak(lines: &Lines, series: &Series) -> Option<String> {
    let values = series.values.iter().enumerate().filter_map(|(at, value)| Some((at, (*value)?)));
    // Of equal peaks the first.
    let (at, most) = values.rev().max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(format!("{}: highest {} at {}", series.name, lines.unit.say(most), lines.axis.say(at)))
}

/// The series as a table, the highest of each stretch where there are more intervals than rows.
pub(super) fn data(lines: &Lines) -> Data {
    let each = lines.intervals().div_ceil(ROWS).max(1);
    let names = lines.series.iter().map(|series| series.name.clone());
    let row = |first: usize| {
        let cells = lines.series.iter().map(|series| cell(series, first, each, lines.unit));
        [lines.axis.say(first)].into_iter().chain(cells).collect()
    };
    let note = if each == 1 {
        "Times are UTC.".to_owned()
    } else {
        let stretch = Unit::Seconds.say(lines.axis.step.as_secs_f64() * each as f64);
        format!("The highest of each stretch of {stretch}; times are UTC.")
    };
    Data {
        note,
        head: ["From".to_owned()].into_iter().chain(names).collect(),
        rows: (0..lines.intervals()).step_by(each).map(row).collect(),
    }
}

fn cell(series: &Series, first: usize, each: usize, unit: Unit) -> String {
    let stretch = |values: &[Option<f64>]| -> Vec<f64> {
        values.iter().skip(first).take(each).flatten().copied().collect()
    };
    let Some(most) = stretch(&series.values).into_iter().max_by(f64::total_cmp) else {
        return "–".to_owned();
    };
    match &series.shape {
        Shape::Line | Shape::Area => unit.say(most),
        Shape::Band(low) => {
            let least = stretch(low).into_iter().min_by(f64::total_cmp).unwrap_or(most);
            format!("{} to {}", unit.say(least), unit.say(most))
        }
    }
}
