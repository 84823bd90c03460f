//! Virtual time without a global queue: each session is run in one go until it next meets others.
//!
//! Sessions share little: the application's limits, the service's quotas, the pace of puts. What touches
//! those waits for its turn in one total order, the global queue's; everything between two such turns
//! concerns one session alone, so it happens at once, while the session is at hand. Most sessions even meet others
//! only as their one message leaves and its feedback is put, and are worked out whole. Puts share nothing with sends, so
//! they have their turns behind them. Notes are told out of order, and the recorder does not mind. For the same reason
//! other threads can work sessions out before their turn.
//!
//! **Invariant:** every byte of the results is that of [`super::simulate`], or the scenario is played there:
//! [`needs_global_queue`] says why.

mod calendar;
mod entry;
mod heard;
mod turns;
mod puts;
mod foresight;
mod crew;
mod source;

use super::signals::VirtualWish;
use crate::{
    engine::{
        arrivals::{Arrivals, Shard},
        campaign::CallFacts,
        feedback::{Decision, decide},
        gate::{Gate, SafetyLimits},
        message::Stage,
        outcome::{Attempt, Feedback, Note, Outcome, SendAnswer},
        session::{Action, Event, Session, World},
        step::step,
    },
    record::{Recorder, dashboard::Evidence, latency::CallTimes},
    scenario::{Scenario, odds::Odds},
    target::prepared::PreparedTarget,
};
use calendar::Calendar;
use crew::Crew;
use entry::{Entry, Turn};
use foresight::Foresight;
use heard::{Accepted, Heard};
use puts::{Owed, PutPlay};
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

/// Plays the scenario of an empty recorder to its end on so many threads; one that [`needs_global_queue`] is
/// not for it.
///
/// `watch` sees the time now and then, for progress, and can end the run early.
pub fn fast_forward(
    recorder: &mut Recorder,
    threads: usize,
    watch: impl FnMut(SimTime) -> VirtualWish,
) {
    let scenario = Arc::clone(recorder.scenario());
    let gate = Gate::new(&scenario, SafetyLimits::NONE);
    let odds = Odds::of(&scenario);
    let dice = Dice::new(scenario.seed);
    let world = World { scenario: &scenario, odds: &odds, dice, gate: &gate };
    recorder.keep_open();
    let arrivals = Arrivals::new(Arc::clone(&scenario), Shard::WHOLE);
    let foresees = foresight::is_possible(&scenario, recorder);
    let foresight = || Foresight::new(world, foresees);
    if threads < 2 {
        return Player::new(world, recorder).play(Source::here(arrivals, foresight()), watch);
    }
    let crew = Crew::new(arrivals);
    let told = std::thread::scope(|scope| {
        let helper = || {
            let (recorder, crew) = (recorder.clone(), &crew);
            scope.spawn(move || crew.help(foresight, recorder))
        };
        let helpers: Vec<_> = std::iter::repeat_with(helper).take(threads - 1).collect();
        Player::new(world, recorder).play(Source::ahead(&crew, foresight()), watch);
        let told = helpers.into_iter().filter_map(|helper| helper.join().expect("no panic"));
        told.collect::<Vec<_>>()
    });
    told.into_iter().for_each(|told| recorder.merge(told));
}

/// Boxes of sessions that are over, beyond which further ones are not kept.
const SPARE: usize = 1_024;

/// Everything that is going on.
#[derive(Debug)]
struct Player<'a> {
    world: World<'a>,
    target: PreparedTarget<'a>,
    recorder: &'a mut Recorder,
    calendar: Calendar<Entry>,
    puts: PutPlay<'a>,
    /// The room of sessions that are over.
    #[expect(clippy::vec_box, reason = "the boxes are what is kept")]
    spare: Vec<Box<Actor>>,
    /// Whether sessions share what becomes of a throttled send.
    requeues: bool,
    heard: Heard,
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

/// When open sessions end, and from when on feedback still owed stays owed.
fn ends(scenario: &Scenario) -> (SimTime, SimTime) {
    let cut_off_at = SimTime::ZERO + scenario.arrivals.duration() + scenario.drain;
    (cut_off_at, cut_off_at + scenario.time_for_feedback())
}

