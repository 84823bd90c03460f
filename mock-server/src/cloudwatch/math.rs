//! Metric math, computed.
//!
//! Series are joined where both have a point. What is not a number at some instant, as after a
//! division by zero, is no point there.
//!
//! **Invariant:** the points that one request makes are bounded.

use super::{
    expression::{Expression, Function, Operator},
    input::Span,
};
use crate::service::metrics::Minute;
use std::collections::BTreeMap;

/// Points at the beginnings of periods.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub(super) label: String,
    /// In minutes.
    pub(super) period: Minute,
    pub(super) points: BTreeMap<Minute, f64>,
}

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Scalar(f64),
    One(Series),
    Several(Vec<Series>),
}

/// Where expressions are computed.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) span: Span,
    /// The results so far, by their ids.
    pub(super) known: &'a BTreeMap<&'a str, Value>,
    /// The ids of the queries that are no expressions, in their order.
    pub(super) metrics: &'a [&'a str],
    /// How many points may still be made.
    pub(super) budget: &'a mut usize,
}

impl World<'_> {
    /// Computes an expression; an error says what is wrong with it.
    pub(super) fn compute(&mut self, expression: &Expression) -> Result<Value, String> {
        let value = match expression {
            Expression::Number(number) => Value::Scalar(*number),
            Expression::Id(id) => {
                let known = self.known.get(id.as_str()).cloned();
                known.ok_or_else(|| format!("no query has the id `{id}`"))?
            }
            Expression::Word(word) => return Err(format!("{word} must be the end of FILL")),
            Expression::Text(_) => return Err("only METRICS takes a text".to_owned()),
            Expression::Negative(inner) => self.compute(inner)?.map(|value| -value),
            Expression::Chain(first, others) => self.chain(first, others)?,
            Expression::List(items) => self.list(items)?,
            Expression::Call(function, arguments) => self.call(*function, arguments)?,
        };
        self.pay(&value)?;
        Ok(value)
    }

    fn chain(
        &mut self,
        first: &Expression,
        others: &[(Operator, Expression)],
    ) -> Result<Value, String> {
        let mut left = self.compute(first)?;
        for (operator, right) in others {
            let right = self.compute(right)?;
            left = binary(*operator, left, right)?;
            self.pay(&left)?;
        }
        Ok(left)
    }

    fn pay(&mut self, value: &Value) -> Result<(), String> {
        let points: usize = match value {
            Value::Scalar(_) => 0,
            Value::One(series) => series.points.len(),
            Value::Several(series) => series.iter().map(|series| 1 + series.points.len()).sum(),
        };
        let left = self.budget.checked_sub(points);
        *self.budget = left.ok_or("the request computes too many data points")?;
        Ok(())
    }

    fn list(&mut self, items: &[Expression]) -> Result<Value, String> {
        let one = |item| match self.compute(item)? {
            Value::One(series) => Ok(series),
            Value::Scalar(_) | Value::Several(_) => {
                Err("a list must have time series and nothing else".to_owned())
            }
        };
        items.iter().map(one).collect::<Result<_, _>>().map(Value::Several)
    }

    fn call(&mut self, function: Function, arguments: &[Expression]) -> Result<Value, String> {
        match (function, arguments) {
            (Function::Metrics, []) => Ok(self.metrics("")),
            (Function::Metrics, [Expression::Text(part)]) => Ok(self.metrics(part)),
            (Function::Fill, [series, filler]) => self.fill(series, filler),
            (Function::Avg | Function::Max | Function::Min | Function::Sum, [inner]) => {
                Ok(aggregate(function, self.compute(inner)?))
            }
            _ => Err("a function has the wrong number or kind of arguments".to_owned()),
        }
    }

    fn metrics(&self, part: &str) -> Value {
        let wanted = self.metrics.iter().filter(|id| id.contains(part));
        let series = wanted.filter_map(|id| match self.known.get(id) {
            Some(Value::One(series)) => Some(series.clone()),
            _ => None,
        });
        Value::Several(series.collect())
    }

    fn fill(&mut self, series: &Expression, filler: &Expression) -> Result<Value, String> {
        let filler = self.filler(filler)?;
        match self.compute(series)? {
            Value::Scalar(_) => Err("FILL fills time series only".to_owned()),
            Value::One(series) => self.filled(series, filler).map(Value::One),
            Value::Several(series) => {
                let filled = series.into_iter().map(|series| self.filled(series, filler));
                filled.collect::<Result<_, _>>().map(Value::Several)
            }
        }
    }

    fn filler(&mut self, filler: &Expression) -> Result<Filler, String> {
        if let Expression::Word(word) = filler {
            return Ok(if word == "REPEAT" { Filler::Repeat } else { Filler::Linear });
        }
        match self.compute(filler)? {
            Value::Scalar(value) => Ok(Filler::Constant(value)),
            Value::One(_) | Value::Several(_) => {
                Err("FILL takes a number, REPEAT or LINEAR".to_owned())
            }
        }
    }

    /// A series with a point for every period of the request that the filler has a value for.
    fn filled(&mut self, series: Series, filler: Filler) -> Result<Series, String> {
        let minutes = self.span.minutes(series.period);
        let period = usize::try_from(series.period).unwrap_or(usize::MAX);
        if minutes.len() / period > *self.budget {
            return Err("FILL would make too many data points".to_owned());
        }
        let known = &series.points;
        let value = |at| known.get(&at).copied().or_else(|| filler.value(known, at));
        let points = minutes.step_by(period).filter_map(|at| Some((at, value(at)?))).collect();
        Ok(Series { points, ..series })
    }
}

