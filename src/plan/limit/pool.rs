//! What a pool of originators may send, as one limit.
//!
//! **Invariant:** a pool that is given its own value is as it was.

use super::whole;
use crate::scenario::Scenario;
use sms_voice_mock::service::pool::{Pool, PoolOriginator};
use std::collections::BTreeMap;

/// The pool that the campaign sends through, if it does.
fn used(scenario: &Scenario) -> Option<&Pool> {
    scenario.service.pools.get(scenario.policy.origination_identity.as_str())
}

fn used_mut(scenario: &mut Scenario) -> Option<&mut Pool> {
    scenario.service.pools.get_mut(scenario.policy.origination_identity.as_str())
}

pub(super) fn is_used(scenario: &Scenario) -> bool {
    used(scenario).is_some()
}

/// Parts per second of all originators that have a limit; those of one campaign share theirs. `None` if none has.
pub(super) fn rate(scenario: &Scenario) -> Option<f64> {
    let every = scenario.service.quotas.parts_per_second;
    let originators = &used(scenario)?.originators;
    let rates = originators.iter().map(|one| {
        let whose = one.campaign.as_deref().unwrap_or(&one.id);
        Some((whose, one.parts_per_second.or(every)?))
    });
    let rates: BTreeMap<&str, f64> = rates.flatten().collect();
    (!rates.is_empty()).then(|| rates.values().sum())
}

/// Parts per day of one originator, or of all in the pool that have a cap; those of one brand share theirs. `None`
/// if none has.
pub(super) fn daily(scenario: &Scenario) -> Option<f64> {
    let every = scenario.service.quotas.parts_per_day;
    let Some(pool) = used(scenario) else {
        return every.map(f64::from);
    };
    let caps = daily_caps(pool, every);
    (!caps.is_empty()).then(|| caps.values().copied().map(f64::from).sum())
}

/// Whose day an originator uses: its brand's, or its own.
fn day_of(one: &PoolOriginator) -> &str {
    one.brand.as_deref().unwrap_or(&one.id)
}

/// What each may send in a day who has a cap.
fn daily_caps(pool: &Pool, every: Option<u32>) -> BTreeMap<&str, u32> {
    let caps = pool.originators.iter().map(|one| {
        let parts = one.parts_per_day.or(every);
        Some((day_of(one), parts.into_iter().chain(one.messages_per_day).min()?))
    });
    caps.flatten().collect()
}

/// These caps in the same proportions, so that they are `sum` together: what rounding leaves goes to the first.
fn shared_out<'a>(caps: &BTreeMap<&'a str, u32>, sum: u32) -> BTreeMap<&'a str, u32> {
    let all: u64 = caps.values().copied().map(u64::from).sum();
    let part = |cap: &u32| u64::from(*cap) * u64::from(sum) / all.max(1);
    let mut left = u64::from(sum) - caps.values().map(part).sum::<u64>();
    let shares = caps.iter().map(|(whose, cap)| {
        let more = u64::from(left > 0);
        left -= more;
        (*whose, u32::try_from(part(cap) + more).unwrap_or(u32::MAX))
    });
    shares.collect()
}

/// Whether every send has to do with the rates: each originator has one and sends everywhere.
pub(super) fn paces_all(scenario: &Scenario) -> bool {
    let every = scenario.service.quotas.parts_per_second;
    used(scenario).is_some_and(|pool| {
        let mut originators = pool.originators.iter();
        originators.all(|one| one.parts_per_second.or(every).is_some() && one.countries.is_empty())
    })
}

/// Takes all limits of originators away.
pub(super) fn lift(scenario: &mut Scenario) {
    scenario.service.quotas.parts_per_day = None;
    for originator in scenario.service.pools.values_mut().flat_map(|pool| &mut pool.originators) {
        originator.parts_per_second = None;
        originator.parts_per_day = None;
        originator.messages_per_day = None;
    }
}

pub(super) fn set_rate(given: &Scenario, limited: &mut Scenario, value: f64) {
    let (Some(pool), Some(all)) = (used(given), rate(given)) else { return };
    let every = given.service.quotas.parts_per_second;
    let Some(set) = used_mut(limited) else { return };
    for (before, now) in pool.originators.iter().zip(&mut set.originators) {
        let own = before.parts_per_second.or(every);
        now.parts_per_second = own.map(|own| own * value / all);
    }
}

pub(super) fn set_daily(given: &Scenario, limited: &mut Scenario, value: f64) {
    let every = given.service.quotas.parts_per_day;
    let Some((pool, set)) = used(given).zip(used_mut(limited)) else {
        limited.service.quotas.parts_per_day = Some(whole(value));
        return;
    };
    let caps = daily_caps(pool, every);
    let shares = shared_out(&caps, whole(value));
    for (before, now) in pool.originators.iter().zip(&mut set.originators) {
        let whose = day_of(before);
        let (Some(cap), Some(share)) = (caps.get(whose), shares.get(whose)) else { continue };
        // The cap that binds becomes its share, another grows with it.
        let grown = |own: u32| whole(f64::from(own) * f64::from(*share) / f64::from(*cap));
        now.parts_per_day = before.parts_per_day.or(every).map(grown);
        now.messages_per_day = before.messages_per_day.map(grown);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Source, parse};

    #[test]
    fn all_sends_are_paced_by_a_pool_only_if_each_originator_sends_everywhere_at_a_rate() {
        let paces = |originators: &str| {
            let text = format!(
                "name = \"x\"\n[arrivals]\nstages = [{{ constant = {{ rate = 1.0, duration = \"1s\" }} }}]\n\
                 [countries.BR]\nprofile = \"BR\"\n\
                 [service.pools.OTPDRILL]\noriginators = [{originators}]\n"
            );
            let loaded = parse(&text, Source { name: "x", folder: None }, &[], None);
            paces_all(&loaded.expect("valid").scenario)
        };
        assert!(paces("{ id = \"A\", parts_per_second = 1 }"));
        assert!(!paces("{ id = \"A\", parts_per_second = 1 }, { id = \"B\" }"));
        assert!(!paces("{ id = \"A\", parts_per_second = 1, countries = [\"BR\"] }"));
    }

    #[test]
    fn caps_are_shared_out_to_the_last_part() {
        let caps = BTreeMap::from([("a", 100), ("b", 100), ("c", 50)]);
        for sum in [1, 2, 99, 100, 101, 250, 1_000_000] {
            assert_eq!(shared_out(&caps, sum).values().sum::<u32>(), sum);
        }
        assert_eq!(shared_out(&caps, 500), BTreeMap::from([("a", 200), ("b", 200), ("c", 100)]));
    }
}
