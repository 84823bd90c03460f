//! From a text to a threshold, with the figures and tags that exist.

use super::{Against, Comparison, Threshold, Window};
use crate::scenario::{country::Country, policy::Template};
use sms_voice_mock::config::{did_you_mean, duration::Span};
use std::{collections::BTreeMap, time::Duration};

/// Why a text is not a threshold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ThresholdError(String);

/// The counts of sessions, as `summary.json` names them.
pub(crate) const SESSIONS: &[&str] = &[
    "arrived",
    "verified",
    "expired",
    "locked_out",
    "abandoned",
    "rate_limited",
    "send_failed",
    "dropped",
    "unfinished",
];

/// The counts of messages, as `summary.json` names them.
pub(crate) const MESSAGES: &[&str] = &[
    "attempted",
    "accepted",
    "throttled",
    "rejected",
    "unknown",
    "expecting",
    "not_expecting",
    "received",
    "failed",
    "unreported",
    "feedback_errors",
    "pending",
];

/// Shares of the messages attempted, as `summary.json` names them.
const SHARES: &[&str] = &["throttled", "rejected", "unknown"];

/// The figures of `summary.json` under each first word of their paths.
const FIGURES: &[(&str, &[&str])] = &[
    ("sessions", SESSIONS),
    ("messages", MESSAGES),
    ("conversion", &["session", "message", "coverage"]),
    ("shares", SHARES),
];

/// The figures that are kept by time, beside latencies.
const BY_TIME: &[&str] = &[
    "sessions.arrived",
    "sessions.verified",
    "messages.attempted",
    "messages.accepted",
    "messages.throttled",
    "messages.rejected",
    "messages.unknown",
    "messages.received",
    "messages.failed",
    "conversion.session",
    "conversion.message",
    "shares.throttled",
    "shares.rejected",
    "shares.unknown",
];

/// The latencies of `summary.json`, and two that need the tag `operation`.
const LATENCIES: &[&str] = &[
    "send_response",
    "send_service",
    "feedback_response",
    "feedback_service",
    "schedule_lag",
    "time_to_verify",
    "response",
    "service",
];

/// What is known of each latency.
const STATISTICS: &[&str] = &["count", "mean", "p50", "p90", "p95", "p99", "p999", "max"];

impl Threshold {
    /// Reads `metric{tag=value,…} < number`, with `after 5m` or `last 60s` behind it. `latency_ms.response` with the tag `operation` is
    /// another name of `latency_ms.send_response` or `latency_ms.feedback_response`.
    pub fn parse(text: &str) -> Result<Self, ThresholdError> {
        let (condition, window) = Window::split(text).map_err(refuse)?;
        let (left, comparison, limit) = split(condition)?;
        let (left, against) = split_against(left);
        let (metric, tags) = split_tags(left)?;
        let mut threshold = Self {
            expr: text.trim().to_owned(),
            metric: metric.to_owned(),
            tags,
            against,
            comparison,
            limit,
            window,
        };
        threshold.check_metric()?;
        threshold.name_operation()?;
        threshold.check_tag_names()?;
        threshold.check_window()?;
        threshold.check_against()?;
        let is_share = ["conversion.", "shares."].iter().any(|it| threshold.metric.starts_with(it));
        let range = match against {
            _ if !is_share => f64::NEG_INFINITY..=f64::INFINITY,
            None => 0.0..=1.0,
            Some(Against::Difference) => -1.0..=1.0,
            Some(Against::Ratio) => 0.0..=f64::INFINITY,
        };
        if against.is_none() && !range.contains(&limit) {
            return Err(refuse(format!(
                "must compare a share with a number between 0 and 1, not with {limit}"
            )));
        }
        if !range.contains(&limit) {
            let (low, high) = (range.start(), range.end());
            return Err(refuse(format!(
                "must compare this with a number between {low} and {high}, not with {limit}"
            )));
        }
        Ok(threshold)
    }

    /// Whether the values of the tags exist in the scenario.
    pub(in crate::scenario) fn check_tags(
        &self,
        countries: &[Country],
        templates: &[Template],
    ) -> Result<(), ThresholdError> {
        let among = |tag: &str, known: Vec<&str>| match self.tags.get(tag) {
            Some(value) if !known.contains(&value.as_str()) => {
                let hint = did_you_mean(value, &known);
                let known = known.join(", ");
                Err(refuse(format!("must have a {tag} of the scenario ({known}){hint}")))
            }
            _ => Ok(()),
        };
        among("country", countries.iter().map(|country| country.code.as_str()).collect())?;
        among("template", templates.iter().map(|template| template.name.as_str()).collect())?;
        let here = |country: &&Country| {
            self.tags.get("country").is_some_and(|c| c == country.code.as_str())
        };
        let carriers = countries.iter().filter(here).flat_map(|country| &country.carriers);
        among("carrier", carriers.map(|carrier| carrier.name.as_str()).collect())
    }

