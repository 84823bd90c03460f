//! What to expect of a country's users, from a sample of them played in a few lines.
//!
//! The sample draws from the same addresses as a campaign does, but meets an ideal service: no
//! quota, no limit of the application, no error and no latency.
//!
//! **Invariant:** this is an estimate for people; no result of a campaign depends on it.

use super::{
    Scenario,
    arrivals::Attack,
    country::{Country, Users},
    policy::{FeedbackMode, OlderCode, Policy, Reports, Superseded},
};
use sms_voice_mock::service::{
    carrier::{Carrier, Choice},
    dice::{Dice, Draw},
    time::SimTime,
};

/// How many users are played per country.
pub const SAMPLE: u32 = 2_000;

/// Expected numbers per session.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Calls of `SendTextMessage`.
    pub sends: f64,
    /// Calls of `PutMessageFeedback`.
    pub puts: f64,
    /// Sessions verified.
    pub verified: f64,
    /// Messages reported `RECEIVED`.
    pub received: f64,
}

impl Estimate {
    /// What [`SAMPLE`] users of the country do on average.
    #[must_use]
    pub fn of(country: &Country, scenario: &Scenario) -> Self {
        let mut sum = Self::default();
        let carriers = Choice::among(country.carriers.iter().map(|carrier| carrier.weight));
        let templates = Choice::among(scenario.templates.iter().map(|template| template.weight));
        let (dice, odds) = (Dice::new(scenario.seed), (&carriers, &templates));
        for index in 0..u64::from(SAMPLE) {
            let user = User { index, dice, country, scenario, odds };
            let (sends, verified) = user.play();
            sum.count(&scenario.policy, f64::from(sends), verified);
        }
        let n = f64::from(SAMPLE);
        Self {
            sends: sum.sends / n,
            puts: sum.puts / n,
            verified: sum.verified / n,
            received: sum.received / n,
        }
    }

    /// What a session of an attack does on average if none of its resends is refused.
    #[must_use]
    pub fn of_attack(attack: &Attack, scenario: &Scenario) -> Self {
        let resends =
            (1..=i32::from(scenario.policy.resends)).map(|nth| attack.resend_probability.powi(nth));
        let mut estimate = Self::default();
        estimate.count(&scenario.policy, 1.0 + resends.sum::<f64>(), false);
        estimate
    }

    /// The share of messages reported `RECEIVED`.
    #[must_use]
    pub fn message_conversion(&self) -> f64 {
        self.received / self.sends
    }

    fn count(&mut self, policy: &Policy, sends: f64, verified: bool) {
        let received = match (verified, policy.superseded) {
            (false, _) => 0.0,
            (true, Superseded::Received) => sends,
            (true, Superseded::Failed | Superseded::Unreported) => 1.0,
        };
        let owed = if policy.superseded == Superseded::Unreported { 1.0 } else { sends };
        let (puts, reported) = match (&policy.feedback, policy.reports) {
            (FeedbackMode::Off, _) => (0.0, 0.0),
            (_, Reports::Everything) => (owed, received),
            (_, Reports::Successes) => (received, received),
            (_, Reports::Lost(share)) => (owed * (1.0 - share), received * (1.0 - share)),
        };
        self.sends += sends;
        self.puts += puts;
        self.received += reported;
        self.verified += if verified { 1.0 } else { 0.0 };
    }
}

/// One user of the sample.
struct User<'a> {
    index: u64,
    dice: Dice,
    country: &'a Country,
    scenario: &'a Scenario,
    /// What the carrier and the template are chosen by.
    odds: (&'a Choice, &'a Choice),
}

/// When a message was sent, and when it reaches the handset.
struct Sent {
    at: SimTime,
    arrives_at: SimTime,
}

impl User<'_> {
    /// How many messages are sent, and whether the user is verified.
    fn play(&self) -> (u32, bool) {
        let (carriers, templates) = self.odds;
        let carrier = &self.country.carriers[carriers.place(self.unit(Draw::Carrier))];
        let template = &self.scenario.templates[templates.place(self.unit(Draw::Template))];
        let finish = self.country.users.finish * template.conversion_effect;
        let mut sent = vec![self.send(SimTime::ZERO, 0, carrier)];
        if finish <= self.unit(Draw::Intent) {
            return (1, false);
        }
        let mut rng = self.dice.at(self.index, Draw::GiveUp, 0);
        let gives_up_at = SimTime::ZERO + self.users().gives_up_after.sample(&mut rng);
        self.ask(&mut sent, gives_up_at, carrier);
        let arrives_at = sent.iter().map(|message| message.arrives_at).min();
        let verified =
            arrives_at.filter(|at| *at <= gives_up_at).is_some_and(|at| self.enter(at, &sent));
        (u32::try_from(sent.len()).expect("at most ten"), verified)
    }

    fn users(&self) -> &Users {
        &self.country.users
    }

    fn unit(&self, draw: Draw) -> f64 {
        self.dice.unit(self.index, draw, 0)
    }

    fn send(&self, at: SimTime, nth: u32, carrier: &Carrier) -> Sent {
        let fate = carrier.fate(self.dice, self.index, nth);
        Sent { at, arrives_at: fate.delivered_after.map_or(SimTime::NEVER, |after| at + after) }
    }

    /// Asks for more codes, as long as none has arrived.
    fn ask(&self, sent: &mut Vec<Sent>, gives_up_at: SimTime, carrier: &Carrier) {
        let policy = &self.scenario.policy;
        let mut now = SimTime::ZERO;
        for (nth, probability) in (0_u32..).zip(&self.users().resend_probability) {
            if !self.dice.happens(*probability, self.index, Draw::Resend, nth) {
                return;
            }
            let mut rng = self.dice.at(self.index, Draw::ResendAfter, nth);
            now += self.users().resend_after.sample(&mut rng);
            let arrived = sent.iter().any(|message| message.arrives_at <= now);
            if arrived || gives_up_at <= now || usize::from(policy.resends) < sent.len() {
                return;
            }
            let last = sent.last().map_or(SimTime::ZERO, |message| message.at);
            if last + policy.cool_down <= now {
                let nth = u32::try_from(sent.len()).expect("at most ten");
                sent.push(self.send(now, nth, carrier));
            }
        }
    }

    /// Types the newest code at hand until it is right, the tries are used up or it has ended.
    fn enter(&self, mut now: SimTime, sent: &[Sent]) -> bool {
        let policy = &self.scenario.policy;
        for nth in 0..u32::from(policy.tries) {
            let newest = sent.iter().rposition(|message| message.arrives_at <= now);
            let place = newest.expect("one has arrived");
            let mut rng = self.dice.at(self.index, Draw::ReadDelay, nth);
            now += self.users().read_delay.sample(&mut rng);
            let current = policy.older_code == OlderCode::Valid || place + 1 == sent.len();
            let good = current && now < sent[place].at + policy.lifetime;
            let right = self.users().right_code;
            if good && self.dice.happens(right, self.index, Draw::RightCode, nth) {
                return true;
            }
            if !current {
                now = now.max(sent[sent.len() - 1].arrives_at);
            }
            if now == SimTime::NEVER {
                return false;
            }
        }
        false
    }
}
