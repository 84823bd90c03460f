//! What must hold all along: looked at every now and then, by what happened since an earlier look.
//!
//! **Invariant:** a condition is judged by whole windows only, and never before its `after`.

use super::vitals::Vitals;
use crate::{
    record::cells::Cell,
    report::{
        by_time::{Counts, Figure, latency_of, statistic},
        text::number,
        thresholds::country,
    },
    scenario::{Scenario, threshold::Threshold},
};
use sms_voice_mock::service::time::SimTime;
use std::{collections::VecDeque, fmt, time::Duration};

/// A window is known to so many parts of it.
const LOOKS_PER_WINDOW: u32 = 60;

/// Looks are at least this far apart, in campaign time.
const LEAST: Duration = Duration::from_secs(1);

/// Watches whether every condition of `abort_unless` holds.
#[derive(Debug)]
pub struct Watchdog {
    conditions: Vec<Condition>,
    /// The state of the run at earlier looks, as far back as the longest window reaches.
    looks: VecDeque<(SimTime, Vitals)>,
    pace: Duration,
    longest: Duration,
    next: SimTime,
}

#[derive(Debug)]
struct Condition {
    threshold: Threshold,
    country: Option<usize>,
    /// The state of the run when its `after` had come, where no `last` moves its beginning on.
    since: Option<Vitals>,
}

/// Why a run was ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Aborted {
    /// When that was seen.
    pub at: SimTime,
    /// The condition.
    pub expr: String,
    /// What was seen instead.
    pub observed: f64,
}

impl Watchdog {
    /// A watchdog for the scenario's conditions; `None` if it has none.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Option<Self> {
        let conditions = scenario.abort_unless.iter().map(|threshold| Condition {
            country: country(threshold, scenario),
            threshold: threshold.clone(),
            since: None,
        });
        let conditions: Vec<_> = conditions.collect();
        let windows = || scenario.abort_unless.iter().filter_map(|it| it.window.last);
        let longest = windows().max().unwrap_or_default();
        let pace = windows().min().unwrap_or_default() / LOOKS_PER_WINDOW;
        let this = Self {
            conditions,
            looks: VecDeque::from([(SimTime::ZERO, Vitals::new(scenario))]),
            // Sixty of the shortest, but never hundreds of the longest.
            pace: pace.max(longest / (4 * LOOKS_PER_WINDOW)).max(LEAST),
            longest,
            next: SimTime::ZERO + LEAST,
        };
        (!this.conditions.is_empty()).then_some(this)
    }

    /// When the next look is due.
    #[must_use]
    pub const fn next(&self) -> SimTime {
        self.next
    }

    /// Looks at the run; says so if a condition does not hold.
    pub fn look(&mut self, at: SimTime, vitals: &Vitals) -> Option<Aborted> {
        self.next = at + self.pace;
        let broken = self.conditions.iter_mut().find_map(|it| it.judge(at, vitals, &self.looks));
        if !self.longest.is_zero() {
            self.looks.push_back((at, vitals.clone()));
        }
        // The first look stays, for what is judged from the start.
        while self.looks.get(2).is_some_and(|(look, _)| *look + self.longest <= at) {
            self.looks.remove(1);
        }
        broken
    }
}

impl Condition {
    fn judge(
        &mut self,
        at: SimTime,
        now: &Vitals,
        looks: &VecDeque<(SimTime, Vitals)>,
    ) -> Option<Aborted> {
        let window = self.threshold.window;
        let begins = SimTime::ZERO + window.after.unwrap_or_default();
        let earlier = match window.last {
            Some(last) => {
                if at < begins + last {
                    return None;
                }
                // The latest look that lies a whole window back.
                let place = looks.partition_point(|(look, _)| *look + last <= at);
                &looks.get(place.checked_sub(1)?)?.1
            }
            None if window.after.is_none() => &looks.front()?.1,
            None if at < begins => return None,
            None => match &self.since {
                Some(since) => since,
                None => {
                    self.since = Some(now.clone());
                    return None;
                }
            },
        };
        let Figure { value, samples } = self.figure(earlier, now);
        let observed = value.filter(|_| samples > 0)?;
        let holds = self.threshold.comparison.holds(observed, self.threshold.limit);
        (!holds).then(|| Aborted { at, expr: self.threshold.expr.clone(), observed })
    }

    fn figure(&self, earlier: &Vitals, now: &Vitals) -> Figure {
        if let Some((metric, name)) = latency_of(&self.threshold.metric) {
            let spread = now.spread(metric).since(earlier.spread(metric));
            return statistic(spread.micros(), name);
        }
        let cell = |vitals: &Vitals| -> Cell {
            self.country.map_or_else(|| vitals.total(), |country| vitals.countries()[country])
        };
        Counts::between(&cell(earlier), &cell(now)).figure(&self.threshold.metric)
    }
}

impl fmt::Display for Aborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, expr, observed } = self;
        let (at, observed) = (number::span(at.since_start()), number::figure(*observed));
        write!(f, "aborted after {at}: `{expr}` did not hold: it was {observed}")
    }
}
