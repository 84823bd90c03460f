//! The sections of the terminal summary, from the verdict down to the warnings.

use super::{
    Report, Style,
    number::{count, figure, millis, percent, span},
    table::Table,
};
use crate::{
    record::{
        cells::{Cell, Sessions},
        latency::Metric,
    },
    report::{
        Clock,
        figures::{Conversion, Latency},
        scope::Scope,
    },
};
use std::io;

/// The characters of a funnel's longest bar.
const BAR: f64 = 30.0;

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
    let word = if verdict.passed() {
        style.good("PASSED")
    } else {
        style.bad("FAILED")
    };
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

pub(super) fn write_funnel(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let cell = Scope::ALL.cell(&report.recorder);
    let Sessions {
        arrived,
        verified,
        rate_limited,
        send_failed,
        dropped,
        ..
    } = cell.sessions;
    let admitted = arrived - dropped - rate_limited;
    let mut sessions = Table::new(&["Sessions", "", "", ""]);
    for (name, part) in [
        ("arrived", arrived),
        ("admitted", admitted),
        ("not refused a code", admitted - send_failed),
        ("verified", verified),
    ] {
        push_share(&mut sessions, name, part, arrived);
    }
    writeln!(out)?;
    sessions.write(out)?;
    write_other_ends(&cell.sessions, out)?;
    let mut table = Table::new(&["Messages", "", "", ""]);
    let messages = &cell.messages;
    push_share(
        &mut table,
        "attempted",
        messages.attempted,
        messages.attempted,
    );
    push_share(
        &mut table,
        "accepted",
        messages.accepted,
        messages.attempted,
    );
    if report.run.delivery_known {
        push_share(&mut table, "delivered", cell.delivered, messages.attempted);
    }
    push_share(
        &mut table,
        "fed back",
        messages.received + messages.failed,
        messages.attempted,
    );
    push_share(
        &mut table,
        "received",
        messages.received,
        messages.attempted,
    );
    writeln!(out)?;
    table.write(out)?;
    write_message_trouble(&cell, out)
}

fn push_share(table: &mut Table, name: &str, part: u64, whole: u64) {
    let share = (whole > 0).then(|| part as f64 / whole as f64);
    let bar = "█".repeat(bar_length(share.unwrap_or(0.0)));
    let padded = format!("{bar:<width$}", width = bar_length(1.0));
    table.push(vec![name.to_owned(), count(part), percent(share), padded]);
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share between 0 and 1 of a short bar"
)]
fn bar_length(share: f64) -> usize {
    (share.clamp(0.0, 1.0) * BAR).round() as usize
}

/// Names and counts in one line, without those that are zero.
fn write_counts(title: &str, counts: &[(&str, u64)], out: &mut impl io::Write) -> io::Result<()> {
    let there = counts.iter().filter(|(_, number)| *number > 0);
    let told: Vec<String> = there
        .map(|(name, number)| format!("{} {name}", count(*number)))
        .collect();
    if told.is_empty() {
        Ok(())
    } else {
        writeln!(out, "  {title}: {}", told.join(", "))
    }
}

fn write_other_ends(sessions: &Sessions, out: &mut impl io::Write) -> io::Result<()> {
    let ends = [
        ("expired", sessions.expired),
        ("abandoned", sessions.abandoned),
        ("locked out", sessions.locked_out),
        ("rate limited", sessions.rate_limited),
        ("send failed", sessions.send_failed),
        ("dropped", sessions.dropped),
        ("unfinished", sessions.unfinished),
    ];
    write_counts("not verified", &ends, out)
}

fn write_message_trouble(cell: &Cell, out: &mut impl io::Write) -> io::Result<()> {
    let messages = &cell.messages;
    let sends = [
        ("throttled", messages.throttled),
        ("rejected", messages.rejected),
        ("unknown", messages.unknown),
    ];
    write_counts("not accepted", &sends, out)?;
    let feedback = [
        ("unreported", messages.unreported),
        ("not expecting it", messages.not_expecting),
        ("refused", messages.feedback_errors),
        ("still owed", messages.pending),
    ];
    write_counts("without feedback", &feedback, out)?;
    let resends = [
        ("sent", cell.resends.sent),
        ("over the resend limit", cell.resends.resend_limit),
        ("in the cool-down", cell.resends.cool_down),
        ("rate limited", cell.resends.rate_limited),
    ];
    write_counts("asked for another code", &resends, out)
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
    table.push(country_row(
        report,
        "TOTAL",
        Scope::ALL,
        &Scope::ALL.cell(&report.recorder),
    ));
    writeln!(out)?;
    table.write(out)
}

fn country_row(report: &Report, name: &str, scope: Scope, cell: &Cell) -> Vec<String> {
    let Conversion {
        session,
        message,
        coverage,
        message_ci95,
    } = Conversion::of(cell);
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
        let word = if result.ok {
            style.good("ok    ")
        } else {
            style.bad("FAILED")
        };
        let observed = match result.observed {
            Some(observed) if result.samples > 0 => {
                format!("{} of {} samples", figure(observed), count(result.samples))
            }
            _ => "no sample".to_owned(),
        };
        writeln!(out, "  {word}  {}  ({observed})", result.expr)?;
    }
    Ok(())
}

pub(super) fn write_notes(
    report: &Report,
    style: Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    if !report.run.notes.is_empty() {
        writeln!(out)?;
    }
    for note in &report.run.notes {
        writeln!(out, "  {} {note}", style.doubtful("warning:"))?;
    }
    Ok(())
}
