//! A run at one moment: all shards together, with rates, the last interval's latencies, and its course.

use super::{
    board::Board,
    spread::Spread,
    vitals::{Operation, Vitals, in_flight, open_sessions},
};
use crate::{
    record::{cells::Cell, latency::Metric},
    scenario::Scenario,
};
use sms_voice_mock::service::time::SimTime;
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How long a point of the course is at first, in wall time.
const STEP: Duration = Duration::from_secs(1);

/// A course with more points than this is thinned: pairs become one point.
const MOST_POINTS: usize = 600;

/// What does not change while a run runs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// Where calls go.
    pub target: String,
    /// Campaign time per wall time.
    pub speed: f64,
    /// When it began, since 1970-01-01T00:00:00Z.
    pub began: Duration,
    /// When the campaign is expected to end.
    pub expected_end: SimTime,
    /// The codes of its countries, in the order of all counts.
    pub countries: Vec<String>,
    /// What the service allows of each operation per second, where the scenario says it.
    pub quotas: [Option<f64>; 2],
    /// How late a call may leave, in wall time.
    pub max_lag: Duration,
    /// Where a page shows the same.
    pub page: Option<String>,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing has been sent yet.
    #[default]
    Preparing,
    /// Users arrive.
    Arriving,
    /// Nobody else arrives; sessions end and their feedback is put.
    Draining,
    /// Somebody asked it to stop.
    Stopping,
}

/// Per second of campaign time, over one interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Sessions that arrived.
    pub arrivals: f64,
    /// Calls of `SendTextMessage` that left.
    pub sends: f64,
    /// Calls of `PutMessageFeedback` that left.
    pub puts: f64,
    /// Calls that were throttled.
    pub throttles: f64,
    /// Sessions verified.
    pub verified: f64,
}

/// One point of the course.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// What happened.
    pub rates: Rates,
    /// Calls without an answer at its end.
    pub in_flight: u64,
    /// Open sessions at its end.
    pub open: u64,
    /// 50th, 95th and 99th percentile of the sends' response times, in milliseconds.
    pub response_ms: [Option<f64>; 3],
}

/// A run at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What does not change.
    pub about: Arc<About>,
    /// How far it has come.
    pub phase: Phase,
    /// Wall time since the start.
    pub wall: Duration,
    /// Campaign time.
    pub at: SimTime,
    /// Everything since the start.
    pub vitals: Vitals,
    /// The last interval's rates.
    pub rates: Rates,
    /// The last interval's latencies, by metric.
    recent: Vec<Spread>,
    /// How it came to this: one point after the other, each as long as `step` in wall time.
    pub course: Vec<Point>,
    /// How long a point is.
    pub step: Duration,
}

impl Snapshot {
    /// Before anything happened.
    #[must_use]
    pub fn new(about: Arc<About>, scenario: &Scenario) -> Self {
        Self {
            about,
            phase: Phase::default(),
            wall: Duration::ZERO,
            at: SimTime::ZERO,
            vitals: Vitals::new(scenario),
            rates: Rates::default(),
            recent: vec![Spread::default(); Metric::ALL.len()],
            course: Vec::new(),
            step: STEP,
        }
    }

    /// The last interval's latencies.
    #[must_use]
    pub fn recent(&self, metric: Metric) -> &Spread {
        &self.recent[metric as usize]
    }

    /// How much of the campaign's expected time has passed, from 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        (self.at.secs_f64() / self.about.expected_end.secs_f64().max(1e-9)).clamp(0.0, 1.0)
    }

    /// Wall time until the expected end.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.about
            .expected_end
            .since(self.at.min(self.about.expected_end))
            .div_f64(self.about.speed)
    }

    /// Calls without an answer.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        calls_in_flight(&self.vitals.total())
    }
}

/// Makes snapshots of one run.
#[derive(Debug)]
pub struct Observer {
    board: Arc<Board>,
    view: View,
    /// The run at the end of the last interval.
    last: Snapshot,
    /// When that was.
    next: Duration,
}

/// The newest snapshot, for whoever looks.
#[derive(Clone, Debug)]
pub struct View {
    newest: Arc<Mutex<Arc<Snapshot>>>,
}

