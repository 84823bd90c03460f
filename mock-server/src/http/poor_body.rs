//! A body that does not arrive as it should: cut in the middle, or in small pieces.
//!
//! **Invariant:** the length that is announced is that of the whole.

use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::{
    pin::{Pin, pin},
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::time::{Sleep, sleep};

/// Into how many pieces a dripping body falls, at most.
const PIECES: u32 = 20;

/// How long the first half of a truncated body has to leave before the connection closes.
const BEFORE_THE_CUT: Duration = Duration::from_millis(20);

/// A body, and what is left of it.
pub(super) struct PoorBody {
    rest: Bytes,
    /// The size of a piece.
    piece: usize,
    /// What passes before each piece.
    pause: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    /// How much is left when the connection closes.
    cut_at: usize,
}

/// Ends the connection in the middle of the body.
#[derive(Debug, thiserror::Error)]
#[error("the stub closes this connection in the middle of the body, as it was told to")]
pub(super) struct Cut;

impl PoorBody {
    /// The first half of a body.
    pub(super) fn truncated(body: Vec<u8>) -> Self {
        let rest = Bytes::from(body);
        let piece = (rest.len() / 2).max(1);
        let cut_at = rest.len().saturating_sub(piece);
        Self { rest, piece, pause: BEFORE_THE_CUT, sleep: None, cut_at }
    }

    /// A body in pieces that take this long in all.
    pub(super) fn dripped(body: Vec<u8>, during: Duration) -> Self {
        let pieces = usize::try_from(PIECES).expect("few");
        let piece = body.len().div_ceil(pieces).max(1);
        let pause = during / PIECES;
        Self { rest: Bytes::from(body), piece, pause, sleep: None, cut_at: 0 }
    }
}

impl Body for PoorBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let pause = self.pause;
        let waiting = self.sleep.get_or_insert_with(|| Box::pin(sleep(pause)));
        ready!(pin!(waiting).poll(context));
        self.sleep = None;
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if self.rest.len() <= self.cut_at {
            return Poll::Ready(Some(Err(Cut)));
        }
        let piece = self.piece.min(self.rest.len());
        let piece = self.rest.split_to(piece);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
