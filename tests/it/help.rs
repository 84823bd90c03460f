//! What `--help` teaches can be typed.

use crate::program::{fresh, otpdrill};
use clap::{CommandFactory as _, error::ErrorKind};
use otpdrill::cli::Cli;
use std::fs;

/// The commands that a help text shows, as a shell would split them.
fn shown(help: &str) -> Vec<Vec<String>> {
    let lines = help.lines().map(str::trim).filter(|line| line.starts_with("otpdrill "));
    let command = |line: &str| {
        // What stands behind three spaces explains.
        let line = line.split("   ").next().unwrap_or_default();
        let end = line.find(['|', '>', '&', ';']).unwrap_or(line.len());
        // In quotes a sign of comparison is no redirection.
        let end = if line[..end].matches('\'').count() == 1 { line.len() } else { end };
        let mut words = Vec::new();
        for (place, part) in line[..end].split('\'').enumerate() {
            if place % 2 == 1 {
                words.push(part.to_owned());
            } else {
                words.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        words
    };
    lines.map(command).collect()
}

#[test]
fn every_example_is_one_that_can_be_typed() {
    let mut seen = 0;
    let program = Cli::command();
    for command in program.get_subcommands().chain([&program]) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let name = command.get_name();
        assert!(name == "scenario" || help.contains("otpdrill "), "{name} has no example");
        for words in shown(&help) {
            let parsed = Cli::command().try_get_matches_from(&words);
            let refused = parsed.err().filter(|error| error.kind() != ErrorKind::DisplayHelp);
            assert!(refused.is_none(), "{words:?}: {}", refused.expect("just seen"));
            seen += 1;
        }
    }
    assert!(seen >= 25, "{seen} examples");
}

#[test]
fn shells_get_completions_and_man_gets_a_page_for_each_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = otpdrill(&["completions", shell]);
        let script = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && script.contains("simulate"), "{shell}: {script}");
    }
    let folder = fresh("man");
    let output = otpdrill(&["man", &folder.display().to_string()]);
    assert!(output.status.success(), "{output:?}");
    for page in ["otpdrill.1", "otpdrill-run.1", "otpdrill-plan.1", "otpdrill-scenario-check.1"] {
        let text = fs::read_to_string(folder.join(page)).expect(page);
        assert!(text.contains(".SH NAME"), "{page}");
    }
    let occupied = folder.join("otpdrill.1").display().to_string();
    assert_eq!(otpdrill(&["man", &occupied]).status.code(), Some(2));
}
