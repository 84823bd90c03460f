//! One step of a session, with everything that is to be told of it.
//!
//! **Invariant:** whoever drives sessions lets them step here, or works them out ([`Session::play_out`],
//! [`Person::foresee`](super::session::Person::foresee)), of which the same is told; so every driver does.

use super::{
    outcome::Note,
    session::{Action, Event, Holding, Session, World},
};
use sms_voice_mock::service::time::SimTime;

/// Lets an event happen to a session. What is asked of the outside world comes back.
pub fn step(
    session: &mut Session,
    now: SimTime,
    event: Event,
    world: World<'_>,
    mut tell: impl FnMut(Note),
) -> Option<Action> {
    let (messages, tries) = (session.messages().len(), session.tries());
    let holding = Holding::before(session, &event);
    let action = session.on_event(now, event, world);
    let place = session.place;
    if tries < session.tries() {
        let (index, nth) = (session.index, session.tries());
        let right = session.entered().is_some();
        tell(Note::Entered { at: now, session: index, place, nth, right });
    }
    holding.after(session, now, &mut tell);
    if messages > 0 && messages < session.messages().len() {
        tell(Note::Resent { place });
    }
    match action {
        Some(Action::Accepted { nth, fate }) => {
            let (attempt, sent_at) = (session.attempt(nth), session.sent_at(nth));
            tell(Note::Accepted { attempt, place, fate, sent_at });
        }
        Some(Action::Retrying { nth, unclear }) => {
            tell(Note::Retrying { attempt: session.attempt(nth), place, unclear });
        }
        Some(Action::Refused(refusal)) => tell(Note::ResendRefused { place, refusal }),
        Some(Action::Read { nth, takes }) => {
            tell(Note::reading(session.attempt(nth), takes));
        }
        Some(Action::Finish(outcome)) => {
            tell(Note::Finished { at: now, arrived_at: session.arrived_at, place, outcome });
        }
        Some(Action::Send { .. }) | None => {}
    }
    action
}
