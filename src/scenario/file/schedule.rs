//! The shape of arrivals: a rate curve of stages, of usual days or of a log, and what comes on top.

mod diurnal;
mod event;
mod moment;
mod replay;
mod stage;
mod template;

pub use diurnal::{DayShape, DiurnalShape};
pub use event::{AttackShape, DecayShape, EventKindShape, EventShape, OutageShape};
pub(in crate::scenario) use replay::NotRead;
pub use replay::ReplayShape;
pub use stage::StageShape;
pub use template::TemplateShape;
pub(super) use template::check_templates;

use crate::scenario::{
    arrivals::{
        ArrivalPlan, Gaps, Segment,
        course::{Course, nanos},
        layers::Layers,
    },
    country::Country,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sms_voice_mock::config::problem::Problems;
use std::{sync::Arc, time::Duration};

/// When sessions arrive: one of `stages`, `diurnal` and `replay`, and what changes it.
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
    /// Multiplies every rate of users, as a forecast does; attacks stay as they are.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[schemars(range(min = 0.001, max = 1_000.0))]
    pub growth: f64,
    /// The rate curve, one stage after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub stages: Option<Vec<StageShape>>,
    /// Days and weeks in each country's own time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diurnal: Option<DiurnalShape>,
    /// A log that is played again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayShape>,
    /// What brings more users for a while, such as a campaign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub events: Vec<EventShape>,
    /// Bursts of traffic that never means to verify anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub attacks: Vec<AttackShape>,
    /// Times in which nobody can arrive, because the application is down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub outages: Vec<OutageShape>,
}

fn one() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(super) fn is_one(number: &f64) -> bool {
    number.to_bits() == 1.0_f64.to_bits()
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

/// What arrivals need to know of the rest of a scenario.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    /// The first instant, in seconds since 1970.
    pub(super) start: i64,
    /// Where sessions come from.
    pub(super) countries: &'a [Country],
}

impl Setting<'_> {
    /// Each country's share of the users.
    fn shares(&self) -> Vec<f64> {
        let total: f64 = self.countries.iter().map(|country| country.weight).sum();
        self.countries.iter().map(|country| country.weight / total).collect()
    }
}

impl ArrivalsShape {
    pub(super) fn fill(&mut self) {
        self.stages.iter_mut().flatten().for_each(StageShape::fill);
    }

    /// Whether anything here goes by the clocks of countries.
    pub(super) fn needs_clocks(&self) -> bool {
        self.diurnal.is_some() || !self.events.is_empty() || !self.attacks.is_empty()
    }

    /// The plan; `setting` is absent if the rest of the scenario has mistakes.
    pub(super) fn check(
        &self,
        setting: Option<Setting<'_>>,
        problems: &mut Problems,
    ) -> Option<ArrivalPlan> {
        let segments = self.check_parts(problems);
        let setting = setting.filter(|_| problems.is_empty())?;
        let mut plan = ArrivalPlan {
            segments,
            gaps: match self.gaps {
                GapsShape::Poisson => Gaps::Poisson,
                GapsShape::Even => Gaps::Even,
            },
            max_sessions: self.max_sessions,
            mix: None,
            attacks: Vec::new(),
            marks: Vec::new(),
            replay: None,
            windows: Vec::new(),
        };
        match &self.replay {
            Some(replay) => plan.replay = Some(replay.check(setting, problems)?),
            None => self.lay(&mut plan, setting, problems)?,
        }
        if problems.is_empty() && plan.peak() <= 0.0 {
            problems.add("arrivals.stages", "must have a rate above 0 in one of them");
        }
        Some(plan)
    }

    /// What can be checked without knowing the rest of the scenario; gives the pieces of all stages.
    fn check_parts(&self, problems: &mut Problems) -> Vec<Segment> {
        let given = [
            ("stages", self.stages.is_some()),
            ("diurnal", self.diurnal.is_some()),
            ("replay", self.replay.is_some()),
        ];
        let given: Vec<&str> = given.iter().filter(|(_, is)| *is).map(|(key, _)| *key).collect();
        if given.len() != 1 {
            let found = if given.is_empty() { "none" } else { &given.join(" and ") };
            let message = format!("must have one of stages, diurnal and replay, and has {found}");
            problems.add("arrivals", message);
        }
        let mut segments = Vec::new();
        for (place, stage) in self.stages.iter().flatten().enumerate() {
            segments.extend(stage.segments(&format!("arrivals.stages.{place}"), problems));
        }
        if let Some(diurnal) = &self.diurnal {
            diurnal.check(problems);
        }
        if let Some(replay) = &self.replay {
            replay.check_alone(self, problems);
        }
        self.check_on_top(problems);
        segments
    }

    /// Lays everything else over the stages or days, where there is anything else.
    fn lay(
        &self,
        plan: &mut ArrivalPlan,
        setting: Setting<'_>,
        problems: &mut Problems,
    ) -> Option<()> {
        let plain = setting.countries.iter().all(|country| is_one(&country.growth));
        let on_top = self.events.len() + self.attacks.len() + self.outages.len();
        if self.diurnal.is_none() && plain && on_top == 0 {
            plan.segments.iter_mut().for_each(|segment| segment.multiply(self.growth));
            return Some(());
        }
        let length = self.diurnal.as_ref().map_or(plan.duration(), DiurnalShape::length);
        let growth = setting.countries.iter().map(|country| country.growth * self.growth);
        let usual = self.usual(&plan.segments, setting).into_iter();
        let usual = usual.zip(growth).map(|(course, growth)| course.times(growth));
        let layers = Layers {
            length,
            usual: usual.collect(),
            factors: Vec::new(),
            surges: Vec::new(),
            attacks: Vec::new(),
            outages: Vec::new(),
        };
        let layers = self.lay_on_top(layers, plan, setting, problems)?;
        let mix = layers.mix();
        plan.segments = mix.segments();
        plan.mix = Some(Arc::new(mix));
        Some(())
    }

    /// The usual rate of each country, without growth.
    fn usual(&self, segments: &[Segment], setting: Setting<'_>) -> Vec<Course> {
        let shares = setting.shares();
        if let Some(diurnal) = &self.diurnal {
            return diurnal.courses(&shares, setting);
        }
        let mut whole = Course::default();
        let mut from = Duration::ZERO;
        for segment in segments {
            whole.push(nanos(from), segment.duration, [segment.from, segment.to]);
            from += segment.duration;
        }
        shares.iter().map(|share| whole.clone().times(*share)).collect()
    }
}
