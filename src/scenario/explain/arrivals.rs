//! The arrivals in words and numbers.

use crate::scenario::{
    Loaded, Scenario,
    arrivals::{Gaps, hours::Hour, mark::Mark},
    country::Country,
    file::{ArrivalsShape, DayShape, DiurnalShape, StageShape},
};
use jiff::{Timestamp, tz::TimeZone};
use sms_voice_mock::{config::duration::Span, service::time::SimTime};
use std::{
    fmt::{self, Write as _},
    time::Duration,
};

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn write(out: &mut String, loaded: &Loaded, sessions: f64) -> fmt::Result {
    let (scenario, shape) = (&loaded.scenario, &loaded.file.arrivals);
    let arrivals = &scenario.arrivals;
    let gaps = match arrivals.gaps {
        Gaps::Poisson => "random (Poisson) gaps",
        Gaps::Even => "even gaps",
    };
    let gaps = if arrivals.replay.is_some() { "a log played again" } else { gaps };
    let peak = (arrivals.peak() * 1e3).round() / 1e3;
    writeln!(out, "\nArrivals: about {sessions:.0} sessions, {gaps}, at most {peak}/s")?;
    write_usual(out, scenario, shape)?;
    if let Some(cap) = arrivals.max_sessions {
        writeln!(out, "  no session after the first {cap}")?;
    }
    write_marks(out, scenario)?;
    if arrivals.duration() < DAY { Ok(()) } else { write_busiest(out, scenario) }
}

/// What the curve is made of, or the log.
fn write_usual(out: &mut String, scenario: &Scenario, shape: &ArrivalsShape) -> fmt::Result {
    for (place, stage) in shape.stages.iter().flatten().enumerate() {
        writeln!(out, "  {}. {}", place + 1, stage_in_words(stage))?;
    }
    let start = instant(scenario, SimTime::ZERO);
    if let Some(diurnal) = &shape.diurnal {
        writeln!(out, "  from {start}: {}", diurnal_in_words(diurnal))?;
    }
    if let (Some(replay), Some(played)) = (&shape.replay, &scenario.arrivals.replay) {
        let (rows, scale, jitter) = (played.rows().len(), replay.scale, replay.jitter);
        writeln!(out, "  {rows} rows of {}, {scale} sessions each", replay.file)?;
        writeln!(out, "  from {start}; the further sessions of a row come within {jitter}")?;
        if played.first > 0 {
            writeln!(out, "  {} rows before the start are left out", played.first)?;
        }
    }
    write_growth(out, scenario, shape)
}

fn write_growth(out: &mut String, scenario: &Scenario, shape: &ArrivalsShape) -> fmt::Result {
    let changes = |growth: f64| growth < 1.0 || 1.0 < growth;
    let own = scenario.countries.iter().filter(|country| changes(country.growth));
    let own: Vec<_> = own.map(|country| format!(", {} {}", country.code, country.growth)).collect();
    if own.is_empty() && !changes(shape.growth) {
        return Ok(());
    }
    writeln!(out, "  growth: {} times the users{}", shape.growth, own.concat())
}

fn diurnal_in_words(diurnal: &DiurnalShape) -> String {
    let DiurnalShape { sessions_per_day, days, shape, weekly } = diurnal;
    let shape = match shape {
        DayShape::Evening => "most in the evening",
        DayShape::Office => "most in office hours",
        DayShape::Flat => "as many in every hour",
        DayShape::Hourly(_) => "by the hour as written",
    };
    let (low, high) =
        weekly.iter().fold((f64::MAX, 0.0_f64), |(low, high), day| (low.min(*day), high.max(*day)));
    let week = if low < high { ", days of the week as written" } else { "" };
    format!("{days} days of {sessions_per_day} sessions, {shape} of each country{week}")
}

