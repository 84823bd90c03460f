//! How long calls took: percentiles with and without what the schedule made them wait, and over time.

use super::{axis, is_simulated};
use crate::{
    record::latency::Metric,
    report::{
        chart::{Caption, Curve, Heat, Percentiles, Unit},
        figures::Latency,
        page::{Cell, Section, Table},
        text::number,
    },
    results::{Results, Stretch},
};
use hdrhistogram::Histogram;

/// How many points of a curve halve, roughly, what is still above it.
const POINTS_PER_NINE: u32 = 16;
/// The names of rows of a heat map, in microseconds: the longest latency that the row holds.
const FIRST_ROW: u64 = 100;

pub(super) fn section(results: &Results) -> Option<Section> {
    let section = Section::new("latency", "Latency");
    if results.latencies.values().all(|log| log.is_empty()) {
        return Some(section.paragraph("Nothing was called, so there is no latency."));
    }
    let how = if is_simulated(results) {
        "Simulated: the answers took what the scenario says, and nothing was ever late."
    } else {
        "Measured by the clock on the wall, from the schedule's own instants."
    };
    let send = [Metric::SendResponse, Metric::SendService];
    let put = [Metric::FeedbackResponse, Metric::FeedbackService];
    let charts = [
        percentiles(results, "send-latency", "SendTextMessage", send),
        percentiles(results, "put-latency", "PutMessageFeedback", put),
    ];
    let heat = heat(results, "send-heat", "SendTextMessage over time", Metric::SendResponse);
    let section = section.paragraph(&format!("{how}{}", warm_up(results)));
    let section = section.paragraph(&format!("{OMISSION} {}", parted(results)));
    Some(section.markup(&charts.concat()).markup(&heat).table(&table(results)))
}

const OMISSION: &str = "Response time runs from the instant a call was due, service time from the instant it really \
     left: where the two part, calls waited for each other or for our own limits, which a tester who only measures \
     service time does not see (coordinated omission).";

/// What of the run is not in the latencies.
fn warm_up(results: &Results) -> String {
    let warm_up = results.shape.as_ref().map(|shape| shape.warm_up);
    let warm_up = warm_up.filter(|warm_up| !warm_up.0.is_zero());
    warm_up.map_or_else(String::new, |warm_up| format!(" The first {warm_up} are left out."))
}

/// Whether the two part in this run.
fn parted(results: &Results) -> String {
    let latencies = &results.summary.latency_ms;
    let p99 = [latencies.send_response.p99, latencies.send_service.p99];
    let [Some(response), Some(service)] = p99 else { return String::new() };
    let say = |millis: f64| super::seconds(Some(millis / 1e3));
    if response < service * 1.05 {
        return "In this run they hardly differ.".to_owned();
    }
    format!(
        "In this run 99 of 100 sends took at most {} from when they were due, and {} from when they left.",
        say(response),
        say(service)
    )
}

fn percentiles(results: &Results, id: &str, name: &str, metrics: [Metric; 2]) -> String {
    let names = ["response time (from due)", "service time (from sent)"];
    let curves = metrics.into_iter().zip(names).map(|(metric, name)| curve(results, metric, name));
    let chart = Percentiles {
        caption: Caption::new(
            id,
            name,
            "So many per cent of calls took at most so long; both scales by powers of ten.",
        ),
        unit: Unit::Seconds,
        curves: curves.flatten().collect(),
    };
    chart.draw()
}

/// The distribution of the times to verify.
pub(super) fn time_to_verify(results: &Results) -> String {
    let chart = Percentiles {
        caption: Caption::new("verify-latency", "All countries", ""),
        unit: Unit::Seconds,
        curves: curve(results, Metric::TimeToVerify, "time to verify").into_iter().collect(),
    };
    chart.draw()
}

fn curve(results: &Results, metric: Metric, name: &str) -> Option<Curve> {
    let total = results.latency(metric)?.total();
    (!total.is_empty()).then(|| Curve { name: name.to_owned(), points: points(total) })
}

/// Points as many as there are nines in the number of samples, and the last sample at their end.
fn points(histogram: &Histogram<u64>) -> Vec<(f64, f64)> {
    let samples = histogram.len() as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the logarithm of a count is small"
    )]
    let steps = (samples.log10() * f64::from(POINTS_PER_NINE)).floor() as u32;
    let wanted =
        (0..=steps).map(|step| 1.0 - 10_f64.powf(-f64::from(step) / f64::from(POINTS_PER_NINE)));
    let mut wanted: Vec<f64> = wanted.collect();
    wanted.push(1.0 - 1.0 / samples);
    let (mut points, mut so_far, mut next) = (Vec::new(), 0, 0);
    for step in histogram.iter_recorded() {
        so_far += step.count_since_last_iteration();
        while let Some(share) = wanted.get(next).filter(|share| **share * samples < so_far as f64) {
            points.push((share * 100.0, step.value_iterated_to() as f64 / 1e6));
            next += 1;
        }
    }
    points
}

