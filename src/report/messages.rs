//! `messages.csv`: one row per attempt to send a message.
//!
//! **Invariant:** no phone number and no code is in it.

use super::{
    Report,
    csv::{Maybe, Text, millis, seconds},
};
use crate::{
    engine::outcome::{Attempt, Feedback, SendAnswer, Verdict},
    record::messages::Row,
    scenario::Scenario,
};
use std::io;

/// Writes `messages.csv`, ordered by session, message and attempt. Without `--messages` there are no
/// rows.
pub fn write(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(
        out,
        "session,nth,attempt,country,carrier,template,message_id,due_s,released_s,answer,\
         response_ms,service_ms,lag_ms,delivered,delivery_delay_s,receipt,receipt_s,read_s,\
         feedback,feedback_s"
    )?;
    let log = report.recorder.messages.iter();
    for (attempt, row) in log.flat_map(|log| log.iter()) {
        write_place(*attempt, row, report.scenario(), out)?;
        write_call(row, out)?;
        write_delivery(row, report.run.delivery_known, out)?;
        write_feedback(row, out)?;
    }
    Ok(())
}

fn write_place(
    attempt: Attempt,
    row: &Row,
    scenario: &Scenario,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let Attempt { session, nth, attempt } = attempt;
    let country = &scenario.countries[usize::from(row.place.country)];
    let carrier = &country.carriers[usize::from(row.place.carrier)];
    let template = &scenario.templates[usize::from(row.place.template)];
    write!(
        out,
        "{session},{nth},{attempt},{},{},{},",
        country.code,
        Text(&carrier.name),
        Text(&template.name)
    )
}

fn write_call(row: &Row, out: &mut impl io::Write) -> io::Result<()> {
    let id = row.id().map(ToString::to_string);
    let (due, released) = (row.due.since_start(), row.released.since_start());
    write!(
        out,
        "{},{},{},{},",
        Maybe(id.as_deref().map(Text)),
        seconds(Some(due)),
        seconds(Some(released)),
        answer_word(row.answer.as_ref())
    )?;
    let times = row.times;
    write!(
        out,
        "{},{},{},",
        millis(times.map(|times| times.response_time())),
        millis(times.map(|times| times.service_time())),
        millis(times.map(|times| times.lag()))
    )
}

/// Delivery and receipt, where the target is known to deliver as the scenario says.
fn write_delivery(row: &Row, known: bool, out: &mut impl io::Write) -> io::Result<()> {
    let fate = row.fate.filter(|_| known);
    let receipt = fate.and_then(|fate| fate.receipt);
    let claim =
        receipt.map(|receipt| if receipt.claims_delivered { "delivered" } else { "failed" });
    write!(
        out,
        "{},{},{},{},",
        Maybe(fate.map(|fate| fate.delivered_after.is_some())),
        seconds(fate.and_then(|fate| fate.delivered_after)),
        Maybe(claim),
        seconds(receipt.map(|receipt| receipt.after))
    )
}

fn write_feedback(row: &Row, out: &mut impl io::Write) -> io::Result<()> {
    let word = row.feedback.map(|(feedback, _)| feedback_word(feedback));
    let at = row.feedback.map(|(_, at)| at.since_start());
    writeln!(out, "{},{},{}", seconds(row.reading), Maybe(word), seconds(at))
}

/// A call without an answer when the run ended is as unknown as one that timed out.
fn answer_word(answer: Option<&SendAnswer>) -> &'static str {
    match answer {
        Some(SendAnswer::Accepted(_)) => "accepted",
        Some(SendAnswer::Throttled) => "throttled",
        Some(SendAnswer::Rejected) => "rejected",
        Some(SendAnswer::Unknown) | None => "unknown",
    }
}

fn feedback_word(feedback: Feedback) -> &'static str {
    match feedback {
        Feedback::Put(Verdict::Received) => "received",
        Feedback::Put(Verdict::Failed) => "failed",
        Feedback::Unreported => "unreported",
        Feedback::NotExpecting => "not_expecting",
        Feedback::Refused => "error",
        Feedback::Pending => "pending",
    }
}
