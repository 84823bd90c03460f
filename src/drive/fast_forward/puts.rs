//! Puts in their order: each is made when it is due and repeated until it is settled.
//!
//! Sends and puts share no limit and no pace, so puts are a play of their own: it follows some way behind that of the
//! sessions, which tell it what they owe.
//!
//! **Invariant:** a verdict that became known is put, or its message ends as pending when the run's time for
//! feedback is over. The order is the global queue's: the instant, then answers before puts before those that are owed
//! because the run ends, then session, message and attempt.

use super::calendar::{Calendar, Timed};
use crate::{
    engine::{
        campaign::CallFacts,
        feedback::{put_again, settled_by},
        gate::Gate,
        outcome::{Attempt, Feedback, Note, Place, PutAnswer, Verdict},
        session::World,
    },
    record::{PutHeard, Recorder, latency::CallTimes},
    scenario::Scenario,
    target::prepared::PreparedTarget,
};
use smallvec::SmallVec;
use sms_voice_mock::service::{faults::FaultKind, time::SimTime};
use std::cmp::Ordering;

/// All puts of a run.
#[derive(Debug)]
pub(super) struct PutPlay<'a> {
    world: World<'a>,
    /// A service of its own, of which only puts are asked.
    target: PreparedTarget<'a>,
    calendar: Calendar<Entry>,
    pace: PutPace,
    /// When feedback still owed stays owed.
    until: SimTime,
}

/// A put that is owed, and what the service needs to know of its message.
#[derive(Debug)]
pub(super) struct Owed {
    pub(super) place: Place,
    pub(super) verdict: Verdict,
    pub(super) sent_at: SimTime,
    /// Whether it is owed because the run ends for open sessions.
    cut_off: bool,
    /// What there is to know of a put that is not made when its verdict is known.
    late: Option<Box<Late>>,
}

/// A put that is made later than its verdict was known, or again.
#[derive(Debug)]
struct Late {
    /// When the verdict was known.
    due: SimTime,
    /// When its place among all puts was taken, if the entry's instant is that place and not only when it is
    /// due.
    asked: Option<SimTime>,
}

/// Something that waits for its turn. It holds all that is needed then, because to look for that elsewhere
/// in memory would take longer than to do it.
#[derive(Debug)]
struct Entry {
    at: SimTime,
    session: u64,
    what: What,
}

/// What it is about.
#[derive(Debug)]
enum What {
    /// The first put of a message, as its verdict is known.
    First { sent_at: SimTime, place: Place, nth: u8, verdict: Verdict },
    /// Anything else: rare, and too large to be moved each time.
    Other(Box<Other>),
}

/// Something else about a put of a message.
#[derive(Debug)]
struct Other {
    nth: u8,
    attempt: u8,
    about: About,
}

#[derive(Debug)]
enum About {
    /// The put whose place was taken then was answered; it is settled, but for the pace of all puts.
    Answer { asked: SimTime, answer: PutAnswer },
    /// The put itself.
    Put(Owed),
}

const _: () = assert!(size_of::<Entry>() <= 32, "an entry is moved some ten times");

impl Entry {
    fn address(&self) -> (SimTime, u8, u64, u8, u8) {
        let (rank, nth, attempt) = match &self.what {
            What::First { nth, .. } => (1, *nth, 0),
            What::Other(other) => {
                let rank = match other.about {
                    About::Answer { .. } => 0,
                    About::Put(Owed { cut_off, .. }) => 1 + u8::from(cut_off),
                };
                (rank, other.nth, other.attempt)
            }
        };
        (self.at, rank, self.session, nth, attempt)
    }
}

impl Timed for Entry {
    #[inline]
    fn at(&self) -> SimTime {
        self.at
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.cmp(&other.at).then_with(|| self.address().cmp(&other.address()))
    }
}

impl Owed {
    /// A verdict on the message that was sent then.
    #[inline]
    pub(super) const fn new(place: Place, verdict: Verdict, sent_at: SimTime) -> Self {
        Self { place, verdict, sent_at, cut_off: false, late: None }
    }

    /// The same, of a session that is cut off or is not.
    pub(super) fn if_cut_off(self, cut_off: bool) -> Self {
        Self { cut_off, ..self }
    }
}

