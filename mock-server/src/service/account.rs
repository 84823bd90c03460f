//! The account: every resource but messages.
//!
//! Each kind of resource has a file with its shape, its operations and what sends ask of it.
//!
//! **Invariant:** a resource is found by its name or id; an ARN is only another way to write one.

pub mod arn;
pub mod page;
pub mod filter;
pub mod tag;
pub mod configuration_sets;

use configuration_sets::ConfigurationSet;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that an account holds beside its messages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::service) struct Account {
    pub(in crate::service) configuration_sets: BTreeMap<String, ConfigurationSet>,
}
