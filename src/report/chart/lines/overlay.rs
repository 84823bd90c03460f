//! What lies over the series: limits, and the numbers of events.
//!
//! Names of events stand in a list below, where they have room; the drawing has their numbers.

use super::{FAR, Limit, Lines, Mark};
use crate::report::{chart::figure, markup::Text};
use std::fmt::Write;

/// How far two names of limits must lie apart.
const LINE: f64 = 16.0;
/// How far the numbers of two events must lie apart to stand side by side, as a share of the width.
const NEAR: f64 = 0.07;
/// In how many rows numbers may stand.
const ROWS: usize = 3;
/// The height of a row of them.
const ROW: f64 = 20.0;

/// The limits within the picture.
pub(super) fn limits(lines: &Lines, place: impl Fn(f64) -> f64, height: f64) -> String {
    let mut limits: Vec<&Limit> = lines.limits.iter().filter(|limit| !far(lines, limit)).collect();
    limits.sort_by(|a, b| a.value.total_cmp(&b.value));
    // Names lie over all lines, not under the next one.
    let (mut drawn, mut names) = (String::new(), String::new());
    let mut free = height + LINE;
    for limit in limits {
        let y = (1.0 - place(limit.value)) * height;
        // A name lies on its line, or on the name below it.
        let name_y = (y - 5.0).min(free - LINE);
        free = name_y;
        let _infallible =
            writeln!(drawn, "<line class=\"limit\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        names.push_str(&figure::text("limit-name", 1.0, name_y, said(lines, limit)));
    }
    drawn + &names
}

/// Where events were.
pub(super) fn marks(lines: &Lines, height: f64) -> String {
    // Numbers lie over all lines, not under the next one.
    let (mut drawn, mut numbers) = (String::new(), String::new());
    let mut taken: Vec<f64> = Vec::new();
    for (nth, mark) in within(lines) {
        let from = place(lines, mark.from);
        let y = -28.0 - ROW * row(&mut taken, from) as f64;
        drawn.push_str(&span(lines, mark, height));
        let x = from * 100.0;
        let _infallible = writeln!(
            drawn,
            "<line class=\"event\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"{y:.0}\" y2=\"{height}\"/>"
        );
        let _infallible = write!(
            numbers,
            "<circle class=\"event-dot\" cx=\"{x:.2}%\" cy=\"{y:.0}\" r=\"9\"/>{}",
            figure::text("event-number", from, y + 4.0, nth + 1),
        );
    }
    drawn + &numbers
}

/// What took a while is a shade.
fn span(lines: &Lines, mark: &Mark, height: f64) -> String {
    let Some(to) = mark.to else { return String::new() };
    let [from, to] = [mark.from, to].map(|at| place(lines, at) * 100.0);
    format!(
        "<rect class=\"while\" x=\"{from:.2}%\" width=\"{:.2}%\" height=\"{height}\"/>\n",
        (to - from).max(0.0)
    )
}

/// How many rows of numbers stand above the plot.
pub(super) fn rows(lines: &Lines) -> usize {
    let mut taken = Vec::new();
    let rows = within(lines).map(|(_, mark)| row(&mut taken, place(lines, mark.from)) + 1);
    rows.max().unwrap_or(0)
}

/// The names of events, and the limits that are out of sight.
pub(super) fn names(lines: &Lines) -> String {
    let mut names = String::new();
    let marks: String =
        within(lines).map(|(_, mark)| format!("<li>{}</li>", when(lines, mark))).collect();
    if !marks.is_empty() {
        let _infallible = writeln!(names, "<ol class=\"events\">{marks}</ol>");
    }
    for limit in lines.limits.iter().filter(|limit| far(lines, limit)) {
        let _infallible = writeln!(
            names,
            "<p class=\"beyond\">{} lies far above this picture.</p>",
            Text(&said(lines, limit))
        );
    }
    names
}

fn when(lines: &Lines, mark: &Mark) -> String {
    let at = |seconds: f64| lines.axis.after(seconds);
    let until = mark.to.map_or_else(String::new, |to| format!(" to {}", at(to)));
    format!("{} <span class=\"when\">{}{until}</span>", Text(&mark.name), at(mark.from))
}

fn said(lines: &Lines, limit: &Limit) -> String {
    format!("{} {}", limit.name, lines.unit.say(limit.value))
}

fn far(lines: &Lines, limit: &Limit) -> bool {
    let most = lines.most();
    most > 0.0 && limit.value > most && limit.value > most * FAR
}

/// The events in the picture in the order of time, with their numbers from 0.
fn within(lines: &Lines) -> impl Iterator<Item = (usize, &Mark)> {
    let marks = lines.marks.iter();
    let mut marks: Vec<_> =
        marks.filter(|mark| (0.0..=1.0).contains(&share(lines, mark.from))).collect();
    marks.sort_by(|a, b| a.from.total_cmp(&b.from));
    marks.into_iter().enumerate()
}

/// How far along the axis an instant is; beyond 1 is outside.
fn share(lines: &Lines, seconds: f64) -> f64 {
    seconds / (lines.axis.step.as_secs_f64() * lines.intervals() as f64)
}

fn place(lines: &Lines, seconds: f64) -> f64 {
    share(lines, seconds).min(1.0)
}

/// The lowest row in which a number has room: each row remembers its last one.
fn row(taken: &mut Vec<f64>, at: f64) -> usize {
    let free = taken.iter().position(|last| (at - last).abs() >= NEAR);
    let row = free.unwrap_or_else(|| taken.len().min(ROWS - 1));
    if row < taken.len() {
        taken[row] = at
    } else {
        taken.push(at)
    }
    row
}
