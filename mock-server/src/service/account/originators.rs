//! Who a message comes from: what an `OriginationIdentity` means in a destination's country.
//!
//! **Invariant:** a pool stands for a member that can reach the country, or for nothing.

use super::{
    Account, arn,
    limits::parts_per_second,
    number::masked_identity,
    opt_outs::DEFAULT,
    phone_numbers::LeasedNumber,
    sender_ids::{self, SenderId},
};
use crate::service::{
    answer::{ConflictReason, ResourceType, ServiceError},
    country::CountryCode,
};
use std::fmt;

/// An originator that the account has.
#[derive(Clone, PartialEq)]
pub(in crate::service) struct Originator {
    pub(in crate::service) kind: OriginatorKind,
    /// The resource that it is.
    pub(in crate::service) resource: ResourceType,
    /// That resource's id.
    pub(in crate::service) id: String,
    /// Where it is from; `None` for a sender ID that was made up on the spot.
    pub(in crate::service) country: Option<CountryCode>,
    /// As events show it.
    pub(in crate::service) shown: String,
    /// What it may send.
    pub(in crate::service) message_types: Vec<String>,
    pub(in crate::service) capabilities: Vec<String>,
    pub(in crate::service) parts_per_second: f64,
    pub(in crate::service) opt_out_list: String,
    pub(in crate::service) simulator: bool,
}

/// Without what is shown of it, which may be a phone number.
impl fmt::Debug for Originator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Originator").field(&self.kind).field(&self.id).finish()
    }
}

/// As the metrics' dimension `OriginationIdentityType` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::service) enum OriginatorKind {
    PhoneNumber,
    SenderId,
    Pool,
}

impl Account {
    /// The originator that `identity` means for messages to `country`; without one, whatever the
    /// account has for it.
    pub(in crate::service) fn originator(
        &self,
        identity: Option<&str>,
        country: CountryCode,
    ) -> Result<Originator, ServiceError> {
        match identity {
            None => self.any_originator(country).ok_or_else(|| none_found("account", "any")),
            Some(identity) => self.named_originator(identity, country),
        }
    }

    fn named_originator(
        &self,
        identity: &str,
        country: CountryCode,
    ) -> Result<Originator, ServiceError> {
        if let Some(number) = self.leased_number(identity) {
            return Ok(Originator::number(number));
        }
        if let Some(pool) = self.pool(identity) {
            let member = pool.members.iter().find_map(|member| self.member(member, country));
            let originator = member.ok_or_else(|| none_found("pool", identity))?;
            let opt_out_list = pool.shown.opt_out_list_name.clone();
            return Ok(Originator { kind: OriginatorKind::Pool, opt_out_list, ..originator });
        }
        if let Some(sender_id) = self.sender_id(identity, country) {
            return Ok(Originator::sender_id(sender_id));
        }
        if self.knows_sender_id(identity) {
            return Err(none_found("sender-id", identity));
        }
        Err(ServiceError::not_found(kind_of(identity), masked_identity(identity)))
    }

    /// A member of a pool that can reach the country.
    fn member(&self, key: &str, country: CountryCode) -> Option<Originator> {
        let number =
            self.phone_numbers.get(key).filter(|number| number.iso_country_code == country);
        let sender_id = || self.sender_ids.get(key).filter(|id| id.iso_country_code == country);
        number.map(Originator::number).or_else(|| sender_id().map(Originator::sender_id))
    }

    fn any_originator(&self, country: CountryCode) -> Option<Originator> {
        let number = self.phone_numbers.values().find(|number| number.iso_country_code == country);
        let sender_id = || self.sender_ids.values().find(|id| id.iso_country_code == country);
        number.map(Originator::number).or_else(|| sender_id().map(Originator::sender_id))
    }
}

impl Account {
    /// Whether the account has nothing to send from.
    pub(in crate::service) fn has_no_originator(&self) -> bool {
        self.phone_numbers.is_empty() && self.sender_ids.is_empty() && self.pools.is_empty()
    }

    /// Whether an identity is one of the account's own, wherever it can send to.
    pub(in crate::service) fn knows(&self, identity: Option<&str>) -> bool {
        identity.is_some_and(|identity| {
            self.leased_number(identity).is_some()
                || self.pool(identity).is_some()
                || self.knows_sender_id(identity)
        })
    }
}

impl Originator {
    /// A sender ID that was made up on the spot.
    pub(in crate::service) fn dynamic_sender_id(name: &str, parts_per_second: f64) -> Self {
        Self {
            kind: OriginatorKind::SenderId,
            resource: ResourceType::SenderId,
            id: name.to_owned(),
            country: None,
            shown: name.to_owned(),
            message_types: vec!["TRANSACTIONAL".to_owned(), "PROMOTIONAL".to_owned()],
            capabilities: vec!["SMS".to_owned()],
            parts_per_second,
            opt_out_list: DEFAULT.to_owned(),
            simulator: false,
        }
    }

    fn number(number: &LeasedNumber) -> Self {
        Self {
            kind: OriginatorKind::PhoneNumber,
            resource: ResourceType::PhoneNumber,
            id: number.phone_number_id.clone(),
            country: Some(number.iso_country_code),
            shown: number.phone_number.as_str().to_owned(),
            message_types: vec![number.message_type.clone()],
            capabilities: number.number_capabilities.clone(),
            parts_per_second: number.parts_per_second(),
            opt_out_list: number.opt_out_list_name.clone(),
            simulator: number.number_type == "SIMULATOR",
        }
    }

    fn sender_id(sender_id: &SenderId) -> Self {
        Self {
            kind: OriginatorKind::SenderId,
            resource: ResourceType::SenderId,
            id: sender_ids::key(&sender_id.sender_id, sender_id.iso_country_code.as_str()),
            country: Some(sender_id.iso_country_code),
            shown: sender_id.sender_id.clone(),
            message_types: sender_id.message_types.clone(),
            capabilities: vec!["SMS".to_owned()],
            parts_per_second: parts_per_second("LONG_CODE", CountryCode::of("US")),
            opt_out_list: DEFAULT.to_owned(),
            simulator: false,
        }
    }
}

/// What an identity that the account does not have was meant to be.
fn kind_of(identity: &str) -> ResourceType {
    let kind = arn::parts(identity).map_or(identity, |(kind, _)| kind);
    let is = |prefix: &str| kind.starts_with(prefix);
    if is("pool") {
        ResourceType::Pool
    } else if is("phone") || is("+") || kind.bytes().all(|byte| byte.is_ascii_digit()) {
        ResourceType::PhoneNumber
    } else {
        ResourceType::SenderId
    }
}

fn none_found(kind: &str, identity: &str) -> ServiceError {
    let resource = match kind {
        "pool" => ResourceType::Pool,
        "sender-id" => ResourceType::SenderId,
        _ => ResourceType::Account,
    };
    ServiceError::conflict(ConflictReason::NoOriginationIdentitiesFound, resource, identity)
}
