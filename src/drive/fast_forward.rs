//! Virtual time without a global queue: each session is run in one go until it next meets others.
//!
//! Sessions share little: the application's limits, the service's quotas, the pace of puts. What touches
//! those waits for its turn in one total order, the global queue's; everything between two such turns
//! concerns one session alone, so it happens at once, while the session is at hand. Notes are told out of
//! order, and the recorder does not mind.
//!
//! **Invariant:** every byte of the results is that of [`super::simulate`], or the scenario is played there:
//! [`needs_global_queue`] says why.

mod calendar;
mod entry;
mod puts;
mod source;

use super::signals::VirtualWish;
use crate::{
    engine::{
        campaign::CallFacts,
        feedback::{Decision, decide},
        gate::{Gate, SafetyLimits},
        message::Stage,
        outcome::{Attempt, Feedback, Note, SendAnswer},
        session::{Action, Event, Session, World},
        step::step,
    },
    record::{Recorder, dashboard::Evidence, latency::CallTimes},
    scenario::Scenario,
    target::prepared::PreparedTarget,
};
use calendar::Calendar;
use entry::{Entry, Owed, Turn, What};
use puts::PutPlay;
use smallvec::SmallVec;
use sms_voice_mock::service::{dice::Dice, settings::Tier, time::SimTime};
use source::Source;
use std::sync::Arc;

/// Why a scenario cannot be fast-forwarded; `None` if it can.
#[must_use]
pub fn needs_global_queue(scenario: &Scenario) -> Option<&'static str> {
    if Gate::new(scenario, SafetyLimits::NONE).has_lines() {
        return Some(
            "an answer wakes whoever waits for a worker (policy.on_throttle.queue.workers)",
        );
    }
    if scenario.policy.sdk_retries.is_some() {
        return Some("the SDK's retries share one bucket of tokens (policy.sdk_retries)");
    }
    if scenario.service.retained_messages.is_some() {
        return Some("each send makes the service forget an older one (service.retained_messages)");
    }
    if !scenario.abort_unless.is_empty() {
        return Some("what happened before decides whether the run goes on (abort_unless)");
    }
    if scenario.service.account.tier == Tier::Sandbox {
        return Some("a sandbox looks at every number (service.account.tier)");
    }
    None
}

/// Plays the recorder's scenario to its end on so many threads; one that [`needs_global_queue`] is not for
/// it.
///
/// `watch` sees the time now and then, for progress, and can end the run early.
pub fn fast_forward(
    recorder: &mut Recorder,
    threads: usize,
    watch: impl FnMut(SimTime) -> VirtualWish,
) {
    let scenario = Arc::clone(recorder.scenario());
    let gate = Gate::new(&scenario, SafetyLimits::NONE);
    let world = World { scenario: &scenario, dice: Dice::new(scenario.seed), gate: &gate };
    recorder.keep_open();
    let player = Player::new(world, recorder);
    std::thread::scope(|scope| {
        let source = match threads {
            0 | 1 => Source::here(&scenario, world),
            _ => Source::ahead(scope, threads - 1, (&scenario, world)),
        };
        player.play(source, watch);
    });
}

/// How many turns pass between two looks at the outside world.
const TURNS_BETWEEN_LOOKS: u32 = 65_536;

/// Everything that is going on.
struct Player<'a> {
    world: World<'a>,
    target: PreparedTarget<'a>,
    recorder: &'a mut Recorder,
    calendar: Calendar<Entry>,
    /// The room of sessions that are over.
    #[expect(clippy::vec_box, reason = "the boxes are what is kept")]
    spare: Vec<Box<Actor>>,
    /// Whether sessions share what becomes of a throttled send.
    requeues: bool,
    puts: PutPlay,
    /// When open sessions end.
    cut_off_at: SimTime,
    /// When feedback still owed stays owed.
    puts_until: SimTime,
}

/// A session and its unanswered calls.
#[derive(Debug)]
struct Actor {
    session: Session,
    calls: SmallVec<[Call; 1]>,
}

/// A send that is answered at `at`.
#[derive(Debug)]
struct Call {
    at: SimTime,
    attempt: Attempt,
    due: SimTime,
    sent: SimTime,
    evidence: Evidence,
    answer: SendAnswer,
}

