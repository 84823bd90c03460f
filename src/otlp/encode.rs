//! From a snapshot to a request for a collector.
//!
//! **Invariant:** names and labels are those of the text format; a counter's name has no `_total` here.

use super::message::{
    AnyValue, Data, Gauge, Histogram, HistogramPoint, KeyValue, Metric, Number, NumberPoint,
    Request, Resource, ResourceMetrics, Scope, ScopeMetrics, Sum, Temporality, Value,
};
use crate::{
    metrics::{Buckets, Family, Labels, Series, families},
    watch::snapshot::Snapshot,
};
use prost::Message as _;
use std::time::Duration;

/// When a sum began, and when it was taken, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Times(u64, u64);

/// The request with everything that the snapshot shows, taken at `now`.
pub(super) fn request(snapshot: &Snapshot, now: Duration) -> Vec<u8> {
    let times = Times(nanos(snapshot.about.began), nanos(now));
    let metrics = families(snapshot).into_iter().map(|family| metric(family, times)).collect();
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let scope = Scope { name: "otpdrill".to_owned(), version: version.clone() };
    let attributes = [
        ("service.name", "otpdrill".to_owned()),
        ("service.version", version),
        ("otpdrill.scenario", snapshot.about.scenario.clone()),
        ("otpdrill.seed", snapshot.about.seed.to_string()),
        ("otpdrill.target", snapshot.about.target.clone()),
    ];
    let resource = Resource { attributes: attributes.into_iter().map(pair).collect() };
    let scope_metrics = vec![ScopeMetrics { scope: Some(scope), metrics }];
    let of_resource = ResourceMetrics { resource: Some(resource), scope_metrics };
    Request { resource_metrics: vec![of_resource] }.encode_to_vec()
}

fn metric(family: Family, times: Times) -> Metric {
    let aggregation_temporality = Temporality::Cumulative.into();
    let data = match family.series {
        Series::Counter(series) => Data::Sum(Sum {
            data_points: numbers(series, times),
            aggregation_temporality,
            is_monotonic: true,
        }),
        Series::Gauge(series) => Data::Gauge(Gauge { data_points: numbers(series, times) }),
        Series::Histogram(series) => {
            let points =
                series.into_iter().map(|(labels, buckets)| histogram(labels, &buckets, times));
            Data::Histogram(Histogram { data_points: points.collect(), aggregation_temporality })
        }
    };
    Metric {
        name: family.name.to_owned(),
        description: family.help.to_owned(),
        unit: unit(family.unit).to_owned(),
        data: Some(data),
    }
}

fn numbers(series: Vec<(Labels, f64)>, Times(start, now): Times) -> Vec<NumberPoint> {
    let points = series.into_iter().map(|(labels, value)| NumberPoint {
        attributes: labels.into_iter().map(pair).collect(),
        start_time_unix_nano: start,
        time_unix_nano: now,
        value: Some(Number::Double(value)),
    });
    points.collect()
}

fn histogram(labels: Labels, buckets: &Buckets, Times(start, now): Times) -> HistogramPoint {
    let mut before = 0;
    let rising = buckets.at_most.iter().chain([&buckets.count]);
    let counts = rising.map(|at_most| at_most - std::mem::replace(&mut before, *at_most));
    HistogramPoint {
        attributes: labels.into_iter().map(pair).collect(),
        start_time_unix_nano: start,
        time_unix_nano: now,
        count: buckets.count,
        sum: Some(buckets.sum),
        bucket_counts: counts.collect(),
        explicit_bounds: buckets.bounds.to_vec(),
    }
}

fn pair((key, value): (&'static str, String)) -> KeyValue {
    let value = Some(AnyValue { value: Some(Value::Text(value)) });
    KeyValue { key: key.to_owned(), value }
}

/// As UCUM writes it.
fn unit(unit: &str) -> &str {
    match unit {
        "seconds" => "s",
        "usd" => "USD",
        "" => "1",
        other => other,
    }
}

fn nanos(since: Duration) -> u64 {
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bucket_has_its_own_count_and_the_last_one_what_is_longer() {
        let buckets = Buckets { bounds: &[0.5, 1.0], at_most: vec![1, 3], count: 4, sum: 7.5 };
        let point = histogram(Labels::new(), &buckets, Times(1, 2));
        assert_eq!((point.bucket_counts, point.explicit_bounds), (vec![1, 2, 1], vec![0.5, 1.0]));
    }
}