impl<'a> Player<'a> {
    fn new(world: World<'a>, recorder: &'a mut Recorder) -> Self {
        let scenario = world.scenario;
        let (cut_off_at, puts_until) = ends(scenario);
        Self {
            world,
            target: PreparedTarget::new(scenario, recorder.messages.is_some()),
            // Where sessions are not foreseen, they have some two turns in it.
            calendar: Calendar::new(2.0 * scenario.arrivals.peak()),
            puts: PutPlay::new(world, puts_until),
            recorder,
            spare: Vec::new(),
            requeues: world.gate.requeues(),
            heard: Heard::default(),
            cut_off_at,
            puts_until,
        }
    }

    fn arrive(&mut self, session: Session) {
        let at = session.arrived_at;
        self.recorder.note(&Note::Arrived { at, place: session.place });
        let mut actor = Actor { session, calls: SmallVec::new() };
        self.step(&mut actor, at, Event::Arrived);
        let Some((at, turn)) = self.go_on(&mut actor) else { return };
        let actor = match self.spare.pop() {
            Some(mut room) => {
                *room = actor;
                room
            }
            None => Box::new(actor),
        };
        self.park(actor, at, turn);
    }

    /// Runs a session until it has ended or must wait for its turn: says when that is, and for which.
    fn go_on(&mut self, actor: &mut Actor) -> Option<(SimTime, Turn)> {
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
                return Some((self.cut_off_at, Turn::CutOff));
            }
            if next == SimTime::NEVER {
                return None;
            }
            if answer <= deadline {
                if throttled && self.requeues {
                    return Some((answer, Turn::SendAnswer));
                }
                self.hear(actor);
            } else if actor.session.meets_others(self.world) {
                return Some((deadline, Turn::Session));
            } else {
                self.step(actor, deadline, Event::DeadlineReached);
            }
        }
    }

    fn park(&mut self, actor: Box<Actor>, at: SimTime, turn: Turn) {
        let session = actor.session.index;
        let answered = if turn == Turn::SendAnswer { actor.next_call() } else { None };
        let (nth, attempt) = answered.map_or((0, 0), |c| (c.attempt.nth, c.attempt.attempt));
        self.calendar.push(Entry { at, turn, session, nth, attempt, actor });
    }

    /// Tells a session the first of its answers.
    fn hear(&mut self, actor: &mut Actor) {
        let place = actor.place_of_next_call().expect("one is unanswered");
        let Call { at, attempt, due, sent, evidence, answer } = actor.calls.swap_remove(place);
        let facts = actor.facts(attempt, due, sent);
        let times = CallTimes::in_virtual_time(&facts, at, evidence);
        self.recorder.send_answered(at, facts, &answer, times);
        if let SendAnswer::Accepted(id) = &answer {
            self.accepted(Accepted { at, attempt, released: sent });
            let (recorder, until) = (&mut self.recorder, self.cut_off_at);
            let tell = |note| recorder.note(&note);
            if let Some(end) = actor.session.play_out(at, until, id, self.world, tell) {
                return self.settle(&actor.session, 0, end);
            }
        }
        let Attempt { nth, attempt, .. } = attempt;
        self.step(actor, at, Event::Answered { nth, attempt, answer });
    }

    /// Keeps in mind what the application's queue is paced by.
    fn accepted(&mut self, accepted: Accepted) {
        if self.requeues {
            self.heard.push(accepted);
        }
    }

    fn step(&mut self, actor: &mut Actor, at: SimTime, event: Event) {
        let recorder = &mut self.recorder;
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
                let attempt = Attempt { attempt: 0, ..attempt };
                // What is accepted later is owed in its own turn.
                let cut_off =
                    at == self.cut_off_at && session.outcome() == Some(Outcome::Unfinished);
                let owed = Owed::new(place, verdict, sent_at).if_cut_off(cut_off);
                self.puts.owe(at, attempt, owed, self.recorder);
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
