//! Every operation that needs no type of its own on the wire, by its name.
//!
//! `SendTextMessage` and `PutMessageFeedback` are not among them: [`call`](super::call) reads them
//! without copying.

use super::{
    answer::WireReply,
    call::{finish, input, unreadable},
    rejection::Rejection,
};
use crate::service::{
    Outcome, Service,
    account::{
        attributes, carrier_lookup, configuration_sets, event_destinations, opt_outs,
        phone_numbers, pools, protect, sender_ids, tag, verified_numbers,
    },
    answer::ServiceError,
    faults::FaultedCall,
    identity::RequestId,
    operation::Operation,
    sends,
    time::SimTime,
};
use serde::Serialize;
use serde_json::Value;

/// A call that only waits for the service.
pub(crate) type Prepared = Box<dyn FnOnce(&mut Service, SimTime, RequestId) -> WireReply>;

/// Reads a checked body as the input of the operation with this name.
pub(super) fn prepare(name: &str, body: &str) -> Result<Prepared, Rejection> {
    let entry = TABLE.iter().find(|(known, _)| *known == name);
    let (_, prepare) = entry.expect("a unit test compares the table with the model");
    prepare(body)
}

/// Reads a body. What is `null` counts as absent.
type Prepare = fn(&str) -> Result<Prepared, Rejection>;

const fn entry<O: Operation + 'static>() -> (&'static str, Prepare) {
    (O::NAME, |body| {
        let mut members: Value = input(body)?;
        leave_out_nulls(&mut members);
        let token = Token::of(&members);
        let input: O = serde_json::from_value(members).map_err(unreadable)?;
        Ok(Box::new(|service, now, id| answer(service, now, id, input, token)))
    })
}

/// Makes a call, unless something goes wrong or its client token says that it was made before.
fn answer<O: Operation>(
    service: &mut Service,
    now: SimTime,
    id: RequestId,
    input: O,
    token: Option<Token>,
) -> WireReply {
    let faulted = FaultedCall { operation: O::NAME, country: input.country(), address: None };
    let reply = service.meet(now, faulted, None, |service| once(service, now, input, token));
    finish(id, reply, |shown| shown)
}

/// Makes a call that has not been made; for one that has, gives its output again.
fn once<O: Operation>(
    service: &mut Service,
    now: SimTime,
    input: O,
    token: Option<Token>,
) -> Result<Value, ServiceError> {
    if let Some(Token { token, input }) = &token
        && let Some(output) = service.account_mut().remembered(O::NAME, token, input)?
    {
        return Ok(output.clone());
    }
    match service.call(now, input).outcome {
        Outcome::Answered(output) => {
            let shown = shown(&output);
            if let Some(Token { token, input }) = token {
                service.account_mut().remember(O::NAME, &token, input, shown.clone());
            }
            Ok(shown)
        }
        Outcome::Refused(error) => Err(error),
        Outcome::Reset { .. } | Outcome::Hung => unreachable!("nothing went wrong with this call"),
    }
}

/// The client token of a call, and everything that the call says.
struct Token {
    token: String,
    input: Value,
}

impl Token {
    fn of(members: &Value) -> Option<Self> {
        let token = members.get("ClientToken")?.as_str()?.to_owned();
        Some(Self { token, input: members.clone() })
    }
}

/// An output as the API writes it: what is absent is left out.
fn shown(output: &impl Serialize) -> Value {
    let mut shown = serde_json::to_value(output).expect("outputs have string keys");
    leave_out_nulls(&mut shown);
    shown
}

fn leave_out_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(leave_out_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_nulls),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[rustfmt::skip]
static TABLE: [(&str, Prepare); 55] = [
    entry::<configuration_sets::CreateConfigurationSet>(),
    entry::<configuration_sets::DeleteConfigurationSet>(),
    entry::<configuration_sets::DescribeConfigurationSets>(),
    entry::<configuration_sets::SetDefaultMessageFeedbackEnabled>(),
    entry::<configuration_sets::SetDefaultMessageType>(),
    entry::<configuration_sets::DeleteDefaultMessageType>(),
    entry::<configuration_sets::SetDefaultSenderId>(),
    entry::<configuration_sets::DeleteDefaultSenderId>(),
    entry::<event_destinations::CreateEventDestination>(),
    entry::<event_destinations::UpdateEventDestination>(),
    entry::<event_destinations::DeleteEventDestination>(),
    entry::<attributes::DescribeAccountAttributes>(),
    entry::<attributes::DescribeAccountLimits>(),
    entry::<attributes::DescribeSpendLimits>(),
    entry::<attributes::SetTextMessageSpendLimitOverride>(),
    entry::<attributes::DeleteTextMessageSpendLimitOverride>(),
    entry::<phone_numbers::DescribePhoneNumbers>(),
    entry::<phone_numbers::RequestPhoneNumber>(),
    entry::<phone_numbers::ReleasePhoneNumber>(),
    entry::<phone_numbers::UpdatePhoneNumber>(),
    entry::<verified_numbers::CreateVerifiedDestinationNumber>(),
    entry::<verified_numbers::DeleteVerifiedDestinationNumber>(),
    entry::<verified_numbers::DescribeVerifiedDestinationNumbers>(),
    entry::<verified_numbers::SendDestinationNumberVerificationCode>(),
    entry::<verified_numbers::VerifyDestinationNumber>(),
    entry::<opt_outs::CreateOptOutList>(),
    entry::<opt_outs::DeleteOptOutList>(),
    entry::<opt_outs::DescribeOptOutLists>(),
    entry::<opt_outs::DescribeOptedOutNumbers>(),
    entry::<opt_outs::PutOptedOutNumber>(),
    entry::<opt_outs::DeleteOptedOutNumber>(),
    entry::<pools::CreatePool>(),
    entry::<pools::DescribePools>(),
    entry::<sender_ids::DescribeSenderIds>(),
    entry::<sender_ids::RequestSenderId>(),
    entry::<protect::CreateProtectConfiguration>(),
    entry::<protect::DescribeProtectConfigurations>(),
    entry::<protect::AssociateProtectConfiguration>(),
    entry::<protect::DisassociateProtectConfiguration>(),
    entry::<protect::SetAccountDefaultProtectConfiguration>(),
    entry::<protect::DeleteAccountDefaultProtectConfiguration>(),
    entry::<protect::rules::UpdateProtectConfigurationCountryRuleSet>(),
    entry::<protect::rules::GetProtectConfigurationCountryRuleSet>(),
    entry::<protect::overrides::PutProtectConfigurationRuleSetNumberOverride>(),
    entry::<protect::overrides::DeleteProtectConfigurationRuleSetNumberOverride>(),
    entry::<protect::overrides::ListProtectConfigurationRuleSetNumberOverrides>(),
    entry::<carrier_lookup::CarrierLookup>(),
    entry::<tag::TagResource>(),
    entry::<tag::UntagResource>(),
    entry::<tag::ListTagsForResource>(),
    entry::<sends::SendMediaMessage>(),
    entry::<sends::SendVoiceMessage>(),
    entry::<sends::SendNotifyTextMessage>(),
    entry::<sends::SendNotifyVoiceMessage>(),
    entry::<sends::SendRcsMessage>(),
];

#[cfg(test)]
mod tests {
    use super::{super::api::api, *};
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_of_the_model_is_answered() {
        let mut answered: BTreeSet<_> = TABLE.iter().map(|(name, _)| *name).collect();
        answered.extend(["SendTextMessage", "PutMessageFeedback"]);
        assert_eq!(answered, api().operations().collect());
    }
}
