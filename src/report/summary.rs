//! `summary.json`, schema 1: the figures that scripts rely on.

use super::{
    Clock, Report,
    figures::{Conversion, Figures, Latencies, Shares},
    scope::Scope,
    thresholds::ThresholdResult,
    verdict,
};
use crate::record::{
    cells::{Messages, Puts, Resends, Sessions},
    retries::SdkRetried,
};
use serde::{Deserialize, Serialize};
use std::io;

/// The whole file, in the order of its keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are explained in `reports/README.md`")]
pub struct Summary {
    pub schema: u32,
    pub scenario: String,
    pub seed: u64,
    pub target: String,
    pub clock: String,
    pub elapsed_s: f64,
    pub sessions: Sessions,
    pub messages: Messages,
    pub conversion: Conversion,
    #[serde(default)]
    pub shares: Shares,
    pub latency_ms: Latencies,
    pub cost_usd: f64,
    pub thresholds: Vec<ThresholdResult>,
    pub verdict: String,
    pub exit_code: u8,
    pub reasons: Vec<Reason>,
    pub resends: Resends,
    pub feedback_calls: Puts,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdk_retries: Option<SdkRetries>,
}

/// What the SDK's own retries did, where the scenario has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are explained in `reports/README.md`")]
pub struct SdkRetries {
    pub retries: u64,
    pub after_unclear: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processed_again: Option<u64>,
}

/// One reason not to pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The code it asks for.
    pub exit_code: u8,
    /// The reason, for people.
    pub reason: String,
}

impl Summary {
    /// The summary of a report.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let Report { recorder, run, verdict, cases: _ } = report;
        let cell = Scope::ALL.cell(recorder);
        let Figures { elapsed_s, sessions, messages, conversion, shares, latency_ms, cost_usd } =
            Figures::of(recorder, Scope::ALL, run.elapsed);
        Self {
            schema: 1,
            scenario: report.scenario().name.clone(),
            seed: report.scenario().seed,
            target: run.target.clone(),
            clock: run.clock.name().to_owned(),
            elapsed_s,
            sessions,
            messages,
            conversion,
            shares,
            latency_ms,
            cost_usd,
            thresholds: verdict.thresholds.clone(),
            verdict: if verdict.passed() { "passed" } else { "failed" }.to_owned(),
            exit_code: verdict.exit.code(),
            reasons: verdict.reasons.iter().map(Reason::from).collect(),
            resends: cell.resends,
            feedback_calls: cell.puts,
            sdk_retries: SdkRetries::of(report),
        }
    }

    /// Writes `summary.json`.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        writeln!(out)
    }
}

impl SdkRetries {
    fn of(report: &Report) -> Option<Self> {
        report.scenario().policy.sdk_retries?;
        let SdkRetried { retries, after_unclear, processed_again } = report.recorder.sdk;
        // Only the model behind virtual time tells what it processed without an answer.
        let known = report.run.clock == Clock::Virtual;
        Some(Self { retries, after_unclear, processed_again: known.then_some(processed_again) })
    }
}

/// Writes `summary.json` of a report.
pub fn write(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    Summary::of(report).write(out)
}

impl From<&verdict::Reason> for Reason {
    fn from(reason: &verdict::Reason) -> Self {
        Self { exit_code: reason.exit.code(), reason: reason.sentence.clone() }
    }
}