impl<'a> Player<'a> {
    fn new(world: World<'a>, recorder: &'a mut Recorder) -> Self {
        let scenario = world.scenario;
        let cut_off_at = SimTime::ZERO + scenario.arrivals.duration() + scenario.drain;
        Self {
            world,
            target: PreparedTarget::new(scenario),
            recorder,
            // A session takes some three turns.
            calendar: Calendar::new(3.0 * scenario.arrivals.peak()),
            spare: Vec::new(),
            requeues: world.gate.requeues(),
            puts: PutPlay::new(scenario),
            cut_off_at,
            puts_until: cut_off_at + scenario.time_for_feedback(),
        }
    }

    /// Plays until nothing is left to happen.
    fn play(mut self, mut source: Source<'_>, mut watch: impl FnMut(SimTime) -> VirtualWish) {
        let mut turns = 0_u32;
        while let Some(now) = self.take_turn(&mut source) {
            turns = turns.wrapping_add(1);
            if turns.is_multiple_of(TURNS_BETWEEN_LOOKS) {
                self.recorder.settle(now);
                match watch(now) {
                    VirtualWish::Run => {}
                    VirtualWish::WindDown => source.stop(),
                    VirtualWish::Stop => {
                        source.stop();
                        self.abandon(now);
                    }
                }
            }
        }
    }

    /// Lets the next thing happen that touches what sessions share; says when that was.
    fn take_turn(&mut self, source: &mut Source<'_>) -> Option<SimTime> {
        let arrival = (source.peek(), Turn::Arrival);
        let waiting = self
            .calendar
            .peek()
            .map_or((SimTime::NEVER, Turn::CutOff), |entry| (entry.at, entry.turn));
        if arrival.0 != SimTime::NEVER && arrival < waiting {
            self.arrive(source.next()?);
            return Some(arrival.0);
        }
        let Entry { at, turn, session, nth, attempt, what } = self.calendar.pop()?;
        match what {
            What::Parked(actor) => self.resume(at, turn, actor),
            What::Put(owed) => self.put(at, Attempt { session, nth, attempt }, owed),
            What::Paced { asked, answer } => {
                self.puts.answered(self.world.gate, (at, asked), answer);
            }
        }
        Some(at)
    }

    fn arrive(&mut self, session: Session) {
        let at = session.arrived_at;
        self.recorder.note(&Note::Arrived { at, place: session.place });
        let actor = Actor { session, calls: SmallVec::new() };
        let mut actor = match self.spare.pop() {
            Some(mut room) => {
                *room = actor;
                room
            }
            None => Box::new(actor),
        };
        self.step(&mut actor, at, Event::Arrived);
        self.go_on(actor);
    }

    fn resume(&mut self, at: SimTime, turn: Turn, mut actor: Box<Actor>) {
        match turn {
            Turn::SendAnswer => self.hear(&mut actor),
            Turn::CutOff => self.step(&mut actor, at, Event::CutOff),
            Turn::Session | Turn::PutAnswer | Turn::Arrival | Turn::Put => {
                self.step(&mut actor, at, Event::DeadlineReached);
            }
        }
        self.go_on(actor);
    }

    /// Runs a session until it has ended or must wait for its turn.
    fn go_on(&mut self, mut actor: Box<Actor>) {
        loop {
            let open = actor.session.outcome().is_none();
            let deadline = actor.session.deadline();
            let call = actor.next_call().map(|call| (call.at, &call.answer));
            let (answer, throttled) = match call {
                Some((at, answer)) => (at, *answer == SendAnswer::Throttled),
                None => (SimTime::NEVER, false),
            };
            let next = answer.min(deadline);
            if open && self.cut_off_at < next {
                return self.park(actor, self.cut_off_at, Turn::CutOff);
            }
            if next == SimTime::NEVER {
                return self.spare.push(actor);
            }
            if answer <= deadline {
                if throttled && self.requeues {
                    return self.park(actor, answer, Turn::SendAnswer);
                }
                self.hear(&mut actor);
            } else if actor.session.meets_others(self.world) {
                return self.park(actor, deadline, Turn::Session);
            } else {
                self.step(&mut actor, deadline, Event::DeadlineReached);
            }
        }
    }

    fn park(&mut self, actor: Box<Actor>, at: SimTime, turn: Turn) {
        let session = actor.session.index;
        let answered = if turn == Turn::SendAnswer { actor.next_call() } else { None };
        let (nth, attempt) = answered.map_or((0, 0), |c| (c.attempt.nth, c.attempt.attempt));
        let what = What::Parked(actor);
        self.calendar.push(Entry { at, turn, session, nth, attempt, what });
    }

