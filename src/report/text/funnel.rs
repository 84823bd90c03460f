//! Where sessions and messages are lost, step by step.

use super::{
    Report,
    number::{count, percent},
    table::Table,
};
use crate::{
    record::cells::{Cell, Sessions},
    report::scope::Scope,
};
use std::io;

/// The characters of the longest bar.
const BAR: f64 = 30.0;

/// From arrival to verification, and from the attempt at a message to its success.
pub(super) fn write(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let cell = Scope::ALL.cell(&report.recorder);
    let Sessions { arrived, verified, rate_limited, send_failed, dropped, .. } = cell.sessions;
    let admitted = arrived - dropped - rate_limited;
    let mut sessions = Table::new(&["Sessions", "", "", ""]);
    for (name, part) in [
        ("arrived", arrived),
        ("admitted", admitted),
        ("sent a code", admitted - send_failed),
        ("verified", verified),
    ] {
        push_share(&mut sessions, name, part, arrived);
    }
    writeln!(out)?;
    sessions.write(out)?;
    write_other_ends(&cell.sessions, out)?;
    let mut table = Table::new(&["Messages", "", "", ""]);
    let messages = &cell.messages;
    push_share(&mut table, "attempted", messages.attempted, messages.attempted);
    push_share(&mut table, "accepted", messages.accepted, messages.attempted);
    if report.run.delivery_known {
        push_share(&mut table, "delivered", cell.delivered, messages.attempted);
    }
    push_share(&mut table, "received", messages.received, messages.attempted);
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
    let told: Vec<String> =
        there.map(|(name, number)| format!("{} {name}", count(*number))).collect();
    if told.is_empty() { Ok(()) } else { writeln!(out, "  {title}: {}", told.join(", ")) }
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
