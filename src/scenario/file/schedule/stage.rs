//! The shape of a stage of the rate curve.

use crate::scenario::arrivals::Segment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sms_voice_mock::config::{duration::Span, problem::Problems};

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

impl StageShape {
    /// Writes in the width that a spike has by default.
    pub(super) fn fill(&mut self) {
        if let Self::Spike { duration, width: width @ None, .. } = self {
            *width = Some(Span(duration.0 / 10));
        }
    }

    /// The straight pieces of the stage; a stage of no length is a problem.
    pub(super) fn segments(self, path: &str, problems: &mut Problems) -> Vec<Segment> {
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
