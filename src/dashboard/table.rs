//! A verification as a table for the terminal.

use super::{compare::Finding, stamp, verification::Verification};
use crate::record::dashboard::Range;
use std::io;

/// How many periods that deviate are shown; `verify.json` has them all.
const MOST: usize = 20;

/// Writes the sums of all series, what deviates, and one sentence.
pub fn write(verification: &Verification, out: &mut impl io::Write) -> io::Result<()> {
    let Verification { judgement, run, against, .. } = verification;
    writeln!(out, "{run} against {against}")?;
    writeln!(out, "  {:<50} {:>12} {:>10}  verdict", "sum", "expected", "observed")?;
    for total in &judgement.totals {
        let verdict = total.kind.map_or("ok", super::compare::Kind::name);
        let (series, range) = (total.series.to_string(), shown(total.range));
        writeln!(out, "  {series:<50} {range:>12} {:>10}  {verdict}", total.observed)?;
    }
    let periods: Vec<_> = judgement.findings.iter().filter(|found| found.at.is_some()).collect();
    if !periods.is_empty() {
        writeln!(out, "  {:<50} {:>12} {:>10}  verdict", "period", "expected", "observed")?;
    }
    for Finding { series, at, range, observed, kind } in periods.iter().take(MOST) {
        let name = format!("{} {series}", at.map(stamp).unwrap_or_default());
        let (range, kind) = (shown(*range), kind.name());
        writeln!(out, "  {name:<50} {range:>12} {observed:>10}  {kind}")?;
    }
    if periods.len() > MOST {
        writeln!(out, "  … and {} periods more, in verify.json", periods.len() - MOST)?;
    }
    if !verification.late.is_empty() {
        let (late, waited) = (verification.late.len(), verification.waited.as_secs_f64());
        writeln!(out, "  late: {late} sums and periods became right within {waited:.1} s")?;
    }
    let (periods, exact) = (judgement.periods, judgement.exact);
    writeln!(
        out,
        "{}; {periods} periods compared, {exact} of them exactly",
        verification.sentence()
    )
}

/// A range as one number, if it is one.
#[must_use]
pub(super) fn shown(range: Range) -> String {
    let Range { lowest, highest } = range;
    if range.is_exact() { lowest.to_string() } else { format!("{lowest} to {highest}") }
}
