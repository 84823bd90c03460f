//! What to ask CloudWatch: plain sums by the minute, an id for each series.
//!
//! **Invariant:** no metric math.

use super::{Minute, NAMESPACE, PERIOD_S, expected::Expected, stamp};
use serde_json::{Value, json};

/// How many queries a call may have.
pub const QUERIES_PER_CALL: usize = 500;

/// How many minutes after a run's last are looked at, for what came too late.
pub const AFTER: Minute = 60;

/// The minutes to ask for, the last excluded; `None` if nothing is expected.
#[must_use]
pub fn span(expected: &Expected) -> Option<(Minute, Minute)> {
    expected.span().map(|(first, last)| (first, last.saturating_add(1 + AFTER)))
}

/// The input of `GetMetricData` as `aws cloudwatch get-metric-data --cli-input-json` takes it, one for
/// each call that is needed.
#[must_use]
pub fn inputs(expected: &Expected) -> Vec<Value> {
    let Some((start, end)) = span(expected) else { return Vec::new() };
    let queries: Vec<_> = expected
        .series
        .keys()
        .map(|series| {
            let dimensions: Vec<_> = series
                .dimensions()
                .into_iter()
                .map(|(name, value)| json!({ "Name": name, "Value": value }))
                .collect();
            json!({
                "Id": series.id(),
                "Label": series.to_string(),
                "MetricStat": {
                    "Metric": {
                        "Namespace": NAMESPACE,
                        "MetricName": series.metric.name(),
                        "Dimensions": dimensions,
                    },
                    "Period": PERIOD_S,
                    "Stat": "Sum",
                },
            })
        })
        .collect();
    let input = |queries: &[Value]| {
        json!({
            "StartTime": stamp(start),
            "EndTime": stamp(end),
            "ScanBy": "TimestampAscending",
            "MetricDataQueries": queries,
        })
    };
    queries.chunks(QUERIES_PER_CALL).map(input).collect()
}
