//! `plan.html`: a plan for those who decide about it, on one page that needs nothing else.

mod answer;
mod course;
mod certainty;
mod tables;

use super::findings::Plan;
use crate::report::{
    chart::Axis,
    page::{Page, Section},
    text::number,
};
use std::{io, time::Duration};

/// Writes the page.
pub fn write(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    let page = Page {
        title: format!("Capacity plan: {}", plan.scenario),
        kicker: "otpdrill plan".to_owned(),
        lead: lead(plan),
        verdict: answer::banner(plan),
        tiles: answer::tiles(plan),
        sections: sections(plan),
        foot: "Simulated with otpdrill: users, carriers and delivery are those of the scenario. Times are UTC."
            .to_owned(),
    };
    page.write(out)
}

fn sections(plan: &Plan) -> Vec<Section> {
    let all = [
        tables::goals(plan),
        course::demand(plan),
        tables::limits(plan),
        tables::needed(plan),
        course::queue(plan),
        course::conversion(plan),
        tables::countries(plan),
        course::spend(plan),
        tables::what_if(plan),
        certainty::section(plan),
        request(plan),
        reproduce(plan),
    ];
    all.into_iter().flatten().collect()
}

/// What was planned, in a sentence.
fn lead(plan: &Plan) -> String {
    let description = plan.description.trim();
    let stop =
        if description.is_empty() || description.ends_with(['.', '!', '?']) { "" } else { "." };
    let facts = format!(
        "{} verifications in {} countries over {}, from {} UTC.",
        number::count(plan.total.sessions),
        plan.countries.len(),
        number::span(Duration::try_from_secs_f64(plan.duration_s).unwrap_or_default()),
        minutes(plan).after(0.0),
    );
    format!("{description}{stop} {facts}").trim_start().to_owned()
}

fn request(plan: &Plan) -> Option<Section> {
    let section = Section::new("request", "What to ask AWS for");
    let section = section
        .paragraph("Ready to send; what only the owner of the account knows is in brackets.");
    (!plan.quota_request.is_empty())
        .then(|| section.verbatim("The request for higher quotas", plan.quota_request.trim_end()))
}

fn reproduce(plan: &Plan) -> Option<Section> {
    let seeds: Vec<String> = plan.seeds.iter().map(u64::to_string).collect();
    let section = Section::new("reproduce", "How this came about")
        .paragraph(&format!("Scenario {}, seeds {}.", plan.scenario, seeds.join(", ")))
        .list(&plan.notes)
        .paragraph(
            "The same answer again, beside this page, where scenario.toml has every setting:",
        )
        .verbatim("The command", &command(plan));
    Some(section)
}

/// The command that makes this plan again.
fn command(plan: &Plan) -> String {
    let goals = plan
        .goals
        .iter()
        .map(|goal| format!(" \\\n  --goal '{}'", goal.expr.replace('\'', "'\\''")));
    let goals: String = goals.collect();
    format!("otpdrill plan scenario.toml --seeds {}{goals}", plan.seeds.len())
}

/// The axis of the campaign's minutes.
fn minutes(plan: &Plan) -> Axis {
    let start = Duration::from_secs(u64::try_from(plan.start_epoch_s).unwrap_or(0));
    Axis { start, step: Duration::from_secs(60) }
}

/// An instant to the second.
fn instant(plan: &Plan, seconds: f64) -> String {
    Axis { step: Duration::from_secs(1), ..minutes(plan) }.after(seconds)
}

/// A value with its unit, such as `50 calls/s`.
fn value(value: f64, unit: &str) -> String {
    let number = if value.fract().abs() < 1e-9 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "no quota is negative, and a cast of one too large gives the largest"
        )]
        number::count(value as u64)
    } else {
        number::figure(value)
    };
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_its_thousands_apart() {
        assert_eq!(value(12_000.0, "calls/s"), "12,000 calls/s");
        assert_eq!(value(0.5, "USD/month"), "0.5 USD/month");
    }

    #[test]
    fn an_empty_plan_is_a_page_too() {
        let mut out = Vec::new();
        write(&answer::empty(), &mut out).expect("memory takes everything");
        let page = String::from_utf8(out).expect("text");
        assert!(page.contains("<h1>Capacity plan: empty</h1>") && page.ends_with("</html>\n"));
        assert!(!page.contains("NaN"));
    }
}
