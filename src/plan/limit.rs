//! The limits that planning knows: their names, what they are set to, and how to set them.

mod pool;

use crate::{
    record::demand::{Demand, Hits, Tick},
    scenario::{
        Scenario,
        policy::{OnThrottle, SendLimiter},
    },
};
use sms_voice_mock::service::{bound::Bound, segments};

/// A limit of the account or of the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// One of the account.
    Account(Bound),
    /// The application's own rate of sends.
    Limiter,
    /// The application's own rate of puts.
    FeedbackRate,
    /// The application's workers: sends that may be unanswered at one time.
    Workers,
    /// The places of the application's own queue.
    Queue,
}

impl Limit {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 11] = [
        Self::Account(Bound::SendRate),
        Self::Account(Bound::PutRate),
        Self::Account(Bound::Parts),
        Self::Account(Bound::Pool),
        Self::Account(Bound::Recipient),
        Self::Account(Bound::Daily),
        Self::Account(Bound::Spend),
        Self::Limiter,
        Self::FeedbackRate,
        Self::Workers,
        Self::Queue,
    ];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account(bound) => bound.name(),
            Self::Limiter => "limiter",
            Self::FeedbackRate => "feedback_rate",
            Self::Workers => "workers",
            Self::Queue => "queue",
        }
    }

    /// The scenario key that sets it.
    #[must_use]
    pub fn path(self, scenario: &Scenario) -> &'static str {
        match self {
            Self::Account(Bound::Daily) if pool::is_used(scenario) => "service.pools",
            Self::Account(Bound::SendRate) => "service.quotas.SendTextMessage",
            Self::Account(Bound::PutRate) => "service.quotas.PutMessageFeedback",
            Self::Account(Bound::Parts) => "service.quotas.parts_per_second",
            Self::Account(Bound::Pool) => "service.pools",
            Self::Account(Bound::Recipient) => "service.quotas.recipient_per_second",
            Self::Account(Bound::Daily) => "service.quotas.parts_per_day",
            Self::Account(Bound::Spend) => "service.spend_limit_usd",
            Self::Limiter => "policy.limiter.rate",
            Self::FeedbackRate => "policy.feedback_rate",
            Self::Workers => "policy.on_throttle.queue.workers",
            Self::Queue => "policy.on_throttle.queue.limit",
        }
    }

    /// What it counts.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Account(Bound::SendRate | Bound::PutRate)
            | Self::Limiter
            | Self::FeedbackRate => "calls/s",
            Self::Account(Bound::Parts | Bound::Pool) => "parts/s",
            Self::Account(Bound::Recipient) => "messages/s to one number",
            Self::Account(Bound::Daily) => "parts/day",
            Self::Account(Bound::Spend) => "USD/month",
            Self::Workers => "unanswered sends",
            Self::Queue => "messages",
        }
    }

    /// Why it is not asked for; `None` if AWS raises it on request. The limit per recipient is documented as
    /// fixed; a daily cap is a carrier's.
    #[must_use]
    pub const fn fixed_because(self) -> Option<&'static str> {
        match self {
            Self::Account(
                Bound::SendRate | Bound::PutRate | Bound::Parts | Bound::Pool | Bound::Spend,
            ) => None,
            Self::Account(Bound::Recipient) => Some("AWS does not raise it"),
            Self::Account(Bound::Daily) => {
                Some("a cap of the carriers, which depends on the brand")
            }
            Self::Limiter | Self::FeedbackRate | Self::Workers | Self::Queue => {
                Some("the application's own setting")
            }
        }
    }

    /// Its value in a scenario; `None` is unlimited.
    #[must_use]
    pub fn given(self, scenario: &Scenario) -> Option<f64> {
        let quotas = &scenario.service.quotas;
        match self {
            Self::Account(Bound::SendRate) => quotas.send_per_second,
            Self::Account(Bound::PutRate) => quotas.put_per_second,
            Self::Account(Bound::Parts) if pool::is_used(scenario) => None,
            Self::Account(Bound::Parts) => quotas.parts_per_second,
            Self::Account(Bound::Pool) => pool::rate(scenario),
            Self::Account(Bound::Recipient) => quotas.recipient_per_second,
            Self::Account(Bound::Daily) => pool::daily(scenario),
            Self::Account(Bound::Spend) => scenario.service.spend_limit_usd,
            Self::Limiter => scenario.policy.limiter.map(|limiter| limiter.rate),
            Self::FeedbackRate => scenario.policy.feedback_rate,
            Self::Workers => match scenario.policy.on_throttle {
                OnThrottle::Queue { workers, .. } => workers.map(f64::from),
                OnThrottle::Fail | OnThrottle::Retry { .. } => None,
            },
            Self::Queue => match scenario.policy.on_throttle {
                OnThrottle::Queue { limit, .. } => Some(f64::from(limit)),
                OnThrottle::Fail | OnThrottle::Retry { .. } => None,
            },
        }
    }

    /// Whether planning looks for its smallest value. The rates of the account are looked for even where
    /// the scenario gives none: without them nobody knows what to ask for.
    #[must_use]
    pub fn is_searched(self, scenario: &Scenario) -> bool {
        match self {
            Self::Account(Bound::SendRate) => true,
            Self::Account(Bound::PutRate) => scenario.policy.expects_feedback(),
            Self::Account(Bound::Parts) => !pool::is_used(scenario),
            Self::Account(Bound::Pool | Bound::Recipient | Bound::Daily | Bound::Spend)
            | Self::Limiter
            | Self::FeedbackRate
            | Self::Workers => self.given(scenario).is_some(),
            // Its places cost nothing: how long a message waits is what counts.
            Self::Queue => false,
        }
    }

    /// Beyond this value nobody looks: it is the largest that a scenario may give, except where there is none.
    #[must_use]
    pub const fn largest(self) -> u64 {
        match self {
            Self::Account(Bound::Daily | Bound::Spend) => 1_000_000_000,
            Self::Account(
                Bound::SendRate | Bound::PutRate | Bound::Parts | Bound::Pool | Bound::Recipient,
            )
            | Self::Limiter
            | Self::FeedbackRate
            | Self::Workers
            | Self::Queue => 1_000_000,
        }
    }

    /// Whether it limits feedback, which costs no session and holds up no send.
    #[must_use]
    pub const fn is_of_puts(self) -> bool {
        matches!(self, Self::Account(Bound::PutRate) | Self::FeedbackRate)
    }

    /// Whether it can refuse or delay where nothing else does.
    #[must_use]
    pub const fn binds_alone(self) -> bool {
        !matches!(self, Self::Queue)
    }

    /// Sets its value in `limited`, a copy of `given` whose limits were lifted or not. What a pool
    /// may send is shared out as it is there.
    fn set(self, given: &Scenario, limited: &mut Scenario, value: f64) {
        let quotas = &mut limited.service.quotas;
        match self {
            Self::Account(Bound::SendRate) => quotas.send_per_second = Some(value),
            Self::Account(Bound::PutRate) => quotas.put_per_second = Some(value),
            Self::Account(Bound::Parts) => quotas.parts_per_second = Some(value),
            Self::Account(Bound::Pool) => pool::set_rate(given, limited, value),
            Self::Account(Bound::Recipient) => quotas.recipient_per_second = Some(value),
            Self::Account(Bound::Daily) => pool::set_daily(given, limited, value),
            Self::Account(Bound::Spend) => limited.service.spend_limit_usd = Some(value),
            Self::Limiter => {
                let limiter = given.policy.limiter;
                limited.policy.limiter = limiter.map(|own| SendLimiter { rate: value, ..own });
            }
            Self::FeedbackRate => limited.policy.feedback_rate = Some(value),
            Self::Workers => {
                if let OnThrottle::Queue { workers, .. } = &mut limited.policy.on_throttle {
                    *workers = Some(whole(value));
                }
            }
            Self::Queue => {}
        }
    }

    /// What the traffic wants of it in a second, where it is a rate that is known.
    #[must_use]
    pub const fn tick(self) -> Option<Tick> {
        match self {
            Self::Account(Bound::SendRate) | Self::Limiter => Some(Tick::Sends),
            Self::Account(Bound::PutRate) | Self::FeedbackRate => Some(Tick::Puts),
            Self::Account(Bound::Parts | Bound::Pool) => Some(Tick::Parts),
            Self::Account(Bound::Recipient | Bound::Daily | Bound::Spend)
            | Self::Workers
            | Self::Queue => None,
        }
    }

    /// When and how often it refused in a run, or made wait.
    #[must_use]
    pub fn hits(self, demand: &Demand) -> &Hits {
        match self {
            Self::Account(bound) => demand.hits(bound),
            Self::Limiter => &demand.own().limiter,
            Self::FeedbackRate => &demand.own().feedback_rate,
            Self::Workers => &demand.own().workers,
            Self::Queue => &demand.own().queue,
        }
    }
}

