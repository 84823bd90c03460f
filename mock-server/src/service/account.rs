//! The account: every resource but messages.
//!
//! Each kind of resource has a file with its shape, its operations and what sends ask of it. A
//! resource's type has the members that the API shows of it, so that it is its own answer.
//!
//! **Invariant:** a resource is found by its name or id; an ARN is only another way to write one.

pub mod arn;
pub mod page;
pub mod filter;
pub mod number;
pub mod tokens;
pub mod tag;
pub mod configuration_sets;
pub mod event_destinations;
pub mod opt_outs;
pub mod verified_numbers;
pub mod attributes;
pub mod limits;
pub mod phone_numbers;
pub mod sender_ids;
pub mod pools;
pub mod originators;
pub mod protect;
pub mod carrier_lookup;

use super::{model::Service, settings::Tier};
use configuration_sets::ConfigurationSet;
use opt_outs::OptOutList;
use phone_numbers::LeasedNumber;
use pools::Pool;
use protect::Protect;
use sender_ids::SenderId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use tag::Tag;
use tokens::Remembered;
use verified_numbers::VerifiedNumber;

/// Everything that an account holds beside its messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Account {
    configuration_sets: BTreeMap<String, ConfigurationSet>,
    opt_out_lists: BTreeMap<String, OptOutList>,
    verified_numbers: BTreeMap<String, VerifiedNumber>,
    phone_numbers: BTreeMap<String, LeasedNumber>,
    sender_ids: BTreeMap<String, SenderId>,
    pools: BTreeMap<String, Pool>,
    protect: Protect,
    /// Set by the account itself, in whole US dollars a month.
    text_spend_override: Option<u64>,
    /// By ARN.
    tags: BTreeMap<String, Vec<Tag>>,
    tokens: VecDeque<Remembered>,
}

impl Default for Account {
    /// An account with nothing but its default opt-out list.
    fn default() -> Self {
        let default = (opt_outs::DEFAULT.to_owned(), OptOutList::default());
        Self {
            configuration_sets: BTreeMap::new(),
            opt_out_lists: BTreeMap::from([default]),
            verified_numbers: BTreeMap::new(),
            phone_numbers: BTreeMap::new(),
            sender_ids: BTreeMap::new(),
            pools: BTreeMap::new(),
            protect: Protect::default(),
            text_spend_override: None,
            tags: BTreeMap::new(),
            tokens: VecDeque::new(),
        }
    }
}

impl Service {
    /// Whether the quotas of resources hold.
    pub(in crate::service) fn counts_resources(&self) -> bool {
        self.settings().account.tier != Tier::Open
    }

    /// The id of a new resource: a prefix and 32 hexadecimal digits.
    pub(in crate::service) fn resource_id(&mut self, prefix: &str) -> String {
        let id = self.request_id().to_string().replace('-', "");
        format!("{prefix}{id}")
    }
}
