//! Real time: one shard per core, each with its own thread, runtime, clients and stub listener.
//!
//! The calling thread supervises: it starts the clock once every shard is ready, shows progress, and
//! turns signals into wishes.

use super::{
    anchor::Anchor,
    clock::WallClock,
    memory::Memory,
    shard::{Shard, Wish},
    signals::StopSignal,
    timer::Timer,
};
use crate::{
    engine::{
        arrivals,
        campaign::Campaign,
        gate::{Gate, SafetyLimits},
    },
    journal::Journal,
    record::{Recorder, cells::Tariff},
    scenario::Scenario,
    target::{
        guard::Guard,
        sdk::{Guarded, SdkTarget, SetupError},
    },
    watch::{
        abort::{Aborted, Watchdog},
        board::Board,
    },
};
use sms_voice_mock::{Stub, http};
use std::{
    future::pending,
    io,
    net::TcpListener,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};
use tokio::{
    runtime,
    signal::unix::{SignalKind, signal},
    sync::{mpsc, watch},
};

/// How often progress is shown.
const TICK: Duration = Duration::from_millis(200);

/// After the grace of a stopped run: wall time for the feedback still owed.
const TIME_FOR_PUTS: Duration = Duration::from_secs(4);

/// After the sessions of a run that reached its spend cap: wall time for the feedback still owed.
const TIME_FOR_PUTS_AT_CAP: Duration = Duration::from_secs(600);

/// How long after the last shard is ready the campaign begins.
const LEAD: Duration = Duration::from_millis(20);

/// A live run about to begin.
#[derive(Debug)]
pub struct LiveRun {
    /// What is played.
    pub scenario: Arc<Scenario>,
    /// What messages cost.
    pub tariff: Tariff,
    /// Whether a row per message is kept.
    pub messages: bool,
    /// Campaign time per wall time.
    pub speed: f64,
    /// How many sessions and calls may be open.
    pub safety: SafetyLimits,
    /// After the first signal: wall time until open sessions end.
    pub grace: Duration,
    /// One per shard: where its calls go, and the stub's listener there if we serve it.
    pub endpoints: Vec<Endpoint>,
    /// Where shards post what they show.
    pub board: Arc<Board>,
    /// Whoever may ask the run to stop, beside signals: each word counts as an interrupt.
    pub stops: mpsc::UnboundedReceiver<()>,
    /// One per shard: what must survive this process.
    pub journals: Vec<Journal>,
    /// The way to AWS and the guard before it, if that is where all calls go.
    pub guarded: Option<Guarded>,
    /// Names the run in every message's context.
    pub name: String,
    /// What the target's clock showed before the campaign.
    pub anchor: Anchor,
}

/// Where one shard's calls go.
#[derive(Debug)]
pub struct Endpoint {
    /// `host:port`.
    pub authority: String,
    /// The stub to serve there, beside the shard.
    pub serve: Option<(TcpListener, Arc<Stub>)>,
}

/// A live run that has ended.
#[derive(Debug)]
pub struct Played {
    /// What all shards remember.
    pub recorder: Recorder,
    /// Wall time from the start of the campaign to its end.
    pub elapsed: Duration,
    /// The signal that ended it early.
    pub stopped_by: Option<StopSignal>,
    /// Calls that found nobody to talk to.
    pub never_left: u64,
    /// The condition that ended it early.
    pub aborted: Option<Aborted>,
    /// What was wrong with the disk under the journal.
    pub trouble: Option<io::ErrorKind>,
}

/// Why a live run did not happen, or did not end.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The target was not ready.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The system gave no thread, runtime or socket.
    #[error("the system refused what a live run needs")]
    System(#[from] io::Error),
    /// A signal came before anything was sent.
    #[error("stopped by a signal before anything was sent")]
    Stopped(StopSignal),
    /// A shard panicked: a bug.
    #[error("a shard of the run panicked; this is a bug, please report it with the scenario")]
    Panicked,
}

/// What a shard's thread reports.
#[derive(Debug)]
enum Report {
    Ready,
    Failed(LiveError),
    Done(Box<Recorder>, Option<io::ErrorKind>),
}

