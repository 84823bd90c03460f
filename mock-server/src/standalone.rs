//! The stub as a program of its own: `sms-voice-mock`, and `otpdrill mock`.
//!
//! **Invariant:** nothing but the two lines that a script reads goes to standard output.

use crate::{
    clock::StubClock,
    config::campaign,
    http,
    outlets::{self, Outlets},
    service::{CampaignModel, Service, account::arn::REGION, settings::Tier},
    signatures::{AccessKeys, KeysError},
    state_file::{self, Kept, StateError, StateFile},
    stub::Stub,
};
use clap::{Args, ValueEnum};
use hyper::Uri;
use std::{
    fs,
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, mpsc},
    thread,
};
use tokio::{
    net::TcpListener,
    runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

/// How the stub is started.
#[derive(Clone, Debug, Args)]
pub struct MockArgs {
    /// Where to listen; port 0 picks a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8086")]
    pub listen: SocketAddr,
    /// Seed, service and carriers, as a TOML file.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The rules of the account.
    #[arg(long, value_enum, default_value_t = Account::Open)]
    pub account: Account,
    /// Writes delivery events to this file, one JSON record a line.
    #[arg(long, value_name = "FILE")]
    pub events_file: Option<PathBuf>,
    /// Posts delivery events to this URL, as EventBridge would.
    #[arg(long, value_name = "URL")]
    pub events_url: Option<String>,
    /// Keeps the account across restarts: resources, messages (without their texts), metrics, clock.
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Checks that calls are signed with a key of this file, which has the form of AWS's shared
    /// credentials file; signatures must be of the date of this machine, within 5 minutes.
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
}

/// The rules of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Account {
    /// No limit but those of the configuration file.
    Open,
    /// AWS's documented defaults: one send a second, USD 1 a month.
    Default,
    /// A new account's sandbox: the same, and messages go to verified numbers only.
    Sandbox,
}

/// Why the stub did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The configuration file is not what it should be.
    #[error("{} is not a valid configuration:{problems}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// One line for each problem.
        problems: String,
    },
    /// The file of the access keys is not what it should be.
    #[error("{} is not a file of credentials: {source}", path.display())]
    Credentials {
        /// The file.
        path: PathBuf,
        /// The line and what is wrong with it, without a word of what it holds.
        source: KeysError,
    },
    /// The file of the events cannot be written.
    #[error("cannot write events to {}", path.display())]
    EventsFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Events cannot be posted there.
    #[error("cannot post events to `{0}`: it must be a URL as in http://127.0.0.1:9000/events")]
    EventsUrl(String),
    /// The state file cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// What changed since the last save could not be saved at the end.
    #[error("what changed since the last save is lost")]
    StateLost(#[source] StateError),
    /// The address could not be listened on.
    #[error("cannot listen on {addr}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The operating system refused something else.
    #[error("cannot run")]
    Io(#[from] io::Error),
}

impl StartError {
    /// The exit code: 2 for what was typed, 3 for the file, 1 for the rest.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Listen { .. } | Self::EventsFile { .. } | Self::EventsUrl(_) => 2,
            Self::Read { .. } | Self::Invalid { .. } | Self::Credentials { .. } => 3,
            Self::State(error) => error.exit_code(),
            Self::StateLost(_) | Self::Io(_) => 1,
        }
    }
}

/// Runs the stub until a signal ends it; gives the exit code of that signal. The address goes to
/// `out` once the stub listens.
pub fn run(args: &MockArgs, out: &mut impl Write) -> Result<u8, StartError> {
    let (service, speed) = service(args)?;
    let keys = args.credentials.as_deref().map(read_keys).transpose()?;
    let outlets = outlets(args)?;
    let (state, kept) = args.state.as_deref().map(StateFile::open).transpose()?.unzip();
    // Every connection is a file; where the limit stays low, connections beyond it have to wait.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listen = |source| StartError::Listen { addr: args.listen, source };
        let listener = TcpListener::bind(args.listen).await.map_err(listen)?;
        let (mut interrupt, mut terminate) =
            (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let stub = stub(service, speed, kept.flatten()).with_log(log);
        let stub = Arc::new(match &keys {
            Some(keys) => stub.with_credentials(keys.clone()),
            None => stub,
        });
        // Saved before anything is answered: the ids of this life must never be made again, and a
        // file that cannot be written is better known now.
        let state = state.map(Arc::new);
        let saved = state.as_ref().map(|file| file.save(&stub)).transpose()?;
        let rules = args.account.rules(args.config.as_deref());
        introduce(out, listener.local_addr()?, &rules)?;
        if let Some(keys) = &keys {
            log(&checked(keys));
        }
        if let Some((file, saved)) = state.clone().zip(saved) {
            tokio::spawn(state_file::keep(Arc::clone(&stub), file, saved, log));
        }
        let (running, mut stopped) = watch::channel(());
        let telling = (outlets.file.is_some() || outlets.url.is_some()).then(|| {
            let stop = async move { while stopped.changed().await.is_ok() {} };
            tokio::spawn(outlets::run(Arc::clone(&stub), outlets, stop))
        });
        let mut code = 0;
        let stop = async { code = first_signal(&mut interrupt, &mut terminate).await };
        http::serve(listener, Arc::clone(&stub), stop).await?;
        drop(running);
        if let Some(telling) = telling {
            // What is saved has been told; a panic there is no reason not to save.
            let _ = telling.await;
        }
        state.map(|file| file.save(&stub)).transpose().map_err(StartError::StateLost)?;
        Ok(code)
    })
}

