//! A call as the service sees it: number, text and configuration, from the campaign's own words.

use crate::{
    engine::campaign::SendCall,
    scenario::{
        Scenario,
        policy::{FeedbackMode, Policy},
    },
};
use sms_voice_mock::service::phone::PhoneNumber;

/// The number a call goes to.
#[must_use]
pub fn destination(scenario: &Scenario, call: &SendCall) -> PhoneNumber {
    let country = &scenario.countries[usize::from(call.place.country)];
    PhoneNumber::new(country.numbers.number(call.user_id), country.code)
}

/// The text of a call, its code included.
#[must_use]
pub fn body(scenario: &Scenario, call: &SendCall) -> String {
    scenario.templates[usize::from(call.place.template)].with_code(call.code.reveal())
}

/// `MessageFeedbackEnabled`, where the policy sets it on the call.
#[must_use]
pub fn feedback_parameter(policy: &Policy) -> Option<bool> {
    match policy.feedback {
        FeedbackMode::Parameter => Some(true),
        FeedbackMode::ConfigurationSet(_) => None,
        FeedbackMode::Off => Some(false),
    }
}

/// The configuration set that switches feedback on, where the policy uses one.
#[must_use]
pub fn configuration_set(policy: &Policy) -> Option<&str> {
    match &policy.feedback {
        FeedbackMode::ConfigurationSet(name) => Some(name),
        FeedbackMode::Parameter | FeedbackMode::Off => None,
    }
}
