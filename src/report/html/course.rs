//! The course of the run: rates, throttles, conversion, open sessions.

use super::{axis, marks, percent};
use crate::{
    report::{
        chart::{Axis, Caption, Limit, Lines, Series, Shape, Unit},
        page::Section,
        text::number,
    },
    results::{Results, Tick},
};
use sms_voice_mock::config::duration::Span;

/// Into at most so many stretches the course of conversion is put: with fewer messages in each, chance
/// would draw the line.
const STRETCHES: usize = 120;
/// With less feedback a stretch says nothing.
const LEAST: u64 = 10;
/// So much feedback a stretch has on average, if there is enough.
const USUAL: u64 = 30;

pub(super) fn section(results: &Results) -> Option<Section> {
    let ticks = results.course.whole();
    let section = Section::new("course", "Over time");
    let section = section.paragraph(&pace(results));
    if ticks.iter().all(|tick| tick.arrived == 0) {
        return Some(section.paragraph("Nobody arrived, so there is nothing to draw."));
    }
    let charts = [
        rates(results, &ticks),
        conversion(results, &ticks),
        throttles(results, &ticks),
        open(results, &ticks),
    ];
    Some(section.markup(&charts.concat()))
}

/// What time on the axis is.
fn pace(results: &Results) -> String {
    let each = Span(axis(results).step);
    let speed = results.shape.as_ref().map_or(1.0, |shape| shape.speed);
    let fast = speed < 1.0 || 1.0 < speed;
    if fast && !super::is_simulated(results) {
        let speed = number::figure(speed);
        return format!(
            "Intervals of {each} of campaign time, which ran {speed} times as fast as the clock on the wall."
        );
    }
    format!("Intervals of {each}.")
}

fn line(name: &str, shape: Shape, values: Vec<Option<f64>>) -> Series {
    Series { name: name.to_owned(), shape, values }
}

/// A rate in each interval.
fn rate(ticks: &[Tick], axis: Axis, count: fn(&Tick) -> u64) -> Vec<Option<f64>> {
    let step = axis.step.as_secs_f64();
    ticks.iter().map(|tick| Some(count(tick) as f64 / step)).collect()
}

fn rates(results: &Results, ticks: &[Tick]) -> String {
    let axis = axis(results);
    let busiest = ticks.iter().map(|tick| tick.attempted).max().unwrap_or(0);
    let says = format!(
        "The busiest interval had {} sends a second.",
        number::figure((busiest as f64 / axis.step.as_secs_f64() * 10.0).round() / 10.0)
    );
    let chart = Lines {
        caption: Caption::new("rates", "Arrivals, sends and feedback", says),
        axis,
        unit: Unit::PerSecond,
        series: vec![
            line("sessions arriving", Shape::Area, rate(ticks, axis, |tick| tick.arrived)),
            line("sends attempted", Shape::Line, rate(ticks, axis, |tick| tick.attempted)),
            line(
                "feedback acknowledged",
                Shape::Line,
                rate(ticks, axis, |tick| tick.received + tick.failed),
            ),
        ],
        limits: Vec::new(),
        marks: marks::of(results),
    };
    chart.draw()
}

fn throttles(results: &Results, ticks: &[Tick]) -> String {
    let axis = axis(results);
    let messages = &results.summary.messages;
    let caption = |says: String| Caption::new("throttles", "Throttled sends", says);
    if messages.throttled == 0 {
        let caption = caption(String::new());
        return caption.nothing("No send was throttled.");
    }
    let quotas = results.scenario.as_ref().map(|scenario| &scenario.service.quotas);
    let quota = quotas.and_then(|quotas| quotas.send_per_second);
    let chart = Lines {
        caption: caption(format!(
            "{} of {} attempts were refused for now: {}.",
            number::count(messages.throttled),
            number::count(messages.attempted),
            percent(super::share(messages.throttled, messages.attempted)),
        )),
        axis,
        unit: Unit::PerSecond,
        series: vec![
            line("throttled", Shape::Area, rate(ticks, axis, |tick| tick.throttled)),
            line("accepted", Shape::Line, rate(ticks, axis, |tick| tick.accepted)),
        ],
        limits: quota
            .map(|value| Limit { name: "SendTextMessage quota".to_owned(), value })
            .into_iter()
            .collect(),
        marks: marks::of(results),
    };
    chart.draw()
}

/// The share received of the feedback in each stretch of so many intervals, where there is enough of it;
/// after the last arrival only failures are left to be reported.
fn shares(ticks: &[Tick], each: usize) -> Vec<Option<f64>> {
    let last = ticks.iter().rposition(|tick| tick.arrived > 0).unwrap_or(0) / each;
    let share = |stretch: &[Tick]| {
        let received: u64 = stretch.iter().map(|tick| tick.received).sum();
        let failed: u64 = stretch.iter().map(|tick| tick.failed).sum();
        super::share(received, received + failed).filter(|_| LEAST <= received + failed)
    };
    let shares = ticks.chunks(each).enumerate();
    shares.map(|(at, stretch)| share(stretch).filter(|_| at <= last)).collect()
}

/// The same of everything so far.
fn so_far(ticks: &[Tick], each: usize) -> Vec<Option<f64>> {
    let (mut received, mut all) = (0, 0);
    let share = |stretch: &[Tick]| {
        received += stretch.iter().map(|tick| tick.received).sum::<u64>();
        all += stretch.iter().map(|tick| tick.received + tick.failed).sum::<u64>();
        super::share(received, all).filter(|_| LEAST <= all)
    };
    ticks.chunks(each).map(share).collect()
}

fn conversion(results: &Results, ticks: &[Tick]) -> String {
    let axis = axis(results);
    let feedback: u64 = ticks.iter().map(|tick| tick.received + tick.failed).sum();
    let most = usize::try_from(feedback / USUAL).unwrap_or(STRETCHES).clamp(1, STRETCHES);
    let each = ticks.len().div_ceil(most).max(1);
    let caption = Caption::new(
        "converted",
        "Message conversion",
        "Received of the feedback in each stretch, as the dashboard shows it. A success is reported at once, a \
         failure when its session ends, so a beginning looks better than it is; after the last arrival little but \
         failures is left, and the line ends there.",
    );
    let series = [shares(ticks, each), so_far(ticks, each)];
    if series.iter().flatten().all(Option::is_none) {
        return caption.nothing("There was too little feedback in any stretch.");
    }
    let [shares, so_far] = series;
    let chart = Lines {
        caption,
        axis: Axis { step: axis.step * u32::try_from(each).unwrap_or(u32::MAX), ..axis },
        unit: Unit::Share,
        series: vec![
            line("in each stretch", Shape::Line, shares),
            line("so far", Shape::Line, so_far),
        ],
        limits: Vec::new(),
        marks: marks::of(results),
    };
    chart.draw()
}

fn open(results: &Results, ticks: &[Tick]) -> String {
    let at = |count: fn(&Tick) -> u64| ticks.iter().map(|tick| Some(count(tick) as f64)).collect();
    let most = ticks.iter().map(|tick| tick.open_sessions).max().unwrap_or(0);
    let chart = Lines {
        caption: Caption::new(
            "open",
            "Open sessions and calls in flight",
            format!("At the end of each interval; at most {} sessions.", number::count(most)),
        ),
        axis: axis(results),
        unit: Unit::Count,
        series: vec![
            line("open sessions", Shape::Area, at(|tick| tick.open_sessions)),
            line("calls in flight", Shape::Line, at(|tick| tick.calls_in_flight)),
        ],
        limits: Vec::new(),
        marks: marks::of(results),
    };
    chart.draw()
}
