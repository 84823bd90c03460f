//! What one shard shows, or all of them together.

use super::{
    problems::{Problem, Problems},
    spread::Spread,
};
use crate::{
    engine::outcome::{Note, Outcome, PutAnswer, SendAnswer},
    record::{
        cells::{Cell, Cells, Messages, Puts, Sessions},
        latency::{CallTimes, Metric},
    },
    scenario::Scenario,
};
use sms_voice_mock::service::time::SimTime;
use std::time::Duration;

/// Counts, latencies and problems.
#[derive(Clone, Debug, PartialEq)]
pub struct Vitals {
    /// What the recorder counted, by country.
    countries: Vec<Cell>,
    /// Puts that were throttled; the recorder counts them among those to be repeated.
    puts_throttled: u64,
    /// By metric, warm-up included.
    spreads: Vec<Spread>,
    /// What went wrong.
    pub problems: Problems,
    max_lag: Duration,
}

/// An operation of the API that a run calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// `SendTextMessage`.
    Send,
    /// `PutMessageFeedback`.
    Put,
}

impl Operation {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Send, Self::Put];

    /// As AWS calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Send => "SendTextMessage",
            Self::Put => "PutMessageFeedback",
        }
    }

    /// What measures it from the intended instant, and what measures it from the actual call.
    #[must_use]
    pub const fn metrics(self) -> [Metric; 2] {
        match self {
            Self::Send => [Metric::SendResponse, Metric::SendService],
            Self::Put => [Metric::FeedbackResponse, Metric::FeedbackService],
        }
    }
}

impl Vitals {
    /// Nothing has happened.
    #[must_use]
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            countries: vec![Cell::default(); scenario.countries.len()],
            puts_throttled: 0,
            spreads: vec![Spread::default(); Metric::ALL.len()],
            problems: Problems::default(),
            max_lag: scenario.max_lag,
        }
    }

    /// Something happened inside the engine.
    pub fn note(&mut self, note: &Note) {
        if let Some((problem, at)) = Problem::of_note(note) {
            self.problems.record(problem, at);
        }
        if let Note::Finished { at, arrived_at, outcome: Outcome::Verified, .. } = note {
            self.record(Metric::TimeToVerify, at.since(*arrived_at));
        }
    }

    /// A send was answered.
    pub fn send_answered(&mut self, at: SimTime, answer: &SendAnswer, times: CallTimes) {
        self.record(Metric::SendResponse, times.response_time());
        self.record(Metric::SendService, times.service_time());
        self.record(Metric::ScheduleLag, times.lag());
        let problem = Problem::of_send(answer);
        let late = (self.max_lag < times.lag()).then_some(Problem::CallLate);
        for problem in problem.into_iter().chain(late) {
            self.problems.record(problem, at);
        }
    }

    /// A put was answered.
    pub fn put_answered(&mut self, at: SimTime, answer: PutAnswer, times: CallTimes) {
        self.record(Metric::FeedbackResponse, times.response_time());
        self.record(Metric::FeedbackService, times.service_time());
        self.puts_throttled += u64::from(answer == PutAnswer::Throttled);
        if let Some(problem) = Problem::of_put(answer) {
            self.problems.record(problem, at);
        }
    }

    /// Takes over what the recorder has counted so far.
    pub fn count(&mut self, cells: &Cells) {
        self.countries.fill(Cell::default());
        for (_, place, cell) in cells.iter() {
            self.countries[usize::from(place.country)] += *cell;
        }
    }

    /// Adds what another shard shows.
    pub fn add(&mut self, other: &Self) {
        let Self { countries, puts_throttled, spreads, problems, max_lag: _ } = other;
        self.countries.iter_mut().zip(countries).for_each(|(mine, theirs)| *mine += *theirs);
        self.puts_throttled += puts_throttled;
        self.spreads.iter_mut().zip(spreads).for_each(|(mine, theirs)| mine.add(theirs));
        self.problems.add(problems);
    }

    /// Takes the place of another one without giving memory back.
    pub fn copy(&mut self, other: &Self) {
        let Self { countries, puts_throttled, spreads, problems, max_lag } = other;
        self.countries.copy_from_slice(countries);
        self.puts_throttled = *puts_throttled;
        self.spreads.iter_mut().zip(spreads).for_each(|(mine, theirs)| mine.copy(theirs));
        (self.problems, self.max_lag) = (*problems, *max_lag);
    }

    /// The counts by country.
    #[must_use]
    pub fn countries(&self) -> &[Cell] {
        &self.countries
    }

    /// The counts of all countries together.
    #[must_use]
    pub fn total(&self) -> Cell {
        let mut total = Cell::default();
        self.countries.iter().for_each(|cell| total += *cell);
        total
    }

    /// How long something took.
    #[must_use]
    pub fn spread(&self, metric: Metric) -> &Spread {
        &self.spreads[metric as usize]
    }

    /// Puts that were throttled.
    #[must_use]
    pub const fn puts_throttled(&self) -> u64 {
        self.puts_throttled
    }

    fn record(&mut self, metric: Metric, took: Duration) {
        self.spreads[metric as usize].record(took);
    }
}

/// Sessions that have arrived and not ended.
#[must_use]
pub const fn open_sessions(sessions: &Sessions) -> u64 {
    sessions.arrived.saturating_sub(sessions.ended())
}

/// Calls of an operation without an answer.
#[must_use]
pub const fn in_flight(operation: Operation, cell: &Cell) -> u64 {
    match operation {
        Operation::Send => {
            let Messages { attempted, accepted, throttled, rejected, unknown, .. } = cell.messages;
            attempted.saturating_sub(accepted + throttled + rejected + unknown)
        }
        Operation::Put => {
            let Puts { attempted, acknowledged, repeated, refused, unanswered } = cell.puts;
            attempted.saturating_sub(acknowledged + repeated + refused + unanswered)
        }
    }
}