    /// Tells a session the first of its answers.
    fn hear(&mut self, actor: &mut Actor) {
        let place = actor.place_of_next_call().expect("one is unanswered");
        let Call { at, attempt, due, sent, evidence, answer } = actor.calls.swap_remove(place);
        let facts = actor.facts(attempt, due, sent);
        let times = CallTimes {
            due: due.since_start(),
            released: sent.since_start(),
            sent: sent.since_start(),
            answered: at.since_start(),
            evidence,
        };
        self.recorder.send_answered(at, facts, &answer, times);
        let Attempt { nth, attempt, .. } = attempt;
        self.step(actor, at, Event::Answered { nth, attempt, answer });
    }

    fn step(&mut self, actor: &mut Actor, at: SimTime, event: Event) {
        let recorder = &mut *self.recorder;
        let action = step(&mut actor.session, at, event, self.world, |note| recorder.note(&note));
        match action {
            Some(Action::Send { nth }) => self.call(actor, nth),
            Some(Action::Accepted { nth, .. }) if actor.session.outcome().is_some() => {
                self.settle(&actor.session, nth, at);
            }
            Some(Action::Finish(_)) => {
                for nth in 0..u8::try_from(actor.session.messages().len()).expect("at most ten") {
                    self.settle(&actor.session, nth, at);
                }
            }
            Some(
                Action::Accepted { .. }
                | Action::Refused(_)
                | Action::Read { .. }
                | Action::Retrying { .. },
            )
            | None => {}
        }
    }

    fn call(&mut self, actor: &mut Actor, nth: u8) {
        let session = &actor.session;
        let message = &session.messages()[usize::from(nth)];
        let (due, sent, attempt) = (message.due, message.released, session.attempt(nth));
        let facts = actor.facts(attempt, due, sent);
        self.recorder.send_started(sent, facts);
        let heard = self.target.send(sent, facts, session.user_id);
        heard.bound.into_iter().for_each(|bound| self.recorder.bound(sent, bound));
        let (at, evidence, answer) = (sent + heard.after, heard.evidence, heard.answer);
        actor.calls.push(Call { at, attempt, due, sent, evidence, answer });
    }

    /// Decides about a message of an ended session, if it was accepted.
    fn settle(&mut self, session: &Session, nth: u8, at: SimTime) {
        if !matches!(session.messages()[usize::from(nth)].stage, Stage::Accepted(_)) {
            return;
        }
        let (attempt, place) = (session.attempt(nth), session.place);
        match decide(session, nth, self.world) {
            Decision::Put(verdict) if at < self.puts_until => {
                let sent_at = session.sent_at(nth);
                let owed = Owed { place, verdict, due: at, sent_at, asked: None };
                self.owe(at, Attempt { attempt: 0, ..attempt }, owed);
            }
            Decision::Put(_) => {
                let feedback = Feedback::Pending;
                self.recorder.note(&Note::Settled { at, attempt, place, feedback });
            }
            Decision::Nothing(feedback) => {
                self.recorder.note(&Note::Settled { at, attempt, place, feedback });
            }
        }
    }

    /// Ends everything here and now; what was run ahead stays as it went.
    fn abandon(&mut self, now: SimTime) {
        (self.cut_off_at, self.puts_until) = (now, now);
        for entry in self.calendar.drain() {
            match entry.what {
                What::Parked(mut actor) => {
                    if actor.session.outcome().is_none() {
                        self.step(&mut actor, now, Event::CutOff);
                    }
                    for call in std::mem::take(&mut actor.calls) {
                        let (attempt, place) = (call.attempt, actor.session.place);
                        self.recorder.note(&Note::Unanswered {
                            at: now,
                            attempt,
                            place,
                            send: true,
                        });
                    }
                }
                What::Put(owed) => {
                    let Entry { session, nth, attempt, .. } = entry;
                    self.leave(now, Attempt { session, nth, attempt }, owed.place);
                }
                What::Paced { .. } => {}
            }
        }
    }
}

impl Actor {
    /// The place of the call that is answered next.
    fn place_of_next_call(&self) -> Option<usize> {
        let calls = self.calls.iter().enumerate();
        calls.min_by_key(|(_, call)| (call.at, call.attempt)).map(|(place, _)| place)
    }

    fn next_call(&self) -> Option<&Call> {
        self.place_of_next_call().map(|place| &self.calls[place])
    }

    const fn facts(&self, attempt: Attempt, due: SimTime, released: SimTime) -> CallFacts {
        CallFacts { attempt, place: self.session.place, due, released }
    }
}
