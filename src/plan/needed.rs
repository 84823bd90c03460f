//! The quotas that the traffic needs: each by itself, then all of them together.

use super::{
    Inquiry,
    findings::{Headroom, Needed, Together},
    goal::Goal,
    growth::grown,
    guess,
    limit::{Limit, with_only},
    part::Parts,
    search::{Found, smallest},
    seen::Seen,
    trial::{Player, Stopped, Trial},
};
use crate::scenario::Scenario;
use sms_voice_mock::service::{bound::Bound, segments};

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
    let same = is_same_as_sends(inquiry);
    let searched: Vec<Limit> =
        searched.into_iter().filter(|limit| !(same && *limit == PARTS)).collect();
    let mut found = player.each(&searched, |limit| {
        if goals.is_empty() {
            let found = Found { smallest: None, trials: 0 };
            return Ok(described(*limit, inquiry, found));
        }
        let mut parts = Parts::new(inquiry, player, vec![*limit], free);
        let mut holds = |value: u64, seed: usize| {
            let limited = parts.play(&[value as f64], seed)?;
            Ok(parts.holds(goals, &limited, seed))
        };
        let range = guess::range(*limit, inquiry.scenario, goals, &free[0]);
        let found = smallest(&mut holds, range, inquiry.seeds.len())?;
        Ok(described(*limit, inquiry, found))
    })?;
    if same {
        let at = searched.iter().position(|limit| *limit > PARTS).unwrap_or(found.len());
        let parts = of_parts(inquiry, &found[0]);
        found.insert(at, parts);
    }
    Ok(found)
}

const PARTS: Limit = Limit::Account(Bound::Parts);

/// Whether parts are counted as sends are: each message has one part, and one originator sends them all.
fn is_same_as_sends(inquiry: &Inquiry<'_>) -> bool {
    let one = |scenario: &Scenario| {
        let widest = "8".repeat(scenario.policy.code.length.into());
        let mut templates = scenario.templates.iter();
        templates.all(|template| segments::parts(&template.with_code(&widest)).count == 1)
    };
    PARTS.is_searched(inquiry.scenario) && one(inquiry.scenario)
}

/// What is known of parts where they are counted as sends are.
fn of_parts(inquiry: &Inquiry<'_>, sends: &Needed) -> Needed {
    let found = Found { smallest: None, trials: 0 };
    Needed {
        smallest: sends.smallest,
        requested: sends.requested,
        note: Some("each message is one part, so it is the same as SendTextMessage".to_owned()),
        ..described(PARTS, inquiry, found)
    }
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
