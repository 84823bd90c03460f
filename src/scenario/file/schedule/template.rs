//! The shape of message templates.

use crate::scenario::policy::Template;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sms_voice_mock::config::problem::Problems;
use std::collections::BTreeSet;

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
    pub(in crate::scenario::file) fn default_list() -> Vec<Self> {
        vec![Self {
            name: "default".to_owned(),
            weight: 1.0,
            body: "{code} is your verification code. Do not share it.".to_owned(),
            conversion_effect: 1.0,
        }]
    }
}

pub(in crate::scenario::file) fn check_templates(
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
