//! The share of messages with feedback completion over time, as an SVG.
//!
//! **Invariant:** a stretch of time in which nothing expected feedback has no point, never a zero.

use super::{Clock, html::Html};
use crate::service::views::{Series, SeriesPoint};

/// The size of the drawing, and where its plot lies in it.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 28.0;

pub(super) fn draw(html: &mut Html, series: &Series, clock: &Clock) {
    html.raw("<section><h2>Share with feedback completion over time</h2>");
    let points: Vec<_> = series.points.iter().filter_map(share).collect();
    if points.is_empty() {
        html.raw("<p class=\"none\">Nothing to draw yet.</p></section>");
        return;
    }
    let label = format!(
        "From {} to {}: lowest {:.1} %, highest {:.1} %",
        clock.time(series.from),
        clock.time(series.to),
        points.iter().map(|(_, share)| *share).fold(100.0, f64::min),
        points.iter().map(|(_, share)| *share).fold(0.0, f64::max),
    );
    html.raw("<div class=\"scroll\">");
    html.raw(&format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\""));
    html.text(&label).raw("\">");
    grid(html);
    bars(html, series);
    lines(html, series);
    times(html, series, clock);
    html.raw("</svg></div><p class=\"legend\"><span class=\"key line\"></span> share received ");
    html.raw(
        "<span class=\"key bar\"></span> messages sent, by the time of the send (tallest bar: ",
    );
    html.number(most_expecting(series)).raw(")</p></section>");
}

/// The place of a point, and its share from 0 to 100.
fn share(point: &SeriesPoint) -> Option<(usize, f64)> {
    #[expect(clippy::cast_precision_loss, reason = "a share for people")]
    let share = |point: &SeriesPoint| 100.0 * point.received as f64 / point.expecting as f64;
    (point.expecting > 0).then(|| (point.place, share(point)))
}

fn x(series: &Series, place: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some dozens of points")]
    let along = (place as f64 + 0.5) / series.count as f64;
    LEFT + along * (WIDTH - LEFT - RIGHT)
}

fn y(share: f64) -> f64 {
    TOP + (1.0 - share / 100.0) * (HEIGHT - TOP - BOTTOM)
}

fn grid(html: &mut Html) {
    for share in [0.0, 25.0, 50.0, 75.0, 100.0] {
        let (y, right) = (y(share), WIDTH - RIGHT);
        html.raw(&format!(
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{share:.0} %</text>",
            LEFT - 6.0,
            y + 4.0,
        ));
    }
}

/// How many messages the fullest stretch has; at least 1.
fn most_expecting(series: &Series) -> u64 {
    series.points.iter().map(|point| point.expecting).max().unwrap_or(1).max(1)
}

fn bars(html: &mut Html, series: &Series) {
    let most = most_expecting(series);
    #[expect(clippy::cast_precision_loss, reason = "some dozens of points")]
    let width = (WIDTH - LEFT - RIGHT) / series.count as f64 * 0.7;
    for point in &series.points {
        #[expect(clippy::cast_precision_loss, reason = "a height for people")]
        let height = point.expecting as f64 / most as f64 * (HEIGHT - TOP - BOTTOM) * 0.35;
        html.raw(&format!(
            "<rect class=\"bar\" x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>",
            x(series, point.place) - width / 2.0,
            HEIGHT - BOTTOM - height,
        ));
    }
}

/// One line for each run of neighbouring points; a point alone is a dot, and so is the last.
fn lines(html: &mut Html, series: &Series) {
    let shares: Vec<_> = series.points.iter().filter_map(share).collect();
    for run in shares.chunk_by(|a, b| a.0 + 1 == b.0).filter(|run| run.len() > 1) {
        html.raw("<polyline class=\"line\" points=\"");
        for (place, share) in run {
            html.raw(&format!("{:.1},{:.1} ", x(series, *place), y(*share)));
        }
        html.raw("\"/>");
    }
    let neighbours =
        |place| shares.iter().any(|other| place + 1 == other.0 || place == other.0 + 1);
    let last = shares.last().map(|last| last.0);
    for (place, share) in &shares {
        if Some(*place) == last || !neighbours(*place) {
            let (x, y) = (x(series, *place), y(*share));
            html.raw(&format!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"));
        }
    }
}

fn times(html: &mut Html, series: &Series, clock: &Clock) {
    let y = HEIGHT - 8.0;
    let right = WIDTH - RIGHT;
    html.raw(&format!("<text x=\"{LEFT}\" y=\"{y}\">")).text(&clock.time(series.from));
    html.raw(&format!("</text><text x=\"{right}\" y=\"{y}\" text-anchor=\"end\">"));
    html.text(&clock.time(series.to)).raw("</text>");
}
