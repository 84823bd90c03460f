//! From a text to a goal, with the figures that exist.

use super::{Figure, Goal, Period, Statistic};
use crate::scenario::{
    Scenario,
    threshold::{Comparison, MESSAGES, SESSIONS},
};
use sms_voice_mock::config::{did_you_mean, duration::Span};

/// Why a text is not a goal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the goal `{goal}` {reason}")]
pub struct GoalError {
    /// As it was written.
    goal: String,
    reason: String,
}

/// What a goal's number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// 0 to 1, or 0 % to 100 %.
    Share,
    /// Seconds, or a duration such as `2s`.
    Time,
    /// Any number.
    Number,
}

/// Figures without a statistic or a field, each with what its number is.
const PLAIN: [(&str, Figure, Unit); 13] = [
    ("expired_in_queue", Figure::ExpiredInQueue, Unit::Share),
    ("conversion_lost", Figure::ConversionLost, Unit::Share),
    ("throttled", Figure::Throttled, Unit::Share),
    ("conversion.session", Figure::SessionConversion, Unit::Share),
    ("conversion.message", Figure::MessageConversion, Unit::Share),
    ("conversion.coverage", Figure::Coverage, Unit::Share),
    ("queue.peak", Figure::QueuePeak, Unit::Number),
    ("in_flight.peak", Figure::InFlightPeak, Unit::Number),
    ("feedback_backlog.peak", Figure::BacklogPeak, Unit::Number),
    ("cost_usd.hour", Figure::Cost(Period::Hour), Unit::Number),
    ("cost_usd.day", Figure::Cost(Period::Day), Unit::Number),
    ("cost_usd.month", Figure::Cost(Period::Month), Unit::Number),
    ("cost_usd", Figure::Cost(Period::Campaign), Unit::Number),
];

const STATISTICS: [(&str, Statistic); 7] = [
    ("mean", Statistic::Mean),
    ("p50", Statistic::Percentile(50.0)),
    ("p90", Statistic::Percentile(90.0)),
    ("p95", Statistic::Percentile(95.0)),
    ("p99", Statistic::Percentile(99.0)),
    ("p999", Statistic::Percentile(99.9)),
    ("max", Statistic::Max),
];

/// Two characters first, so that `<=` is not taken for `<`.
const SIGNS: [(&str, Comparison); 6] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<", Comparison::Below),
    (">", Comparison::Above),
];

impl Goal {
    /// Reads `figure{country=XX} < number`; shares may be percentages, delays durations.
    pub fn parse(text: &str, scenario: &Scenario) -> Result<Self, GoalError> {
        read(text, scenario).map_err(|reason| GoalError { goal: text.trim().to_owned(), reason })
    }
}

fn read(text: &str, scenario: &Scenario) -> Result<Goal, String> {
    let (left, comparison, right) = split(text)?;
    let (name, country) = match left.split_once('{') {
        Some((name, tag)) => (name.trim(), Some(read_country(tag, scenario)?)),
        None => (left, None),
    };
    let (figure, unit) = find(name)?;
    let limit = read_limit(right, unit)?;
    Ok(Goal { expr: text.trim().to_owned(), figure, country, comparison, limit })
}

fn split(text: &str) -> Result<(&str, Comparison, &str), String> {
    let form = "must be written as in `expired_in_queue{country=BR} < 0.1%`";
    let after_tags = text.find('}').map_or(0, |end| end + 1);
    let found = SIGNS.iter().find(|(sign, _)| text[after_tags..].contains(sign));
    let (sign, comparison) =
        found.ok_or_else(|| format!("{form}, with one of <, <=, >, >=, == and !="))?;
    let at = after_tags + text[after_tags..].find(sign).expect("found above");
    Ok((text[..at].trim(), *comparison, text[at + sign.len()..].trim()))
}

fn read_country(tag: &str, scenario: &Scenario) -> Result<usize, String> {
    let inside = tag.trim().strip_suffix('}').and_then(|inside| inside.split_once('='));
    let Some(("country", code)) = inside.map(|(tag, value)| (tag.trim(), value.trim())) else {
        return Err("must have no tag but the country, as in `{country=BR}`".to_owned());
    };
    let code = code.trim_matches('"');
    let known: Vec<&str> = scenario.countries.iter().map(|c| c.code.as_str()).collect();
    known.iter().position(|known| *known == code).ok_or_else(|| {
        let hint = did_you_mean(code, &known);
        format!("must have a country of the scenario ({}), not `{code}`{hint}", known.join(", "))
    })
}

