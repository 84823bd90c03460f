//! A caller of the wire without a socket, and a plain HTTP client with one.

use serde_json::Value;
use sms_voice_mock::{
    service::{MessageId, PhoneNumber, SendText, Service, country::CountryCode, time::SimTime},
    wire::{WireReply, handle},
};
use std::{
    io::{self, Read, Write},
    net::TcpStream,
    time::Duration,
};

pub(crate) const JSON: &str = "application/x-amz-json-1.0";

/// A number in Brazil.
pub(crate) const BR: PhoneNumber = PhoneNumber::new(5_511_987_654_321, CountryCode::of("BR"));

/// A message to it that expects feedback.
pub(crate) fn with_feedback() -> SendText<'static> {
    SendText { message_feedback_enabled: Some(true), ..SendText::new(BR, "Your code is 123456") }
}

/// Sends a message that must be accepted.
#[track_caller]
pub(crate) fn send(service: &mut Service, now: SimTime, request: &SendText<'_>) -> MessageId {
    let reply = service.send_text_message(now, request);
    reply.answered().expect("the message should be accepted")
}

/// Calls an operation at the start of time.
pub(crate) fn call(service: &mut Service, operation: &str, body: &str) -> WireReply {
    let target = format!("PinpointSMSVoiceV2.{operation}");
    handle(service, SimTime::ZERO, Some(&target), Some(JSON), body.as_bytes())
}

pub(crate) fn json(reply: &WireReply) -> Value {
    serde_json::from_slice(&reply.body).expect("a JSON answer")
}

/// A connection that is kept alive.
pub(crate) struct Connection(TcpStream);

/// Status, head and body of an answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Connection {
    pub(crate) fn open(endpoint: &str) -> Self {
        let address = endpoint.strip_prefix("http://").expect("a URL");
        Self(TcpStream::connect(address).expect("the stub listens"))
    }

    /// Sends a request; `None` if the connection closes without a byte. A body that is cut is given as
    /// far as it came.
    pub(crate) fn request(&mut self, request: &Asked) -> Option<Answer> {
        self.ask(request);
        self.read_answer().expect("readable")
    }

    /// Whether a byte of the answer comes in this time.
    pub(crate) fn has_answer_within(&mut self, time: Duration) -> bool {
        self.0.set_read_timeout(Some(time)).expect("a time");
        self.0.read(&mut [0]).is_ok()
    }

    /// Sends a request and waits for nothing.
    pub(crate) fn ask(&mut self, request: &Asked) {
        let Asked { method, path, headers, body } = request;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: stub\r\n{headers}content-length: {}\r\n\r\n",
            body.len()
        );
        self.0.write_all(format!("{head}{body}").as_bytes()).expect("written");
    }

    fn read_answer(&mut self) -> io::Result<Option<Answer>> {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            match self.0.read(&mut byte) {
                Ok(0) if head.is_empty() => return Ok(None),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => read?,
            };
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("ASCII").to_lowercase();
        let status = head[9..12].parse().expect("a status");
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().expect("a length"));
        let mut body = Vec::new();
        (&mut self.0).take(length).read_to_end(&mut body)?;
        Ok(Some(Answer { status, head, body: String::from_utf8(body).expect("UTF-8") }))
    }
}

/// A request to be sent over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    method: &'static str,
    path: String,
    headers: String,
    body: String,
}

impl Asked {
    pub(crate) fn aws(operation: &str, body: &str) -> Self {
        Self {
            method: "POST",
            path: "/".to_owned(),
            headers: format!(
                "content-type: {JSON}\r\nx-amz-target: PinpointSMSVoiceV2.{operation}\r\n"
            ),
            body: body.to_owned(),
        }
    }

    /// A call of CloudWatch, in JSON.
    pub(crate) fn cloudwatch(operation: &str, body: &str) -> Self {
        let target = format!("x-amz-target: GraniteServiceVersion20100801.{operation}\r\n");
        Self { headers: format!("content-type: {JSON}\r\n{target}"), ..Self::aws(operation, body) }
    }

    /// The same request with more headers, each a line.
    #[cfg(feature = "signatures")]
    pub(crate) fn with_headers(mut self, headers: &[(String, String)]) -> Self {
        let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        self.headers.extend(lines);
        self
    }

    pub(crate) fn own(method: &'static str, path: &str, body: &str) -> Self {
        Self { method, path: path.to_owned(), headers: String::new(), body: body.to_owned() }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("a JSON answer")
    }
}
