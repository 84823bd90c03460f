//! `verify.html`: a verification on one page that needs nothing else.
//!
//! **Invariant:** no script, no font and no image from anywhere.

use super::{
    compare::{Finding, Kind},
    stamp,
    table::shown,
    verification::Verification,
};
use std::io;

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8884;--bad:#c62828;--good:#2e7d32}
@media(prefers-color-scheme:dark){:root{--bad:#ff8a80;--good:#a5d6a7}}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:1rem 0;font-variant-numeric:tabular-nums}
th,td{border-bottom:1px solid var(--line);padding:.25rem .5rem;text-align:left}
td.n,th.n{text-align:right}
.bad{color:var(--bad);font-weight:600}.good{color:var(--good);font-weight:600}";

/// How many periods that deviate are shown; `verify.json` has them all.
const MOST: usize = 200;

/// Writes the page.
pub fn write(verification: &Verification, out: &mut impl io::Write) -> io::Result<()> {
    let Verification { judgement, run, against, .. } = verification;
    let (run, against) = (escaped(run), escaped(against));
    writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")?;
    writeln!(out, "<meta name=\"viewport\" content=\"width=device-width\">")?;
    writeln!(out, "<title>{run}: dashboard</title><style>{STYLE}</style></head><body>")?;
    writeln!(out, "<h1>{run}</h1>")?;
    let class = if judgement.agrees() { "good" } else { "bad" };
    writeln!(out, "<p class=\"{class}\">{}</p>", escaped(&verification.sentence()))?;
    writeln!(
        out,
        "<p>Read from {against} (reads: {}, {:.1} s); tolerance {}; feedback stamped at the instant of \
         the {}. {} periods compared, {} of them exactly.</p>",
        verification.reads,
        verification.waited.as_secs_f64(),
        verification.tolerance,
        escaped(&verification.expected.stamped_at),
        judgement.periods,
        judgement.exact,
    )?;
    numbers(verification, out)?;
    writeln!(out, "<h2>Sums</h2>\n<table>{}", head("Series"))?;
    for total in &judgement.totals {
        let cells = (shown(total.range), total.observed);
        row(&total.series.to_string(), cells, total.kind, out)?;
    }
    writeln!(out, "</table>")?;
    let periods: Vec<_> = judgement.findings.iter().filter(|found| found.at.is_some()).collect();
    list("Periods that deviate", periods.iter().copied(), out)?;
    list("Arrived while waiting", verification.late.iter(), out)?;
    writeln!(out, "</body></html>")
}

/// The numbers of the console's dashboard.
fn numbers(verification: &Verification, out: &mut impl io::Write) -> io::Result<()> {
    let (expected, observed) = (&verification.expected.dashboard, verification.dashboard());
    let percent = |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{share} %"));
    writeln!(out, "<h2>Dashboard</h2>\n<table>")?;
    writeln!(out, "<tr><th></th><th class=\"n\">Expected</th><th class=\"n\">Observed</th></tr>")?;
    let mut line = |name: &str, expected: String, observed: String| {
        writeln!(
            out,
            "<tr><td>{name}</td><td class=\"n\">{expected}</td><td class=\"n\">{observed}</td></tr>"
        )
    };
    let completed = [expected.completed, observed.completed].map(|count| count.to_string());
    let [before, after] = completed;
    line("Messages with feedback completion", before, after)?;
    let [before, after] = [expected.percentage, observed.percentage].map(percent);
    line("Percentage of messages with feedback completion", before, after)?;
    for (code, count) in &expected.by_country {
        let seen = observed.by_country.get(code).copied().unwrap_or(0);
        line(&escaped(code), count.to_string(), seen.to_string())?;
    }
    writeln!(out, "</table>")
}

fn list<'a>(
    title: &str,
    findings: impl ExactSizeIterator<Item = &'a Finding>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let count = findings.len();
    if count == 0 {
        return Ok(());
    }
    writeln!(out, "<h2>{title}</h2>\n<table>{}", head("Period"))?;
    for Finding { series, at, range, observed, kind } in findings.take(MOST) {
        let when = at.map_or_else(|| "sum".to_owned(), stamp);
        row(&format!("{when} {series}"), (shown(*range), *observed), Some(*kind), out)?;
    }
    writeln!(out, "</table>")?;
    if count > MOST {
        writeln!(out, "<p>… and {} more, in verify.json.</p>", count - MOST)?;
    }
    Ok(())
}

fn head(first: &str) -> String {
    format!(
        "<tr><th>{first}</th><th class=\"n\">Expected</th><th class=\"n\">Observed</th>\
         <th>Verdict</th></tr>"
    )
}

fn row(
    name: &str,
    (range, observed): (String, f64),
    kind: Option<Kind>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let (class, verdict) = kind.map_or(("good", "ok"), |kind| ("bad", kind.name()));
    writeln!(
        out,
        "<tr><td>{}</td><td class=\"n\">{range}</td><td class=\"n\">{observed}</td>\
         <td class=\"{class}\">{verdict}</td></tr>",
        escaped(name)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
