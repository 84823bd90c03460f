//! The program as its users run it, and the tables it leaves behind.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Mutex, MutexGuard, PoisonError},
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
