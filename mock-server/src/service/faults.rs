//! What goes wrong with calls: rules that were asked for, and errors drawn per call.
//!
//! A rule says what happens, to which calls, how often, and from when to when. Where several meet one
//! call, the first that decides its outcome does; delays add up.
//!
//! **Invariant:** a draw depends on nothing but its address, and whatever was injected is counted.

mod kind;

pub use kind::FaultKind;

use super::{
    answer::{BodyFault, Denied, Outcome, Reply, ServiceError},
    country::CountryCode,
    dice::{Dice, Draw},
    model::Service,
    settings::ErrorShares,
    time::SimTime,
};
use std::time::Duration;

/// How many rules can hold at one time.
pub const MOST_RULES: usize = 64;

/// A rule: what goes wrong, with what, how often and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// With the calls of this operation only.
    pub operation: Option<Box<str>>,
    /// With messages to this country only.
    pub country: Option<CountryCode>,
    /// With this share of them.
    pub share: f64,
    /// From this long after the rule was set.
    pub from: Duration,
    /// Until this long after it; for ever if absent.
    pub until: Option<Duration>,
    /// How long a slow answer or the pieces of a dripping one take, in wall time.
    pub delay: Duration,
    /// How far ahead a wrong clock is, in seconds.
    pub skew_s: i32,
}

impl Fault {
    /// This goes wrong with every call, from now on, for ever: a rule to be narrowed down. What is
    /// slow takes two seconds.
    #[must_use]
    pub const fn always(kind: FaultKind) -> Self {
        Self {
            kind,
            operation: None,
            country: None,
            share: 1.0,
            from: Duration::ZERO,
            until: None,
            delay: Duration::from_secs(2),
            skew_s: 0,
        }
    }
}

/// The rules that hold, and what they did.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    /// Those of the campaign come first: a draw knows a rule by its place.
    rules: Vec<Rule>,
    totals: [u64; FaultKind::ALL.len()],
}

/// A rule that holds.
#[derive(Clone, Debug)]
struct Rule {
    fault: Fault,
    since: SimTime,
    of_campaign: bool,
    injected: u64,
}

/// A call, as far as rules look at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FaultedCall<'a> {
    /// Its operation.
    pub(crate) operation: &'a str,
    /// Where its message goes, or went.
    pub(crate) country: Option<CountryCode>,
    /// The address of its draws, but for the rule's place; `None` for a call of nobody's session.
    pub(crate) address: Option<(u64, Draw, u32)>,
}

/// What meets one call.
#[derive(Clone, Copy, Debug, Default)]
struct Trouble {
    decisive: Option<FaultKind>,
    delay: Duration,
    body: BodyFault,
    skew_s: i32,
}

impl Faults {
    /// These rules, set at the start.
    pub(super) fn new(rules: &[Fault]) -> Self {
        let mut faults = Self::default();
        faults.set_campaign(SimTime::ZERO, rules);
        faults
    }

    /// Replaces the rules of the campaign. What was injected so far stays counted.
    pub(super) fn set_campaign(&mut self, now: SimTime, rules: &[Fault]) {
        let asked = self.rules.iter().filter(|rule| !rule.of_campaign).cloned();
        let rules = rules.iter().map(|fault| Rule::new(fault, now, true));
        self.rules = rules.chain(asked).collect();
    }

    /// Replaces every rule.
    fn set(&mut self, now: SimTime, rules: &[Fault]) {
        self.rules = rules.iter().map(|fault| Rule::new(fault, now, false)).collect();
    }

    /// Lets the time of every rule begin again.
    pub(super) fn begin(&mut self, now: SimTime) {
        for rule in &mut self.rules {
            rule.since = now;
        }
    }

    fn count(&mut self, kind: FaultKind) {
        self.totals[kind as usize] += 1;
    }

