//! Progress on standard error: a bar on a terminal, a line every few seconds elsewhere.

use crate::{record::cells::Cell, watch::vitals::open_sessions};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sms_voice_mock::service::time::SimTime;
use std::{
    io::{self, IsTerminal as _, Write as _},
    time::Duration,
};

/// How often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);

/// Nothing is shown of what ends sooner.
const PATIENCE: Duration = Duration::from_secs(2);

/// Shows how far a run has come.
#[derive(Debug)]
pub struct Progress {
    shown: Shown,
    /// When the campaign is expected to end.
    expected_end: SimTime,
}

#[derive(Debug)]
enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines { next: Duration },
}

impl Progress {
    /// Progress towards `expected_end`, unless it is to be quiet.
    #[must_use]
    pub fn new(quiet: bool, expected_end: SimTime) -> Self {
        let shown = if quiet {
            Shown::Nothing
        } else if io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::hidden());
            let style = "{elapsed} [{bar:30}] {percent:>3}% {wide_msg}";
            bar.set_style(ProgressStyle::with_template(style).expect("a valid template"));
            Shown::Bar(bar)
        } else {
            Shown::Lines { next: PATIENCE }
        };
        Self { shown, expected_end }
    }

    /// The campaign has come to `at` after `wall`.
    pub fn show(&mut self, wall: Duration, at: SimTime, counts: Option<&Cell>) {
        let share = at.secs_f64() / self.expected_end.secs_f64().max(1e-9);
        let share = share.clamp(0.0, 0.999);
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => {
                if PATIENCE <= wall && bar.is_hidden() {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.set_position(permille(share));
                bar.set_message(message(wall, at, share, counts));
            }
            Shown::Lines { next } => {
                if *next <= wall {
                    *next = wall + EVERY;
                    let percent = permille(share) / 10;
                    // Where standard error is closed there is nobody to show progress to.
                    let text = message(wall, at, share, counts);
                    drop(writeln!(io::stderr(), "{percent:>3}% {text}"));
                }
            }
        }
    }

    /// Clears the terminal for the summary.
    pub fn end(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }
}

/// Leaves the terminal as it was before a bar was drawn on it, for a message that cannot wait.
pub fn clear_terminal() {
    if io::stderr().is_terminal() {
        // Back to the first column, and away with the rest of the line; the cursor is shown again.
        drop(write!(io::stderr(), "\r\u{1b}[K\u{1b}[?25h"));
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share between 0 and 1"
)]
fn permille(share: f64) -> u64 {
    (share * 1000.0) as u64
}

fn message(wall: Duration, at: SimTime, share: f64, counts: Option<&Cell>) -> String {
    let left = wall.as_secs_f64() / share.max(1e-6) * (1.0 - share);
    let time = format!("campaign time {:.0} s, about {left:.0} s left", at.secs_f64());
    let Some(Cell { sessions, messages, .. }) = counts else { return time };
    format!(
        "{time}: {} arrived, {} open, {} sent, {} verified, feedback {} received {} failed",
        sessions.arrived,
        open_sessions(sessions),
        messages.attempted,
        sessions.verified,
        messages.received,
        messages.failed,
    )
}
