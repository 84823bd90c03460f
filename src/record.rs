//! What a run remembers: counts, latencies, the course of time and, if asked, every message.
//!
//! One recorder per shard; recorders merge exactly, in any order.
//!
//! **Invariant:** nothing here decides anything. Every count lives in one [`cells::Cell`] per country,
//! carrier and template, so that all tables add up because they are sums of the same numbers.

pub mod cells;
pub mod latency;
pub mod series;
pub mod messages;
pub mod dashboard;
pub mod demand;
pub mod retries;
mod intervals;
mod plain;

use crate::{
    engine::{
        campaign::CallFacts,
        outcome::{Feedback, Note, Outcome, Place, PutAnswer, SendAnswer, Verdict},
    },
    scenario::Scenario,
};
use cells::{Cells, Tariff};
use dashboard::DashboardCells;
use demand::Demand;
use intervals::Intervals;
use latency::{CallTimes, Latencies};
use messages::MessageLog;
use retries::SdkRetried;
use serde::{Deserialize, Serialize};
use series::{Series, Tally};
use sms_voice_mock::service::{bound::Bound, time::SimTime};
use std::{sync::Arc, time::Duration};

/// What was heard of one `PutMessageFeedback` call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutHeard {
    /// What was put.
    pub verdict: Verdict,
    /// The answer.
    pub answer: PutAnswer,
    /// The instants of the call, in wall time.
    pub times: CallTimes,
    /// Whether it goes into the latencies: not if it was put after the run had died.
    pub measured: bool,
}

/// A recorder with more lists of latencies than this is not copied while it records: so many take a
/// millisecond or two.
const MOST_PARTS: usize = 10_000;

/// What one shard, or a whole run after merging, remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorder {
    scenario: Arc<Scenario>,
    intervals: Intervals,
    /// The counts.
    pub cells: Cells,
    /// The latencies.
    pub latencies: Latencies,
    /// The course of time.
    pub series: Series,
    /// What CloudWatch must say.
    pub dashboard: DashboardCells,
    /// What the SDK repeated by itself.
    pub sdk: SdkRetried,
    /// Every attempted message, if asked.
    pub messages: Option<MessageLog>,
    /// What planning needs to know, if asked.
    pub demand: Option<Demand>,
    /// Whether nothing else is asked for.
    plans: bool,
    /// The last instant at which anything happened.
    pub last: SimTime,
}

impl Recorder {
    /// An empty recorder for this scenario; `messages` keeps a row per attempted message.
    #[must_use]
    pub fn new(scenario: Arc<Scenario>, tariff: Tariff, messages: bool) -> Self {
        let cells = Cells::new(&scenario, tariff);
        Self {
            intervals: Intervals::new(scenario.interval),
            latencies: Latencies::new(scenario.countries.len(), cells.count(), scenario.interval),
            series: Series::new(scenario.countries.len(), scenario.interval),
            dashboard: DashboardCells::new(&scenario),
            messages: messages.then(MessageLog::default),
            demand: None,
            plans: false,
            sdk: SdkRetried::default(),
            last: SimTime::ZERO,
            cells,
            scenario,
        }
    }

    /// The same, which keeps counts and what planning needs to know, and neither latencies nor what
    /// CloudWatch must say.
    #[must_use]
    pub fn for_planning(mut self, tariff: &Tariff) -> Self {
        self.plans = true;
        self.with_demand(tariff)
    }

    /// The same, which also keeps what planning needs to know.
    #[must_use]
    pub fn with_demand(mut self, tariff: &Tariff) -> Self {
        self.demand = Some(Demand::new(&self.scenario, tariff));
        self
    }

    /// A copy of what pages are made of: counts, latencies and the course of time. `None` if there is so much
    /// of it that copying would hold up whoever records.
    #[must_use]
    pub fn figures(&self) -> Option<Self> {
        (self.latencies.parts() <= MOST_PARTS).then(|| Self {
            scenario: Arc::clone(&self.scenario),
            intervals: self.intervals,
            cells: self.cells.clone(),
            latencies: self.latencies.clone(),
            series: self.series.clone(),
            dashboard: DashboardCells::new(&self.scenario),
            messages: None,
            demand: None,
            plans: self.plans,
            sdk: self.sdk,
            last: self.last,
        })
    }

