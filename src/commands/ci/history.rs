//! `history.csv`, which several runs may append to at one time.

use crate::report::history::HEAD;
use std::{
    fs::{self, OpenOptions},
    io::{self, Read as _, Write as _},
    path::Path,
};

/// The variables in which CI servers tell the commit and its branch: GitHub, GitLab, Jenkins.
const COMMIT: [&str; 3] = ["GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"];
const BRANCH: [&str; 3] = ["GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "GIT_BRANCH"];

/// The commit that a CI server says it tests; empty elsewhere.
pub(super) fn commit() -> String {
    first(&COMMIT)
}

/// The branch that a CI server says it tests; empty elsewhere.
pub(super) fn branch() -> String {
    first(&BRANCH)
}

fn first(names: &[&str]) -> String {
    let values = names.iter().filter_map(|name| std::env::var(name).ok());
    values.into_iter().find(|value| !value.is_empty()).unwrap_or_default()
}

/// Appends a row; a file that was not there gets the head first. The file is locked meanwhile, so that runs
/// that end at the same time lose nothing.
pub fn append(path: &Path, row: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    file.lock()?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    let head = text.lines().next();
    if head.is_some_and(|head| head != HEAD) {
        return Err(io::Error::other(
            "its first line is another one: move it away, or name another",
        ));
    }
    // A row that was cut off by a full disk stays alone on its line.
    let broken = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let head = if head.is_none() { format!("{HEAD}\n") } else { String::new() };
    file.write_all(format!("{broken}{head}{row}").as_bytes())
}
