//! Sender IDs: names that stand in place of a number, each for one country.
//!
//! **Invariant:** a sender ID is found by its name and country together.

use super::{
    Account,
    arn::{arn, parts},
    filter::{Filter, passing},
    limits::MessagingLimits,
    page::page,
    tag::Tag,
};
use crate::service::{
    answer::{ConflictReason, QuotaReason, ResourceType, ServiceError},
    country::CountryCode,
    model::Service,
    operation::Operation,
    time::SimTime,
};
use serde::{Deserialize, Serialize};

const KIND: &str = "sender-id";

/// The default quota of an account.
pub(super) const MOST_SENDER_IDS: usize = 200;

/// A sender ID, as `DescribeSenderIds` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SenderId {
    pub(super) sender_id_arn: String,
    pub(super) sender_id: String,
    pub(super) iso_country_code: CountryCode,
    pub(super) message_types: Vec<String>,
    monthly_leasing_price: String,
    deletion_protection_enabled: bool,
    registered: bool,
    registration_id: Option<String>,
    messaging_limits: Option<MessagingLimits>,
}

/// What a sender ID is found by.
pub(super) fn key(sender_id: &str, country: &str) -> String {
    format!("{sender_id}/{country}")
}

impl Account {
    /// The sender ID that a name or an ARN means in a country.
    pub(super) fn sender_id(&self, identity: &str, country: CountryCode) -> Option<&SenderId> {
        let own = parts(identity).filter(|(kind, _)| *kind == KIND);
        let key = own.map_or_else(|| key(identity, country.as_str()), |(_, key)| key.to_owned());
        self.sender_ids.get(&key).filter(|id| id.iso_country_code == country)
    }

    /// Whether any country has a sender ID of this name or ARN.
    pub(super) fn knows_sender_id(&self, identity: &str) -> bool {
        self.sender_ids.values().any(|id| id.sender_id == identity || id.sender_id_arn == identity)
    }
}

/// `RequestSenderId`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RequestSenderId {
    sender_id: String,
    iso_country_code: CountryCode,
    message_types: Option<Vec<String>>,
    deletion_protection_enabled: Option<bool>,
    tags: Option<Vec<Tag>>,
}

/// What `RequestSenderId` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RequestSenderIdResult {
    #[serde(flatten)]
    sender_id: SenderId,
    tags: Vec<Tag>,
}

impl Operation for RequestSenderId {
    const NAME: &'static str = "RequestSenderId";
    type Output = RequestSenderIdResult;

    /// In which countries a sender ID needs a registration is not known here: none does.
    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let counted = service.counts_resources();
        let account = &mut service.state.account;
        let key = key(&self.sender_id, self.iso_country_code.as_str());
        if account.sender_ids.contains_key(&key) {
            let reason = ConflictReason::ResourceAlreadyExists;
            return Err(ServiceError::conflict(reason, ResourceType::SenderId, key));
        }
        if counted && account.sender_ids.len() >= MOST_SENDER_IDS {
            return Err(ServiceError::ServiceQuotaExceeded(QuotaReason::SenderIdsPerAccount));
        }
        let types = self.message_types.filter(|types| !types.is_empty());
        let sender_id = SenderId {
            sender_id_arn: arn(KIND, &key),
            sender_id: self.sender_id,
            iso_country_code: self.iso_country_code,
            message_types: types.unwrap_or_else(|| vec!["TRANSACTIONAL".to_owned()]),
            monthly_leasing_price: "0.00".to_owned(),
            deletion_protection_enabled: self.deletion_protection_enabled.unwrap_or(false),
            registered: false,
            registration_id: None,
            messaging_limits: Some(MessagingLimits::of_sender_id()),
        };
        let tags = account.tag(&sender_id.sender_id_arn, self.tags);
        account.sender_ids.insert(key, sender_id.clone());
        let sender_id = SenderId { messaging_limits: None, ..sender_id };
        Ok(RequestSenderIdResult { sender_id, tags })
    }
}

/// `DescribeSenderIds`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSenderIds {
    sender_ids: Option<Vec<SenderIdAndCountry>>,
    filters: Option<Vec<Filter>>,
    next_token: Option<String>,
    max_results: Option<u8>,
    owner: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SenderIdAndCountry {
    sender_id: String,
    iso_country_code: CountryCode,
}

/// What `DescribeSenderIds` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeSenderIdsResult {
    sender_ids: Vec<SenderId>,
    next_token: Option<String>,
}

impl Operation for DescribeSenderIds {
    const NAME: &'static str = "DescribeSenderIds";
    type Output = DescribeSenderIdsResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let account = &service.state.account;
        let mut asked = Vec::new();
        for SenderIdAndCountry { sender_id, iso_country_code } in
            self.sender_ids.unwrap_or_default()
        {
            let found = account.sender_id(&sender_id, iso_country_code);
            let found = found.ok_or_else(|| {
                ServiceError::not_found(ResourceType::SenderId, sender_id.clone())
            })?;
            asked.push(found.sender_id_arn.clone());
        }
        let own = self.owner.as_deref() != Some("SHARED");
        let wanted = |id: &SenderId| own && (asked.is_empty() || asked.contains(&id.sender_id_arn));
        let found = account.sender_ids.iter().filter(|(_, id)| wanted(id));
        let found = found.map(|(key, id)| (key, id.clone()));
        let found = passing(found, self.filters.as_deref())?.into_iter();
        let (sender_ids, next_token) =
            page(Self::NAME, found, self.next_token.as_deref(), self.max_results)?;
        Ok(DescribeSenderIdsResult { sender_ids, next_token })
    }
}
