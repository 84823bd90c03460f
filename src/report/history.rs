//! `history.csv`: a row per run, for those who look at many of them.
//!
//! **Invariant:** the head never changes but with the name of the file's format: rows are appended to what
//! earlier versions wrote.

use super::{
    csv::{Decimal, Text, share},
    figures::Latency,
    summary::Summary,
};

/// The first line.
pub const HEAD: &str = "time,commit,branch,scenario,seed,target,clock,verdict,exit_code,run,\
sessions,messages,session_conversion,message_conversion,coverage,throttled_share,rejected_share,\
unknown_share,send_failed_share,send_response_p50_ms,send_response_p95_ms,send_response_p99_ms,\
send_service_p50_ms,send_service_p99_ms,feedback_response_p50_ms,feedback_response_p99_ms,\
time_to_verify_p50_s,time_to_verify_p95_s,accepted_per_s,cost_usd";

/// What only the command knows about a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryFacts<'a> {
    /// When it began by the clock on the wall, RFC 3339.
    pub time: &'a str,
    /// The commit that was tested, if the CI server tells.
    pub commit: &'a str,
    /// Its branch.
    pub branch: &'a str,
    /// Where the run's files are.
    pub run: &'a str,
}

/// The row of a run, with the end of the line.
#[must_use]
pub fn row(summary: &Summary, facts: HistoryFacts<'_>) -> String {
    let HistoryFacts { time, commit, branch, run } = facts;
    let Summary { scenario, seed, target, clock, verdict, exit_code, .. } = summary;
    let (sessions, messages) = (&summary.sessions, &summary.messages);
    let of_attempts = |count: u64| share(ratio(count, messages.attempted));
    let latency = &summary.latency_ms;
    let millis = |value: Option<f64>| Decimal(value, 3).to_string();
    let cells = [
        Text(time).to_string(),
        Text(commit).to_string(),
        Text(branch).to_string(),
        Text(scenario).to_string(),
        seed.to_string(),
        Text(target).to_string(),
        clock.clone(),
        verdict.clone(),
        exit_code.to_string(),
        Text(run).to_string(),
        sessions.arrived.to_string(),
        messages.attempted.to_string(),
        share(summary.conversion.session).to_string(),
        share(summary.conversion.message).to_string(),
        share(summary.conversion.coverage).to_string(),
        of_attempts(messages.throttled).to_string(),
        of_attempts(messages.rejected).to_string(),
        of_attempts(messages.unknown).to_string(),
        share(ratio(sessions.send_failed, sessions.arrived)).to_string(),
        millis(latency.send_response.p50),
        millis(latency.send_response.p95),
        millis(latency.send_response.p99),
        millis(latency.send_service.p50),
        millis(latency.send_service.p99),
        millis(latency.feedback_response.p50),
        millis(latency.feedback_response.p99),
        seconds(&latency.time_to_verify, |latency| latency.p50),
        seconds(&latency.time_to_verify, |latency| latency.p95),
        Decimal(per_second(messages.accepted, summary.elapsed_s), 3).to_string(),
        Decimal(Some(summary.cost_usd), 6).to_string(),
    ];
    cells.join(",") + "\n"
}

fn seconds(latency: &Latency, of: impl Fn(&Latency) -> Option<f64>) -> String {
    Decimal(of(latency).map(|millis| millis / 1e3), 3).to_string()
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn per_second(count: u64, seconds: f64) -> Option<f64> {
    (seconds > 0.0).then(|| count as f64 / seconds)
}
