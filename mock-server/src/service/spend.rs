//! Month-to-date spend, by the calendar months of UTC.
//!
//! **Invariant:** nothing here reads a clock.

use super::{
    price::Money,
    time::{SimTime, calendar},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

const DAY: u64 = 86_400;

/// What was spent in the month that `now` last fell into.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Spend {
    epoch: Duration,
    spent: Money,
    month_ends: SimTime,
}

impl Spend {
    /// Nothing spent, on a timeline that starts `epoch` after 1970.
    pub(super) const fn new(epoch: Duration) -> Self {
        Self { epoch, spent: Money::ZERO, month_ends: SimTime::ZERO }
    }

    /// What was spent in the month of `now`.
    #[inline]
    pub(super) fn so_far(&mut self, now: SimTime) -> Money {
        if now >= self.month_ends {
            self.turn(now);
        }
        self.spent
    }

    /// Begins the month of `now`.
    #[cold]
    fn turn(&mut self, now: SimTime) {
        self.spent = Money::ZERO;
        let ends = month_end(self.epoch + now.since_start());
        self.month_ends = SimTime::ZERO + ends.saturating_sub(self.epoch);
    }

    /// Whether `cost` more stays within `limit` (that a message which would cross the limit is the
    /// one refused, rather than the next, is an assumption).
    #[inline]
    pub(super) fn allows(&mut self, now: SimTime, cost: Money, limit: Money) -> bool {
        self.so_far(now) + cost <= limit
    }

    /// Notes a cost.
    #[inline]
    pub(super) fn add(&mut self, now: SimTime, cost: Money) {
        self.spent = self.so_far(now) + cost;
    }
}

/// The first instant of the month after the one that holds `epoch`, both counted from 1970.
fn month_end(epoch: Duration) -> Duration {
    let today = epoch.as_secs() / DAY;
    // From the first of a month, 31 days later is always in the next; from there step back to its
    // first day.
    let later = today + 32 - u64::from(day_of_month(today));
    let first = later + 1 - u64::from(day_of_month(later));
    Duration::from_secs(first * DAY)
}

/// The day of the month, from 1, of a day counted from 1970-01-01.
fn day_of_month(days: u64) -> u32 {
    calendar(days).2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days from 1970 to the first of each month of 2026 and to 2024-02-29.
    #[test]
    fn months_end_where_the_calendar_says() {
        let starts_2026 = [
            20_454, 20_485, 20_513, 20_544, 20_574, 20_605, 20_635, 20_666, 20_697, 20_727, 20_758,
            20_788, 20_819,
        ];
        for pair in starts_2026.windows(2) {
            for day in pair[0]..pair[1] {
                assert_eq!(u64::from(day_of_month(day)), day - pair[0] + 1);
                assert_eq!(month_end(Duration::from_secs(day * DAY + 5)).as_secs(), pair[1] * DAY);
            }
        }
        assert_eq!(day_of_month(19_782), 29);
        assert_eq!(day_of_month(19_783), 1);
        assert_eq!(day_of_month(0), 1);
        assert_eq!(month_end(Duration::ZERO).as_secs(), 31 * DAY);
    }

    #[test]
    fn a_new_month_starts_at_nothing() {
        let mut spend = Spend::new(Duration::from_secs(20_484 * DAY));
        spend.add(SimTime::ZERO, Money::from_usd(3.0));
        assert_eq!(spend.so_far(SimTime::from_secs(DAY - 1)), Money::from_usd(3.0));
        assert_eq!(spend.so_far(SimTime::from_secs(DAY)), Money::ZERO);
    }
}