    /// Whether its window ends and begins where intervals do, and within the arrivals: what happens in
    /// between is not kept.
    pub(in crate::scenario) fn check_intervals(
        &self,
        interval: Duration,
        arrivals: Duration,
    ) -> Result<(), ThresholdError> {
        for bound in self.window.after.into_iter().chain(self.window.last) {
            if bound.as_nanos() % interval.as_nanos().max(1) != 0 {
                let interval = Span(interval);
                return Err(refuse(format!(
                    "must have windows of whole intervals (`interval` is {interval})"
                )));
            }
        }
        self.check_start(arrivals)
    }

    /// Whether its window begins before the last arrival.
    pub(in crate::scenario) fn check_start(
        &self,
        arrivals: Duration,
    ) -> Result<(), ThresholdError> {
        match self.window.after {
            Some(after) if arrivals <= after => Err(refuse(format!(
                "must begin before the arrivals end ({}), but says `after {}`",
                Span(arrivals),
                Span(after)
            ))),
            _ => Ok(()),
        }
    }

    /// Whether the files of a baseline know the figure.
    fn check_against(&self) -> Result<(), ThresholdError> {
        if self.against.is_none() {
            return Ok(());
        }
        if !self.window.is_whole() {
            return Err(refuse("must not have a window beside `delta.` or `ratio.`".to_owned()));
        }
        if self.tags.keys().any(|tag| tag != "country") {
            return Err(refuse(
                "must have no tag but `country` beside `delta.` or `ratio.`".to_owned(),
            ));
        }
        let metric = self.metric.as_str();
        let of_country = !metric.starts_with("sessions.")
            || ["sessions.arrived", "sessions.verified"].contains(&metric);
        if !self.tags.is_empty() && !of_country {
            return Err(refuse(format!("must not have a tag: no file tells {metric} by country")));
        }
        Ok(())
    }

    /// Whether it can be judged while the run goes on.
    pub(in crate::scenario) fn check_watched(&self) -> Result<(), ThresholdError> {
        if self.against.is_some() {
            return Err(refuse(
                "must not begin with `delta.` or `ratio.`, which are judged at the end".to_owned(),
            ));
        }
        if self.tags.keys().any(|tag| tag != "country") {
            return Err(refuse("must have no tag but `country`, to be watched".to_owned()));
        }
        if self.metric.starts_with("latency_ms.") && !self.tags.is_empty() {
            return Err(refuse("must have no tag: latencies are watched as a whole".to_owned()));
        }
        self.check_by_time()
    }

    /// Whether the figure is kept by time; by time only countries are told apart.
    fn check_window(&self) -> Result<(), ThresholdError> {
        if self.window.is_whole() {
            return Ok(());
        }
        self.check_by_time()?;
        if self.tags.keys().any(|tag| tag != "country") {
            return Err(refuse("must have no tag but `country` beside a window".to_owned()));
        }
        Ok(())
    }

    fn check_by_time(&self) -> Result<(), ThresholdError> {
        let metric = self.metric.as_str();
        if BY_TIME.contains(&metric) || metric.starts_with("latency_ms.") {
            return Ok(());
        }
        let known = BY_TIME.join(", ");
        Err(refuse(format!("must speak of what is kept by time (latency_ms.…, {known})")))
    }

    fn check_metric(&self) -> Result<(), ThresholdError> {
        let known = known_metrics();
        if known.contains(&self.metric) {
            return Ok(());
        }
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = did_you_mean(&self.metric, &names);
        Err(refuse(format!(
            "must begin with a figure of summary.json, but `{}` is none{hint}",
            self.metric
        )))
    }

    /// Turns `latency_ms.response.p99{operation=send}` into `latency_ms.send_response.p99`.
    fn name_operation(&mut self) -> Result<(), ThresholdError> {
        let general = ["latency_ms.response.", "latency_ms.service."];
        if !general.iter().any(|prefix| self.metric.starts_with(prefix)) {
            return Ok(());
        }
        match self.tags.remove("operation").as_deref() {
            Some(operation @ ("send" | "feedback")) => {
                let rest = self.metric.trim_start_matches("latency_ms.");
                self.metric = format!("latency_ms.{operation}_{rest}");
                Ok(())
            }
            Some(other) => {
                Err(refuse(format!("must have the operation `send` or `feedback`, not `{other}`")))
            }
            None => Err(refuse(format!(
                "must have the tag `operation` of `send` or `feedback` for {}",
                self.metric
            ))),
        }
    }

