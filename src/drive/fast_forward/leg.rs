//! Sessions played ahead of their turn, up to where they first meet others again.
//!
//! Most sends are accepted as soon as somebody asks for them, and all that follows, until the session asks for
//! another code or its feedback is due, depends on nothing that sessions share. So it can be worked
//! out before the session arrives, on any thread, as if limits let the send pass. When its turn comes, they are
//! asked; where they do not, the session is played in its turn, and nothing of the leg is told.
//!
//! **Invariant:** a leg that is kept is what the session would have done in its turn.

use super::{Player, entry::Entry, ledger::Ledger};
use crate::{
    engine::{
        arrivals::Arrival,
        campaign::CallFacts,
        gate::{Gate, SafetyLimits},
        message::MessageRef,
        outcome::{Note, Place, SendAnswer},
        session::{Session, World},
    },
    record::{Recorder, dashboard::Evidence, latency::CallTimes},
    scenario::{Scenario, policy::OnThrottle},
};
use smallvec::SmallVec;
use sms_voice_mock::service::{
    bound::Bound, dice::Dice, metrics::StampedAt, settings::Quotas, time::SimTime,
};

/// Whether legs can be played ahead, or sessions only be begun: not where anything but the queue and the service is
/// asked before a send leaves, nor where rules of what goes wrong count the calls they meet, nor where
/// every message is remembered by itself, be it only when it was sent, to stamp its feedback.
pub(super) fn can_be_played(scenario: &Scenario, recorder: &Recorder) -> bool {
    let policy = &scenario.policy;
    let own = policy.per_user.is_some() || policy.per_country.is_some() || policy.limiter.is_some();
    let remembers =
        recorder.messages.is_some() || recorder.dashboard.stamped_at() == StampedAt::Send;
    !own && scenario.service.faults.is_empty() && !remembers
}

/// A session ahead of its turn.
#[derive(Debug)]
pub(super) struct Leg {
    pub(super) arrival: Arrival,
    pub(super) course: Course,
    /// Where what is told of it ends in its block.
    told_until: usize,
    /// Whether it is what happened.
    pub(super) kept: bool,
}

/// How far it was played.
#[derive(Debug)]
pub(super) enum Course {
    /// It was begun.
    Begun(Session),
    /// It was played, its first send being accepted.
    Played(Played),
    /// Nothing is known of it.
    Unplayed,
}

/// What a leg leaves to the run.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) place: Place,
    pub(super) user_id: u64,
    /// When the first send is answered.
    pub(super) accepted_at: SimTime,
    pub(super) entries: SmallVec<[Entry; 1]>,
}

/// Legs of sessions that arrive one after the other.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) legs: Vec<Leg>,
    told: Vec<Told>,
}

/// Something that is told of a leg.
#[derive(Clone, Copy, Debug)]
enum Told {
    Note(Note),
    SendStarted(SimTime, CallFacts),
    /// Under which id is for whoever remembers every message.
    Accepted(SimTime, CallFacts, Evidence),
}

const _: () = assert!(size_of::<Told>() <= 88, "some five of them are written down for each leg");

impl Block {
    /// Tells what was kept, and nothing else.
    pub(super) fn tell(&self, recorder: &mut Recorder) {
        let Some(first) = self.legs.first() else { return };
        // Later blocks are of later sessions.
        recorder.settle(first.arrival.at);
        let mut begin = 0;
        for leg in &self.legs {
            if leg.kept {
                self.told[begin..leg.told_until].iter().for_each(|told| told.tell(recorder));
            }
            begin = leg.told_until;
        }
    }

    /// Whether anybody is to be told of it.
    pub(super) fn is_told(&self) -> bool {
        !self.told.is_empty()
    }

    fn clear(&mut self) {
        self.legs.clear();
        self.told.clear();
    }
}

