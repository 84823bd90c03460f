//! The shape of the carrier and service sections, as files and `PUT /_mock/scenario` carry them.
//!
//! A shape exists only to become a checked type of [`crate::service`]: `check` gives that type, or
//! every problem found.

pub use super::{
    account::{AccountShape, OtherPricesShape, PriceShape},
    events::EventsShape,
    faults::FaultShape,
    metrics::MetricsShape,
    pools::{PoolOrderShape, PoolOriginatorShape, PoolShape},
    quotas::{QuotasShape, expand_quotas},
};

use super::{
    duration::Span,
    faults, pools,
    problem::Problems,
    quotas::{quotas_or_name, quotas_or_name_schema},
};
use crate::service::{
    carrier::{Carrier, Receipts},
    country::CountryCode,
    distribution::{Distribution, DistributionError},
    settings::{ErrorShares, PartPrice, ServiceSettings},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

/// A distribution of delays: one key names the family, its value the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DistributionShape {
    /// Always the same delay, as in `{ fixed = "3s" }`.
    Fixed(Span),
    /// Every delay between two bounds is equally likely.
    Uniform {
        /// The shortest delay.
        low: Span,
        /// The longest delay.
        high: Span,
    },
    /// Memoryless.
    Exponential {
        /// The mean delay.
        mean: Span,
    },
    /// Log-normal: the usual shape of delivery and reading delays. Give `p95` or `sigma`.
    LogNormal {
        /// Half of the delays are shorter.
        median: Span,
        /// 95 of 100 delays are shorter.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        p95: Option<Span>,
        /// The standard deviation of the underlying normal distribution.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 0.0, max = 10.0))]
        sigma: Option<f64>,
    },
    /// Gamma.
    Gamma {
        /// The shape parameter.
        #[schemars(range(min = 0.05, max = 100.0))]
        shape: f64,
        /// The mean delay.
        mean: Span,
    },
    /// Weibull.
    Weibull {
        /// The shape parameter.
        #[schemars(range(min = 0.05, max = 100.0))]
        shape: f64,
        /// The scale: 63 of 100 delays are shorter.
        scale: Span,
    },
    /// One of several distributions, chosen by weight.
    Mixture(Vec<MixturePart>),
    /// Measured quantiles, joined by straight lines: rising, from `p = 0` to `p = 1`.
    Quantiles(Vec<QuantilePoint>),
}

/// One part of a mixture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MixturePart {
    /// Its share, relative to the other parts' weights.
    #[schemars(range(min = 0.0, max = 1_000_000_000.0))]
    pub weight: f64,
    /// The distribution of this part.
    pub delay: DistributionShape,
}

/// One measured quantile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuantilePoint {
    /// The probability of a shorter delay.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub p: f64,
    /// The delay.
    pub delay: Span,
}

impl DistributionShape {
    /// The distribution, or `None` and an entry in `problems` under `path`.
    pub fn check(&self, path: &str, problems: &mut Problems) -> Option<Distribution> {
        let made = match self {
            Self::Fixed(delay) => Ok(Distribution::fixed(delay.0)),
            Self::Uniform { low, high } => Distribution::uniform(low.0, high.0),
            Self::Exponential { mean } => Distribution::exponential(mean.0),
            Self::LogNormal { median, p95: Some(p95), sigma: None } => {
                Distribution::log_normal_p95(median.0, p95.0)
            }
            Self::LogNormal { median, p95: None, sigma: Some(sigma) } => {
                Distribution::log_normal(median.0, *sigma)
            }
            Self::LogNormal { .. } => {
                problems.add(path, "must have either `p95` or `sigma` beside `median`");
                return None;
            }
            Self::Gamma { shape, mean } => Distribution::gamma(*shape, mean.0),
            Self::Weibull { shape, scale } => Distribution::weibull(*shape, scale.0),
            Self::Mixture(parts) => return check_mixture(parts, path, problems),
            Self::Quantiles(points) => Distribution::quantiles(
                points.iter().map(|point| (point.p, point.delay.0)).collect(),
            ),
        };
        report(made, path, problems)
    }
}

fn check_mixture(
    parts: &[MixturePart],
    path: &str,
    problems: &mut Problems,
) -> Option<Distribution> {
    let checked: Option<Vec<_>> = parts
        .iter()
        .enumerate()
        .map(|(place, part)| {
            let path = format!("{path}.mixture.{place}.delay");
            part.delay.check(&path, problems).map(|delay| (part.weight, delay))
        })
        .collect();
    report(Distribution::mixture(checked?), path, problems)
}

