//! `ListMetrics`: the series that had samples in the last two weeks, as AWS documents, or in the last
//! three hours.
//!
//! **Invariant:** a series is listed once.

use super::{
    failure::{Failure, Kind},
    input::ListInput,
    node::Node,
    page,
};
use crate::service::{
    metrics::{Metrics, Minute, NAMESPACE, Series},
    time::SimTime,
};

/// The length of a page.
const PAGE: usize = 500;

const TWO_WEEKS: Minute = 14 * 24 * 60;
const THREE_HOURS: Minute = 3 * 60;

pub(super) fn run(metrics: &Metrics, now: SimTime, input: &ListInput) -> Result<Node, Failure> {
    let request = (&input.namespace, &input.metric, &input.dimensions, input.recently_active);
    // This operation has no error of its own for tokens.
    let start = page::start(input.next_token.as_deref(), &request)
        .map_err(|failure| Failure { kind: Kind::InvalidParameterValue, ..failure })?;
    let age = if input.recently_active { THREE_HOURS } else { TWO_WEEKS };
    let mut found = metrics.series(metrics.minute(now).saturating_sub(age));
    found.retain(|series| wanted(series, input));
    let end = found.len().min(start.saturating_add(PAGE));
    let listed = found.get(start..end).unwrap_or_default();
    let mut members = vec![("Metrics", Node::List(listed.iter().map(shown).collect()))];
    if end < found.len() {
        members.push(("NextToken", Node::Text(page::token(end, &request))));
    }
    Ok(Node::structure(members))
}

fn wanted(series: &Series, input: &ListInput) -> bool {
    let has = |(name, value): &(String, Option<String>)| {
        series.dimensions.iter().any(|(dimension, own)| {
            dimension.as_str() == name && value.as_ref().is_none_or(|value| value == own)
        })
    };
    input.namespace.as_deref().is_none_or(|namespace| namespace == NAMESPACE)
        && input.metric.as_deref().is_none_or(|metric| metric == series.metric.name())
        && input.dimensions.iter().all(has)
}

fn shown(series: &Series) -> Node {
    let dimension = |(name, value): &(_, String)| {
        let name: &crate::service::metrics::Dimension = name;
        Node::structure([("Name", Node::text(name.as_str())), ("Value", Node::text(value))])
    };
    Node::structure([
        ("Namespace", Node::text(NAMESPACE)),
        ("MetricName", Node::text(series.metric.name())),
        ("Dimensions", Node::List(series.dimensions.iter().map(dimension).collect())),
    ])
}
