//! The quotas that the traffic needs: each by itself, then all of them together.

use super::{
    Inquiry,
    findings::{Headroom, Needed, Together},
    goal::Goal,
    growth::grown,
    guess,
    limit::{Limit, most_parts, with_only},
    part::Parts,
    search::{Found, smallest},
    seen::Seen,
    trial::{Player, Stopped, Trial},
};
use sms_voice_mock::service::bound::Bound;

/// What is asked for beyond the smallest value: a fifth.
pub const RESERVE: f64 = 0.2;

/// How often the values are raised until they hold together, at first by a hundredth, then by a tenth.
const RAISES: u32 = 80;
const SMALL_RAISES: u32 = 30;

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
            let note = Some("not looked for: no goal is one that quotas can help with".to_owned());
            return Ok(Needed { note, ..described(*limit, inquiry, found) });
        }
        let mut parts = Parts::new(inquiry, player, vec![*limit], free);
        let mut holds = |value: u64, seed: usize| {
            let limited = parts.play(&[value as f64], seed)?;
            Ok(parts.holds(goals, &limited, seed))
        };
        let guess = guess::guess(*limit, inquiry.scenario, goals, &free[0]);
        let found = smallest(&mut holds, (guess, limit.largest()), inquiry.seeds.len())?;
        Ok(described(*limit, inquiry, found))
    })?;
    if same {
        let at = searched.iter().position(|limit| *limit > PARTS).unwrap_or(found.len());
        let parts = of_parts(inquiry, &found[0]);
        found.insert(at, parts);
    }
    Ok(found)
}

const SENDS: Limit = Limit::Account(Bound::SendRate);
const PARTS: Limit = Limit::Account(Bound::Parts);

/// Whether parts are counted as sends are: each message has one part, and one originator sends them all.
fn is_same_as_sends(inquiry: &Inquiry<'_>) -> bool {
    PARTS.is_searched(inquiry.scenario) && most_parts(inquiry.scenario) == 1
}

/// What is known of parts where they are counted as sends are.
fn of_parts(inquiry: &Inquiry<'_>, sends: &Needed) -> Needed {
    let found = Found { smallest: None, trials: 0 };
    let same = "each message is one part, so it is the same as SendTextMessage";
    Needed {
        smallest: sends.smallest,
        requested: sends.requested,
        note: Some(same.to_owned()).filter(|_| sends.smallest.is_some()).or(sends.note.clone()),
        ..described(PARTS, inquiry, found)
    }
}

fn described(limit: Limit, inquiry: &Inquiry<'_>, found: Found) -> Needed {
    let smallest = found.smallest.map(|value| value as f64);
    Needed {
        name: limit.name().to_owned(),
        path: limit.path(inquiry.scenario).to_owned(),
        unit: limit.unit().to_owned(),
        given: limit.given(inquiry.scenario),
        smallest,
        in_concert: None,
        requested: smallest.filter(|_| limit.fixed_because().is_none()).map(with_reserve),
        adjustable: limit.fixed_because().is_none(),
        trials: found.trials,
        note: match (smallest, limit.fixed_because()) {
            (None, _) => Some("no value makes the goals hold".to_owned()),
            (Some(_), because) => because.map(str::to_owned),
        },
    }
}

fn with_reserve(value: f64) -> f64 {
    (value * (1.0 + RESERVE)).ceil()
}

