//! The outputs of the operations.

use super::answer::epoch_seconds;
use crate::service::{
    MessageId,
    configuration_sets::{ConfigurationSet, ConfigurationSetPage},
    request::Tag,
};
use serde::Serialize;
use std::time::Duration;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SendBody {
    pub(super) message_id: MessageId,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutBody {
    pub(super) message_id: MessageId,
    pub(super) message_feedback_status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PageBody {
    configuration_sets: Vec<SetBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl PageBody {
    pub(super) fn new(page: ConfigurationSetPage, epoch: Duration) -> Self {
        let sets = page.sets.iter();
        Self {
            configuration_sets: sets.map(|set| SetBody::described(set, epoch)).collect(),
            next_token: page.next_token,
        }
    }
}

/// A configuration set, with the members that one operation or another answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetBody {
    configuration_set_arn: String,
    configuration_set_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<TagBody>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_destinations: Option<[&'static str; 0]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_message_feedback_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_feedback_enabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_timestamp: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TagBody {
    key: String,
    value: String,
}

impl SetBody {
    fn named(set: &ConfigurationSet) -> Self {
        Self {
            configuration_set_arn: set.arn(),
            configuration_set_name: set.name.clone(),
            tags: None,
            event_destinations: None,
            default_message_feedback_enabled: None,
            message_feedback_enabled: None,
            created_timestamp: None,
        }
    }

    pub(super) fn created(set: &ConfigurationSet, epoch: Duration) -> Self {
        let tag = |tag: &Tag| TagBody { key: tag.key.clone(), value: tag.value.clone() };
        Self {
            tags: Some(set.tags.iter().map(tag).collect()),
            created_timestamp: Some(epoch_seconds(epoch, set.created)),
            ..Self::named(set)
        }
    }

    pub(super) fn described(set: &ConfigurationSet, epoch: Duration) -> Self {
        Self {
            event_destinations: Some([]),
            default_message_feedback_enabled: Some(set.message_feedback_enabled),
            created_timestamp: Some(epoch_seconds(epoch, set.created)),
            ..Self::named(set)
        }
    }

    pub(super) fn feedback(set: &ConfigurationSet) -> Self {
        Self { message_feedback_enabled: Some(set.message_feedback_enabled), ..Self::named(set) }
    }
}
