//! The quotas that the traffic needs: each by itself, then all of them together.

use super::{
    Inquiry,
    findings::{Headroom, Needed, Together},
    goal::{Figure, Goal},
    growth::grown,
    guess,
    limit::{Limit, with_only},
    part::Parts,
    search::{Found, smallest},
    seen::Seen,
    trial::{Player, Stopped, Trial},
};
use crate::scenario::policy::OnThrottle;
use sms_voice_mock::service::bound::Bound;

/// What is asked for beyond the smallest value: a fifth.
pub const RESERVE: f64 = 0.2;

/// How often the values are raised until they hold together.
const RAISES: u32 = 40;

/// Growth is told in steps of a twentieth, up to three times the traffic.
const STEPS_PER_ONE: f64 = 20.0;
const LARGEST_GROWTH: u64 = 60;

/// The smallest value of each quota at which the goals hold, the others being unlimited.
pub fn needed(
    inquiry: &Inquiry<'_>,
    player: &Player<'_>,
    goals: &[&Goal],
    free: &[Trial],
) -> Result<Vec<Needed>, Stopped> {
    let searched: Vec<Limit> =
        Limit::ALL.into_iter().filter(|limit| limit.is_searched(inquiry.scenario)).collect();
    player.each(&searched, |limit| {
        if goals.is_empty() {
            let found = Found { smallest: None, trials: 0 };
            return Ok(described(*limit, inquiry, found));
        }
        let mut parts = Parts::new(inquiry, player, vec![*limit], free);
        let mut holds = |value: u64, seed: usize| {
            let limited = parts.play(&[value as f64], seed)?;
            Ok(parts.holds(goals, &limited, seed))
        };
        let range = range(*limit, inquiry, goals, &free[0]);
        let found = smallest(&mut holds, range, inquiry.seeds.len())?;
        Ok(described(*limit, inquiry, found))
    })
}

fn described(limit: Limit, inquiry: &Inquiry<'_>, found: Found) -> Needed {
    let smallest = found.smallest.map(|value| value as f64);
    let reserved = smallest.map(|value| (value * (1.0 + RESERVE)).ceil());
    Needed {
        name: limit.name().to_owned(),
        path: limit.path().to_owned(),
        unit: limit.unit().to_owned(),
        given: limit.given(inquiry.scenario),
        smallest,
        requested: reserved.filter(|_| limit.fixed_because().is_none()),
        adjustable: limit.fixed_because().is_none(),
        trials: found.trials,
        note: match (smallest, limit.fixed_because()) {
            (None, _) => Some("no value makes the goals hold".to_owned()),
            (Some(_), because) => because.map(str::to_owned),
        },
    }
}

/// Where the search begins, and how far it goes.
fn range(limit: Limit, inquiry: &Inquiry<'_>, goals: &[&Goal], free: &Trial) -> (u64, u64) {
    let of_loss = goals
        .iter()
        .filter(|goal| matches!(goal.figure, Figure::ExpiredInQueue | Figure::ConversionLost));
    let share = of_loss.map(|goal| goal.limit).fold(0.01, f64::min);
    let Some(tick) = limit.tick() else {
        let month = super::figures::cost(inquiry.scenario, free, None).month;
        return match limit {
            Limit::Account(Bound::Spend) => (whole(month * (1.0 - share)), whole(month) + 1),
            Limit::Account(Bound::Daily) => {
                let parts = super::limits::dearest_day(inquiry.scenario, free);
                (whole(parts * (1.0 - share)), whole(parts) + 1)
            }
            Limit::Workers => (limit.given(inquiry.scenario).map_or(1, whole), 100_000),
            Limit::Account(_) | Limit::Limiter | Limit::FeedbackRate | Limit::Queue => (1, 1_000),
        };
    };
    let demand = free.demand.per_second(tick, None);
    let patience = patience(limit, inquiry, goals);
    let peak = demand.iter().copied().max().unwrap_or(0);
    (guess::quota(&demand, patience, share), u64::from(peak) * 4 + 10)
}

/// How long a call may be held up before it breaks a goal.
fn patience(limit: Limit, inquiry: &Inquiry<'_>, goals: &[&Goal]) -> f64 {
    let put = matches!(limit, Limit::Account(Bound::PutRate) | Limit::FeedbackRate);
    let of_delay = goals.iter().filter(|goal| {
        let (send, feedback) = (Figure::is_send_delay, Figure::is_feedback_delay);
        if put { feedback(goal.figure) } else { send(goal.figure) }
    });
    let delay = of_delay.map(|goal| goal.limit).fold(60.0, f64::min);
    let waits = put || limit == Limit::Limiter;
    let repeated = waits || inquiry.scenario.policy.on_throttle != OnThrottle::Fail;
    if repeated { delay } else { 0.0 }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an amount is positive, and the cast saturates"
)]
fn whole(value: f64) -> u64 {
    value.ceil().max(1.0) as u64
}

