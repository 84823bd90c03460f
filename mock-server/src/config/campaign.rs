//! What a configuration file and `PUT /_mock/scenario` say: seed, service and carriers.

use super::{
    problem::Problems,
    shape::{CarrierShape, QuotasShape, ServiceShape},
};
use crate::service::{CampaignModel, carrier::Carrier, country::CountryCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Seed, service and carriers, as they are written down.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CampaignShape {
    /// The seed of every draw.
    pub seed: u64,
    /// Campaign time per wall time; absent leaves it as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.001, max = 100_000.0))]
    pub speed: Option<f64>,
    /// How the service behaves.
    pub service: ServiceShape,
    /// The carriers of each country; without them nothing is said about delivery.
    pub countries: BTreeMap<String, Vec<CarrierShape>>,
}

impl CampaignShape {
    /// The campaign, or `None` and entries in `problems`.
    pub fn check(&self, problems: &mut Problems) -> Option<CampaignModel> {
        if let Some(speed) = self.speed {
            check_range("speed", speed, (0.001, 100_000.0), problems);
        }
        check_quotas(&self.service.quotas, problems);
        check_money(&self.service, problems);
        let settings = self.service.check("service", problems);
        let carriers = self
            .countries
            .iter()
            .filter_map(|(code, carriers)| check_country(code, carriers, problems))
            .collect();
        let model = CampaignModel { seed: self.seed, settings: settings?, carriers };
        problems.is_empty().then_some(model)
    }
}

/// Reads a configuration file: the campaign and its speed, or every problem on a line of its own.
pub fn read(toml: &str) -> Result<(CampaignModel, Option<f64>), String> {
    let shape: CampaignShape = toml::from_str(toml).map_err(|error| format!("\n{error}"))?;
    let mut problems = Problems::default();
    let campaign = shape.check(&mut problems).ok_or_else(|| {
        problems.iter().map(|(path, message)| format!("\n  {path} {message}")).collect::<String>()
    })?;
    Ok((campaign, shape.speed))
}

fn check_country(
    code: &str,
    shapes: &[CarrierShape],
    problems: &mut Problems,
) -> Option<(CountryCode, Vec<Carrier>)> {
    let path = format!("countries.{code}");
    let country = code.parse().map_err(|error: crate::service::country::CountryCodeError| {
        problems.add(&path, error.to_string());
    });
    let carriers: Vec<_> = shapes
        .iter()
        .enumerate()
        .filter_map(|(place, shape)| {
            let path = format!("{path}.{place}");
            check_range(&format!("{path}.weight"), shape.weight, (0.0, 1e9), problems);
            let shares = [
                ("delivered", shape.delivered),
                ("receipts.missing", shape.receipts.missing),
                ("receipts.false_delivered", shape.receipts.false_delivered),
            ];
            for (key, share) in shares {
                check_range(&format!("{path}.{key}"), share, (0.0, 1.0), problems);
            }
            shape.check(&path, problems)
        })
        .collect();
    if !shapes.iter().any(|shape| shape.weight > 0.0) {
        problems.add(&path, "must have a carrier with a `weight` above 0");
    }
    Some((country.ok()?, carriers))
}

fn check_quotas(quotas: &QuotasShape, problems: &mut Problems) {
    let rates = [
        ("SendTextMessage", quotas.SendTextMessage),
        ("PutMessageFeedback", quotas.PutMessageFeedback),
        ("other_operations", quotas.other_operations),
        ("parts_per_second", quotas.parts_per_second),
        ("recipient_per_second", quotas.recipient_per_second),
    ];
    for (key, rate) in rates {
        if let Some(rate) = rate {
            let path = format!("service.quotas.{key}");
            check_range(&path, rate, (0.001, 1e6), problems);
        }
    }
    if let Some(cap) = quotas.parts_per_day {
        check_range("service.quotas.parts_per_day", cap.into(), (1.0, 1e9), problems);
    }
}

fn check_money(service: &ServiceShape, problems: &mut Problems) {
    if let Some(limit) = service.spend_limit_usd {
        check_range("service.spend_limit_usd", limit, (0.0, f64::MAX), problems);
    }
    for (country, price) in &service.prices {
        for (key, usd) in [("price_usd", price.price_usd), ("fee_usd", price.fee_usd)] {
            check_range(&format!("service.prices.{country}.{key}"), usd, (0.0, 99.0), problems);
        }
    }
    let others = service.other_prices;
    let others = [
        ("media_usd", others.media_usd),
        ("voice_minute_usd", others.voice_minute_usd),
        ("rcs_usd", others.rcs_usd),
    ];
    for (key, usd) in others {
        check_range(&format!("service.other_prices.{key}"), usd, (0.0, 99.0), problems);
    }
}

fn check_range(path: &str, value: f64, (low, high): (f64, f64), problems: &mut Problems) {
    if !(low..=high).contains(&value) {
        problems.add(path, format!("is {value}, but must be between {low} and {high}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refused(text: &str, paths: &[&str]) {
        let shape: CampaignShape = serde_json::from_str(text).expect("the right shape");
        let mut problems = Problems::default();
        assert_eq!(shape.check(&mut problems), None);
        let found: Vec<_> = problems.iter().map(|(path, _)| path).collect();
        assert_eq!(found, paths);
    }

    #[test]
    fn a_negative_price_or_limit_was_taken_for_nothing() {
        check_refused(
            r#"{"service": {"spend_limit_usd": -1, "prices": {"BR": {"price_usd": -0.1, "fee_usd": 100}},
                "other_prices": {"media_usd": -1}}}"#,
            &[
                "service.spend_limit_usd",
                "service.prices.BR.price_usd",
                "service.prices.BR.fee_usd",
                "service.other_prices.media_usd",
            ],
        );
    }

    #[test]
    fn a_pool_has_originators_with_rates_caps_and_countries() {
        check_refused(
            r#"{"service": {
                "quotas": {"parts_per_day": 0, "day_starts": "25h"},
                "pools": {
                    "empty": {"originators": []},
                    "otp": {"originators": [
                        {"id": "A", "parts_per_second": 0, "messages_per_day": 0, "countries": ["USA"]}
                    ]}
                }}}"#,
            &[
                "service.quotas.parts_per_day",
                "service.quotas.day_starts",
                "service.pools.empty.originators",
                "service.pools.otp.originators.0.parts_per_second",
                "service.pools.otp.originators.0.messages_per_day",
                "service.pools.otp.originators.0.countries.0",
            ],
        );
    }

    #[test]
    fn every_wrong_value_is_named_at_once() {
        check_refused(
            r#"{"speed": 0,
                "service": {"quotas": {"SendTextMessage": -1}},
                "countries": {
                    "BR": [{"name": "A", "delivered": 1.5, "delay": {"fixed": "1s"}}],
                    "br": [{"name": "B", "weight": 0, "delivered": 1, "delay": {"fixed": "1s"}}]}}"#,
            &[
                "speed",
                "service.quotas.SendTextMessage",
                "countries.BR.0.delivered",
                "countries.br",
                "countries.br",
            ],
        );
    }
}
