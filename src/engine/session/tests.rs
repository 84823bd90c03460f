//! Transitions: one user, one thing at a time.

use super::*;
use crate::{
    engine::{
        feedback::decide, gate::SafetyLimits, message::MessageRef, outcome::Note, step::step,
    },
    scenario::{self, Source},
};
use std::{collections::BTreeSet, sync::Arc};

/// A session and its world, with fixed delays: delivery 5 s, reading 4 s, asking again after 20 s.
struct Played {
    scenario: Arc<Scenario>,
    odds: Odds,
    gate: Gate,
    session: Session,
    now: SimTime,
}

const BASE: &str = r#"
name = "one"
[arrivals]
stages = [{ constant = { rate = 1.0, duration = "1s" } }]
[policy]
lifetime = "60s"
tries = 2
cool_down = "0s"
[countries.BR]
number = "+55119########"
carriers = [{ name = "x", delivered = 1.0, delay = { fixed = "5s" } }]
[countries.BR.users]
finish = 1.0
read_delay = { fixed = "4s" }
right_code = 1.0
resend_after = { fixed = "20s" }
resend_probability = [1.0, 1.0, 1.0]
gives_up_after = { fixed = "50s" }
"#;

impl Played {
    fn new(sets: &[&str]) -> Self {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        let source = Source { name: "test", folder: None };
        let loaded = scenario::parse(BASE, source, &sets, None).expect("a scenario");
        let scenario = Arc::new(loaded.scenario);
        let gate = Gate::new(&scenario, SafetyLimits::NONE);
        let odds = Odds::of(&scenario);
        let world = World { scenario: &scenario, odds: &odds, dice: Dice::new(1), gate: &gate };
        let arrival = Arrival { session: 0, at: SimTime::ZERO, piece: 0 };
        let session = Session::new(arrival, world);
        Self { scenario, odds, gate, session, now: SimTime::ZERO }
    }

    fn tell(&mut self, now: SimTime, event: Event) -> Option<Action> {
        let world = World {
            scenario: &self.scenario,
            odds: &self.odds,
            dice: Dice::new(1),
            gate: &self.gate,
        };
        self.now = now;
        self.session.on_event(now, event, world)
    }

    fn arrive(&mut self) -> Option<Action> {
        self.tell(SimTime::ZERO, Event::Arrived)
    }

    fn deadline(&mut self) -> Option<Action> {
        self.tell(self.session.deadline(), Event::DeadlineReached)
    }

    fn answer(&mut self, nth: u8, answer: SendAnswer) -> Option<Action> {
        let attempt = self.session.messages()[usize::from(nth)].attempt;
        self.tell(self.now, Event::Answered { nth, attempt, answer })
    }

    /// Lets deadlines pass until the session ends or calls.
    fn on(&mut self) -> Action {
        loop {
            match self.deadline() {
                Some(action @ (Action::Send { .. } | Action::Finish(_) | Action::Refused(_))) => {
                    return action;
                }
                Some(Action::Accepted { .. } | Action::Read { .. } | Action::Retrying { .. })
                | None => {}
            }
        }
    }
}

fn accepted() -> SendAnswer {
    SendAnswer::Accepted(MessageRef::Uuid(7))
}

#[test]
fn a_right_code_in_time_verifies_nine_seconds_after_the_send() {
    let mut played = Played::new(&[]);
    assert_eq!(played.arrive(), Some(Action::Send { nth: 0 }));
    played.answer(0, accepted());
    assert_eq!(played.on(), Action::Finish(Outcome::Verified));
    assert_eq!(played.now, SimTime::from_secs(9));
    assert_eq!(played.session.entered(), Some(0));
    assert!(played.session.messages()[0].used, "a code is good once");
}

#[test]
fn wrong_codes_lock_out_after_the_last_try() {
    let mut played = Played::new(&["countries.BR.users.right_code=0"]);
    played.arrive();
    played.answer(0, accepted());
    assert_eq!(played.on(), Action::Finish(Outcome::LockedOut));
    assert_eq!(played.now, SimTime::from_secs(13), "five to arrive, four for each try");
}

