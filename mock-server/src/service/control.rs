//! The operations on configuration sets. They take no time and meet no drawn errors.

use super::{
    answer::{Outcome, Reply, ServiceError},
    configuration_sets::{ConfigurationSet, ConfigurationSetPage},
    model::Service,
    quota::ControlOperation,
    request::{
        CreateConfigurationSet, DescribeConfigurationSets, SetDefaultMessageFeedbackEnabled,
    },
    time::SimTime,
};
use std::time::Duration;

impl Service {
    /// Makes a configuration set.
    pub fn create_configuration_set(
        &mut self,
        now: SimTime,
        request: CreateConfigurationSet<'_>,
    ) -> Reply<ConfigurationSet> {
        self.control(now, ControlOperation::CreateConfigurationSet, |service| {
            service.state.configuration_sets.create(now, request)
        })
    }

    /// Lists configuration sets.
    pub fn describe_configuration_sets(
        &mut self,
        now: SimTime,
        request: DescribeConfigurationSets<'_>,
    ) -> Reply<ConfigurationSetPage> {
        self.control(now, ControlOperation::DescribeConfigurationSets, |service| {
            service.state.configuration_sets.describe(request)
        })
    }

    /// Deletes the configuration set with this name or ARN.
    pub fn delete_configuration_set(
        &mut self,
        now: SimTime,
        name: &str,
    ) -> Reply<ConfigurationSet> {
        self.control(now, ControlOperation::DeleteConfigurationSet, |service| {
            service.state.configuration_sets.delete(name)
        })
    }

    /// Sets whether messages sent with a configuration set expect feedback.
    pub fn set_default_message_feedback_enabled(
        &mut self,
        now: SimTime,
        request: SetDefaultMessageFeedbackEnabled<'_>,
    ) -> Reply<ConfigurationSet> {
        self.control(now, ControlOperation::SetDefaultMessageFeedbackEnabled, |service| {
            let sets = &mut service.state.configuration_sets;
            sets.set_feedback(request.configuration_set, request.enabled)
        })
    }

    fn control<T>(
        &mut self,
        now: SimTime,
        operation: ControlOperation,
        act: impl FnOnce(&mut Self) -> Result<T, ServiceError>,
    ) -> Reply<T> {
        let outcome = if self.state.limits.admit_control(now, operation) {
            act(self).into()
        } else {
            Outcome::Refused(ServiceError::Throttling)
        };
        Reply { latency: Duration::ZERO, outcome }
    }
}
