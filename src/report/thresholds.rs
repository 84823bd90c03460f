//! Thresholds held against a run.
//!
//! A threshold names a path of `summary.json`, so it is looked up in those very figures: what CI
//! decides on and what people read cannot differ.

use super::{by_time, by_time::Figure, figures::Figures, scope::Scope};
use crate::{
    record::Recorder,
    scenario::{Scenario, threshold::Threshold},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

/// What became of one threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThresholdResult {
    /// The threshold as it was written.
    pub expr: String,
    /// The figure; `None` if it does not exist.
    pub observed: Option<f64>,
    /// The figure's denominator: how much it rests on.
    pub samples: u64,
    /// Whether it holds; without samples it does not.
    pub ok: bool,
}

impl ThresholdResult {
    /// Why nothing was observed, if nothing was.
    #[must_use]
    pub const fn unobserved(&self) -> Option<&'static str> {
        match self.observed {
            _ if self.samples == 0 => Some("there was no sample"),
            None => Some("the baseline has no such figure, or 0"),
            Some(_) => None,
        }
    }
}

/// The figures of a baseline, by the thresholds that are set against them as they were written.
pub type BaselineFigures = BTreeMap<String, f64>;

/// Holds every threshold of the scenario against what was recorded. One that is set against a baseline
/// which does not have the figure does not hold.
#[must_use]
pub fn evaluate(
    recorder: &Recorder,
    elapsed: Duration,
    baseline: &BaselineFigures,
) -> Vec<ThresholdResult> {
    let scenario = recorder.scenario();
    // A long run's figures take a while, and many thresholds speak of the same part of it.
    let mut known: Vec<(Scope, Figures)> = Vec::new();
    let thresholds = scenario.thresholds.iter();
    let judged = thresholds.map(|threshold| {
        if !threshold.window.is_whole() {
            let country = country(threshold, scenario);
            return result(threshold, by_time::figure(recorder, threshold, country));
        }
        let scope = scope(threshold, scenario);
        let place = known.iter().position(|(known, _)| *known == scope);
        let place = place.unwrap_or_else(|| {
            known.push((scope, Figures::of(recorder, scope, elapsed)));
            known.len() - 1
        });
        let mut figure = figure(threshold, &known[place].1);
        if let Some(against) = threshold.against {
            let value = figure.value.map(|value| as_told(threshold, value));
            let both = value.zip(baseline.get(&threshold.expr));
            figure.value = both.and_then(|(value, base)| against.of(value, *base));
        }
        result(threshold, figure)
    });
    judged.collect()
}

/// The figure as precise as the files of a baseline tell it: a country's cost has six decimals there.
fn as_told(threshold: &Threshold, value: f64) -> f64 {
    let rounded = threshold.metric == "cost_usd" && !threshold.tags.is_empty();
    if rounded { (value * 1e6).round() / 1e6 } else { value }
}

fn figure(threshold: &Threshold, figures: &Figures) -> Figure {
    let tree = serde_json::to_value(figures).expect("numbers and names");
    let value = look_up(&tree, &threshold.metric).and_then(Value::as_f64);
    let samples = denominator(&threshold.metric, figures, &tree);
    Figure { value, samples }
}

fn result(threshold: &Threshold, Figure { value: observed, samples }: Figure) -> ThresholdResult {
    let holds = |observed| threshold.comparison.holds(observed, threshold.limit);
    ThresholdResult {
        expr: threshold.expr.clone(),
        observed,
        samples,
        ok: samples > 0 && observed.is_some_and(holds),
    }
}

/// The country that a threshold names.
#[must_use]
pub fn country(threshold: &Threshold, scenario: &Scenario) -> Option<usize> {
    let code = threshold.tags.get("country")?;
    let mut countries = scenario.countries.iter();
    countries.position(|country| country.code.as_str() == code)
}

/// How much a figure rests on.
fn denominator(metric: &str, figures: &Figures, tree: &Value) -> u64 {
    let Figures { sessions, messages, .. } = figures;
    let path: Vec<&str> = metric.split('.').collect();
    match path.as_slice() {
        ["sessions", _] | ["conversion", "session"] => sessions.arrived,
        ["conversion", _] => messages.expecting,
        ["messages", "received" | "failed" | "unreported" | "feedback_errors" | "pending"] => {
            messages.expecting
        }
        ["messages", "expecting" | "not_expecting"] | ["cost_usd"] => messages.accepted,
        ["messages" | "shares", _] => messages.attempted,
        ["latency_ms", name, _] => {
            let count = look_up(tree, &format!("latency_ms.{name}.count"));
            count.and_then(Value::as_u64).unwrap_or(0)
        }
        // The run itself, as for `elapsed_s`.
        _ => 1,
    }
}

/// The value at a path of `summary.json`.
pub fn look_up<'a>(tree: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(tree, |node, key| node.get(key))
}

/// The part of the run that a threshold's tags name.
fn scope(threshold: &Threshold, scenario: &Scenario) -> Scope {
    let tag = |name: &str| threshold.tags.get(name).map(String::as_str);
    let known = "tags are checked with the scenario";
    let country = country(threshold, scenario);
    let template = tag("template").map(|name| {
        let mut templates = scenario.templates.iter();
        templates.position(|template| template.name == name).expect(known)
    });
    match (country, tag("carrier"), template) {
        (Some(country), Some(name), _) => {
            let mut carriers = scenario.countries[country].carriers.iter();
            let carrier = carriers.position(|carrier| carrier.name == name).expect(known);
            Scope::carrier(country, carrier)
        }
        (Some(country), None, _) => Scope::country(country),
        (None, _, Some(template)) => Scope::template(template),
        (None, _, None) => Scope::ALL,
    }
}
