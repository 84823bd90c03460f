//! Capacity planning on top of virtual time: does it fit, where does it break, what is needed.
//!
//! Every question is a campaign played with the same seed under other limits, so that two answers
//! differ by the limits alone (common random numbers). The *free run* has none: it shows what the traffic
//! wants, and what it loses anyway.
//!
//! **Invariant:** no result depends on the number of threads; nothing here reads a clock or opens a file.

pub mod findings;
pub mod limit;
pub mod trial;
pub mod figures;
pub mod goal;
pub mod limits;
mod guess;
pub mod search;
mod growth;
pub mod seen;
mod window;
mod part;
pub mod needed;
pub mod what_if;
pub mod quota_request;
pub mod csv;
pub mod text;
pub mod power;
pub mod page;

pub use findings::Plan;
pub use goal::Goal;
pub use trial::{Glimpse, Player, Stopped};
pub use what_if::Variant;

use crate::{
    drive::fast_forward::needs_global_queue,
    record::cells::Tariff,
    report::statistics::{seeds::Mean, share},
    scenario::{Scenario, policy::OnThrottle},
};
use findings::{CountryFigures, Figures, GoalResult, Headroom, Needed, Spread, Together};
use seen::Seen;
use trial::Trial;

/// How sure the intervals are.
const CONFIDENCE: f64 = 0.95;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Inquiry<'a> {
    /// The campaign, with the limits that are given.
    pub scenario: &'a Scenario,
    /// What its messages cost.
    pub tariff: &'a Tariff,
    /// The seeds it is played with, at least one.
    pub seeds: &'a [u64],
    /// What must hold.
    pub goals: &'a [Goal],
    /// What else might be.
    pub variants: &'a [Variant],
    /// Whether to look for the smallest quotas and for how much growth the given limits carry.
    pub search: bool,
}

/// The campaign under its limits and without them, for every seed.
struct Played {
    limited: Vec<Trial>,
    free: Vec<Trial>,
}

/// Plays until every question has its answer.
///
/// # Panics
/// If there is no seed.
pub fn answer(inquiry: &Inquiry<'_>, player: &Player<'_>) -> Result<Plan, Stopped> {
    let scenario = inquiry.scenario;
    let played = play_both(scenario, inquiry.tariff, inquiry.seeds, player)?;
    let (limited, free) = (&played.limited[0], &played.free[0]);
    let goals = judge(inquiry.goals, scenario, &played);
    let attainable = inquiry.goals.iter().zip(&goals).filter(|(_, result)| result.attainable);
    let searched: Vec<&Goal> =
        attainable.map(|(goal, _)| goal).filter(|goal| goal.is_searched()).collect();
    let limits = limits::findings(inquiry, player, limited, &played.free)?;
    let (needed, together, headroom) = if inquiry.search {
        look(inquiry, player, &searched, &played.free)?
    } else {
        (Vec::new(), None, None)
    };
    let what_if = what_if::answers(inquiry, player)?;
    let country = |(number, country): (usize, &crate::scenario::country::Country)| CountryFigures {
        country: country.code.to_string(),
        figures: figures::figures(scenario, limited, free, Some(number)),
    };
    let countries: Vec<_> = scenario.countries.iter().enumerate().map(country).collect();
    let mut plan = Plan {
        schema: 1,
        fits: goals.iter().all(|goal| goal.ok),
        scenario: scenario.name.clone(),
        description: scenario.description.clone(),
        seeds: inquiry.seeds.to_vec(),
        start_epoch_s: scenario.start_epoch_s,
        duration_s: scenario.arrivals.duration().as_secs_f64(),
        marks: limits::marks(scenario, &limits),
        confidence: confidence(&goals, &needed, together.as_ref(), inquiry.seeds.len()),
        goals,
        limits,
        needed,
        together,
        headroom,
        cost_usd: figures::cost_of_both(scenario, limited, free),
        total: figures::figures(scenario, limited, free, None),
        tests: power::needs(&countries),
        countries,
        spreads: spreads(scenario, &played),
        minutes: figures::minutes(limited, free),
        what_if,
        quota_request: String::new(),
        notes: notes(inquiry),
    };
    plan.quota_request = quota_request::text(&plan, scenario);
    Ok(plan)
}

/// What is needed, whether that holds together, and how much growth the given limits carry.
type Answers = (Vec<Needed>, Option<Together>, Option<Headroom>);

fn look(
    inquiry: &Inquiry<'_>,
    player: &Player<'_>,
    goals: &[&Goal],
    free: &[Trial],
) -> Result<Answers, Stopped> {
    let mut needed = needed::needed(inquiry, player, goals, free)?;
    let together = needed::together(inquiry, player, goals, (&mut needed, free))?;
    let headroom = needed::headroom(inquiry, player, goals, &needed)?;
    Ok((needed, together, headroom))
}

/// Plays a scenario with its limits and without them, for every seed.
fn play_both(
    scenario: &Scenario,
    tariff: &Tariff,
    seeds: &[u64],
    player: &Player<'_>,
) -> Result<Played, Stopped> {
    let without = limit::unlimited(scenario);
    let jobs = seeds.iter().flat_map(|seed| [(scenario, *seed), (&without, *seed)]);
    let jobs: Vec<(&Scenario, u64)> = jobs.collect();
    let trials = player.each(&jobs, |(scenario, seed)| player.play(scenario, tariff, *seed))?;
    let (mut limited, mut free) = (Vec::new(), Vec::new());
    for (place, trial) in trials.into_iter().enumerate() {
        if place % 2 == 0 { limited.push(trial) } else { free.push(trial) }
    }
    Ok(Played { limited, free })
}

