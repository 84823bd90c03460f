//! The text of a request for higher quotas, filled in as far as the scenario knows.
//!
//! **Invariant:** what only the account's owner knows stays in square brackets.

use super::{
    findings::{Needed, Plan},
    limits::instant,
    needed::RESERVE,
};
use crate::{report::text::number, scenario::Scenario};
use std::fmt::Write as _;

/// The text, from what was found.
#[must_use]
pub fn text(plan: &Plan, scenario: &Scenario) -> String {
    let mut text = String::new();
    let written = write(plan, scenario, &mut text);
    written.expect("a string takes everything");
    text
}

fn write(plan: &Plan, scenario: &Scenario, out: &mut String) -> std::fmt::Result {
    writeln!(out, "Subject: Quota increase for AWS End User Messaging SMS, Region [REGION]\n")?;
    writeln!(out, "Service: AWS End User Messaging SMS (pinpoint-sms-voice-v2)")?;
    writeln!(out, "Region: [REGION]")?;
    writeln!(out, "Account: [ACCOUNT ID]\n")?;
    let (asked, others): (Vec<&Needed>, Vec<&Needed>) =
        plan.needed.iter().partition(|needed| is_asked(needed));
    if plan.needed.is_empty() {
        writeln!(out, "Requested: [VALUES; the smallest were not looked for]\n")?;
    } else if plan.needed.iter().all(|needed| needed.smallest.is_none()) {
        let looked = plan.needed.iter().any(|needed| needed.trials > 0);
        let why = if looked {
            "none was found at which the goals hold"
        } else {
            "no goal is one that quotas can help with"
        };
        writeln!(out, "Requested: [VALUES; {why}]\n")?;
        return write_purpose(plan, scenario, out);
    } else if asked.is_empty() && !others.iter().any(|needed| needed.is_short()) {
        writeln!(out, "No quota needs to be raised for the traffic described below.\n")?;
    } else if !asked.is_empty() {
        writeln!(out, "Requested:\n")?;
        asked.iter().try_for_each(|needed| write_quota(needed, plan, scenario, out))?;
        let short = others.iter().filter(|needed| needed.is_short());
        let fixed = short.filter_map(|needed| {
            Some(format!(", if {} were {}", needed.name, number::figure(needed.value()?)))
        });
        let (hold, fixed): (_, String) = match &plan.together {
            Some(together) if together.holds => {
                ("With these smallest values together our goals hold", fixed.collect())
            }
            Some(_) | None => {
                ("With each of these smallest values alone our goals hold", String::new())
            }
        };
        writeln!(
            out,
            "{hold} in a simulation of the traffic below{fixed}; what is requested is {:.0} % more, in reserve.\n",
            RESERVE * 100.0
        )?;
    }
    write_fixed(&others, out)?;
    write_purpose(plan, scenario, out)
}

fn write_purpose(plan: &Plan, scenario: &Scenario, out: &mut String) -> std::fmt::Result {
    write_use_case(plan, scenario, out)?;
    write_traffic(plan, scenario, out)
}

/// Whether a higher value has to be asked for: where the account's own value is not known, nobody can say
/// that it is enough.
fn is_asked(needed: &Needed) -> bool {
    needed.requested.is_some_and(|requested| needed.given.is_none_or(|given| given < requested))
}

fn write_quota(
    needed: &Needed,
    plan: &Plan,
    scenario: &Scenario,
    out: &mut String,
) -> std::fmt::Result {
    let (name, unit) = (&needed.name, &needed.unit);
    let value = |value: Option<f64>| {
        value.map_or_else(
            || "[CURRENT VALUE]".to_owned(),
            |value| format!("{} {unit}", number::figure(value)),
        )
    };
    writeln!(out, "  {}", quota_name(name))?;
    writeln!(out, "    current:   {}", value(needed.given))?;
    writeln!(out, "    requested: {}", value(needed.requested))?;
    writeln!(out, "    smallest value that fits: {}", value(needed.value()))?;
    let limit = plan.limits.iter().find(|limit| limit.name == *name);
    if let Some((demand, at)) = limit.and_then(|limit| Some((limit.peak_demand?, limit.peak_at_s)))
    {
        let at = at.map_or_else(String::new, |at| format!(" at {}", instant(scenario, at)));
        writeln!(out, "    peak demand: {} {unit}{at}", number::figure(demand))?;
    }
    writeln!(out)
}

