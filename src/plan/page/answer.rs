//! The answer and the figures that matter most.

use super::{instant, value};
use crate::{
    plan::{
        findings::{Figures, GoalResult, LimitFinding, Plan, Rate},
        text,
    },
    report::{
        chart::Unit,
        page::{Banner, Tile, Tone},
        text::number,
    },
};

pub(super) fn banner(plan: &Plan) -> Banner {
    let (tone, word) = match (plan.fits, bound(plan).next()) {
        (true, None) => (Tone::Good, "It fits: no limit is reached."),
        (true, Some(_)) => (Tone::Good, "It fits: limits are reached, but every goal holds."),
        (false, _) => (Tone::Bad, "It does not fit."),
    };
    let broken = plan.goals.iter().filter(|goal| !goal.ok).map(broken);
    let causes = bound(plan).map(|limit| cause(plan, limit));
    let help = (!plan.fits).then(|| help(plan)).flatten();
    Banner { tone, word: word.to_owned(), reasons: broken.chain(causes).chain(help).collect() }
}

/// The limits that refused something, the first to do so first.
pub(super) fn bound(plan: &Plan) -> impl Iterator<Item = &LimitFinding> {
    let mut bound: Vec<_> =
        plan.limits.iter().filter(|limit| limit.first_hit_s.is_some()).collect();
    let at = |limit: &LimitFinding| limit.first_hit_s.unwrap_or(f64::INFINITY);
    bound.sort_by(|a, b| at(a).total_cmp(&at(b)));
    bound.into_iter()
}

fn broken(goal: &GoalResult) -> String {
    let seen = text::observed(goal, goal.observed);
    let whatever = if goal.attainable { "" } else { ", and would not without limits either" };
    format!("The goal {} does not hold: it was {seen}{whatever}.", goal.expr)
}

fn cause(plan: &Plan, limit: &LimitFinding) -> String {
    let LimitFinding { name, unit, given, peak_demand, first_hit_s, hits, cause_of, .. } = limit;
    let given = given.map_or_else(String::new, |given| format!(" ({})", value(given, unit)));
    let demand = peak_demand.map_or_else(String::new, |peak| {
        format!("; the traffic wants up to {}", value(peak, unit))
    });
    // Nobody wants to wait: a queue's demand is its own length.
    let demand = if name == "queue" { String::new() } else { demand };
    let lost = cause_of.lost_conversions;
    let lost = if lost > 0 {
        format!(" On its own it costs {} verified users.", number::count(lost.unsigned_abs()))
    } else {
        String::new()
    };
    format!(
        "{name}{given} first refuses on {} and {} times in all{demand}.{lost}",
        instant(plan, first_hit_s.unwrap_or(0.0)),
        number::count(*hits),
    )
}

/// What would make it fit.
fn help(plan: &Plan) -> Option<String> {
    let raise = plan.needed.iter().filter(|needed| needed.is_short());
    let raise = raise.filter_map(|needed| {
        Some(format!("{} {}", needed.name, value(needed.value()?, &needed.unit)))
    });
    let raise: Vec<String> = raise.collect();
    (!raise.is_empty()).then(|| format!("The smallest values that would do: {}.", raise.join(", ")))
}

pub(super) fn tiles(plan: &Plan) -> Vec<Tile> {
    let total = &plan.total;
    let seconds =
        |seconds: Option<f64>| seconds.map_or_else(|| "–".to_owned(), |s| Unit::Seconds.say(s));
    let share =
        |share: Option<f64>| share.map_or_else(|| "–".to_owned(), |share| Unit::Share.say(share));
    vec![
        demand(plan, "SendTextMessage", total.send_demand),
        demand(plan, "PutMessageFeedback", total.put_demand),
        lost(total, share(total.conversion_lost_share)),
        Tile::new(
            "Expired because of the queue",
            share(total.expired_in_queue_share),
            format!("{} verifications", signed(total.expired_in_queue)),
        )
        .toned(if total.expired_in_queue > 0 { Tone::Doubtful } else { Tone::Plain }),
        Tile::new(
            "Wait before sending, 99 of 100 below",
            seconds(total.send_delay.p99),
            format!("longest {}", seconds(total.send_delay.max)),
        ),
        Tile::new("In flight at most", number::count(total.in_flight.peak), "open verifications"),
        Tile::new(
            "Dearest month",
            Unit::Usd.say(plan.cost_usd.month),
            format!("dearest hour {}", Unit::Usd.say(plan.cost_usd.hour_max)),
        ),
        growth(plan),
    ]
}

/// The demand on one operation, against its limit.
fn demand(plan: &Plan, name: &str, rate: Rate) -> Tile {
    let given = plan.limits.iter().find(|limit| limit.name == name).and_then(|limit| limit.given);
    let over = given.is_some_and(|given| rate.peak as f64 > given);
    let limit = given.map_or_else(
        || "no limit".to_owned(),
        |given| format!("limit {}/s", number::figure(given)),
    );
    let at = rate.peak_at_s.map_or_else(String::new, |at| format!(", {}", instant(plan, at)));
    let tile = Tile::new(
        &format!("{name}, busiest second"),
        format!("{}/s", number::count(rate.peak)),
        limit + &at,
    );
    tile.toned(if over { Tone::Bad } else { Tone::Plain })
}

fn lost(total: &Figures, share: String) -> Tile {
    let note = format!("{} verified users fewer", signed(total.conversion_lost));
    let tone = if total.conversion_lost > 0 { Tone::Bad } else { Tone::Plain };
    Tile::new("Conversion lost to limits", share, note).toned(tone)
}

fn growth(plan: &Plan) -> Tile {
    let headroom = plan.headroom.as_ref();
    let factor = headroom.and_then(|headroom| headroom.factor);
    let carried = factor.map_or_else(|| "–".to_owned(), |factor| format!("× {factor:.2}"));
    let breaks = headroom.and_then(|headroom| headroom.breaks_at);
    let note = match (headroom, breaks) {
        (None, _) => "not searched".to_owned(),
        (_, Some(at)) => format!("breaks at × {at:.2}"),
        (_, None) => "nothing breaks up to there".to_owned(),
    };
    let tight = factor.is_some_and(|factor| factor < 1.2);
    Tile::new("Traffic these limits carry", carried, note).toned(if tight {
        Tone::Doubtful
    } else {
        Tone::Plain
    })
}

pub(super) fn signed(count: i64) -> String {
    let sign = if count < 0 { "-" } else { "" };
    format!("{sign}{}", number::count(count.unsigned_abs()))
}

/// A plan without anything in it.
#[cfg(test)]
pub(super) fn empty() -> Plan {
    Plan {
        schema: 1,
        fits: true,
        scenario: "empty".to_owned(),
        description: String::new(),
        seeds: vec![1],
        start_epoch_s: 0,
        duration_s: 0.0,
        goals: Vec::new(),
        limits: Vec::new(),
        needed: Vec::new(),
        together: None,
        headroom: None,
        cost_usd: crate::plan::findings::Cost::default(),
        total: Figures::default(),
        countries: Vec::new(),
        tests: Vec::new(),
        spreads: Vec::new(),
        confidence: String::new(),
        minutes: Vec::new(),
        marks: Vec::new(),
        what_if: Vec::new(),
        quota_request: String::new(),
        notes: Vec::new(),
    }
}