impl View {
    /// The newest snapshot.
    #[must_use]
    pub fn newest(&self) -> Arc<Snapshot> {
        Arc::clone(&self.newest.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn show(&self, snapshot: Snapshot) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }
}

impl Observer {
    /// Watches a run that has not begun.
    #[must_use]
    pub fn new(board: Arc<Board>, about: About, scenario: &Scenario) -> Self {
        let last = Snapshot::new(Arc::new(about), scenario);
        let view = View { newest: Arc::new(Mutex::new(Arc::new(last.clone()))) };
        Self { board, view, last, next: STEP }
    }

    /// Where its snapshots can be seen.
    #[must_use]
    pub fn view(&self) -> View {
        self.view.clone()
    }

    /// Takes a snapshot of the run at this moment.
    pub fn observe(&mut self, (wall, at): (Duration, SimTime), phase: Phase) {
        let vitals = self.board.read();
        let mut now = Snapshot { wall, at, vitals, phase, ..self.last.clone() };
        if self.next <= wall {
            self.close_interval(&mut now);
        }
        self.view.show(now);
    }

    fn close_interval(&mut self, now: &mut Snapshot) {
        let passed = now.at.since(self.last.at).as_secs_f64().max(1e-9);
        now.rates = rates(&self.last.vitals, &now.vitals, passed);
        now.recent = Metric::ALL
            .map(|metric| now.vitals.spread(metric).since(self.last.vitals.spread(metric)))
            .into();
        let total = now.vitals.total();
        let response = now.recent(Metric::SendResponse);
        now.course.push(Point {
            rates: now.rates,
            in_flight: calls_in_flight(&total),
            open: open_sessions(&total.sessions),
            response_ms: [0.5, 0.95, 0.99].map(|share| response.quantile_ms(share)),
        });
        if MOST_POINTS < now.course.len() {
            now.course = thinned(&now.course);
            now.step *= 2;
        }
        self.next = now.wall + now.step;
        self.last = now.clone();
    }
}

fn calls_in_flight(cell: &Cell) -> u64 {
    Operation::ALL.iter().map(|operation| in_flight(*operation, cell)).sum()
}

#[expect(clippy::cast_precision_loss, reason = "rates are shown with three digits")]
fn rates(before: &Vitals, now: &Vitals, seconds: f64) -> Rates {
    let (old, new) = (before.total(), now.total());
    let rate = |old: u64, new: u64| new.saturating_sub(old) as f64 / seconds;
    let throttles =
        |cell: &Cell, vitals: &Vitals| cell.messages.throttled + vitals.puts_throttled();
    Rates {
        arrivals: rate(old.sessions.arrived, new.sessions.arrived),
        sends: rate(old.messages.attempted, new.messages.attempted),
        puts: rate(old.puts.attempted, new.puts.attempted),
        throttles: rate(throttles(&old, before), throttles(&new, now)),
        verified: rate(old.sessions.verified, new.sessions.verified),
    }
}

/// Every two points as one: the mean of rates, the later state, the larger latencies.
fn thinned(course: &[Point]) -> Vec<Point> {
    course
        .chunks(2)
        .map(|pair| if let [one, two] = pair { joined(one, two) } else { pair[0] })
        .collect()
}

fn joined(one: &Point, two: &Point) -> Point {
    let mean = |of: fn(&Rates) -> f64| f64::midpoint(of(&one.rates), of(&two.rates));
    let larger = |place: usize| {
        let both = one.response_ms[place].into_iter().chain(two.response_ms[place]);
        both.max_by(f64::total_cmp)
    };
    Point {
        rates: Rates {
            arrivals: mean(|rates| rates.arrivals),
            sends: mean(|rates| rates.sends),
            puts: mean(|rates| rates.puts),
            throttles: mean(|rates| rates.throttles),
            verified: mean(|rates| rates.verified),
        },
        response_ms: [larger(0), larger(1), larger(2)],
        ..*two
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_course_is_thinned_and_keeps_its_peaks() {
        let point = |sends: f64, p99: f64| Point {
            rates: Rates { sends, ..Rates::default() },
            response_ms: [None, None, Some(p99)],
            ..Point::default()
        };
        let course = [point(10.0, 1.0), point(20.0, 9.0), point(7.0, 3.0)];
        let thin = thinned(&course);
        let seen: Vec<_> = thin.iter().map(|p| (p.rates.sends, p.response_ms[2])).collect();
        assert_eq!(seen, [(15.0, Some(9.0)), (7.0, Some(3.0))]);
    }
}
