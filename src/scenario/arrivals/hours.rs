//! How many sessions to expect in each hour that a country's clocks show.
//!
//! **Invariant:** the hours of a country add up to its sessions, before a cap.

use super::{ArrivalPlan, day::local, replay::Replay};
use crate::scenario::Scenario;
use jiff::tz::TimeZone;
use sms_voice_mock::service::time::SimTime;

/// An hour as a country's clocks show it. The first and the last of a campaign may be cut short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hour {
    /// Its beginning, in seconds since 1970.
    pub epoch_s: i64,
    /// Seconds by which clocks are ahead of UTC.
    pub offset_s: i64,
    /// The expected number of users who arrive in it, attacks left out.
    pub sessions: f64,
}

/// The hours of all time zones begin with a quarter of an hour.
const QUARTER_S: i64 = 900;

impl Hour {
    /// The hour of the day, from 0 to 23.
    #[must_use]
    pub fn of_day(&self) -> u8 {
        let hour = (self.epoch_s + self.offset_s).div_euclid(3600).rem_euclid(24);
        u8::try_from(hour).expect("below 24")
    }
}

impl Scenario {
    /// The hours of a country (by index) in order; none if the plan leaves it to weights who arrives.
    #[must_use]
    pub fn hours(&self, country: u16) -> Vec<Hour> {
        let zone = &self.countries[usize::from(country)].time_zone;
        let plan = &self.arrivals;
        match &plan.replay {
            Some(replay) => hours(zone, played(replay, country)),
            None => hours(zone, quarters(plan, self.start_epoch_s, country)),
        }
    }
}

/// Quarters of an hour put together to the hours of a zone.
fn hours(zone: &TimeZone, quarters: impl Iterator<Item = (i64, f64)>) -> Vec<Hour> {
    let mut hours: Vec<Hour> = Vec::new();
    for (at, sessions) in quarters {
        let offset_s = local(zone, at) - at;
        let epoch_s = at - (at + offset_s).rem_euclid(3600);
        match hours.last_mut() {
            Some(last) if (last.epoch_s, last.offset_s) == (epoch_s, offset_s) => {
                last.sessions += sessions;
            }
            _ => hours.push(Hour { epoch_s, offset_s, sessions }),
        }
    }
    hours
}

fn quarters(plan: &ArrivalPlan, start: i64, country: u16) -> impl Iterator<Item = (i64, f64)> {
    let end = start + i64::try_from(plan.duration().as_secs()).expect("days") + 1;
    let first = start.div_euclid(QUARTER_S) * QUARTER_S;
    let since = move |at: i64| SimTime::from_secs(u64::try_from(at - start).unwrap_or(0));
    let mix = plan.mix.iter();
    mix.flat_map(move |mix| {
        let quarters = (first..end).step_by(900);
        quarters.map(move |at| {
            let (from, until) = (since(at), since(at + QUARTER_S));
            (at, mix.expected_between(usize::from(country), from, until))
        })
    })
}

fn played(replay: &Replay, country: u16) -> impl Iterator<Item = (i64, f64)> {
    let rows = replay.rows().iter().filter(move |row| row.country() == country);
    rows.map(|row| (row.epoch_s().div_euclid(QUARTER_S) * QUARTER_S, replay.scale))
}
