//! Pools of originators.
//!
//! **Invariant:** a pool has at least the originator that it was made from.

use super::{
    Account,
    arn::{arn, bare},
    filter::{Filter, passing},
    number::masked_identity,
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

/// The default quota of a pool.
const MOST_MEMBERS: usize = 100;

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
    /// The pool with this id or ARN, if another originator may join it.
    pub(super) fn open_pool(&self, id: &str, counted: bool) -> Result<&Pool, ServiceError> {
        let pool = self.pool(id).ok_or_else(|| not_found(id))?;
        if counted && pool.members.len() >= MOST_MEMBERS {
            let reason = QuotaReason::OriginationIdentitiesPerPool;
            return Err(ServiceError::ServiceQuotaExceeded(reason));
        }
        Ok(pool)
    }

    /// Makes an originator a member of its pool, if it has one.
    pub(super) fn join(&mut self, pool: Option<&str>, member: &str) {
        if let Some(pool) = pool.and_then(|id| self.pools.get_mut(id)) {
            pool.members.push(member.to_owned());
        }
    }

    /// The pool with this id or ARN.
    pub(super) fn pool(&self, id: &str) -> Option<&Pool> {
        self.pools.get(bare(KIND, id))
    }
}

/// What a pool takes from its first member, and hands down to the later ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HandedDown {
    pub(super) two_way_enabled: bool,
    pub(super) two_way_channel_arn: Option<String>,
    pub(super) two_way_channel_role: Option<String>,
    pub(super) self_managed_opt_outs_enabled: bool,
    pub(super) opt_out_list_name: String,
}

impl HandedDown {
    /// What a new originator has that is in no pool.
    pub(super) const fn new(opt_out_list_name: String) -> Self {
        Self {
            two_way_enabled: false,
            two_way_channel_arn: None,
            two_way_channel_role: None,
            self_managed_opt_outs_enabled: false,
            opt_out_list_name,
        }
    }
}

impl Pool {
    pub(super) fn id(&self) -> &str {
        &self.shown.pool_id
    }

    /// What a new number takes from the pool. AWS documents that what does not match is refused; that
    /// what a request cannot say, or leaves out, comes from the pool is an assumption.
    pub(super) fn hands_down(
        &self,
        message_type: &str,
        opt_out_list: Option<String>,
    ) -> Result<HandedDown, ServiceError> {
        let own = &self.shown;
        let conflict =
            |reason| Err(ServiceError::conflict(reason, ResourceType::Pool, &own.pool_id));
        if own.message_type != message_type {
            return conflict(ConflictReason::MessageTypeMismatch);
        }
        if opt_out_list.is_some_and(|list| list != own.opt_out_list_name) {
            return conflict(ConflictReason::OptOutListMismatch);
        }
        Ok(HandedDown {
            two_way_enabled: own.two_way_enabled,
            two_way_channel_arn: own.two_way_channel_arn.clone(),
            two_way_channel_role: own.two_way_channel_role.clone(),
            self_managed_opt_outs_enabled: own.self_managed_opt_outs_enabled,
            opt_out_list_name: own.opt_out_list_name.clone(),
        })
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

/// The first member of a pool: its key, what it may send, and what the pool takes from it.
struct First {
    key: String,
    message_types: Vec<String>,
    hands_down: HandedDown,
}

impl CreatePool {
    fn first(&self, account: &Account) -> Result<First, ServiceError> {
        let identity = &*self.origination_identity;
        if let Some(number) = account.leased_number(identity) {
            number.check_outside_pools()?;
            return Ok(First {
                key: number.phone_number_id.clone(),
                message_types: vec![number.message_type.clone()],
                hands_down: HandedDown {
                    two_way_enabled: number.two_way_enabled,
                    two_way_channel_arn: number.two_way_channel_arn.clone(),
                    two_way_channel_role: number.two_way_channel_role.clone(),
                    self_managed_opt_outs_enabled: number.self_managed_opt_outs_enabled,
                    opt_out_list_name: number.opt_out_list_name.clone(),
                },
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
            return Err(missing(ResourceType::PhoneNumber, identity));
        };
        let sender_id = account.sender_id(identity, country);
        let sender_id = sender_id.ok_or_else(|| missing(ResourceType::SenderId, identity))?;
        Ok(First {
            key: super::sender_ids::key(&sender_id.sender_id, country.as_str()),
            message_types: sender_id.message_types.clone(),
            hands_down: HandedDown::new(DEFAULT.to_owned()),
        })
    }
}

impl First {
    fn check_sends(&self, message_type: &str) -> Result<(), ServiceError> {
        if self.message_types.iter().any(|own| own == message_type) {
            return Ok(());
        }
        let kind =
            if self.key.contains('/') { ResourceType::SenderId } else { ResourceType::PhoneNumber };
        Err(ServiceError::conflict(ConflictReason::MessageTypeMismatch, kind, &self.key))
    }
}

/// An originator that the account does not have.
fn missing(kind: ResourceType, identity: &str) -> ServiceError {
    ServiceError::not_found(kind, masked_identity(identity))
}

impl Operation for CreatePool {
    const NAME: &'static str = "CreatePool";
    type Output = CreatePoolResult;

    fn act(self, service: &mut Service, now: SimTime) -> Result<Self::Output, ServiceError> {
        let (created_timestamp, counted) = (service.date(now), service.counts_resources());
        let first = self.first(&service.state.account)?;
        first.check_sends(&self.message_type)?;
        if counted && service.state.account.pools.len() >= MOST_POOLS {
            return Err(ServiceError::ServiceQuotaExceeded(QuotaReason::PoolsPerAccount));
        }
        let id = service.resource_id("pool-");
        let shown = PoolInformation {
            pool_arn: arn(KIND, &id),
            pool_id: id.clone(),
            status: "ACTIVE".to_owned(),
            message_type: self.message_type,
            two_way_enabled: first.hands_down.two_way_enabled,
            two_way_channel_arn: first.hands_down.two_way_channel_arn,
            two_way_channel_role: first.hands_down.two_way_channel_role,
            self_managed_opt_outs_enabled: first.hands_down.self_managed_opt_outs_enabled,
            opt_out_list_name: first.hands_down.opt_out_list_name,
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
            account.pool(id).ok_or_else(|| not_found(id))?;
        }
        let own = self.owner.as_deref() != Some("SHARED");
        let asked =
            |id: &str| own && (ids.is_empty() || ids.iter().any(|own| bare(KIND, own) == id));
        let found = account.pools.iter().filter(|(id, _)| asked(id));
        let found = found.map(|(id, pool)| (id, pool.shown.clone()));
        let found = passing(found, self.filters.as_deref())?.into_iter();
        let (pools, next_token) =
            page(Self::NAME, found, self.next_token.as_deref(), self.max_results)?;
        Ok(DescribePoolsResult { pools, next_token })
    }
}
