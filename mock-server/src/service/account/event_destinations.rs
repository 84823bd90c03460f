//! Event destinations of configuration sets: where AWS would send which events. They are kept and
//! shown; nothing is sent to them.
//!
//! **Invariant:** a destination is of exactly one kind.

use super::configuration_sets::{ConfigurationSet, SetName};
use crate::service::{
    answer::{ConflictReason, QuotaReason, ResourceType, ServiceError, ValidationReason},
    model::Service,
    operation::Operation,
    time::SimTime,
};
use serde::{Deserialize, Serialize};

/// The most destinations of a set; AWS does not raise it.
const MOST_DESTINATIONS: usize = 5;

/// An event destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventDestination {
    event_destination_name: String,
    enabled: bool,
    matching_event_types: Vec<String>,
    #[serde(flatten)]
    target: Target,
}

/// Where the events go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target {
    cloud_watch_logs_destination: Option<CloudWatchLogs>,
    kinesis_firehose_destination: Option<KinesisFirehose>,
    sns_destination: Option<Sns>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CloudWatchLogs {
    iam_role_arn: String,
    log_group_arn: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KinesisFirehose {
    iam_role_arn: String,
    delivery_stream_arn: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sns {
    topic_arn: String,
}

impl Target {
    /// Which of the kinds are given.
    const fn kinds(&self) -> [bool; 3] {
        [
            self.cloud_watch_logs_destination.is_some(),
            self.kinesis_firehose_destination.is_some(),
            self.sns_destination.is_some(),
        ]
    }

    fn count(&self) -> usize {
        self.kinds().into_iter().filter(|given| *given).count()
    }

    /// Refuses anything but `allowed` kinds. Which errors AWS gives is an assumption.
    fn check(&self, allowed: std::ops::RangeInclusive<usize>) -> Result<(), ServiceError> {
        let count = self.count();
        if allowed.contains(&count) {
            return Ok(());
        }
        let reason = if count == 0 {
            ValidationReason::MissingParameter
        } else {
            ValidationReason::ParametersCannotBeUsedTogether
        };
        Err(ServiceError::invalid(
            reason,
            "EventDestination",
            "must be exactly one of CloudWatchLogsDestination, KinesisFirehoseDestination and \
             SnsDestination",
        ))
    }
}

impl ConfigurationSet {
    fn destination(&mut self, name: &str) -> Result<&mut EventDestination, ServiceError> {
        let named = |there: &&mut EventDestination| there.event_destination_name == name;
        let found = self.event_destinations.iter_mut().find(named);
        found.ok_or_else(|| ServiceError::not_found(ResourceType::EventDestination, name))
    }
}

/// What the three operations answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventDestinationResult {
    #[serde(flatten)]
    set: SetName,
    event_destination: EventDestination,
}

/// `CreateEventDestination`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateEventDestination {
    configuration_set_name: String,
    event_destination_name: String,
    matching_event_types: Vec<String>,
    #[serde(flatten)]
    target: Target,
}

impl Operation for CreateEventDestination {
    const NAME: &'static str = "CreateEventDestination";
    type Output = EventDestinationResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        self.target.check(1..=1)?;
        let set = service.configuration_set_mut(&self.configuration_set_name)?;
        if set.destination(&self.event_destination_name).is_ok() {
            return Err(ServiceError::conflict(
                ConflictReason::ResourceAlreadyExists,
                ResourceType::EventDestination,
                self.event_destination_name,
            ));
        }
        if set.event_destinations.len() >= MOST_DESTINATIONS {
            let reason = QuotaReason::EventDestinationsPerConfigurationSet;
            return Err(ServiceError::ServiceQuotaExceeded(reason));
        }
        let event_destination = EventDestination {
            event_destination_name: self.event_destination_name,
            enabled: true,
            matching_event_types: self.matching_event_types,
            target: self.target,
        };
        set.event_destinations.push(event_destination.clone());
        Ok(EventDestinationResult { set: set.names(), event_destination })
    }
}

/// `UpdateEventDestination`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateEventDestination {
    configuration_set_name: String,
    event_destination_name: String,
    enabled: Option<bool>,
    matching_event_types: Option<Vec<String>>,
    #[serde(flatten)]
    target: Target,
}

impl Operation for UpdateEventDestination {
    const NAME: &'static str = "UpdateEventDestination";
    type Output = EventDestinationResult;

    /// That a destination keeps its kind is an assumption drawn from the name of the conflict.
    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        self.target.check(0..=1)?;
        let set = service.configuration_set_mut(&self.configuration_set_name)?;
        let there = set.destination(&self.event_destination_name)?;
        if self.target.count() == 1 {
            if self.target.kinds() != there.target.kinds() {
                return Err(ServiceError::conflict(
                    ConflictReason::EventDestinationMismatch,
                    ResourceType::EventDestination,
                    self.event_destination_name,
                ));
            }
            there.target = self.target;
        }
        there.enabled = self.enabled.unwrap_or(there.enabled);
        if let Some(types) = self.matching_event_types {
            there.matching_event_types = types;
        }
        let event_destination = there.clone();
        Ok(EventDestinationResult { set: set.names(), event_destination })
    }
}

/// `DeleteEventDestination`
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteEventDestination {
    configuration_set_name: String,
    event_destination_name: String,
}

impl Operation for DeleteEventDestination {
    const NAME: &'static str = "DeleteEventDestination";
    type Output = EventDestinationResult;

    fn act(self, service: &mut Service, _: SimTime) -> Result<Self::Output, ServiceError> {
        let set = service.configuration_set_mut(&self.configuration_set_name)?;
        let event_destination = set.destination(&self.event_destination_name)?.clone();
        set.event_destinations.retain(|there| *there != event_destination);
        Ok(EventDestinationResult { set: set.names(), event_destination })
    }
}
