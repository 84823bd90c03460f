//! Taking the terminal, and giving it back.
//!
//! **Invariant:** whoever gives it back, a hook on any thread included, does so once and between two
//! drawings, and nothing is drawn afterwards.

use crossterm::{
    cursor::Show,
    execute,
    terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
};
use ratatui::{Terminal, backend::CrosstermBackend};
use std::{
    cell::Cell,
    io,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// Whether the terminal is ours.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Held while something is drawn.
static DRAWING: Mutex<()> = Mutex::new(());

thread_local! {
    /// Whether this thread draws just now: if it panics, it holds the lock itself.
    static DRAWS: Cell<bool> = const { Cell::new(false) };
}

/// Takes the terminal: another screen, and keys as they are pressed.
pub(super) fn take() -> io::Result<Terminal<CrosstermBackend<io::Stdout>>> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let taken = execute!(io::stdout(), EnterAlternateScreen)
        .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())));
    taken.inspect_err(|_| restore())
}

/// Draws, if the terminal is still ours; says whether it is.
pub(super) fn drawn(draw: impl FnOnce() -> io::Result<()>) -> io::Result<bool> {
    let _drawing = DRAWING.lock().unwrap_or_else(PoisonError::into_inner);
    if !TAKEN.load(Ordering::SeqCst) {
        return Ok(false);
    }
    DRAWS.set(true);
    let drawn = draw();
    DRAWS.set(false);
    drawn.map(|()| true)
}

/// Gives the terminal back as it was, if it is ours.
pub fn restore() {
    let _drawing = (!DRAWS.get()).then(|| DRAWING.lock().unwrap_or_else(PoisonError::into_inner));
    if TAKEN.swap(false, Ordering::SeqCst) {
        // A terminal that is gone needs nothing.
        drop(execute!(io::stdout(), LeaveAlternateScreen, Show));
        drop(disable_raw_mode());
    }
}
