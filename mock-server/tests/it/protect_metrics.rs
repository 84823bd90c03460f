//! What protect configurations decided, as CloudWatch tells it.

use crate::{
    caller::json,
    cloud_watch::{TODAY, points},
};
use serde_json::{Value, json};
use sms_voice_mock::{Stub, clock::StubClock, service::Service, stub::Request};
use std::time::Duration;

/// Its service stands on the first instant of a day.
fn stub() -> Stub {
    Stub::new(Service::default(), StubClock::starting(Duration::from_secs(TODAY), 1.0))
}

fn ask(stub: &Stub, operation: &str, input: &Value) -> Value {
    let reply = stub.answer(&Request {
        method: "POST",
        path: "/",
        target: Some(&format!("PinpointSMSVoiceV2.{operation}")),
        content_type: Some("application/x-amz-json-1.0"),
        body: input.to_string().as_bytes(),
        ..Request::default()
    });
    json(&reply)
}

/// The id of a new configuration that blocks the United Kingdom.
fn blocking_gb(stub: &Stub) -> String {
    let made = ask(stub, "CreateProtectConfiguration", &json!({}));
    let id = made["ProtectConfigurationId"].as_str().expect("an id").to_owned();
    let rules = json!({
        "ProtectConfigurationId": id,
        "NumberCapability": "SMS",
        "CountryRuleSetUpdates": { "GB": { "ProtectStatus": "BLOCK" } },
    });
    ask(stub, "UpdateProtectConfigurationCountryRuleSet", &rules);
    id
}

fn send(stub: &Stub, number: &str, id: Option<&str>, more: &Value) -> Value {
    let mut input = json!({ "DestinationPhoneNumber": number, "MessageBody": "hello" });
    if let Some(id) = id {
        input["ProtectConfigurationId"] = id.into();
    }
    for (name, value) in more.as_object().expect("members") {
        input[name] = value.clone();
    }
    ask(stub, "SendTextMessage", &input)
}

/// How many messages were blocked, and how many looked at.
#[track_caller]
fn check(stub: &Stub, dimensions: &[(&str, &str)], blocked: f64, looked_at: f64) {
    let found = points(stub, "TextMessagesBlockedByProtect", dimensions);
    let sum = |name: &str| found.iter().map(|point| point[name].as_f64().expect(name)).sum();
    let counted: (f64, f64) = (sum("Sum"), sum("SampleCount"));
    assert_eq!(counted, (blocked, looked_at), "{dimensions:?}: {found:?}");
}

const GB: &str = "+447400123456";
const FR: &str = "+33612345678";

#[test]
fn each_message_that_a_configuration_looked_at_counts_once_as_blocked_or_not() {
    let stub = stub();
    let (id, other) = (blocking_gb(&stub), blocking_gb(&stub));
    let none = json!({});
    for _ in 0..3 {
        assert_eq!(send(&stub, GB, Some(&id), &none)["__type"], "ConflictException");
    }
    for _ in 0..2 {
        assert!(send(&stub, FR, Some(&id), &none)["MessageId"].is_string());
    }
    send(&stub, GB, Some(&other), &none);
    // Nothing looks at this one.
    assert!(send(&stub, GB, None, &none)["MessageId"].is_string());
    check(&stub, &[], 4.0, 6.0);
    check(&stub, &[("IsoCountryCode", "GB")], 4.0, 4.0);
    check(&stub, &[("IsoCountryCode", "FR")], 0.0, 2.0);
    check(&stub, &[("ProtectConfigurationId", &id)], 3.0, 5.0);
    check(&stub, &[("ProtectConfigurationId", &other)], 1.0, 1.0);
    check(&stub, &[("ProtectConfigurationId", &id), ("IsoCountryCode", "GB")], 3.0, 3.0);
}

#[test]
fn a_blocked_message_takes_no_parts_and_expects_no_feedback() {
    let stub = stub();
    let id = blocking_gb(&stub);
    send(&stub, GB, Some(&id), &json!({ "MessageFeedbackEnabled": true }));
    for metric in ["NumberOfTextMessagePartsSent", "NumberOfTextMessagesExpectingFeedback"] {
        assert_eq!(points(&stub, metric, &[]), [Value::Null; 0]);
    }
}

#[test]
fn a_dry_run_and_a_message_refused_by_something_else_count_nowhere() {
    let stub = stub();
    let id = blocking_gb(&stub);
    send(&stub, GB, Some(&id), &json!({ "DryRun": true }));
    send(&stub, FR, Some(&id), &json!({ "DryRun": true }));
    let refused = send(&stub, FR, Some(&id), &json!({ "MaxPrice": "0.00001" }));
    assert_eq!(refused["__type"], "ValidationException");
    check(&stub, &[], 0.0, 0.0);
}

#[test]
fn the_originator_divides_what_was_blocked() {
    let stub = stub();
    let id = blocking_gb(&stub);
    send(&stub, GB, Some(&id), &json!({ "OriginationIdentity": "ACME" }));
    send(&stub, GB, Some(&id), &json!({}));
    check(&stub, &[("OriginationIdentityType", "SENDER_ID")], 1.0, 1.0);
    check(&stub, &[("OriginationIdentityType", "POOL")], 0.0, 0.0);
}
