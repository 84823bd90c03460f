//! The verdict, the tables, the thresholds and the warnings of the terminal summary.

use super::{
    Report, Style,
    number::{count, figure, millis, percent, span},
    table::Table,
};
use crate::{
    record::{cells::Cell, latency::Metric, retries::SdkRetried},
    report::{
        Clock,
        figures::{Conversion, Latency},
        scope::Scope,
    },
};
use std::io;

pub(super) fn write_headline(
    report: &Report,
    style: Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let scenario = report.scenario();
    let clock = match report.run.clock {
        Clock::Real => "of real time",
        Clock::Virtual => "of virtual time",
    };
    let verdict = &report.verdict;
    let word = if verdict.passed() { style.good("PASSED") } else { style.bad("FAILED") };
    writeln!(
        out,
        "{word}  {} (seed {}) against {}, {} {clock}, exit code {}",
        scenario.name,
        scenario.seed,
        report.run.target,
        span(report.run.elapsed),
        verdict.exit.code()
    )?;
    for reason in &verdict.reasons {
        writeln!(out, "  - {}", reason.sentence)?;
    }
    Ok(())
}

/// The countries with the most sessions, and the whole run.
pub(super) fn write_countries(
    report: &Report,
    most: usize,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let countries = report.scenario().countries.iter().enumerate();
    let mut rows: Vec<(&str, Scope, Cell)> = countries
        .map(|(index, country)| {
            let scope = Scope::country(index);
            (country.code.as_str(), scope, scope.cell(&report.recorder))
        })
        .collect();
    // Stable: countries with as many sessions stay sorted by code.
    rows.sort_by_key(|(_, _, cell)| std::cmp::Reverse(cell.sessions.arrived));
    let more = rows.len().saturating_sub(most);
    rows.truncate(most);
    let mut table = Table::new(&[
        "Country",
        "sessions",
        "verified",
        "of sessions",
        "messages",
        "throttled",
        "received",
        "of messages",
        "95 % interval",
        "coverage",
        "verify p50",
        "cost USD",
    ]);
    for (code, scope, cell) in &rows {
        table.push(country_row(report, code, *scope, cell));
    }
    if more > 0 {
        table.push(vec![format!("… and {more} more")]);
    }
    table.push(country_row(report, "TOTAL", Scope::ALL, &Scope::ALL.cell(&report.recorder)));
    writeln!(out)?;
    table.write(out)
}

fn country_row(report: &Report, name: &str, scope: Scope, cell: &Cell) -> Vec<String> {
    let Conversion { session, message, coverage, message_ci95 } = Conversion::of(cell);
    let interval = message_ci95.map_or_else(
        || "-".to_owned(),
        |[low, high]| format!("{:.1} - {:.1} %", low * 100.0, high * 100.0),
    );
    let verify = Latency::of(&scope.histogram(&report.recorder, Metric::TimeToVerify));
    vec![
        name.to_owned(),
        count(cell.sessions.arrived),
        count(cell.sessions.verified),
        percent(session),
        count(cell.messages.accepted),
        count(cell.messages.throttled),
        count(cell.messages.received),
        percent(message),
        interval,
        percent(coverage),
        millis(verify.p50),
        format!("{:.2}", cell.cost_usd()),
    ]
}

pub(super) fn write_latencies(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let mut table = Table::new(&["Latency", "samples", "p50", "p90", "p99", "p99.9", "max"]);
    for metric in Metric::ALL {
        let latency = Latency::of(&Scope::ALL.histogram(&report.recorder, metric));
        table.push(vec![
            metric.name().replace('_', " "),
            count(latency.count),
            millis(latency.p50),
            millis(latency.p90),
            millis(latency.p99),
            millis(latency.p999),
            millis(latency.max),
        ]);
    }
    writeln!(out)?;
    table.write(out)
}

pub(super) fn write_thresholds(
    report: &Report,
    style: Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    if report.verdict.thresholds.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  Thresholds")?;
    for result in &report.verdict.thresholds {
        let word = if result.ok { style.good("ok    ") } else { style.bad("FAILED") };
        let observed = match (result.unobserved(), result.observed) {
            (None, Some(observed)) => {
                format!("{} from {} samples", figure(observed), count(result.samples))
            }
            (why, _) => why.unwrap_or_default().to_owned(),
        };
        writeln!(out, "  {word}  {}  ({observed})", result.expr)?;
    }
    Ok(())
}

/// What the run itself warns of, and what the counts do.
pub(super) fn write_warnings(
    report: &Report,
    style: Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let warnings: Vec<String> = report.run.notes.iter().cloned().chain(found(report)).collect();
    if !warnings.is_empty() {
        writeln!(out)?;
    }
    for warning in warnings {
        writeln!(out, "  {} {warning}", style.doubtful("warning:"))?;
    }
    Ok(())
}

/// What the SDK's own retries may have cost.
fn repeated(report: &Report) -> Option<String> {
    let SdkRetried { retries, after_unclear, processed_again } = report.recorder.sdk;
    let known = match report.run.clock {
        Clock::Virtual => format!(", and {} were", count(processed_again)),
        Clock::Real => String::new(),
    };
    (retries > 0).then(|| {
        format!(
            "the SDK repeated {} sends by itself; {} of these may have been sent and paid for \
             twice{known}",
            count(retries),
            count(after_unclear)
        )
    })
}

fn found(report: &Report) -> impl Iterator<Item = String> {
    let Cell { sessions, messages, .. } = Scope::ALL.cell(&report.recorder);
    let dropped = (sessions.dropped > 0).then(|| {
        format!("{} sessions were dropped by the run's own limits", count(sessions.dropped))
    });
    let unknown = (messages.unknown > 0).then(|| {
        format!(
            "the outcome of {} sends is unknown: the service may have processed them, and its \
             dashboard may count them",
            count(messages.unknown)
        )
    });
    let unfinished = (sessions.unfinished > 0)
        .then(|| format!("{} sessions were still open at the end", count(sessions.unfinished)));
    let again = repeated(report);
    [dropped, unknown, unfinished, again].into_iter().flatten()
}