/// Lets a queue that is emptied at the quota of sends follow what sends are limited to: that is what a queue
/// without a rate of its own does. Where nothing of that kind limits them, it is emptied as fast as it need be.
fn follow(given: &Scenario, limited: &mut Scenario, limits: &[(Limit, f64)]) {
    let OnThrottle::Queue { rate: own, .. } = given.policy.on_throttle else { return };
    let OnThrottle::Queue { rate, .. } = &mut limited.policy.on_throttle else { return };
    if own != given.service.quotas.send_per_second {
        return;
    }
    let quota = limits.iter().find(|(limit, _)| *limit == Limit::Account(Bound::SendRate));
    let paces = limits.iter().filter(|(limit, _)| match limit {
        Limit::Account(Bound::Parts) => true,
        Limit::Account(Bound::Pool) => pool::paces_all(given),
        Limit::Account(_)
        | Limit::Limiter
        | Limit::FeedbackRate
        | Limit::Workers
        | Limit::Queue => false,
    });
    let parts = paces.map(|(_, parts)| *parts).min_by(f64::total_cmp);
    *rate = match (quota, own) {
        (Some((_, quota)), _) => Some(*quota),
        (None, None) => None,
        (None, Some(own)) => Some(match parts {
            Some(parts) => parts / f64::from(most_parts(given)),
            None => own.max(EASE * given.arrivals.peak()),
        }),
    };
}

