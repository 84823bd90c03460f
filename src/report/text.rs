//! What a person reads in the terminal when a run has ended.
//!
//! **Invariant:** colour repeats what the words say and never replaces them.

pub mod number;
pub(crate) mod table;
mod funnel;
mod sections;

use super::Report;
use std::{io, path::Path};

/// How the summary looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Whether to use ANSI colours.
    pub colour: bool,
}

/// At most this many countries have a row; files have them all.
const MOST_COUNTRIES: usize = 15;

/// Writes the summary; `folder` is where the run's files are.
pub fn write(
    report: &Report,
    folder: &Path,
    style: Style,
    out: &mut impl io::Write,
) -> io::Result<()> {
    sections::write_headline(report, style, out)?;
    funnel::write(report, out)?;
    sections::write_countries(report, MOST_COUNTRIES, out)?;
    sections::write_latencies(report, out)?;
    sections::write_thresholds(report, style, out)?;
    sections::write_warnings(report, style, out)?;
    writeln!(out, "\n  Results are in {}", folder.display())
}

impl Style {
    pub(crate) fn good(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.paint("31;1", text)
    }

    pub(crate) fn doubtful(self, text: &str) -> String {
        self.paint("33", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