/// Whether the smallest values hold together, and what has to be raised for that. The values that are found
/// to do so are put in place of the smallest.
pub fn together(
    inquiry: &Inquiry<'_>,
    player: &Player<'_>,
    goals: &[&Goal],
    (needed, free): (&[Needed], &[Trial]),
) -> Result<Option<Together>, Stopped> {
    let mut values: Vec<(Limit, f64)> = Limit::ALL
        .into_iter()
        .filter_map(|limit| {
            let of = needed.iter().find(|needed| needed.name == limit.name())?;
            Some((limit, of.smallest?))
        })
        .collect();
    if values.is_empty() || goals.is_empty() {
        return Ok(None);
    }
    let first = values.clone();
    for _ in 0..RAISES {
        let Some(trial) = first_failing(inquiry, player, goals, (&values, free))? else {
            return Ok(Some(Together { holds: true, raised: raised(&first, &values) }));
        };
        // The one that refused most, in proportion to what it lets through, is the one to raise.
        let worst = values.iter_mut().max_by(|(a, x), (b, y)| {
            let refused = |limit: &Limit, value: &f64| {
                limit.hits(&trial.demand).count as f64 / value.max(1.0)
            };
            refused(a, x).total_cmp(&refused(b, y))
        });
        let (_, value) = worst.expect("there is at least one");
        *value += (*value * 0.01).ceil().max(1.0);
    }
    Ok(Some(Together { holds: false, raised: raised(&first, &values) }))
}

/// The campaign of the first seed that breaks a goal with these values.
fn first_failing(
    inquiry: &Inquiry<'_>,
    player: &Player<'_>,
    goals: &[&Goal],
    (values, free): (&[(Limit, f64)], &[Trial]),
) -> Result<Option<Trial>, Stopped> {
    let scenario = with_only(inquiry.scenario, values);
    let numbers: Vec<usize> = (0..inquiry.seeds.len()).collect();
    let played = player.each(&numbers, |seed| {
        let trial = player.play(&scenario, inquiry.tariff, inquiry.seeds[*seed])?;
        let seen = Seen::whole(&trial, &free[*seed]);
        let holds = |goal: &&Goal| goal.holds(goal.observed(&scenario, &seen));
        let all = goals.iter().all(holds);
        Ok((!all).then_some(trial))
    })?;
    Ok(played.into_iter().flatten().next())
}

fn raised(first: &[(Limit, f64)], now: &[(Limit, f64)]) -> Vec<String> {
    let changed = first.iter().zip(now).filter(|((_, before), (_, after))| before < after);
    changed
        .map(|((limit, before), (_, after))| format!("{} {before} -> {after}", limit.name()))
        .collect()
}

/// How much more traffic the given limits carry, on the first seed.
pub fn headroom(
    inquiry: &Inquiry<'_>,
    player: &Player<'_>,
    goals: &[&Goal],
    needed: &[Needed],
) -> Result<Option<Headroom>, Stopped> {
    let given = needed.iter().filter_map(|needed| Some(needed.given? / needed.smallest?));
    let Some(guess) = given.min_by(f64::total_cmp).filter(|_| !goals.is_empty()) else {
        return Ok(None);
    };
    let mut broken_at = Vec::new();
    let mut breaks = |step: u64, _: usize| {
        let broken = broken(inquiry, player, goals, step as f64 / STEPS_PER_ONE)?;
        let breaks = !broken.is_empty();
        if breaks {
            broken_at.push((step, broken));
        }
        Ok(breaks)
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive ratio, and the cast saturates"
    )]
    let guess = (guess * STEPS_PER_ONE) as u64 + 1;
    let found = smallest(&mut breaks, (guess, LARGEST_GROWTH), 1)?;
    let factor = |step: u64| step as f64 / STEPS_PER_ONE;
    Ok(Some(match found.smallest {
        Some(step) => {
            let at = broken_at.into_iter().find(|(broken, _)| *broken == step);
            Headroom {
                factor: Some(step - 1).filter(|step| *step > 0).map(factor),
                breaks_at: Some(factor(step)),
                broken: at.map_or_else(Vec::new, |(_, broken)| broken),
            }
        }
        None => {
            Headroom { factor: Some(factor(LARGEST_GROWTH)), breaks_at: None, broken: Vec::new() }
        }
    }))
}

/// The goals that so many times the traffic breaks.
fn broken(
    inquiry: &Inquiry<'_>,
    player: &Player<'_>,
    goals: &[&Goal],
    factor: f64,
) -> Result<Vec<String>, Stopped> {
    let limited = grown(inquiry.scenario, factor);
    let free = super::limit::unlimited(&limited);
    let (tariff, seed) = (inquiry.tariff, inquiry.seeds[0]);
    let both = player.each(&[&limited, &free], |scenario| player.play(scenario, tariff, seed))?;
    let failing = goals
        .iter()
        .filter(|goal| !goal.holds(goal.observed(&limited, &Seen::whole(&both[0], &both[1]))));
    Ok(failing.map(|goal| goal.expr.clone()).collect())
}
