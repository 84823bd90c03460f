//! The front for test suites that already use the `wiremock` crate.
//!
//! wiremock keeps every request it has matched, so this front is not for load.
//!
//! **Invariant:** each request is answered by the stub exactly once.

use crate::{
    stub::{Request, Stub},
    wire::{Manner, Rejection, WireReply},
};
use std::sync::{Arc, Mutex, PoisonError};
use wiremock::{Match, Mock, MockServer, Respond, ResponseTemplate};

/// Lets the server answer every request that no earlier mock matches as the stub does. The program
/// `examples/wiremock.rs` shows it at work.
///
/// ```
/// use sms_voice_mock::{Stub, clock::StubClock, service::Service, wiremock::mount};
/// use std::sync::Arc;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let server = wiremock::MockServer::start().await;
/// let stub = Arc::new(Stub::new(Service::default(), StubClock::of_the_wall(1.0)));
/// mount(&server, Arc::clone(&stub)).await;
/// // Give `server.uri()` to an AWS SDK as its endpoint URL, then ask the stub.
/// stub.with_service(|service, now| assert_eq!(service.dashboard(now, None, None).completed(), 0));
/// # }
/// ```
pub async fn mount(server: &MockServer, stub: Arc<Stub>) {
    let front = Front { stub, answer: Arc::default() };
    // A wiremock mock either answers or closes, whatever the request; which of the two is decided
    // when the first mock is asked whether it matches. Requests are matched one after the other.
    Mock::given(front.clone()).respond_with_err(|_: &wiremock::Request| Closed).mount(server).await;
    Mock::given(Any).respond_with(front).mount(server).await;
}

/// Asks the stub when a request is matched, and keeps its answer until it is sent.
#[derive(Clone)]
struct Front {
    stub: Arc<Stub>,
    answer: Arc<Mutex<Option<WireReply>>>,
}

impl Match for Front {
    /// Whether the connection is to be closed without an answer.
    fn matches(&self, request: &wiremock::Request) -> bool {
        let header = |name| request.headers.get(name)?.to_str().ok();
        let all = request.headers.iter();
        let all: Vec<_> = all.map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let reply = if request.body.len() > crate::wire::LARGEST_BODY {
            self.stub.answer_unread(&Rejection::TooLarge)
        } else {
            self.stub.answer(&Request {
                method: request.method.as_str(),
                path: request.url.path(),
                query: request.url.query(),
                target: header("x-amz-target"),
                content_type: header("content-type"),
                connection_is_sound: true,
                headers: Some(&all),
                body: &request.body,
            })
        };
        // A fault of the connection that this front cannot have is the nearest that it can.
        let closes = matches!(reply.manner, Manner::Closed | Manner::Hung | Manner::Truncated);
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        *answer = (!closes).then_some(reply);
        closes
    }
}

impl Respond for Front {
    fn respond(&self, _: &wiremock::Request) -> ResponseTemplate {
        let mut answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner);
        let reply = answer.take().expect("the matcher before left an answer");
        let template = ResponseTemplate::new(reply.status)
            .insert_header("x-amzn-requestid", reply.request_id.to_string())
            .set_delay(reply.latency);
        let date = reply.date().map(|date| ("date", date));
        let template = reply
            .headers
            .into_iter()
            .chain(date)
            .fold(template, |template, (name, value)| template.insert_header(name, value));
        match reply.content_type {
            Some(content_type) => template.set_body_raw(reply.body, content_type),
            None => template,
        }
    }
}

/// Matches what the first mock left.
struct Any;

impl Match for Any {
    fn matches(&self, _: &wiremock::Request) -> bool {
        true
    }
}

/// Tells wiremock to drop the connection.
#[derive(Debug, thiserror::Error)]
#[error("the stub closes this connection without an answer, as it was told to")]
struct Closed;