/// Says where the stub listens and which rules hold. Both lines are written at once, and a reader who
/// closes the pipe after the first of them does not end the stub.
fn introduce(out: &mut impl Write, addr: SocketAddr, rules: &str) -> io::Result<()> {
    let lines = format!("listening on http://{addr}\n{rules}\n");
    match out.write_all(lines.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The stub of this service, new or going on with what was kept.
fn stub(service: Service, speed: f64, kept: Option<Kept>) -> Stub {
    let Some(Kept { moment, account }) = kept else {
        return Stub::new(service, StubClock::of_the_wall(speed));
    };
    let clock = StubClock::resuming(account.epoch(), moment, speed);
    Stub::new(service, clock).with_saved(account)
}

/// Where delivery events go, beside `/_mock/events`.
fn outlets(args: &MockArgs) -> Result<Outlets, StartError> {
    let open = |path: &PathBuf| {
        let file = fs::File::options().create(true).append(true).open(path);
        file.map_err(|source| StartError::EventsFile { path: path.clone(), source })
    };
    let url = |text: &String| {
        let url = text.parse().ok();
        url.filter(|url: &Uri| url.scheme_str() == Some("http") && url.host().is_some())
            .ok_or_else(|| StartError::EventsUrl(text.clone()))
    };
    let file = args.events_file.as_ref().map(open).transpose()?;
    Ok(Outlets { file, url: args.events_url.as_ref().map(url).transpose()?, log })
}

/// How many lines wait for whoever reads standard error.
const LINES: usize = 1_000;

/// Writes a line to standard error, on a thread of its own: where nobody reads that, nothing is lost but
/// the line, and no call waits.
fn log(line: &str) {
    static WRITER: OnceLock<mpsc::SyncSender<String>> = OnceLock::new();
    let writer = WRITER.get_or_init(|| {
        let (queue, lines) = mpsc::sync_channel::<String>(LINES);
        // Without a thread there is nobody to write, and the queue is closed.
        drop(thread::Builder::new().name("log".to_owned()).spawn(move || {
            for line in lines {
                let _ = writeln!(io::stderr(), "{line}");
            }
        }));
        queue
    });
    let _ = writer.try_send(line.to_owned());
}

async fn first_signal(interrupt: &mut Signal, terminate: &mut Signal) -> u8 {
    tokio::select! {
        _ = interrupt.recv() => 130,
        _ = terminate.recv() => 143,
    }
}

/// The line that says that signatures are checked.
fn checked(keys: &AccessKeys) -> String {
    let plural = if keys.len() == 1 { "" } else { "s" };
    format!(
        "signatures are checked: {} access key{plural}, region {REGION}, dates by this machine's clock",
        keys.len()
    )
}

fn read_keys(path: &Path) -> Result<AccessKeys, StartError> {
    AccessKeys::read(&read_text(path)?)
        .map_err(|source| StartError::Credentials { path: path.to_owned(), source })
}

/// The service that the arguments ask for, and its speed.
fn service(args: &MockArgs) -> Result<(Service, f64), StartError> {
    let (mut campaign, speed) = match &args.config {
        Some(path) => read_config(path)?,
        None => (CampaignModel::default(), 1.0),
    };
    match args.account {
        Account::Open => {}
        Account::Default => campaign.settings.apply_aws_defaults(Tier::Production),
        Account::Sandbox => campaign.settings.apply_aws_defaults(Tier::Sandbox),
    }
    Ok((Service::default().with_campaign(campaign), speed))
}

fn read_config(path: &Path) -> Result<(CampaignModel, f64), StartError> {
    let text = read_text(path)?;
    let invalid = |problems| StartError::Invalid { path: path.to_owned(), problems };
    let (campaign, speed) = campaign::read(&text).map_err(invalid)?;
    Ok((campaign, speed.unwrap_or(1.0)))
}

fn read_text(path: &Path) -> Result<String, StartError> {
    fs::read_to_string(path).map_err(|source| StartError::Read { path: path.to_owned(), source })
}

impl Account {
    /// The line that says which rules hold.
    fn rules(self, config: Option<&Path>) -> String {
        let rules = match self {
            Self::Open => "account open: no quota, spend limit or sandbox rule",
            Self::Default => "account default: 1 send/s, 20 feedback calls/s, USD 1 a month",
            Self::Sandbox => "account sandbox: as default, and only to verified numbers",
        };
        match config {
            Some(path) => format!("{rules}, but for what {} says", path.display()),
            None => rules.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::settings::ServiceSettings;

    fn args(account: Account) -> MockArgs {
        MockArgs {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            config: None,
            account,
            events_file: None,
            events_url: None,
            state: None,
            credentials: None,
        }
    }

    #[test]
    fn an_open_account_has_no_limit() {
        let (service, speed) = service(&args(Account::Open)).expect("nothing to refuse");
        assert_eq!(service.settings(), &ServiceSettings::default());
        assert!((speed - 1.0).abs() < f64::EPSILON);
    }

    /// A pipe whose reader has gone.
    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_closes_the_pipe_does_not_end_the_stub() {
        let addr = args(Account::Open).listen;
        introduce(&mut Closed, addr, "rules").expect("it goes on");
        let mut out = Vec::new();
        introduce(&mut out, addr, "rules").expect("written");
        assert_eq!(out, b"listening on http://127.0.0.1:0\nrules\n");
    }

    #[track_caller]
    fn check_refused(args: &MockArgs, code: u8) {
        let error = service(args).expect_err("refused");
        assert_eq!(error.exit_code(), code, "{error}");
    }

    #[test]
    fn a_configuration_that_cannot_be_read_is_refused() {
        let config = Some(PathBuf::from("no/such/file.toml"));
        let args = MockArgs { config, ..args(Account::Open) };
        check_refused(&args, 3);
    }
}
