//! All open sessions, all feedback owed, their deadlines and the arrivals: one machine without I/O.
//!
//! Drive it with `poll_deadline` / `handle_deadline` and tell it the answers to its calls with
//! `handle_*_answer`; after each, empty it with `poll_output`. Deadlines due before an answer happen
//! first, so a driver cannot reorder time by mistake, and an answer that comes late, twice or after
//! the end changes nothing.
//!
//! **Invariant:** an event's time is the instant it was due. The order of events is total and has an
//! address (instant, kind, session, nth): it never depends on the order of insertion.

mod calls;
mod ending;

pub use calls::{CallFacts, CallKey, Output, PutCall, SendCall};

use super::{
    arrivals::{Arrivals, Shard},
    feedback::{Decision, Duty, decide},
    gate::Gate,
    message::Stage,
    outcome::{Attempt, Feedback, Note, Outcome, Place, PutAnswer, SendAnswer},
    session::{Action, Event, Session, World},
    step::step,
    table::Table,
};
use crate::scenario::{Scenario, odds::Odds};
use sms_voice_mock::service::{dice::Dice, time::SimTime};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
    sync::Arc,
};

/// All of a shard's sessions and what they owe.
#[derive(Debug)]
pub struct Campaign {
    scenario: Arc<Scenario>,
    odds: Odds,
    gate: Arc<Gate>,
    dice: Dice,
    shard: Shard,
    arrivals: Arrivals,
    sessions: Table<Session>,
    /// Sessions that have not ended.
    open: usize,
    duties: Table<Duty>,
    deadlines: BinaryHeap<Reverse<Entry>>,
    /// The rows of sessions that wait for a worker.
    in_line: BTreeMap<u64, u32>,
    /// When open sessions end `Unfinished`.
    cut_off_at: SimTime,
    /// When feedback still owed stays owed.
    puts_until: SimTime,
    now: SimTime,
    outputs: VecDeque<Output>,
}

impl Campaign {
    /// The campaign of one shard.
    #[must_use]
    pub fn new(scenario: Arc<Scenario>, shard: Shard, gate: Arc<Gate>) -> Self {
        let cut_off_at = SimTime::ZERO + scenario.arrivals.duration() + scenario.drain;
        Self {
            dice: Dice::new(scenario.seed),
            shard,
            arrivals: Arrivals::new(Arc::clone(&scenario), shard),
            sessions: Table::default(),
            open: 0,
            duties: Table::default(),
            deadlines: BinaryHeap::new(),
            in_line: BTreeMap::new(),
            cut_off_at,
            puts_until: cut_off_at + scenario.time_for_feedback(),
            now: SimTime::ZERO,
            outputs: VecDeque::new(),
            odds: Odds::of(&scenario),
            scenario,
            gate,
        }
    }

    /// When to call [`Self::handle_deadline`] next; `None` once nothing happens by itself.
    #[must_use]
    pub fn poll_deadline(&mut self) -> Option<SimTime> {
        let at = self.next_entry().min(self.arrivals.peek()).min(self.next_limit());
        (at != SimTime::NEVER).then_some(at)
    }

