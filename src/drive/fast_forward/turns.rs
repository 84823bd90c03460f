//! The turns of a run: whatever touches something that sessions share, one after the other.

use super::{
    Actor, Player, SPARE,
    entry::{Entry, Turn, What},
    heard::{Accepted, Before},
    ledger::OfRun,
    leg::{Course, Leg, Played},
    source::{Next, Source},
};
use crate::{
    drive::signals::VirtualWish,
    engine::{
        campaign::CallFacts,
        outcome::{Attempt, Note},
        session::{Event, Session},
    },
};
use sms_voice_mock::service::time::SimTime;

/// How many turns pass between two looks at the outside world.
const TURNS_BETWEEN_LOOKS: u32 = 65_536;

impl Player<'_, OfRun<'_>> {
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
                self.ledger.recorder.settle(now);
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
            .ledger
            .calendar
            .peek()
            .map_or((SimTime::NEVER, Turn::CutOff), |entry| (entry.at, entry.turn));
        if self.heard.is_long() {
            self.heard.tell(self.world.gate, Before::instant(arrival.0.min(waiting.0)));
        }
        if arrival.0 != SimTime::NEVER && arrival < waiting {
            match source.next()? {
                Next::Begun(session) => self.arrive(session),
                Next::Ahead(leg) => self.take_over(leg),
            }
            return Some(arrival.0);
        }
        let Entry { at, turn, session, nth, attempt, what } = self.ledger.calendar.pop()?;
        match what {
            What::Parked(actor) => self.resume(at, turn, actor),
            What::Put(owed) => self.put(at, Attempt { session, nth, attempt }, owed),
            What::Paced { asked, answer } => {
                self.puts.answered(self.world.gate, (at, asked), answer);
            }
        }
        Some(at)
    }

    /// Keeps a leg that was played ahead, if limits let its send pass, and plays it here if not.
    fn take_over(&mut self, leg: &mut Leg) {
        if let Course::Played(played) = &mut leg.course
            && let_pass(self, leg.arrival.at, leg.arrival.session, played)
        {
            leg.kept = true;
            played.entries.drain(..).for_each(|entry| self.ledger.calendar.push(entry));
            return;
        }
        let session = match std::mem::replace(&mut leg.course, Course::Unplayed) {
            Course::Begun(session) => session,
            Course::Played(_) | Course::Unplayed => Session::new(leg.arrival, self.world),
        };
        self.arrive(session);
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
        for entry in self.ledger.calendar.drain() {
            match entry.what {
                What::Parked(mut actor) => {
                    if actor.session.outcome().is_none() {
                        self.step(&mut actor, now, Event::CutOff);
                    }
                    for call in std::mem::take(&mut actor.calls) {
                        let (attempt, place) = (call.attempt, actor.session.place);
                        self.ledger.recorder.note(&Note::Unanswered {
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

/// Counts the first send of a session that arrives `at` then, if it is let pass, as its leg assumes.
fn let_pass(
    player: &mut Player<'_, OfRun<'_>>,
    at: SimTime,
    session: u64,
    played: &Played,
) -> bool {
    let attempt = Attempt { session, nth: 0, attempt: 0 };
    let call = CallFacts { attempt, place: played.place, due: at, released: at };
    let gate = player.world.gate;
    if !gate.lets_pass(at) || !player.target.count_if_let_pass(at, call, played.user_id) {
        return false;
    }
    player.accepted(Accepted { at: played.accepted_at, attempt, released: at });
    true
}
