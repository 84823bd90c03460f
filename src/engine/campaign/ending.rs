//! How a campaign ends before everything has ended by itself: at its limits, or cut off.

use super::{Campaign, World};
use crate::engine::{
    feedback::{Decision, decide},
    message::Stage,
    outcome::{Feedback, Note, Outcome},
    session::Event,
};
use sms_voice_mock::service::time::SimTime;
use std::sync::Arc;

impl Campaign {
    /// Nobody else arrives; open sessions end at `cut_off_at`, feedback has until `puts_until`.
    pub fn wind_down(&mut self, cut_off_at: SimTime, puts_until: SimTime) {
        self.arrivals.stop();
        self.cut_off_at = self.cut_off_at.min(cut_off_at);
        self.puts_until = self.puts_until.min(puts_until);
    }

    /// Ends everything here and now: nothing more is sent or put, and the notes say what was left.
    pub fn abandon(&mut self) {
        self.arrivals.stop();
        self.open = 0;
        let (now, dice) = (self.now, self.dice);
        let (scenario, gate) = (Arc::clone(&self.scenario), Arc::clone(&self.gate));
        let odds = self.odds.clone();
        let world = World { scenario: &scenario, odds: &odds, dice, gate: &gate };
        for mut session in self.sessions.drain() {
            let open = session.outcome().is_none();
            if open {
                session.on_event(now, Event::CutOff, world);
                gate.session_closed();
                self.finished(session.arrived_at, session.place, Outcome::Unfinished);
            }
            for nth in 0..session.messages().len() {
                let nth = u8::try_from(nth).expect("at most ten");
                let (attempt, place) = (session.attempt(nth), session.place);
                match &session.messages()[usize::from(nth)].stage {
                    Stage::Calling => {
                        self.note(Note::Unanswered { at: now, attempt, place, send: true });
                        self.gate.call_answered();
                        gate.free_worker(session.index);
                    }
                    Stage::Accepted(_) if open => match decide(&session, nth, world) {
                        Decision::Put(_) => self.settled(attempt, place, Feedback::Pending),
                        Decision::Nothing(feedback) => self.settled(attempt, place, feedback),
                    },
                    Stage::Accepted(_)
                    | Stage::Waiting { .. }
                    | Stage::Paced { .. }
                    | Stage::InLine { .. }
                    | Stage::Backoff { .. }
                    | Stage::Unknown
                    | Stage::Lost => {}
                }
            }
        }
        self.leave_owed();
    }

    /// The instant at which the run's own limit ends what is still open.
    pub(super) fn next_limit(&self) -> SimTime {
        if self.open > 0 {
            self.cut_off_at.max(self.now)
        } else if !self.duties.is_empty() {
            self.puts_until.max(self.now)
        } else {
            SimTime::NEVER
        }
    }

    pub(super) fn cut_off(&mut self) {
        if self.cut_off_at <= self.now {
            for row in self.sessions.rows_by(|session| session.index) {
                if self.sessions.get(row).is_some_and(|session| session.outcome().is_none()) {
                    self.step(row, Event::CutOff);
                }
            }
        }
        if self.puts_until <= self.now {
            self.leave_owed();
        }
    }

    fn leave_owed(&mut self) {
        let at = self.now;
        for duty in self.duties.drain() {
            let (attempt, place) = (duty.attempt, duty.place);
            if duty.deadline == SimTime::NEVER {
                self.note(Note::Unanswered { at, attempt, place, send: false });
                self.gate.call_answered();
            }
            self.settled(attempt, place, Feedback::Pending);
        }
    }
}