impl LiveRun {
    /// Plays the campaign; `progress` is called several times a second with the campaign's clock, and
    /// whether somebody has asked it to stop.
    pub fn play(mut self, progress: impl FnMut(WallClock, bool)) -> Result<Played, LiveError> {
        let (wishes, wish) = watch::channel(Wish::Run);
        let (start, started) = watch::channel(None);
        let (report, reports) = mpsc::unbounded_channel();
        let (speed, grace) = (self.speed, self.grace);
        let stops = std::mem::replace(&mut self.stops, mpsc::unbounded_channel().1);
        let shards = self.endpoints.len();
        let drain = self.scenario.drain.div_f64(speed);
        let capped = self.guarded.as_ref().map(|it| Capped { guard: Arc::clone(&it.guard), drain });
        let watched = Watchdog::of(&self.scenario).map(|it| (it, Arc::clone(&self.board)));
        let empty = Recorder::new(Arc::clone(&self.scenario), self.tariff.clone(), self.messages);
        let mut threads = Vec::new();
        let mut never_left = Vec::new();
        for seat in self.seats(&wish) {
            never_left.push(seat.shard.target.never_left());
            let (report, started) = (report.clone(), started.clone());
            let name = format!("shard-{}", seat.index);
            let body = move || {
                let ended = catch_unwind(AssertUnwindSafe(|| seat.run(&report, started)));
                let last = match ended {
                    Ok(Ok(memory)) => {
                        let (recorder, trouble) = memory.close();
                        Report::Done(Box::new(recorder), trouble)
                    }
                    Ok(Err(error)) => Report::Failed(error),
                    Err(_) => Report::Failed(LiveError::Panicked),
                };
                // The supervisor leaves early only after another shard's failure.
                drop(report.send(last));
            };
            threads.push(thread::Builder::new().name(name).spawn(body)?);
        }
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let supervisor =
            Supervisor { shards, speed, grace, wishes, start, reports, stops, capped, watched };
        let played = runtime.block_on(supervisor.supervise(empty, progress));
        for thread in threads {
            drop(thread.join()); // Its panic was reported above.
        }
        let mut played = played?;
        played.never_left = never_left.iter().map(|calls| calls.load(Ordering::Relaxed)).sum();
        Ok(played)
    }

    fn seats(self, wish: &watch::Receiver<Wish>) -> Vec<Seat> {
        let count = self.endpoints.len() as u64;
        let shards = u32::try_from(count).expect("as many as there are cores");
        let gate = Arc::new(Gate::of_shards(&self.scenario, self.safety, shards));
        let mut journals = self.journals.into_iter();
        let seat = |(index, endpoint): (u64, Endpoint)| {
            let recorder =
                Recorder::new(Arc::clone(&self.scenario), self.tariff.clone(), self.messages);
            let scenario = Arc::clone(&self.scenario);
            let place = usize::try_from(index).expect("as many as there are cores");
            let shard = arrivals::Shard { index, count };
            let shard = Shard {
                campaign: Campaign::new(Arc::clone(&scenario), shard, Arc::clone(&gate)),
                target: match &self.guarded {
                    Some(guarded) => SdkTarget::guarded(scenario, guarded, self.name.clone()),
                    None => SdkTarget::new(scenario, &endpoint.authority, self.name.clone()),
                },
                memory: Memory::new(recorder, journals.next(), self.name.clone()),
                posting: self.board.posting(place),
                wish: wish.clone(),
            };
            Seat { index, shard, serve: endpoint.serve, anchor: self.anchor }
        };
        (0..).zip(self.endpoints).map(seat).collect()
    }
}

/// What one thread of the run owns.
#[derive(Debug)]
struct Seat {
    index: u64,
    shard: Shard,
    serve: Option<(TcpListener, Arc<Stub>)>,
    anchor: Anchor,
}

impl Seat {
    fn run(
        mut self,
        report: &mpsc::UnboundedSender<Report>,
        mut started: watch::Receiver<Option<WallClock>>,
    ) -> Result<Memory, LiveError> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async move {
            if let Some((listener, stub)) = self.serve {
                listener.set_nonblocking(true)?;
                let listener = tokio::net::TcpListener::from_std(listener)?;
                tokio::spawn(http::serve(listener, stub, pending()));
            }
            let timer = Timer::new()?;
            self.shard.target.set_up(self.index == 0).await?;
            drop(report.send(Report::Ready));
            let clock = started.wait_for(Option::is_some).await.map(|clock| *clock);
            match clock.ok().flatten() {
                Some(clock) => {
                    self.shard.memory.begin(self.anchor.timeline(clock));
                    Ok(self.shard.play(clock, timer).await)
                }
                // Another shard failed before the start: there is no run.
                None => Ok(self.shard.memory),
            }
        })
    }
}

/// The calling thread's part.
#[derive(Debug)]
struct Supervisor {
    shards: usize,
    speed: f64,
    grace: Duration,
    wishes: watch::Sender<Wish>,
    start: watch::Sender<Option<WallClock>>,
    reports: mpsc::UnboundedReceiver<Report>,
    stops: mpsc::UnboundedReceiver<()>,
    capped: Option<Capped>,
    /// What must hold all along, and where it is seen.
    watched: Option<(Watchdog, Arc<Board>)>,
}

