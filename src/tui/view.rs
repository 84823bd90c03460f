//! What the screen shows of a snapshot.
//!
//! **Invariant:** it fits into every size: what there is no room for is left out, the last first.

mod lists;
mod overview;

use super::keys::{State, Tab};
use crate::{
    report::text::number::{percent, span},
    watch::snapshot::{Phase, Snapshot},
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Block, Clear, Gauge, Paragraph},
};

const HELP: [&str; 9] = [
    "q, Ctrl-C     stop: open sessions get --grace, feedback is put",
    "  once more   stop at once: nothing more is put",
    "Tab, 1 to 4   another part; Left and Right, too",
    "Up, Down      scroll; j and k, PageUp and PageDown, Home and End",
    "s             sort the countries by something else",
    "Ctrl-L        draw everything again",
    "? h Esc       this help, and away with it",
    "",
    "Rates are per second of campaign time, latencies in wall time.",
];

/// Draws the whole screen.
pub(super) fn draw(frame: &mut Frame<'_>, snapshot: &Snapshot, state: &mut State) {
    let rows = [
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(1),
    ];
    let [title, tabs, progress, body, foot] = Layout::vertical(rows).areas(frame.area());
    frame.render_widget(Paragraph::new(title_line(snapshot, state)), title);
    frame.render_widget(Paragraph::new(tab_line(state, frame.area().width)), tabs);
    frame.render_widget(gauge(snapshot, state), progress);
    match state.tab {
        Tab::Overview => overview::draw(frame, body, snapshot, state),
        Tab::Countries => lists::countries(frame, body, snapshot, state),
        Tab::Latency => lists::latency(frame, body, snapshot, state),
        Tab::Problems => lists::problems(frame, body, snapshot, state),
    }
    frame.render_widget(Paragraph::new(foot_line(snapshot, state)), foot);
    if state.help {
        help(frame, state);
    }
}

fn title_line<'a>(snapshot: &'a Snapshot, state: &State) -> Line<'a> {
    let about = &snapshot.about;
    let (word, colour) = match snapshot.phase {
        Phase::Preparing => ("GETTING READY", Color::Yellow),
        Phase::Arriving => ("RUNNING", Color::Green),
        Phase::Draining => ("DRAINING", Color::Cyan),
        Phase::Stopping => ("STOPPING", Color::Yellow),
    };
    let speed = if about.speed.to_bits() == 1.0_f64.to_bits() {
        String::new()
    } else {
        format!(", speed {}", about.speed)
    };
    Line::from(vec![
        Span::styled(word, tinted(state, colour).add_modifier(Modifier::BOLD)),
        Span::raw(format!(
            " {} (seed {}) against {}{speed}",
            about.scenario, about.seed, about.target
        )),
    ])
}

fn tab_line(state: &State, width: u16) -> Line<'static> {
    let parts = Tab::ALL.into_iter().enumerate().flat_map(|(place, tab)| {
        let name = if width < 50 { &tab.name()[..4] } else { tab.name() };
        let chosen = tab == state.tab;
        let style =
            if chosen { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
        [Span::styled(format!(" {} {name} ", place + 1), style), Span::raw(" ")]
    });
    Line::from(parts.collect::<Vec<_>>())
}

fn gauge(snapshot: &Snapshot, state: &State) -> Gauge<'static> {
    let label = format!(
        "{}  {} passed, about {} left",
        percent(Some(snapshot.share())),
        span(snapshot.wall),
        span(snapshot.left())
    );
    Gauge::default().ratio(snapshot.share()).label(label).gauge_style(tinted(state, Color::Blue))
}

fn foot_line<'a>(snapshot: &'a Snapshot, state: &State) -> Line<'a> {
    let text = match state.asked {
        0 if snapshot.phase == Phase::Stopping => "stopping: feedback is put; q stops at once",
        0 => "q stop   Tab next   up/down scroll   s sort   ? help",
        1 => "stopping: open sessions end, feedback is put; q again stops at once",
        _ => "stopping at once",
    };
    let mut foot = vec![Span::styled(text, Style::new().add_modifier(Modifier::DIM))];
    if let Some(address) = &snapshot.about.page {
        foot.push(Span::raw(format!("   {address}")));
    }
    Line::from(foot)
}

fn help(frame: &mut Frame<'_>, state: &State) {
    let area = centred(frame.area(), 68, 11);
    let lines = HELP.map(Line::from).to_vec();
    frame.render_widget(Clear, area);
    let block = Block::bordered().title(" Keys ").border_style(tinted(state, Color::Cyan));
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let (x, y) = ((area.width - width) / 2, (area.height - height) / 2);
    Rect { x: area.x + x, y: area.y + y, width, height }
}

/// A colour, where there may be one.
fn tinted(state: &State, colour: Color) -> Style {
    if state.colour { Style::new().fg(colour) } else { Style::new() }
}

/// The head of a part.
fn heading(text: &str) -> Line<'_> {
    Line::styled(text, Style::new().add_modifier(Modifier::BOLD))
}

#[cfg(test)]
mod tests;