/// Whether the goals hold.
fn judge(goals: &[Goal], scenario: &Scenario, played: &Played) -> Vec<GoalResult> {
    goals.iter().map(|goal| judge_one(goal, scenario, played)).collect()
}

fn judge_one(goal: &Goal, scenario: &Scenario, played: &Played) -> GoalResult {
    let worst = |seen: &[Option<f64>]| {
        seen.iter().copied().fold(None, |worst, observed| goal.worse(worst, observed))
    };
    let observed = |limited: &[Trial]| -> Vec<Option<f64>> {
        let both = limited.iter().zip(&played.free);
        both.map(|(limited, free)| goal.observed(scenario, &Seen::whole(limited, free))).collect()
    };
    let (with, without) = (observed(&played.limited), observed(&played.free));
    let holding = |seen: &[Option<f64>]| seen.iter().filter(|seen| goal.holds(**seen)).count();
    GoalResult {
        expr: goal.expr.clone(),
        observed: worst(&with),
        without_limits: worst(&without),
        ok: holding(&with) == with.len(),
        seeds_holding: holding(&with),
        attainable: holding(&without) == without.len(),
    }
}

/// What the seeds allow to be said, in words.
fn confidence(
    goals: &[GoalResult],
    needed: &[Needed],
    together: Option<&Together>,
    seeds: usize,
) -> String {
    let seeds = seeds as u64;
    let holding = goals.iter().map(|goal| goal.seeds_holding as u64).min().unwrap_or(seeds);
    let given = share::sentence(holding, seeds, CONFIDENCE);
    let given = format!("With the given limits every goal {given}.");
    if together.is_some_and(|together| together.holds) && !needed.is_empty() {
        let found = share::sentence(seeds, seeds, CONFIDENCE);
        format!("{given} With the smallest quotas every goal that can be reached {found}.")
    } else {
        given
    }
}

/// How the main figures differ between the seeds.
fn spreads(scenario: &Scenario, played: &Played) -> Vec<Spread> {
    let both = played.limited.iter().zip(&played.free);
    let each: Vec<Figures> =
        both.map(|(limited, free)| figures::figures(scenario, limited, free, None)).collect();
    type Of = fn(&Figures) -> f64;
    let all: [(&str, Of); 8] = [
        ("conversion", |figures| figures.conversion.unwrap_or(0.0)),
        ("conversion_lost_share", |figures| figures.conversion_lost_share.unwrap_or(0.0)),
        ("expired_in_queue_share", |figures| figures.expired_in_queue_share.unwrap_or(0.0)),
        ("throttled_share", |figures| figures.throttled_share.unwrap_or(0.0)),
        ("send_demand.peak", |figures| figures.send_demand.peak as f64),
        ("put_demand.peak", |figures| figures.put_demand.peak as f64),
        ("in_flight.peak", |figures| figures.in_flight.peak as f64),
        ("cost_usd", |figures| figures.cost_usd),
    ];
    all.iter().filter_map(|(name, of)| spread(name, each.iter().map(of).collect())).collect()
}

fn spread(figure: &str, values: Vec<f64>) -> Option<Spread> {
    let mean = Mean::of(&values, CONFIDENCE)?;
    let half_width = mean.interval.map(|[low, high]| (high - low) / 2.0);
    Some(Spread { figure: figure.to_owned(), values, mean: mean.mean, half_width })
}

/// What a reader must know about how the figures came about.
fn notes(inquiry: &Inquiry<'_>) -> Vec<String> {
    let mut notes = vec![
        "Users, carriers and delivery are those of the scenario; nothing was sent.".to_owned(),
        format!(
            "A quota lets through what it allows in {} at once: AWS documents no burst, so this is an \
             assumption (service.quotas.burst).",
            sms_voice_mock::config::duration::Span(inquiry.scenario.service.quotas.burst)
        ),
    ];
    if let Some(why) = needs_global_queue(inquiry.scenario) {
        notes.push(format!(
            "The given limits were played by the global queue, which is slower: {why}."
        ));
    }
    let quota = inquiry.scenario.service.quotas.send_per_second;
    match inquiry.scenario.policy.on_throttle {
        OnThrottle::Queue { rate: None, .. } => notes.push(
            "The application's queue has no rate, so what is throttled is not sent again; where a quota of sends was \
             tried, the queue was taken to be emptied at it."
                .to_owned(),
        ),
        OnThrottle::Queue { rate, .. } if rate == quota => notes.push(
            "The application's queue is emptied at the quota of sends, and was taken to follow it where other \
             values were tried; without any, it makes nobody wait for others."
                .to_owned(),
        ),
        OnThrottle::Queue { .. } | OnThrottle::Fail | OnThrottle::Retry { .. } => {}
    }
    if !inquiry.scenario.service.faults.is_empty() {
        notes.push("Faults of the service stay in the campaign without limits.".to_owned());
    }
    notes
}