impl Told {
    fn tell(&self, recorder: &mut Recorder) {
        match self {
            Self::Note(note) => recorder.note(note),
            Self::SendStarted(at, call) => recorder.send_started(*at, *call),
            Self::Accepted(at, call, evidence) => {
                let times = CallTimes::in_virtual_time(call, *at, *evidence);
                let answer = SendAnswer::Accepted(MessageRef::Uuid(0));
                recorder.send_answered(*at, *call, &answer, times);
            }
        }
    }
}

/// The scenario as it is for somebody whom nothing holds back.
pub(super) fn without_limits(scenario: &Scenario) -> Scenario {
    let mut free = scenario.clone();
    free.policy.on_throttle = OnThrottle::Fail;
    free.service.quotas = Quotas::UNLIMITED;
    free.service.spend_limit_usd = None;
    free
}

/// A gate that lets everything pass.
pub(super) fn open_gate(free: &Scenario) -> Gate {
    Gate::new(free, SafetyLimits::NONE)
}

/// Plays legs.
#[derive(Debug)]
pub(super) struct LegPlayer<'a> {
    player: Player<'a, Notebook>,
    plays: bool,
}

impl<'a> LegPlayer<'a> {
    /// A player of legs of a scenario [`without_limits`], with an [`open_gate`]; one that does not play only begins
    /// sessions.
    pub(super) fn new(free: &'a Scenario, gate: &'a Gate, plays: bool) -> Self {
        let world = World { scenario: free, dice: Dice::new(free.seed), gate };
        Self { player: Player::new(world, Notebook::default(), false), plays }
    }

    /// Plays the legs of these sessions.
    pub(super) fn play(&mut self, arrivals: &[Arrival], block: &mut Block) {
        block.clear();
        std::mem::swap(&mut self.player.ledger.told, &mut block.told);
        for arrival in arrivals {
            let course = if self.plays { self.leg(*arrival) } else { self.begin(*arrival) };
            let told_until = self.player.ledger.told.len();
            block.legs.push(Leg { arrival: *arrival, course, told_until, kept: false });
        }
        std::mem::swap(&mut self.player.ledger.told, &mut block.told);
    }

    fn begin(&self, arrival: Arrival) -> Course {
        let mut session = Session::new(arrival, self.player.world);
        session.draw_ahead(self.player.world);
        Course::Begun(session)
    }

    fn leg(&mut self, arrival: Arrival) -> Course {
        let session = Session::new(arrival, self.player.world);
        let (place, user_id) = (session.place, session.user_id);
        let told = self.player.ledger.told.len();
        self.player.arrive(session);
        let notebook = &mut self.player.ledger;
        let entries = std::mem::take(&mut notebook.entries);
        match (std::mem::take(&mut notebook.sends), notebook.accepted_at.take()) {
            (1, Some(accepted_at)) => {
                Course::Played(Played { place, user_id, accepted_at, entries })
            }
            _ => {
                notebook.told.truncate(told);
                Course::Unplayed
            }
        }
    }
}

/// What a leg tells and leaves.
#[derive(Debug, Default)]
struct Notebook {
    told: Vec<Told>,
    entries: SmallVec<[Entry; 1]>,
    sends: u32,
    accepted_at: Option<SimTime>,
}

impl Ledger for Notebook {
    fn note(&mut self, note: Note) {
        // These two are for whoever remembers every message.
        if !matches!(note, Note::Reading { .. } | Note::Entered { .. }) {
            self.told.push(Told::Note(note));
        }
    }

    fn send_started(&mut self, at: SimTime, call: CallFacts) {
        self.sends += 1;
        self.told.push(Told::SendStarted(at, call));
    }

    fn send_answered(
        &mut self,
        at: SimTime,
        call: CallFacts,
        answer: &SendAnswer,
        evidence: Evidence,
    ) {
        // A leg with another answer is not kept.
        if matches!(answer, SendAnswer::Accepted(_)) {
            self.accepted_at = Some(at);
            self.told.push(Told::Accepted(at, call, evidence));
        }
    }

    fn bound(&mut self, _: SimTime, _: Bound) {}

    fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
    }
}
