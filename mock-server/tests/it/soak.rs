//! Clients that are slow, silent, gone or too generous: none of them harms the others.

use crate::{
    caller::{Asked, Connection},
    http_front::SEND,
};
use sms_voice_mock::{
    Stub,
    clock::StubClock,
    http::{Patience, serve_with},
    service::Service,
};
use std::{
    future,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, task::spawn_blocking};

/// Short enough for a test.
const PATIENCE: Patience =
    Patience { head: Duration::from_millis(400), body: Duration::from_millis(400) };

/// Runs a blocking client against the address of a stub that is soon out of patience.
fn against_impatient(client: impl FnOnce(&str) + Send + 'static) {
    against(PATIENCE, client);
}

fn against(patience: Patience, client: impl FnOnce(&str) + Send + 'static) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let stub = Arc::new(Stub::new(Service::default(), StubClock::of_the_wall(1.0)));
        tokio::spawn(serve_with(listener, stub, patience, future::pending()));
        spawn_blocking(move || client(&address)).await.expect("the client is content");
    });
}

/// What comes back after these bytes, until the server closes the connection.
fn told(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("the stub listens");
    stream.write_all(bytes).expect("written");
    let mut answer = Vec::new();
    // A reset after the answer is an end, too.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn still_answers(address: &str) {
    let mut connection = Connection::open(&format!("http://{address}"));
    let answer = connection.request(&Asked::aws("SendTextMessage", SEND)).expect("answered");
    assert_eq!(answer.status, 200);
}

const HEAD: &str = "POST / HTTP/1.1\r\nhost: stub\r\ncontent-type: application/x-amz-json-1.0\r\n\
    x-amz-target: PinpointSMSVoiceV2.SendTextMessage\r\n";

#[test]
fn a_head_that_does_not_end_in_time_ends_its_connection_and_no_other() {
    against_impatient(|address| {
        assert_eq!(told(address, HEAD.as_bytes()), "");
        assert_eq!(told(address, b""), "", "silence is a slow head");
        still_answers(address);
    });
}

#[test]
fn a_body_that_does_not_come_in_time_is_answered_with_408() {
    against_impatient(|address| {
        let answer = told(address, format!("{HEAD}content-length: 100\r\n\r\n{{").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("RequestTimeoutException"), "{answer}");
        still_answers(address);
    });
}

#[test]
fn a_body_of_64_megabytes_is_taken_and_answered_with_413() {
    against(Patience::default(), |address| {
        let mut stream = TcpStream::connect(address).expect("the stub listens");
        let length = 64 << 20;
        let head = format!("{HEAD}content-length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("a head");
        let piece = vec![b' '; 1 << 20];
        for _ in 0..length / piece.len() {
            stream.write_all(&piece).expect("the stub takes all of it");
        }
        let mut status = [0; 12];
        stream.read_exact(&mut status).expect("an answer");
        assert_eq!(String::from_utf8_lossy(&status), "HTTP/1.1 413");
        still_answers(address);
    });
}

#[test]
fn chunks_that_are_none_are_answered_with_400() {
    against_impatient(|address| {
        let request = format!("{HEAD}transfer-encoding: chunked\r\n\r\nnonsense\r\n");
        let answer = told(address, request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        still_answers(address);
    });
}

#[test]
fn a_head_without_end_is_answered_with_431() {
    against_impatient(|address| {
        let request = format!("{HEAD}x-padding: {}", "x".repeat(70 * 1024));
        let answer = told(address, request.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
        still_answers(address);
    });
}

#[test]
fn clients_that_leave_in_the_middle_leave_nothing_behind() {
    against_impatient(|address| {
        for _ in 0..200 {
            let mut stream = TcpStream::connect(address).expect("the stub listens");
            let request = format!("{HEAD}content-length: 100\r\n\r\n{{");
            stream.write_all(request.as_bytes()).expect("written");
            stream.shutdown(Shutdown::Both).expect("gone");
        }
        still_answers(address);
    });
}
