//! The course of the campaign in charts: demand against limits, queues, conversion, spend.

use super::{instant, minutes};
use crate::{
    plan::findings::{Minute, Plan},
    report::{
        chart::{self, Axis, Caption, Lines, Mark, Series, Shape, Unit},
        page::Section,
        text::number,
    },
};
use std::time::Duration;

/// Into at most so many stretches the course of conversion is put: with fewer users in each, chance would
/// draw the line.
const STRETCHES: usize = 170;
/// How many minutes a stretch may have.
const MINUTES: [usize; 11] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720];

pub(super) fn demand(plan: &Plan) -> Option<Section> {
    let send = lines(
        plan,
        "sends",
        "SendTextMessage",
        Unit::PerSecond,
        &[
            ("wanted, busiest second of each minute", Shape::Area, |minute| {
                Some(minute.send_demand_peak as f64)
            }),
            ("accepted, mean of each minute", Shape::Line, |minute| {
                Some(minute.accepted as f64 / 60.0)
            }),
        ],
    );
    let put = lines(
        plan,
        "puts",
        "PutMessageFeedback",
        Unit::PerSecond,
        &[
            ("wanted, busiest second of each minute", Shape::Area, |minute| {
                Some(minute.put_demand_peak as f64)
            }),
            ("sent, the throttled ones included, mean of each minute", Shape::Line, |minute| {
                Some(minute.puts as f64 / 60.0)
            }),
        ],
    );
    let peaks = [plan.total.send_demand, plan.total.put_demand];
    let says = peaks.map(|rate| match rate.peak_at_s {
        Some(at) => format!(
            "Wanted: {}/s in the busiest second ({}), {}/s in 99 of 100 seconds or less.",
            number::count(rate.peak),
            instant(plan, at),
            number::count(rate.p99)
        ),
        None => "Nobody calls it.".to_owned(),
    });
    let [send_says, put_says] = says;
    let send = with(send, send_says, limits(plan, &["SendTextMessage", "parts_per_second"]));
    let put = with(put, put_says, limits(plan, &["PutMessageFeedback"]));
    section(plan, "demand", "Demand against limits", &[send, put])
}

pub(super) fn queue(plan: &Plan) -> Option<Section> {
    let waiting = lines(
        plan,
        "waiting",
        "Waiting to be sent or to be reported",
        Unit::Count,
        &[
            ("messages waiting", Shape::Area, |minute| Some(minute.queue as f64)),
            ("puts owed", Shape::Line, |minute| Some(minute.feedback_backlog as f64)),
        ],
    );
    let longest = plan.total.queue;
    let says = longest.peak_at_s.map_or_else(
        || "No message ever waits.".to_owned(),
        |at| {
            format!(
                "Longest queue: {} messages, {}.",
                number::count(longest.peak),
                instant(plan, at)
            )
        },
    );
    let waiting = with(waiting, says, Vec::new());
    let flight = lines(
        plan,
        "flight",
        "Verifications in flight",
        Unit::Count,
        &[("open verifications", Shape::Area, |minute| Some(minute.in_flight as f64))],
    );
    section(plan, "queue", "Queue and backlog", &[waiting, flight])
}

pub(super) fn conversion(plan: &Plan) -> Option<Section> {
    let few = |each: &usize| plan.minutes.len().div_ceil(*each) <= STRETCHES;
    let each = MINUTES.into_iter().find(few).unwrap_or(1_440);
    let stretch = Duration::from_secs(60 * each as u64);
    let share = |verified: fn(&Minute) -> u64| {
        let share = |stretch: &[Minute]| {
            let arrived: u64 = stretch.iter().map(|minute| minute.arrived).sum();
            (arrived > 0).then(|| stretch.iter().map(verified).sum::<u64>() as f64 / arrived as f64)
        };
        plan.minutes.chunks(each).map(share).collect()
    };
    let series = |name: &str, values| Series { name: name.to_owned(), shape: Shape::Line, values };
    let figures = &plan.total;
    let says = format!(
        "Verified of those who arrived in each stretch of {}: {} in all with the given limits, {} without.",
        Unit::Seconds.say(stretch.as_secs_f64()),
        number::percent(figures.conversion),
        number::percent(figures.conversion_without_limits),
    );
    let chart = Lines {
        caption: Caption::new("converted", "Session conversion", says),
        axis: Axis { step: stretch, ..minutes(plan) },
        unit: Unit::Share,
        series: vec![
            series("without limits", share(|minute| minute.verified_without_limits)),
            series("with the given limits", share(|minute| minute.verified)),
        ],
        limits: Vec::new(),
        marks: marks(plan),
    };
    section(plan, "conversion", "Conversion lost", &[chart])
}

