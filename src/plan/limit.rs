//! The limits that planning knows: their names, what they are set to, and how to set them.

use crate::{
    record::demand::{Hits, Tick},
    scenario::{Scenario, policy::OnThrottle},
};
use sms_voice_mock::service::bound::Bound;

/// A limit of the account or of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// One of the account.
    Account(Bound),
    /// The places of the application's own queue.
    Queue,
}

impl Limit {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 8] = [
        Self::Account(Bound::SendRate),
        Self::Account(Bound::PutRate),
        Self::Account(Bound::Parts),
        Self::Account(Bound::Pool),
        Self::Account(Bound::Recipient),
        Self::Account(Bound::Daily),
        Self::Account(Bound::Spend),
        Self::Queue,
    ];

    /// The quotas that are searched even where the scenario gives none: without them nobody knows what
    /// to ask for.
    pub const ALWAYS_SEARCHED: [Self; 3] = [
        Self::Account(Bound::SendRate),
        Self::Account(Bound::PutRate),
        Self::Account(Bound::Parts),
    ];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account(bound) => bound.name(),
            Self::Queue => "queue",
        }
    }

    /// The scenario key that sets it.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Account(Bound::SendRate) => "service.quotas.SendTextMessage",
            Self::Account(Bound::PutRate) => "service.quotas.PutMessageFeedback",
            Self::Account(Bound::Parts) => "service.quotas.parts_per_second",
            Self::Account(Bound::Pool) => "service.pools",
            Self::Account(Bound::Recipient) => "service.quotas.recipient_per_second",
            Self::Account(Bound::Daily) => "service.quotas.parts_per_day",
            Self::Account(Bound::Spend) => "service.spend_limit_usd",
            Self::Queue => "policy.on_throttle.queue.limit",
        }
    }

    /// What it counts.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Account(Bound::SendRate | Bound::PutRate) => "calls/s",
            Self::Account(Bound::Parts | Bound::Pool) => "parts/s",
            Self::Account(Bound::Recipient) => "messages/s to one number",
            Self::Account(Bound::Daily) => "parts/day",
            Self::Account(Bound::Spend) => "USD/month",
            Self::Queue => "messages",
        }
    }

    /// Whether AWS raises it on request. The limit per recipient is documented as fixed; that the rate of an
    /// originator can be raised depends on its kind, and a daily cap is a carrier's.
    #[must_use]
    pub const fn is_adjustable(self) -> bool {
        match self {
            Self::Account(
                Bound::SendRate | Bound::PutRate | Bound::Parts | Bound::Pool | Bound::Spend,
            ) => true,
            Self::Account(Bound::Recipient | Bound::Daily) | Self::Queue => false,
        }
    }

    /// Its value in a scenario; `None` is unlimited.
    #[must_use]
    pub fn given(self, scenario: &Scenario) -> Option<f64> {
        let quotas = &scenario.service.quotas;
        match self {
            Self::Account(Bound::SendRate) => quotas.send_per_second,
            Self::Account(Bound::PutRate) => quotas.put_per_second,
            Self::Account(Bound::Parts) => quotas.parts_per_second,
            Self::Account(Bound::Recipient) => quotas.recipient_per_second,
            Self::Account(Bound::Spend) => scenario.service.spend_limit_usd,
            Self::Account(Bound::Pool | Bound::Daily) => None,
            Self::Queue => match scenario.policy.on_throttle {
                OnThrottle::Queue { limit, .. } => Some(f64::from(limit)),
                OnThrottle::Fail | OnThrottle::Retry { .. } => None,
            },
        }
    }

    /// Sets its value; `None` lifts it. The application's queue is no quota and stays as it is.
    pub fn set(self, scenario: &mut Scenario, value: Option<f64>) {
        let quotas = &mut scenario.service.quotas;
        match self {
            Self::Account(Bound::SendRate) => quotas.send_per_second = value,
            Self::Account(Bound::PutRate) => quotas.put_per_second = value,
            Self::Account(Bound::Parts) => quotas.parts_per_second = value,
            Self::Account(Bound::Recipient) => quotas.recipient_per_second = value,
            Self::Account(Bound::Spend) => scenario.service.spend_limit_usd = value,
            Self::Account(Bound::Pool | Bound::Daily) | Self::Queue => {}
        }
    }

    /// What the traffic wants of it in a second, where it is a rate that is known.
    #[must_use]
    pub const fn tick(self) -> Option<Tick> {
        match self {
            Self::Account(Bound::SendRate) => Some(Tick::Sends),
            Self::Account(Bound::PutRate) => Some(Tick::Puts),
            Self::Account(Bound::Parts | Bound::Pool) => Some(Tick::Parts),
            Self::Account(Bound::Recipient | Bound::Daily | Bound::Spend) | Self::Queue => None,
        }
    }

    /// When and how often it refused in a run.
    #[must_use]
    pub fn hits(self, demand: &crate::record::demand::Demand) -> &Hits {
        match self {
            Self::Account(bound) => demand.hits(bound),
            Self::Queue => demand.given_up(),
        }
    }
}

/// The scenario without any limit: what its traffic wants. Errors and faults of the service stay, and so
/// do the application's limits per user and country, which are rules and no capacity.
#[must_use]
pub fn unlimited(scenario: &Scenario) -> Scenario {
    let mut free = scenario.clone();
    Limit::ALL.iter().for_each(|limit| limit.set(&mut free, None));
    free
}

/// The scenario with these limits and no other. A queue that is emptied at the quota of sends, which is
/// what a queue without a rate of its own does, follows that quota.
#[must_use]
pub fn with_only(scenario: &Scenario, limits: &[(Limit, f64)]) -> Scenario {
    let mut limited = unlimited(scenario);
    let quota = scenario.service.quotas.send_per_second;
    for (limit, value) in limits {
        limit.set(&mut limited, Some(*value));
        if let (Limit::Account(Bound::SendRate), OnThrottle::Queue { rate, .. }) =
            (limit, &mut limited.policy.on_throttle)
            && quota == Some(*rate)
        {
            *rate = *value;
        }
    }
    limited
}
