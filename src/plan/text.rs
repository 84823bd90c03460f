//! What a person reads in the terminal when a plan is made.
//!
//! **Invariant:** no line is longer than a hundred columns, but for what the scenario itself says.

use super::{
    findings::{CountryFigures, Figures, GoalResult, LimitFinding, Needed, Plan},
    needed::RESERVE,
    power::{DROPS, POWERS, Test},
};
use crate::report::text::{
    number::{count, figure, percent, span},
    table::Table,
};
use std::{io, path::Path, time::Duration};

/// At most this many countries have a row; files have them all.
const MOST_COUNTRIES: usize = 15;

/// At most this many columns.
const WIDTH: usize = 100;

/// Writes the plan; `folder` is where its files are.
pub fn write(plan: &Plan, folder: &Path, out: &mut impl io::Write) -> io::Result<()> {
    write_headline(plan, out)?;
    write_goals(plan, out)?;
    write_countries(plan, out)?;
    write_limits(plan, out)?;
    write_needed(plan, out)?;
    write_headroom(plan, out)?;
    write_cost(plan, out)?;
    write_what_if(plan, out)?;
    write_notes(plan, out)?;
    writeln!(out, "\n  Request for higher quotas\n")?;
    for line in plan.quota_request.lines() {
        wrapped(out, "    ", line)?;
    }
    writeln!(out, "\n  The plan is in {}", folder.display())
}

fn write_headline(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    let verdict = if plan.fits { "FITS" } else { "DOES NOT FIT" };
    let seeds: Vec<String> = plan.seeds.iter().map(u64::to_string).collect();
    writeln!(
        out,
        "{verdict}  {}: {} sessions in {}, seeds {}",
        plan.scenario,
        count(plan.total.sessions),
        seconds(plan.duration_s),
        seeds.join(", ")
    )?;
    let first = plan.limits.iter().filter(|limit| limit.first_hit_s.is_some());
    let first = first.min_by(|a, b| {
        let at = |limit: &LimitFinding| limit.first_hit_s.unwrap_or(f64::INFINITY);
        at(a).total_cmp(&at(b))
    });
    match first {
        Some(limit) => writeln!(
            out,
            "  The first limit to bind is {}, after {} ({}).",
            limit.name,
            seconds(limit.first_hit_s.unwrap_or_default()),
            limit.first_hit_at.as_deref().unwrap_or_default()
        ),
        None => writeln!(out, "  No limit binds."),
    }
}

fn write_goals(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "\n  Goals (the worst of all seeds)")?;
    let mut table = Table::new(&["goal", "observed", "without limits", "seeds", ""]);
    for goal in &plan.goals {
        let state = match (goal.ok, goal.attainable) {
            (true, _) => "ok",
            (false, true) => "FAILED",
            (false, false) => "FAILED, whatever the quotas",
        };
        table.push(vec![
            goal.expr.clone(),
            observed(goal, goal.observed),
            observed(goal, goal.without_limits),
            format!("{} of {}", goal.seeds_holding, plan.seeds.len()),
            state.to_owned(),
        ]);
    }
    table.write(out)
}

/// A value in the manner of the goal.
pub(super) fn observed(goal: &GoalResult, value: Option<f64>) -> String {
    let is_delay = goal.expr.contains("_delay");
    let is_share = ["expired_in_queue", "conversion", "throttled"]
        .iter()
        .any(|name| goal.expr.starts_with(name));
    match value {
        None => "-".to_owned(),
        Some(value) if is_delay => format!("{value:.2} s"),
        Some(value) if is_share => format!("{:.3} %", value * 100.0),
        Some(value) => figure(value),
    }
}

fn write_countries(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "\n  Traffic and what the given limits do to it")?;
    let mut table = Table::new(&[
        "country",
        "sessions",
        "sends/s",
        "p99",
        "puts/s",
        "throttled",
        "delay p99",
        "queue",
        "expired",
        "lost",
        "USD",
    ]);
    let mut largest: Vec<&CountryFigures> = plan.countries.iter().collect();
    largest.sort_by_key(|country| std::cmp::Reverse(country.figures.sessions));
    for country in largest.iter().take(MOST_COUNTRIES) {
        table.push(row(&country.country, &country.figures));
    }
    table.push(row("TOTAL", &plan.total));
    table.write(out)?;
    if plan.countries.len() > MOST_COUNTRIES {
        let rest = plan.countries.len() - MOST_COUNTRIES;
        writeln!(out, "  and {rest} more in countries.csv")?;
    }
    let total = &plan.total;
    writeln!(
        out,
        "  sends/s, puts/s: wanted in the busiest second, and by 99 of 100 seconds. expired: in the queue.\n  \
         lost: verified sessions fewer than without limits. In flight {}, feedback owed {} at most.",
        count(total.in_flight.peak),
        count(total.feedback_backlog.peak)
    )
}

fn row(name: &str, f: &Figures) -> Vec<String> {
    vec![
        name.to_owned(),
        count(f.sessions),
        count(f.send_demand.peak),
        count(f.send_demand.p99),
        count(f.put_demand.peak),
        percent(f.throttled_share),
        f.send_delay.p99.map_or_else(|| "-".to_owned(), |delay| format!("{delay:.1} s")),
        count(f.queue.peak),
        f.expired_in_queue.to_string(),
        f.conversion_lost.to_string(),
        format!("{:.2}", f.cost_usd),
    ]
}

