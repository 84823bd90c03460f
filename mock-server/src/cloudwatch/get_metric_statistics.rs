//! `GetMetricStatistics`.
//!
//! **Invariant:** a period without samples has no data point.

use super::{
    failure::{Failure, Kind},
    input::StatisticsInput,
    node::Node,
};
use crate::service::metrics::{Metrics, Minute, Samples, Unit};

/// The most data points that may be asked for.
const DATAPOINTS: f64 = 1_440.0;

pub(super) fn run(metrics: &Metrics, input: &StatisticsInput) -> Result<Node, Failure> {
    let asked = (input.span.end - input.span.start) / f64::from(input.asked.period);
    if asked > DATAPOINTS {
        return Err(Failure::new(
            Kind::InvalidParameterCombination,
            format!(
                "up to {:.0} data points are asked for, but no more than {DATAPOINTS:.0} may be: a \
                 longer Period or a shorter time has fewer",
                asked.ceil()
            ),
        ));
    }
    let unit = input.asked.metric().map_or(Unit::Count, |metric| metric.unit());
    let points = input.asked.points(metrics, input.span);
    let points = points.iter().map(|(at, samples)| datapoint(*at, samples, unit, input));
    Ok(Node::structure([
        ("Label", Node::text(&input.asked.metric)),
        ("Datapoints", Node::List(points.collect())),
    ]))
}

fn datapoint(at: Minute, samples: &Samples, unit: Unit, input: &StatisticsInput) -> Node {
    let value = |(name, statistic): &(String, _)| {
        samples.statistic(*statistic).map(|value| (name.clone(), Node::Number(value)))
    };
    let mut members = vec![("Timestamp".to_owned(), Node::Time(f64::from(at) * 60.0))];
    members.extend(input.statistics.iter().filter_map(value));
    members.push(("Unit".to_owned(), Node::text(unit.as_str())));
    let extended: Vec<_> = input.extended.iter().filter_map(value).collect();
    if !extended.is_empty() {
        members.push(("ExtendedStatistics".to_owned(), Node::Table(extended)));
    }
    Node::Structure(members)
}
