//! `report.html`: a run for those who decide about it and for those who mend it, on one page that needs
//! nothing else.
//!
//! **Invariant:** the page is a function of the run's folder alone: the same folder gives the same bytes on
//! every machine and day. What differs between two equal simulations (`manifest.json`) is not on it.

mod answer;
mod funnels;
mod countries;
mod course;
mod latency;
mod marks;
mod measured;
mod problems;

use super::{
    Clock,
    chart::Axis,
    page::{Page, Section},
    text::number,
};
use crate::{record::latency::Metric, results::Results};
use std::{io, time::Duration};

/// What the file is called.
pub const FILE: &str = "report.html";

/// Writes the page.
pub fn write(results: &Results, out: &mut impl io::Write) -> io::Result<()> {
    page(results).write(out)
}

/// The page of a run.
#[must_use]
pub fn page(results: &Results) -> Page {
    let simulated = if is_simulated(results) { "simulated" } else { "live" };
    Page {
        title: format!("Campaign report: {}", results.summary.scenario),
        kicker: format!("otpdrill · {simulated} run"),
        lead: lead(results),
        verdict: answer::banner(results),
        tiles: answer::tiles(results),
        sections: sections(results),
        foot: "Written by otpdrill from the files beside this page. Users, carriers and delivery are those of \
               the scenario. Times are UTC."
            .to_owned(),
    }
}

fn sections(results: &Results) -> Vec<Section> {
    let all = [
        answer::thresholds(results),
        funnels::section(results),
        countries::dashboard(results),
        countries::conversion(results),
        course::section(results),
        latency::section(results),
        countries::time_to_verify(results),
        countries::cost(results),
        problems::section(results),
        measured::section(results),
        measured::reproduce(results),
    ];
    all.into_iter().flatten().collect()
}

/// What was played, in a sentence or two.
fn lead(results: &Results) -> String {
    let description = results.shape.as_ref().map_or("", |shape| shape.description.trim());
    let stop =
        if description.is_empty() || description.ends_with(['.', '!', '?']) { "" } else { "." };
    let summary = &results.summary;
    let countries = results.conversion.rows.len();
    let facts = format!(
        "{} in {countries} {} over {} of {} time, from {}.",
        counted(summary.sessions.arrived, "session", "sessions"),
        if countries == 1 { "country" } else { "countries" },
        number::span(Duration::try_from_secs_f64(summary.elapsed_s).unwrap_or_default()),
        if is_simulated(results) { "simulated" } else { "real" },
        measured::instant(results, "%a %-d %b %Y, %H:%M UTC"),
    );
    format!("{description}{stop} {facts}").trim_start().to_owned()
}

/// Whether nobody but the model of the service was called.
fn is_simulated(results: &Results) -> bool {
    results.summary.clock == Clock::Virtual.name()
}

/// When the run began, since 1970-01-01T00:00:00Z.
fn start(results: &Results) -> Duration {
    let logged = Metric::ALL.into_iter().find_map(|metric| Some(results.latency(metric)?.start));
    let planned = || {
        let start = results.scenario.as_ref()?.start_epoch_s;
        u64::try_from(start).ok().map(Duration::from_secs)
    };
    logged.or_else(planned).unwrap_or_default()
}

/// The axis of the intervals of `timeseries.csv`.
fn axis(results: &Results) -> Axis {
    let told = results.shape.as_ref().map(|shape| shape.interval.0);
    let measured = Some(results.course.step).filter(|step| !step.is_zero());
    // One interval does not tell how long it is.
    let step = measured.or(told).unwrap_or(Duration::from_secs(10));
    Axis { start: start(results), step }
}

/// A count and the noun that goes with it.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", number::count(count), if count == 1 { one } else { many })
}

/// A share that exists where the whole does.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A share for people; a dash where it does not exist.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| super::chart::Unit::Share.say(share))
}

/// Seconds for people; a dash where they do not exist.
fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "–".to_owned(), |seconds| super::chart::Unit::Seconds.say(seconds))
}
