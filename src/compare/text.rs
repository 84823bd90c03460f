//! A comparison for people: what is worse first, and what is no news in one line.

use super::{Comparison, Line, Options, Verdict};
use crate::report::text::{Style, table::Table};
use std::io;

/// At most so many lines of each verdict have a row; `compare.json` has them all.
const MOST: usize = 20;

/// Writes the headline, the warnings and the table.
pub fn write(found: &Comparison, style: Style, out: &mut impl io::Write) -> io::Result<()> {
    let word = match found.verdict {
        Verdict::Worse => style.bad("WORSE"),
        Verdict::Better => style.good("BETTER"),
        Verdict::Same => style.good("SAME"),
        Verdict::NotEnoughData => style.doubtful("NOT ENOUGH DATA"),
    };
    writeln!(out, "{word}  {} against {}", side(&found.new), side(&found.base))?;
    writeln!(out, "  {}", method(found))?;
    for warning in &found.warnings {
        writeln!(out, "  {} {warning}", style.doubtful("warning:"))?;
    }
    for (verdict, title) in [(Verdict::Worse, "Worse"), (Verdict::Better, "Better")] {
        write_lines(title, &found.with(verdict), out)?;
    }
    write_whole(found, out)?;
    writeln!(out, "\n  {}", counts(found))
}

/// What the lines without news come to, in one sentence.
#[must_use]
pub fn counts(found: &Comparison) -> String {
    let (same, lacking) = (found.count(Verdict::Same), found.count(Verdict::NotEnoughData));
    format!(
        "{} lines: {} worse, {} better, {same} the same, {lacking} without enough data",
        found.lines.len(),
        found.count(Verdict::Worse),
        found.count(Verdict::Better),
    )
}

fn side(runs: &[String]) -> String {
    match runs {
        [run] => run.clone(),
        runs => format!("{} runs", runs.len()),
    }
}

/// How it was compared.
#[must_use]
pub fn method(found: &Comparison) -> String {
    let Options { alpha, min_effect, min_effect_latency, .. } = found.options;
    let least = format!(
        "{} points of a share or {} % of a latency matter",
        percent(min_effect),
        percent(min_effect_latency)
    );
    if found.paired {
        format!("the same users on both sides: differences are exact; {least}")
    } else {
        format!(
            "if nothing changed, a false alarm in fewer than {} % of comparisons; {least}",
            percent(alpha)
        )
    }
}

fn percent(share: f64) -> String {
    crate::report::text::number::figure(share * 100.0)
}

fn write_lines(title: &str, lines: &[&Line], out: &mut impl io::Write) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut table =
        Table::new(&[title, "", "base", "new", "change", "95 % interval", "p adjusted"]);
    lines.iter().take(MOST).for_each(|line| table.push(row(line)));
    writeln!(out)?;
    table.write(out)?;
    match lines.len().saturating_sub(MOST) {
        0 => Ok(()),
        more => writeln!(out, "  … and {more} more"),
    }
}

/// The whole run's lines that are no news, so that everybody sees what was looked at.
fn write_whole(found: &Comparison, out: &mut impl io::Write) -> io::Result<()> {
    let quiet = |line: &&Line| {
        let zero = line.base == Some(0.0) && line.new == Some(0.0);
        let news = matches!(line.verdict, Verdict::Worse | Verdict::Better);
        line.country == "TOTAL" && !news && !zero
    };
    let lines: Vec<&Line> = found.lines.iter().filter(quiet).collect();
    if lines.is_empty() {
        return Ok(());
    }
    let mut table = Table::new(&["No news in TOTAL", "base", "new", "change", "95 % interval", ""]);
    for line in lines {
        let verdict = match (line.verdict, &line.reason) {
            (Verdict::NotEnoughData, Some(reason)) => format!("not enough data: {reason}"),
            (Verdict::NotEnoughData, None) => "not enough data".to_owned(),
            _ => "same".to_owned(),
        };
        let [base, new] = [line.base, line.new].map(|value| line.figure(value));
        table.push(vec![line.metric.clone(), base, new, line.change(), line.interval(), verdict]);
    }
    writeln!(out)?;
    table.write(out)
}

fn row(line: &Line) -> Vec<String> {
    let p = line.p_adjusted.map_or_else(|| "exact".to_owned(), told);
    let [base, new] = [line.base, line.new].map(|value| line.figure(value));
    vec![line.metric.clone(), line.country.clone(), base, new, line.change(), line.interval(), p]
}

/// A probability, for people.
#[must_use]
pub fn told(p: f64) -> String {
    if p < 0.000_1 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}