    /// A `SendTextMessage` call leaves.
    pub fn send_started(&mut self, at: SimTime, call: CallFacts) {
        self.at(call.place, at, |cell| cell.messages.attempted += 1);
        self.tally(call.place, at, |tally| {
            tally.attempted += 1;
            tally.calls_started += 1;
        });
        if let Some(log) = &mut self.messages {
            log.started(call);
        }
        if let Some(demand) = &mut self.demand {
            demand.send_started(call);
        }
    }

    /// A `PutMessageFeedback` call leaves.
    pub fn put_started(&mut self, at: SimTime, call: CallFacts) {
        self.at(call.place, at, |cell| cell.puts.attempted += 1);
        self.tally(call.place, at, |tally| tally.calls_started += 1);
        if let Some(demand) = &mut self.demand {
            demand.put_started(call);
        }
    }

    /// A limit of the account refused the call that left just now.
    pub fn bound(&mut self, at: SimTime, bound: Bound) {
        if let Some(demand) = &mut self.demand {
            demand.bound(at, bound);
        }
    }

    /// A `SendTextMessage` call was answered at `at`.
    pub fn send_answered(
        &mut self,
        at: SimTime,
        call: CallFacts,
        answer: &SendAnswer,
        times: CallTimes,
    ) {
        self.at(call.place, at, |cell| match answer {
            SendAnswer::Accepted(_) => cell.messages.accepted += 1,
            SendAnswer::Throttled => cell.messages.throttled += 1,
            SendAnswer::Rejected => cell.messages.rejected += 1,
            SendAnswer::Unknown => cell.messages.unknown += 1,
        });
        self.tally(call.place, at, |tally| {
            tally.calls_answered += 1;
            tally.accepted += u64::from(matches!(answer, SendAnswer::Accepted(_)));
            tally.throttled += u64::from(*answer == SendAnswer::Throttled);
            tally.rejected += u64::from(*answer == SendAnswer::Rejected);
            tally.unknown += u64::from(*answer == SendAnswer::Unknown);
        });
        if self.is_measured(call.due) {
            let interval = self.intervals.near(at);
            self.latencies.send_answered(call.place.country, interval, &times);
        }
        if !self.plans {
            self.dashboard.send_answered(call, answer, times);
        }
        if let Some(log) = &mut self.messages {
            log.answered(call, answer, times);
        }
        if let Some(demand) = &mut self.demand {
            demand.send_answered(call, answer, self.cells.price(call.place));
        }
    }

    /// A `PutMessageFeedback` call was answered at `at`.
    pub fn put_answered(&mut self, at: SimTime, call: CallFacts, heard: PutHeard) {
        let times = heard.times;
        self.at(call.place, at, |cell| match heard.answer {
            PutAnswer::Done => cell.puts.acknowledged += 1,
            PutAnswer::Throttled | PutAnswer::Again => cell.puts.repeated += 1,
            PutAnswer::Refused => cell.puts.refused += 1,
        });
        self.tally(call.place, at, |tally| tally.calls_answered += 1);
        if !self.plans {
            self.dashboard.put_answered(call, heard);
        }
        if heard.measured && self.is_measured(call.due) {
            let interval = self.intervals.near(at);
            self.latencies.put_answered(call.place.country, interval, &times);
        }
        if let Some(demand) = &mut self.demand {
            demand.put_answered(at, call, &heard);
        }
    }