/// A queue that is emptied so many times as fast as people arrive at most makes nobody wait for others.
const EASE: f64 = 2.0;

/// The most parts that a message of the campaign can have.
pub fn most_parts(scenario: &Scenario) -> u32 {
    let widest = "8".repeat(scenario.policy.code.length.into());
    let parts = scenario
        .templates
        .iter()
        .map(|template| segments::parts(&template.with_code(&widest)).count);
    parts.max().unwrap_or(1).max(1)
}

/// The scenario without any limit: what its traffic wants. Errors and faults of the service stay, and so
/// do the application's limits per user and country, which are rules and no capacity.
#[must_use]
pub fn unlimited(scenario: &Scenario) -> Scenario {
    let mut free = scenario.clone();
    let quotas = &mut free.service.quotas;
    quotas.send_per_second = None;
    quotas.put_per_second = None;
    quotas.parts_per_second = None;
    quotas.recipient_per_second = None;
    free.service.spend_limit_usd = None;
    pool::lift(&mut free);
    free.policy.limiter = None;
    free.policy.feedback_rate = None;
    if let OnThrottle::Queue { workers, .. } = &mut free.policy.on_throttle {
        *workers = None;
    }
    follow(scenario, &mut free, &[]);
    free
}

/// The scenario with these limits and no other.
#[must_use]
pub fn with_only(scenario: &Scenario, limits: &[(Limit, f64)]) -> Scenario {
    let mut limited = unlimited(scenario);
    for (limit, value) in limits {
        limit.set(scenario, &mut limited, *value);
    }
    follow(scenario, &mut limited, limits);
    limited
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a positive number, and the cast saturates"
)]
fn whole(value: f64) -> u32 {
    value.round() as u32
}
