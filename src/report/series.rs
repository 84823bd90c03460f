//! `timeseries.csv`: what happened in each interval of campaign time, by country.

use super::Report;
use crate::record::series::Tally;
use std::io;

/// Writes one row per interval and country. `t_s` is the interval's start; what is open or in flight
/// is so at its end.
pub fn write(report: &Report, out: &mut impl io::Write) -> io::Result<()> {
    let countries = &report.scenario().countries;
    let series = &report.recorder.series;
    let mut so_far = vec![Tally::default(); countries.len()];
    writeln!(
        out,
        "t_s,country,arrived,attempted,accepted,throttled,received,failed,open_sessions,\
         calls_in_flight"
    )?;
    for (number, tallies) in series.intervals().enumerate() {
        let t_s = series.interval().as_secs_f64() * number as f64;
        for ((country, tally), sum) in countries.iter().zip(tallies).zip(&mut so_far) {
            *sum += *tally;
            write!(out, "{t_s:.3},{},", country.code)?;
            write_row(tally, sum, out)?;
        }
    }
    Ok(())
}

fn write_row(now: &Tally, so_far: &Tally, out: &mut impl io::Write) -> io::Result<()> {
    let Tally { arrived, attempted, accepted, throttled, received, failed, .. } = now;
    // A live run may stamp an end a moment before its beginning, never after the run.
    let open = so_far.arrived.saturating_sub(so_far.ended);
    let in_flight = so_far.calls_started.saturating_sub(so_far.calls_answered);
    writeln!(
        out,
        "{arrived},{attempted},{accepted},{throttled},{received},{failed},{open},{in_flight}"
    )
}
