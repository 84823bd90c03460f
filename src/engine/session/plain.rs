//! The rest of a plain session, worked out at once.
//!
//! Most users get the code, enter it right and are done, or leave, and from the answer to the send on meet nobody.
//! Where all instants are known beforehand, only their order decides.
//!
//! **Invariant:** it is what the session's steps would do, note by note.

use super::{Session, User, World};
use crate::engine::{
    message::{MessageRef, Stage},
    outcome::{Note, Outcome},
};
use sms_voice_mock::service::time::SimTime;

impl Session {
    /// Plays a session to its end, whose only message is accepted under `id` as the answer `now` says. When that
    /// end is comes back; `None`, and nothing has happened, if it is after `until` or if more happens before it
    /// than that the user reads once and is right.
    pub fn play_out(
        &mut self,
        now: SimTime,
        until: SimTime,
        id: &MessageRef,
        world: World<'_>,
        mut tell: impl FnMut(Note),
    ) -> Option<SimTime> {
        let [message] = self.messages.as_slice() else { return None };
        if message.stage != Stage::Calling || self.outcome.is_some() || self.tries > 0 {
            return None;
        }
        let released = message.released;
        let expires = message.due + world.scenario.policy.lifetime;
        let fate = self.fate(0, world);
        let arrives_at = fate.delivered_after.map_or(SimTime::NEVER, |after| released + after);
        let mut takes = None;
        let (end, outcome) = match self.user {
            User::Waiting { seen: 0, since } => {
                let (ask, leave, read) = (self.next_ask, self.gives_up_at, arrives_at.max(now));
                if ask < read.min(expires) && ask <= leave {
                    return None;
                }
                if leave < read.min(expires) {
                    (expires, Outcome::Abandoned)
                } else if expires <= read {
                    (expires, Outcome::Expired)
                } else {
                    let reading = self.reading(world);
                    takes = Some(reading);
                    let typed = (arrives_at.max(since) + reading).max(read);
                    if expires <= typed {
                        (expires, Outcome::Expired)
                    } else if self.types_right(world) {
                        (typed, Outcome::Verified)
                    } else {
                        return None;
                    }
                }
            }
            User::Gone | User::Pumping { .. } if expires <= self.next_ask => {
                (expires, Outcome::Abandoned)
            }
            User::Waiting { .. } | User::Typing { .. } | User::Gone | User::Pumping { .. } => {
                return None;
            }
        };
        if until < end {
            return None;
        }
        let (attempt, place, arrived_at) = (self.attempt(0), self.place, self.arrived_at);
        tell(Note::Accepted { attempt, place, fate, sent_at: released });
        if let Some(takes) = takes {
            tell(Note::reading(attempt, takes));
        }
        let message = &mut self.messages[0];
        (message.stage, message.arrives_at) = (Stage::Accepted(id.clone()), arrives_at);
        if outcome == Outcome::Verified {
            message.used = true;
            (self.entered, self.tries) = (Some(0), 1);
            tell(Note::Entered { at: end, session: self.index, place, nth: 1, right: true });
        }
        (self.outcome, self.deadline) = (Some(outcome), SimTime::NEVER);
        tell(Note::Finished { at: end, arrived_at, place, outcome });
        Some(end)
    }
}
