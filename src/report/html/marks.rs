//! What charts over time mark: the scenario's stages, its events, and the faults it asked for.

use crate::{
    report::chart::Mark,
    results::Results,
    scenario::{
        arrivals::mark::Mark as Event,
        file::{ScenarioFile, StageShape},
    },
};
use sms_voice_mock::config::faults::FaultShape;

/// More would hide what they explain.
const MOST: usize = 16;

pub(super) fn of(results: &Results) -> Vec<Mark> {
    let shape = results.shape.as_ref();
    let stages = shape.map_or_else(Vec::new, stages);
    let faults = shape.map_or_else(Vec::new, |shape| faults(&shape.service.faults));
    let events = results
        .scenario
        .as_ref()
        .map_or_else(Vec::new, |scenario| events(scenario.arrivals.events()));
    let mut marks: Vec<Mark> = [stages, events, faults].concat();
    marks.sort_by(|a, b| a.from.total_cmp(&b.from));
    let more = marks.len().saturating_sub(MOST);
    marks.truncate(MOST);
    if let Some(last) = marks.last_mut().filter(|_| more > 0) {
        last.name = format!("{}, and {more} more that scenario.toml names", last.name);
    }
    marks
}

/// One stage alone is the whole campaign.
fn stages(shape: &ScenarioFile) -> Vec<Mark> {
    let stages = shape.arrivals.stages.as_deref().unwrap_or_default();
    let mut from = 0.0;
    let mark = |(nth, stage): (usize, &StageShape)| {
        let (what, length) = said(stage);
        let mark = Mark { name: format!("Stage {}: {what}", nth + 1), from, to: None };
        from += length;
        mark
    };
    let marks: Vec<Mark> = stages.iter().enumerate().map(mark).collect();
    if marks.len() > 1 { marks } else { Vec::new() }
}

/// A stage in words, and its length in seconds.
fn said(stage: &StageShape) -> (String, f64) {
    match stage {
        StageShape::Constant { rate, duration } => {
            (format!("{rate} sessions/s"), duration.0.as_secs_f64())
        }
        StageShape::Ramp { from, to, duration } => {
            (format!("from {from} to {to} sessions/s"), duration.0.as_secs_f64())
        }
        StageShape::Step { from, to, steps, duration } => {
            (format!("from {from} to {to} sessions/s in {steps} steps"), duration.0.as_secs_f64())
        }
        StageShape::Spike { base, peak, duration, .. } => (
            format!("{base} sessions/s with a spike of {peak} in its middle"),
            duration.0.as_secs_f64(),
        ),
    }
}

/// An event that comes by each country's own clock is one mark, at its first time.
fn events(events: &[Event]) -> Vec<Mark> {
    let mut marks: Vec<(Mark, usize)> = Vec::new();
    for event in events {
        let name = format!("{} ({})", event.name, event.kind.name());
        match marks.iter_mut().find(|(earlier, _)| earlier.name == name) {
            Some((_, times)) => *times += 1,
            None => {
                let to = Some(event.until.secs_f64());
                marks.push((Mark { name, from: event.from.secs_f64(), to }, 1));
            }
        }
    }
    let named = |(mark, times): (Mark, usize)| match times {
        1 => mark,
        _ => Mark { name: format!("{}, {times} local times, the first", mark.name), ..mark },
    };
    marks.into_iter().map(named).collect()
}

fn faults(faults: &[FaultShape]) -> Vec<Mark> {
    let mark = |fault: &FaultShape| {
        let kind = serde_json::to_value(fault.kind).ok();
        let kind = kind.as_ref().and_then(|kind| kind.as_str()).unwrap_or("fault");
        let place: Vec<&str> =
            [fault.operation.as_deref(), fault.country.as_deref()].into_iter().flatten().collect();
        let place =
            if place.is_empty() { String::new() } else { format!(" of {}", place.join(", ")) };
        Mark {
            name: format!("Fault: {}{place}", kind.replace('_', " ")),
            from: fault.from_s.unwrap_or(0.0),
            to: fault.until_s,
        }
    };
    faults.iter().map(mark).collect()
}
