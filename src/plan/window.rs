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

/// What a quota is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Calls {
    /// Sends: one that is not made while its session lasts is not made at all.
    Sends,
    /// Puts: they slow each other down once one is throttled, and are repeated until they succeed.
    Puts,
}

/// The share of their quota that throttled puts use.
const PACED: f64 = 0.7;

/// How much later than its session a throttled put may be, in seconds.
const LATE_PUTS: usize = 600;

/// The seconds in which a session must arrive to be concerned by a quota per second of `value`, or to be in
/// the way of one that is, of a demand by the second.
pub(super) fn of_rate(
    scenario: &Scenario,
    demand: &[u32],
    value: f64,
    calls: Calls,
) -> Vec<Range<usize>> {
    let burst = scenario.service.quotas.burst.as_secs_f64();
    let brim = (value * burst).max(1.0);
    let (reach, drain, tail) = match calls {
        Calls::Sends => (reach(scenario), value, 0),
        Calls::Puts => (reach(scenario), value * PACED, LATE_PUTS),
    };
    let (mut windows, mut level) = (Vec::<Range<usize>>::new(), 0.0_f64);
    for (second, count) in demand.iter().enumerate() {
        let count = f64::from(*count);
        if level + count > brim && count > 0.0 {
            push(&mut windows, second.saturating_sub(reach)..second + 1 + reach + tail);
        }
        level = count + (level - drain).max(0.0);
    }
    windows
}

/// The seconds that matter for a limit of spending that is reached in this one: from there to the end.
pub(super) fn from_second(scenario: &Scenario, second: usize) -> Range<usize> {
    second.saturating_sub(reach(scenario))..usize::MAX
}

/// All of these windows as instants; `None` if they hold so much of the demand that it is not worth it.
pub(super) fn joined(
    mut windows: Vec<Range<usize>>,
    demand: &[u32],
) -> Option<Vec<Range<SimTime>>> {
    windows.sort_by_key(|window| window.start);
    let mut joined = Vec::new();
    windows.into_iter().for_each(|window| push(&mut joined, window));
    while joined.len() > MOST {
        join_nearest(&mut joined);
    }
    let sum = |list: &[u32]| list.iter().map(|count| f64::from(*count)).sum::<f64>();
    let inside = joined.iter().map(|window| {
        let end = window.end.min(demand.len());
        sum(&demand[window.start.min(end)..end])
    });
    if inside.sum::<f64>() > WORTHWHILE * sum(demand) {
        return None;
    }
    if joined.is_empty() {
        // Nobody: an empty list would be everybody.
        joined.push(0..0);
    }
    let at = |second: usize| SimTime::from_nanos((second as u64).saturating_mul(1_000_000_000));
    Some(joined.into_iter().map(|window| at(window.start)..at(window.end)).collect())
}

/// Adds a window that does not begin before the last one.
fn push(windows: &mut Vec<Range<usize>>, window: Range<usize>) {
    match windows.last_mut().filter(|last| window.start <= last.end) {
        Some(last) => last.end = last.end.max(window.end),
        None => windows.push(window),
    }
}

fn join_nearest(windows: &mut Vec<Range<usize>>) {
    let gap = |place: &usize| windows[*place + 1].start - windows[*place].end;
    let nearest = (0..windows.len() - 1).min_by_key(gap).expect("there are several");
    windows[nearest].end = windows[nearest].end.max(windows[nearest + 1].end);
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
    use std::iter;

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
        let windows = |value| joined(of_rate(&scenario(), &demand, value, Calls::Sends), &demand);
        // Two seconds of ten fill a bucket of twenty to its brim, and not over it; three hundred too many
        // take thirty seconds to drain, and what is in the bucket two more.
        assert_eq!(windows(20.0).expect("worthwhile"), [at(4_900)..at(5_141)]);
        assert_eq!(windows(19.0), None, "it may overflow anywhere");
        assert_eq!(windows(200.0).expect("worthwhile"), [at(0)..at(0)]);
    }

    #[test]
    fn windows_of_several_limits_are_joined() {
        let demand = vec![1; 1_000];
        let at = SimTime::from_secs;
        let all = vec![300..400, 10..20, 390..410, 15..30];
        assert_eq!(joined(all, &demand).expect("worthwhile"), [at(10)..at(30), at(300)..at(410)]);
        let from = |second: usize| joined(iter::once(second..usize::MAX).collect(), &demand);
        assert_eq!(from(400), None);
        let rest = from(900).expect("worthwhile");
        assert!(rest[0].contains(&at(1_000_000)));
    }
}