/// The row of a heat map that a latency falls into: 1, 2 and 5 of each power of ten.
fn row_of(micros: u64) -> usize {
    (0..).find(|row| micros <= top_of(*row)).unwrap_or(0)
}

fn top_of(row: usize) -> u64 {
    let power = u32::try_from(row / 3).unwrap_or(u32::MAX);
    let power = 10_u64.checked_pow(power).unwrap_or(u64::MAX);
    FIRST_ROW.saturating_mul([1, 2, 5][row % 3]).saturating_mul(power)
}

fn row_name(row: usize) -> String {
    let top = top_of(row);
    match top {
        ..1_000 => format!("{} ms", number::figure(top as f64 / 1e3)),
        1_000..1_000_000 => format!("{} ms", top / 1_000),
        _ => format!("{} s", number::count(top / 1_000_000)),
    }
}

fn heat(results: &Results, id: &str, title: &str, metric: Metric) -> String {
    let Some(log) = results.latency(metric).filter(|log| !log.is_empty()) else {
        return String::new();
    };
    let axis = axis(results);
    let total = log.total();
    let (least, most) = (total.highest_equivalent(total.min()), total.max());
    let (first, last) = (row_of(least), row_of(most));
    let place = |stretch: &Stretch| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an interval's number is a count"
        )]
        let place = (stretch.from.as_secs_f64() / axis.step.as_secs_f64()).round() as usize;
        place
    };
    let tops: Vec<u64> = (first..=last).map(top_of).collect();
    let mut counts = vec![vec![0.0; results.course.intervals().len()]; tops.len()];
    for stretch in log.whole() {
        let place = place(&stretch);
        for row in &mut counts {
            row.resize(row.len().max(place + 1), 0.0);
        }
        for (micros, count) in &stretch.counts {
            let row = tops.partition_point(|top| top < micros).min(tops.len() - 1);
            counts[row][place] += *count as f64;
        }
    }
    let named = counts.into_iter().enumerate();
    let chart = Heat {
        caption: Caption::new(
            id,
            title,
            "Response times: each row holds the calls up to its time and above the row below, the darker the more.",
        ),
        axis,
        unit: Unit::Count,
        rows: named.map(|(row, counts)| (row_name(first + row), counts)).collect(),
    };
    chart.draw()
}

fn table(results: &Results) -> Table {
    let latencies = &results.summary.latency_ms;
    let mut table = Table::new(
        "Latencies",
        &[
            ("From, to", false),
            ("Samples", true),
            ("Mean", true),
            ("p50", true),
            ("p90", true),
            ("p95", true),
            ("p99", true),
            ("p99.9", true),
            ("Longest", true),
        ],
    );
    for (name, latency) in [
        ("Send, response", latencies.send_response),
        ("Send, service", latencies.send_service),
        ("Feedback, response", latencies.feedback_response),
        ("Feedback, service", latencies.feedback_service),
        ("Schedule lag", latencies.schedule_lag),
        ("Time to verify", latencies.time_to_verify),
    ] {
        table.push(row(name, latency));
    }
    table
}

fn row(name: &str, latency: Latency) -> Vec<Cell> {
    let Latency { count, mean, p50, p90, p95, p99, p999, max } = latency;
    let figures = [mean, p50, p90, p95, p99, p999, max];
    let figures = figures.map(|millis| super::seconds(millis.map(|millis| millis / 1e3)));
    let cells = [number::count(count)].into_iter().chain(figures).map(Cell::text);
    [Cell::text(name)].into_iter().chain(cells).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_latency_falls_into_the_row_that_is_named_after_the_next_round_number() {
        assert_eq!(row_name(row_of(0)), "0.1 ms");
        assert_eq!(row_name(row_of(201)), "0.5 ms");
        assert_eq!(row_name(row_of(40_000)), "50 ms");
        assert_eq!(row_name(row_of(1_000_000)), "1 s");
        assert_eq!(row_name(row_of(86_400_000_000)), "100,000 s");
    }

    #[test]
    fn a_curve_ends_with_the_slowest_sample() {
        let mut histogram = Histogram::new(3).expect("valid");
        (1..=1_000).for_each(|value| histogram.record(value * 1_000).expect("in range"));
        let points = points(&histogram);
        let (percent, slowest) = points[points.len() - 1];
        assert!((percent - 99.9).abs() < 1e-9 && (slowest - 1.0).abs() < 1e-3, "{slowest}");
        assert!(points.is_sorted_by(|a, b| a.0 <= b.0 && a.1 <= b.1));
    }
}