    /// Something happened inside the engine.
    pub fn note(&mut self, note: &Note) {
        if let Some(log) = &mut self.messages {
            log.note(note);
        }
        if let Some(demand) = &mut self.demand {
            demand.note(note);
        }
        match *note {
            Note::Arrived { at, place } => {
                self.at(place, at, |cell| cell.sessions.arrived += 1);
                self.tally(place, at, |tally| tally.arrived += 1);
            }
            Note::Finished { at, arrived_at, place, outcome } => {
                self.at(place, at, |cell| cell.sessions.count(outcome));
                self.tally(place, at, |tally| {
                    tally.ended += 1;
                    tally.verified += u64::from(outcome == Outcome::Verified);
                });
                if outcome == Outcome::Verified && self.is_measured(arrived_at) {
                    let cell = (place.country, self.cells.index(place));
                    let interval = self.intervals.near(at);
                    self.latencies.verified(cell, interval, (arrived_at, at));
                }
            }
            Note::Accepted { place, fate, sent_at, .. } => {
                let expecting = self.scenario.policy.expects_feedback();
                let claimed = fate.receipt.is_some_and(|receipt| receipt.claims_delivered);
                let delivered = fate.delivered_after.is_some();
                self.at(place, sent_at, |cell| cell.accept((delivered, claimed), expecting));
            }
            Note::Reading { .. }
            | Note::Entered { .. }
            | Note::Held { .. }
            | Note::InLine { .. } => {}
            Note::Retrying { unclear, .. } => self.sdk.note(unclear),
            Note::Resent { place } => self.at(place, SimTime::ZERO, |cell| cell.resends.sent += 1),
            Note::ResendRefused { place, refusal } => {
                self.at(place, SimTime::ZERO, |cell| cell.resends.refuse(refusal));
            }
            Note::Settled { at, attempt, place, feedback } => {
                if !self.plans {
                    self.dashboard.settled(attempt, place.country);
                }
                self.at(place, at, |cell| cell.messages.settle(feedback));
                self.tally(place, at, |tally| match feedback {
                    Feedback::Put(Verdict::Received) => tally.received += 1,
                    Feedback::Put(Verdict::Failed) => tally.failed += 1,
                    Feedback::NotExpecting
                    | Feedback::Unreported
                    | Feedback::Refused
                    | Feedback::Pending => {}
                });
            }
            Note::Unanswered { at, attempt, place, send } => {
                self.dashboard.unanswered(at, attempt, place.country, send);
                self.tally(place, at, |tally| tally.calls_answered += 1);
                self.at(place, at, |cell| {
                    let count =
                        if send { &mut cell.messages.unknown } else { &mut cell.puts.unanswered };
                    *count += 1;
                });
            }
        }
    }

    /// Adds another shard's memory to this one.
    ///
    /// # Panics
    /// If the other shard played another scenario.
    pub fn merge(&mut self, other: Self) {
        assert_eq!(self.scenario, other.scenario, "shards of one run play one scenario");
        self.cells.merge(&other.cells);
        self.latencies.merge(other.latencies);
        self.series.merge(&other.series);
        self.dashboard.merge(other.dashboard);
        self.sdk.merge(other.sdk);
        if let (Some(mine), Some(theirs)) = (&mut self.messages, other.messages) {
            mine.merge(theirs);
        }
        if let (Some(mine), Some(theirs)) = (&mut self.demand, &other.demand) {
            mine.merge(theirs);
        }
        self.last = self.last.max(other.last);
    }

    /// From here on events may come in any order of time, until [`Self::settle`] says otherwise.
    pub fn keep_open(&mut self) {
        self.latencies.keep_open();
    }

    /// Nothing that happened before `now` comes any more: what is kept of it can be packed.
    pub fn settle(&mut self, now: SimTime) {
        self.latencies.settle(self.intervals.number(now));
    }

    /// The scenario it records.
    #[must_use]
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    #[inline]
    fn is_measured(&self, due: SimTime) -> bool {
        !self.plans && self.scenario.warm_up <= due.since(SimTime::ZERO)
    }

    #[inline]
    fn at(&mut self, place: Place, at: SimTime, change: impl FnOnce(&mut cells::Cell)) {
        self.last = self.last.max(at);
        change(self.cells.get_mut(place));
    }

    fn tally(&mut self, place: Place, at: SimTime, change: impl FnOnce(&mut Tally)) {
        if !self.plans {
            change(self.series.tally(place.country, self.intervals.near(at)));
        }
    }
}

/// A duration as whole microseconds, the unit of every latency file.
#[must_use]
pub fn micros(duration: Duration) -> u64 {
    let whole = duration.as_secs().saturating_mul(1_000_000);
    whole.saturating_add(duration.subsec_micros().into())
}