/// One line for each event; one that goes by the clocks of countries has several beginnings.
fn write_marks(out: &mut String, scenario: &Scenario) -> fmt::Result {
    let mut groups: Vec<Vec<&Mark>> = Vec::new();
    for mark in scenario.arrivals.events() {
        let alike =
            |group: &&mut Vec<&Mark>| (group[0].kind, &group[0].name) == (mark.kind, &mark.name);
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(mark),
            None => groups.push(vec![mark]),
        }
    }
    groups.iter().try_for_each(|group| write_mark(out, scenario, group))
}

fn write_mark(out: &mut String, scenario: &Scenario, group: &[&Mark]) -> fmt::Result {
    let (first, last) = (group[0], group[group.len() - 1]);
    let length = Span(first.until.since(first.from));
    let countries = group.iter().flat_map(|mark| &mark.countries);
    let countries: Vec<String> = countries.map(ToString::to_string).collect();
    let place = if countries.is_empty() { "everywhere".to_owned() } else { countries.join(", ") };
    write!(out, "  {} `{}` in {place}: {length} from ", first.kind.name(), first.name)?;
    write!(out, "{}", instant(scenario, first.from))?;
    if let Some(country) = first_country(scenario, first) {
        write!(out, " ({})", clock(country, scenario, first.from))?;
    }
    if first.from < last.from {
        write!(out, ", the last from {}", instant(scenario, last.from))?;
    }
    writeln!(out)
}

/// The country whose clocks say when it is, if there is one.
fn first_country<'a>(scenario: &'a Scenario, mark: &Mark) -> Option<&'a Country> {
    let first = mark.countries.first()?;
    scenario.countries.iter().find(|country| country.code == *first)
}

fn write_busiest(out: &mut String, scenario: &Scenario) -> fmt::Result {
    let mut lines = String::new();
    for (place, country) in (0_u16..).zip(&scenario.countries) {
        let hours = scenario.hours(place);
        let busiest = hours.iter().max_by(|a, b| a.sessions.total_cmp(&b.sessions));
        let Some(Hour { epoch_s, sessions, .. }) = busiest.filter(|hour| hour.sessions > 0.0)
        else {
            continue;
        };
        let zone = country.time_zone.iana_name().unwrap_or("UTC");
        let (local, rate) = (shown(*epoch_s, &country.time_zone), sessions / 3600.0);
        let code = country.code;
        writeln!(lines, "    {code}  {local}  {sessions:>9.0} users  {rate:>8.1}/s  {zone}")?;
    }
    let head = "  the busiest hour of each country by its own clocks:\n";
    if lines.is_empty() { Ok(()) } else { write!(out, "{head}{lines}") }
}

fn instant(scenario: &Scenario, at: SimTime) -> Timestamp {
    let since = i64::try_from(at.since_start().as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(scenario.start_epoch_s.saturating_add(since)).unwrap_or(Timestamp::MAX)
}

fn clock(country: &Country, scenario: &Scenario, at: SimTime) -> String {
    let at = instant(scenario, at).as_second();
    format!("{} in {}", shown(at, &country.time_zone), country.code)
}

/// An instant by the clocks of a zone, as in `Fri 2026-11-27 18:00`.
fn shown(epoch_s: i64, zone: &TimeZone) -> String {
    let at = Timestamp::from_second(epoch_s).unwrap_or(Timestamp::MAX);
    at.to_zoned(zone.clone()).strftime("%a %Y-%m-%d %H:%M").to_string()
}

fn stage_in_words(stage: &StageShape) -> String {
    match stage {
        StageShape::Constant { rate, duration } => format!("{rate}/s for {duration}"),
        StageShape::Ramp { from, to, duration } => format!("from {from}/s to {to}/s in {duration}"),
        StageShape::Step { from, to, steps, duration } => {
            format!("from {from}/s to {to}/s in {steps} steps over {duration}")
        }
        StageShape::Spike { base, peak, duration, width } => {
            let width = width.unwrap_or_default();
            format!("{base}/s for {duration}, with a peak of {peak}/s for {width} in its middle")
        }
    }
}
