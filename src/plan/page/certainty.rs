//! How sure the figures are, and what a real test could see.

use crate::{
    plan::{
        findings::{Plan, Spread},
        power::{ALPHA, DROPS, POWERS, Test},
    },
    report::{
        chart::Unit,
        page::{Cell, Section, Table},
        text::number,
    },
};

pub(super) fn section(plan: &Plan) -> Option<Section> {
    let section = Section::new("certainty", "How sure this is");
    let section = if plan.spreads.is_empty() { section } else { spreads(section, plan) };
    Some(power(section, plan))
}

fn spreads(section: Section, plan: &Plan) -> Section {
    let mut table = Table::new(
        "How seeds differ",
        &[
            ("Figure", false),
            ("Mean", true),
            ("95 % interval of the mean", true),
            ("Least", true),
            ("Most", true),
        ],
    );
    for spread in &plan.spreads {
        table.push(row(spread));
    }
    let seeds = plan.seeds.len();
    section
        .paragraph(&format!("Over {seeds} seeds, which are {seeds} campaigns of the same kind:"))
        .table(&table)
}

fn row(spread: &Spread) -> Vec<Cell> {
    let say = |value: f64| unit(&spread.figure).say(value);
    let interval = spread
        .half_width
        .map(|half| format!("{} to {}", say(spread.mean - half), say(spread.mean + half)));
    let end = |end: Option<f64>| end.map_or_else(|| "–".to_owned(), say);
    vec![
        Cell::text(words(&spread.figure)),
        Cell::text(say(spread.mean)),
        Cell::text(interval.unwrap_or_else(|| "–".to_owned())),
        Cell::text(end(spread.values.iter().copied().min_by(f64::total_cmp))),
        Cell::text(end(spread.values.iter().copied().max_by(f64::total_cmp))),
    ]
}

fn words(figure: &str) -> &str {
    match figure {
        "conversion" => "Session conversion",
        "conversion_lost_share" => "Conversion lost to limits",
        "expired_in_queue_share" => "Expired because of the queue",
        "throttled_share" => "Throttled sends",
        "send_demand.peak" => "SendTextMessage wanted, busiest second",
        "put_demand.peak" => "PutMessageFeedback wanted, busiest second",
        "in_flight.peak" => "Verifications in flight at most",
        "cost_usd" => "Cost of the campaign",
        other => other,
    }
}

fn unit(figure: &str) -> Unit {
    match figure {
        "conversion" => Unit::Share,
        _ if figure.ends_with("_share") => Unit::Share,
        _ if figure.starts_with("cost_usd") => Unit::Usd,
        "send_demand.peak" | "put_demand.peak" => Unit::PerSecond,
        _ => Unit::Count,
    }
}

/// What a real test needs, country by country.
fn power(section: Section, plan: &Plan) -> Section {
    let tests: Vec<Test> = plan.countries.iter().filter_map(Test::of).collect();
    let Some(largest) = Test::of_largest(&plan.countries) else { return section };
    let sentence = largest.sentence(DROPS[1], POWERS[1]);
    let section =
        sentence.map_or_else(|| section.clone(), |sentence| section.clone().paragraph(&sentence));
    let mut table = Table::new(
        "Messages that a real test needs in each arm",
        &[
            ("Messages in each arm", false),
            ("Conversion", true),
            ("1 point, power 0.9", true),
            ("3 points, 0.8", true),
            ("3 points, 0.9", true),
            ("3 points, 0.95", true),
            ("5 points, 0.9", true),
            ("This campaign in two arms shows", true),
        ],
    );
    for test in &tests {
        table.push(test_row(test));
    }
    section.table(&table).paragraph(&format!(
        "Two-sided test of two proportions at {ALPHA}; conversion is that of verifications without limits. Who \
         watches many countries at once needs more, or will see drops that are not there."
    ))
}

fn test_row(test: &Test) -> Vec<Cell> {
    let wanted = [
        (DROPS[0], POWERS[1]),
        (DROPS[1], POWERS[0]),
        (DROPS[1], POWERS[1]),
        (DROPS[1], POWERS[2]),
        (DROPS[2], POWERS[1]),
    ];
    let needs = wanted.map(|(drop, power)| {
        test.messages(drop, power).map_or_else(|| "–".to_owned(), number::count)
    });
    let seen = test.smallest_drop(POWERS[1]).map(|drop| format!("{:.1} points", drop * 100.0));
    let cells = needs.into_iter().chain([seen.unwrap_or_else(|| "nothing".to_owned())]);
    let head = [Cell::text(&test.country), Cell::text(number::percent(Some(test.conversion)))];
    head.into_iter().chain(cells.map(Cell::text)).collect()
}
