//! `GetMetricData`.
//!
//! **Invariant:** pages joined in their order are the whole result.

use super::{
    expression::{self, Expression},
    failure::Failure,
    input::{DataInput, Query, What},
    math::{Series, Value, World},
    node::Node,
    page,
};
use crate::service::metrics::{Metrics, Minute};
use std::{collections::BTreeMap, ops::Range};

/// How many points a request may compute on its way. AWS's own bounds are on other things.
const BUDGET: usize = 5_000_000;

pub(super) fn run(metrics: &Metrics, input: &DataInput) -> Result<Node, Failure> {
    let request = (&input.queries, input.span, input.ascending);
    let start = page::start(input.next_token.as_deref(), &request)?;
    let results = results(metrics, input)?;
    let total: usize = results.iter().map(|result| result.points.len()).sum();
    let end = total.min(start.saturating_add(input.max_datapoints));
    let page = Page { window: start..end, is_last: end == total };
    let mut members = vec![("MetricDataResults", Node::List(page.cut(&results)))];
    if !page.is_last {
        members.push(("NextToken", Node::Text(page::token(end, &request))));
    }
    Ok(Node::structure(members))
}

/// A series as it is to be returned.
struct Returned<'a> {
    id: &'a str,
    label: String,
    points: Vec<(Minute, f64)>,
}

fn results<'a>(metrics: &Metrics, input: &'a DataInput) -> Result<Vec<Returned<'a>>, Failure> {
    let mut budget = BUDGET;
    let known = computed(metrics, input, &mut budget)?;
    let mut results = Vec::new();
    for query in input.queries.iter().filter(|query| query.return_data) {
        match known.get(query.id.as_str()) {
            Some(Value::One(series)) => results.push(returned(query, series, input.ascending)),
            Some(Value::Several(several)) => {
                results
                    .extend(several.iter().map(|series| returned(query, series, input.ascending)));
            }
            Some(Value::Scalar(_)) | None => {
                return Err(wrong(query, "it must come to a time series, not to a number"));
            }
        }
    }
    Ok(results)
}

fn returned<'a>(query: &'a Query, series: &Series, ascending: bool) -> Returned<'a> {
    let mut points: Vec<_> = series.points.iter().map(|(at, value)| (*at, *value)).collect();
    if !ascending {
        points.reverse();
    }
    let own = query.label.clone();
    let label = match query.what {
        What::Stat(..) => own.unwrap_or_else(|| series.label.clone()),
        What::Expression(_) => {
            let words = [own.unwrap_or_else(|| query.id.clone()), series.label.clone()];
            words.join(" ").trim_end().to_owned()
        }
    };
    Returned { id: &query.id, label, points }
}

fn wrong(query: &Query, why: &str) -> Failure {
    Failure::validation(format!("error in expression '{}': {why}", query.id))
}

/// The value of every query. Expressions may name each other in any order, but not in a circle.
fn computed<'a>(
    metrics: &Metrics,
    input: &'a DataInput,
    budget: &mut usize,
) -> Result<BTreeMap<&'a str, Value>, Failure> {
    let (mut known, mut stats, mut waiting) = (BTreeMap::new(), Vec::new(), Vec::new());
    for query in &input.queries {
        let id = query.id.as_str();
        match &query.what {
            What::Stat(asked, statistic) => {
                let points = asked.points(metrics, input.span).into_iter();
                let points =
                    points.filter_map(|(at, found)| Some((at, found.statistic(*statistic)?)));
                let period = asked.minutes().unwrap_or(1);
                let label = asked.metric.clone();
                known.insert(id, Value::One(Series { label, period, points: points.collect() }));
                stats.push(id);
            }
            What::Expression(text) => {
                let expression = expression::read(text).map_err(|why| wrong(query, &why))?;
                check_ids(query, &expression, &input.queries)?;
                waiting.push((query, expression));
            }
        }
    }
    while !waiting.is_empty() {
        let ready = waiting
            .iter()
            .position(|(_, expression)| ids(expression).iter().all(|id| known.contains_key(id)));
        let Some(ready) = ready else {
            return Err(wrong(waiting[0].0, "it depends on itself"));
        };
        let (query, expression) = waiting.remove(ready);
        let mut world = World { span: input.span, known: &known, metrics: &stats, budget };
        let value = world.compute(&expression).map_err(|why| wrong(query, &why))?;
        known.insert(&query.id, unnamed(value));
    }
    Ok(known)
}

/// The result of an expression has no metric's label, unless it is several.
fn unnamed(value: Value) -> Value {
    match value {
        Value::One(series) => Value::One(Series { label: String::new(), ..series }),
        Value::Scalar(_) | Value::Several(_) => value,
    }
}

fn ids(expression: &Expression) -> Vec<&str> {
    let mut found = Vec::new();
    expression.ids(&mut found);
    found
}

fn check_ids(query: &Query, expression: &Expression, queries: &[Query]) -> Result<(), Failure> {
    let unknown = |id: &&str| !queries.iter().any(|query| query.id == *id);
    match ids(expression).into_iter().find(unknown) {
        None => Ok(()),
        Some(id) => Err(wrong(query, &format!("no query has the id `{id}`"))),
    }
}

/// Some of all points, counted through all results.
struct Page {
    window: Range<usize>,
    is_last: bool,
}

impl Page {
    /// The results that have points on this page; those without any are where they would be.
    fn cut(&self, results: &[Returned<'_>]) -> Vec<Node> {
        let mut place = 0;
        let mut cut = Vec::new();
        for result in results {
            let (first, end) = (place, place + result.points.len());
            place = end;
            let here = if first == end {
                self.window.contains(&first) || (self.is_last && first == self.window.end)
            } else {
                first < self.window.end && self.window.start < end
            };
            if here {
                let from = self.window.start.saturating_sub(first).min(result.points.len());
                let to = self.window.end.min(end) - first;
                let code = if self.window.end < end { "PartialData" } else { "Complete" };
                cut.push(shown(result, &result.points[from..to], code));
            }
        }
        cut
    }
}

fn shown(result: &Returned<'_>, points: &[(Minute, f64)], code: &str) -> Node {
    let times = points.iter().map(|(at, _)| Node::Time(f64::from(*at) * 60.0)).collect();
    let values = points.iter().map(|(_, value)| Node::Number(*value)).collect();
    Node::structure([
        ("Id", Node::text(result.id)),
        ("Label", Node::text(&result.label)),
        ("Timestamps", Node::List(times)),
        ("Values", Node::List(values)),
        ("StatusCode", Node::text(code)),
    ])
}
