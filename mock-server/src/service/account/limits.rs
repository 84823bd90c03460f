//! Parts per second by the type of originator, as AWS documents them.
//!
//! **Invariant:** a rate here is a documented default; what a real account has may differ.

use crate::service::country::CountryCode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an originator may send, as `DescribePhoneNumbers` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessagingLimits {
    /// Parts per second, by capability.
    rate_limits: BTreeMap<String, u64>,
    /// Messages per day, by carrier.
    daily_message_caps: BTreeMap<String, u64>,
}

impl MessagingLimits {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the documented rates are small whole numbers"
    )]
    pub(super) fn of(number_type: &str, country: CountryCode, capabilities: &[String]) -> Self {
        let rate = |capability: &String| match capability.as_str() {
            "SMS" => Some(parts_per_second(number_type, country) as u64),
            "MMS" => Some(media_per_second(number_type)),
            "VOICE" => Some(1),
            _ => None,
        };
        let rate_limits = capabilities.iter().filter_map(|c| Some((c.clone(), rate(c)?))).collect();
        Self { rate_limits, daily_message_caps: BTreeMap::new() }
    }

    pub(super) fn of_sender_id() -> Self {
        let rate_limits = BTreeMap::from([("SMS".to_owned(), 10)]);
        Self { rate_limits, daily_message_caps: BTreeMap::new() }
    }
}

/// Message parts per second of an originator. A 10DLC number has the rate of its campaign, which is
/// not known here: 1 is that of an unregistered one.
pub(super) fn parts_per_second(number_type: &str, country: CountryCode) -> f64 {
    let canada = country == CountryCode::of("CA");
    match number_type {
        "SHORT_CODE" => 100.0,
        "TOLL_FREE" => 3.0,
        "LONG_CODE" if canada => 1.0,
        "LONG_CODE" => 10.0,
        _ => 1.0,
    }
}

fn media_per_second(number_type: &str) -> u64 {
    match number_type {
        "SHORT_CODE" => 40,
        "TOLL_FREE" => 3,
        _ => 1,
    }
}