/// What a limit is called in AWS's own words.
fn quota_name(name: &str) -> String {
    match name {
        "SendTextMessage" | "PutMessageFeedback" => format!("{name} API requests per second"),
        "parts_per_second" => "SMS message parts per second of the origination identity".to_owned(),
        "spend_limit_usd" => "SMS spending threshold (monthly)".to_owned(),
        other => other.to_owned(),
    }
}

fn write_fixed(others: &[&Needed], out: &mut String) -> std::fmt::Result {
    for needed in others {
        let given = needed.given.map_or_else(|| "not set".to_owned(), number::figure);
        let smallest = needed.value();
        let why = match (smallest, needed.adjustable) {
            (_, false) => "is not raised on request",
            (None, true) => "has no value at which the goals hold",
            (Some(_), true) => "is enough",
        };
        let smallest = smallest.map_or_else(|| "none".to_owned(), number::figure);
        writeln!(
            out,
            "Not requested: {} ({given}; smallest that fits: {smallest}) {why}.",
            needed.name
        )?;
    }
    if others.is_empty() { Ok(()) } else { writeln!(out) }
}

fn write_use_case(plan: &Plan, scenario: &Scenario, out: &mut String) -> std::fmt::Result {
    writeln!(out, "Use case: one-time passwords (transactional).")?;
    if !plan.description.is_empty() {
        writeln!(out, "{}", plan.description)?;
    }
    writeln!(
        out,
        "A message is sent only when a person asks for a code to verify their own number: one code for each \
         request, at most {} in one verification. No marketing is sent this way.",
        u32::from(scenario.policy.resends) + 1
    )?;
    writeln!(
        out,
        "Where and how people ask for the code (opt-in): [PAGE OR SCREEN, WITH ITS WORDING]"
    )?;
    writeln!(out, "How people can stop messages (opt-out): [STOP KEYWORD OR OTHER]")?;
    writeln!(out, "Message text:")?;
    for template in &scenario.templates {
        writeln!(out, "  \"{}\"", template.with_code("[code]"))?;
    }
    let feedback = if scenario.policy.expects_feedback() {
        "We report with PutMessageFeedback how each message ended.\n"
    } else {
        ""
    };
    writeln!(out, "Origination identity: {}\n{feedback}", scenario.policy.origination_identity)
}

fn write_traffic(plan: &Plan, scenario: &Scenario, out: &mut String) -> std::fmt::Result {
    let days = (plan.duration_s / 86_400.0).max(f64::MIN_POSITIVE);
    let from = instant(scenario, 0.0);
    let length = number::span(std::time::Duration::from_secs_f64(plan.duration_s));
    writeln!(
        out,
        "Expected traffic, from {from} for {length} (simulated, seed {}):",
        plan.seeds[0]
    )?;
    let peak = &plan.total.send_demand;
    if let Some(at) = peak.peak_at_s {
        writeln!(
            out,
            "  peak: {} messages in a second, at {}",
            number::count(peak.peak),
            instant(scenario, at)
        )?;
    }
    for country in &plan.countries {
        let figures = &country.figures;
        let (code, peak) = (&country.country, figures.send_demand.peak);
        let sessions = number::count(figures.sessions);
        let mut line =
            format!("  {code}: {sessions} verifications, {} a second at most", number::count(peak));
        if days >= 1.0 {
            write!(line, ", {:.0} a day", figures.sessions as f64 / days)?;
        }
        writeln!(out, "{line}")?;
    }
    let cost = &plan.cost_usd;
    writeln!(
        out,
        "  cost: USD {:.2} in all, USD {:.2} in the dearest calendar month",
        cost.total_without_limits, cost.month_without_limits
    )
}
