//! The wiremock front answers as the HTTP front does.

use crate::{
    caller::{Asked, Connection},
    http_front::{EPOCH, SEND},
};
use sms_voice_mock::{MockAws, Stub, clock::StubClock, service::Service, wiremock::mount};
use std::sync::Arc;
use wiremock::MockServer;

/// Requests whose answers do not depend on the instant.
fn recorded() -> Vec<Asked> {
    let set = r#"{"ConfigurationSetName": "otp"}"#;
    let put = r#"{"MessageId": "no-such-message", "MessageFeedbackStatus": "RECEIVED"}"#;
    let throttled = r#"{"service": {"errors": {"SendTextMessage": {"throttle": 1.0}}}}"#;
    let unavailable = r#"{"service": {"errors": {"SendTextMessage": {"unavailable": 1.0}}}}"#;
    let reset = r#"{"service": {"errors": {"SendTextMessage": {"reset_before": 1.0}}}}"#;
    vec![
        Asked::own("GET", "/_mock/health", ""),
        Asked::aws("SendTextMessage", SEND),
        Asked::aws("SendTextMessage", "{}"),
        Asked::aws("SendTextMessage", "{"),
        Asked::aws("SendMediaMessage", "{}"),
        Asked::aws("PutMessageFeedback", put),
        Asked::aws("SetDefaultMessageFeedbackEnabled", set),
        Asked::aws("DeleteConfigurationSet", set),
        Asked::own("GET", "/_mock/dashboard?from=0", ""),
        Asked::own("GET", "/_mock/dashboard?from=x", ""),
        Asked::own("PUT", "/_mock/scenario", r#"{"speed": -1}"#),
        Asked::own("PUT", "/_mock/scenario", throttled).clone(),
        Asked::aws("SendTextMessage", SEND),
        Asked::own("PUT", "/_mock/scenario", unavailable),
        Asked::aws("SendTextMessage", SEND),
        Asked::own("PUT", "/_mock/scenario", reset),
        Asked::aws("SendTextMessage", SEND),
        Asked::own("POST", "/_mock/reset", ""),
        Asked::aws("SendTextMessage", SEND),
        Asked::own("GET", "/nothing", ""),
    ]
}

/// Status, body, content type and request id of every answer; `None` where there was none.
type Answers = Vec<Option<(u16, String, Vec<String>)>>;

fn ask(endpoint: &str) -> Answers {
    let mut connection = Connection::open(endpoint);
    let mut answers = Vec::new();
    for request in recorded() {
        let answer = connection.request(&request);
        if answer.is_none() {
            connection = Connection::open(endpoint);
        }
        answers.push(answer.map(|answer| {
            let ours = |line: &&str| line.starts_with("x-amzn") || line.starts_with("content-type");
            let mut head: Vec<_> = answer.head.lines().filter(ours).map(str::to_owned).collect();
            head.sort();
            // The date of a change of speed or scenario is the only thing that the instant decides.
            let body = if answer.body.contains("\"now\"") { String::new() } else { answer.body };
            (answer.status, body, head)
        }));
    }
    answers
}

#[tokio::test]
async fn both_fronts_give_the_same_answers() {
    let clock = StubClock::starting(EPOCH, 1.0);
    let aws = MockAws::start_with(Service::default(), clock.clone()).await.expect("a port");
    let server = MockServer::start().await;
    mount(&server, Arc::new(Stub::new(Service::default(), clock))).await;
    let (http, wiremock) = (aws.endpoint().to_owned(), server.uri());
    let ask = |endpoint: String| tokio::task::spawn_blocking(move || ask(&endpoint));
    let (http, wiremock) = (ask(http).await, ask(wiremock).await);
    let (http, wiremock) = (http.expect("answered"), wiremock.expect("answered"));
    assert_eq!(http.iter().filter(|answer| answer.is_none()).count(), 1);
    assert_eq!(http, wiremock);
}
