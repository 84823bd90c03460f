//! The front for load: hyper connections that this file drives itself, because only so can a
//! connection be closed without an answer, and because every request goes to one place: there is
//! nothing to route.
//!
//! **Invariant:** no error of a listener or a connection ends the server.

mod body;
mod poor_body;

use crate::{
    stub::{Headers, Request, Stub},
    wire::{Manner, WireReply},
};
use http_body_util::{Either, Full};
use hyper::{
    HeaderMap, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{self, HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use poor_body::PoorBody;
use socket2::{SockRef, TcpKeepalive};
use std::{
    future, io,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

/// How long open connections may take to finish their answers once the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// How long no connection is accepted after a failure to accept one (too many open files, say).
const PAUSE: Duration = Duration::from_millis(10);

/// The largest head of a request, in bytes; larger ones are answered with 431.
const LARGEST_HEAD: usize = 64 * 1024;

/// How long a client may be silent while it has an answer to wait for, before the system asks whether
/// it is still there; it asks so often in vain.
const SILENCE: Duration = Duration::from_secs(60);
const IN_VAIN: u32 = 3;

/// How long the server waits for what a client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the head of a request, from the answer before it on: also how long a connection may be idle.
    /// It may be half as long again.
    pub head: Duration,
    /// For the body of a request, from its head on.
    pub body: Duration,
}

impl Default for Patience {
    /// A minute for each.
    fn default() -> Self {
        Self { head: Duration::from_secs(60), body: Duration::from_secs(60) }
    }
}

/// Serves the stub on this listener until `stop` comes, then lets open answers finish. Several
/// listeners may share one stub, each on a runtime of its own.
pub async fn serve(
    listener: TcpListener,
    stub: Arc<Stub>,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    serve_with(listener, stub, Patience::default(), stop).await
}

/// The same with another patience.
pub async fn serve_with(
    listener: TcpListener,
    stub: Arc<Stub>,
    patience: Patience,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (serving, stopped) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut refused = false;
    let mut stop = pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    refused = false;
                    let served = connection(stream, Arc::clone(&stub), patience, stopped.clone());
                    connections.spawn(served);
                }
                Err(error) => {
                    // Said once, until a connection is accepted again.
                    if !std::mem::replace(&mut refused, true) {
                        stub.note(&format!("cannot accept a connection, trying again: {error}"));
                    }
                    sleep(PAUSE).await;
                }
            },
        }
    }
    drop((listener, serving));
    let finished = async { while connections.join_next().await.is_some() {} };
    // Connections that are still open after the grace are dropped with the set.
    let _ = timeout(GRACE, finished).await;
    Ok(())
}

/// Answers the requests of one connection until either side ends it.
async fn connection(
    stream: TcpStream,
    stub: Arc<Stub>,
    patience: Patience,
    mut stopped: watch::Receiver<()>,
) {
    // Without the first, an answer to a client that acknowledges late waits 40 ms; without the second,
    // one whose client is gone without a word waits for ever. They fail only on a connection that is
    // already gone.
    let _ = stream.set_nodelay(true);
    let probes = TcpKeepalive::new().with_time(SILENCE).with_interval(SILENCE / 6);
    let _ = SockRef::from(&stream).set_tcp_keepalive(&probes.with_retries(IN_VAIN));
    // How many heads have come, and how many of them were answered.
    let (heads, answers) = (AtomicU64::new(0), AtomicU64::new(0));
    let service = service_fn(|request| async {
        heads.fetch_add(1, Ordering::Relaxed);
        let reply = reply(&stub, patience, request).await;
        // What drips takes the time that it was told to.
        if !matches!(reply.manner, Manner::Dripped(_)) {
            answers.fetch_add(1, Ordering::Relaxed);
        }
        if reply.manner == Manner::Closed { Err(Closed) } else { Ok(response(reply)) }
    });
    let mut server = http1::Builder::new();
    // Answers are short: copying them behind their heads costs less than handing over two pieces.
    server.max_buf_size(LARGEST_HEAD).writev(false);
    let mut connection = pin!(server.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        biased;
        // An error here is the client's: it went away, it is too slow, or it does not speak HTTP.
        _ = &mut connection => {}
        () = silence(&heads, &answers, patience.head) => {}
        // The sender is dropped when the server stops.
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

/// Waits until the client has been owing a head for this long; looks twice in that time, so that no
/// request has to set a timer.
async fn silence(heads: &AtomicU64, answers: &AtomicU64, patience: Duration) {
    let (mut seen, mut looks) = (0, 0);
    while looks < 2 {
        sleep(patience / 2).await;
        let (come, answered) = (heads.load(Ordering::Relaxed), answers.load(Ordering::Relaxed));
        looks = if come == seen && come == answered { looks + 1 } else { 0 };
        seen = come;
    }
}

/// Tells hyper to drop the connection.
#[derive(Debug, thiserror::Error)]
#[error("the stub closes this connection without an answer, as it was told to")]
struct Closed;

/// What the stub makes of a request, once it is time to say so.
async fn reply(stub: &Stub, patience: Patience, request: hyper::Request<Incoming>) -> WireReply {
    let (head, body) = request.into_parts();
    let reply = match body::read(body, patience.body).await {
        Ok(body) => stub.answer(&Request {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query(),
            target: text(&head.headers, &TARGET),
            content_type: text(&head.headers, &header::CONTENT_TYPE),
            connection_is_sound: false,
            headers: Some(&head.headers),
            body: &body,
        }),
        Err(why) => stub.answer_unread(&why),
    };
    if !reply.latency.is_zero() {
        sleep(reply.latency).await;
    }
    if reply.manner == Manner::Hung {
        // The client goes away, or the server stops.
        future::pending::<()>().await;
    }
    reply
}

const TARGET: HeaderName = HeaderName::from_static("x-amz-target");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

impl Headers for HeaderMap {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        self.get_all(name).iter().map(HeaderValue::as_bytes).collect()
    }

    fn has(&self, name: &str) -> bool {
        self.contains_key(name)
    }
}

/// A body as it is, or one that does not arrive as it should.
type Body = Either<Full<Bytes>, PoorBody>;

fn response(reply: WireReply) -> Response<Body> {
    let date = reply.date();
    let body = match reply.manner {
        Manner::Whole | Manner::Closed | Manner::Hung => Either::Left(Full::from(reply.body)),
        Manner::Truncated => Either::Right(PoorBody::truncated(reply.body)),
        Manner::Dripped(during) => Either::Right(PoorBody::dripped(reply.body, during)),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(reply.status).expect("the wire uses existing statuses");
    let headers = response.headers_mut();
    let id = HeaderValue::from_bytes(&reply.request_id.text()).expect("a UUID is ASCII");
    headers.insert(REQUEST_ID, id);
    if let Some(content_type) = reply.content_type {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    for (name, value) in reply.headers {
        let value = HeaderValue::try_from(value).expect("headers of answers are ASCII");
        headers.insert(HeaderName::from_static(name), value);
    }
    if let Some(date) = date {
        let date = HeaderValue::try_from(date).expect("a date is ASCII");
        headers.insert(header::DATE, date);
    }
    response
}
