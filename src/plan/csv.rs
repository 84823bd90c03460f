//! The CSV files of a plan.
//!
//! **Invariant:** absent is an empty cell, never a zero.

use super::findings::{Figures, Plan};
use crate::report::csv::{Decimal, Maybe, Text, share};
use std::io;

/// Writes `limits.csv`: a row for each limit, with what is needed.
pub fn write_limits(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(
        out,
        "name,unit,given,peak_demand,peak_at_s,first_hit_s,first_hit_at,hits,busiest_minute_s,\
         busiest_minute_hits,throttles,waits,longest_wait_s,lost_sessions,lost_conversions,smallest,\
         requested,adjustable,in_concert"
    )?;
    for limit in &plan.limits {
        let needed = plan.needed.iter().find(|needed| needed.name == limit.name);
        let harm = &limit.cause_of;
        writeln!(
            out,
            "{},{},{},{},{},{},{},{},{},{},{},{},{:.6},{},{},{},{},{},{}",
            limit.name,
            Text(&limit.unit),
            Maybe(limit.given),
            Maybe(limit.peak_demand),
            Decimal(limit.peak_at_s, 0),
            Decimal(limit.first_hit_s, 6),
            Maybe(limit.first_hit_at.as_deref()),
            limit.hits,
            Decimal(limit.busiest_minute_s, 0),
            limit.busiest_minute_hits,
            harm.throttles,
            harm.waits,
            harm.longest_wait_s,
            harm.lost_sessions,
            harm.lost_conversions,
            Maybe(needed.and_then(|needed| needed.smallest)),
            Maybe(needed.and_then(|needed| needed.requested)),
            Maybe(needed.map(|needed| needed.adjustable)),
            Maybe(needed.and_then(|needed| needed.in_concert)),
        )?;
    }
    Ok(())
}

/// The columns of figures.
const FIGURES: &str = "sessions,verified,verified_without_limits,conversion,conversion_without_limits,\
    conversion_lost,conversion_lost_share,expired_in_queue,expired_in_queue_share,sends,throttled,\
    throttled_share,waits,parts,send_demand_peak,send_demand_p99,put_demand_peak,put_demand_p99,\
    send_rate_peak,send_rate_p99,put_rate_peak,put_rate_p99,send_delay_p50_s,send_delay_p95_s,\
    send_delay_p99_s,send_delay_max_s,feedback_delay_p50_s,feedback_delay_p95_s,feedback_delay_p99_s,\
    feedback_delay_max_s,queue_peak,in_flight_peak,feedback_backlog_peak,cost_usd,cost_usd_hour_max,\
    cost_usd_day_max,cost_usd_month_max,messages_without_limits";

/// Writes `countries.csv`: a row for each country, sorted by code, the last one `TOTAL`.
pub fn write_countries(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "country,{FIGURES}")?;
    for country in &plan.countries {
        write!(out, "{},", country.country)?;
        write_figures(&country.figures, out)?;
    }
    write!(out, "TOTAL,")?;
    write_figures(&plan.total, out)
}

fn write_figures(figures: &Figures, out: &mut impl io::Write) -> io::Result<()> {
    let f = figures;
    write!(
        out,
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{},",
        f.sessions,
        f.verified,
        f.verified_without_limits,
        share(f.conversion),
        share(f.conversion_without_limits),
        f.conversion_lost,
        share(f.conversion_lost_share),
        f.expired_in_queue,
        share(f.expired_in_queue_share),
        f.sends,
        f.throttled,
        share(f.throttled_share),
        f.waits,
        f.parts,
    )?;
    for rate in [f.send_demand, f.put_demand, f.send_rate, f.put_rate] {
        write!(out, "{},{},", rate.peak, rate.p99)?;
    }
    for delay in [f.send_delay, f.feedback_delay] {
        for value in [delay.p50, delay.p95, delay.p99, delay.max] {
            write!(out, "{},", Decimal(value, 6))?;
        }
    }
    writeln!(
        out,
        "{},{},{},{:.6},{:.6},{:.6},{:.6},{}",
        f.queue.peak,
        f.in_flight.peak,
        f.feedback_backlog.peak,
        f.cost_usd,
        f.cost_usd_hour_max,
        f.cost_usd_day_max,
        f.cost_usd_month_max,
        f.messages_without_limits,
    )
}

/// Writes `demand.csv`: a row for each minute.
pub fn write_demand(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(
        out,
        "t_s,arrived,verified,verified_without_limits,send_demand,send_demand_peak,put_demand,\
         put_demand_peak,sends,throttled,accepted,puts,queue,in_flight,feedback_backlog,cost_usd"
    )?;
    for m in &plan.minutes {
        writeln!(
            out,
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{:.6}",
            m.t_s,
            m.arrived,
            m.verified,
            m.verified_without_limits,
            m.send_demand,
            m.send_demand_peak,
            m.put_demand,
            m.put_demand_peak,
            m.sends,
            m.throttled,
            m.accepted,
            m.puts,
            m.queue,
            m.in_flight,
            m.feedback_backlog,
            m.cost_usd,
        )?;
    }
    Ok(())
}

/// Writes `what-if.csv`: a row for each combination, its values first.
pub fn write_what_if(plan: &Plan, out: &mut impl io::Write) -> io::Result<()> {
    let paths = plan.what_if.first().map_or(&[][..], |first| &first.sets);
    for [path, _] in paths {
        write!(out, "{},", Text(path))?;
    }
    writeln!(out, "fits,broken,cost_usd_hour_max,cost_usd_day,cost_usd_month,{FIGURES}")?;
    for row in &plan.what_if {
        for [_, value] in &row.sets {
            write!(out, "{},", Text(value))?;
        }
        let cost = &row.cost_usd;
        write!(
            out,
            "{},{},{:.6},{:.6},{:.6},",
            row.fits,
            Text(&row.broken.join("; ")),
            cost.hour_max,
            cost.day,
            cost.month
        )?;
        write_figures(&row.figures, out)?;
    }
    Ok(())
}