/// What puts share: their pace, which follows the answers to those that were throttled.
///
/// As long as none is, the other answers change nothing, so they need not wait for their turn. Nor does, once one is,
/// any answer to a put whose place was taken before that instant. So the only answers to be noted are those to puts
/// whose place was taken at the very instant at which another is throttled, which then took no time.
#[derive(Debug, Default)]
struct PutPace {
    /// Whether a put can be throttled at all.
    throttles: bool,
    /// How many throttled puts wait for the turn of their answer.
    throttled: usize,
    /// Whether answers wait for their turn.
    ordered: bool,
    /// Answers that were not put into order, to the puts whose place was taken last.
    unordered: Vec<Answered>,
}

/// An answer to a put.
#[derive(Clone, Copy, Debug)]
struct Answered {
    at: SimTime,
    attempt: Attempt,
    /// When its place was taken.
    asked: SimTime,
    answer: PutAnswer,
}

impl PutPace {
    fn new(scenario: &Scenario) -> Self {
        let service = &scenario.service;
        let fault = service.faults.iter().any(|fault| {
            let about = fault.operation.as_deref().is_none_or(|name| name == "PutMessageFeedback");
            fault.kind == FaultKind::Throttle && about
        });
        let quota = service.quotas.put_per_second.is_some();
        let throttles = fault || quota || service.put_errors.throttle > 0.0;
        Self { throttles, ..Self::default() }
    }

    /// The turn of an answer has come.
    fn answered(&mut self, gate: &Gate, (at, asked): (SimTime, SimTime), answer: PutAnswer) {
        gate.put_answered(at, asked, answer);
        self.throttled -= usize::from(answer == PutAnswer::Throttled);
        self.ordered = self.throttled > 0 || gate.slows_puts();
    }

    /// Takes note of an answer that need not wait for its turn; `false` of one that must, as then all others must.
    #[inline]
    fn needs_no_turn(&mut self, now: SimTime, answered: Answered) -> bool {
        if !self.throttles || answered.answer == PutAnswer::Again {
            return true;
        }
        if self.ordered || answered.answer == PutAnswer::Throttled {
            return false;
        }
        // Whoever is throttled from here on is so now or later, and answers asked for earlier say nothing about that.
        if self.unordered.last().is_some_and(|earlier| earlier.asked < now) {
            self.unordered.clear();
        }
        if answered.asked == now {
            self.unordered.push(answered);
        }
        true
    }

    /// From this answer on all wait for their turns: gives it and those still to come.
    fn put_into_order(&mut self, now: SimTime, answered: Answered) -> SmallVec<[Answered; 1]> {
        self.throttled += usize::from(answered.answer == PutAnswer::Throttled);
        self.ordered = true;
        let earlier = self.unordered.drain(..).filter(|earlier| now < earlier.at);
        earlier.chain([answered]).collect()
    }
}

impl<'a> PutPlay<'a> {
    /// The puts of this world, until then at the latest.
    pub(super) fn new(world: World<'a>, until: SimTime) -> Self {
        let scenario = world.scenario;
        Self {
            world,
            target: PreparedTarget::new(scenario, false),
            calendar: Calendar::new(scenario.arrivals.peak()),
            pace: PutPace::new(scenario),
            until,
        }
    }

    /// A verdict is known and must be put at `at`; `attempt` counts the puts.
    #[inline]
    pub(super) fn owe(
        &mut self,
        at: SimTime,
        attempt: Attempt,
        owed: Owed,
        recorder: &mut Recorder,
    ) {
        if self.until < at {
            return self.leave(self.until, attempt, owed.place, recorder);
        }
        let Attempt { session, nth, attempt } = attempt;
        let what = match owed {
            Owed { place, verdict, sent_at, cut_off: false, late: None } if attempt == 0 => {
                What::First { sent_at, place, nth, verdict }
            }
            owed => What::Other(Box::new(Other { nth, attempt, about: About::Put(owed) })),
        };
        self.calendar.push(Entry { at, session, what });
    }

    /// Whether nothing waits for its turn.
    pub(super) fn is_over(&mut self) -> bool {
        self.calendar.peek().is_none()
    }

    /// Plays the next turn, if it is before then; says when it was.
    #[inline]
    pub(super) fn take_turn(
        &mut self,
        before: SimTime,
        recorder: &mut Recorder,
    ) -> Option<SimTime> {
        let Entry { at, session, what } = self.calendar.pop_before(before)?;
        match what {
            What::First { sent_at, place, nth, verdict } => {
                let attempt = Attempt { session, nth, attempt: 0 };
                self.put(at, attempt, Owed::new(place, verdict, sent_at), recorder);
            }
            What::Other(other) => {
                let Other { nth, attempt, about } = *other;
                match about {
                    About::Put(owed) => {
                        self.put(at, Attempt { session, nth, attempt }, owed, recorder);
                    }
                    About::Answer { asked, answer } => {
                        self.pace.answered(self.world.gate, (at, asked), answer);
                    }
                }
            }
        }
        Some(at)
    }

