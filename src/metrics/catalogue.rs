//! Every metric of a run: what it is called and where its values are in a snapshot.
//!
//! `docs/metrics.md` and the Grafana dashboard name the same metrics; a test holds them together.

use super::{Buckets, Family, Labels, Series};
use crate::{
    record::{cells::Cell, latency::Metric},
    watch::{
        problems::Problem,
        snapshot::Snapshot,
        spread::Spread,
        vitals::{Operation, in_flight, open_sessions},
    },
};
use std::time::Duration;

/// Bounds of what a call takes, in seconds.
const CALLS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Bounds of how late calls left, in seconds.
const LAG: &[f64] =
    &[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Bounds of what a user takes, in seconds.
const USERS: &[f64] =
    &[1.0, 2.5, 5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0, 300.0, 600.0];

/// Every metric of the run at this moment, in the order of `docs/metrics.md`.
#[must_use]
pub fn families(snapshot: &Snapshot) -> Vec<Family> {
    let mut all = about(snapshot);
    all.extend(sessions(snapshot));
    all.extend(calls(snapshot));
    all.extend(messages(snapshot));
    all.extend(durations(snapshot));
    all.push(problems(snapshot));
    all
}

fn about(snapshot: &Snapshot) -> Vec<Family> {
    let about = &snapshot.about;
    let version = labels(&[("version", env!("CARGO_PKG_VERSION"))]);
    let run = labels(&[
        ("scenario", &about.scenario),
        ("seed", &about.seed.to_string()),
        ("target", &about.target),
    ]);
    let one = |value| Series::Gauge(vec![(Labels::new(), value)]);
    let quotas = Operation::ALL.into_iter().zip(about.quotas);
    let quotas = quotas.filter_map(|(operation, quota)| Some((of(operation), quota?)));
    vec![
        family(
            "otpdrill_build_info",
            "The program that runs.",
            "",
            Series::Gauge(vec![(version, 1.0)]),
        ),
        family(
            "otpdrill_run_info",
            "What is played, and where calls go.",
            "",
            Series::Gauge(vec![(run, 1.0)]),
        ),
        family(
            "otpdrill_campaign_time_seconds",
            "How far the campaign has come, in campaign time.",
            "seconds",
            one(snapshot.at.secs_f64()),
        ),
        family(
            "otpdrill_campaign_expected_seconds",
            "When the campaign is expected to end, in campaign time.",
            "seconds",
            one(about.expected_end.secs_f64()),
        ),
        family("otpdrill_campaign_speed", "Campaign time per wall time.", "", one(about.speed)),
        family(
            "otpdrill_quota_per_second",
            "Calls per second of campaign time that the scenario's service allows.",
            "",
            Series::Gauge(quotas.collect()),
        ),
        family(
            "otpdrill_schedule_lag_limit_seconds",
            "The lag at which a run is invalid.",
            "seconds",
            one(about.max_lag.as_secs_f64()),
        ),
    ]
}

fn sessions(snapshot: &Snapshot) -> Vec<Family> {
    let ends: [Column; 8] = [
        ("verified", |cell| cell.sessions.verified),
        ("expired", |cell| cell.sessions.expired),
        ("locked_out", |cell| cell.sessions.locked_out),
        ("abandoned", |cell| cell.sessions.abandoned),
        ("rate_limited", |cell| cell.sessions.rate_limited),
        ("send_failed", |cell| cell.sessions.send_failed),
        ("dropped", |cell| cell.sessions.dropped),
        ("unfinished", |cell| cell.sessions.unfinished),
    ];
    vec![
        family(
            "otpdrill_sessions_arrived",
            "Users who asked to be verified.",
            "",
            Series::Counter(by_country(snapshot, |cell| cell.sessions.arrived)),
        ),
        family(
            "otpdrill_sessions_ended",
            "Sessions that ended, by how.",
            "",
            Series::Counter(by_outcome(snapshot, &[], &ends)),
        ),
        family(
            "otpdrill_sessions_open",
            "Sessions that have arrived and not ended.",
            "",
            Series::Gauge(by_country(snapshot, |cell| open_sessions(&cell.sessions))),
        ),
    ]
}

fn calls(snapshot: &Snapshot) -> Vec<Family> {
    let sends: [Column; 4] = [
        ("accepted", |cell| cell.messages.accepted),
        ("throttled", |cell| cell.messages.throttled),
        ("rejected", |cell| cell.messages.rejected),
        ("unknown", |cell| cell.messages.unknown),
    ];
    let puts: [Column; 4] = [
        ("acknowledged", |cell| cell.puts.acknowledged),
        ("repeated", |cell| cell.puts.repeated),
        ("refused", |cell| cell.puts.refused),
        ("unanswered", |cell| cell.puts.unanswered),
    ];
    let (send, put) = (of(Operation::Send), of(Operation::Put));
    let mut started = with(&send, by_country(snapshot, |cell| cell.messages.attempted));
    started.extend(with(&put, by_country(snapshot, |cell| cell.puts.attempted)));
    let mut answered = by_outcome(snapshot, &send, &sends);
    answered.extend(by_outcome(snapshot, &put, &puts));
    let total = snapshot.vitals.total();
    let flying =
        Operation::ALL.map(|operation| (of(operation), number(in_flight(operation, &total))));
    let throttled = number(snapshot.vitals.puts_throttled());
    vec![
        family(
            "otpdrill_calls_started",
            "API calls that left, each attempt for itself.",
            "",
            Series::Counter(started),
        ),
        family(
            "otpdrill_calls_answered",
            "API calls that were answered or given up, by outcome.",
            "",
            Series::Counter(answered),
        ),
        family(
            "otpdrill_feedback_throttled",
            "PutMessageFeedback calls that were throttled; among those repeated.",
            "",
            Series::Counter(vec![(Labels::new(), throttled)]),
        ),
        family(
            "otpdrill_calls_in_flight",
            "API calls without an answer.",
            "",
            Series::Gauge(flying.into()),
        ),
    ]
}

fn messages(snapshot: &Snapshot) -> Vec<Family> {
    let ends: [Column; 6] = [
        ("received", |cell| cell.messages.received),
        ("failed", |cell| cell.messages.failed),
        ("unreported", |cell| cell.messages.unreported),
        ("refused", |cell| cell.messages.feedback_errors),
        ("pending", |cell| cell.messages.pending),
        ("not_expecting", |cell| cell.messages.not_expecting),
    ];
    let cost = countries(snapshot).map(|(labels, cell)| (labels, cell.cost_usd())).collect();
    vec![
        family(
            "otpdrill_feedback_settled",
            "Accepted messages whose feedback has ended, by how.",
            "",
            Series::Counter(by_outcome(snapshot, &[], &ends)),
        ),
        family(
            "otpdrill_messages_expecting",
            "Accepted messages with feedback on: the denominator of message conversion.",
            "",
            Series::Counter(by_country(snapshot, |cell| cell.messages.expecting)),
        ),
        family(
            "otpdrill_cost_usd",
            "What the accepted messages cost by the price table.",
            "usd",
            Series::Counter(cost),
        ),
    ]
}

fn durations(snapshot: &Snapshot) -> Vec<Family> {
    let spread = |metric: Metric| snapshot.vitals.spread(metric);
    let both = |which: usize| {
        let series = Operation::ALL
            .map(|operation| (of(operation), buckets(spread(operation.metrics()[which]), CALLS)));
        Series::Histogram(series.into())
    };
    let one =
        |metric, bounds| Series::Histogram(vec![(Labels::new(), buckets(spread(metric), bounds))]);
    vec![
        family(
            "otpdrill_call_response_seconds",
            "From the instant a call was due to its answer, in wall time.",
            "seconds",
            both(0),
        ),
        family(
            "otpdrill_call_service_seconds",
            "From the actual call to its answer, in wall time.",
            "seconds",
            both(1),
        ),
        family(
            "otpdrill_schedule_lag_seconds",
            "How late sends left by our own fault, in wall time.",
            "seconds",
            one(Metric::ScheduleLag, LAG),
        ),
        family(
            "otpdrill_time_to_verify_seconds",
            "From a verified session's arrival to its verification, in campaign time.",
            "seconds",
            one(Metric::TimeToVerify, USERS),
        ),
    ]
}

fn problems(snapshot: &Snapshot) -> Family {
    let seen = Problem::ALL.map(|problem| {
        let count = snapshot.vitals.problems.of(problem).count;
        (labels(&[("problem", problem.label())]), number(count))
    });
    let help = "What went wrong, by kind.";
    family("otpdrill_problems", help, "", Series::Counter(seen.into()))
}

/// A value of the label `outcome`, and its count.
type Column = (&'static str, fn(&Cell) -> u64);

const fn family(
    name: &'static str,
    help: &'static str,
    unit: &'static str,
    series: Series,
) -> Family {
    Family { name, help, unit, series }
}

fn labels(pairs: &[(&'static str, &str)]) -> Labels {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

fn of(operation: Operation) -> Labels {
    labels(&[("operation", operation.name())])
}

fn countries(snapshot: &Snapshot) -> impl Iterator<Item = (Labels, &Cell)> {
    let codes = snapshot.about.countries.iter().map(|code| labels(&[("country", code)]));
    codes.zip(snapshot.vitals.countries())
}

fn by_country(snapshot: &Snapshot, count: fn(&Cell) -> u64) -> Vec<(Labels, f64)> {
    countries(snapshot).map(|(labels, cell)| (labels, number(count(cell)))).collect()
}

fn by_outcome(
    snapshot: &Snapshot,
    before: &[(&'static str, String)],
    columns: &[Column],
) -> Vec<(Labels, f64)> {
    let each = countries(snapshot).flat_map(|(labels, cell)| {
        columns.iter().map(move |(outcome, count)| {
            let outcome = ("outcome", (*outcome).to_owned());
            let all = before.iter().cloned().chain(labels.clone()).chain([outcome]);
            (all.collect(), number(count(cell)))
        })
    });
    each.collect()
}

fn with(before: &Labels, series: Vec<(Labels, f64)>) -> Vec<(Labels, f64)> {
    let all = series.into_iter();
    all.map(|(labels, value)| ([before.as_slice(), &labels].concat(), value)).collect()
}

fn buckets(spread: &Spread, bounds: &'static [f64]) -> Buckets {
    let durations: Vec<_> = bounds.iter().map(|bound| Duration::from_secs_f64(*bound)).collect();
    Buckets {
        bounds,
        at_most: spread.at_most(&durations),
        count: spread.count(),
        sum: spread.total().as_secs_f64(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "collectors count in floating point themselves")]
const fn number(count: u64) -> f64 {
    count as f64
}