/// Whether the smallest values hold together, and what has to be raised for that; what then holds is noted in
/// `needed`. Nothing to say where a value is missing: without that limit, the others' would tell of another campaign.
pub fn together(
    inquiry: &Inquiry<'_>,
    player: &Player<'_>,
    goals: &[&Goal],
    (needed, free): (&mut [Needed], &[Trial]),
) -> Result<Option<Together>, Stopped> {
    let same = is_same_as_sends(inquiry);
    let smallest = |limit: Limit| {
        let of = needed.iter().find(|needed| needed.name == limit.name())?;
        // What is the same as another limit needs no value of its own.
        if same && limit == PARTS {
            return None;
        }
        Some(of.smallest.map(|value| (limit, value)))
    };
    let values = Limit::ALL.into_iter().filter_map(smallest).collect::<Option<Vec<_>>>();
    let Some(mut values) = values.filter(|values| !values.is_empty() && !goals.is_empty()) else {
        return Ok(None);
    };
    let first = values.clone();
    for raises in 0..=RAISES {
        let Some((trial, broken)) = first_failing(inquiry, player, goals, (&values, free))? else {
            put_back(inquiry, player, goals, (&first, &mut values, free))?;
            for of in needed {
                let name = if same && of.name == PARTS.name() { SENDS.name() } else { &of.name };
                let value = values.iter().find(|(limit, _)| limit.name() == name);
                of.in_concert = value.map(|(_, value)| *value);
                of.requested = of.requested.and(of.in_concert).map(with_reserve);
            }
            return Ok(Some(Together { holds: true, raised: raised(&first, &values) }));
        };
        let share = if raises < SMALL_RAISES { 0.01 } else { 0.1 };
        if raises == RAISES || !raise(&mut values, &trial, &broken, share) {
            break;
        }
    }
    Ok(Some(Together { holds: false, raised: raised(&first, &values) }))
}

/// Limits and what they are set to.
type Values = [(Limit, f64)];

/// Takes back what was raised for nothing.
fn put_back(
    inquiry: &Inquiry<'_>,
    player: &Player<'_>,
    goals: &[&Goal],
    (first, values, free): (&Values, &mut Values, &[Trial]),
) -> Result<(), Stopped> {
    for (place, before) in first.iter().enumerate() {
        let now = std::mem::replace(&mut values[place], *before);
        if now != *before && first_failing(inquiry, player, goals, (values, free))?.is_some() {
            values[place] = now;
        }
    }
    Ok(())
}

/// Raises the limit by this share that refused most in proportion to what it lets through, of those that a broken goal
/// has to do with; the first of several. `false` if none can be raised.
fn raise(values: &mut Values, trial: &Trial, broken: &[&Goal], share: f64) -> bool {
    let refused =
        |(limit, value): &(Limit, f64)| limit.hits(&trial.demand).count as f64 / value.max(1.0);
    let can_help = |(limit, value): &&mut (Limit, f64)| {
        *value < limit.largest() as f64 && broken.iter().any(|goal| goal.heeds(*limit))
    };
    // Of equal ones the last would be taken.
    let worst = values.iter_mut().rev().filter(can_help);
    let Some((limit, value)) = worst.max_by(|a, b| refused(a).total_cmp(&refused(b))) else {
        return false;
    };
    *value = (*value + (*value * share).ceil().max(1.0)).min(limit.largest() as f64);
    true
}

/// The campaign of the first seed that breaks goals with these values, and which.
fn first_failing<'g>(
    inquiry: &Inquiry<'_>,
    player: &Player<'_>,
    goals: &[&'g Goal],
    (values, free): (&Values, &[Trial]),
) -> Result<Option<(Trial, Vec<&'g Goal>)>, Stopped> {
    let scenario = with_only(inquiry.scenario, values);
    let numbers: Vec<usize> = (0..inquiry.seeds.len()).collect();
    let played = player.each(&numbers, |seed| {
        let trial = player.play(&scenario, inquiry.tariff, inquiry.seeds[*seed])?;
        let seen = Seen::whole(&trial, &free[*seed]);
        let breaks = |goal: &&Goal| !goal.holds(goal.observed(&scenario, &seen));
        let broken: Vec<&Goal> = goals.iter().copied().filter(breaks).collect();
        Ok((!broken.is_empty()).then_some((trial, broken)))
    })?;
    Ok(played.into_iter().flatten().next())
}

fn raised(first: &Values, now: &Values) -> Vec<String> {
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
