//! The shape of pools of originators.

use super::problem::Problems;
use crate::service::{
    country::CountryCode,
    pool::{Pool, PoolOrder, PoolOriginator},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A pool of originators.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolShape {
    /// Where the search for an originator with room begins: at the first that is `listed`, or `in-turn`
    /// behind the one that sent last (AWS does not document it: an assumption).
    #[serde(default)]
    pub order: PoolOrderShape,
    /// Who can send, 1 to 100.
    #[schemars(length(min = 1, max = 100))]
    pub originators: Vec<PoolOriginatorShape>,
}

/// Where the search for an originator with room begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PoolOrderShape {
    /// At the first of the list, always.
    #[default]
    Listed,
    /// Behind the one that sent last.
    InTurn,
}

/// One originator of a pool; absent is unlimited, or what `service.quotas` says of every originator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolOriginatorShape {
    /// Its number or name, as events show it.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_:/+-]{1,256}$"))]
    pub id: String,
    /// Message parts per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 1_000_000.0))]
    pub parts_per_second: Option<f64>,
    /// Originators of one 10DLC campaign share their parts per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub campaign: Option<String>,
    /// Message parts per day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub parts_per_day: Option<u32>,
    /// Messages per day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 1_000_000_000))]
    pub messages_per_day: Option<u32>,
    /// Originators of one 10DLC brand share what they may send in a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub brand: Option<String>,
    /// Where it sends to; everywhere if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
}

/// The pools, and entries in `problems` for what is wrong with them under `path`.
pub(super) fn check(
    pools: &BTreeMap<String, PoolShape>,
    path: &str,
    problems: &mut Problems,
) -> BTreeMap<Box<str>, Pool> {
    let pool = |(name, pool): (&String, &PoolShape)| {
        let path = format!("{path}.{name}");
        (name.as_str().into(), pool.check(&path, problems))
    };
    pools.iter().map(pool).collect()
}

impl PoolShape {
    fn check(&self, path: &str, problems: &mut Problems) -> Pool {
        let path = format!("{path}.originators");
        if !(1..=100).contains(&self.originators.len()) {
            problems.add(&path, "must have between 1 and 100 items");
        }
        let order = match self.order {
            PoolOrderShape::Listed => PoolOrder::Listed,
            PoolOrderShape::InTurn => PoolOrder::InTurn,
        };
        let numbered = self.originators.iter().enumerate();
        let originators =
            numbered.map(|(place, one)| one.check(&format!("{path}.{place}"), problems)).collect();
        Pool { order, originators }
    }
}

impl PoolOriginatorShape {
    fn check(&self, path: &str, problems: &mut Problems) -> PoolOriginator {
        if let Some(rate) = self.parts_per_second.filter(|rate| !(0.001..=1e6).contains(rate)) {
            let message = format!("is {rate}, but must be between 0.001 and 1000000");
            problems.add(&format!("{path}.parts_per_second"), message);
        }
        let caps =
            [("parts_per_day", self.parts_per_day), ("messages_per_day", self.messages_per_day)];
        for (key, cap) in caps {
            if let Some(cap) = cap.filter(|cap| !(1..=1_000_000_000).contains(cap)) {
                let message = format!("is {cap}, but must be between 1 and 1000000000");
                problems.add(&format!("{path}.{key}"), message);
            }
        }
        let countries = self.countries.iter().enumerate();
        let country = |(place, code): (usize, &String)| match code.parse::<CountryCode>() {
            Ok(code) => Some(code),
            Err(error) => {
                problems.add(&format!("{path}.countries.{place}"), error.to_string());
                None
            }
        };
        PoolOriginator {
            countries: countries.filter_map(country).collect(),
            id: self.id.as_str().into(),
            parts_per_second: self.parts_per_second,
            campaign: self.campaign.as_deref().map(Into::into),
            parts_per_day: self.parts_per_day,
            messages_per_day: self.messages_per_day,
            brand: self.brand.as_deref().map(Into::into),
        }
    }
}
