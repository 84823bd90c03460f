//! What a run shows over HTTP while it runs: a page that keeps itself up to date, and metrics.
//!
//! hyper by itself, as the stub's front: there are three paths and nothing to route.
//!
//! **Invariant:** nothing can be changed from outside, and neither a number nor a code is shown. A page of
//! another site cannot read it by a name that it points here.

mod answer;
mod live;
mod page;

pub use answer::{MakesReport, Offer, Rendered};

use crate::watch::snapshot::View;
use answer::answer;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    convert::Infallible,
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::{
    net::TcpStream,
    runtime,
    sync::{Semaphore, oneshot},
    time::sleep,
};

/// How many clients are served at one time; others wait.
const MOST_CLIENTS: usize = 64;

/// How long a client may take for the head of a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long no connection is accepted after a failure to accept one.
const PAUSE: Duration = Duration::from_millis(100);

/// A server on a thread of its own; it ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves what is offered of the run from now on.
    pub fn start(listener: TcpListener, offer: Offer, view: View) -> io::Result<Self> {
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let serve = move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = stopped => {}
                    () = serve(listener, Arc::new(offer), view) => {}
                }
            });
        };
        let thread = thread::Builder::new().name("web".to_owned()).spawn(serve)?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        // If it panicked, the hook has told so; the run is not its affair.
        drop(self.thread.take().map(JoinHandle::join));
    }
}

async fn serve(listener: TcpListener, offer: Arc<Offer>, view: View) {
    // Made on this runtime, which is running now.
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let seats = Arc::new(Semaphore::new(MOST_CLIENTS));
    loop {
        let seat = Arc::clone(&seats).acquire_owned().await;
        match listener.accept().await {
            Ok((stream, _)) => {
                let (offer, view) = (Arc::clone(&offer), view.clone());
                tokio::spawn(async move {
                    connection(stream, &offer, &view).await;
                    drop(seat);
                });
            }
            Err(_) => sleep(PAUSE).await,
        }
    }
}

async fn connection(stream: TcpStream, offer: &Offer, view: &View) {
    let service =
        service_fn(async |request| Ok::<_, Infallible>(answer(&request, offer, &view.newest())));
    let mut server = http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    // An error is the client's: it went away, or it does not speak HTTP.
    drop(server.serve_connection(TokioIo::new(stream), service).await);
}
