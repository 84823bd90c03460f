//! A client that costs little: `load_client ADDRESS CONNECTIONS SECONDS` sends a message and puts its
//! feedback, over and over, on each of its kept-alive connections, and prints the calls per second.
//!
//! Loopback only. What it measures is the server (`benches/stub/throughput.py`).

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a yardstick: it prints one number and reads the clock itself"
)]

use std::{
    env, io,
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let argument = |place| env::args().nth(place).expect("load_client ADDRESS CONNECTIONS SECONDS");
    let address: SocketAddr = argument(1).parse().expect("an address such as 127.0.0.1:8086");
    assert!(address.ip().is_loopback(), "only this machine may be loaded");
    let connections: u32 = argument(2).parse().expect("a number of connections");
    let seconds: u64 = argument(3).parse().expect("a number of seconds");
    let begun = Instant::now();
    let end = begun + Duration::from_secs(seconds);
    let mut workers = JoinSet::new();
    for _ in 0..connections {
        workers.spawn(work(address, end));
    }
    let mut calls = 0;
    while let Some(done) = workers.join_next().await {
        calls += done.expect("no panic")?;
    }
    println!("{:.0}", f64::from(calls) / begun.elapsed().as_secs_f64());
    Ok(())
}

/// Calls one after the other until the end; says how many.
async fn work(address: SocketAddr, end: Instant) -> io::Result<u32> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let send = request(
        "SendTextMessage",
        r#"{"DestinationPhoneNumber":"+5511987654321","OriginationIdentity":"OTPDRILL","MessageBody":"Your code is 123456","MessageType":"TRANSACTIONAL","MessageFeedbackEnabled":true}"#,
    );
    let (mut calls, mut answer) = (0, Vec::new());
    while Instant::now() < end {
        call(&mut stream, &send, &mut answer).await?;
        let id = between(&answer, r#""MessageId":""#);
        let put = format!(r#"{{"MessageId":"{id}","MessageFeedbackStatus":"RECEIVED"}}"#);
        let put = request("PutMessageFeedback", &put);
        call(&mut stream, &put, &mut answer).await?;
        calls += 2;
    }
    Ok(calls)
}

fn request(operation: &str, body: &str) -> Vec<u8> {
    let head = format!(
        "POST / HTTP/1.1\r\nhost: stub\r\ncontent-type: application/x-amz-json-1.0\r\n\
         x-amz-target: PinpointSMSVoiceV2.{operation}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    (head + body).into_bytes()
}

/// One call; its answer ends with the only closing brace.
async fn call(stream: &mut TcpStream, request: &[u8], answer: &mut Vec<u8>) -> io::Result<()> {
    stream.write_all(request).await?;
    answer.clear();
    while answer.last() != Some(&b'}') {
        if stream.read_buf(answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(answer));
    Ok(())
}

/// The text after a key, up to the next quotation mark.
fn between<'a>(answer: &'a [u8], key: &str) -> &'a str {
    let text = std::str::from_utf8(answer).expect("UTF-8");
    let (_, rest) = text.split_once(key).expect("an id");
    rest.split_once('"').expect("its end").0
}