fn find(name: &str) -> Result<(Figure, Unit), String> {
    let plain = PLAIN.iter().find(|(known, ..)| *known == name);
    if let Some((_, figure, unit)) = plain {
        return Ok((*figure, *unit));
    }
    let found = name.split_once('.').and_then(|(group, rest)| {
        let field = |fields: &[&'static str]| fields.iter().copied().find(|field| *field == rest);
        let statistic = || STATISTICS.iter().find(|(known, _)| *known == rest).map(|(_, s)| *s);
        match group {
            "sessions" => field(SESSIONS).map(|field| (Figure::Sessions(field), Unit::Number)),
            "messages" => field(MESSAGES).map(|field| (Figure::Messages(field), Unit::Number)),
            "send_delay" => statistic().map(|s| (Figure::SendDelay(s), Unit::Time)),
            "feedback_delay" => statistic().map(|s| (Figure::FeedbackDelay(s), Unit::Time)),
            _ => None,
        }
    });
    found.ok_or_else(|| {
        let known = known();
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = did_you_mean(name, &names);
        format!("is about `{name}`, which is none of {}{hint}", allowed())
    })
}

/// Every figure that a goal can be about.
fn known() -> Vec<String> {
    let plain = PLAIN.iter().map(|(name, ..)| (*name).to_owned());
    let sessions = SESSIONS.iter().map(|name| format!("sessions.{name}"));
    let messages = MESSAGES.iter().map(|name| format!("messages.{name}"));
    let delays = ["send_delay", "feedback_delay"]
        .into_iter()
        .flat_map(|delay| STATISTICS.iter().map(move |(name, _)| format!("{delay}.{name}")));
    plain.chain(sessions).chain(messages).chain(delays).collect()
}

/// The same for people, in few words.
fn allowed() -> String {
    let plain: Vec<&str> = PLAIN.iter().map(|(name, ..)| *name).collect();
    let statistics: Vec<&str> = STATISTICS.iter().map(|(name, _)| *name).collect();
    format!(
        "{}, send_delay.X and feedback_delay.X (X of {}), sessions.X (X of {}), messages.X (X of {})",
        plain.join(", "),
        statistics.join(", "),
        SESSIONS.join(", "),
        MESSAGES.join(", ")
    )
}

fn read_limit(text: &str, unit: Unit) -> Result<f64, String> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|n| n.is_finite());
    match unit {
        Unit::Share => {
            let share = match text.strip_suffix('%') {
                Some(percent) => number(percent).map(|percent| percent / 100.0),
                None => number(text),
            };
            share.filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| {
                format!("must compare a share with 0 to 1, or 0% to 100%, not with `{text}`")
            })
        }
        Unit::Time => {
            let seconds = text.parse::<Span>().map(|span| span.0.as_secs_f64()).ok();
            seconds.or_else(|| number(text).filter(|seconds| *seconds >= 0.0)).ok_or_else(|| {
                format!("must compare a delay with a duration such as `2s`, not with `{text}`")
            })
        }
        Unit::Number => {
            number(text).ok_or_else(|| format!("must compare with a number, and `{text}` is none"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Source, parse};

    fn scenario() -> Scenario {
        let text = "name = \"x\"\n[arrivals]\nstages = [{ constant = { rate = 1.0, duration = \"1s\" } }]\n\
            [countries.BR]\nprofile = \"BR\"\n[countries.US]\nprofile = \"US\"\n";
        parse(text, Source { name: "x", folder: None }, &[], None).expect("valid").scenario
    }

    fn goal(text: &str) -> Goal {
        Goal::parse(text, &scenario()).expect("valid")
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &str) {
        let error = Goal::parse(text, &scenario()).expect_err("the goal should be refused");
        assert!(error.to_string().contains(expected), "{error}");
    }

    #[test]
    fn shares_may_be_percentages_and_delays_durations() {
        let limits = [
            ("expired_in_queue < 0.1%", 0.001),
            ("throttled<=0.25", 0.25),
            ("send_delay.p99 < 250ms", 0.25),
            ("feedback_delay.max < 90", 90.0),
        ];
        for (text, limit) in limits {
            assert!((goal(text).limit - limit).abs() < 1e-12, "{text}");
        }
        assert_eq!(goal("cost_usd.month <= 5000").figure, Figure::Cost(Period::Month));
        let of_us = goal("sessions.send_failed{country=US} == 0");
        assert_eq!((of_us.country, of_us.comparison), (Some(1), Comparison::Equal));
    }

    #[test]
    fn a_text_that_is_no_goal_is_refused_with_what_is_allowed() {
        check_refused("", "must be written as in `expired_in_queue");
        check_refused("throttled", "one of <, <=");
        check_refused("throtled < 1%", "did you mean `throttled`");
        check_refused("latency < 1", "none of expired_in_queue, conversion_lost, throttled");
        check_refused("send_delay.p98 < 1s", "send_delay.X");
        check_refused("send_delay.p99 < fast", "a duration such as `2s`");
        check_refused("expired_in_queue < 101%", "0% to 100%");
        check_refused("expired_in_queue < 2", "0 to 1");
        check_refused("cost_usd < many", "`many` is none");
        check_refused("throttled{country=FR} < 1%", "a country of the scenario (BR, US)");
        check_refused("throttled{carrier=x} < 1%", "no tag but the country");
        check_refused("throttled{country=BR < 1%", "no tag but the country");
    }

    #[test]
    fn goals_that_more_quota_cannot_help_are_not_searched() {
        for text in ["throttled < 1%", "conversion.session > 0.5", "sessions.send_failed == 0"] {
            assert!(goal(text).is_searched(), "{text}");
        }
        for text in
            ["throttled > 1%", "cost_usd < 5", "sessions.send_failed == 3", "in_flight.peak < 9"]
        {
            assert!(!goal(text).is_searched(), "{text}");
        }
    }
}
