//! What each limit did: when it first bound, how often, and what it alone is the cause of.

use super::{
    Inquiry, figures,
    findings::{Harm, LimitFinding, Mark},
    limit::Limit,
    part::Parts,
    seen::Seen,
    trial::{Player, Stopped, Trial},
};
use crate::{
    record::demand::{Stock, Tick},
    scenario::Scenario,
};
use jiff::Timestamp;
use sms_voice_mock::service::{bound::Bound, time::SimTime};

/// What is known of every limit, of the first seed.
pub fn findings(
    inquiry: &Inquiry<'_>,
    player: &Player<'_>,
    limited: &Trial,
    all_free: &[Trial],
) -> Result<Vec<LimitFinding>, Stopped> {
    let (scenario, free) = (inquiry.scenario, &all_free[0]);
    let known = Limit::ALL.iter().copied().filter(|limit| {
        limit.given(scenario).is_some()
            || limit.is_searched(scenario)
            || limit.hits(&limited.demand).count > 0
    });
    let known: Vec<Limit> = known.collect();
    let bound: Vec<Limit> =
        known.iter().copied().filter(|limit| limit.hits(&limited.demand).count > 0).collect();
    let harms = harms(inquiry, player, (&bound, limited, all_free))?;
    let harm = |limit| {
        let place = bound.iter().position(|other| *other == limit);
        place.map_or_else(Harm::default, |place| harms[place])
    };
    Ok(known
        .into_iter()
        .map(|limit| finding(scenario, limit, harm(limit), limited, free))
        .collect())
}

fn finding(
    scenario: &Scenario,
    limit: Limit,
    cause_of: Harm,
    limited: &Trial,
    free: &Trial,
) -> LimitFinding {
    let hits = limit.hits(&limited.demand);
    let (peak_demand, peak_at_s) = wanted(scenario, limit, limited, free);
    let busiest = hits.busiest_minute();
    LimitFinding {
        name: limit.name().to_owned(),
        path: limit.path(scenario).to_owned(),
        unit: limit.unit().to_owned(),
        given: limit.given(scenario),
        peak_demand,
        peak_at_s,
        first_hit_s: hits.first.map(SimTime::secs_f64),
        first_hit_at: hits.first.map(|at| instant(scenario, at.secs_f64())),
        hits: hits.count,
        busiest_minute_s: busiest.map(|(minute, _)| minute as f64 * 60.0),
        busiest_minute_hits: busiest.map_or(0, |(_, count)| count.into()),
        cause_of,
    }
}

/// The highest demand and when it was.
fn wanted(
    scenario: &Scenario,
    limit: Limit,
    limited: &Trial,
    free: &Trial,
) -> (Option<f64>, Option<f64>) {
    let peak = |level: super::findings::Level| (Some(level.peak as f64), level.peak_at_s);
    match (limit, limit.tick()) {
        (_, Some(tick)) => peak(figures::level(&free.demand.per_second(tick, None))),
        // What sends without an answer cost is not among the figures, though it is spent.
        (Limit::Account(Bound::Spend), _) if free.cell(None).messages.unknown == 0 => {
            (Some(figures::cost(scenario, free, None).month), None)
        }
        (Limit::Account(Bound::Daily), _) => (Some(dearest_day(scenario, free)), None),
        (Limit::Queue, _) => peak(figures::level(&limited.demand.level(Stock::Queue, None))),
        (Limit::Account(_) | Limit::Limiter | Limit::FeedbackRate | Limit::Workers, None) => {
            (None, None)
        }
    }
}

/// The most message parts of one day, as caps count them.
pub(super) fn dearest_day(scenario: &Scenario, free: &Trial) -> f64 {
    let day_starts = scenario.service.quotas.day_starts.as_secs();
    let into_day = scenario.start_epoch_s.saturating_sub_unsigned(day_starts).rem_euclid(86_400);
    let start = usize::try_from(into_day).expect("positive");
    let parts = free.demand.per_second(Tick::Parts, None);
    let (first, rest) = parts.split_at(parts.len().min(86_400 - start));
    let days = std::iter::once(first).chain(rest.chunks(86_400));
    days.map(|day| day.iter().map(|parts| f64::from(*parts)).sum()).fold(0.0, f64::max)
}

/// What each of the limits causes alone. If only one that holds up sends has bound, it has been played already:
/// feedback changes nothing about them.
fn harms(
    inquiry: &Inquiry<'_>,
    player: &Player<'_>,
    (bound, limited, free): (&[Limit], &Trial, &[Trial]),
) -> Result<Vec<Harm>, Stopped> {
    let alone = bound.iter().filter(|limit| limit.binds_alone() && !limit.is_of_puts()).count();
    player.each(bound, |limit| match limit.given(inquiry.scenario) {
        Some(value) if alone > 1 && limit.binds_alone() && !limit.is_of_puts() => {
            let mut parts = Parts::new(inquiry, player, vec![*limit], free);
            let trial = parts.play(&[value], 0)?;
            Ok(harm(*limit, &parts.seen(&trial, 0)))
        }
        _ => Ok(harm(*limit, &Seen::whole(limited, &free[0]))),
    })
}

fn harm(limit: Limit, seen: &Seen<'_>) -> Harm {
    if limit.is_of_puts() {
        let refuses = limit != Limit::FeedbackRate;
        let throttles = if refuses { seen.limited.demand.puts_throttled(None) } else { 0 };
        return Harm { throttles, ..Harm::default() };
    }
    let (cell, without) = (seen.cell(None), seen.free.cell(None));
    // Nothing waits where the limit cannot bind, so what was played of the campaign has it all.
    let limited = seen.limited;
    let delays = limited.demand.send_delay(None);
    let throttles = match limit {
        // Some limits of the account refuse for good.
        Limit::Account(_) => cell.messages.throttled.saturating_sub(without.messages.throttled),
        Limit::Limiter | Limit::FeedbackRate | Limit::Workers | Limit::Queue => 0,
    };
    Harm {
        throttles,
        waits: limited.demand.waits(None),
        longest_wait_s: if delays.is_empty() { 0.0 } else { delays.max() as f64 / 1e6 },
        lost_sessions: figures::expired_more(&cell, &without),
        lost_conversions: figures::conversion_lost(&cell, &without),
    }
}

/// A UTC instant of the campaign, to the second.
#[must_use]
pub fn instant(scenario: &Scenario, at_s: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "seconds of a campaign are few")]
    let second = scenario.start_epoch_s.saturating_add(at_s as i64);
    Timestamp::from_second(second).unwrap_or(Timestamp::MAX).to_string()
}

/// What a chart over time should mark: when each limit first binds, and what the scenario names.
#[must_use]
pub fn marks(scenario: &Scenario, limits: &[LimitFinding]) -> Vec<Mark> {
    let hit = limits.iter().filter_map(|limit| {
        let what = format!("{} first binds", limit.name);
        limit.first_hit_s.map(|t_s| Mark { t_s, what })
    });
    let events = scenario.arrivals.events().iter().map(|event| Mark {
        t_s: event.from.secs_f64(),
        what: format!("{} ({})", event.name, event.kind.name()),
    });
    let mut marks: Vec<Mark> = hit.chain(events).collect();
    marks.sort_by(|a, b| a.t_s.total_cmp(&b.t_s));
    marks
}
