//! The layering, kept by machine.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A folder (or file), and what no line of code below it may name.
const RULES: &[(&str, &[&str])] = &[
    (
        "mock-server/src/service",
        &["tokio", "async fn", "std::fs", "std::net", "Instant", "wiremock", "hyper"],
    ),
    (
        "src/scenario",
        &[
            "tokio",
            "crate::engine",
            "crate::record",
            "crate::report",
            "crate::drive",
            "crate::target",
        ],
    ),
    (
        "src/engine",
        &[
            "tokio",
            "async fn",
            "std::fs",
            "std::net",
            "Instant",
            "SystemTime",
            "crate::record",
            "crate::report",
            "crate::drive",
            "crate::target",
            "crate::commands",
        ],
    ),
    (
        "src/record",
        &["tokio", "async fn", "std::fs", "Instant", "SystemTime", "crate::report", "crate::drive"],
    ),
    (
        "src/report",
        &[
            "tokio",
            "async fn",
            "std::fs",
            "Instant",
            "SystemTime",
            "crate::drive",
            "crate::target",
            "crate::commands",
        ],
    ),
    (
        "src/dashboard",
        &[
            "tokio",
            "async fn",
            "std::fs",
            "Instant",
            "SystemTime",
            "crate::drive",
            "crate::target",
            "crate::commands",
        ],
    ),
    (
        "src/results",
        &["tokio", "async fn", "Instant", "SystemTime", "crate::drive", "crate::commands"],
    ),
    (
        "src/compare",
        &[
            "tokio",
            "async fn",
            "std::fs",
            "std::net",
            "Instant",
            "SystemTime",
            "crate::drive",
            "crate::target",
            "crate::cli",
            "crate::commands",
        ],
    ),
    ("src/target", &["crate::report", "crate::cli", "crate::commands"]),
    (
        "src/target/guard",
        &["tokio", "async fn", "std::fs", "std::net", "std::env", "Instant", "SystemTime", "aws_"],
    ),
    (
        "src/watch",
        &[
            "tokio",
            "async fn",
            "std::fs",
            "std::net",
            "Instant",
            "SystemTime",
            "crate::drive",
            "crate::report",
            "crate::target",
            "crate::commands",
        ],
    ),
    (
        "src/metrics",
        &[
            "tokio",
            "async fn",
            "std::fs",
            "std::net",
            "crate::drive",
            "crate::report",
            "crate::commands",
        ],
    ),
    ("src/web", &["std::fs", "crate::drive", "crate::target", "crate::cli", "crate::commands"]),
    (
        "src/tui",
        &["std::fs", "std::net", "crate::drive", "crate::target", "crate::cli", "crate::commands"],
    ),
    ("src/drive", &["crate::report", "crate::cli", "crate::commands"]),
    (
        "src/plan",
        &[
            "tokio",
            "async fn",
            "std::fs",
            "std::net",
            "Instant",
            "SystemTime",
            "crate::cli",
            "crate::commands",
        ],
    ),
];

/// Files that alone may read a clock.
const CLOCKS: &[&str] = &["src/drive/clock.rs", "mock-server/src/clock.rs"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let alone = folder.with_extension("rs");
    if alone.is_file() {
        files.push(alone);
    }
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a source folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// The code of a file: its lines without comments, up to its tests.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(path).expect("a source file");
    let code = text.split("\n#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().enumerate().map(|(number, line)| (number + 1, line.to_owned()));
    lines.filter(|(_, line)| !line.trim_start().starts_with("//")).collect()
}

#[test]
fn no_module_names_what_lies_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for (folder, banned) in RULES {
        for path in sources(&root.join(folder)) {
            for (number, line) in code(&path) {
                let found = banned.iter().filter(|word| line.contains(**word));
                wrong.extend(found.map(|word| format!("{}:{number}: `{word}`", path.display())));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_the_clocks_read_a_clock() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "mock-server/src"] {
        for path in sources(&root.join(folder)) {
            let name = path.strip_prefix(root).expect("below the root").display().to_string();
            if CLOCKS.contains(&name.as_str()) {
                continue;
            }
            for (number, line) in code(&path) {
                let reads = ["Instant::now", "SystemTime::now", ".elapsed()"];
                assert!(!reads.iter().any(|word| line.contains(word)), "{name}:{number}: {line}");
            }
        }
    }
}

/// Only this file, and the folder beside it, may have the name in it.
#[track_caller]
fn check_named_in_one_place(name: &str, place: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let place = root.join(place);
    let elsewhere = |path: &PathBuf| !path.with_extension("").starts_with(&place);
    let naming = sources(&root.join("src")).into_iter().filter(elsewhere);
    let naming = naming.filter(|path| code(path).iter().any(|(_, line)| line.contains(name)));
    let naming: Vec<_> = naming.collect();
    assert!(naming.is_empty(), "{name} is in {naming:?}");
}

#[test]
fn aws_types_are_named_in_one_place_each() {
    check_named_in_one_place("aws_sdk_pinpointsmsvoicev2", "src/target/sdk");
    check_named_in_one_place("aws_sdk_cloudwatch", "src/target/cloudwatch");
}
