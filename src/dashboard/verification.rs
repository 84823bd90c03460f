//! `verify.json`: what a dashboard was found to say.

use super::{
    Minute,
    compare::{Finding, Judgement, Kind, Total},
    expected::{Dashboard, Expected, percentage},
    observed::Observed,
    series::{FeedbackMetric, Series, Status},
    stamp,
};
use serde::Serialize;
use std::{collections::BTreeMap, io, time::Duration};

/// A dashboard that was looked at, as often as was needed.
#[derive(Clone, Debug, PartialEq)]
pub struct Verification {
    /// The run's name: its scenario and seed.
    pub run: String,
    /// Who was asked.
    pub against: String,
    /// The share of a value by which it may be off.
    pub tolerance: f64,
    /// How long it was waited for.
    pub waited: Duration,
    /// How often it was read.
    pub reads: u32,
    /// What had to be.
    pub expected: Expected,
    /// What was read last.
    pub observed: Observed,
    /// What that comes to.
    pub judgement: Judgement,
    /// What deviated at first and was right at last.
    pub late: Vec<Finding>,
}

impl Verification {
    /// What the console's dashboard shows of the run.
    #[must_use]
    pub fn dashboard(&self) -> Dashboard {
        let total = |metric, country: Option<&String>, status| {
            let series = Series { metric, country: country.cloned(), status };
            let found = self.judgement.totals.iter().find(|total| total.series == series);
            found.map_or(0, |total| whole(total.observed))
        };
        let received = Some(Status::Received);
        let completed = total(FeedbackMetric::With, None, received);
        let codes = self.expected.dashboard.by_country.keys();
        Dashboard {
            completed,
            percentage: percentage(completed, total(FeedbackMetric::Expecting, None, None)),
            by_country: codes
                .map(|code| (code.clone(), total(FeedbackMetric::With, Some(code), received)))
                .collect(),
        }
    }

    /// One sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        if self.judgement.agrees() {
            return "the dashboard agrees with the run".to_owned();
        }
        let count = |kind: Kind| (self.judgement.count(kind), kind.name());
        let counts = Kind::ALL.map(count).into_iter().filter(|(count, _)| *count > 0);
        let counts: Vec<_> = counts.map(|(count, name)| format!("{count} {name}")).collect();
        format!("the dashboard does not agree with the run: {}", counts.join(", "))
    }

    /// Writes `verify.json`.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let span = self.expected.span();
        let file = File {
            schema: 1,
            run: &self.run,
            against: &self.against,
            verdict: if self.judgement.agrees() { "agrees" } else { "differs" },
            stamped_at: &self.expected.stamped_at,
            tolerance: self.tolerance,
            waited_s: self.waited.as_secs_f64(),
            reads: self.reads,
            first: span.map(|(first, _)| stamp(first)),
            last: span.map(|(_, last)| stamp(last)),
            periods: Periods { compared: self.judgement.periods, exact: self.judgement.exact },
            counts: Kind::ALL.map(|kind| (kind.name(), self.judgement.count(kind))).into(),
            totals: self.judgement.totals.iter().map(|total| self.total(total)).collect(),
            findings: self.judgement.findings.iter().map(finding).collect(),
            arrived_late: self.late.iter().map(finding).collect(),
            dashboard: Dashboards {
                expected: &self.expected.dashboard,
                observed: self.dashboard(),
            },
        };
        serde_json::to_writer_pretty(&mut *out, &file)?;
        writeln!(out)
    }

    fn total<'a>(&self, total: &'a Total) -> TotalFile<'a> {
        let Total { series, range, observed, kind } = total;
        let span = self.expected.span().unwrap_or_default();
        let points = self.observed.points(series).into_iter().flatten();
        let within = points.filter(|(at, _)| (span.0..=span.1).contains(at));
        TotalFile {
            id: series.id(),
            metric: series.metric.name(),
            country: series.country.as_deref(),
            status: series.status.map(Status::name),
            lowest: range.lowest,
            highest: range.highest,
            observed: *observed,
            verdict: kind.map_or("ok", Kind::name),
            points: within.map(|(at, value)| (stamp(*at), *value)).collect(),
        }
    }
}

fn finding(finding: &Finding) -> FindingFile<'_> {
    let Finding { series, at, range, observed, kind } = finding;
    FindingFile {
        id: series.id(),
        metric: series.metric.name(),
        country: series.country.as_deref(),
        status: series.status.map(Status::name),
        at: at.map(|at: Minute| stamp(at)),
        lowest: range.lowest,
        highest: range.highest,
        observed: *observed,
        verdict: kind.name(),
    }
}

/// A count as CloudWatch tells it: a number that is whole.
fn whole(value: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
    let whole = value.max(0.0).round() as u64;
    whole
}

#[derive(Serialize)]
struct File<'a> {
    schema: u32,
    run: &'a str,
    against: &'a str,
    verdict: &'static str,
    stamped_at: &'a str,
    tolerance: f64,
    waited_s: f64,
    reads: u32,
    first: Option<String>,
    last: Option<String>,
    periods: Periods,
    counts: BTreeMap<&'static str, usize>,
    dashboard: Dashboards<'a>,
    totals: Vec<TotalFile<'a>>,
    findings: Vec<FindingFile<'a>>,
    arrived_late: Vec<FindingFile<'a>>,
}

#[derive(Serialize)]
struct Periods {
    compared: usize,
    exact: usize,
}

#[derive(Serialize)]
struct Dashboards<'a> {
    expected: &'a Dashboard,
    observed: Dashboard,
}

#[derive(Serialize)]
struct TotalFile<'a> {
    id: String,
    metric: &'static str,
    country: Option<&'a str>,
    status: Option<&'static str>,
    lowest: u64,
    highest: u64,
    observed: f64,
    verdict: &'static str,
    points: Vec<(String, f64)>,
}

#[derive(Serialize)]
struct FindingFile<'a> {
    id: String,
    metric: &'static str,
    country: Option<&'a str>,
    status: Option<&'static str>,
    at: Option<String>,
    lowest: u64,
    highest: u64,
    observed: f64,
    verdict: &'static str,
}