    /// What to do next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Whether every arrival has ended and all its feedback is settled.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.arrivals.peek() == SimTime::NEVER && self.sessions.is_empty() && self.duties.is_empty()
    }

    /// How many puts are owed.
    #[must_use]
    pub fn owed(&self) -> usize {
        self.duties.len()
    }

    /// Whether anybody still has to arrive.
    #[must_use]
    pub fn is_arriving(&self) -> bool {
        self.arrivals.peek() != SimTime::NEVER
    }

    /// Lets the earliest deadline happen. Its logical time is the deadline, not when we woke up.
    pub fn handle_deadline(&mut self) {
        let Some(at) = self.poll_deadline() else {
            return;
        };
        self.advance(at);
        if self.arrivals.peek() <= at {
            self.arrive();
        } else if self.next_entry() <= at {
            let Reverse(entry) = self.deadlines.pop().expect("peeked");
            match entry.kind {
                Kind::Session => self.step(entry.row, Event::DeadlineReached),
                Kind::Duty => self.put(entry.row),
            }
        } else {
            self.cut_off();
        }
        self.call_waiting();
    }

    /// Whether somebody still waits at `at` for the answer to this `SendTextMessage` call.
    fn awaits_send(&mut self, at: SimTime, key: CallKey) -> bool {
        self.catch_up(at);
        let Attempt { session, nth, attempt } = key.attempt;
        self.sessions.get(key.row).is_some_and(|row| {
            row.index == session
                && row.messages().get(usize::from(nth)).is_some_and(|message| {
                    message.stage == Stage::Calling && message.attempt == attempt
                })
        })
    }

    /// Whether somebody still waits at `at` for the answer to this `PutMessageFeedback` call.
    fn awaits_put(&mut self, at: SimTime, key: CallKey) -> bool {
        self.catch_up(at);
        let duty = self.duties.get(key.row);
        duty.is_some_and(|duty| duty.attempt == key.attempt && duty.deadline == SimTime::NEVER)
    }

    /// Tells the answer to a `SendTextMessage` call; `false` if nobody waited for it.
    pub fn handle_send_answer(&mut self, at: SimTime, key: CallKey, answer: SendAnswer) -> bool {
        let awaited = self.awaits_send(at, key);
        let Attempt { nth, attempt, .. } = key.attempt;
        if awaited {
            self.gate.call_answered();
            let event = Event::Answered { nth, attempt, answer };
            self.step(key.row, event);
            self.call_waiting();
        }
        awaited
    }

    /// Tells the answer to a `PutMessageFeedback` call; `false` if nobody waited for it.
    pub fn handle_put_answer(&mut self, at: SimTime, key: CallKey, answer: PutAnswer) -> bool {
        if !self.awaits_put(at, key) {
            return false;
        }
        let (now, dice) = (self.now, self.dice);
        let duty = self.duties.get_mut(key.row).expect("somebody waits");
        self.gate.call_answered();
        self.gate.put_answered(now, duty.asked.unwrap_or(now), answer);
        let policy = &self.scenario.policy;
        match duty.on_answer(now, key.attempt.attempt, answer, (policy, dice)) {
            Some(feedback) => {
                let duty = self.duties.remove(key.row).expect("answered just now");
                self.settled(duty.attempt, duty.place, feedback);
            }
            None => {
                let entry = Entry::of_duty(duty, key.row);
                self.deadlines.push(Reverse(entry));
            }
        }
        true
    }

    fn catch_up(&mut self, at: SimTime) {
        let at = at.max(self.now);
        while self.poll_deadline().is_some_and(|due| due < at) {
            self.handle_deadline();
        }
        self.advance(at);
    }

    fn advance(&mut self, at: SimTime) {
        assert!(self.now <= at, "time went back: {at:?} after {:?}", self.now);
        self.now = at;
    }

    /// The instant of the first entry that still stands.
    fn next_entry(&mut self) -> SimTime {
        while let Some(Reverse(entry)) = self.deadlines.peek() {
            let stands = match entry.kind {
                Kind::Session => self.sessions.get(entry.row).is_some_and(|session| {
                    session.index == entry.session && session.deadline() == entry.at
                }),
                Kind::Duty => self.duties.get(entry.row).is_some_and(|duty| {
                    duty.attempt.session == entry.session
                        && duty.attempt.nth == entry.nth
                        && duty.deadline == entry.at
                }),
            };
            if stands {
                return entry.at;
            }
            self.deadlines.pop();
        }
        SimTime::NEVER
    }

    fn arrive(&mut self) {
        let arrival = self.arrivals.next().expect("peeked");
        let world =
            World { scenario: &self.scenario, odds: &self.odds, dice: self.dice, gate: &self.gate };
        let session = Session::new(arrival, world);
        self.note(Note::Arrived { at: arrival.at, place: session.place });
        if self.gate.admit_session() {
            self.open += 1;
            let row = self.sessions.insert(session);
            self.step(row, Event::Arrived);
        } else {
            self.finished(arrival.at, session.place, Outcome::Dropped);
        }
    }

    /// Lets those sends go that waited for a worker and have one now.
    fn call_waiting(&mut self) {
        while let Some((session, nth)) = self.gate.next_called(self.shard) {
            let row = self.in_line[&session];
            self.step(row, Event::Called { nth });
        }
    }

    fn step(&mut self, row: u32, event: Event) {
        let now = self.now;
        let world =
            World { scenario: &self.scenario, odds: &self.odds, dice: self.dice, gate: &self.gate };
        let session = self.sessions.get_mut(row).expect("only live rows are stepped");
        let deadline = session.deadline();
        let own = event == Event::DeadlineReached;
        let tell = |note| self.outputs.push_back(Output::Note(note));
        let action = step(session, now, event, world, tell);
        let next = session.deadline();
        if self.gate.has_lines() {
            match session.is_in_line() && session.outcome().is_none() {
                true => self.in_line.insert(session.index, row),
                false => self.in_line.remove(&session.index),
            };
        }
        if next != SimTime::NEVER && (own || next != deadline) {
            self.deadlines.push(Reverse(Entry::of_session(session, row)));
        }
        match action {
            Some(Action::Send { nth }) => self.send(row, nth),
            Some(Action::Accepted { nth, .. }) => self.accepted(row, nth),
            Some(Action::Finish(_)) => self.finish(row),
            Some(Action::Refused(_) | Action::Read { .. } | Action::Retrying { .. }) | None => {}
        }
        if self.sessions.get(row).is_some_and(Session::is_over) {
            self.sessions.remove(row);
        }
    }

    fn send(&mut self, row: u32, nth: u8) {
        let world =
            World { scenario: &self.scenario, odds: &self.odds, dice: self.dice, gate: &self.gate };
        let session = self.sessions.get(row).expect("stepped just now");
        let message = &session.messages()[usize::from(nth)];
        self.gate.call_started();
        self.outputs.push_back(Output::Send(SendCall {
            key: CallKey { attempt: session.attempt(nth), row },
            place: session.place,
            user_id: session.user_id,
            code: session.code(nth, world),
            due: message.due,
            released: message.released,
        }));
    }

    fn accepted(&mut self, row: u32, nth: u8) {
        let session = self.sessions.get(row).expect("stepped just now");
        self.gate.send_accepted(session.sent_at(nth));
        if session.outcome().is_some() {
            self.settle(row, nth);
        }
    }

    fn finish(&mut self, row: u32) {
        let messages = self.sessions.get(row).expect("stepped just now").messages().len();
        self.open -= 1;
        self.gate.session_closed();
        for nth in 0..u8::try_from(messages).expect("at most ten") {
            self.settle(row, nth);
        }
    }

    fn finished(&mut self, arrived_at: SimTime, place: Place, outcome: Outcome) {
        let at = self.now;
        self.note(Note::Finished { at, arrived_at, place, outcome });
    }

    /// Decides about a message of an ended session, if it was accepted.
    fn settle(&mut self, row: u32, nth: u8) {
        let world =
            World { scenario: &self.scenario, odds: &self.odds, dice: self.dice, gate: &self.gate };
        let session = self.sessions.get(row).expect("stepped just now");
        if !matches!(session.messages()[usize::from(nth)].stage, Stage::Accepted(_)) {
            return;
        }
        match decide(session, nth, world) {
            // Too late to put anything: the run's own limit for feedback has passed.
            Decision::Put(_) if self.puts_until <= self.now => {
                let (attempt, place) = (session.attempt(nth), session.place);
                self.settled(attempt, place, Feedback::Pending);
            }
            Decision::Put(verdict) => {
                let duty = Duty::new(session, nth, verdict, self.now);
                let mut entry = Entry::of_duty(&duty, 0);
                entry.row = self.duties.insert(duty);
                self.deadlines.push(Reverse(entry));
            }
            Decision::Nothing(feedback) => {
                let (attempt, place) = (session.attempt(nth), session.place);
                self.settled(attempt, place, feedback);
            }
        }
    }

    fn put(&mut self, row: u32) {
        let duty = self.duties.get_mut(row).expect("only live rows are stepped");
        let placed = duty.asked.is_some();
        duty.asked = duty.asked.or(Some(self.now));
        let free = if placed { self.now } else { self.gate.release_put(self.now) };
        if self.now < free {
            duty.deadline = free;
            let entry = Entry::of_duty(duty, row);
            self.deadlines.push(Reverse(entry));
            return;
        }
        duty.release(self.now);
        self.gate.call_started();
        self.outputs.push_back(Output::Put(PutCall {
            key: CallKey { attempt: duty.attempt, row },
            place: duty.place,
            id: duty.id.clone(),
            verdict: duty.verdict,
            due: duty.due,
            released: duty.released,
        }));
    }

    fn settled(&mut self, attempt: Attempt, place: Place, feedback: Feedback) {
        self.note(Note::Settled { at: self.now, attempt, place, feedback });
    }

    fn note(&mut self, note: Note) {
        self.outputs.push_back(Output::Note(note));
    }
}

/// What a deadline belongs to; the order settles ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Session,
    Duty,
}

/// A deadline, ordered by its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    at: SimTime,
    kind: Kind,
    session: u64,
    nth: u8,
    row: u32,
}

impl Entry {
    fn of_session(session: &Session, row: u32) -> Self {
        let at = session.deadline();
        Self { at, kind: Kind::Session, session: session.index, nth: 0, row }
    }

    fn of_duty(duty: &Duty, row: u32) -> Self {
        let Attempt { session, nth, .. } = duty.attempt;
        Self { at: duty.deadline, kind: Kind::Duty, session, nth, row }
    }
}
