//! The least that an HTTP server can do: hyper, one thread, one constant answer to whatever is asked.
//!
//! The yardstick for the stub's throughput (`benches/stub/throughput.py`).

#![expect(clippy::print_stdout, reason = "a yardstick: it prints its address")]

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use std::{convert::Infallible, io};
use tokio::net::{TcpListener, TcpStream};

/// As long as an answer of the stub.
const ANSWER: &[u8] = br#"{"MessageId":"00000000-0000-4000-8000-000000000000"}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    loop {
        tokio::spawn(serve(listener.accept().await?.0));
    }
}

async fn serve(stream: TcpStream) -> Result<(), hyper::Error> {
    stream.set_nodelay(true).expect("a fresh connection");
    http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)).await
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    // A server that never looks at a body could not be compared with one that does.
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::new(Bytes::from_static(ANSWER)));
    let json = HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}
