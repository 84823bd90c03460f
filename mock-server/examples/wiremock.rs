//! The stub behind a wiremock server: one message, its feedback, and what the stub saw.
//!
//! ```console
//! $ cargo run -p sms-voice-mock --features wiremock --example wiremock
//! ```
//!
//! The calls are plain HTTP here, so that the example needs nothing else; an AWS SDK with
//! `server.uri()` as its endpoint sends the same.

use sms_voice_mock::{Stub, clock::StubClock, service::Service, wiremock::mount};
use std::{
    error::Error,
    io::{Read, Write},
    net::TcpStream,
    sync::Arc,
};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let server = MockServer::start().await;
    // Mocks of your own come first; the stub answers what they do not match.
    Mock::given(method("GET"))
        .and(path("/login"))
        .respond_with(ResponseTemplate::new(200).set_body_string("hello"))
        .mount(&server)
        .await;
    let stub = Arc::new(Stub::new(Service::default(), StubClock::of_the_wall(1.0)));
    mount(&server, Arc::clone(&stub)).await;

    let endpoint = server.uri();
    let told = tokio::task::spawn_blocking(move || verify(&endpoint)).await??;
    let dashboard = stub.with_service(|service, now| service.dashboard(now, None, None));
    let mut out = std::io::stdout();
    out.write_all(told.as_bytes())?;
    writeln!(
        out,
        "dashboard: {} of {} received",
        dashboard.completed(),
        dashboard.total.expecting
    )?;
    Ok(())
}

/// Sends a code, reports that it came, and gives both answers.
fn verify(endpoint: &str) -> Outcome<String> {
    let sent = call(
        endpoint,
        "SendTextMessage",
        r#"{"DestinationPhoneNumber": "+5511987654321", "MessageBody": "Your code is 123456",
            "MessageFeedbackEnabled": true}"#,
    )?;
    let id = sent.split('"').nth(3).ok_or("no message id came back")?;
    let feedback = format!(r#"{{"MessageId": "{id}", "MessageFeedbackStatus": "RECEIVED"}}"#);
    let put = call(endpoint, "PutMessageFeedback", &feedback)?;
    Ok(format!("SendTextMessage    {sent}\nPutMessageFeedback {put}\n"))
}

/// Calls an operation as an SDK would, but for the signature; gives the body of the answer.
fn call(endpoint: &str, operation: &str, body: &str) -> Outcome<String> {
    let address = endpoint.trim_start_matches("http://");
    let mut connection = TcpStream::connect(address)?;
    write!(
        connection,
        "POST / HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-amz-json-1.0\r\n\
         x-amz-target: PinpointSMSVoiceV2.{operation}\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len(),
    )?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    Ok(body.to_owned())
}
