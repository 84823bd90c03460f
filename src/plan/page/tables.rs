//! The tables of a plan.

use super::{answer::signed, instant, value};
use crate::{
    plan::{
        findings::{CountryFigures, Figures, GoalResult, LimitFinding, Needed, Plan, WhatIf},
        text,
    },
    report::{
        chart::{Bar, Bars, Caption, Unit},
        page::{Cell, Section, Table, Tone},
        text::number,
    },
};

pub(super) fn goals(plan: &Plan) -> Option<Section> {
    let mut table = Table::new(
        "Goals",
        &[
            ("Goal", false),
            ("Holds", false),
            ("Worst seed", true),
            ("Without limits", true),
            ("Seeds", true),
        ],
    );
    for goal in &plan.goals {
        table.push(goal_row(plan, goal));
    }
    let section = Section::new("goals", "Goals").table(&table);
    (!plan.goals.is_empty()).then(|| {
        if plan.confidence.is_empty() { section } else { section.paragraph(&plan.confidence) }
    })
}

fn goal_row(plan: &Plan, goal: &GoalResult) -> Vec<Cell> {
    let (word, tone) = match (goal.ok, goal.attainable) {
        (true, _) => ("yes", Tone::Good),
        (false, true) => ("no", Tone::Bad),
        (false, false) => ("no, whatever the quotas", Tone::Bad),
    };
    vec![
        Cell::code(&goal.expr),
        Cell::text(word).toned(tone),
        Cell::text(text::observed(goal, goal.observed)),
        Cell::text(text::observed(goal, goal.without_limits)),
        Cell::text(format!("{} of {}", goal.seeds_holding, plan.seeds.len())),
    ]
}

pub(super) fn limits(plan: &Plan) -> Option<Section> {
    let mut table = Table::new(
        "Limits",
        &[
            ("Limit", false),
            ("Given", true),
            ("Peak demand", true),
            ("First refuses", false),
            ("Refusals", true),
            ("Busiest minute", false),
            ("Throttles", true),
            ("Waits", true),
            ("Longest wait", true),
            ("Verified users lost", true),
        ],
    );
    for limit in &plan.limits {
        table.push(limit_row(plan, limit));
    }
    let section = Section::new("limits", "Where it breaks").paragraph(
        "What each limit would do on its own; throttles, waits and losses are beyond those without limits.",
    );
    (!plan.limits.is_empty()).then(|| section.table(&table))
}

fn limit_row(plan: &Plan, limit: &LimitFinding) -> Vec<Cell> {
    let LimitFinding { name, unit, given, peak_demand, first_hit_s, hits, .. } = limit;
    let harm = &limit.cause_of;
    let hit = first_hit_s
        .map_or_else(|| Cell::text("never"), |at| Cell::text(instant(plan, at)).toned(Tone::Bad));
    let busiest = limit.busiest_minute_s.filter(|_| limit.busiest_minute_hits > 0);
    let busiest = busiest.map(|at| {
        format!("{} ({})", super::minutes(plan).after(at), number::count(limit.busiest_minute_hits))
    });
    vec![
        Cell::code(name),
        Cell::text(given.map_or_else(|| "no limit".to_owned(), |given| value(given, unit))),
        Cell::text(peak_demand.map_or_else(|| "–".to_owned(), |peak| value(peak, unit))),
        hit,
        Cell::text(number::count(*hits)),
        Cell::text(busiest.unwrap_or_else(|| "–".to_owned())),
        Cell::text(number::count(harm.throttles)),
        Cell::text(number::count(harm.waits)),
        Cell::text(Unit::Seconds.say(harm.longest_wait_s)),
        Cell::text(signed(harm.lost_conversions)),
    ]
}

pub(super) fn needed(plan: &Plan) -> Option<Section> {
    let mut table = Table::new(
        "Needed quotas",
        &[
            ("Quota", false),
            ("Given", true),
            ("Smallest that fits", true),
            ("Together", true),
            ("To ask for", true),
            ("Note", false),
        ],
    );
    for needed in &plan.needed {
        table.push(needed_row(needed));
    }
    let section = Section::new("needed", "The smallest quotas that fit");
    let section = section.paragraph("One step lower breaks a goal. Each is found with the others unlimited, then all are tried together.");
    (!plan.needed.is_empty()).then(|| section.table(&table).list(&together(plan)))
}

fn needed_row(needed: &Needed) -> Vec<Cell> {
    let Needed { name, unit, given, smallest, in_concert, requested, adjustable, note, .. } =
        needed;
    let amount = |amount: &Option<f64>, none: &str| {
        amount.map_or_else(|| none.to_owned(), |amount| value(amount, unit))
    };
    let tone = match needed.value() {
        None if needed.trials == 0 => Tone::Plain,
        _ if needed.is_short() => Tone::Bad,
        _ => Tone::Good,
    };
    let note = note.clone().unwrap_or_default();
    vec![
        Cell::code(name),
        Cell::text(amount(given, "no limit")).toned(tone),
        Cell::text(amount(smallest, "not found")),
        Cell::text(amount(in_concert, "–")),
        Cell::text(if *adjustable { amount(requested, "–") } else { "–".to_owned() }),
        Cell::text(note),
    ]
}

