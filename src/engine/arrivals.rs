//! The arrival schedule: intended instants, fixed before anything is sent.
//!
//! Who arrives is not worked out here but where the session begins: an arrival names its place in the
//! plan, from which [`Scenario::origin`] draws the rest.
//!
//! **Invariant:** an instant depends on the scenario, the seed and the session's number alone; a shard
//! sees a part of the same schedule.

mod playback;

use crate::scenario::{
    Scenario,
    arrivals::{ArrivalPlan, Gaps, Slope},
};
use playback::Playback;
use rand_distr::{Distribution as _, Exp1};
use sms_voice_mock::service::{
    dice::{Dice, Draw},
    time::{Nanos, SimTime},
};
use std::sync::Arc;

/// Which part of the schedule one campaign plays: session *k* belongs to shard `k mod count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub index: u64,
    /// At least 1.
    pub count: u64,
}

impl Shard {
    /// The whole schedule.
    pub const WHOLE: Self = Self { index: 0, count: 1 };

    /// Whether this session belongs to it.
    #[inline]
    const fn has(self, session: u64) -> bool {
        // Mostly there is one, and a division takes long.
        self.count == 1 || session % self.count == self.index
    }
}

/// A session about to arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Its number in the global schedule.
    pub session: u64,
    /// When it is due.
    pub at: SimTime,
    /// Where it stands in the plan: the piece of the rate curve, or the row of the log.
    pub piece: u32,
}

/// The sessions of one shard in order of arrival.
#[derive(Clone, Debug)]
pub struct Arrivals {
    scenario: Arc<Scenario>,
    shard: Shard,
    curve: Curve,
    playback: Playback,
    dice: Dice,
    session: u64,
    next: Option<Arrival>,
}

impl Arrivals {
    /// The schedule of one shard.
    #[must_use]
    pub fn new(scenario: Arc<Scenario>, shard: Shard) -> Self {
        let dice = Dice::new(scenario.seed);
        let first = scenario.arrivals.replay.as_ref().map_or(0, |replay| replay.first);
        let (curve, playback) = (Curve::default(), Playback::new(first));
        let mut this = Self { scenario, shard, curve, playback, dice, session: 0, next: None };
        this.step();
        this
    }

    /// When the next session is due; [`SimTime::NEVER`] after the last.
    #[must_use]
    pub fn peek(&self) -> SimTime {
        self.next.map_or(SimTime::NEVER, |arrival| arrival.at)
    }

    /// No further session arrives.
    pub fn stop(&mut self) {
        self.next = None;
    }

    /// Finds the next session of this shard.
    fn step(&mut self) {
        let plan = &self.scenario.arrivals;
        self.next = loop {
            if plan.max_sessions.is_some_and(|max| max <= self.session) {
                break None;
            }
            let session = self.session;
            let due = match &plan.replay {
                Some(replay) => self.playback.advance(replay, plan.gaps, self.dice),
                None => self.curve.advance(plan, gap(plan.gaps, session, self.dice)),
            };
            let Some((at, piece)) = due else {
                break None;
            };
            self.session += 1;
            if self.shard.has(session) && plan.is_open_at(at) {
                break Some(Arrival { session, at, piece });
            }
        };
    }
}

impl Iterator for Arrivals {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        let arrival = self.next?;
        self.step();
        Some(arrival)
    }
}

/// The area under the curve between a session and the one before.
fn gap(gaps: Gaps, session: u64, dice: Dice) -> f64 {
    match gaps {
        Gaps::Poisson => Exp1.sample(&mut dice.at(session, Draw::Gap, 0)),
        Gaps::Even if session == 0 => 0.0,
        Gaps::Even => 1.0,
    }
}

/// How far along the rate curve the schedule has come.
#[derive(Clone, Copy, Debug, Default)]
struct Curve {
    segment: usize,
    /// The slope of the current segment; `None` until somebody is in it.
    slope: Option<Slope>,
    /// Area used of the current segment.
    used: f64,
    /// Nanoseconds before the current segment.
    before: u64,
}

impl Curve {
    /// The instant at which `area` more has passed under the curve, and its segment; `None` beyond its
    /// end.
    fn advance(&mut self, plan: &ArrivalPlan, area: f64) -> Option<(SimTime, u32)> {
        self.used += area;
        loop {
            let segment = plan.segments.get(self.segment)?;
            let slope = *self.slope.get_or_insert_with(|| segment.slope());
            // At the very end of a segment the next one begins, so `<` and not `<=`.
            if self.used < slope.area {
                let into = nearest(slope.seconds_at(self.used));
                let piece = u32::try_from(self.segment).expect("fewer than 2^32 segments");
                return Some((SimTime::from_nanos(self.before) + into, piece));
            }
            self.used -= slope.area;
            self.before = (SimTime::from_nanos(self.before) + segment.duration).nanos();
            self.segment += 1;
            self.slope = None;
        }
    }
}

/// So many seconds, to the nearest nanosecond however many they are: whole ones apart from the rest.
fn nearest(secs: f64) -> Nanos {
    let whole = secs.trunc();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the length of a campaign is not negative, and the cast saturates"
    )]
    let nanos = (whole as i64 as u64).saturating_mul(1_000_000_000);
    Nanos::new(nanos) + Nanos::from_secs_f64(secs - whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_instant_in_a_long_campaign_is_the_nearest_nanosecond() {
        for secs in [0.0, 388.434_546_136_5, 551_393.155_688_751_5, 2_591_999.999_999_999_7] {
            assert_eq!(Duration::from(nearest(secs)), Duration::from_secs_f64(secs), "{secs}");
        }
    }
}