    /// Ends everything here and now.
    pub(super) fn abandon(&mut self, now: SimTime, recorder: &mut Recorder) {
        self.until = now;
        for Entry { session, what, .. } in self.calendar.drain() {
            let (nth, attempt, place) = match what {
                What::First { nth, place, .. } => (nth, 0, place),
                What::Other(other) => match other.about {
                    About::Put(owed) => (other.nth, other.attempt, owed.place),
                    About::Answer { .. } => continue,
                },
            };
            self.leave(now, Attempt { session, nth, attempt }, place, recorder);
        }
    }

    /// The time for feedback is over before this verdict was put.
    fn leave(&self, at: SimTime, attempt: Attempt, place: Place, recorder: &mut Recorder) {
        recorder.note(&Note::Settled { at, attempt, place, feedback: Feedback::Pending });
    }

    #[inline]
    fn put(&mut self, now: SimTime, attempt: Attempt, owed: Owed, recorder: &mut Recorder) {
        let Owed { place, verdict, sent_at, cut_off: _, late } = owed;
        let Late { due, asked } = late.map_or(Late { due: now, asked: None }, |late| *late);
        let free = if asked.is_some() { now } else { self.world.gate.release_put(now) };
        if now < free {
            let late = Some(Box::new(Late { due, asked: Some(now) }));
            let owed = Owed { late, ..Owed::new(place, verdict, sent_at) };
            return self.owe(free, attempt, owed, recorder);
        }
        let asked = asked.unwrap_or(now);
        self.call(now, attempt, (place, verdict, sent_at), (due, asked), recorder);
    }

    /// Makes a put that was due then, whose place was taken then.
    #[inline]
    fn call(
        &mut self,
        now: SimTime,
        attempt: Attempt,
        (place, verdict, sent_at): (Place, Verdict, SimTime),
        (due, asked): (SimTime, SimTime),
        recorder: &mut Recorder,
    ) {
        let facts = CallFacts { attempt, place, due, released: now };
        if let Some(takes) = self.target.put_if_taken(now, facts, (sent_at, self.until)) {
            let at = now + takes;
            recorder.put_taken(at, facts, verdict);
            return self.answer(now, Answered { at, attempt, asked, answer: PutAnswer::Done });
        }
        recorder.put_started(now, facts);
        let heard = self.target.put(now, facts, sent_at);
        heard.bound.into_iter().for_each(|bound| recorder.bound(now, bound));
        let at = now + heard.after;
        if self.until < at {
            let at = self.until;
            recorder.note(&Note::Unanswered { at, attempt, place, send: false });
            return self.leave(at, attempt, place, recorder);
        }
        let times = CallTimes::in_virtual_time(&facts, at, heard.evidence);
        let answer = heard.answer;
        recorder.put_answered(at, facts, PutHeard { verdict, answer, times, measured: true });
        self.answer(now, Answered { at, attempt, asked, answer });
        match settled_by(verdict, answer) {
            Some(feedback) => recorder.note(&Note::Settled { at, attempt, place, feedback }),
            None => {
                let (again, next) =
                    put_again(attempt, (now, at), (&self.world.scenario.policy, self.world.dice));
                let late = Some(Box::new(Late { due, asked: None }));
                let owed = Owed { late, ..Owed::new(place, verdict, sent_at) };
                self.owe(next, again, owed, recorder);
            }
        }
    }

    /// Lets an answer wait for its turn, where that matters.
    #[inline]
    fn answer(&mut self, now: SimTime, answered: Answered) {
        if !self.pace.needs_no_turn(now, answered) {
            self.let_wait(now, answered);
        }
    }

    #[cold]
    fn let_wait(&mut self, now: SimTime, answered: Answered) {
        for Answered { at, attempt, asked, answer } in self.pace.put_into_order(now, answered) {
            let Attempt { session, nth, attempt } = attempt;
            let about = About::Answer { asked, answer };
            let what = What::Other(Box::new(Other { nth, attempt, about }));
            self.calendar.push(Entry { at, session, what });
        }
    }
}