/// What FILL puts where nothing is.
#[derive(Clone, Copy)]
enum Filler {
    Constant(f64),
    /// The last value before.
    Repeat,
    /// On the line between the values around; nothing outside them.
    Linear,
}

impl Filler {
    fn value(self, known: &BTreeMap<Minute, f64>, at: Minute) -> Option<f64> {
        let before = || known.range(..at).next_back();
        match self {
            Self::Constant(value) => Some(value),
            Self::Repeat => before().map(|(_, value)| *value),
            Self::Linear => {
                let ((from, first), (to, last)) = (before()?, known.range(at..).next()?);
                let share = f64::from(at - from) / f64::from(to - from);
                Some(first + (last - first) * share)
            }
        }
    }
}

impl Series {
    fn map(self, change: impl Fn(f64) -> f64) -> Self {
        let points = self.points.into_iter().map(|(at, value)| (at, change(value)));
        Self { points: points.filter(|(_, value)| value.is_finite()).collect(), ..self }
    }

    fn join(&self, other: &Self, join: impl Fn(f64, f64) -> f64) -> Self {
        let both = self.points.iter().filter_map(|(at, left)| {
            let value = join(*left, *other.points.get(at)?);
            value.is_finite().then_some((*at, value))
        });
        Self {
            label: self.label.clone(),
            period: self.period.max(other.period),
            points: both.collect(),
        }
    }
}

impl Value {
    fn map(self, change: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Scalar(value) => Self::Scalar(change(value)),
            Self::One(series) => Self::One(series.map(change)),
            Self::Several(series) => {
                Self::Several(series.into_iter().map(|series| series.map(&change)).collect())
            }
        }
    }
}

fn binary(operator: Operator, left: Value, right: Value) -> Result<Value, String> {
    let apply = |left: f64, right: f64| match operator {
        Operator::Plus => left + right,
        Operator::Minus => left - right,
        Operator::Times => left * right,
        Operator::Over => left / right,
    };
    Ok(match (left, right) {
        (Value::Scalar(left), right) => right.map(|right| apply(left, right)),
        (left, Value::Scalar(right)) => left.map(|left| apply(left, right)),
        (Value::One(left), Value::One(right)) => Value::One(left.join(&right, apply)),
        (Value::Several(left), Value::One(right)) => {
            Value::Several(left.iter().map(|left| left.join(&right, apply)).collect())
        }
        (Value::One(left), Value::Several(right)) => {
            let swapped = |own, other| apply(other, own);
            Value::Several(right.iter().map(|right| right.join(&left, swapped)).collect())
        }
        (Value::Several(_), Value::Several(_)) => {
            return Err("two lists of time series cannot be joined".to_owned());
        }
    })
}

/// Of one series a number; of several a series, with a point wherever one of them has one.
fn aggregate(function: Function, value: Value) -> Value {
    match value {
        Value::Scalar(value) => Value::Scalar(value),
        Value::One(series) => {
            let values: Vec<_> = series.points.into_values().collect();
            Value::Scalar(folded(function, &values))
        }
        Value::Several(several) => {
            let mut at_each = BTreeMap::<Minute, Vec<f64>>::new();
            for series in &several {
                series
                    .points
                    .iter()
                    .for_each(|(at, value)| at_each.entry(*at).or_default().push(*value));
            }
            let points = at_each.iter().map(|(at, values)| (*at, folded(function, values)));
            let period = several.iter().map(|series| series.period).max().unwrap_or(1);
            Value::One(Series { label: String::new(), period, points: points.collect() })
        }
    }
}

