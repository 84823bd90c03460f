//! Sessions worked out before their turn, whole where nothing that sessions share can change them but whether their
//! send is let pass.
//!
//! Most sends are accepted as soon as somebody asks for them, and most users need no second code, so all of such a
//! session depends on its own chance alone. It is worked out on any thread, as if limits let its send pass. When its
//! turn comes, they are asked; where they do not, the session is played step by step in its turn.
//!
//! **Invariant:** a plain session that is let pass goes as it would have gone step by step.

use crate::{
    engine::{
        arrivals::Arrival,
        session::{Person, Plain, Session, World},
    },
    record::Recorder,
    scenario::Scenario,
    target::prepared::PreparedTarget,
};
use sms_voice_mock::service::{metrics::StampedAt, time::SimTime};

/// Works sessions out before their turn.
#[derive(Debug)]
pub(super) struct Foresight<'a> {
    world: World<'a>,
    target: PreparedTarget<'a>,
    /// When open sessions end, and from when on feedback still owed stays owed.
    until: (SimTime, SimTime),
    /// Whether sessions are foreseen, or only begun.
    foresees: bool,
}

/// A session before its turn.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) arrival: Arrival,
    pub(super) course: Course,
}

/// How far it is known.
#[derive(Debug)]
pub(super) enum Course {
    /// It was begun.
    Open(Box<Session>),
    /// It was foreseen whole.
    Plain(Plain),
    /// It was played.
    Over,
}

/// Whether sessions can be foreseen: not where anything but the queue and the service is asked before a send
/// leaves, nor where rules of what goes wrong count the calls they meet, nor where every message is remembered
/// by itself, be it only when it was sent, to stamp its feedback.
pub(super) fn is_possible(scenario: &Scenario, recorder: &Recorder) -> bool {
    let policy = &scenario.policy;
    let own = policy.per_user.is_some() || policy.per_country.is_some() || policy.limiter.is_some();
    let remembers =
        recorder.messages.is_some() || recorder.dashboard.stamped_at() == StampedAt::Send;
    !own && scenario.service.faults.is_empty() && !remembers
}

impl<'a> Foresight<'a> {
    pub(super) fn new(world: World<'a>, foresees: bool) -> Self {
        let target = PreparedTarget::new(world.scenario, false);
        Self { world, target, until: super::ends(world.scenario), foresees }
    }

    /// Begins the session that arrives, and works it out if it is plain.
    #[inline]
    pub(super) fn begin(&self, arrival: Arrival) -> Begun {
        let person = Person::new(arrival, self.world);
        let course = match self.foresee(person) {
            Some(plain) => Course::Plain(plain),
            None => Course::Open(Box::new(Session::of(person, self.world))),
        };
        Begun { arrival, course }
    }

    #[inline]
    fn foresee(&self, person: Person) -> Option<Plain> {
        if !self.foresees {
            return None;
        }
        let (cut_off_at, puts_until) = self.until;
        let takes = self.target.foresee_send(person.session, person.place)?;
        let plain = person.foresee(person.arrived_at + takes, cut_off_at, self.world)?;
        (plain.end < puts_until).then_some(plain)
    }

    /// The same on another thread than plays it: draws now what most sessions draw later.
    pub(super) fn begin_ahead(&self, arrival: Arrival) -> Begun {
        let mut begun = self.begin(arrival);
        if let Course::Open(session) = &mut begun.course {
            session.draw_ahead(self.world);
        }
        begun
    }
}
