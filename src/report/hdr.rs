//! Latency files for the tools of the HdrHistogram family: logs by interval and percentile tables.
//!
//! **Invariant:** every value is in whole microseconds.

use super::{Report, scope::Scope};
use crate::{
    record::latency::{Bucket, Metric},
    results::encoded::{Encoded, Encoder},
};
use hdrhistogram::Histogram;
use std::{
    io::{self, Write as _},
    time::Duration,
};

/// How many rows of a percentile table halve the distance to 100 %.
const TICKS_PER_HALF_DISTANCE: u32 = 5;

/// Writes a metric's `.hlog`: for each interval with samples the whole series without a tag (Java's
/// tools skip tagged lines unless asked), then one line per country.
pub fn write_log(report: &Report, metric: Metric, out: &mut impl io::Write) -> io::Result<()> {
    write_log_header(report.run.start_epoch, out)?;
    let latencies = &report.recorder.latencies;
    let countries = &report.scenario().countries;
    let length = latencies.interval().as_secs_f64();
    let (mut whole, mut own) = (Encoder::default(), Encoder::default());
    let mut lines = Vec::new();
    for interval in latencies.intervals(metric) {
        let start = length * interval.number as f64;
        let line = |out: &mut dyn io::Write, Encoded { longest, text }: Encoded<'_>| {
            writeln!(out, "{start:.3},{length:.3},{longest}.000,{text}")
        };
        lines.clear();
        for country in interval.countries() {
            write!(lines, "Tag={},", countries[country].code.as_str())?;
            let encoded = match interval.packed(country) {
                Some(counts) => {
                    let mut longest = Bucket(0);
                    counts.pairs().for_each(|(bucket, count)| {
                        whole.add(bucket, count);
                        longest = bucket;
                    });
                    own.encode_packed(counts, longest)
                }
                None => {
                    interval.tell(country, |bucket, count| {
                        whole.add(bucket, count);
                        own.add(bucket, count);
                    });
                    own.encode()
                }
            };
            line(&mut lines, encoded)?;
        }
        line(out, whole.encode())?;
        out.write_all(&lines)?;
    }
    Ok(())
}

fn write_log_header(start: Duration, out: &mut impl io::Write) -> io::Result<()> {
    let (seconds, millis) = (start.as_secs(), start.subsec_millis());
    let date = i64::try_from(seconds).ok();
    let date = date.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    let date = date.map(|date| format!(", {date}")).unwrap_or_default();
    writeln!(out, "#[Histogram log format version 1.3]")?;
    writeln!(out, "#[StartTime: {seconds}.{millis:03} (seconds since epoch){date}]")?;
    writeln!(out, "#[BaseTime: {seconds}.{millis:03} (seconds since epoch)]")?;
    writeln!(
        out,
        r#""StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram""#
    )
}

/// Writes a metric's `.hgrm`, the percentile table of the whole run.
pub fn write_percentiles(
    report: &Report,
    metric: Metric,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let histogram = Scope::ALL.histogram(&report.recorder, metric);
    let (value, percentile, count) = ("Value", "Percentile", "TotalCount");
    writeln!(out, "{value:>12} {percentile:>14} {count:>10} {:>14}\n", "1/(1-Percentile)")?;
    let mut below = 0;
    for step in histogram.iter_quantiles(TICKS_PER_HALF_DISTANCE) {
        let value = histogram.highest_equivalent(step.value_iterated_to()) as f64;
        let quantile = step.quantile_iterated_to();
        below += step.count_since_last_iteration();
        write!(out, "{value:12.3} {quantile:14.12} {below:10}")?;
        if quantile < 1.0 {
            write!(out, " {:14.2}", 1.0 / (1.0 - quantile))?;
        }
        writeln!(out)?;
    }
    write_percentiles_footer(&histogram, out)
}

/// Without samples there is neither a mean nor a longest value.
fn write_percentiles_footer(
    histogram: &Histogram<u64>,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let (count, buckets) = (histogram.len(), histogram.buckets());
    if count > 0 {
        let (mean, deviation) = (histogram.mean(), histogram.stdev());
        let max = histogram.max() as f64;
        writeln!(out, "#[Mean    = {mean:12.3}, StdDeviation   = {deviation:12.3}]")?;
        writeln!(out, "#[Max     = {max:12.3}, Total count    = {count:12}]")?;
    } else {
        writeln!(out, "#[Total count    = {count:12}]")?;
    }
    // Three significant digits need 2,048 values in the first bucket.
    writeln!(out, "#[Buckets = {buckets:12}, SubBuckets     = {:12}]", 2_048)
}