pub(super) fn spend(plan: &Plan) -> Option<Section> {
    let hour = |minutes: &[Minute]| Some(minutes.iter().map(|minute| minute.cost_usd).sum());
    let hours: Vec<Option<f64>> = plan.minutes.chunks(60).map(hour).collect();
    let so_far = plan.minutes.iter().scan(0.0, |sum, minute| {
        *sum += minute.cost_usd;
        Some(Some(*sum))
    });
    let series =
        |name: &str, values| vec![Series { name: name.to_owned(), shape: Shape::Area, values }];
    let cost = &plan.cost_usd;
    let says = [cost.hour_max, cost.day, cost.month].map(|usd| Unit::Usd.say(usd));
    let hourly = Lines {
        caption: Caption::new(
            "hourly",
            "Spend by hour of the campaign",
            format!(
                "Dearest hour of the clock: {}; dearest day: {}; dearest month: {}.",
                says[0], says[1], says[2]
            ),
        ),
        axis: Axis { step: Duration::from_secs(3_600), ..minutes(plan) },
        unit: Unit::Usd,
        series: series("spend", hours),
        limits: Vec::new(),
        marks: Vec::new(),
    };
    let sum = Lines {
        caption: Caption::new(
            "spent",
            "Spend since the start",
            format!("{} in all.", Unit::Usd.say(cost.total)),
        ),
        axis: minutes(plan),
        series: series("spent", so_far.collect()),
        limits: limits(plan, &["spend_limit_usd"]),
        ..hourly.clone()
    };
    // Hours say nothing of a campaign of one.
    let charts = if plan.minutes.len() > 120 { vec![hourly, sum] } else { vec![sum] };
    section(plan, "spend", "Spend", &charts)
}

/// How a series is called, drawn, and read from a minute.
type Named<'a> = (&'a str, Shape, fn(&Minute) -> Option<f64>);

fn lines(plan: &Plan, id: &str, title: &str, unit: Unit, series: &[Named<'_>]) -> Lines {
    let series = series.iter().map(|(name, shape, read)| Series {
        name: (*name).to_owned(),
        shape: shape.clone(),
        values: plan.minutes.iter().map(read).collect(),
    });
    Lines {
        caption: Caption::new(id, title, ""),
        axis: minutes(plan),
        unit,
        series: series.collect(),
        limits: Vec::new(),
        marks: marks(plan),
    }
}

fn with(lines: Lines, says: String, limits: Vec<chart::Limit>) -> Lines {
    Lines { caption: Caption { says, ..lines.caption }, limits, ..lines }
}

/// The limits of these names that the scenario sets.
fn limits(plan: &Plan, names: &[&str]) -> Vec<chart::Limit> {
    let limits = plan.limits.iter().filter(|limit| names.contains(&limit.name.as_str()));
    let limit = limits
        .filter_map(|limit| Some(chart::Limit { name: limit.name.clone(), value: limit.given? }));
    limit.collect()
}

/// What to mark; an event that comes by each country's own clock is one mark, at its first time.
fn marks(plan: &Plan) -> Vec<Mark> {
    let mut marks: Vec<(Mark, usize)> = Vec::new();
    for mark in &plan.marks {
        match marks.iter_mut().find(|(earlier, _)| earlier.name == mark.what) {
            Some((_, times)) => *times += 1,
            None => marks.push((Mark { name: mark.what.clone(), from: mark.t_s, to: None }, 1)),
        }
    }
    let named = |(mark, times): (Mark, usize)| match times {
        1 => mark,
        _ => Mark { name: format!("{}, {times} local times, the first", mark.name), ..mark },
    };
    marks.into_iter().map(named).collect()
}

/// Charts below each other; none where there was no minute.
fn section(
    plan: &Plan,
    id: &'static str,
    title: &'static str,
    charts: &[Lines],
) -> Option<Section> {
    let drawn: String = charts.iter().map(Lines::draw).collect();
    (!plan.minutes.is_empty()).then(|| Section::new(id, title).markup(&drawn))
}
