//! The originators of a pool and what each of them has room for.
//!
//! **Invariant:** a send that no originator has room for changes nothing.

use super::{
    Refusal,
    day::{DailyCap, Days},
    meter::{Meters, Pace},
};
use crate::service::{
    bound::Bound,
    country::CountryCode,
    pool::{Pool, PoolOrder, PoolOriginator},
    settings::Quotas,
    time::SimTime,
};

/// The originators of one pool.
#[derive(Clone)]
pub(super) struct Members {
    members: Vec<Member>,
    order: PoolOrder,
    /// Where the next search begins.
    next: usize,
    rates: Meters<Box<str>>,
}

#[derive(Clone)]
struct Member {
    countries: Vec<CountryCode>,
    pace: Option<Pace>,
    /// Whose rate it uses: its own, or its campaign's.
    rate_of: Box<str>,
    cap: DailyCap,
    /// Whose day it uses: its own, or its brand's.
    day_of: Box<str>,
}

impl Members {
    pub(super) fn new(pool: &Pool, quotas: &Quotas) -> Self {
        Self {
            members: pool.originators.iter().map(|one| Member::new(one, quotas)).collect(),
            order: pool.order,
            next: 0,
            rates: Meters::new(None),
        }
    }

    /// The place of the first originator that reaches the country and has room for so many parts, which
    /// it uses. If none has, the day's cap is to blame where it alone keeps one of them from it.
    pub(super) fn admit(
        &mut self,
        now: SimTime,
        country: CountryCode,
        parts: u32,
        days: &mut Days,
    ) -> Result<usize, Refusal> {
        let count = self.members.len();
        let (mut some_only_capped, mut some_only_busy) = (false, false);
        for place in (0..count).map(|step| (self.next + step) % count) {
            let member = &self.members[place];
            if !member.reaches(country) {
                continue;
            }
            let allowed = days.allow(now, &member.day_of, member.cap, parts);
            let paid_at = self.rates.after_at(member.pace, now, &*member.rate_of, parts);
            let Some(paid_at) = paid_at.filter(|_| allowed) else {
                some_only_capped |= paid_at.is_some();
                some_only_busy |= allowed;
                continue;
            };
            self.rates.set_at(member.pace, now, member.rate_of.clone(), paid_at);
            days.add(now, &member.day_of, member.cap, parts);
            if self.order == PoolOrder::InTurn {
                self.next = (place + 1) % count;
            }
            return Ok(place);
        }
        let capped = some_only_capped || !some_only_busy;
        let bound = if capped { Bound::Daily } else { Bound::Pool };
        Err(Refusal { bound, for_today: !some_only_busy })
    }
}

impl Member {
    fn new(originator: &PoolOriginator, quotas: &Quotas) -> Self {
        let PoolOriginator { id, campaign, brand, .. } = originator;
        let rate = originator.parts_per_second.or(quotas.parts_per_second);
        // Not to be confused with an originator of the same name.
        let shared = |kind: &str, name: &Option<Box<str>>| match name {
            Some(name) => format!("{kind} {name}").into(),
            None => id.clone(),
        };
        Self {
            countries: originator.countries.clone(),
            pace: rate.map(|rate| Pace::new(rate, quotas.burst)),
            rate_of: shared("campaign", campaign),
            cap: DailyCap {
                parts: originator.parts_per_day.or(quotas.parts_per_day),
                messages: originator.messages_per_day,
            },
            day_of: shared("brand", brand),
        }
    }

    fn reaches(&self, country: CountryCode) -> bool {
        self.countries.is_empty() || self.countries.contains(&country)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn originator(id: &str, parts_per_second: f64) -> PoolOriginator {
        PoolOriginator {
            id: id.into(),
            parts_per_second: Some(parts_per_second),
            ..PoolOriginator::default()
        }
    }

    fn pool(order: PoolOrder, originators: Vec<PoolOriginator>) -> (Members, Days) {
        let quotas = Quotas::UNLIMITED;
        let pool = Pool { order, originators };
        (Members::new(&pool, &quotas), Days::new(&quotas, Duration::ZERO))
    }

    fn at(secs: u64) -> SimTime {
        SimTime::from_secs(secs)
    }

    fn country(code: &str) -> CountryCode {
        code.parse().expect("a country")
    }

    #[test]
    fn a_send_takes_the_first_with_room_and_is_refused_if_none_has() {
        let (mut members, mut days) =
            pool(PoolOrder::Listed, vec![originator("a", 1.0), originator("b", 2.0)]);
        let mut admit = |now| members.admit(at(now), country("US"), 1, &mut days);
        let full = Err(Refusal::from(Bound::Pool));
        assert_eq!([0; 4].map(|_| admit(0)), [Ok(0), Ok(1), Ok(1), full]);
        assert_eq!(admit(1), Ok(0));
    }

    #[test]
    fn originators_can_send_in_turn() {
        let (mut members, mut days) =
            pool(PoolOrder::InTurn, vec![originator("a", 9.0), originator("b", 9.0)]);
        let places = [0; 4].map(|_| members.admit(at(0), country("US"), 1, &mut days));
        assert_eq!(places, [Ok(0), Ok(1), Ok(0), Ok(1)]);
    }

    #[test]
    fn only_originators_that_reach_the_country_are_asked() {
        let canada = PoolOriginator { countries: vec![country("CA")], ..originator("a", 1.0) };
        let (mut members, mut days) = pool(PoolOrder::Listed, vec![canada, originator("b", 1.0)]);
        let mut admit = |code| members.admit(at(0), country(code), 1, &mut days);
        let full = Err(Refusal::from(Bound::Pool));
        assert_eq!([admit("US"), admit("US")], [Ok(1), full]);
        assert_eq!([admit("CA"), admit("CA")], [Ok(0), full]);
    }

    #[test]
    fn one_campaign_has_one_rate_and_one_brand_one_day() {
        let shared = |id| PoolOriginator {
            campaign: Some("c".into()),
            brand: Some("b".into()),
            messages_per_day: Some(3),
            ..originator(id, 1.0)
        };
        let (mut members, mut days) =
            pool(PoolOrder::InTurn, vec![shared("a"), shared("b"), shared("c")]);
        let mut admit = |now| members.admit(at(now), country("US"), 1, &mut days);
        let refused = |bound: Bound| Err(Refusal::from(bound));
        assert_eq!([admit(0), admit(0)], [Ok(0), refused(Bound::Pool)]);
        assert_eq!([admit(1), admit(2), admit(3)], [Ok(1), Ok(2), refused(Bound::Daily)]);
        assert_eq!(admit(86_400), Ok(0));
    }

    #[test]
    fn the_cap_is_to_blame_where_it_alone_keeps_an_originator_from_sending() {
        let capped = PoolOriginator { messages_per_day: Some(1), ..originator("a", 9.0) };
        let (mut members, mut days) = pool(PoolOrder::Listed, vec![capped, originator("b", 1.0)]);
        let mut admit = |now| members.admit(at(now), country("US"), 1, &mut days);
        assert_eq!([admit(0), admit(0)], [Ok(0), Ok(1)]);
        let busy = Refusal { bound: Bound::Daily, for_today: false };
        assert_eq!([admit(0), admit(1)], [Err(busy), Ok(1)], "the other has room again");
    }
}
