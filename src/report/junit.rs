//! `junit.xml`: a run for CI servers, a test case for each threshold and each line of a comparison.
//!
//! There is no schema that all servers share. They agree on `testsuites`, `testsuite`, `testcase`, `failure`, `error`
//! and `skipped`, and some show the message and some the body, so both have the text.
//!
//! **Invariant:** whatever a name holds, the file is well-formed; its only time is the run's own start.

use super::{Report, markup::Text, summary::Summary, text::number};
use std::{fmt::Write as _, io};

/// What became of one test case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not: a kind, and what was found.
    Failed(&'static str, String),
    /// It could not be judged, and why.
    Skipped(String),
    /// The run itself went wrong: a kind, and how.
    Error(&'static str, String),
}

/// One test case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it belongs to, such as `otpdrill.quickstart.thresholds`.
    pub class: String,
    /// Its name: the same in every run, so that servers can follow it.
    pub name: String,
    /// What became of it.
    pub outcome: Outcome,
}

impl Case {
    const fn is_failure(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(..))
    }

    const fn is_error(&self) -> bool {
        matches!(self.outcome, Outcome::Error(..))
    }

    const fn is_skipped(&self) -> bool {
        matches!(self.outcome, Outcome::Skipped(_))
    }
}

/// The codes of reasons that have test cases of their own: thresholds and the baseline.
const TOLD_ELSEWHERE: [u8; 2] = [10, 11];

/// All test cases of a report.
#[must_use]
pub fn of(report: &Report, summary: &Summary) -> Vec<Case> {
    let mut all = cases(summary);
    all.extend_from_slice(&report.cases);
    all
}

/// Writes `junit.xml` of a report, whose summary this is.
pub fn write_report(
    report: &Report,
    summary: &Summary,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let start = i64::try_from(report.run.start_epoch.as_secs()).unwrap_or(0);
    let start = jiff::Timestamp::from_second(start).unwrap_or_default().to_string();
    write(summary, &start, &of(report, summary), out)
}

/// The test cases of a run: the run itself, then its thresholds.
#[must_use]
pub fn cases(summary: &Summary) -> Vec<Case> {
    let mut cases = vec![run(summary)];
    cases.extend(summary.thresholds.iter().map(|result| {
        let observed = match (result.unobserved(), result.observed) {
            (None, Some(observed)) => {
                let samples = number::count(result.samples);
                format!("it was {} from {samples} samples", number::figure(observed))
            }
            (why, _) => why.unwrap_or_default().to_owned(),
        };
        let failed = || Outcome::Failed("threshold", format!("{}: {observed}", result.expr));
        Case {
            class: format!("otpdrill.{}.thresholds", summary.scenario),
            name: result.expr.clone(),
            outcome: if result.ok { Outcome::Passed } else { failed() },
        }
    }));
    cases
}

/// Whether the run came to its end with figures that mean something.
fn run(summary: &Summary) -> Case {
    let own = summary.reasons.iter().filter(|reason| !TOLD_ELSEWHERE.contains(&reason.exit_code));
    let told: Vec<String> =
        own.map(|reason| format!("{} (exit code {})", reason.reason, reason.exit_code)).collect();
    Case {
        class: format!("otpdrill.{}", summary.scenario),
        name: "the run is whole and valid".to_owned(),
        outcome: if told.is_empty() {
            Outcome::Passed
        } else {
            Outcome::Error("run", told.join("\n"))
        },
    }
}

/// Writes `junit.xml`. `start` is when the run began, RFC 3339.
pub fn write(
    summary: &Summary,
    start: &str,
    cases: &[Case],
    out: &mut impl io::Write,
) -> io::Result<()> {
    let Summary { scenario, elapsed_s, seed, target, clock, .. } = summary;
    let counts = format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{elapsed_s:.3}\"",
        cases.len(),
        cases.iter().filter(|case| case.is_failure()).count(),
        cases.iter().filter(|case| case.is_error()).count(),
        cases.iter().filter(|case| case.is_skipped()).count(),
    );
    let name = escaped(&format!("otpdrill {scenario}"));
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"otpdrill\" {counts}>")?;
    // Most parsers want an instant without an offset.
    let stamp = escaped(start.trim_end_matches('Z'));
    writeln!(out, "  <testsuite name=\"{name}\" {counts} timestamp=\"{stamp}\">")?;
    writeln!(out, "    <properties>")?;
    for (name, value) in [("seed", &seed.to_string()), ("target", target), ("clock", clock)] {
        writeln!(out, "      <property name=\"{name}\" value=\"{}\"/>", escaped(value))?;
    }
    writeln!(out, "    </properties>")?;
    cases.iter().try_for_each(|case| write_case(case, out))?;
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn write_case(case: &Case, out: &mut impl io::Write) -> io::Result<()> {
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"0\"",
        escaped(&case.class),
        escaped(&case.name)
    );
    let (tag, kind, text) = match &case.outcome {
        Outcome::Passed => return writeln!(out, "{head}/>"),
        Outcome::Failed(kind, text) => ("failure", Some(kind), text),
        Outcome::Error(kind, text) => ("error", Some(kind), text),
        Outcome::Skipped(text) => ("skipped", None, text),
    };
    let kind = kind.map(|kind| format!(" type=\"{kind}\"")).unwrap_or_default();
    let first = escaped(text.lines().next().unwrap_or_default());
    let text = escaped(text);
    writeln!(out, "{head}>\n      <{tag} message=\"{first}\"{kind}>{text}</{tag}>\n    </testcase>")
}

/// A text for content and quoted attributes. XML has no way at all to write control characters and the two
/// numbers that are none.
fn escaped(text: &str) -> String {
    let writable = |letter: char| !matches!(letter, '\u{fffe}' | '\u{ffff}');
    let text: String =
        text.chars().map(|l| if writable(l) { l } else { char::REPLACEMENT_CHARACTER }).collect();
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _written = write!(out, "{}", Text(&text));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_breaks_the_file() {
        let text = escaped("a<b>&\"'\u{0}\u{1b}\u{ffff}\u{7f}é");
        assert_eq!(text, "a&lt;b&gt;&amp;&quot;&#39;\u{fffd}\u{fffd}\u{fffd}\u{fffd}é");
    }

    #[test]
    fn a_failure_has_its_text_twice_and_a_pass_none() {
        let case = |outcome| Case { class: "c".to_owned(), name: "n < 1".to_owned(), outcome };
        let text = |outcome| {
            let mut out = Vec::new();
            write_case(&case(outcome), &mut out).expect("memory takes everything");
            String::from_utf8(out).expect("text")
        };
        let passed = "    <testcase classname=\"c\" name=\"n &lt; 1\" time=\"0\"/>\n";
        assert_eq!(text(Outcome::Passed), passed);
        let failed = text(Outcome::Failed("threshold", "it was 2\nand more".to_owned()));
        assert!(failed.contains(
            "<failure message=\"it was 2\" type=\"threshold\">it was 2\nand more</failure>"
        ));
        assert!(text(Outcome::Skipped("why".to_owned())).contains("<skipped message=\"why\">why"));
    }
}