#[test]
fn an_undelivered_code_expires_a_lifetime_after_the_last_resend() {
    let sets = ["countries.BR.carriers.0.delivered=0", "policy.resends=1"];
    let mut played =
        Played::new(&[&sets[..], &["countries.BR.users.gives_up_after={fixed='1h'}"]].concat());
    played.arrive();
    played.answer(0, accepted());
    assert_eq!(played.on(), Action::Send { nth: 1 });
    played.answer(1, accepted());
    assert_eq!(played.on(), Action::Refused(Refusal::ResendLimit));
    assert_eq!(played.on(), Action::Finish(Outcome::Expired));
    assert_eq!(played.now, SimTime::from_secs(80));
}

#[test]
fn a_user_who_gives_up_is_found_out_when_the_code_ends() {
    let sets = ["countries.BR.carriers.0.delivered=0", "countries.BR.users.resend_probability=[]"];
    let mut played = Played::new(&sets);
    played.arrive();
    played.answer(0, accepted());
    assert_eq!(played.on(), Action::Finish(Outcome::Abandoned));
    assert_eq!(played.now, SimTime::from_secs(60));
}

#[test]
fn a_late_older_code_is_wrong_and_the_user_waits_for_the_newer_one() {
    let delay = "countries.BR.carriers.0.delay={fixed='30s'}";
    let mut played = Played::new(&[delay]);
    played.arrive();
    played.answer(0, accepted());
    assert_eq!(played.on(), Action::Send { nth: 1 });
    played.answer(1, accepted());
    assert_eq!(played.on(), Action::Finish(Outcome::Verified));
    assert_eq!(played.session.entered(), Some(1));
    // The first code, in hand at 30 s, is entered at 34 s in vain; the second came at 50 s.
    assert_eq!(played.now, SimTime::from_secs(54));
}

#[test]
fn an_older_code_is_right_where_the_policy_says_so() {
    let delay = "countries.BR.carriers.0.delay={fixed='30s'}";
    let mut played = Played::new(&[delay, "policy.older_code=valid"]);
    played.arrive();
    played.answer(0, accepted());
    played.on();
    played.answer(1, accepted());
    assert_eq!(played.on(), Action::Finish(Outcome::Verified));
    assert_eq!(played.session.entered(), Some(0));
}

#[test]
fn a_throttled_send_keeps_its_due_time_and_fails_after_the_last_attempt() {
    let mut played = Played::new(&["policy.on_throttle={retry={attempts=2,backoff='2s'}}"]);
    played.arrive();
    assert_eq!(played.answer(0, SendAnswer::Throttled), None);
    assert_eq!(played.deadline(), Some(Action::Send { nth: 0 }));
    let message = &played.session.messages()[0];
    assert_eq!((message.due, message.attempt), (SimTime::ZERO, 1));
    assert!(SimTime::from_secs(1) <= message.released && message.released <= SimTime::from_secs(2));
    let ended = played.answer(0, SendAnswer::Throttled);
    assert_eq!(ended, Some(Action::Finish(Outcome::SendFailed)));
}

#[test]
fn a_send_of_unknown_outcome_is_not_repeated_and_never_arrives() {
    let mut played = Played::new(&["countries.BR.users.resend_probability=[]"]);
    played.arrive();
    assert_eq!(played.answer(0, SendAnswer::Unknown), None);
    assert_eq!(played.on(), Action::Finish(Outcome::Abandoned));
    assert_eq!(played.session.messages().len(), 1);
}

#[test]
fn an_ended_session_waits_for_its_answers() {
    let mut played = Played::new(&["countries.BR.carriers.0.delay={fixed='19s'}"]);
    played.arrive();
    played.answer(0, accepted());
    assert_eq!(played.on(), Action::Finish(Outcome::Verified));
    assert!(played.session.is_over());
    let mut cut = Played::new(&[]);
    cut.arrive();
    assert_eq!(
        cut.tell(SimTime::from_secs(1), Event::CutOff),
        Some(Action::Finish(Outcome::Unfinished))
    );
    assert!(!cut.session.is_over(), "its send is unanswered");
    assert!(matches!(cut.answer(0, accepted()), Some(Action::Accepted { nth: 0, .. })));
    assert!(cut.session.is_over());
}

