//! Pools of originators.
//!
//! **Invariant:** a pool has at least the originator that it was made from.

use super::{
    Account,
    arn::{arn, bare},
    filter::{Filter, passing},
    opt_outs::DEFAULT,
    page::page,
    tag::Tag,
};
use crate::service::{
    answer::{ConflictReason, QuotaReason, ResourceType, ServiceError, ValidationReason},
    country::CountryCode,
    model::Service,
    operation::Operation,
    time::{SimTime, Timestamp},
};
use serde::{Deserialize, Serialize};

const KIND: &str = "pool";

/// The default quota of an account.
pub(super) const MOST_POOLS: usize = 25;

/// A pool and its originators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::service) struct Pool {
    pub(super) shown: PoolInformation,
    /// Ids of phone numbers, and keys of sender IDs.
    pub(super) members: Vec<String>,
}

/// A pool, as `DescribePools` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PoolInformation {
    pool_arn: String,
    pool_id: String,
    status: String,
    message_type: String,
    two_way_enabled: bool,
    two_way_channel_arn: Option<String>,
    two_way_channel_role: Option<String>,
    self_managed_opt_outs_enabled: bool,
    pub(super) opt_out_list_name: String,
    shared_routes_enabled: bool,
    deletion_protection_enabled: bool,
    created_timestamp: Timestamp,
}

impl Account {
    /// The id of a pool that is there.
    pub(super) fn pool_id(&self, id: &str) -> Result<String, ServiceError> {
        self.pool(id).map(|pool| pool.shown.pool_id.clone()).ok_or_else(|| not_found(id))
    }

    /// The pool with this id or ARN.
    pub(super) fn pool(&self, id: &str) -> Option<&Pool> {
        self.pools.get(bare(KIND, id))
    }
}

fn not_found(id: &str) -> ServiceError {
    ServiceError::not_found(ResourceType::Pool, id)
}

/// `CreatePool`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePool {
    origination_identity: String,
    iso_country_code: Option<CountryCode>,
    message_type: String,
    deletion_protection_enabled: Option<bool>,
    tags: Option<Vec<Tag>>,
}

/// What `CreatePool` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatePoolResult {
    #[serde(flatten)]
    pool: PoolInformation,
    tags: Vec<Tag>,
}

/// The first member of a pool: its key, what it may send, and the list it keeps to.
struct First {
    key: String,
    message_types: Vec<String>,
    opt_out_list: String,
    two_way: bool,
    self_managed: bool,
}

impl CreatePool {
    fn first(&self, account: &Account) -> Result<First, ServiceError> {
        let identity = &*self.origination_identity;
        if let Some(number) = account.leased_number(identity) {
            if number.pool_id.is_some() {
                return Err(self.conflict(ConflictReason::PhoneNumberAssociatedToPool));
            }
            return Ok(First {
                key: number.phone_number_id.clone(),
                message_types: vec![number.message_type.clone()],
                opt_out_list: number.opt_out_list_name.clone(),
                two_way: number.two_way_enabled,
                self_managed: number.self_managed_opt_outs_enabled,
            });
        }
        let Some(country) = self.iso_country_code else {
            if account.knows_sender_id(identity) {
                return Err(ServiceError::invalid(
                    ValidationReason::MissingParameter,
                    "IsoCountryCode",
                    "is required for a sender ID",
                ));
            }
            return Err(ServiceError::not_found(ResourceType::PhoneNumber, identity));
        };
        let sender_id = account.sender_id(identity, country);
        let sender_id =
            sender_id.ok_or_else(|| ServiceError::not_found(ResourceType::SenderId, identity))?;
        Ok(First {
            key: super::sender_ids::key(&sender_id.sender_id, country.as_str()),
            message_types: sender_id.message_types.clone(),
            opt_out_list: DEFAULT.to_owned(),
            two_way: false,
            self_managed: false,
        })
    }

    fn conflict(&self, reason: ConflictReason) -> ServiceError {
        ServiceError::conflict(reason, ResourceType::PhoneNumber, &*self.origination_identity)
    }
}

impl Operation for CreatePool {
    const NAME: &'static str = "CreatePool";
    type Output = CreatePoolResult;

    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let (created_timestamp, counted) = (service.date(now), service.counts_resources());
        let first = self.first(&service.state.account)?;
        if !first.message_types.contains(&self.message_type) {
            return Err(self.conflict(ConflictReason::MessageTypeMismatch));
        }
        if counted && service.state.account.pools.len() >= MOST_POOLS {
            return Err(ServiceError::ServiceQuotaExceeded(QuotaReason::PoolsPerAccount));
        }
        let id = service.resource_id("pool-");
        let shown = PoolInformation {
            pool_arn: arn(KIND, &id),
            pool_id: id.clone(),
            status: "ACTIVE".to_owned(),
            message_type: self.message_type,
            two_way_enabled: first.two_way,
            two_way_channel_arn: None,
            two_way_channel_role: None,
            self_managed_opt_outs_enabled: first.self_managed,
            opt_out_list_name: first.opt_out_list,
            shared_routes_enabled: false,
            deletion_protection_enabled: self.deletion_protection_enabled.unwrap_or(false),
            created_timestamp,
        };
        let account = &mut service.state.account;
        let tags = account.tag(&shown.pool_arn, self.tags);
        if let Ok(number) = account.phone_number_mut(&first.key) {
            number.pool_id = Some(id.clone());
        }
        account.pools.insert(id, Pool { shown: shown.clone(), members: vec![first.key] });
        Ok(CreatePoolResult { pool: shown, tags })
    }
}

/// `DescribePools`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribePools {
    pool_ids: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    next_token: Option<String>,
    max_results: Option<u8>,
    owner: Option<String>,
}

/// What `DescribePools` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribePoolsResult {
    pools: Vec<PoolInformation>,
    next_token: Option<String>,
}

impl Operation for DescribePools {
    const NAME: &'static str = "DescribePools";
    type Output = DescribePoolsResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let account = &service.state.account;
        let ids = self.pool_ids.unwrap_or_default();
        for id in &ids {
            account.pool_id(id)?;
        }
        let own = self.owner.as_deref() != Some("SHARED");
        let asked =
            |id: &str| own && (ids.is_empty() || ids.iter().any(|own| bare(KIND, own) == id));
        let found = account.pools.iter().filter(|(id, _)| asked(id));
        let found = found.map(|(id, pool)| (id, pool.shown.clone()));
        let found = passing(found, self.filters.as_deref())?.into_iter();
        let (pools, next_token) = page(found, self.next_token.as_deref(), self.max_results)?;
        Ok(DescribePoolsResult { pools, next_token })
    }
}
