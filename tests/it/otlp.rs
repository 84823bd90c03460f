//! Metrics that are pushed, seen by a collector that keeps what it gets.

use crate::program::{alone, fresh};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// A push: its head in lower-case letters, and its body.
type Push = (String, Vec<u8>);

/// A collector that answers with these statuses, the last one for ever.
fn collector(statuses: &'static [u16]) -> (String, mpsc::Receiver<Push>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (say, pushes) = mpsc::channel();
    thread::spawn(move || {
        let last = statuses.last().into_iter().cycle();
        for (stream, status) in listener.incoming().flatten().zip(statuses.iter().chain(last)) {
            // Without a test there is nobody to tell.
            drop(take(stream, *status).map(|push| say.send(push)));
        }
    });
    (url, pushes)
}

fn take(stream: TcpStream, status: u16) -> Option<Push> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        (reader.read_line(&mut head).ok()? > 0).then_some(())?;
    }
    let head = head.to_lowercase();
    let (_, length) = head.split_once("content-length: ")?;
    let mut body = vec![0; length.lines().next()?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
    reader.into_inner().write_all(answer.as_bytes()).ok()?;
    Some((head, body))
}

#[test]
fn the_last_state_is_pushed_again_after_a_refusal_and_the_refusal_is_told() {
    let _alone = alone();
    let (url, pushes) = collector(&[200, 503, 200]);
    let out = fresh("otlp-push").display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["run", "scenarios/quickstart.toml", "--quiet", "--grace", "0s"]);
    command.args(["--out", &out, "--otlp", &url]);
    let run = command.stderr(Stdio::piped()).spawn().expect("the program starts");
    let next = || pushes.recv_timeout(Duration::from_secs(30)).expect("a push");
    let (head, first) = next();
    assert!(head.starts_with("post /v1/metrics http/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf\r\n"), "{head}");
    let pid = run.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
    let (refused, taken) = (next().1, next().1);
    assert_eq!(refused.len(), taken.len(), "the same state, pushed again");
    for body in [first, taken] {
        let holds = |word: &str| body.windows(word.len()).any(|part| part == word.as_bytes());
        assert!(holds("otpdrill_sessions_arrived") && holds("quickstart"));
    }
    let output = run.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("1 times, at last because: the collector answered 503"), "{said}");
}
