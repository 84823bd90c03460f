//! Who watches a run: a line of progress, the dashboard, the page, collectors of metrics.

use super::so_far::SoFar;
#[cfg(feature = "otlp")]
use crate::otlp::{Endpoint, Exporter};
use crate::{
    cli::{CampaignArgs, Format, RunArgs, WatchArgs},
    commands::{campaign::Prepared, error::CommandError, progress::Progress},
    drive::clock::WallClock,
    tui::Screen,
    watch::{
        board::Board,
        snapshot::{About, Observer, Phase},
    },
    web::{MakesReport, Offer, Server},
};
use sms_voice_mock::service::time::SimTime;
use std::{
    io::{self, IsTerminal as _, Write as _},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};
use tokio::sync::mpsc::{self, UnboundedReceiver};

/// Everybody who watches one run.
#[derive(Debug)]
pub(super) struct Watching {
    board: Arc<Board>,
    progress: Progress,
    /// For those who want more than counts.
    observer: Option<Observer>,
    /// When nobody else arrives.
    last_arrival: SimTime,
    /// It has the terminal as long as it lives.
    screen: Option<Screen>,
    #[cfg(feature = "otlp")]
    exporter: Option<Exporter>,
    /// They serve as long as they live.
    _servers: Vec<Server>,
}

/// Refuses to draw where nobody sees it, or where something else is to stand.
pub(super) fn check(args: &RunArgs) -> Result<(), CommandError> {
    let CampaignArgs { quiet, format, .. } = args.campaign;
    let why = match (args.watch.tui, quiet, format) {
        (false, ..) => return Ok(()),
        (true, true, _) => "contradicts `--quiet`",
        (true, _, Format::Json) => {
            "contradicts `--format json`, which has standard output for itself"
        }
        (true, false, Format::Text) if !io::stdout().is_terminal() => {
            "needs a terminal on standard output; without one, see `--web` or the line of progress"
        }
        (true, false, Format::Text) => return Ok(()),
    };
    Err(CommandError::Usage(format!("`--tui` {why}")))
}

impl Watching {
    /// Opens everything that was asked for, and says where it is. With it come the board for so many shards
    /// to post to, and what tells that somebody wants the run to stop.
    pub(super) fn open(
        args: &RunArgs,
        prepared: &Prepared,
        shards: usize,
    ) -> Result<(Self, Arc<Board>, UnboundedReceiver<()>), CommandError> {
        let board = Board::new(&prepared.scenario, shards);
        let (stop, stops) = mpsc::unbounded_channel();
        let so_far = Arc::new(SoFar::new(prepared, &args.target, Arc::clone(&board)));
        let listeners = listeners(&args.watch, &so_far)?;
        let tui = args.watch.tui;
        let mut about = about(args, prepared);
        let page = listeners.iter().find(|(_, offer)| offer.report.is_some());
        about.page =
            page.map(|(at, _)| at.local_addr()).transpose()?.map(|at| format!("http://{at}/"));
        #[cfg(feature = "otlp")]
        let endpoint = endpoint(&args.watch)?;
        #[cfg(feature = "otlp")]
        let pushes = endpoint.is_some();
        #[cfg(not(feature = "otlp"))]
        let pushes = false;
        let observer = (tui || pushes || !listeners.is_empty())
            .then(|| Observer::new(Arc::clone(&board), about, &prepared.scenario));
        let view = || observer.as_ref().expect("somebody watches").view();
        let mut servers = Vec::new();
        for (listener, offer) in listeners {
            let has_page = offer.report.is_some();
            let server = Server::start(listener, offer, view())?;
            announce(&server, has_page);
            servers.push(server);
        }
        #[cfg(feature = "otlp")]
        let exporter = endpoint.map(|endpoint| Exporter::start(endpoint, view())).transpose()?;
        // Last, so that nothing else is written on it.
        let screen = tui.then(|| {
            let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            Screen::take(view(), colour, stop).map_err(|error| {
                CommandError::Usage(format!("`--tui` cannot have this terminal: {error}"))
            })
        });
        let watching = Self {
            board: Arc::clone(&board),
            progress: Progress::new(args.campaign.quiet || tui, prepared.expected_end()),
            last_arrival: SimTime::ZERO + prepared.scenario.arrivals.duration(),
            screen: screen.transpose()?,
            observer,
            #[cfg(feature = "otlp")]
            exporter,
            _servers: servers,
        };
        Ok((watching, board, stops))
    }

    /// The run has come so far.
    pub(super) fn show(&mut self, clock: WallClock, stopping: bool) {
        let (wall, now) = (clock.wall(), clock.now());
        test_panic(wall);
        self.progress.show(wall, now, Some(&self.board.total()));
        if let Some(observer) = &mut self.observer {
            let phase = match stopping {
                true => Phase::Stopping,
                false if now < self.last_arrival => Phase::Arriving,
                false => Phase::Draining,
            };
            observer.observe((wall, now), phase);
        }
    }

