//! The shape of what goes wrong: `service.faults`, and `PUT /_mock/faults`.

use super::problem::Problems;
use crate::{
    service::{
        country::CountryCode,
        faults::{Fault, FaultKind, MOST_RULES},
    },
    wire::answers,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long the pieces of a dripping answer take, unless it is said.
const DRIP_MS: u32 = 2_000;

/// What goes wrong, with what, how often and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultShape {
    /// What goes wrong.
    pub kind: FaultKind,
    /// With the calls of this operation only (for `duplicate_event`: of the send); with any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// With messages to this country only; with any call if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// With this share of them.
    #[serde(default = "all")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: f64,
    /// From this many seconds on, on the stub's clock, after it was said; at once if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1e9))]
    pub from_s: Option<f64>,
    /// Until so many seconds after it was said; for ever if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0, max = 1e9))]
    pub until_s: Option<f64>,
    /// `slow` (needed) and `drip` (2000 if absent): how long it takes, in milliseconds of wall time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 600_000))]
    pub delay_ms: Option<u32>,
    /// `clock_skew` (needed): how far ahead the clock is, in seconds; behind if negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -31_536_000, max = 31_536_000))]
    pub skew_s: Option<i32>,
}

fn all() -> f64 {
    1.0
}

/// The rules of a list of shapes, or entries in `problems` under `path`.
pub fn check(shapes: &[FaultShape], path: &str, problems: &mut Problems) -> Option<Vec<Fault>> {
    if shapes.len() > MOST_RULES {
        let message = format!("has {} entries, but must have at most {MOST_RULES}", shapes.len());
        problems.add(path, message);
    }
    let numbered = shapes.iter().enumerate();
    let rules: Vec<_> =
        numbered.map(|(place, shape)| shape.check(&format!("{path}.{place}"), problems)).collect();
    rules.into_iter().collect()
}

impl FaultShape {
    fn check(&self, path: &str, problems: &mut Problems) -> Option<Fault> {
        let mut add = |key: &str, message: String| problems.add(&format!("{path}.{key}"), message);
        let times = [("from_s", self.from_s), ("until_s", self.until_s)];
        let numbers = [("share", Some(self.share), 1.0)].into_iter();
        for (key, value, most) in numbers.chain(times.map(|(key, value)| (key, value, 1e9))) {
            if let Some(value) = value.filter(|value| !(0.0..=most).contains(value)) {
                add(key, format!("is {value}, but must be between 0 and {most}"));
            }
        }
        if let (from, Some(until)) = (self.from_s.unwrap_or(0.0), self.until_s)
            && until <= from
        {
            add("until_s", format!("is {until}, but must be later than from_s, which is {from}"));
        }
        if let Some(operation) = &self.operation {
            let sends = self.kind != FaultKind::DuplicateEvent || operation.starts_with("Send");
            if !answers(operation) || !sends {
                let send = if sends { "an operation" } else { "a send" };
                add("operation", format!("must be {send} of the API, such as SendTextMessage"));
            }
        }
        let country = self.country.as_deref().map(str::parse::<CountryCode>);
        if let Some(Err(error)) = &country {
            add("country", error.to_string());
        }
        let delays = matches!(self.kind, FaultKind::Slow | FaultKind::Drip);
        let needed = [
            ("delay_ms", self.delay_ms.is_some(), delays, self.kind == FaultKind::Slow),
            ("skew_s", self.skew_s.is_some(), self.skews(), self.skews()),
        ];
        for (key, given, allowed, needed) in needed {
            let kind = self.kind.as_str();
            if given && !allowed {
                add(key, format!("means nothing to `{kind}`"));
            } else if needed && !given {
                add(key, format!("is needed by `{kind}`"));
            }
        }
        if self.delay_ms.is_some_and(|delay| !(1..=600_000).contains(&delay)) {
            add("delay_ms", "must be between 1 and 600000".to_owned());
        }
        if self.skew_s.is_some_and(|skew| !(-31_536_000..=31_536_000).contains(&skew)) {
            add("skew_s", "must be between -31536000 and 31536000".to_owned());
        }
        let seconds = |secs: f64| Duration::try_from_secs_f64(secs).ok();
        Some(Fault {
            kind: self.kind,
            operation: self.operation.as_deref().map(Into::into),
            country: country.transpose().ok()?,
            share: self.share,
            from: seconds(self.from_s.unwrap_or(0.0))?,
            until: match self.until_s {
                Some(until) => Some(seconds(until)?),
                None => None,
            },
            delay: Duration::from_millis(self.delay_ms.unwrap_or(DRIP_MS).into()),
            skew_s: self.skew_s.unwrap_or(0),
        })
    }

    fn skews(&self) -> bool {
        self.kind == FaultKind::ClockSkew
    }
}

impl From<&Fault> for FaultShape {
    fn from(fault: &Fault) -> Self {
        let Fault { kind, operation, country, share, from, until, delay, skew_s } = fault;
        let delay_ms = u32::try_from(delay.as_millis()).unwrap_or(u32::MAX);
        let delays = matches!(kind, FaultKind::Slow | FaultKind::Drip);
        Self {
            kind: *kind,
            operation: operation.as_deref().map(str::to_owned),
            country: country.map(|country| country.to_string()),
            share: *share,
            from_s: Some(from.as_secs_f64()).filter(|from| *from > 0.0),
            until_s: until.map(|until| until.as_secs_f64()),
            delay_ms: delays.then_some(delay_ms),
            skew_s: (*kind == FaultKind::ClockSkew).then_some(*skew_s),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: &str, expected: &[(&str, &str)]) {
        let shapes: Vec<FaultShape> = serde_json::from_str(text).expect("the right shape");
        let mut problems = Problems::default();
        check(&shapes, "faults", &mut problems);
        assert_eq!(problems.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn every_wrong_value_is_named_with_what_is_allowed() {
        check_refused(
            r#"[{"kind": "throttle", "share": 1.5, "operation": "SendText", "country": "br"},
                {"kind": "slow", "from_s": 5, "until_s": 5},
                {"kind": "clock_skew", "delay_ms": 3, "from_s": -1},
                {"kind": "duplicate_event", "operation": "PutMessageFeedback"},
                {"kind": "drip", "delay_ms": 0}]"#,
            &[
                ("faults.0.share", "is 1.5, but must be between 0 and 1"),
                ("faults.0.operation", "must be an operation of the API, such as SendTextMessage"),
                ("faults.0.country", &"br".parse::<CountryCode>().expect_err("lower").to_string()),
                ("faults.1.until_s", "is 5, but must be later than from_s, which is 5"),
                ("faults.1.delay_ms", "is needed by `slow`"),
                ("faults.2.from_s", "is -1, but must be between 0 and 1000000000"),
                ("faults.2.delay_ms", "means nothing to `clock_skew`"),
                ("faults.2.skew_s", "is needed by `clock_skew`"),
                ("faults.3.operation", "must be a send of the API, such as SendTextMessage"),
                ("faults.4.delay_ms", "must be between 1 and 600000"),
            ],
        );
    }

    #[test]
    fn a_rule_is_shown_as_it_was_said() {
        let text =
            r#"[{"kind": "drip", "country": "BR", "share": 0.5, "until_s": 60, "delay_ms": 90}]"#;
        let shapes: Vec<FaultShape> = serde_json::from_str(text).expect("the right shape");
        let rules = check(&shapes, "faults", &mut Problems::default()).expect("nothing wrong");
        assert_eq!(rules.iter().map(FaultShape::from).collect::<Vec<_>>(), shapes);
    }
}
