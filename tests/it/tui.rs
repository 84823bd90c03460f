//! The dashboard in the terminal, where there is none. `tests/interop/tui.py` drives it in a real one.

use crate::program::{fresh, otpdrill};

#[track_caller]
fn check_refused(name: &str, more: &[&str], why: &str) {
    let out = fresh(name);
    let shown = out.display().to_string();
    let arguments = ["run", "scenarios/quickstart.toml", "--tui", "--out", &shown];
    let output = otpdrill(&[&arguments, more].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(why), "{said}");
    assert!(output.stdout.is_empty(), "nothing is drawn");
    assert!(!out.exists(), "nothing has begun");
}

#[test]
fn a_dashboard_is_refused_where_nobody_sees_it() {
    check_refused("tui-pipe", &[], "`--tui` needs a terminal on standard output");
}

#[test]
fn a_dashboard_is_refused_where_something_else_is_to_stand() {
    check_refused("tui-quiet", &["--quiet"], "`--tui` contradicts `--quiet`");
    check_refused("tui-json", &["--format", "json"], "`--tui` contradicts `--format json`");
}
