//! The shape of what the account is.

use crate::service::settings::{AccountSettings, AccountStatus, OtherPrices, Tier};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the account is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AccountShape {
    /// Which rules hold: `open` (any originator, no quota of resources), `production` or `sandbox`.
    pub tier: TierShape,
    /// Whether it may send: `active`, `disabled` or `low_reputation`.
    pub status: StatusShape,
}

/// Which rules hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TierShape {
    /// Any originator may be used, and any number of resources made.
    #[default]
    Open,
    /// Originators must be the account's own (but for sender IDs), and resources have quotas.
    Production,
    /// The same, and messages go to verified numbers only, from originators of their country.
    Sandbox,
}

/// Whether the account may send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatusShape {
    /// It may.
    #[default]
    Active,
    /// Sends meet `AccessDeniedException` with the reason `ACCOUNT_DISABLED`.
    Disabled,
    /// The same with the reason `INSUFFICIENT_ACCOUNT_REPUTATION`.
    LowReputation,
}

/// What one message part costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceShape {
    /// The price of a part, in USD.
    #[schemars(range(min = 0.0, max = 99.0))]
    pub price_usd: f64,
    /// The carrier's fee on top, in USD.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 99.0))]
    pub fee_usd: f64,
}

/// Prices of what is not a text message, in USD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OtherPricesShape {
    /// One media message.
    #[schemars(range(min = 0.0, max = 99.0))]
    pub media_usd: f64,
    /// One voice message, which counts as a minute.
    #[schemars(range(min = 0.0, max = 99.0))]
    pub voice_minute_usd: f64,
    /// One RCS message.
    #[schemars(range(min = 0.0, max = 99.0))]
    pub rcs_usd: f64,
}

impl From<AccountShape> for AccountSettings {
    fn from(shape: AccountShape) -> Self {
        let tier = match shape.tier {
            TierShape::Open => Tier::Open,
            TierShape::Production => Tier::Production,
            TierShape::Sandbox => Tier::Sandbox,
        };
        let status = match shape.status {
            StatusShape::Active => AccountStatus::Active,
            StatusShape::Disabled => AccountStatus::Disabled,
            StatusShape::LowReputation => AccountStatus::LowReputation,
        };
        Self { tier, status }
    }
}

impl From<OtherPricesShape> for OtherPrices {
    fn from(shape: OtherPricesShape) -> Self {
        let OtherPricesShape { media_usd, voice_minute_usd, rcs_usd } = shape;
        Self { media_usd, voice_minute_usd, rcs_usd }
    }
}
