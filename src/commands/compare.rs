//! `otpdrill compare`: is a run worse than another?

mod open;

pub use open::{OpenError, open};

use super::{campaign::cores, ci, error::CommandError, waiting::Waiting};
use crate::{
    cli::{CompareArgs, Format, JudgementArgs},
    compare::{CompareError, Comparison, Options, Played, Stage, text},
    exit::Exit,
    report::text::Style,
};
use std::io::{self, IsTerminal as _, Write as _};

/// Compares two sides and says what is worse.
pub fn compare(args: &CompareArgs) -> Result<Exit, CommandError> {
    let (base, new) = (open(&args.base)?, open(&args.new)?);
    let found = patiently(&base, &new, options(&args.judgement), false)?;
    let mut out = io::stdout().lock();
    let shown = match args.format {
        Format::Json => write(&found, &mut out),
        Format::Text => text::write(&found, style(), &mut out),
    };
    match shown.and_then(|()| out.flush()) {
        // Whoever reads may stop reading; the exit code tells the rest.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        shown => shown?,
    }
    ci::tell_comparison(&found);
    Ok(if found.is_worse() { Exit::Regression } else { Exit::Passed })
}

/// Compares on all cores, showing how far it has come unless it is to be `quiet`.
pub(super) fn patiently(
    base: &[Played],
    new: &[Played],
    options: Options,
    quiet: bool,
) -> Result<Comparison, CompareError> {
    let waiting = Waiting::new(quiet);
    let watch = |Stage { compared, parts }| {
        waiting.show(|| format!("comparing: {compared} of {parts} (the whole run, each country)"));
    };
    let found = Comparison::on(cores(), base, new, options, &watch);
    waiting.end();
    found
}

/// Shows a run's comparison below its summary.
pub(super) fn show(found: &Comparison) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let shown = writeln!(out).and_then(|()| text::write(found, style(), &mut out));
    match shown.and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        shown => shown,
    }
}

/// What was asked for.
#[must_use]
pub const fn options(args: &JudgementArgs) -> Options {
    let JudgementArgs { alpha, min_effect, min_effect_latency, run_noise } = *args;
    Options { alpha, min_effect, min_effect_latency, run_noise }
}

/// Writes `compare.json`.
pub fn write(found: &Comparison, out: &mut impl io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, found)?;
    writeln!(out)
}

/// Colours where a person looks.
pub(super) fn style() -> Style {
    let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    Style { colour }
}
