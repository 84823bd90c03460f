//! Metrics for a collector that speaks OTLP, pushed over HTTP while a run runs.
//!
//! Messages are our own few, written by prost: OpenTelemetry's SDK counts for itself and takes no histograms
//! that were counted elsewhere.
//!
//! **Invariant:** a collector that is slow or gone costs the run nothing but a line at its end.

mod encode;
mod message;

use crate::{drive::clock::time_of_day, watch::snapshot::View};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request, Uri,
    client::conn::http1::handshake,
    header::{CONTENT_TYPE, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use std::{
    error::Error,
    io,
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::{
    net::TcpStream,
    runtime,
    sync::oneshot,
    time::{sleep, timeout},
};

/// How often metrics are pushed.
const EVERY: Duration = Duration::from_secs(5);

/// How long a collector may take for an answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often the last state of a run is pushed, if the collector does not take it.
const LAST_TRIES: u32 = 3;

/// Where metrics are pushed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    authority: String,
    path: String,
}

/// Why an endpoint is none.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// It is no URL.
    #[error("`{0}` is no URL of a collector, as in `http://localhost:4318`")]
    NoUrl(String),
    /// It asks for encryption.
    #[error(
        "`{0}`: metrics are pushed over plain `http://` only; let a collector beside the run send them on"
    )]
    NotPlain(String),
}

/// Pushes the metrics of one run, on a thread of its own.
#[derive(Debug)]
pub struct Exporter {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Pushes>,
}

/// How pushing went.
#[derive(Debug, Default)]
struct Pushes {
    failed: u32,
    last_failure: Option<String>,
}

impl Endpoint {
    /// From a URL such as `http://localhost:4318`; `/v1/metrics` is added where it is missing.
    pub fn parse(url: &str) -> Result<Self, EndpointError> {
        let no_url = || EndpointError::NoUrl(url.to_owned());
        let uri: Uri = url.parse().map_err(|_| no_url())?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(EndpointError::NotPlain(url.to_owned())),
            Some(_) | None => return Err(no_url()),
        }
        let authority = uri.authority().ok_or_else(no_url)?;
        let authority = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80));
        let base = uri.path().trim_end_matches('/');
        let path = if base.ends_with("/v1/metrics") {
            base.to_owned()
        } else {
            format!("{base}/v1/metrics")
        };
        Ok(Self { authority, path })
    }

    async fn push(&self, body: Vec<u8>) -> Result<(), Box<dyn Error + Send + Sync>> {
        let stream = TcpStream::connect(&self.authority).await?;
        let (mut connection, driver) = handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(driver);
        let request = Request::post(&self.path)
            .header(HOST, &self.authority)
            .header(CONTENT_TYPE, "application/x-protobuf")
            .header(USER_AGENT, concat!("otpdrill/", env!("CARGO_PKG_VERSION")))
            .body(Full::new(Bytes::from(body)))?;
        let answered = connection.send_request(request).await;
        driver.abort();
        let status = answered?.status();
        if status.is_success() {
            Ok(())
        } else {
            Err(format!("the collector answered {status}").into())
        }
    }
}

impl Exporter {
    /// Pushes what this view shows every five seconds.
    pub fn start(endpoint: Endpoint, view: View) -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let body = move || runtime.block_on(push_until(stopped, &endpoint, &view));
        let thread = thread::Builder::new().name("otlp".to_owned()).spawn(body)?;
        Ok(Self { stop, thread })
    }

    /// Pushes the last state; says what went wrong, if anything did.
    #[must_use]
    pub fn finish(self) -> Option<String> {
        let _ = self.stop.send(()); // It ends by itself only if it panicked.
        let Ok(pushes) = self.thread.join() else { return Some("it panicked".to_owned()) };
        let why = pushes.last_failure?;
        Some(format!("metrics could not be pushed {} times, at last because: {why}", pushes.failed))
    }
}

async fn push_until(
    mut stopped: oneshot::Receiver<()>,
    endpoint: &Endpoint,
    view: &View,
) -> Pushes {
    let mut pushes = Pushes::default();
    loop {
        tokio::select! {
            _ = &mut stopped => break,
            () = sleep(EVERY) => {}
        }
        pushes.push(endpoint, view).await;
    }
    for _ in 0..LAST_TRIES {
        if pushes.push(endpoint, view).await {
            break;
        }
        sleep(PATIENCE / 10).await;
    }
    pushes
}

impl Pushes {
    /// Says whether the collector took it. What it did not take is in the next one, because all is summed
    /// from the start.
    async fn push(&mut self, endpoint: &Endpoint, view: &View) -> bool {
        let body = encode::request(&view.newest(), time_of_day());
        let pushed = timeout(PATIENCE, endpoint.push(body)).await;
        let failure = match pushed {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {} s", PATIENCE.as_secs()),
        };
        self.failed += 1;
        self.last_failure = Some(failure);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_added_where_it_is_missing() {
        let parsed = |url: &str| {
            let Endpoint { authority, path } = Endpoint::parse(url).expect(url);
            format!("{authority} {path}")
        };
        assert_eq!(parsed("http://localhost:4318"), "localhost:4318 /v1/metrics");
        assert_eq!(parsed("http://c/otlp/"), "c:80 /otlp/v1/metrics");
        assert_eq!(parsed("http://c:1/v1/metrics"), "c:1 /v1/metrics");
    }

    #[test]
    fn what_cannot_be_spoken_is_refused() {
        assert!(matches!(Endpoint::parse("https://c:4318"), Err(EndpointError::NotPlain(_))));
        assert!(matches!(Endpoint::parse("localhost:4317"), Err(EndpointError::NoUrl(_))));
    }
}