fn report(
    made: Result<Distribution, DistributionError>,
    path: &str,
    problems: &mut Problems,
) -> Option<Distribution> {
    made.map_err(|error| problems.add(path, error.to_string())).ok()
}

/// One mobile network of a country.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CarrierShape {
    /// Its name in reports.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// Its share of the country's users, relative to the other carriers' weights.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 1_000_000_000.0))]
    pub weight: f64,
    /// Mobile country code, three digits; empty if not known.
    #[serde(default)]
    #[schemars(regex(pattern = r"^([0-9]{3})?$"))]
    pub mcc: String,
    /// Mobile network code, two or three digits; empty if not known.
    #[serde(default)]
    #[schemars(regex(pattern = r"^([0-9]{2,3})?$"))]
    pub mnc: String,
    /// The probability that an accepted message reaches the handset.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub delivered: f64,
    /// From the send to the handset.
    pub delay: DistributionShape,
    /// What its delivery receipts claim.
    #[serde(default)]
    pub receipts: ReceiptsShape,
}

/// What a carrier's delivery receipts claim, which need not be what happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReceiptsShape {
    /// The share of messages that never get a receipt.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub missing: f64,
    /// The share of undelivered messages whose receipt says "delivered" all the same.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub false_delivered: f64,
    /// How long after the event (or after the send, for what never arrived) the receipt comes.
    pub delay: DistributionShape,
}

impl Default for ReceiptsShape {
    fn default() -> Self {
        Self {
            missing: 0.0,
            false_delivered: 0.0,
            delay: DistributionShape::Fixed(Span(Duration::from_secs(1))),
        }
    }
}

fn one() -> f64 {
    1.0
}

impl CarrierShape {
    /// The carrier, or `None` and entries in `problems` under `path`.
    pub fn check(&self, path: &str, problems: &mut Problems) -> Option<Carrier> {
        let delay = self.delay.check(&format!("{path}.delay"), problems);
        let receipt = self.receipts.delay.check(&format!("{path}.receipts.delay"), problems);
        Some(Carrier {
            name: self.name.clone(),
            weight: self.weight,
            mcc: self.mcc.clone(),
            mnc: self.mnc.clone(),
            delivered: self.delivered,
            delay: delay?,
            receipts: Receipts {
                missing: self.receipts.missing,
                false_delivered: self.receipts.false_delivered,
                delay: receipt?,
            },
        })
    }
}

/// How the service behaves, in the stub and in virtual time. Absent quotas are unlimited.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ServiceShape {
    /// How long each operation takes to answer, in wall time.
    pub latency: LatencyShape,
    /// Calls and parts per second, or `"aws-default"` for the documented table.
    #[serde(deserialize_with = "quotas_or_name")]
    #[schemars(schema_with = "quotas_or_name_schema")]
    pub quotas: QuotasShape,
    /// Shares of calls that meet an error.
    pub errors: ErrorsShape,
    /// What may be spent in a calendar month, in USD.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub spend_limit_usd: Option<f64>,
    /// How long a message can be found by its id (AWS does not document it: an assumption).
    pub retention: Span,
    /// Of how many newest messages, at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub retained_messages: Option<u32>,
    /// Prices that differ from the built-in table, by country.
    pub prices: BTreeMap<String, PriceShape>,
    /// Prices of what is not a text message.
    pub other_prices: OtherPricesShape,
    /// What the account is.
    pub account: AccountShape,
    /// Pools of originators, by the name that sends give as their originator.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub pools: BTreeMap<String, PoolShape>,
    /// What goes wrong, and when.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultShape>,
    /// How delivery events come.
    pub events: EventsShape,
    /// How feedback moves the metrics that CloudWatch shows.
    pub metrics: MetricsShape,
}

impl Default for ServiceShape {
    fn default() -> Self {
        Self {
            latency: LatencyShape::default(),
            quotas: QuotasShape::default(),
            errors: ErrorsShape::default(),
            spend_limit_usd: None,
            retention: Span(Duration::from_secs(2 * 3600)),
            retained_messages: None,
            prices: BTreeMap::new(),
            other_prices: OtherPricesShape::default(),
            account: AccountShape::default(),
            pools: BTreeMap::new(),
            faults: Vec::new(),
            events: EventsShape::default(),
            metrics: MetricsShape::default(),
        }
    }
}

