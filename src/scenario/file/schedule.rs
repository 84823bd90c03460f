//! The shape of arrivals and of message templates.

use crate::scenario::{
    arrivals::{ArrivalPlan, Gaps, Segment},
    policy::Template,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sms_voice_mock::config::{duration::Span, problem::Problems};
use std::collections::BTreeSet;

/// When sessions arrive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrivalsShape {
    /// What lies between two arrivals.
    #[serde(default)]
    pub gaps: GapsShape,
    /// No session beyond this number arrives; absent is no cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 9_223_372_036_854_775_807_u64))]
    pub max_sessions: Option<u64>,
    /// The rate curve, one stage after the other.
    #[schemars(length(min = 1))]
    pub stages: Vec<StageShape>,
}

/// What lies between two arrivals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapsShape {
    /// Exponential gaps: people who do not know each other.
    #[default]
    Poisson,
    /// Equal gaps.
    Even,
}

/// One stage of the rate curve. Rates are sessions per second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum StageShape {
    /// One rate.
    Constant {
        /// The rate.
        #[schemars(range(min = 0.0, max = 1_000_000.0))]
        rate: f64,
        /// The length of the stage.
        duration: Span,
    },
    /// A straight line from one rate to another.
    Ramp {
        /// The rate at the start.
        #[schemars(range(min = 0.0, max = 1_000_000.0))]
        from: f64,
        /// The rate at the end.
        #[schemars(range(min = 0.0, max = 1_000_000.0))]
        to: f64,
        /// The length of the stage.
        duration: Span,
    },
    /// Stairs from one rate to another, every step of the same length.
    Step {
        /// The rate of the first step.
        #[schemars(range(min = 0.0, max = 1_000_000.0))]
        from: f64,
        /// The rate of the last step.
        #[schemars(range(min = 0.0, max = 1_000_000.0))]
        to: f64,
        /// The number of steps, the first and the last included.
        #[schemars(range(min = 2, max = 1000))]
        steps: u16,
        /// The length of the stage.
        duration: Span,
    },
    /// A base rate with a sudden peak in its middle.
    Spike {
        /// The rate before and after the peak.
        #[schemars(range(min = 0.0, max = 1_000_000.0))]
        base: f64,
        /// The rate of the peak.
        #[schemars(range(min = 0.0, max = 1_000_000.0))]
        peak: f64,
        /// The length of the stage, the peak included.
        duration: Span,
        /// The length of the peak; a tenth of the stage if absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        width: Option<Span>,
    },
}

impl ArrivalsShape {
    pub(super) fn fill(&mut self) {
        for stage in &mut self.stages {
            if let StageShape::Spike { duration, width: width @ None, .. } = stage {
                *width = Some(Span(duration.0 / 10));
            }
        }
    }

    pub(super) fn check(&self, problems: &mut Problems) -> Option<ArrivalPlan> {
        let mut segments = Vec::new();
        for (place, stage) in self.stages.iter().enumerate() {
            let path = format!("arrivals.stages.{place}");
            segments.extend(stage.segments(&path, problems));
        }
        let plan = ArrivalPlan {
            segments,
            gaps: match self.gaps {
                GapsShape::Poisson => Gaps::Poisson,
                GapsShape::Even => Gaps::Even,
            },
            max_sessions: self.max_sessions,
        };
        if problems.is_empty() && plan.peak() <= 0.0 {
            problems.add("arrivals.stages", "must have a rate above 0 in one of them");
        }
        Some(plan)
    }
}

impl StageShape {
    /// The straight pieces of the stage; a stage of no length is a problem.
    fn segments(self, path: &str, problems: &mut Problems) -> Vec<Segment> {
        let flat = |rate, duration| Segment { from: rate, to: rate, duration };
        let mut check = |name: &str, duration| {
            let path = format!("{path}.{name}.duration");
            problems.check_span(&path, duration, "1ms", "30d");
        };
        match self {
            Self::Constant { rate, duration } => {
                check("constant", duration);
                vec![flat(rate, duration.0)]
            }
            Self::Ramp { from, to, duration } => {
                check("ramp", duration);
                vec![Segment { from, to, duration: duration.0 }]
            }
            Self::Step { from, to, steps, duration } => {
                check("step", duration);
                let rise = (to - from) / f64::from(steps.max(2) - 1);
                let level = |step| from + rise * f64::from(step);
                let length = duration.0 / u32::from(steps.max(1));
                (0..steps).map(|step| flat(level(step), length)).collect()
            }
            Self::Spike { base, peak, duration, width } => {
                check("spike", duration);
                let width = width.map_or(duration.0 / 10, |width| width.0);
                let Some(rest) = duration.0.checked_sub(width).filter(|_| !width.is_zero()) else {
                    let path = format!("{path}.spike.width");
                    problems.add(&path, format!("must be above 0s and at most {duration}"));
                    return Vec::new();
                };
                let (before, after) = (rest / 2, rest - rest / 2);
                let pieces = [flat(base, before), flat(peak, width), flat(base, after)];
                pieces.into_iter().filter(|piece| !piece.duration.is_zero()).collect()
            }
        }
    }
}

/// A message text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplateShape {
    /// Its name in reports.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_-]{1,64}$"))]
    pub name: String,
    /// Its share of the sessions, relative to the other templates' weights.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 1_000_000_000.0))]
    pub weight: f64,
    /// The text, with `{code}` where the code goes.
    #[schemars(length(min = 1, max = 1600))]
    pub body: String,
    /// Multiplies the share of users who mean to finish.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 100.0))]
    pub conversion_effect: f64,
}

fn one() -> f64 {
    1.0
}

impl TemplateShape {
    /// What a scenario without templates sends.
    pub(super) fn default_list() -> Vec<Self> {
        vec![Self {
            name: "default".to_owned(),
            weight: 1.0,
            body: "{code} is your verification code. Do not share it.".to_owned(),
            conversion_effect: 1.0,
        }]
    }
}

pub(super) fn check_templates(
    shapes: &[TemplateShape],
    problems: &mut Problems,
) -> Option<Vec<Template>> {
    if !shapes.iter().any(|shape| shape.weight > 0.0) {
        problems.add("templates", "must have at least one template with a weight above 0");
    }
    let mut names = BTreeSet::new();
    let mut templates = Vec::new();
    for (place, shape) in shapes.iter().enumerate() {
        if !names.insert(&shape.name) {
            let path = format!("templates.{place}.name");
            problems.add(&path, "must differ from the names of the other templates");
        }
        let parts: Vec<&str> = shape.body.split("{code}").collect();
        let [before, after] = parts[..] else {
            let path = format!("templates.{place}.body");
            problems.add(&path, "must contain `{code}` exactly once");
            continue;
        };
        templates.push(Template {
            name: shape.name.clone(),
            weight: shape.weight,
            body: [before.to_owned(), after.to_owned()],
            conversion_effect: shape.conversion_effect,
        });
    }
    (templates.len() == shapes.len()).then_some(templates)
}