    fn check_tag_names(&self) -> Result<(), ThresholdError> {
        let group = self.metric.split('.').next().unwrap_or_default();
        let allowed: &[&str] = match group {
            "sessions" | "messages" | "conversion" | "shares" => {
                &["country", "carrier", "template"]
            }
            "latency_ms" | "cost_usd" => &["country"],
            _ => &[],
        };
        if let Some(tag) = self.tags.keys().find(|tag| !allowed.contains(&tag.as_str())) {
            let hint = did_you_mean(tag, allowed);
            let allowed = if allowed.is_empty() { "no tag".to_owned() } else { allowed.join(", ") };
            return Err(refuse(format!(
                "must not have the tag `{tag}` ({} takes {allowed}){hint}",
                self.metric
            )));
        }
        if self.tags.contains_key("carrier") && !self.tags.contains_key("country") {
            return Err(refuse("must have the tag `country` beside `carrier`".to_owned()));
        }
        if self.tags.contains_key("template") && self.tags.len() > 1 {
            return Err(refuse("must not have another tag beside `template`".to_owned()));
        }
        Ok(())
    }
}

/// Every metric that a threshold can name.
fn known_metrics() -> Vec<String> {
    let counts = FIGURES
        .iter()
        .flat_map(|(group, names)| names.iter().map(move |name| format!("{group}.{name}")));
    let latencies = LATENCIES.iter().flat_map(|name| {
        STATISTICS.iter().map(move |statistic| format!("latency_ms.{name}.{statistic}"))
    });
    let single = ["cost_usd", "elapsed_s"].map(str::to_owned);
    counts.chain(latencies).chain(single).collect()
}

/// The text before the comparison, the comparison, and the limit.
fn split(text: &str) -> Result<(&str, Comparison, f64), ThresholdError> {
    // Two characters first, so that `<=` is not taken for `<`.
    const SIGNS: [(&str, Comparison); 6] = [
        ("<=", Comparison::AtMost),
        (">=", Comparison::AtLeast),
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("<", Comparison::Below),
        (">", Comparison::Above),
    ];
    let form = "must be written as in `conversion.message{country=BR} > 0.7`";
    let after_tags = text.find('}').map_or(0, |end| end + 1);
    let (sign, comparison) = SIGNS
        .iter()
        .find(|(sign, _)| text[after_tags..].contains(sign))
        .ok_or_else(|| refuse(format!("{form}, with one of <, <=, >, >=, == and !=")))?;
    let (_, right) = text[after_tags..].split_once(sign).expect("found above");
    let left = &text[..text.len() - right.len() - sign.len()];
    let limit = right.trim();
    let number = limit.parse::<f64>().ok().filter(|number| number.is_finite());
    let number = number.ok_or_else(|| refuse(format!("{form}: `{limit}` is not a number")))?;
    Ok((left.trim(), *comparison, number))
}

/// Takes `delta.` or `ratio.` off the beginning.
fn split_against(left: &str) -> (&str, Option<Against>) {
    let kinds = [("delta.", Against::Difference), ("ratio.", Against::Ratio)];
    let found = kinds.iter().find_map(|(word, kind)| Some((left.strip_prefix(word)?, *kind)));
    found.map_or((left, None), |(rest, kind)| (rest, Some(kind)))
}

fn split_tags(left: &str) -> Result<(&str, BTreeMap<String, String>), ThresholdError> {
    let Some((metric, rest)) = left.split_once('{') else {
        return Ok((left, BTreeMap::new()));
    };
    let form = || refuse("must have tags as in `{country=BR}`".to_owned());
    let inside = rest.strip_suffix('}').ok_or_else(form)?;
    let mut tags = BTreeMap::new();
    for pair in inside.split(',') {
        let (tag, value) = pair.split_once('=').ok_or_else(form)?;
        let (tag, value) = (tag.trim(), value.trim().trim_matches('"'));
        if tag.is_empty() || value.is_empty() {
            return Err(form());
        }
        if tags.insert(tag.to_owned(), value.to_owned()).is_some() {
            return Err(refuse(format!("must not have the tag `{tag}` twice")));
        }
    }
    Ok((metric.trim(), tags))
}

fn refuse(reason: String) -> ThresholdError {
    ThresholdError(reason)
}

#[cfg(test)]
mod tests;