    /// The places of the rules that meet this call at `now`.
    fn meeting(&self, dice: Dice, now: SimTime, call: FaultedCall<'_>) -> Vec<usize> {
        let (session, draw, nth) = call.address.unwrap_or((0, Draw::Fault, 0));
        let meets = |(place, rule): (usize, &Rule)| {
            let passed = now.since_start().saturating_sub(rule.since.since_start());
            let rule = &rule.fault;
            let holds = rule.from <= passed && rule.until.is_none_or(|until| passed < until);
            let about = rule.operation.as_deref().is_none_or(|own| own == call.operation)
                && rule.country.is_none_or(|own| call.country == Some(own));
            let place_in_address = u32::try_from(place).expect("few rules");
            let most = u32::try_from(2 * MOST_RULES).expect("few rules");
            let nth = nth.wrapping_mul(most).wrapping_add(place_in_address);
            let drawn = || rule.share >= 1.0 || dice.happens(rule.share, session, draw, nth);
            (holds && about && drawn()).then_some(place)
        };
        self.rules.iter().enumerate().filter_map(meets).collect()
    }

    /// What the rules do to a call.
    fn trouble(&mut self, dice: Dice, now: SimTime, call: FaultedCall<'_>) -> Trouble {
        let mut trouble = Trouble::default();
        let meeting = self.meeting(dice, now, call);
        let kind = |place: &usize| self.rules[*place].fault.kind;
        trouble.decisive = meeting.iter().map(kind).find(|kind| kind.decides());
        let answered = trouble.decisive.is_none_or(FaultKind::leaves_an_answer);
        let mut decided = false;
        for place in meeting {
            let Rule { fault: rule, injected, .. } = &mut self.rules[place];
            let injects = match rule.kind {
                FaultKind::Slow => {
                    trouble.delay += rule.delay;
                    true
                }
                FaultKind::Truncate | FaultKind::Drip => {
                    let first = answered && trouble.body == BodyFault::None;
                    if first {
                        trouble.body = BodyFault::of(rule);
                    }
                    first
                }
                FaultKind::ClockSkew => {
                    trouble.skew_s = trouble.skew_s.saturating_add(rule.skew_s);
                    answered
                }
                FaultKind::DuplicateEvent => false,
                FaultKind::Throttle
                | FaultKind::InternalError
                | FaultKind::Unavailable
                | FaultKind::Hang
                | FaultKind::ResetBefore
                | FaultKind::ResetAfter => !std::mem::replace(&mut decided, true),
            };
            if injects {
                *injected += 1;
                let kind = rule.kind;
                self.count(kind);
            }
        }
        trouble
    }

    /// Whether an event of such a call comes twice.
    pub(super) fn duplicates(&mut self, dice: Dice, now: SimTime, call: FaultedCall<'_>) -> bool {
        if self.rules.is_empty() {
            return false;
        }
        let twice = |place: &usize| self.rules[*place].fault.kind == FaultKind::DuplicateEvent;
        let Some(place) = self.meeting(dice, now, call).into_iter().find(twice) else {
            return false;
        };
        self.rules[place].injected += 1;
        self.count(FaultKind::DuplicateEvent);
        true
    }
}

impl Rule {
    fn new(fault: &Fault, since: SimTime, of_campaign: bool) -> Self {
        Self { fault: fault.clone(), since, of_campaign, injected: 0 }
    }
}

impl BodyFault {
    fn of(rule: &Fault) -> Self {
        if rule.kind == FaultKind::Drip { Self::Dripped(rule.delay) } else { Self::Truncated }
    }
}

impl Service {
    /// Replaces the rules of what goes wrong, those of the campaign too, from now on.
    pub fn set_faults(&mut self, now: SimTime, faults: &[Fault]) {
        self.state.faults.set(now, faults);
    }

    /// Whether there is any rule of what goes wrong.
    pub(super) fn has_faults(&self) -> bool {
        !self.state.faults.rules.is_empty()
    }

    /// The rules of what goes wrong, and how often each did.
    pub fn faults(&self) -> impl Iterator<Item = (&Fault, u64)> {
        self.state.faults.rules.iter().map(|rule| (&rule.fault, rule.injected))
    }

