//! The turns of a run: whatever touches something that sessions share, one after the other.

use super::{
    Actor, Player, SPARE,
    entry::{Entry, Owed, Turn, What},
    foresight::{Begun, Course},
    heard::{Accepted, Before},
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

/// How many turns pass between two looks at the outside world.
const TURNS_BETWEEN_LOOKS: u32 = 65_536;

impl Player<'_> {
    /// Plays until nothing is left to happen.
    pub(super) fn play(
        mut self,
        mut source: Source<'_>,
        mut watch: impl FnMut(SimTime) -> VirtualWish,
    ) {
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
        let waiting = self.calendar.peek();
        let waiting =
            waiting.map_or((SimTime::NEVER, Turn::CutOff), |entry| (entry.at, entry.turn));
        if self.heard.is_long() {
            self.heard.tell(self.world.gate, Before::instant(arrival.0.min(waiting.0)));
        }
        if arrival.0 != SimTime::NEVER && arrival < waiting {
            let tells = source.tells();
            self.take_over(source.next()?, tells);
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

    /// Lets a session go as it was foreseen, if limits let its send pass, and plays it here if not; `told` says whether
    /// somebody else tells of what was foreseen.
    fn take_over(&mut self, begun: &mut Begun, told: bool) {
        if let Course::Plain(plain) = &begun.course
            && self.let_pass(plain)
        {
            if !told {
                self.recorder.plain(plain, self.target.stamp(plain.arrived_at));
            }
            if let Decision::Put(verdict) = plain.decision {
                let Plain { session, place, end, arrived_at: sent_at, .. } = *plain;
                let owed = Owed { place, verdict, due: end, sent_at, asked: None };
                self.owe(end, Attempt { session, nth: 0, attempt: 0 }, owed);
            }
            return;
        }
        let session = match std::mem::replace(&mut begun.course, Course::Over) {
            Course::Open(session) => *session,
            Course::Plain(_) => Session::new(begun.arrival, self.world),
            Course::Over => unreachable!("each has one turn"),
        };
        self.arrive(session);
    }

    /// Counts the send of a plain session that arrives now, if it is let pass.
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
            Turn::Session | Turn::PutAnswer | Turn::Arrival | Turn::Put => {
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