/// Of no values at all, not a number.
fn folded(function: Function, values: &[f64]) -> f64 {
    let sum: f64 = values.iter().sum();
    match function {
        Function::Max => values.iter().copied().fold(f64::NAN, f64::max),
        Function::Min => values.iter().copied().fold(f64::NAN, f64::min),
        #[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
        Function::Avg => sum / values.len() as f64,
        Function::Sum | Function::Fill | Function::Metrics if values.is_empty() => f64::NAN,
        Function::Sum | Function::Fill | Function::Metrics => sum,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::expression::read, *};

    fn series(label: &str, points: &[(Minute, f64)]) -> Value {
        let points = points.iter().copied().collect();
        Value::One(Series { label: label.to_owned(), period: 1, points })
    }

    /// The points of an expression over a, b and e (empty), minutes 0 to 5.
    fn points(expression: &str) -> Result<Vec<(Minute, f64)>, String> {
        let known = BTreeMap::from([
            ("a", series("a", &[(0, 1.0), (1, 2.0), (3, 4.0)])),
            ("b", series("b", &[(1, 10.0), (2, 0.0), (3, 0.0)])),
            ("e", series("e", &[])),
        ]);
        let span = Span { start: 0.0, end: 300.0 };
        let mut budget = 1_000;
        let mut world =
            World { span, known: &known, metrics: &["a", "b", "e"], budget: &mut budget };
        match world.compute(&read(expression)?)? {
            Value::One(series) => Ok(series.points.into_iter().collect()),
            other @ (Value::Scalar(_) | Value::Several(_)) => Err(format!("{other:?}")),
        }
    }

    #[track_caller]
    fn check(expression: &str, wanted: &[(Minute, f64)]) {
        assert_eq!(points(expression).as_deref(), Ok(wanted), "{expression}");
    }

    #[test]
    fn series_join_where_both_have_points_and_zero_divides_nothing() {
        check("a+b", &[(1, 12.0), (3, 4.0)]);
        check("100*a/b", &[(1, 20.0)]);
        check("1-a", &[(0, 0.0), (1, -1.0), (3, -3.0)]);
        check("a/0", &[]);
        check("a*e", &[]);
    }

    #[test]
    fn aggregates_of_several_take_what_is_there() {
        check("SUM([a,b])", &[(0, 1.0), (1, 12.0), (2, 0.0), (3, 4.0)]);
        check("SUM(METRICS())", &[(0, 1.0), (1, 12.0), (2, 0.0), (3, 4.0)]);
        check("AVG(METRICS())", &[(0, 1.0), (1, 6.0), (2, 0.0), (3, 2.0)]);
        check("MIN([a,b])", &[(0, 1.0), (1, 2.0), (2, 0.0), (3, 0.0)]);
        check("MAX([a,b]) - MAX(METRICS(\"a\"))", &[(0, 0.0), (1, 8.0), (3, 0.0)]);
        check("a/SUM(a)", &[(0, 1.0 / 7.0), (1, 2.0 / 7.0), (3, 4.0 / 7.0)]);
        check("a+SUM(e)", &[]);
    }

    #[test]
    fn gaps_are_filled_as_told() {
        check("FILL(a,0)", &[(0, 1.0), (1, 2.0), (2, 0.0), (3, 4.0), (4, 0.0)]);
        check("FILL(a,-1)*1", &[(0, 1.0), (1, 2.0), (2, -1.0), (3, 4.0), (4, -1.0)]);
        check("FILL(b,REPEAT)", &[(1, 10.0), (2, 0.0), (3, 0.0), (4, 0.0)]);
        check("FILL(a,LINEAR)", &[(0, 1.0), (1, 2.0), (2, 3.0), (3, 4.0)]);
        check("FILL(e,7)", &[(0, 7.0), (1, 7.0), (2, 7.0), (3, 7.0), (4, 7.0)]);
    }

    #[test]
    fn what_cannot_be_computed_says_why() {
        for expression in [
            "c",
            "REPEAT",
            "[1]",
            "METRICS()+METRICS()",
            "FILL(1,0)",
            "FILL(a,b)",
            "SUM()",
            "SUM(\"a\")",
        ] {
            assert!(points(expression).is_err(), "{expression}");
        }
        assert!(points(&format!("a{}", "+a".repeat(999))).is_err());
    }
}
