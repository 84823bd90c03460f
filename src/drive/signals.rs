//! Signals that end a run early.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    thread,
};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
};

/// A signal that ends a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopSignal {
    /// `SIGINT`, as from Ctrl-C.
    Interrupt,
    /// `SIGTERM`.
    Terminate,
}

/// What signals ask of a run in virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VirtualWish {
    /// Go on.
    Run,
    /// Nobody else arrives.
    WindDown,
    /// Stop here and now.
    Stop,
}

/// The signals that came, for a driver that does not await.
#[derive(Clone, Debug)]
pub struct Signals {
    /// The first signal: 0 none, 1 interrupt, 2 terminate.
    first: Arc<AtomicU8>,
    count: Arc<AtomicU8>,
}

impl Signals {
    /// Listens from now on, on a thread of its own that lasts as long as the process.
    pub fn listen() -> io::Result<Self> {
        let this = Self { first: Arc::default(), count: Arc::default() };
        let heard = this.clone();
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(async {
                let interrupts = signal(SignalKind::interrupt());
                let terminations = signal(SignalKind::terminate());
                // Without handlers a signal ends the process as it always did.
                let (Ok(mut interrupts), Ok(mut terminations)) = (interrupts, terminations) else {
                    return;
                };
                loop {
                    let number = tokio::select! {
                        _ = interrupts.recv() => 1,
                        _ = terminations.recv() => 2,
                    };
                    if heard.count.fetch_add(1, Ordering::Relaxed) == 0 {
                        heard.first.store(number, Ordering::Relaxed);
                    }
                }
            });
        })?;
        Ok(this)
    }

    /// What is asked for so far.
    #[must_use]
    pub fn wish(&self) -> VirtualWish {
        match self.count.load(Ordering::Relaxed) {
            0 => VirtualWish::Run,
            1 => VirtualWish::WindDown,
            _ => VirtualWish::Stop,
        }
    }

    /// The first signal that came.
    #[must_use]
    pub fn first(&self) -> Option<StopSignal> {
        match self.first.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(StopSignal::Interrupt),
            _ => Some(StopSignal::Terminate),
        }
    }
}
