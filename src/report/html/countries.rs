//! Country by country: the dashboard's numbers, conversion, time to verify, cost.

use super::{counted, percent, seconds};
use crate::{
    report::{
        chart::{Bar, Bars, Caption, Unit},
        page::{Cell, Section, Table, Tile},
        text::number,
    },
    results::{Results, Row},
};

/// A longer table is folded: bars tell as much in less room.
const MOST_ROWS: usize = 12;

/// The three numbers of the dashboard that AWS's blog post shows.
pub(super) fn dashboard(results: &Results) -> Option<Section> {
    let dashboard = &results.expected.as_ref()?.dashboard;
    let tiles = [
        Tile::new(
            "Messages with feedback completion",
            number::count(dashboard.completed),
            "whose feedback is RECEIVED",
        ),
        Tile::new(
            "Percentage completed",
            dashboard.percentage.map_or_else(|| "–".to_owned(), |share| format!("{share} %")),
            "of those that expect feedback",
        ),
        Tile::new(
            "Countries",
            number::count(dashboard.by_country.values().filter(|count| **count > 0).count() as u64),
            "with a completed message",
        ),
    ];
    let mut counts: Vec<(&String, &u64)> = dashboard.by_country.iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let bar = |(code, count): (&String, &u64)| bar(code, Some(*count as f64), None);
    let bars = Bars {
        caption: Caption::new("completed", "Completed messages by country", "The most first."),
        unit: Unit::Count,
        bars: counts.into_iter().map(bar).collect(),
        interval: "",
        whole: None,
    };
    let section = Section::new("dashboard", "What the dashboard shows");
    let section = section.paragraph(&doubt(results)).tiles(&tiles);
    Some(if dashboard.completed > 0 { section.markup(&bars.draw()) } else { section })
}

fn doubt(results: &Results) -> String {
    let unknown = results.summary.messages.unknown;
    let told = "The three numbers of the console, for the period of this run.";
    if unknown == 0 {
        return told.to_owned();
    }
    format!(
        "{told} The outcome of {} is unknown, so it may count some of them, too.",
        counted(unknown, "send", "sends")
    )
}

pub(super) fn conversion(results: &Results) -> Option<Section> {
    let rows = &results.conversion.rows;
    let mut sorted: Vec<&Row> = rows.iter().collect();
    // Without a message there is no conversion, and nothing to mend.
    let by = |row: &Row| row.message_conversion.unwrap_or(f64::INFINITY);
    sorted.sort_by(|a, b| by(a).total_cmp(&by(b)));
    let bars = Bars {
        caption: Caption::new(
            "by-country",
            "Message conversion by country",
            "Received of those that expect feedback, the lowest first, with Wilson's 95 % interval: it is wide \
             where there were few messages. The dotted line is all countries together.",
        ),
        unit: Unit::Share,
        bars: sorted
            .iter()
            .map(|row| bar(&row.country, row.message_conversion, row.ci95()))
            .collect(),
        interval: "95 % interval",
        whole: results.conversion.total.message_conversion,
    };
    let drawn = if results.conversion.total.expecting > 0 {
        bars.draw()
    } else {
        bars.caption.nothing("No message expected feedback.")
    };
    let section = Section::new("countries", "Countries").markup(&drawn);
    let table = table(results);
    let folded = Section::default().table(&table);
    let section = match rows.len() {
        0..=MOST_ROWS => section.table(&table),
        _ => section.folded("All figures by country", &folded),
    };
    Some(carriers(section, results))
}

fn bar(name: &str, value: Option<f64>, interval: Option<[f64; 2]>) -> Bar {
    Bar { name: name.to_owned(), value, interval }
}

const HEAD: [(&str, bool); 13] = [
    ("Country", false),
    ("Sessions", true),
    ("Verified", true),
    ("Of sessions", true),
    ("Messages", true),
    ("Throttled", true),
    ("Delivered", true),
    ("Received", true),
    ("Of messages", true),
    ("95 % interval", true),
    ("Coverage", true),
    ("Half verify in", true),
    ("USD", true),
];

