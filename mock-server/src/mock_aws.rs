//! A stub that a Rust test starts and drops.

use crate::{Stub, clock::StubClock, http, service::Service};
use std::{future, io, sync::Arc};
use tokio::{net::TcpListener, task::JoinHandle};

/// A running stub on a free loopback port, served by the runtime that started it, until it is
/// dropped.
///
/// ```no_run
/// # async fn example() -> std::io::Result<()> {
/// let aws = sms_voice_mock::MockAws::start().await?;
/// // Give `aws.endpoint()` to an AWS SDK as its endpoint URL.
/// aws.stub().with_service(|service, now| assert_eq!(service.dashboard(now, None, None).completed(), 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct MockAws {
    endpoint: String,
    stub: Arc<Stub>,
    serving: JoinHandle<io::Result<()>>,
}

impl MockAws {
    /// Starts a stub that enforces no limit and shows the date of the wall.
    pub async fn start() -> io::Result<Self> {
        Self::start_with(Service::default(), StubClock::of_the_wall(1.0)).await
    }

    /// Starts a stub of this service on this clock.
    pub async fn start_with(service: Service, clock: StubClock) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let stub = Arc::new(Stub::new(service, clock));
        let serving = tokio::spawn(http::serve(listener, Arc::clone(&stub), future::pending()));
        Ok(Self { endpoint, stub, serving })
    }

    /// Its URL.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The stub itself.
    #[must_use]
    pub const fn stub(&self) -> &Arc<Stub> {
        &self.stub
    }
}

impl Drop for MockAws {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
