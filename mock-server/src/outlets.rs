//! Where delivery events go beside `/_mock/events`: a file of JSON lines, and a URL that takes them as
//! EventBridge would send them.
//!
//! **Invariant:** nothing here keeps an answer of the API waiting; what cannot be delivered is counted
//! and said, never silently lost.

use crate::stub::{
    Stub,
    event::{self, Told},
};
use http_body_util::{BodyExt, Full};
use hyper::{Request, Uri, body::Bytes, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use std::{
    fs::File,
    io::{self, Write},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::TcpStream,
    sync::mpsc,
    task::JoinHandle,
    time::{interval, sleep, timeout},
};

/// How often events are looked for, in wall time.
const EVERY: Duration = Duration::from_millis(100);

/// How many events wait for the URL; those beyond are dropped.
const WAITING: usize = 10_000;

/// How long one delivery may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long those that wait when the stub stops may take in all.
const LAST: Duration = Duration::from_secs(5);

/// How long after a failed delivery the next one is tried; after the last, the event is dropped.
const AGAIN_AFTER: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(3)];

/// The outlets of a stub.
#[derive(Debug)]
pub struct Outlets {
    /// Gets one record a line.
    pub file: Option<File>,
    /// Gets one envelope a request; `http` only.
    pub url: Option<Uri>,
    /// Hears what went wrong.
    pub log: fn(&str),
}

/// Carries events to the outlets until `stop` comes; the file then has all that have come.
pub fn run(
    stub: Arc<Stub>,
    outlets: Outlets,
    stop: impl Future<Output = ()>,
) -> impl Future<Output = ()> {
    // An account that was read back has told of its earlier events.
    let told = stub.with_service(|service, _| Told::of(service));
    carry(stub, outlets, told, stop)
}

async fn carry(stub: Arc<Stub>, outlets: Outlets, mut told: Told, stop: impl Future<Output = ()>) {
    let Outlets { mut file, url, log } = outlets;
    let mut post = url.map(|url| Post::to(url, log));
    let (mut ticks, mut stop) = (interval(EVERY), pin!(stop));
    loop {
        let is_last = tokio::select! {
            () = &mut stop => true,
            _ = ticks.tick() => false,
        };
        let batch = event::batch(&stub, told, file.is_some(), post.is_some());
        if batch.missed > 0 {
            log(&format!("{} events came faster than they could be written", batch.missed));
        }
        told = batch.told;
        if let Err(error) = write(file.as_mut(), &batch.lines) {
            log(&format!("events are no longer written to their file: {error}"));
            file = None;
        }
        if let Some(post) = &mut post {
            batch.envelopes.into_iter().for_each(|envelope| post.send(envelope));
        }
        if is_last {
            break;
        }
    }
    if let Some(post) = post {
        post.finish().await;
    }
}

fn write(file: Option<&mut File>, lines: &[u8]) -> io::Result<()> {
    // One write for whole lines: a reader never sees half of one.
    file.filter(|_| !lines.is_empty()).map_or(Ok(()), |file| file.write_all(lines))
}

/// The sender of envelopes, on a task of its own.
struct Post {
    queue: mpsc::Sender<Vec<u8>>,
    /// How many were delivered or given up.
    done: Arc<AtomicU64>,
    sent: u64,
    task: JoinHandle<()>,
    dropped: u64,
    log: fn(&str),
}

impl Post {
    fn to(url: Uri, log: fn(&str)) -> Self {
        let (queue, waiting) = mpsc::channel(WAITING);
        let done = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(deliver_all(url, waiting, Arc::clone(&done), log));
        Self { queue, done, sent: 0, task, dropped: 0, log }
    }

    fn send(&mut self, envelope: Vec<u8>) {
        if self.queue.try_send(envelope).is_ok() {
            self.sent += 1;
        } else {
            self.dropped += 1;
            // The first, the second, the fourth, …: said, but not in every line.
            if self.dropped.is_power_of_two() {
                (self.log)(&format!("{} events were dropped: their URL is too slow", self.dropped));
            }
        }
    }

    /// Delivers what waits, as far as that is quick, and says what is lost.
    async fn finish(self) {
        let Self { queue, done, sent, mut task, log, .. } = self;
        drop(queue);
        if timeout(LAST, &mut task).await.is_err() {
            task.abort();
            let lost = sent - done.load(Ordering::Relaxed);
            log(&format!(
                "{lost} events were not delivered to their URL in the {} s after the stop",
                LAST.as_secs()
            ));
        }
    }
}

async fn deliver_all(
    url: Uri,
    mut waiting: mpsc::Receiver<Vec<u8>>,
    done: Arc<AtomicU64>,
    log: fn(&str),
) {
    let mut failed: u64 = 0;
    while let Some(envelope) = waiting.recv().await {
        if let Err(error) = deliver(&url, Bytes::from(envelope)).await {
            failed += 1;
            if failed.is_power_of_two() {
                log(&format!("{failed} events could not be delivered to their URL: {error}"));
            }
        }
        done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Delivers one envelope, trying again where that may help.
async fn deliver(url: &Uri, envelope: Bytes) -> Result<(), String> {
    let mut last = String::new();
    for wait in [None].into_iter().chain(AGAIN_AFTER.map(Some)) {
        if let Some(wait) = wait {
            sleep(wait).await;
        }
        match timeout(PATIENCE, try_deliver(url, envelope.clone())).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => last = error,
            Err(_) => "no answer in five seconds".clone_into(&mut last),
        }
    }
    Err(last)
}

async fn try_deliver(url: &Uri, envelope: Bytes) -> Result<(), String> {
    let authority = url.authority().ok_or("the URL names no host")?;
    let address = (authority.host(), authority.port_u16().unwrap_or(80));
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let said = |error: hyper::Error| error.to_string();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(said)?;
    tokio::spawn(connection);
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(path)
        .header(header::HOST, authority.as_str())
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(envelope))
        .map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(said)?;
    let status = answer.status();
    // The body is of no interest, but reading it lets the other side finish.
    let _ = answer.into_body().collect().await;
    if status.is_success() { Ok(()) } else { Err(format!("it answered {status}")) }
}