/// What is known of all quotas together, and of growth.
fn together(plan: &Plan) -> Vec<String> {
    let together = plan.together.as_ref().map(|together| {
        let word = if together.holds {
            "All of them together hold the goals"
        } else {
            "Together they do not hold the goals"
        };
        let raised = if together.raised.is_empty() {
            String::new()
        } else {
            format!(", raised: {}", together.raised.join(", "))
        };
        format!("{word}{raised}.")
    });
    let growth = plan.headroom.as_ref().and_then(|headroom| {
        let at = headroom.breaks_at?;
        Some(format!(
            "With the given limits, traffic times {at:.2} breaks {}.",
            headroom.broken.join(", ")
        ))
    });
    together.into_iter().chain(growth).collect()
}

pub(super) fn countries(plan: &Plan) -> Option<Section> {
    let bar = |country: &CountryFigures| Bar {
        name: country.country.clone(),
        value: country.figures.conversion,
        interval: None,
    };
    let bars = Bars {
        caption: Caption::new(
            "by-country",
            "Session conversion with the given limits",
            "The dotted line is all countries together.",
        ),
        unit: Unit::Share,
        bars: plan.countries.iter().map(bar).collect(),
        interval: "95 % interval",
        whole: plan.total.conversion,
    };
    let mut table = Table::new("Countries", &COUNTRY_HEAD);
    for CountryFigures { country, figures } in &plan.countries {
        table.push(country_row(country, figures));
    }
    table.push(country_row("All", &plan.total));
    let section = Section::new("countries", "Countries").markup(&bars.draw());
    (!plan.countries.is_empty()).then(|| section.table(&table))
}

const COUNTRY_HEAD: [(&str, bool); 13] = [
    ("Country", false),
    ("Verifications", true),
    ("Sends/s, peak", true),
    ("p99", true),
    ("Puts/s, peak", true),
    ("Throttled", true),
    ("Wait p99", true),
    ("Longest queue", true),
    ("Expired in queue", true),
    ("Conversion", true),
    ("Lost", true),
    ("Parts", true),
    ("USD", true),
];

fn country_row(name: &str, figures: &Figures) -> Vec<Cell> {
    let wait =
        figures.send_delay.p99.map_or_else(|| "–".to_owned(), |wait| Unit::Seconds.say(wait));
    let lost = Cell::text(signed(figures.conversion_lost));
    vec![
        Cell::text(name),
        Cell::text(number::count(figures.sessions)),
        Cell::text(number::count(figures.send_demand.peak)),
        Cell::text(number::count(figures.send_demand.p99)),
        Cell::text(number::count(figures.put_demand.peak)),
        Cell::text(number::percent(figures.throttled_share)),
        Cell::text(wait),
        Cell::text(number::count(figures.queue.peak)),
        Cell::text(signed(figures.expired_in_queue)),
        Cell::text(number::percent(figures.conversion)),
        if figures.conversion_lost > 0 { lost.toned(Tone::Bad) } else { lost },
        Cell::text(number::count(figures.parts)),
        Cell::text(format!("{:.2}", figures.cost_usd)),
    ]
}

pub(super) fn what_if(plan: &Plan) -> Option<Section> {
    let paths: Vec<(&str, bool)> =
        plan.what_if.first()?.sets.iter().map(|[path, _]| (path.as_str(), true)).collect();
    let rest = [
        ("Fits", false),
        ("Throttled", true),
        ("Wait p99", true),
        ("Expired in queue", true),
        ("Verified users lost", true),
        ("Conversion", true),
        ("Dearest month, USD", true),
    ];
    let head: Vec<(&str, bool)> = paths.into_iter().chain(rest).collect();
    let mut table = Table::new("What if", &head);
    for row in &plan.what_if {
        table.push(what_if_row(row));
    }
    Some(Section::new("what-if", "What if").table(&table))
}

fn what_if_row(row: &WhatIf) -> Vec<Cell> {
    let (word, tone) = if row.fits { ("yes", Tone::Good) } else { ("no", Tone::Bad) };
    let figures = &row.figures;
    let sets = row.sets.iter().map(|[_, value]| Cell::text(value));
    let wait =
        figures.send_delay.p99.map_or_else(|| "–".to_owned(), |wait| Unit::Seconds.say(wait));
    let rest = [
        Cell::text(word).toned(tone),
        Cell::text(number::percent(figures.throttled_share)),
        Cell::text(wait),
        Cell::text(signed(figures.expired_in_queue)),
        Cell::text(signed(figures.conversion_lost)),
        Cell::text(number::percent(figures.conversion)),
        Cell::text(format!("{:.2}", row.cost_usd.month)),
    ];
    sets.chain(rest).collect()
}
