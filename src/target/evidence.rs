//! What an answer's transport says beyond the SDK's own types, heard where it arrives.
//!
//! The SDK's outputs carry no headers. The connector is polled within the task that makes the call, so a
//! value of that task takes what it heard past the SDK.
//!
//! **Invariant:** what is heard belongs to the call that listens, and to no other.

use crate::record::dashboard::Evidence;
use hyper::header::{HeaderName, HeaderValue};
use sms_voice_mock::wire::TIME_HEADER;
use std::{cell::Cell, time::Duration};

tokio::task_local! {
    static HEARD: Cell<Evidence>;
}

/// Makes one call, and tells what its answer said.
pub async fn listening<F: Future>(call: F) -> (F::Output, Evidence) {
    HEARD
        .scope(Cell::default(), async {
            let output = call.await;
            (output, HEARD.with(Cell::get))
        })
        .await
}

/// Asks our stub for its time, with a header that is not signed and that nobody else knows.
pub(super) fn ask(headers: &mut hyper::HeaderMap) {
    const ASKED: HeaderValue = HeaderValue::from_static("?");
    headers.insert(HeaderName::from_static(TIME_HEADER), ASKED);
}

/// A whole answer came: a refusal did nothing.
pub(super) fn answered(head: &hyper::http::response::Parts) {
    let time = head.headers.get(TIME_HEADER).and_then(|time| time.to_str().ok());
    let stamp = time.and_then(|time| time.parse().ok()).map(Duration::from_nanos);
    tell(Evidence { stamp, refused: head.status.is_client_error() });
}

/// The call never left.
pub(super) fn never_left() {
    tell(Evidence { stamp: None, refused: true });
}

fn tell(evidence: Evidence) {
    // Nobody listens to what is asked beside a campaign.
    _ = HEARD.try_with(|heard| heard.set(evidence));
}
