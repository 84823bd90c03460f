//! The course of a usual day and week, in a country's own time.
//!
//! **Invariant:** the mean over a whole week of 24-hour days is the rate that was asked for.

use super::course::Course;
use jiff::{Timestamp, tz::TimeZone};
use std::time::Duration;

/// A usual week: the shape of its days, and how many come on each.
#[derive(Clone, Debug, PartialEq)]
pub struct Week {
    /// Users of each hour of the day, relative to each other.
    hourly: [f64; 24],
    /// Users of each day from Monday, relative to each other.
    daily: [f64; 7],
}

/// Rates are worked out at every quarter of an hour, which every time zone's hours keep to.
const GRID_S: i64 = 900;
const DAY_S: i64 = 86_400;

impl Week {
    /// The week of these hours and days (from Monday), each relative to each other; the sum of either
    /// must be above 0.
    #[must_use]
    pub fn new(hourly: [f64; 24], daily: [f64; 7]) -> Self {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / small(values.len());
        let (hour, day) = (mean(&hourly), mean(&daily));
        Self { hourly: hourly.map(|h| h / hour), daily: daily.map(|d| d / day) }
    }

    /// The rate over campaign time of a country that has `mean` users a second in a usual week, from
    /// `start` (in seconds since 1970) on. The rate of an hour holds at its middle, straight lines lie
    /// between; the day's factor changes at midnight. Clocks that are put forward skip an hour's users.
    #[must_use]
    pub fn course(&self, mean: f64, zone: &TimeZone, (start, length): (i64, Duration)) -> Course {
        let mut course = Course::default();
        let end = start.saturating_add(i64::try_from(length.as_secs()).unwrap_or(i64::MAX));
        let mut at = start;
        while at < end {
            let next = ((at.div_euclid(GRID_S) + 1) * GRID_S).min(end);
            let step = next.abs_diff(at);
            let from = at.abs_diff(start) * 1_000_000_000;
            let rates = self.rates(local(zone, at), small_i64(next - at)).map(|rate| rate * mean);
            course.push(from, Duration::from_secs(step), rates);
            at = next;
        }
        course
    }

    /// The rates at a local time, in seconds since 1970, and `step_s` seconds later on the same day.
    fn rates(&self, local: i64, step_s: f64) -> [f64; 2] {
        // 1970 began on a Thursday.
        let weekday = (local.div_euclid(DAY_S) + 3).rem_euclid(7);
        let of_day = self.daily[usize::try_from(weekday).expect("0 to 6")];
        let second = small_i64(local.rem_euclid(DAY_S));
        [second, second + step_s].map(|second| of_day * self.at_second(second))
    }

    /// The relative rate at a second of the day.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an hour is between 0 and 25"
    )]
    fn at_second(&self, second: f64) -> f64 {
        // The middle of an hour lies half an hour after its beginning; 23 hours are one hour back.
        let hours = second / 3600.0 + 23.5;
        let (hour, into) = (hours.floor() as usize, hours.fract());
        let [before, after] = [hour % 24, (hour + 1) % 24].map(|hour| self.hourly[hour]);
        before + (after - before) * into
    }
}

/// What a clock in the zone shows, in seconds since 1970.
#[must_use]
pub fn local(zone: &TimeZone, epoch_s: i64) -> i64 {
    let instant = Timestamp::from_second(epoch_s).unwrap_or(Timestamp::MAX);
    epoch_s + i64::from(zone.to_offset(instant).seconds())
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a day")]
fn small_i64(seconds: i64) -> f64 {
    seconds as f64
}

#[expect(clippy::cast_precision_loss, reason = "7 or 24")]
fn small(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::{super::zone, *};

    const WEEK: Duration = Duration::from_secs(7 * 86_400);

    /// Most users at 20 o'clock, twice as many on Sundays.
    fn week() -> Week {
        let mut hourly = [1.0; 24];
        hourly[19..22].copy_from_slice(&[3.0, 5.0, 2.0]);
        Week::new(hourly, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0])
    }

    #[test]
    fn a_week_has_the_mean_that_was_asked_for() {
        let (utc, start) = (TimeZone::UTC, 1_767_225_600);
        let course = week().course(10.0, &utc, (start, WEEK));
        assert!((course.area() / (10.0 * 7.0 * 86_400.0) - 1.0).abs() < 1e-9, "{}", course.area());
    }

    #[test]
    fn a_start_within_a_quarter_of_an_hour_keeps_the_clock() {
        let zone = zone::find("Asia/Kathmandu").expect("known");
        let (whole, late) = (1_767_225_600, 1_767_225_600 + 437);
        let [a, b] = [whole, late].map(|start| week().course(1.0, &zone, (start, WEEK)));
        let at = 30_000 * 1_000_000_000;
        let rates = |course: &Course, at| course.between(at, at).expect("within")[0];
        let (a, b) = (rates(&a, at), rates(&b, at - 437_000_000_000));
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }

    #[test]
    fn the_day_that_loses_an_hour_of_the_night_keeps_its_evening() {
        let zone = zone::find("Europe/Berlin").expect("known");
        // 2026-03-29T00:00 in Berlin, on which clocks go from 2 to 3.
        let start = 1_774_738_800;
        let day = week().course(1.0, &zone, (start, Duration::from_secs(86_400)));
        let rate = |hour: f64| {
            let at = (hour * 3600.0 * 1e9).round();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a day")]
            let at = at as u64;
            day.between(at, at).expect("within")[0]
        };
        // 20:30 comes 19.5 hours after midnight.
        assert!(rate(19.5) > rate(20.5) && rate(19.5) > rate(18.5), "{}", rate(19.5));
    }
}
