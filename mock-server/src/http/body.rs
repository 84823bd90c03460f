//! The body of a request, read with a bound on its size and on its time.
//!
//! **Invariant:** no more than [`LARGEST_BODY`] bytes and one frame of a request are in memory.

use crate::wire::{LARGEST_BODY, Rejection};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Bytes, Incoming};
use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};
use tokio::time::timeout;

/// How much of a body that is too large is still taken from the client, so that it gets to read the
/// answer; after that the connection closes.
const DRAINED: usize = 128 * 1024 * 1024;

/// The body, or why it is not read.
pub(super) async fn read(mut body: Incoming, patience: Duration) -> Result<Bytes, Rejection> {
    let mut reading = pin!(read_at_leisure(&mut body));
    // Most bodies are there with their head: no time has to be taken for them.
    match poll_fn(|context| Poll::Ready(reading.as_mut().poll(context))).await {
        Poll::Ready(read) => read,
        Poll::Pending => timeout(patience, reading).await.unwrap_or(Err(Rejection::TooSlow)),
    }
}

async fn read_at_leisure(body: &mut Incoming) -> Result<Bytes, Rejection> {
    let first = next(body).await?.unwrap_or_default();
    if body.is_end_stream() && first.len() <= LARGEST_BODY {
        return Ok(first);
    }
    let mut read = Vec::from(first);
    while read.len() <= LARGEST_BODY {
        match next(body).await? {
            Some(piece) => read.extend_from_slice(&piece),
            None => return Ok(read.into()),
        }
    }
    let mut seen = read.len();
    drop(read);
    while seen <= DRAINED {
        match next(body).await? {
            Some(piece) => seen += piece.len(),
            None => break,
        }
    }
    Err(Rejection::TooLarge)
}

/// The next piece of it; trailers are none.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, Rejection> {
    match body.frame().await {
        None => Ok(None),
        Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
        // The client went away, or its chunks are none.
        Some(Err(_)) => Err(Rejection::Malformed),
    }
}