    /// What was injected since the start or the last reset, drawn errors included; only what was.
    pub fn injected(&self) -> impl Iterator<Item = (FaultKind, u64)> {
        let totals = FaultKind::ALL.into_iter().zip(self.state.faults.totals);
        totals.filter(|(_, injected)| *injected > 0)
    }

    /// Lets a call act unless something goes wrong: the rules first, then `drawn`, the error that was
    /// drawn for this call.
    pub(crate) fn meet<T, E: Into<Denied>>(
        &mut self,
        now: SimTime,
        call: FaultedCall<'_>,
        drawn: Option<FaultKind>,
        act: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Reply<T> {
        let trouble = if self.has_faults() {
            let address = call.address.or_else(|| Some((self.anonymous_session(), Draw::Fault, 0)));
            self.state.faults.trouble(self.dice, now, FaultedCall { address, ..call })
        } else {
            Trouble::default()
        };
        let drawn = drawn.filter(|_| trouble.decisive.is_none());
        if let Some(kind) = drawn {
            self.state.faults.count(kind);
        }
        let acted = |service: &mut Self| Reply::of(act(service).map_err(Into::into));
        let refused = |error| Reply::plain(Outcome::Refused(error));
        let reply = match trouble.decisive.or(drawn) {
            Some(FaultKind::Throttle) => refused(ServiceError::Throttling),
            Some(FaultKind::InternalError) => refused(ServiceError::InternalServer),
            Some(FaultKind::Unavailable) => refused(ServiceError::Unavailable),
            Some(FaultKind::Hang) => Reply::plain(Outcome::Hung),
            Some(FaultKind::ResetBefore) => Reply::plain(Outcome::Reset { processed: false }),
            Some(FaultKind::ResetAfter) => {
                let Reply { outcome, bound, .. } = acted(self);
                let processed = matches!(outcome, Outcome::Answered(_));
                Reply { bound, ..Reply::plain(Outcome::Reset { processed }) }
            }
            Some(
                FaultKind::Slow
                | FaultKind::Truncate
                | FaultKind::Drip
                | FaultKind::DuplicateEvent
                | FaultKind::ClockSkew,
            )
            | None => acted(self),
        };
        Reply { latency: trouble.delay, body: trouble.body, skew_s: trouble.skew_s, ..reply }
    }
}

impl ErrorShares {
    /// Whether no call meets an error.
    #[inline]
    fn are_zero(&self) -> bool {
        let Self { throttle, internal_error, unavailable, reset_before, reset_after } = *self;
        // No share is below zero.
        throttle + internal_error + unavailable + reset_before + reset_after == 0.0
    }

    /// The error of a call whose uniform number is `u`; the shares lie side by side on (0, 1).
    #[inline]
    pub(super) fn fault(&self, u: impl FnOnce() -> f64) -> Option<FaultKind> {
        if self.are_zero() {
            return None;
        }
        let Self { throttle, internal_error, unavailable, reset_before, reset_after } = *self;
        let shares = [
            (throttle, FaultKind::Throttle),
            (internal_error, FaultKind::InternalError),
            (unavailable, FaultKind::Unavailable),
            (reset_before, FaultKind::ResetBefore),
            (reset_after, FaultKind::ResetAfter),
        ];
        let u = u();
        let mut upto = 0.0;
        shares.into_iter().find_map(|(share, fault)| {
            upto += share;
            (u < upto).then_some(fault)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_decides_among_the_shares_in_their_order() {
        let shares = ErrorShares {
            throttle: 0.25,
            internal_error: 0.0,
            unavailable: 0.25,
            reset_before: 0.125,
            reset_after: 0.125,
        };
        let drawn = |u| shares.fault(|| u);
        assert_eq!(drawn(0.2), Some(FaultKind::Throttle));
        assert_eq!(drawn(0.3), Some(FaultKind::Unavailable));
        assert_eq!(drawn(0.55), Some(FaultKind::ResetBefore));
        assert_eq!(drawn(0.7), Some(FaultKind::ResetAfter));
        assert_eq!(drawn(0.8), None);
    }
}
