//! The program as its users run it, and the tables it leaves behind.

use sms_voice_mock::{Stub, http};
use std::{
    collections::BTreeMap,
    fs,
    future::pending,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::Duration,
};

/// Live runs want the machine to themselves: one at a time.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static LIVE: Mutex<()> = Mutex::new(());
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The program with these arguments, run to its end in the project's folder.
pub(crate) fn otpdrill(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments);
    command.output().expect("the program starts")
}

/// A fresh folder for the results of one test.
pub(crate) fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(fs::remove_dir_all(&path));
    path
}

/// Runs a command that leaves its results in a fresh folder, and wants exit code 0.
#[track_caller]
pub(crate) fn results(name: &str, arguments: &[&str]) -> PathBuf {
    let folder = fresh(name);
    let out = folder.display().to_string();
    let output = otpdrill(&[arguments, &["--out", &out, "--quiet"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}\n{}", summary(&folder));
    folder
}

/// The text of `summary.json`, or nothing.
pub(crate) fn summary(folder: &Path) -> String {
    fs::read_to_string(folder.join("summary.json")).unwrap_or_default()
}

/// A table: its rows by name of column.
pub(crate) type Table = Vec<BTreeMap<String, String>>;

/// Reads a CSV file without quotes in it.
pub(crate) fn table(folder: &Path, name: &str) -> Table {
    let text = fs::read_to_string(folder.join(name)).expect("a table");
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let row = |line: &str| {
        let cells = line.split(',').map(str::to_owned);
        header.iter().map(|column| (*column).to_owned()).zip(cells).collect()
    };
    lines.map(row).collect()
}

/// The columns of `conversion.csv` that count something.
pub(crate) const COUNTS: [&str; 16] = [
    "country",
    "sessions",
    "verified",
    "messages_attempted",
    "messages_accepted",
    "throttled",
    "rejected",
    "unknown",
    "expecting",
    "not_expecting",
    "received",
    "failed",
    "unreported",
    "feedback_errors",
    "pending",
    "message_parts",
];

/// A number in a table.
#[track_caller]
pub(crate) fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} of {row:?} is no number"))
}

/// A count in a table.
#[track_caller]
pub(crate) fn count(row: &BTreeMap<String, String>, column: &str) -> u64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} of {row:?} is no count"))
}

/// Serves a stub on a thread that lasts as long as the tests.
pub(crate) fn serve(stub: Arc<Stub>) -> SocketAddr {
    let (say, hear) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
            say.send(listener.local_addr().expect("an address")).expect("the test waits");
            http::serve(listener, stub, pending()).await
        })
    });
    hear.recv_timeout(Duration::from_secs(5)).expect("the stub listens")
}

/// A stub in a process of its own.
pub(crate) struct StubProcess {
    pub(crate) child: Child,
    pub(crate) url: String,
}

/// Starts a stub there; what it says on standard error is kept.
pub(crate) fn stub_process(listen: &str, more: &[&str]) -> StubProcess {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
    command.args(["mock", "--listen", listen]).args(more);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a stub");
    let mut line = String::new();
    let out = child.stdout.as_mut().expect("piped");
    BufReader::new(out).read_line(&mut line).expect("UTF-8");
    let url = line.trim().rsplit(' ').next().expect("an address").to_owned();
    StubProcess { child, url }
}

impl StubProcess {
    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").expect("plain HTTP")
    }

    /// Ends it as an orchestrator does.
    pub(crate) fn stop(&mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        self.child.wait().expect("it ends");
    }
}

impl Drop for StubProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks a stub for JSON.
pub(crate) fn get(url: &str, path: &str) -> serde_json::Value {
    let address = url.strip_prefix("http://").expect("plain HTTP");
    let mut stream = TcpStream::connect(address).expect("the stub listens");
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("UTF-8");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a head");
    serde_json::from_str(body).expect("JSON")
}

/// Lets others go on.
#[expect(clippy::disallowed_methods, reason = "another process goes on meanwhile")]
pub(crate) fn pause(duration: Duration) {
    thread::sleep(duration);
}