    /// Clears the terminal for the summary; nobody is served any more.
    pub(super) fn end(self) {
        drop(self.screen);
        self.progress.end();
        #[cfg(feature = "otlp")]
        if let Some(failure) = self.exporter.and_then(Exporter::finish) {
            drop(writeln!(io::stderr(), "warning: {failure}"));
        }
    }
}

/// Panics where a test of unoptimised builds wants to see what becomes of the terminal.
fn test_panic(wall: Duration) {
    if cfg!(debug_assertions) && wall > Duration::from_secs(2) {
        let whose = std::env::var("OTPDRILL_TEST_PANIC").unwrap_or_default();
        assert!(whose != "run", "a panic for a test");
        if whose == "thread" {
            drop(std::thread::spawn(|| panic!("a panic for a test")).join());
        }
    }
}

fn about(args: &RunArgs, prepared: &Prepared) -> About {
    let scenario = &prepared.scenario;
    let quotas = &scenario.service.quotas;
    About {
        scenario: scenario.name.clone(),
        seed: scenario.seed,
        target: args.target.clone(),
        speed: scenario.speed,
        began: prepared.began,
        expected_end: prepared.expected_end(),
        countries: scenario.countries.iter().map(|country| country.code.to_string()).collect(),
        quotas: [quotas.send_per_second, quotas.put_per_second],
        max_lag: scenario.max_lag,
        page: None,
    }
}

/// What listens, before anything is sent.
fn listeners(
    args: &WatchArgs,
    so_far: &Arc<SoFar>,
) -> Result<Vec<(TcpListener, Offer)>, CommandError> {
    let wanted = [
        ("--web", &args.web, args.web_typed, true),
        ("--metrics", &args.metrics, args.metrics_typed, false),
    ];
    let wanted = wanted
        .into_iter()
        .filter_map(|(flag, address, typed, page)| Some((flag, address.as_deref()?, typed, page)));
    wanted
        .map(|(flag, text, typed, page)| {
            let address = address(flag, text, typed)?;
            let listener = TcpListener::bind(address).map_err(|error| {
                CommandError::Usage(format!("`{flag} {text}`: cannot listen on {address}: {error}"))
            })?;
            let report = page.then(|| {
                let so_far = Arc::clone(so_far);
                Box::new(move || so_far.page()) as MakesReport
            });
            Ok((listener, Offer { report, beyond: !address.ip().is_loopback() }))
        })
        .collect()
}

/// Where metrics are pushed to.
#[cfg(feature = "otlp")]
fn endpoint(args: &WatchArgs) -> Result<Option<Endpoint>, CommandError> {
    let endpoint = args.otlp.as_deref().filter(|url| !url.is_empty()).map(Endpoint::parse);
    endpoint.transpose().map_err(|error| CommandError::Usage(format!("`--otlp`: {error}")))
}

/// A port is one of this machine.
fn address(flag: &str, text: &str, typed: bool) -> Result<SocketAddr, CommandError> {
    let port = text.trim_start_matches(':').parse::<u16>().ok();
    let local = text.strip_prefix("localhost:").and_then(|port| port.parse::<u16>().ok());
    let here = port.or(local).map(|port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    let address = here.or_else(|| text.parse().ok()).ok_or_else(|| {
        let what = "must be a port, or an IP address and a port, as in `8089` or `127.0.0.1:8089`";
        CommandError::Usage(format!("`{flag} {text}` {what}"))
    })?;
    if address.ip().is_loopback() || typed {
        return Ok(address);
    }
    let why = "is an address that others can reach: it must be typed on the command line";
    Err(CommandError::Usage(format!("`{text}` for {flag} {why}")))
}

/// Said even if the run is to be quiet: without it, a port that was picked is not to be found.
fn announce(server: &Server, has_page: bool) {
    let address = server.address;
    let line = if has_page {
        format!("watch it on http://{address}/ until it ends (metrics: http://{address}/metrics)")
    } else {
        format!("metrics on http://{address}/metrics until it ends")
    };
    // Where standard error is closed there is nobody to tell.
    drop(writeln!(io::stderr(), "{line}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_one_of_this_machine() {
        for text in ["8089", ":8089", "localhost:8089", "127.0.0.1:8089"] {
            let address = address("--web", text, false).expect(text);
            assert_eq!(address.to_string(), "127.0.0.1:8089");
        }
    }

    #[test]
    fn what_others_can_reach_must_be_typed() {
        assert!(address("--web", "0.0.0.0:1", true).is_ok());
        let error = address("--web", "0.0.0.0:1", false).expect_err("it was not typed");
        assert!(error.to_string().contains("must be typed"), "{error}");
        assert!(address("--web", "somewhere", true).is_err());
    }
}