/// What happens when the spend cap holds the first message back: nobody else arrives.
#[derive(Debug)]
struct Capped {
    guard: Arc<Guard>,
    /// Wall time for the sessions that are open.
    drain: Duration,
}

impl Supervisor {
    async fn supervise(
        mut self,
        mut recorder: Recorder,
        mut progress: impl FnMut(WallClock, bool),
    ) -> Result<Played, LiveError> {
        let mut interrupts = signal(SignalKind::interrupt())?;
        let mut terminations = signal(SignalKind::terminate())?;
        let mut stopped_by = None;
        let mut ready = 0;
        while ready < self.shards {
            tokio::select! {
                report = self.reports.recv() => match report {
                    Some(Report::Ready) => ready += 1,
                    Some(Report::Failed(error)) => return Err(error),
                    Some(Report::Done(..)) | None => return Err(LiveError::Panicked),
                },
                // Nothing has been sent yet, so there is nothing to drain and nothing to report.
                _ = interrupts.recv() => return Err(LiveError::Stopped(StopSignal::Interrupt)),
                _ = terminations.recv() => return Err(LiveError::Stopped(StopSignal::Terminate)),
                Some(()) = self.stops.recv() => {
                    return Err(LiveError::Stopped(StopSignal::Interrupt));
                }
            }
        }
        let clock = WallClock::starting_in(LEAD, self.speed);
        self.start.send_replace(Some(clock));
        let mut ticks = tokio::time::interval(TICK);
        let (mut running, mut trouble, mut aborted) = (self.shards, None, None);
        while running > 0 {
            tokio::select! {
                report = self.reports.recv() => match report {
                    Some(Report::Done(done, found)) => {
                        running -= 1;
                        trouble = trouble.or(found);
                        recorder.merge(*done);
                    }
                    Some(Report::Failed(error)) => {
                        self.wishes.send_replace(Wish::Stop);
                        return Err(error);
                    }
                    Some(Report::Ready) | None => return Err(LiveError::Panicked),
                },
                Some(()) = interrupts.recv() => {
                    stopped_by = Some(self.stop(stopped_by, aborted.is_some(), StopSignal::Interrupt));
                }
                Some(()) = terminations.recv() => {
                    stopped_by = Some(self.stop(stopped_by, aborted.is_some(), StopSignal::Terminate));
                }
                Some(()) = self.stops.recv() => {
                    stopped_by = Some(self.stop(stopped_by, aborted.is_some(), StopSignal::Interrupt));
                }
                _ = ticks.tick() => {
                    progress(clock, stopped_by.is_some());
                    self.wind_down_at_cap(stopped_by);
                    if stopped_by.is_none() && aborted.is_none() {
                        aborted = self.abort(clock);
                    }
                }
            }
        }
        progress(clock, stopped_by.is_some());
        let elapsed = clock.wall();
        Ok(Played { recorder, elapsed, stopped_by, never_left: 0, aborted, trouble })
    }

    /// A signal's wish to end sooner is not taken back.
    fn wind_down_at_cap(&mut self, stopped_by: Option<StopSignal>) {
        let reached = self.capped.take_if(|capped| capped.guard.held().by_cap > 0);
        if let Some(Capped { drain, .. }) = reached.filter(|_| stopped_by.is_none()) {
            let puts = drain + TIME_FOR_PUTS_AT_CAP;
            self.wishes.send_replace(Wish::WindDown { drain, puts });
        }
    }

    /// Winds the run down if a condition does not hold.
    fn abort(&mut self, clock: WallClock) -> Option<Aborted> {
        let (watchdog, board) = self.watched.as_mut()?;
        let now = clock.now();
        if now < watchdog.next() {
            return None;
        }
        let aborted = watchdog.look(now, &board.read())?;
        let (drain, puts) = (self.grace, self.grace + TIME_FOR_PUTS);
        self.wishes.send_replace(Wish::WindDown { drain, puts });
        Some(aborted)
    }

    /// The first signal winds the run down, the second ends it, or the first where the run winds down already;
    /// the first one is the reason.
    fn stop(&self, before: Option<StopSignal>, winds_down: bool, signal: StopSignal) -> StopSignal {
        let (drain, puts) = (self.grace, self.grace + TIME_FOR_PUTS);
        let wind_down = Wish::WindDown { drain, puts };
        self.wishes.send_replace(if before.is_none() && !winds_down {
            wind_down
        } else {
            Wish::Stop
        });
        before.unwrap_or(signal)
    }
}