#[test]
fn an_answer_that_comes_twice_or_for_another_attempt_changes_nothing() {
    let mut played = Played::new(&[]);
    played.arrive();
    played.answer(0, accepted());
    let before = format!("{:?}", played.session);
    assert_eq!(played.answer(0, SendAnswer::Rejected), None);
    let stray = Event::Answered { nth: 3, attempt: 0, answer: SendAnswer::Throttled };
    assert_eq!(played.tell(SimTime::ZERO, stray), None);
    assert_eq!(format!("{:?}", played.session), before);
}

#[test]
fn an_answer_later_than_its_message_costs_the_user_no_time() {
    let mut played = Played::new(&[]);
    played.arrive();
    played.now = SimTime::from_secs(7);
    played.answer(0, accepted());
    assert_eq!(played.on(), Action::Finish(Outcome::Verified));
    assert_eq!(
        played.now,
        SimTime::from_secs(9),
        "in hand at 5 s, as if the answer had been in time"
    );
}

#[test]
fn a_session_beyond_the_users_rate_limit_ends_on_arrival() {
    let mut played = Played::new(&["policy.per_user={count=1,window='1h'}"]);
    assert_eq!(played.gate.admit_message(SimTime::ZERO, 0, 0), Ok(()));
    assert_eq!(played.arrive(), Some(Action::Finish(Outcome::RateLimited)));
}

/// Users of all kinds, whose messages may be lost, late or too late.
const MANY_KINDS: [&str; 6] = [
    "countries.BR.carriers.0.delivered=0.8",
    "countries.BR.carriers.0.delay={ uniform = { low = '1s', high = '70s' } }",
    "countries.BR.users.finish=0.7",
    "countries.BR.users.right_code=0.8",
    "countries.BR.users.resend_probability=[0.3]",
    "countries.BR.users.gives_up_after={ uniform = { low = '10s', high = '90s' } }",
];

/// The same, with delays after which much happens at the same instant.
const TIED: [&str; 8] = [
    "countries.BR.users.right_code=0.7",
    "countries.BR.carriers.0.delivered=0.8",
    "countries.BR.carriers.0.delay={ quantiles = [{ p = 0, delay = '5s' }, { p = 1, delay = '5s' }] }",
    "countries.BR.users.finish=0.9",
    "countries.BR.users.read_delay={ mixture = [{ weight = 1, delay = { fixed = '55s' } }, { weight = 1, delay = { fixed = '0s' } }] }",
    "countries.BR.users.resend_after={ fixed = '5s' }",
    "countries.BR.users.resend_probability=[0.5]",
    "countries.BR.users.gives_up_after={ mixture = [{ weight = 1, delay = { fixed = '5s' } }, { weight = 1, delay = { fixed = '60s' } }] }",
];

#[test]
fn a_session_that_is_played_out_ends_as_its_steps_would_end_it() {
    check_played_out(&MANY_KINDS, 500);
    check_played_out(&TIED, 500);
}

