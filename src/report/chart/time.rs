//! The axis of time: in UTC, with ticks at full hours and days.

use jiff::Timestamp;
use std::time::Duration;

/// How far ticks may lie apart, in seconds.
const STEPS: [u64; 19] = [
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1_800,
    3_600,
    7_200,
    10_800,
    21_600,
    43_200,
    DAY,
    2 * DAY,
];
const DAY: u64 = 86_400;
/// At most this many ticks, half of them on a narrow screen.
const MOST: u64 = 9;

/// A stretch of time cut into equal intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Its begin, since 1970-01-01T00:00:00Z.
    pub start: Duration,
    /// The length of an interval.
    pub step: Duration,
}

/// A label on the axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tick {
    /// How far along the axis: 0 at its begin, 1 at its end.
    pub(super) place: f64,
    pub(super) label: String,
    /// Whether it is left out where there is little room.
    pub(super) minor: bool,
}

impl Tick {
    /// The class of its label: one at the very end must not leave the picture.
    pub(super) fn class(&self) -> &'static str {
        match (self.minor, self.place > 0.97) {
            (true, true) => "time minor last",
            (true, false) => "time minor",
            (false, true) => "time last",
            (false, false) => "time",
        }
    }
}

impl Axis {
    /// The instant at which an interval begins, as it stands in a sentence.
    #[must_use]
    pub fn say(self, interval: usize) -> String {
        self.after(self.step.as_secs_f64() * interval as f64)
    }

    /// The instant so many seconds after the begin, as it stands in a sentence: to the minute, where
    /// intervals are no shorter.
    #[must_use]
    pub fn after(self, seconds: f64) -> String {
        let minutes = self.step.as_secs().is_multiple_of(60);
        let format = if minutes { "%a %-d %b %H:%M" } else { "%a %-d %b %H:%M:%S" };
        written(self.start + Duration::try_from_secs_f64(seconds).unwrap_or_default(), format)
    }

    /// The ticks over so many intervals; `short` leaves the days of the week out.
    pub(super) fn ticks(self, intervals: usize, short: bool) -> Vec<Tick> {
        let span = self.step.as_secs_f64() * intervals as f64;
        let start = self.start.as_secs_f64();
        let step = step(span);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "seconds since 1970 are positive and few enough"
        )]
        let first = (start / step as f64).ceil() as u64;
        let ticks = (first..).map(|nth| (nth, (nth * step) as f64 - start));
        let ticks = ticks.take_while(|(_, after)| *after <= span * (1.0 + 1e-9));
        let tick = |(nth, after): (u64, f64)| Tick {
            place: if span > 0.0 { after / span } else { 0.0 },
            label: label(nth * step, step, short),
            minor: nth % 2 == 1,
        };
        ticks.map(tick).collect()
    }
}

fn step(span: f64) -> u64 {
    let fits = |step: &u64| span / *step as f64 <= MOST as f64;
    let days = span / DAY as f64;
    STEPS.into_iter().find(fits).unwrap_or_else(|| {
        // Beyond a fortnight: whole weeks.
        (1..)
            .map(|weeks| 7 * weeks * DAY)
            .find(|step| days / (*step / DAY) as f64 <= MOST as f64)
            .unwrap_or(DAY)
    })
}

/// At midnight the day, else the time of day.
fn label(at: u64, step: u64, short: bool) -> String {
    let format = match (at.is_multiple_of(DAY), step) {
        (true, DAY..) if !short => "%a %-d %b",
        (true, 3_600..) => "%-d %b",
        (_, 60..) => "%H:%M",
        _ => "%H:%M:%S",
    };
    written(Duration::from_secs(at), format)
}

fn written(since_epoch: Duration, format: &str) -> String {
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-23T00:00:00Z, a Monday.
    const MONDAY: Duration = Duration::from_secs(1_795_392_000);

    fn labels(start: Duration, step: u64, intervals: usize) -> Vec<String> {
        let axis = Axis { start, step: Duration::from_secs(step) };
        axis.ticks(intervals, false).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn a_week_has_a_tick_a_day() {
        let week = labels(MONDAY, 60, 7 * 1_440);
        assert_eq!(week.len(), 8);
        assert_eq!(week[..2], ["Mon 23 Nov", "Tue 24 Nov"]);
    }

    #[test]
    fn a_day_has_ticks_at_full_hours_and_its_date() {
        let day = labels(MONDAY, 60, 1_440);
        assert_eq!(
            day,
            ["23 Nov", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "24 Nov"]
        );
        let shifted = labels(MONDAY + Duration::from_secs(5_400), 60, 120);
        assert_eq!(shifted[..3], ["01:30", "01:45", "02:00"]);
    }

    #[test]
    fn half_a_minute_has_ticks_in_seconds() {
        assert_eq!(
            labels(MONDAY + Duration::from_millis(500), 1, 30)[..2],
            ["00:00:05", "00:00:10"]
        );
    }

    #[test]
    fn a_month_has_a_tick_a_week_and_nothing_has_one() {
        assert!(labels(MONDAY, 3_600, 24 * 30).len() <= 9);
        assert_eq!(labels(MONDAY, 60, 0).len(), 1);
    }
}
