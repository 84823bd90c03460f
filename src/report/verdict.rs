//! Whether a run passed, with every reason why not.

use super::{
    Clock, RunFacts, Signal, percentile,
    scope::Scope,
    text::number,
    thresholds::{self, BaselineFigures, ThresholdResult},
};
use crate::{
    exit::Exit,
    record::{Recorder, latency::Metric, micros},
};

/// Whether a run passed.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What became of each threshold, in the scenario's order.
    pub thresholds: Vec<ThresholdResult>,
    /// Everything that speaks against passing, the reported reason first.
    pub reasons: Vec<Reason>,
    /// The code to end with.
    pub exit: Exit,
}

/// One reason not to pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The code it asks for.
    pub exit: Exit,
    /// The reason, for people: a fragment without a final stop.
    pub sentence: String,
}

impl Verdict {
    pub(super) fn of(recorder: &Recorder, run: &RunFacts, baseline: &BaselineFigures) -> Self {
        let thresholds = thresholds::evaluate(recorder, run.elapsed, baseline);
        let failed = thresholds
            .iter()
            .filter(|result| !result.ok)
            .map(|result| Reason { exit: Exit::ThresholdFailed, sentence: broken(result) });
        let failed: Vec<Reason> = failed.collect();
        let mut verdict = Self { thresholds, reasons: Vec::new(), exit: Exit::Passed };
        let found = [signal(run), late(recorder, run), undelivered(recorder, run)];
        for Reason { exit, sentence } in found.into_iter().flatten().chain(failed) {
            verdict.add(exit, sentence);
        }
        verdict
    }

    /// Whether nothing speaks against it.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.exit == Exit::Passed
    }

    pub(super) fn add(&mut self, exit: Exit, sentence: String) {
        self.reasons.push(Reason { exit, sentence });
        self.reasons.sort_by_key(|reason| reason.exit.rank());
        let exits: Vec<Exit> = self.reasons.iter().map(|reason| reason.exit).collect();
        self.exit = Exit::first(&exits);
    }
}

fn broken(result: &ThresholdResult) -> String {
    let expr = &result.expr;
    match (result.unobserved(), result.observed) {
        (None, Some(observed)) => {
            format!("`{expr}` does not hold: it was {}", number::figure(observed))
        }
        (why, _) => format!("`{expr}` does not hold: {}", why.unwrap_or("nothing is known")),
    }
}

fn signal(run: &RunFacts) -> Option<Reason> {
    run.stopped_by.map(|signal| match signal {
        Signal::Interrupt => Reason {
            exit: Exit::Interrupted,
            sentence: "stopped by SIGINT before the end".to_owned(),
        },
        Signal::Terminate => Reason {
            exit: Exit::Terminated,
            sentence: "stopped by SIGTERM before the end".to_owned(),
        },
    })
}

/// Virtual time is never late.
fn late(recorder: &Recorder, run: &RunFacts) -> Option<Reason> {
    let limit = recorder.scenario().max_lag;
    let lag = Scope::ALL.histogram(recorder, Metric::ScheduleLag);
    let p99 = percentile::value_at(&lag, 99.0).filter(|p99| micros(limit) < *p99)?;
    (run.clock == Clock::Real).then(|| Reason {
        exit: Exit::InvalidMeasurement,
        sentence: format!(
            "the generator was too slow: lag p99 was {} ms, but `max_lag` allows {} ms",
            number::figure(p99 as f64 / 1e3),
            number::figure(limit.as_secs_f64() * 1e3),
        ),
    })
}

/// Feedback may stay owed where a signal cut the drain short, but nowhere else.
fn undelivered(recorder: &Recorder, run: &RunFacts) -> Option<Reason> {
    let messages = Scope::ALL.cell(recorder).messages;
    let owed = if run.stopped_by.is_none() { messages.pending } else { 0 };
    (messages.feedback_errors + owed > 0).then(|| Reason {
        exit: Exit::CheckFailed,
        sentence: format!(
            "feedback could not be delivered: {} refused, {} still owed",
            number::count(messages.feedback_errors),
            number::count(messages.pending),
        ),
    })
}