fn check_played_out(sets: &[&str], at_least: u32) {
    let Played { scenario, odds, gate, .. } = Played::new(sets);
    let world = World { scenario: &scenario, odds: &odds, dice: Dice::new(1), gate: &gate };
    let (mut played_out, mut outcomes) = (0, BTreeSet::new());
    for index in 0..2_000 {
        let arrival = Arrival { session: index, at: SimTime::ZERO, piece: 0 };
        let mut steps = Session::new(arrival, world);
        steps.on_event(SimTime::ZERO, Event::Arrived, world);
        let (answered, until) = (SimTime::from_secs(index % 7), SimTime::from_secs(55 + index % 9));
        if steps.deadline() < answered {
            continue;
        }
        let (mut at_once, mut notes) = (steps.clone(), Vec::new());
        let id = MessageRef::Uuid(7);
        let Some(end) = at_once.play_out(answered, until, &id, world, |note| notes.push(note))
        else {
            assert_eq!(notes, []);
            continue;
        };
        let (mut at, mut stepped) = (answered, Vec::new());
        let mut event = Event::Answered { nth: 0, attempt: 0, answer: accepted() };
        while steps.outcome().is_none() {
            step(&mut steps, at, event, world, |note| stepped.push(note));
            (at, event) = (steps.deadline(), Event::DeadlineReached);
        }
        assert_eq!(notes, stepped);
        assert!(answered <= end && end <= until);
        let left = |session: &Session| {
            let message = &session.messages()[0];
            (session.entered(), session.tries(), message.used, message.stage.clone())
        };
        assert_eq!(left(&at_once), left(&steps));
        played_out += 1;
        outcomes.extend(steps.outcome());
    }
    assert!(at_least < played_out, "{played_out}");
    let all = [Outcome::Verified, Outcome::Expired, Outcome::Abandoned];
    assert_eq!(outcomes, BTreeSet::from(all));
}

#[test]
fn a_session_that_is_foreseen_goes_as_its_steps_would_go() {
    check_foreseen(&MANY_KINDS, 500);
    check_foreseen(&TIED, 500);
}

fn check_foreseen(sets: &[&str], at_least: usize) {
    let Played { scenario, odds, gate, .. } = Played::new(sets);
    let world = World { scenario: &scenario, odds: &odds, dice: Dice::new(1), gate: &gate };
    let mut foreseen = Vec::new();
    for index in 0..2_000 {
        let arrival = Arrival { session: index, at: SimTime::ZERO, piece: 0 };
        let person = Person::new(arrival, world);
        let mut session = Session::of(person, world);
        let (answered, until) = (SimTime::from_secs(index % 7), SimTime::from_secs(55 + index % 9));
        let Some(plain) = person.foresee(answered, until, world) else { continue };
        let mut notes = Vec::new();
        step(&mut session, SimTime::ZERO, Event::Arrived, world, |note| notes.push(note));
        let mut answer = Some(Event::Answered { nth: 0, attempt: 0, answer: accepted() });
        while session.outcome().is_none() {
            let deadline = session.deadline();
            let (at, event) = match answer.take_if(|_| answered <= deadline) {
                Some(answer) => (answered, answer),
                None => (deadline, Event::DeadlineReached),
            };
            step(&mut session, at, event, world, |note| notes.push(note));
        }
        let fates = notes.iter().filter_map(|note| {
            if let Note::Accepted { fate, .. } = note { Some(*fate) } else { None }
        });
        let [fate] = fates.collect::<Vec<_>>()[..] else { panic!("one message: {notes:?}") };
        assert_eq!(plain.delivered, fate.delivered_after.is_some());
        assert_eq!(plain.claimed, fate.receipt.is_some_and(|receipt| receipt.claims_delivered));
        let refused = |as_said| {
            let as_said = |note: &&Note| matches!(note, Note::ResendRefused { refusal, .. } if *refusal == as_said);
            notes.iter().filter(as_said).count()
        };
        assert_eq!(usize::from(plain.refused.cool_down), refused(Refusal::CoolDown));
        assert_eq!(usize::from(plain.refused.resend_limit), refused(Refusal::ResendLimit));
        let Plain { place, arrived_at, end, outcome, .. } = plain;
        let finished = Note::Finished { at: end, arrived_at, place, outcome };
        assert_eq!(notes.last(), Some(&finished));
        assert!(answered <= end && end <= until);
        assert_eq!(plain.decision, decide(&session, 0, world));
        assert_eq!((plain.session, plain.accepted_at), (index, answered));
        foreseen.push(outcome);
    }
    assert!(at_least < foreseen.len(), "{}", foreseen.len());
    let all = [Outcome::Verified, Outcome::Expired, Outcome::Abandoned, Outcome::LockedOut];
    assert_eq!(BTreeSet::from_iter(foreseen), BTreeSet::from(all));
}
