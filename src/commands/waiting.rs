//! Progress on standard error of work whose end nobody knows: a spinner on a terminal, a line every few seconds
//! elsewhere.

use crate::drive::clock::WallClock;
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

/// Shows how far something has come, from any thread.
#[derive(Debug)]
pub(super) struct Waiting {
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

impl Waiting {
    /// Shows nothing for two seconds from now, and nothing at all if it is to be quiet.
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

    /// It has come so far.
    pub(super) fn show(&self, message: impl FnOnce() -> String) {
        let wall = self.clock.wall();
        match &self.shown {
            Shown::Nothing => {}
            Shown::Spinner(spinner) => {
                if PATIENCE <= wall && spinner.is_hidden() {
                    spinner.set_draw_target(ProgressDrawTarget::stderr());
                }
                spinner.set_message(message());
                spinner.tick();
            }
            Shown::Lines(next) => {
                let mut next = next.lock().expect("no holder panics");
                if *next <= wall {
                    *next = wall + EVERY;
                    // Where standard error is closed there is nobody to show progress to.
                    drop(writeln!(io::stderr(), "{}", message()));
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
