//! A run that is watched from outside, over HTTP.

use crate::program::{alone, fresh, otpdrill, pause};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A live run with a server beside it.
pub(crate) struct Watched {
    child: Child,
    /// `host:port`.
    pub(crate) address: String,
}

/// An answer over HTTP.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Watched {
    /// Starts a run of the quickstart with `flag` and a port that the system picks.
    pub(crate) fn run(name: &str, flag: &str, more: &[&str]) -> Self {
        let out = fresh(name).display().to_string();
        let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        command.args(["run", "scenarios/quickstart.toml", "--quiet", "--grace", "0s"]);
        command.args(["--out", &out, flag, "0"]).args(more);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        let said = child.stderr.as_mut().expect("piped");
        BufReader::new(said).read_line(&mut line).expect("UTF-8");
        let (_, rest) = line.split_once("http://").expect("an address");
        let address = rest.split('/').next().expect("an address").to_owned();
        Self { child, address }
    }

    /// Asks as a browser does that was given the address.
    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: {}", self.address)).expect("it listens")
    }

    /// Asks with this head, whose connection is closed then; `None` if nobody listens.
    pub(crate) fn ask(&self, head: &str) -> Option<Answer> {
        let mut stream = TcpStream::connect(&self.address).ok()?;
        stream.write_all(format!("{head}\r\nconnection: close\r\n\r\n").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("UTF-8");
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Answer { status, head: head.to_owned(), body: body.to_owned() })
    }

    /// Asks until the answer is as wanted.
    #[track_caller]
    pub(crate) fn until(&self, path: &str, wanted: impl Fn(&str) -> bool) -> String {
        for _ in 0..100 {
            let body = self.get(path).body;
            if wanted(&body) {
                return body;
            }
            pause(Duration::from_millis(100));
        }
        panic!("{path} never was as wanted: {}", self.get(path).body);
    }

    /// Interrupts the run and waits for its end.
    pub(crate) fn interrupt(&mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().expect("kill").success());
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_page_shows_the_run_until_the_run_ends() {
    let _alone = alone();
    let mut run = Watched::run("web-page", "--web", &[]);
    let first = run.until("/", |page| page.contains("Running: quickstart"));
    assert!(first.contains("<script src=\"/live.js\" defer></script>"), "{first}");
    assert!(first.contains("http-equiv=\"refresh\""), "it works without a script: {first}");
    assert!(!first.contains("http-equiv=\"Content-Security-Policy\""), "{first}");
    run.until("/", |page| page != first);
    let report = run.until("/report", |page| page.contains("this is the report so far"));
    assert!(report.contains("From arrival to verified"), "{report}");
    assert_eq!(run.get("/live.js").status, 200);
    assert!(run.get("/metrics").body.contains("otpdrill_build_info"));
    assert_eq!(run.interrupt(), Some(130));
    let gone = run.ask(&format!("GET / HTTP/1.1\r\nhost: {}", run.address));
    assert!(gone.is_none(), "nobody listens after the run");
}

#[test]
fn only_reading_is_allowed_and_only_by_address() {
    let _alone = alone();
    let run = Watched::run("web-strict", "--web", &[]);
    let status = |head: &str| run.ask(head).expect("it listens").status;
    let here = &run.address;
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(status(&format!("{method} / HTTP/1.1\r\nhost: {here}")), 405, "{method}");
    }
    for path in ["/", "/report", "/metrics", "/live.js"] {
        let host = "host: evil.example:80";
        assert_eq!(status(&format!("GET {path} HTTP/1.1\r\n{host}")), 403, "{path}");
        assert_eq!(status(&format!("GET {path} HTTP/1.1\r\nhost: localhost:1")), 200, "{path}");
    }
    assert_eq!(run.get("/../Cargo.toml").status, 404);
    let page = run.get("/");
    let head = page.head.to_lowercase();
    for header in [
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
        "cache-control: no-store",
    ] {
        assert!(head.contains(header), "{header}: {head}");
    }
    let answer = run.ask(&format!("HEAD / HTTP/1.1\r\nhost: {here}")).expect("it listens");
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
}

#[test]
fn a_server_that_cannot_listen_is_refused_before_anything_begins() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    for (address, why) in [(port.as_str(), "cannot listen on"), ("somewhere", "must be a port")] {
        let out = fresh("web-refused");
        let shown = out.display().to_string();
        let run = ["run", "scenarios/quickstart.toml", "--web", address, "--out", &shown];
        let output = otpdrill(&run);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(why), "{said}");
        assert!(!out.exists(), "nothing is left of it");
    }
}
