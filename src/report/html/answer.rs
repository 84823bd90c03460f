//! The answer, the figures that matter most, and the thresholds.

use super::{counted, percent, seconds, share};
use crate::{
    report::{
        chart::Unit,
        page::{Banner, Cell, Section, Table, Tile, Tone},
        text::number,
        thresholds::ThresholdResult,
    },
    results::Results,
};

pub(super) fn banner(results: &Results) -> Banner {
    let summary = &results.summary;
    let held = summary.thresholds.iter().filter(|threshold| threshold.ok).count();
    let thresholds = match summary.thresholds.len() {
        0 => "there were no thresholds".to_owned(),
        1 if held == 1 => "its threshold holds".to_owned(),
        1 => "its threshold does not hold".to_owned(),
        all if all == held => format!("all {all} thresholds hold"),
        all => format!("{held} of {all} thresholds hold"),
    };
    let reasons = summary.reasons.iter();
    let reasons = reasons.map(|reason| sentence(&reason.reason, reason.exit_code)).collect();
    if summary.exit_code == 0 {
        let (tone, word) = match summary.sessions.arrived {
            0 => (Tone::Doubtful, "Passed, but nobody arrived"),
            _ => (Tone::Good, "Passed"),
        };
        return Banner { tone, word: format!("{word}: {thresholds}."), reasons };
    }
    let word = format!("{}: {thresholds}.", failure(summary.exit_code));
    Banner { tone: Tone::Bad, word, reasons }
}

/// What an exit code says.
fn failure(code: u8) -> &'static str {
    match code {
        11 => "Worse than the baseline",
        12 => "A check failed",
        13 => "Not to be trusted",
        14 => "Stopped at the spend cap",
        15 => "The target could not be used",
        20 => "Stopped by an abort condition",
        130 | 143 => "Stopped before its end",
        _ => "Failed",
    }
}

fn sentence(reason: &str, code: u8) -> String {
    // Marks of code are for terminals.
    let reason = reason.replace('`', "");
    let mut letters = reason.chars();
    let first = letters.next().map(|first| first.to_string()).unwrap_or_default();
    // An expression stays as it is written.
    let first = if reason.contains('{') || reason.contains(['<', '>', '=']) {
        first
    } else {
        first.to_uppercase()
    };
    format!("{first}{} (exit code {code}).", letters.as_str())
}

pub(super) fn tiles(results: &Results) -> Vec<Tile> {
    let summary = &results.summary;
    let (sessions, messages) = (&summary.sessions, &summary.messages);
    let conversion = &summary.conversion;
    let verify = &summary.latency_ms.time_to_verify;
    let send = &summary.latency_ms.send_response;
    let in_seconds = |millis: Option<f64>| seconds(millis.map(|millis| millis / 1e3));
    vec![
        Tile::new(
            "Session conversion",
            percent(conversion.session),
            format!(
                "{} of {} users verified",
                number::count(sessions.verified),
                number::count(sessions.arrived)
            ),
        ),
        Tile::new("Message conversion", percent(conversion.message), interval(results)),
        Tile::new(
            "Feedback coverage",
            percent(conversion.coverage),
            format!(
                "{} of {} messages reported",
                number::count(messages.received + messages.failed),
                number::count(messages.expecting)
            ),
        )
        .toned(doubtful(messages.feedback_errors + messages.pending)),
        Tile::new(
            "Messages accepted",
            number::count(messages.accepted),
            format!("of {} attempts", number::count(messages.attempted)),
        ),
        Tile::new(
            "Throttled sends",
            percent(share(messages.throttled, messages.attempted)),
            counted(messages.throttled, "call", "calls"),
        )
        .toned(doubtful(messages.throttled)),
        Tile::new(
            "A send took, 99 of 100 below",
            in_seconds(send.p99),
            format!("half below {}, longest {}", in_seconds(send.p50), in_seconds(send.max)),
        ),
        Tile::new(
            "Time to verify, half below",
            in_seconds(verify.p50),
            format!("95 of 100 below {}", in_seconds(verify.p95)),
        ),
        Tile::new(
            "Cost",
            Unit::Usd.say(summary.cost_usd),
            share(1, sessions.verified).map_or_else(
                || "nobody verified".to_owned(),
                |each| format!("{:.4} USD a verified user", summary.cost_usd * each),
            ),
        ),
    ]
}

fn interval(results: &Results) -> String {
    let interval = results.summary.conversion.message_ci95;
    interval.map_or_else(
        || "no message expects feedback".to_owned(),
        |[low, high]| format!("95 % interval {:.1} to {}", low * 100.0, Unit::Share.say(high)),
    )
}

fn doubtful(count: u64) -> Tone {
    if count > 0 { Tone::Doubtful } else { Tone::Plain }
}

pub(super) fn thresholds(results: &Results) -> Option<Section> {
    let thresholds = &results.summary.thresholds;
    let mut table = Table::new(
        "Thresholds",
        &[("Threshold", false), ("Holds", false), ("Observed", true), ("Samples", true)],
    );
    // What does not hold is looked for first.
    let failed = thresholds.iter().filter(|threshold| !threshold.ok);
    for threshold in failed.chain(thresholds.iter().filter(|threshold| threshold.ok)) {
        table.push(row(threshold));
    }
    let section = Section::new("thresholds", "Thresholds")
        .paragraph("In the units of summary.json: shares from 0 to 1, latencies in milliseconds.");
    (!thresholds.is_empty()).then(|| section.table(&table))
}

fn row(threshold: &ThresholdResult) -> Vec<Cell> {
    let ThresholdResult { expr, observed, samples, ok } = threshold;
    let (word, tone) = match (ok, threshold.unobserved()) {
        (true, _) => ("yes", Tone::Good),
        (false, Some(why)) => (why, Tone::Bad),
        (false, None) => ("no", Tone::Bad),
    };
    let observed = observed.filter(|_| *samples > 0);
    vec![
        Cell::code(expr),
        Cell::text(word).toned(tone),
        Cell::text(observed.map_or_else(|| "–".to_owned(), number::figure)),
        Cell::text(number::count(*samples)),
    ]
}