fn write_limits(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "\n  Limits")?;
    let mut table = Table::new(&[
        "limit",
        "given",
        "wanted",
        "first hit",
        "hits",
        "busiest minute",
        "waits",
        "lost",
    ]);
    for limit in &plan.limits {
        let harm = &limit.cause_of;
        let bound = limit.hits > 0;
        let if_bound = |text: String| if bound { text } else { "-".to_owned() };
        table.push(vec![
            limit.name.clone(),
            maybe(limit.given),
            maybe(limit.peak_demand.map(|demand| (demand * 100.0).round() / 100.0)),
            limit.first_hit_s.map_or_else(|| "-".to_owned(), clock),
            count(limit.hits),
            limit.busiest_minute_s.map_or_else(|| "-".to_owned(), clock),
            if_bound(count(harm.waits)),
            if_bound(harm.lost_sessions.max(harm.lost_conversions).to_string()),
        ]);
    }
    table.write(out)?;
    writeln!(out, "  waits, lost: messages and sessions, as if the limit were the only one")
}

fn write_needed(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    if plan.needed.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  Smallest quotas at which the goals hold for all seeds")?;
    let ask = format!("ask for (+{:.0} %)", RESERVE * 100.0);
    let mut table = Table::new(&["quota", "unit", "given", "smallest", "together", &ask, "trials"]);
    plan.needed.iter().for_each(|needed| table.push(needed_row(needed)));
    table.write(out)?;
    for needed in plan.needed.iter().filter_map(|n| Some((&n.name, n.note.as_ref()?))) {
        writeln!(out, "  {}: {}", needed.0, needed.1)?;
    }
    match &plan.together {
        Some(together) if together.holds && together.raised.is_empty() => {
            writeln!(out, "  Together they hold as well.")
        }
        Some(together) if together.holds => wrapped(
            out,
            "  ",
            &format!("Together they hold after raising {}.", together.raised.join(", ")),
        ),
        Some(_) => writeln!(out, "  Together they do not hold, and raising them did not help."),
        None => Ok(()),
    }
}

fn needed_row(needed: &Needed) -> Vec<String> {
    vec![
        needed.name.clone(),
        needed.unit.clone(),
        maybe(needed.given),
        match needed.smallest {
            None if needed.trials > 0 => "none".to_owned(),
            smallest => maybe(smallest),
        },
        maybe(needed.in_concert),
        maybe(needed.requested),
        count(needed.trials.into()),
    ]
}

fn write_headroom(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    let Some(headroom) = &plan.headroom else { return Ok(()) };
    let broken = headroom.broken.join(", ");
    let text = match (headroom.factor, headroom.breaks_at) {
        (Some(factor), None) => {
            format!("The given limits carry {factor:.2} times the traffic, and maybe more.")
        }
        (Some(factor), Some(breaks)) => format!(
            "The given limits carry {factor:.2} times the traffic of the scenario; {breaks:.2} times breaks {broken}."
        ),
        (None, _) => format!(
            "The given limits do not even carry a twentieth of the traffic: it breaks {broken}."
        ),
    };
    writeln!(out, "\n  Headroom")?;
    wrapped(out, "  ", &text)
}

fn write_cost(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    let cost = &plan.cost_usd;
    writeln!(out, "\n  Cost in USD, by the clock of UTC")?;
    writeln!(
        out,
        "  dearest hour {:.2}, dearest day {:.2}, dearest month {:.2}, in all {:.2}",
        cost.hour_max, cost.day, cost.month, cost.total
    )?;
    writeln!(out, "  without limits the dearest month would cost {:.2}", cost.month_without_limits)
}

fn write_what_if(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    if plan.what_if.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  What if")?;
    let mut table =
        Table::new(&["set", "fits", "throttled", "delay p99", "queue", "expired", "lost", "USD"]);
    for what_if in &plan.what_if {
        let f = &what_if.figures;
        // The last words of a path say enough here; the files have it all.
        let sets = what_if
            .sets
            .iter()
            .map(|[path, value]| format!("{}={value}", path.rsplit('.').next().unwrap_or(path)));
        let sets: Vec<String> = sets.collect();
        table.push(vec![
            sets.join(" "),
            if what_if.fits { "yes" } else { "NO" }.to_owned(),
            percent(f.throttled_share),
            f.send_delay.p99.map_or_else(|| "-".to_owned(), |delay| format!("{delay:.1} s")),
            count(f.queue.peak),
            f.expired_in_queue.to_string(),
            f.conversion_lost.to_string(),
            format!("{:.2}", f.cost_usd),
        ]);
    }
    table.write(out)
}

fn write_notes(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "\n  How sure")?;
    wrapped(out, "  ", &plan.confidence)?;
    let test = Test::of_largest(&plan.countries);
    let sentence = test.and_then(|test| test.sentence(DROPS[1], POWERS[1]));
    sentence.iter().try_for_each(|sentence| wrapped(out, "  ", sentence))?;
    plan.notes.iter().try_for_each(|note| wrapped(out, "  ", note))
}

/// Writes a text in lines that fit, each with the same indent.
fn wrapped(out: &mut impl io::Write, indent: &str, text: &str) -> io::Result<()> {
    let own: String = text.chars().take_while(|sign| *sign == ' ').collect();
    let mut line = format!("{indent}{own}");
    let empty = line.len();
    for word in text.split_whitespace() {
        if line.len() > empty && line.len() + 1 + word.len() > WIDTH {
            writeln!(out, "{line}")?;
            line.truncate(empty);
        }
        if line.len() > empty {
            line.push(' ');
        }
        line.push_str(word);
    }
    writeln!(out, "{}", line.trim_end())
}

fn maybe(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), figure)
}

fn seconds(seconds: f64) -> String {
    span(Duration::from_secs_f64(seconds))
}

/// An instant of the campaign, as days, hours, minutes and seconds since its start.
fn clock(seconds: f64) -> String {
    let whole = Duration::from_secs_f64(seconds).as_secs();
    let (days, rest) = (whole / 86_400, whole % 86_400);
    let time = format!("{:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60);
    if days > 0 { format!("{days}d {time}") } else { time }
}
