//! A dashboard in the terminal while a run runs.
//!
//! A thread of its own draws the newest snapshot and hears keys, so neither a slow terminal nor a person
//! holds the run up.
//!
//! **Invariant:** however the run ends, the terminal is as it was before anything else is written to it.

mod keys;
mod terminal;
mod view;

pub use terminal::restore;

use crate::watch::snapshot::View;
use crossterm::event::{self, Event};
use keys::{Heard, State};
use ratatui::{Terminal, backend::CrosstermBackend};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::sync::mpsc;

/// How often the screen is drawn while no key is pressed, and how long its end may take.
const PACE: Duration = Duration::from_millis(200);

/// The dashboard; it ends, and gives the terminal back, when it is dropped.
#[derive(Debug)]
pub struct Screen {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Screen {
    /// Takes the terminal. A word goes to `stops` for each time somebody wants the run to stop.
    pub fn take(view: View, colour: bool, stops: mpsc::UnboundedSender<()>) -> io::Result<Self> {
        let terminal = terminal::take()?;
        let over = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&over);
        let body = move || {
            // A terminal that is gone is no reason to stop a run.
            drop(watch(terminal, &view, State::new(colour), &stops, &ends));
            restore();
        };
        let thread = thread::Builder::new().name("screen".to_owned()).spawn(body);
        let thread = thread.inspect_err(|_| restore())?;
        Ok(Self { over, thread: Some(thread) })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // If it panicked, the hook has told so and given the terminal back.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

fn watch(
    mut terminal: Terminal<CrosstermBackend<io::Stdout>>,
    view: &View,
    mut state: State,
    stops: &mpsc::UnboundedSender<()>,
    over: &AtomicBool,
) -> io::Result<()> {
    while !over.load(Ordering::Relaxed) {
        let snapshot = view.newest();
        let draw = || terminal.draw(|frame| view::draw(frame, &snapshot, &mut state)).map(drop);
        if !terminal::drawn(draw)? {
            return Ok(());
        }
        if !event::poll(PACE)? {
            continue;
        }
        match event::read()? {
            Event::Key(key) => match state.hear(key) {
                // Without a run there is nobody to tell.
                Heard::Stop => drop(stops.send(())),
                Heard::Redraw => terminal.clear()?,
                Heard::Nothing => {}
            },
            Event::Resize(..) => terminal.autoresize()?,
            Event::FocusGained | Event::FocusLost | Event::Mouse(_) | Event::Paste(_) => {}
        }
    }
    Ok(())
}
