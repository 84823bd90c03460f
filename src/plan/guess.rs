//! A first guess at the smallest quota, from the demand alone: campaigns are dear, and a good guess
//! saves most of them.
//!
//! **Invariant:** no result depends on a guess, only how soon it is found.

use super::{
    figures,
    goal::{Figure, Goal, Statistic},
    limit::Limit,
    limits::dearest_day,
    trial::Trial,
};
use crate::scenario::{Scenario, policy::OnThrottle};
use sms_voice_mock::service::bound::Bound;
use std::time::Duration;

/// Where the search for the smallest value of a limit begins.
pub(super) fn guess(limit: Limit, scenario: &Scenario, goals: &[&Goal], free: &Trial) -> u64 {
    if let Some(tick) = limit.tick() {
        let demand = free.demand.per_second(tick, None);
        let guesses = goals.iter().filter_map(|goal| allowance(limit, scenario, goal));
        let guesses = guesses.map(|(patience, share)| quota(&demand, patience, share));
        return guesses.max().unwrap_or(1);
    }
    let lost = goals.iter().filter(|goal| is_of_loss(goal)).map(|goal| goal.limit);
    let kept = 1.0 - lost.fold(0.01, f64::min);
    match limit {
        Limit::Account(Bound::Spend) => whole(figures::cost(scenario, free, None).month * kept),
        Limit::Account(Bound::Daily) => whole(dearest_day(scenario, free) * kept),
        Limit::Workers => limit.given(scenario).map_or(1, whole),
        Limit::Account(_) | Limit::Limiter | Limit::FeedbackRate | Limit::Queue => 1,
    }
}

const fn is_of_loss(goal: &Goal) -> bool {
    matches!(goal.figure, Figure::ExpiredInQueue | Figure::ConversionLost)
}

/// How long a call may be held up, in seconds, and the share of calls for which it may be longer, before a
/// goal breaks; `None` if the goal has nothing to do with such calls.
fn allowance(limit: Limit, scenario: &Scenario, goal: &Goal) -> Option<(f64, f64)> {
    let puts = limit.is_of_puts();
    let longer = |statistic: Statistic| match statistic {
        Statistic::Percentile(percent) => 1.0 - percent / 100.0,
        Statistic::Mean => 0.5,
        Statistic::Max => 0.0,
    };
    match goal.figure {
        Figure::SendDelay(statistic) if !puts && limit != Limit::Limiter => {
            let waits = scenario.policy.on_throttle != OnThrottle::Fail;
            waits.then(|| (goal.limit, longer(statistic)))
        }
        Figure::SendDelay(statistic) if !puts => Some((goal.limit, longer(statistic))),
        Figure::FeedbackDelay(statistic) if puts => Some((goal.limit, longer(statistic))),
        Figure::ExpiredInQueue | Figure::ConversionLost if !puts => {
            Some((patience(limit, scenario), goal.limit))
        }
        Figure::Throttled if limit != Limit::Limiter && !puts => Some((0.0, goal.limit)),
        Figure::ExpiredInQueue
        | Figure::ConversionLost
        | Figure::Throttled
        | Figure::SendDelay(_)
        | Figure::FeedbackDelay(_)
        | Figure::QueuePeak
        | Figure::InFlightPeak
        | Figure::BacklogPeak
        | Figure::Sessions(_)
        | Figure::Messages(_)
        | Figure::SessionConversion
        | Figure::MessageConversion
        | Figure::Coverage
        | Figure::Cost(_) => None,
    }
}

/// How long the application keeps trying to send a message, in seconds.
fn patience(limit: Limit, scenario: &Scenario) -> f64 {
    let policy = &scenario.policy;
    let longest = match (policy.on_throttle, &policy.limiter) {
        (_, Some(limiter)) if limit == Limit::Limiter => limiter.max_wait,
        (OnThrottle::Fail, _) => Duration::ZERO,
        (OnThrottle::Retry { attempts, backoff }, _) => {
            // Each pause is twice the one before; what lies between the attempts counts.
            backoff.saturating_mul((1_u32 << u32::from(attempts - 1).min(16)) - 1)
        }
        (OnThrottle::Queue { max_wait, .. }, _) => max_wait,
    };
    longest.min(policy.lifetime).as_secs_f64()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an amount is positive, and the cast saturates"
)]
fn whole(value: f64) -> u64 {
    value.ceil().max(1.0) as u64
}

/// The quota per second at which a fluid of this demand would wait no longer than `patience` seconds, but
/// for the given share of it.
#[must_use]
fn quota(demand: &[u32], patience: f64, share: f64) -> u64 {
    let peak = demand.iter().copied().max().unwrap_or(0);
    let (mut low, mut high) = (0, u64::from(peak).max(1));
    while high - low > 1 {
        let middle = low.midpoint(high);
        if late(demand, middle as f64, patience) <= share { high = middle } else { low = middle }
    }
    high
}

/// The share of the demand that would wait longer than `patience`.
fn late(demand: &[u32], quota: f64, patience: f64) -> f64 {
    let (mut line, mut late, mut all) = (0.0_f64, 0.0, 0.0);
    for count in demand {
        let count = f64::from(*count);
        line = (line + count - quota).max(0.0);
        all += count;
        if line > quota * patience {
            late += count.min(line - quota * patience);
        }
    }
    if all > 0.0 { late / all } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_lies_between_the_mean_and_the_peak() {
        let demand: Vec<u32> = (0..3_600).map(|s| if s % 600 < 30 { 100 } else { 10 }).collect();
        assert_eq!(quota(&demand, 0.0, 0.0), 100);
        let patient = quota(&demand, 30.0, 0.001);
        assert!((15..60).contains(&patient), "{patient}");
        assert_eq!(quota(&[], 1.0, 0.001), 1);
    }
}
