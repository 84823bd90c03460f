//! Feedback: what AWS is told about each accepted message, and the duty to tell it.
//!
//! A duty outlives its session: the put is made, and repeated, beside it.

use super::{
    message::{MessageRef, Stage},
    outcome::{Attempt, Feedback, Outcome, Place, PutAnswer, Verdict},
    session::{Session, World, backed_off},
};
use crate::scenario::policy::{FeedbackMode, Policy, Reports, Superseded};
use sms_voice_mock::service::{
    dice::{Dice, Draw},
    time::SimTime,
};

/// What the application does about one accepted message of an ended session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Puts this verdict.
    Put(Verdict),
    /// Nothing, and this is how the message's feedback ends.
    Nothing(Feedback),
}

/// What the application does about message `nth` of an ended session.
#[must_use]
pub fn decide(session: &Session, nth: u8, world: World<'_>) -> Decision {
    let verdict = verdict(session, nth, &world.scenario.policy);
    decide_by(verdict, (session.index, nth), world)
}

/// What the application does about the only message of a session that ends so.
#[must_use]
pub fn decide_about_only(session: u64, outcome: Outcome, world: World<'_>) -> Decision {
    let verified = outcome == Outcome::Verified;
    let verdict = if verified { Verdict::Received } else { Verdict::Failed };
    decide_by(Some(verdict), (session, 0), world)
}

fn decide_by(verdict: Option<Verdict>, (session, nth): (u64, u8), world: World<'_>) -> Decision {
    let policy = &world.scenario.policy;
    if policy.feedback == FeedbackMode::Off {
        return Decision::Nothing(Feedback::NotExpecting);
    }
    let Some(verdict) = verdict else {
        return Decision::Nothing(Feedback::Unreported);
    };
    let lost = match policy.reports {
        Reports::Everything => false,
        Reports::Successes => verdict == Verdict::Failed,
        Reports::Lost(share) => world.dice.happens(share, session, Draw::ReportLost, nth.into()),
    };
    if lost { Decision::Nothing(Feedback::Unreported) } else { Decision::Put(verdict) }
}

/// The verdict about message `nth`; `None` if the application forgot the message.
fn verdict(session: &Session, nth: u8, policy: &Policy) -> Option<Verdict> {
    let verified = session.outcome() == Some(Outcome::Verified);
    let decisive = session.entered().or_else(|| session.newest_alive());
    if decisive == Some(nth) {
        return Some(if verified { Verdict::Received } else { Verdict::Failed });
    }
    match policy.superseded {
        Superseded::Received if verified => Some(Verdict::Received),
        Superseded::Failed | Superseded::Received => Some(Verdict::Failed),
        Superseded::Unreported => None,
    }
}

/// One put that is owed.
#[derive(Clone, Debug)]
pub struct Duty {
    /// Which message; `attempt` counts the puts.
    pub attempt: Attempt,
    /// Where the message belongs.
    pub place: Place,
    /// Under which id it was accepted.
    pub id: MessageRef,
    /// What is put.
    pub verdict: Verdict,
    /// When the verdict was known. A repetition keeps it.
    pub due: SimTime,
    /// When the latest put was let go.
    pub released: SimTime,
    /// When the next put leaves; [`SimTime::NEVER`] while one is unanswered.
    pub deadline: SimTime,
    /// When its place among all puts was taken; `None` before that, when the deadline is only when it is due.
    pub asked: Option<SimTime>,
}

impl Duty {
    /// The put of `verdict` for message `nth` of a session, due now.
    ///
    /// # Panics
    /// If the message was not accepted.
    #[must_use]
    pub fn new(session: &Session, nth: u8, verdict: Verdict, now: SimTime) -> Self {
        let Stage::Accepted(id) = &session.messages()[usize::from(nth)].stage else {
            unreachable!("feedback for a message that was not accepted")
        };
        let attempt = Attempt { session: session.index, nth, attempt: 0 };
        let (place, id) = (session.place, id.clone());
        Self { attempt, place, id, verdict, due: now, released: now, deadline: now, asked: None }
    }

    /// Lets the put go.
    pub fn release(&mut self, now: SimTime) {
        self.released = now;
        self.deadline = SimTime::NEVER;
    }

    /// Takes the answer to put number `attempt`; says how the feedback ended, if it did.
    pub fn on_answer(
        &mut self,
        now: SimTime,
        attempt: u8,
        answer: PutAnswer,
        (policy, dice): (&Policy, Dice),
    ) -> Option<Feedback> {
        if self.deadline != SimTime::NEVER || self.attempt.attempt != attempt {
            return None; // Said before, or never asked.
        }
        let feedback = settled_by(self.verdict, answer);
        if feedback.is_none() {
            self.asked = None;
            (self.attempt, self.deadline) =
                put_again(self.attempt, (self.released, now), (policy, dice));
        }
        feedback
    }
}

/// How the feedback ended with this answer; `None` if the put is repeated.
#[must_use]
pub const fn settled_by(verdict: Verdict, answer: PutAnswer) -> Option<Feedback> {
    match answer {
        PutAnswer::Done => Some(Feedback::Put(verdict)),
        PutAnswer::Refused => Some(Feedback::Refused),
        PutAnswer::Throttled | PutAnswer::Again => None,
    }
}

/// The put behind `attempt`, which was let go and answered at these instants, and when it is due.
#[must_use]
pub fn put_again(
    attempt: Attempt,
    (released, answered): (SimTime, SimTime),
    (policy, dice): (&Policy, Dice),
) -> (Attempt, SimTime) {
    let address = u32::from(attempt.nth) << 8 | u32::from(attempt.attempt);
    let jitter = dice.unit(attempt.session, Draw::PutBackoff, address);
    let pause = backed_off(policy.feedback_backoff, attempt.attempt, jitter);
    let again = Attempt { attempt: attempt.attempt.saturating_add(1), ..attempt };
    (again, (released + pause).max(answered))
}
