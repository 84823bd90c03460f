//! The turns of a run: whatever touches something that sessions share, one after the other.

use super::{
    Actor, Player, SPARE,
    entry::{Entry, Turn},
    foresight::{Begun, Course},
    heard::{Accepted, Before},
    puts::Owed,
    source::Source,
};
use crate::{
    drive::signals::VirtualWish,
    engine::{
        feedback::Decision,
        outcome::{Attempt, Note},
        session::{Event, Plain, Session},
    },
};
use sms_voice_mock::service::time::SimTime;

/// How many turns of sessions, or of puts, pass before the others follow and the outside world is looked at.
const TURNS: usize = 4_096;

impl Player<'_> {
    /// Plays until nothing is left to happen.
    pub(super) fn play(
        mut self,
        mut source: Source<'_>,
        mut watch: impl FnMut(SimTime) -> VirtualWish,
    ) {
        while !self.is_over(&mut source) {
            let (turns, last) = self.take_turns(&mut source);
            // When sessions are over, puts have all the time there is.
            let before = last.filter(|_| turns == TURNS).unwrap_or(SimTime::NEVER);
            while self.take_puts(before, last, &mut source, &mut watch) {}
        }
    }

    /// Whether nothing is left to happen.
    fn is_over(&mut self, source: &mut Source<'_>) -> bool {
        source.peek(self.recorder) == SimTime::NEVER
            && self.calendar.peek().is_none()
            && self.puts.is_over()
    }

    /// Lets some puts happen before that instant, behind the `last` turn of a session, and looks at the outside world;
    /// says whether there may be more.
    fn take_puts(
        &mut self,
        before: SimTime,
        last: Option<SimTime>,
        source: &mut Source<'_>,
        watch: &mut impl FnMut(SimTime) -> VirtualWish,
    ) -> bool {
        let puts = std::iter::from_fn(|| self.puts.take_turn(before, self.recorder)).take(TURNS);
        let (puts, put) = puts.fold((0, None), |(puts, _), at| (puts + 1, Some(at)));
        let (is_behind, Some(now)) = (puts == TURNS, last.max(put)) else { return false };
        let settled = if is_behind { put.unwrap_or(now) } else { now };
        self.recorder.settle(settled.min(source.told_before()));
        if self.is_over(source) {
            return false;
        }
        match watch(now) {
            VirtualWish::Run => {}
            VirtualWish::WindDown => source.stop(self.recorder),
            VirtualWish::Stop => {
                source.stop(self.recorder);
                self.abandon(now);
            }
        }
        is_behind
    }

    /// Lets sessions have their turns with what they share: says how many turns that were, fewer than [`TURNS`] only at
    /// the end, and when the last was.
    fn take_turns(&mut self, source: &mut Source<'_>) -> (usize, Option<SimTime>) {
        let (mut turns, mut last) = (0, None);
        while turns < TURNS {
            let waiting = self.calendar.peek();
            let waiting =
                waiting.map_or((SimTime::NEVER, Turn::CutOff), |entry| (entry.at, entry.turn));
            // Who goes as foreseen adds nobody to those who wait, so the first of them is still the first.
            let mut foreseen = true;
            while foreseen && turns < TURNS && (source.peek(self.recorder), Turn::Arrival) < waiting
            {
                let Some(begun) = source.next() else { break };
                let at = begun.arrival.at;
                self.let_go_of_heard(at);
                foreseen = self.take_over(begun);
                (turns, last) = (turns + 1, Some(at));
            }
            if foreseen && turns < TURNS {
                let Some(Entry { at, turn, actor, .. }) = self.calendar.pop() else { break };
                self.let_go_of_heard(at);
                self.resume(at, turn, actor);
                (turns, last) = (turns + 1, Some(at));
            }
        }
        (turns, last)
    }

    /// Keeps the list of answers short that are known before their time.
    fn let_go_of_heard(&mut self, now: SimTime) {
        if self.heard.is_long() {
            self.heard.tell(self.world.gate, Before::instant(now));
        }
    }

    /// Lets a session go as it was foreseen, if limits let its send pass, and plays it here if not; says whether
    /// it went so.
    #[inline]
    fn take_over(&mut self, begun: &mut Begun) -> bool {
        if let Course::Plain(plain) = &begun.course
            && self.let_pass(plain)
        {
            if let Decision::Put(verdict) = plain.decision {
                let Plain { session, place, end, arrived_at: sent_at, .. } = *plain;
                let attempt = Attempt { session, nth: 0, attempt: 0 };
                self.puts.owe(end, attempt, Owed::new(place, verdict, sent_at), self.recorder);
            }
            return true;
        }
        let session = match std::mem::replace(&mut begun.course, Course::Over) {
            Course::Open(session) => *session,
            Course::Plain(_) => Session::new(begun.arrival, self.world),
            Course::Over => unreachable!("each has one turn"),
        };
        self.arrive(session);
        false
    }

    /// Counts the send of a plain session that arrives now, if it is let pass.
    #[inline]
    fn let_pass(&mut self, plain: &Plain) -> bool {
        let Plain { session, place, user_id, arrived_at, accepted_at, .. } = *plain;
        if !self.world.gate.lets_pass(arrived_at)
            || !self.target.count_if_let_pass(arrived_at, place, user_id)
        {
            return false;
        }
        let attempt = Attempt { session, nth: 0, attempt: 0 };
        self.accepted(Accepted { at: accepted_at, attempt, released: arrived_at });
        true
    }

    fn resume(&mut self, at: SimTime, turn: Turn, mut actor: Box<Actor>) {
        match turn {
            Turn::SendAnswer => {
                let call = actor.next_call().expect("it is answered");
                self.heard.tell(self.world.gate, Before::answer(at, call.sent, call.attempt));
                self.hear(&mut actor);
            }
            Turn::CutOff => self.step(&mut actor, at, Event::CutOff),
            Turn::Session | Turn::Arrival => {
                self.step(&mut actor, at, Event::DeadlineReached);
            }
        }
        match self.go_on(&mut actor) {
            Some((at, turn)) => self.park(actor, at, turn),
            None if self.spare.len() < SPARE => self.spare.push(actor),
            None => {}
        }
    }

    /// Ends everything here and now; what was run ahead stays as it went.
    fn abandon(&mut self, now: SimTime) {
        (self.cut_off_at, self.puts_until) = (now, now);
        for Entry { mut actor, .. } in self.calendar.drain() {
            if actor.session.outcome().is_none() {
                self.step(&mut actor, now, Event::CutOff);
            }
            for call in std::mem::take(&mut actor.calls) {
                let (attempt, place) = (call.attempt, actor.session.place);
                self.recorder.note(&Note::Unanswered { at: now, attempt, place, send: true });
            }
        }
        self.puts.abandon(now, self.recorder);
    }
}
