//! Where in a campaign a limit can bind at all: only there it has to be played to judge the limit.
//!
//! A limit lets through what fits into its bucket. From the demand without limits an upper bound of the
//! bucket's level follows; where that stays below its brim, nothing is refused, and with the limit everything
//! happens as without. Around the rest lie the sessions that can be concerned, and those that compete with
//! them for the limit.
//!
//! **Invariant:** whoever is outside of the windows meets no refusal at the value they are made for, nor at
//! any above it.

use crate::scenario::Scenario;
use sms_voice_mock::service::time::SimTime;
use std::{ops::Range, time::Duration};

/// If more than this share of the demand is inside, the whole campaign is played.
const WORTHWHILE: f64 = 0.5;

/// At most so many windows, so that they are cheap to look through.
const MOST: usize = 16;

/// The windows for a quota per second of `value`, of a demand by the second; `None` if the whole campaign
/// should be played.
pub(super) fn of_rate(
    scenario: &Scenario,
    demand: &[u32],
    value: f64,
) -> Option<Vec<Range<SimTime>>> {
    let burst = scenario.service.quotas.burst.as_secs_f64();
    let brim = (value * burst).max(1.0);
    let reach = reach(scenario);
    let (mut windows, mut level) = (Vec::<Range<usize>>::new(), 0.0_f64);
    for (second, count) in demand.iter().enumerate() {
        let count = f64::from(*count);
        if level + count > brim && count > 0.0 {
            let around = second.saturating_sub(reach)..second + 1 + reach;
            match windows.last_mut().filter(|last| around.start <= last.end) {
                Some(last) => last.end = around.end,
                None => windows.push(around),
            }
        }
        level = count + (level - value).max(0.0);
    }
    while windows.len() > MOST {
        join_nearest(&mut windows);
    }
    worthwhile(&windows, demand)
}

/// The window for a limit of spending that is reached in this second: from there to the end.
pub(super) fn from_second(
    scenario: &Scenario,
    demand: &[u32],
    second: usize,
) -> Option<Vec<Range<SimTime>>> {
    let end = demand.len().max(second + 1) + reach(scenario);
    let window = second.saturating_sub(reach(scenario))..end;
    worthwhile(std::slice::from_ref(&window), demand)
}

fn worthwhile(windows: &[Range<usize>], demand: &[u32]) -> Option<Vec<Range<SimTime>>> {
    let sum = |list: &[u32]| list.iter().map(|count| f64::from(*count)).sum::<f64>();
    let inside = windows.iter().map(|window| {
        let end = window.end.min(demand.len());
        sum(&demand[window.start.min(end)..end])
    });
    if inside.sum::<f64>() > WORTHWHILE * sum(demand) {
        return None;
    }
    let at = |second: usize| SimTime::from_secs(second as u64);
    let windows: Vec<Range<SimTime>> =
        windows.iter().map(|window| at(window.start)..at(window.end)).collect();
    if windows.is_empty() { Some(nobody()) } else { Some(windows) }
}

/// Windows in which nobody arrives; an empty list would be everybody.
pub(super) fn nobody() -> Vec<Range<SimTime>> {
    vec![SimTime::ZERO..SimTime::ZERO]
}

fn join_nearest(windows: &mut Vec<Range<usize>>) {
    let gap = |place: &usize| windows[*place + 1].start - windows[*place].end;
    let nearest = (0..windows.len() - 1).min_by_key(gap).expect("there are several");
    windows[nearest].end = windows[nearest + 1].end;
    windows.remove(nearest + 1);
}

/// How long before and after a call the sessions may arrive that have to do with it, in seconds: as long as
/// a session can last.
fn reach(scenario: &Scenario) -> usize {
    let policy = &scenario.policy;
    let codes = u32::from(policy.resends) + 1;
    let longest = policy.lifetime.saturating_mul(codes).max(Duration::from_secs(60));
    usize::try_from(longest.as_secs()).unwrap_or(usize::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Source, parse};

    fn scenario() -> Scenario {
        let text = "name = \"x\"\n[arrivals]\nstages = [{ constant = { rate = 1.0, duration = \"1s\" } }]\n\
            [policy]\nlifetime = \"100s\"\nresends = 0\n[countries.BR]\nprofile = \"BR\"\n";
        parse(text, Source { name: "x", folder: None }, &[], None).expect("valid").scenario
    }

    #[test]
    fn windows_lie_around_what_can_overflow_and_nowhere_else() {
        let mut demand = vec![10; 10_000];
        demand[5_000..5_010].fill(50);
        let at = SimTime::from_secs;
        // Two seconds of ten fill a bucket of twenty to its brim, and not over it.
        let windows = of_rate(&scenario(), &demand, 20.0).expect("worthwhile");
        // Three hundred too many take thirty seconds to drain.
        assert_eq!(windows, [at(4_900)..at(5_139)]);
        assert_eq!(of_rate(&scenario(), &demand, 19.0), None, "it may overflow anywhere");
        let never = of_rate(&scenario(), &demand, 200.0).expect("worthwhile");
        assert_eq!(never, [SimTime::ZERO..SimTime::ZERO]);
    }
}
