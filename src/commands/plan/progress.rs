//! Progress of planning on standard error: how many campaigns were played.

use crate::{drive::clock::WallClock, plan::Glimpse};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::Mutex,
    time::Duration,
};

/// How often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(5);

/// Nothing is shown of what ends sooner.
const PATIENCE: Duration = Duration::from_secs(2);

/// Shows how far planning has come.
#[derive(Debug)]
pub(super) struct Progress {
    clock: WallClock,
    shown: Shown,
}

#[derive(Debug)]
enum Shown {
    Nothing,
    Spinner(ProgressBar),
    /// When the next line is due.
    Lines(Mutex<Duration>),
}

impl Progress {
    pub(super) fn new(quiet: bool) -> Self {
        let shown = if quiet {
            Shown::Nothing
        } else if io::stderr().is_terminal() {
            let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
            let style = ProgressStyle::with_template("{elapsed} {spinner} {wide_msg}");
            spinner.set_style(style.expect("a valid template"));
            Shown::Spinner(spinner)
        } else {
            Shown::Lines(Mutex::new(PATIENCE))
        };
        Self { clock: WallClock::starting_in(Duration::ZERO, 1.0), shown }
    }

    pub(super) fn show(&self, glimpse: Glimpse) {
        let wall = self.clock.wall();
        match &self.shown {
            Shown::Nothing => {}
            Shown::Spinner(spinner) => {
                if PATIENCE <= wall && spinner.is_hidden() {
                    spinner.set_draw_target(ProgressDrawTarget::stderr());
                }
                spinner.set_message(message(glimpse));
                spinner.tick();
            }
            Shown::Lines(next) => {
                let mut next = next.lock().expect("no holder panics");
                if *next <= wall {
                    *next = wall + EVERY;
                    // Where standard error is closed there is nobody to show progress to.
                    drop(writeln!(io::stderr(), "{}", message(glimpse)));
                }
            }
        }
    }

    /// Clears the terminal for the table.
    pub(super) fn end(&self) {
        if let Shown::Spinner(spinner) = &self.shown {
            spinner.finish_and_clear();
        }
    }
}

fn message(glimpse: Glimpse) -> String {
    format!(
        "planning: {} campaigns played, the next has come to {:.0} s of its time",
        glimpse.played,
        glimpse.at.secs_f64()
    )
}
