//! Lists that scroll: countries, latencies, problems.

use super::{
    super::keys::{Order, State},
    heading,
};
use crate::{
    record::{cells::Cell, latency::Metric},
    report::text::number::{count, millis, percent, span},
    watch::{snapshot::Snapshot, vitals::open_sessions},
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Modifier, Style},
    text::{Line, Text},
    widgets::{Paragraph, Row, Table},
};

/// A column: its head, its width, and what stands in it.
type Column = (&'static str, u16, fn(&str, &Cell) -> String);

/// The columns of the countries; the last ones are left out where there is no room.
const COLUMNS: [Column; 10] = [
    ("", 4, |code, _| code.to_owned()),
    ("sessions", 10, |_, cell| count(cell.sessions.arrived)),
    ("verified", 9, |_, cell| percent(cell.session_conversion())),
    ("received", 9, |_, cell| percent(cell.message_conversion())),
    ("throttled", 9, |_, cell| count(cell.messages.throttled)),
    ("open", 8, |_, cell| count(open_sessions(&cell.sessions))),
    ("messages", 10, |_, cell| count(cell.messages.attempted)),
    ("refused", 8, |_, cell| count(cell.messages.rejected)),
    ("unknown", 8, |_, cell| count(cell.messages.unknown)),
    ("cost USD", 11, |_, cell| format!("{:.2}", cell.cost_usd())),
];

pub(super) fn countries(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, state: &mut State) {
    let total = snapshot.vitals.total();
    let codes = snapshot.about.countries.iter().map(String::as_str);
    let mut rows: Vec<_> = codes.zip(snapshot.vitals.countries()).collect();
    sort(&mut rows, state.order);
    let [title, area] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let text = format!("{} countries, by {} (s)", rows.len(), state.order.name());
    frame.render_widget(Paragraph::new(heading(&text)), title);
    let columns = fitting(area.width);
    let line = |code: &str, cell: &Cell| {
        let texts = columns.iter().map(|(_, _, say)| say(code, cell));
        texts.enumerate().map(|(place, text)| aligned(place, text)).collect::<Vec<_>>()
    };
    let lines: Vec<_> = rows.iter().map(|(code, cell)| line(code, cell)).collect();
    let heads = columns.iter().map(|(head, ..)| (*head).to_owned()).enumerate();
    let heads = heads.map(|(place, text)| aligned(place, text)).collect();
    let widths = columns.iter().map(|(_, width, _)| *width).collect();
    table(frame, area, (heads, widths), lines, Some(line("All", &total)), state);
}

pub(super) fn latency(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, state: &mut State) {
    let heads = ["", "samples", "p50", "p95", "p99", "longest"].map(str::to_owned);
    let heads = heads.into_iter().enumerate().map(|(place, text)| aligned(place, text)).collect();
    let widths = vec![19, 10, 10, 10, 10, 10];
    let mut lines = Vec::new();
    for (title, recent) in [("last interval", true), ("since the start", false)] {
        lines.push(vec![Text::from(heading(title))]);
        for metric in Metric::ALL {
            let spread =
                if recent { snapshot.recent(metric) } else { snapshot.vitals.spread(metric) };
            let quantiles = [0.5, 0.95, 0.99, 1.0].map(|share| millis(spread.quantile_ms(share)));
            let texts = [metric.name().replace('_', " "), count(spread.count())];
            let texts = texts.into_iter().chain(quantiles).enumerate();
            lines.push(texts.map(|(place, text)| aligned(place, text)).collect());
        }
    }
    table(frame, area, (heads, widths), lines, None, state);
}

pub(super) fn problems(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, state: &mut State) {
    let found = snapshot.vitals.problems.in_order();
    if found.is_empty() {
        frame.render_widget(Paragraph::new("Nothing went wrong so far."), area);
        return;
    }
    let heads = ["first", "last", "count", "what"].map(str::to_owned);
    let heads = heads.map(Text::from).to_vec();
    let lines = found.into_iter().map(|(problem, seen)| {
        let [first, last] = [seen.first, seen.last].map(|at| span(at.since_start()));
        let what = problem.text().to_owned();
        [first, last, count(seen.count), what].map(|text| Text::from(Line::from(text))).to_vec()
    });
    table(frame, area, (heads, vec![11, 11, 9, 62]), lines.collect(), None, state);
}

/// Draws the rows that there is room for, below a head and above a sum.
fn table(
    frame: &mut Frame<'_>,
    area: Rect,
    (heads, widths): (Vec<Text<'static>>, Vec<u16>),
    lines: Vec<Vec<Text<'static>>>,
    sum: Option<Vec<Text<'static>>>,
    state: &mut State,
) {
    let around = 1 + usize::from(sum.is_some());
    state.keep_in(lines.len(), usize::from(area.height).saturating_sub(around));
    let shown = lines.into_iter().skip(state.scroll).map(Row::new);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    let widths = widths.into_iter().map(Constraint::Length);
    let mut table = Table::new(shown, widths).column_spacing(1).header(Row::new(heads).style(bold));
    if let Some(sum) = sum {
        table = table.footer(Row::new(sum).style(bold));
    }
    frame.render_widget(table, area);
}

/// Names to the left, numbers to the right.
fn aligned(place: usize, text: String) -> Text<'static> {
    let text = Text::from(text);
    if place == 0 { text } else { text.right_aligned() }
}

fn fitting(width: u16) -> &'static [Column] {
    let mut room = width;
    let fits = COLUMNS.iter().take_while(|(_, needs, _)| {
        let fits = *needs <= room;
        room = room.saturating_sub(needs + 1);
        fits
    });
    &COLUMNS[..fits.count()]
}

fn sort(rows: &mut [(&str, &Cell)], order: Order) {
    match order {
        Order::Code => {}
        Order::Sessions => rows.sort_by_key(|(_, cell)| std::cmp::Reverse(cell.sessions.arrived)),
        Order::Throttled => {
            rows.sort_by_key(|(_, cell)| std::cmp::Reverse(cell.messages.throttled));
        }
        Order::Conversion => rows.sort_by(|(_, one), (_, two)| {
            let share = |cell: &Cell| cell.message_conversion().unwrap_or(f64::INFINITY);
            share(one).total_cmp(&share(two))
        }),
    }
}
