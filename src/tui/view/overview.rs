//! Everything at a glance.

use super::{super::keys::State, heading, tinted};
use crate::{
    record::{cells::Cell, latency::Metric},
    report::{
        chart::Unit,
        text::number::{count, millis, percent, span},
    },
    watch::{
        snapshot::{Point, Snapshot},
        vitals::open_sessions,
    },
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Color,
    text::Line,
    widgets::{Paragraph, Sparkline},
};

/// Where there is less, the parts stand one below the other.
const TWO_COLUMNS: u16 = 96;

/// The width of a rate's name and value.
const LABEL: u16 = 30;

/// A rate: its name, its colour, its value in a point, and its limit.
type Rate = (&'static str, Color, fn(&Point) -> f64, Option<f64>);

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, state: &State) {
    if area.width >= TWO_COLUMNS {
        let troubles = problems(snapshot);
        let most = usize::from(area.height / 3);
        let height = u16::try_from((troubles.len() + 1).min(most)).unwrap_or(0);
        let [area, below] =
            Layout::vertical([Constraint::Min(0), Constraint::Length(height)]).areas(area);
        lines(frame, below, &[troubles]);
        let [left, right] = Layout::horizontal([Constraint::Ratio(1, 2); 2]).spacing(2).areas(area);
        let rest = rates(frame, left, snapshot, state);
        lines(frame, rest, &[latency(snapshot)]);
        lines(frame, right, &[conversion(snapshot), funnel(snapshot, right.width)]);
    } else {
        let rest = rates(frame, area, snapshot, state);
        let parts = [
            conversion(snapshot),
            latency(snapshot),
            funnel(snapshot, area.width),
            problems(snapshot),
        ];
        lines(frame, rest, &parts);
    }
}

/// Draws the rates; what is left of the area comes back.
fn rates(frame: &mut Frame<'_>, area: Rect, snapshot: &Snapshot, state: &State) -> Rect {
    let [send_quota, put_quota] = snapshot.about.quotas;
    let all: [Rate; 4] = [
        ("arrivals", Color::Blue, |point| point.rates.arrivals, None),
        ("sends", Color::Green, |point| point.rates.sends, send_quota),
        ("feedback", Color::Cyan, |point| point.rates.puts, put_quota),
        ("throttled", Color::Red, |point| point.rates.throttles, None),
    ];
    // Two rows each where there is plenty of room.
    let height = if area.height >= 24 { 2 } else { 1 };
    let rows = all.map(|_| Constraint::Length(height));
    let [one, two, three, four, rest] =
        Layout::vertical(rows.into_iter().chain([Constraint::Min(0)])).areas(area);
    for ((name, colour, value, quota), row) in all.into_iter().zip([one, two, three, four]) {
        let [label, chart] =
            Layout::horizontal([Constraint::Length(LABEL), Constraint::Min(0)]).areas(row);
        let now = snapshot.course.last().map_or(0.0, value);
        let of =
            quota.map_or_else(String::new, |quota| format!(" of {}", Unit::PerSecond.say(quota)));
        let text = format!("{name:<10}{:>9}{of}", Unit::PerSecond.say(now));
        frame.render_widget(Paragraph::new(text), label);
        let newest = snapshot.course.len().saturating_sub(usize::from(chart.width));
        let points = snapshot.course[newest..].iter().map(|point| tenths(value(point)));
        let points: Vec<_> = points.collect();
        // Its height is the quota, where there is one: what touches the top is throttled.
        let most = points.iter().copied().chain(quota.map(tenths)).max().unwrap_or(0);
        let line = Sparkline::default().data(points).max(most);
        frame.render_widget(line.style(tinted(state, colour)), chart);
    }
    rest
}

/// As many of the parts as there is room for, a line between them where there is room for that, too.
fn lines(frame: &mut Frame<'_>, area: Rect, parts: &[Vec<Line<'_>>]) {
    let height: usize = parts.iter().map(|part| part.len() + 1).sum();
    let airy = height <= usize::from(area.height);
    let mut all = Vec::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if airy {
            all.push(Line::default());
        }
        all.extend(part.iter().cloned());
    }
    frame.render_widget(Paragraph::new(all), area);
}

fn conversion(snapshot: &Snapshot) -> Vec<Line<'static>> {
    let total = snapshot.vitals.total();
    let flying = format!(
        "in flight {}   open sessions {}   cost {:.2} USD",
        count(snapshot.in_flight()),
        count(open_sessions(&total.sessions)),
        total.cost_usd()
    );
    let shares = format!(
        "conversion: sessions {}, messages {}   coverage {}",
        percent(total.session_conversion()),
        percent(total.message_conversion()),
        percent(total.coverage())
    );
    vec![Line::from(flying), Line::from(shares)]
}

fn latency(snapshot: &Snapshot) -> Vec<Line<'static>> {
    let row = |name: &str, metric: Metric| {
        let (recent, all) = (snapshot.recent(metric), snapshot.vitals.spread(metric));
        let quantiles = [0.5, 0.95, 0.99].map(|share| millis(recent.quantile_ms(share)));
        let [p50, p95, p99] = quantiles;
        let whole = millis(all.quantile_ms(0.99));
        Line::from(format!("{name:<9}{p50:>9}{p95:>10}{p99:>10} {whole:>10}"))
    };
    let head = "latency        p50       p95       p99    p99 all";
    vec![
        heading(head),
        row("send", Metric::SendResponse),
        row("service", Metric::SendService),
        row("feedback", Metric::FeedbackResponse),
        row("lag", Metric::ScheduleLag),
    ]
}

fn funnel(snapshot: &Snapshot, width: u16) -> Vec<Line<'static>> {
    let Cell { sessions, messages, delivered, .. } = snapshot.vitals.total();
    let most = sessions.arrived.max(messages.accepted).max(1);
    let row = |name: &str, value: u64| {
        let room = u64::from(width.saturating_sub(24));
        let bar = usize::try_from(value * room / most).unwrap_or(0);
        Line::from(format!("{name:<12}{:>10} {}", count(value), "█".repeat(bar)))
    };
    vec![
        heading("funnel"),
        row("arrived", sessions.arrived),
        row("accepted", messages.accepted),
        row("delivered", delivered),
        row("verified", sessions.verified),
        row("expired", sessions.expired),
        row("abandoned", sessions.abandoned),
    ]
}

fn problems(snapshot: &Snapshot) -> Vec<Line<'static>> {
    let found = snapshot.vitals.problems.in_order();
    if found.is_empty() {
        return vec![Line::from("no problems so far")];
    }
    let rows = found.into_iter().map(|(problem, seen)| {
        let last = span(seen.last.since_start());
        Line::from(format!("{:>9}  {} (last {last})", count(seen.count), problem.text()))
    });
    std::iter::once(heading("problems")).chain(rows).collect()
}

/// Sparklines are drawn from whole numbers.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate that is not negative and no larger than a picture needs"
)]
fn tenths(rate: f64) -> u64 {
    (rate * 10.0) as u64
}