/// How long each operation takes to answer, in wall time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(non_snake_case, reason = "AWS's own names of its operations")]
pub struct LatencyShape {
    /// `SendTextMessage`.
    pub SendTextMessage: DistributionShape,
    /// `PutMessageFeedback`.
    pub PutMessageFeedback: DistributionShape,
}

impl Default for LatencyShape {
    /// No added latency.
    fn default() -> Self {
        let none = DistributionShape::Fixed(Span::default());
        Self { SendTextMessage: none.clone(), PutMessageFeedback: none }
    }
}

/// Shares of calls that meet an error, by operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[expect(non_snake_case, reason = "AWS's own names of its operations")]
pub struct ErrorsShape {
    /// `SendTextMessage`.
    pub SendTextMessage: ErrorSharesShape,
    /// `PutMessageFeedback`.
    pub PutMessageFeedback: ErrorSharesShape,
}

/// Shares of calls that meet an error. Together at most 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ErrorSharesShape {
    /// `ThrottlingException` although no quota is reached.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub throttle: f64,
    /// `InternalServerException` (500); the request was not processed.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub internal_error: f64,
    /// A bare 503; the request was not processed.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub unavailable: f64,
    /// The connection is closed before the request is processed.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub reset_before: f64,
    /// The connection is closed after the request was processed, before the answer.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub reset_after: f64,
}

impl ServiceShape {
    /// The settings, or `None` and entries in `problems` under `path`.
    pub fn check(&self, path: &str, problems: &mut Problems) -> Option<ServiceSettings> {
        problems.check_span(&format!("{path}.retention"), self.retention, "1s", "30d");
        if self.retained_messages.is_some_and(|most| !(1..=1_000_000_000).contains(&most)) {
            problems.add(&format!("{path}.retained_messages"), "must be between 1 and 1000000000");
        }
        problems.check_span(&format!("{path}.quotas.burst"), self.quotas.burst, "1ms", "1h");
        problems.check_span(
            &format!("{path}.quotas.day_starts"),
            self.quotas.day_starts,
            "0s",
            "1d",
        );
        self.quotas.check_operations(&format!("{path}.quotas.operations"), problems);
        let latency = format!("{path}.latency");
        let send =
            self.latency.SendTextMessage.check(&format!("{latency}.SendTextMessage"), problems);
        let put = self
            .latency
            .PutMessageFeedback
            .check(&format!("{latency}.PutMessageFeedback"), problems);
        let errors = &self.errors;
        let send_errors =
            errors.SendTextMessage.check(&format!("{path}.errors.SendTextMessage"), problems);
        let put_errors =
            errors.PutMessageFeedback.check(&format!("{path}.errors.PutMessageFeedback"), problems);
        let prices = self.prices.iter().filter_map(|(code, price)| {
            let price = PartPrice { price_usd: price.price_usd, fee_usd: price.fee_usd };
            match code.parse::<CountryCode>() {
                Ok(code) => Some((code, price)),
                Err(error) => {
                    problems.add(&format!("{path}.prices.{code}"), error.to_string());
                    None
                }
            }
        });
        let prices = prices.collect();
        Some(ServiceSettings {
            send_latency: send?,
            put_latency: put?,
            quotas: self.quotas.quotas(),
            send_errors: send_errors?,
            put_errors: put_errors?,
            spend_limit_usd: self.spend_limit_usd,
            retention: self.retention.0,
            retained_messages: self.retained_messages,
            prices,
            other_prices: self.other_prices.into(),
            account: self.account.into(),
            pools: pools::check(&self.pools, &format!("{path}.pools"), problems),
            faults: faults::check(&self.faults, &format!("{path}.faults"), problems)?,
            events: self.events.check(&format!("{path}.events"), problems),
            metrics: self.metrics.into(),
        })
    }
}

impl ErrorSharesShape {
    fn check(&self, path: &str, problems: &mut Problems) -> Option<ErrorShares> {
        let Self { throttle, internal_error, unavailable, reset_before, reset_after } = *self;
        let total = throttle + internal_error + unavailable + reset_before + reset_after;
        if total > 1.0 {
            problems
                .add(path, format!("has shares that sum to {total}, but must sum to at most 1"));
            return None;
        }
        Some(ErrorShares { throttle, internal_error, unavailable, reset_before, reset_after })
    }
}
