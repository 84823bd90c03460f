//! `conversion.csv` and its siblings by carrier and by template: one row per part of the run, the
//! whole run last.

use super::{
    Report,
    csv::{Decimal, Maybe, Text, share},
    figures::Conversion,
    percentile,
    scope::Scope,
};
use crate::record::{cells::Cell, latency::Metric};
use std::{fmt::Display, io};

/// The columns behind those that name the row.
const COLUMNS: &str = "sessions,verified,session_conversion,messages_attempted,messages_accepted,\
throttled,rejected,unknown,expecting,not_expecting,received,failed,unreported,feedback_errors,\
pending,message_conversion,ci95_low,ci95_high,coverage,delivered,dlr_delivered,verify_p50_s,\
verify_p95_s,message_parts,cost_usd";

/// Writes `conversion.csv`: one row per country.
pub fn write(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "country,{COLUMNS}")?;
    for (place, country) in report.scenario().countries.iter().enumerate() {
        write_row(report, country.code, Scope::country(place), out)?;
    }
    write_row(report, "TOTAL", Scope::ALL, out)
}

/// Writes `conversion-by-carrier.csv`: a country's carriers in the scenario's order.
pub fn write_by_carrier(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "country,carrier,{COLUMNS}")?;
    for (place, country) in report.scenario().countries.iter().enumerate() {
        for (index, carrier) in country.carriers.iter().enumerate() {
            let name = format!("{},{}", country.code, Text(&carrier.name));
            write_row(report, name, Scope::carrier(place, index), out)?;
        }
    }
    write_row(report, "TOTAL,", Scope::ALL, out)
}

/// Writes `conversion-by-template.csv`: templates in the scenario's order.
pub fn write_by_template(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "template,{COLUMNS}")?;
    for (place, template) in report.scenario().templates.iter().enumerate() {
        write_row(report, Text(&template.name), Scope::template(place), out)?;
    }
    write_row(report, "TOTAL", Scope::ALL, out)
}

fn write_row(
    report: &Report,
    name: impl Display,
    scope: Scope,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let cell = scope.cell(&report.recorder);
    let verify = scope.histogram(&report.recorder, Metric::TimeToVerify);
    write!(out, "{name},")?;
    write_counts(&cell, out)?;
    let Conversion { message, coverage, message_ci95, session: _ } = Conversion::of(&cell);
    let [low, high] = message_ci95.map_or([None, None], |ends| ends.map(Some));
    write!(out, "{},{},{},{},", share(message), share(low), share(high), share(coverage))?;
    let known = |count| Maybe(report.run.delivery_known.then_some(count));
    write!(out, "{},{},", known(cell.delivered), known(cell.dlr_delivered))?;
    let verify = percentile::values_at(&verify, [50.0, 95.0]);
    let [p50, p95] = verify.map(|micros| Decimal(micros.map(|micros| micros as f64 / 1e6), 3));
    write!(out, "{p50},{p95},")?;
    writeln!(out, "{},{}", cell.parts, Decimal(Some(cell.cost_usd()), 6))
}

fn write_counts(cell: &Cell, out: &mut impl io::Write) -> io::Result<()> {
    let Cell { sessions, messages, .. } = cell;
    let conversion = share(cell.session_conversion());
    write!(out, "{},{},{conversion},", sessions.arrived, sessions.verified)?;
    let counts = [
        messages.attempted,
        messages.accepted,
        messages.throttled,
        messages.rejected,
        messages.unknown,
        messages.expecting,
        messages.not_expecting,
        messages.received,
        messages.failed,
        messages.unreported,
        messages.feedback_errors,
        messages.pending,
    ];
    counts.iter().try_for_each(|count| write!(out, "{count},"))
}