fn table(results: &Results) -> Table {
    let mut table = Table::new("Figures by country", &HEAD);
    for row in &results.conversion.rows {
        table.push(cells(Cell::text(&row.country), row));
    }
    table.push(cells(Cell::text("All"), &results.conversion.total));
    table
}

fn cells(name: Cell, row: &Row) -> Vec<Cell> {
    let interval = row.ci95().map_or_else(
        || "–".to_owned(),
        |[low, high]| format!("{:.1} to {:.1} %", low * 100.0, high * 100.0),
    );
    let figures = [
        number::count(row.sessions),
        number::count(row.verified),
        percent(row.session_conversion),
        number::count(row.messages_accepted),
        number::count(row.throttled),
        row.delivered.map_or_else(|| "–".to_owned(), number::count),
        number::count(row.received),
        percent(row.message_conversion),
        interval,
        percent(row.coverage),
        seconds(row.verify_p50_s),
        format!("{:.2}", row.cost_usd),
    ];
    [name].into_iter().chain(figures.map(Cell::text)).collect()
}

/// The same by carrier, for whoever asks.
fn carriers(section: Section, results: &Results) -> Section {
    let Some(rows) = results.by_carrier.as_ref().map(|table| &table.rows) else {
        return section;
    };
    if rows.len() <= results.conversion.rows.len() {
        return section;
    }
    let [(_, _), rest @ ..] = HEAD;
    let head: Vec<(&str, bool)> = [("Carrier", false)].into_iter().chain(rest).collect();
    let mut table = Table::new("Figures by carrier", &head);
    for row in rows {
        table.push(cells(Cell::text(format!("{} {}", row.country, row.carrier)), row));
    }
    section.folded("All figures by carrier", &Section::default().table(&table))
}

pub(super) fn time_to_verify(results: &Results) -> Option<Section> {
    let mut rows: Vec<(&Row, f64)> =
        results.conversion.rows.iter().filter_map(|row| Some((row, row.verify_p50_s?))).collect();
    rows.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let bars = Bars {
        caption: Caption::new(
            "verify-by-country",
            "Time to verify by country",
            "From a user's arrival to the right code: half are faster than the bar, 95 of 100 than the end of \
             the line. The slowest first; the dotted line is half of all.",
        ),
        unit: Unit::Seconds,
        bars: rows
            .iter()
            .map(|(row, p50)| {
                bar(&row.country, Some(*p50), row.verify_p95_s.map(|p95| [*p50, p95]))
            })
            .collect(),
        interval: "50 to 95 of 100",
        whole: results.conversion.total.verify_p50_s,
    };
    let section = Section::new("verify", "Time to verify");
    Some(if rows.is_empty() {
        section.paragraph("Nobody verified a number.")
    } else {
        section.markup(&super::latency::time_to_verify(results)).markup(&bars.draw())
    })
}

pub(super) fn cost(results: &Results) -> Option<Section> {
    let mut rows: Vec<&Row> =
        results.conversion.rows.iter().filter(|row| row.cost_usd > 0.0).collect();
    rows.sort_by(|a, b| b.cost_usd.total_cmp(&a.cost_usd));
    let total = &results.conversion.total;
    let each = |count: u64| {
        super::share(1, count)
            .map_or_else(|| "–".to_owned(), |one| format!("{:.4} USD", total.cost_usd * one))
    };
    let tiles = [
        Tile::new("In all", Unit::Usd.say(total.cost_usd), "price and carrier fee of every part"),
        Tile::new(
            "A message",
            each(total.messages_accepted),
            counted(total.message_parts, "part", "parts"),
        ),
        Tile::new("A verified user", each(total.verified), "messages of those who failed included"),
    ];
    let bars = Bars {
        caption: Caption::new("cost-by-country", "Cost by country", "The dearest first."),
        unit: Unit::Usd,
        bars: rows.iter().map(|row| bar(&row.country, Some(row.cost_usd), None)).collect(),
        interval: "",
        whole: None,
    };
    let section = Section::new("cost", "Cost").paragraph(
        "By the price table of the stub, a dated snapshot of AWS's public prices, and the scenario's own prices.",
    );
    let section = section.tiles(&tiles);
    Some(if rows.is_empty() { section } else { section.markup(&bars.draw()) })
}
