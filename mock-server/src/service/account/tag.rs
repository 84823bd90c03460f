//! Tags of resources, and the operations on them.
//!
//! **Invariant:** tags belong to an ARN; they go with their resource.

use super::{Account, arn};
use crate::service::{
    answer::{QuotaReason, ResourceType, ServiceError, ValidationReason},
    model::Service,
    operation::{Nothing, Operation},
    time::SimTime,
};
use serde::{Deserialize, Serialize};

/// The most tags of a resource.
const MOST_TAGS: usize = 200;

/// A tag of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}

/// `TagResource`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResource {
    resource_arn: String,
    tags: Vec<Tag>,
}

/// `UntagResource`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResource {
    resource_arn: String,
    tag_keys: Vec<String>,
}

/// `ListTagsForResource`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResource {
    resource_arn: String,
}

/// What `ListTagsForResource` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceResult {
    resource_arn: String,
    tags: Vec<Tag>,
}

impl Account {
    /// Gives a new resource its tags.
    pub(in crate::service) fn tag(&mut self, arn: &str, tags: Option<Vec<Tag>>) -> Vec<Tag> {
        let tags = tags.unwrap_or_default();
        if !tags.is_empty() {
            self.tags.insert(arn.to_owned(), tags.clone());
        }
        tags
    }

    fn check_taggable(&self, resource_arn: &str) -> Result<(), ServiceError> {
        let Some((kind, name)) = arn::parts(resource_arn) else {
            return Err(ServiceError::invalid(
                ValidationReason::InvalidArn,
                "ResourceArn",
                "must be the ARN of a resource of this service",
            ));
        };
        let (resource, there) = match kind {
            "configuration-set" => {
                (ResourceType::ConfigurationSet, self.configuration_sets.contains_key(name))
            }
            "opt-out-list" => (ResourceType::OptOutList, self.opt_out_lists.contains_key(name)),
            "phone-number" => (ResourceType::PhoneNumber, self.phone_numbers.contains_key(name)),
            "pool" => (ResourceType::Pool, self.pools.contains_key(name)),
            "sender-id" => (ResourceType::SenderId, self.sender_ids.contains_key(name)),
            "protect-configuration" => {
                (ResourceType::ProtectConfiguration, self.protect.by_id.contains_key(name))
            }
            "verified-destination-number" => {
                (ResourceType::VerifiedDestinationNumber, self.verified_numbers.contains_key(name))
            }
            _ => (ResourceType::Account, false),
        };
        if there { Ok(()) } else { Err(ServiceError::not_found(resource, resource_arn)) }
    }
}

impl Operation for TagResource {
    const NAME: &'static str = "TagResource";
    type Output = Nothing;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Nothing, ServiceError> {
        let account = &mut service.state.account;
        account.check_taggable(&self.resource_arn)?;
        let mut tags = account.tags.get(&self.resource_arn).cloned().unwrap_or_default();
        for tag in self.tags {
            tags.retain(|there| there.key != tag.key);
            tags.push(tag);
        }
        if tags.len() > MOST_TAGS {
            return Err(ServiceError::ServiceQuotaExceeded(QuotaReason::TagsPerResource));
        }
        account.tags.insert(self.resource_arn, tags);
        Ok(Nothing {})
    }
}

impl Operation for UntagResource {
    const NAME: &'static str = "UntagResource";
    type Output = Nothing;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Nothing, ServiceError> {
        let account = &mut service.state.account;
        account.check_taggable(&self.resource_arn)?;
        if let Some(tags) = account.tags.get_mut(&self.resource_arn) {
            tags.retain(|tag| !self.tag_keys.contains(&tag.key));
        }
        Ok(Nothing {})
    }
}

impl Operation for ListTagsForResource {
    const NAME: &'static str = "ListTagsForResource";
    type Output = ListTagsForResourceResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let account = &service.state.account;
        account.check_taggable(&self.resource_arn)?;
        let tags = account.tags.get(&self.resource_arn).cloned().unwrap_or_default();
        Ok(ListTagsForResourceResult { resource_arn: self.resource_arn, tags })
    }
}
