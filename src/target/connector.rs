//! Plain HTTP over kept-alive loopback connections, for the SDK's clients.
//!
//! An attempt is made once. An error says whether the request ever left, because a message that may
//! have been sent must never be sent again.
//!
//! **Invariant:** only `http://` with an explicit address is spoken here, and no proxy variable is read.

use super::evidence;
use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt as _;
use hyper::{
    Request,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use std::{
    error::Error,
    sync::{Arc, Mutex},
};
use tokio::net::TcpStream;

/// Connections to one address.
#[derive(Clone, Debug)]
pub struct LoopbackHttp {
    pool: Arc<Pool>,
}

#[derive(Debug)]
struct Pool {
    /// `host:port`, as given to the resolver.
    authority: String,
    /// Connections with nothing in flight; the one used last is used next.
    idle: Mutex<Vec<SendRequest<SdkBody>>>,
}

/// The request never left: no connection could be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot connect to {authority}")]
pub struct NeverLeft {
    authority: String,
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

impl LoopbackHttp {
    /// Connections to `host:port`.
    #[must_use]
    pub fn new(authority: &str) -> Self {
        let idle = Mutex::new(Vec::new());
        Self { pool: Arc::new(Pool { authority: authority.to_owned(), idle }) }
    }
}

impl HttpClient for LoopbackHttp {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for LoopbackHttp {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let pool = Arc::clone(&self.pool);
        HttpConnectorFuture::new(async move { pool.call(request).await })
    }
}

impl Pool {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let mut request =
            request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        origin_form(&mut request);
        evidence::ask(request.headers_mut());
        loop {
            let (mut connection, fresh) = self.connection().await?;
            match connection.try_send_request(request).await {
                Ok(response) => {
                    let (head, body) = response.into_parts();
                    let body = body.collect().await.map_err(|error| lost(error.into()))?;
                    evidence::answered(&head);
                    self.give_back(connection);
                    return answer(&head, body.to_bytes());
                }
                // The peer had closed an idle connection; nothing was written, so another is tried.
                Err(mut error) => match error.take_message() {
                    Some(unsent) if !fresh => request = unsent,
                    Some(_) => return Err(self.never_left(error.into_error().into())),
                    None => return Err(lost(error.into_error().into())),
                },
            }
        }
    }

    /// A connection, and whether it is new.
    async fn connection(&self) -> Result<(SendRequest<SdkBody>, bool), ConnectorError> {
        while let Some(mut connection) = self.take_idle() {
            if !connection.is_closed() && connection.ready().await.is_ok() {
                return Ok((connection, false));
            }
        }
        let stream = TcpStream::connect(&self.authority)
            .await
            .map_err(|error| self.never_left(error.into()))?;
        stream.set_nodelay(true).map_err(|error| self.never_left(error.into()))?;
        let (connection, driver) =
            handshake(TokioIo::new(stream)).await.map_err(|error| self.never_left(error.into()))?;
        tokio::spawn(async move {
            // Whoever waits for an answer on it is told by hyper; there is nobody else to tell.
            drop(driver.await);
        });
        Ok((connection, true))
    }

    fn take_idle(&self) -> Option<SendRequest<SdkBody>> {
        self.idle.lock().expect("no holder panics").pop()
    }

    fn give_back(&self, connection: SendRequest<SdkBody>) {
        if !connection.is_closed() {
            self.idle.lock().expect("no holder panics").push(connection);
        }
    }

    fn never_left(&self, source: Box<dyn Error + Send + Sync>) -> ConnectorError {
        evidence::never_left();
        let error = NeverLeft { authority: self.authority.clone(), source };
        ConnectorError::io(error.into()).never_connected()
    }
}

/// The server wants the path alone; the host stands in its own header.
fn origin_form(request: &mut Request<SdkBody>) {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let path = path.parse().expect("the path of a valid address is valid");
    let host = request.uri().authority().and_then(|authority| authority.as_str().parse().ok());
    if let Some(host) = host {
        request.headers_mut().entry(hyper::header::HOST).or_insert(host);
    }
    *request.uri_mut() = path;
}

/// The request left, or may have, and no whole answer came.
fn lost(source: Box<dyn Error + Send + Sync>) -> ConnectorError {
    ConnectorError::io(source)
}

fn answer(
    head: &hyper::http::response::Parts,
    body: bytes::Bytes,
) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(head.status.as_u16())
        .map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    for (name, value) in &head.headers {
        if let Ok(value) = value.to_str() {
            response.headers_mut().append(name.as_str().to_owned(), value.to_owned());
        }
    }
    Ok(response)
}
