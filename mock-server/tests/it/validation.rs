//! What the wire refuses, and how it says so.

use crate::caller::{JSON, call, json};
use serde_json::{Value, json};
use sms_voice_mock::{
    service::{Service, time::SimTime},
    wire::{LARGEST_BODY, handle},
};

/// Sends a message with one member replaced or added; the others are right.
fn send_with(member: &str, value: &Value) -> Value {
    let mut body = json!({ "DestinationPhoneNumber": "+5511987654321", "MessageBody": "hello" });
    body[member] = value.clone();
    let reply = call(&mut Service::default(), "SendTextMessage", &body.to_string());
    json(&reply)
}

#[track_caller]
fn check_refused(member: &str, value: &Value, field: &str) {
    let answer = send_with(member, value);
    assert_eq!(answer["__type"], "ValidationException", "{answer}");
    assert_eq!(answer["Reason"], "FIELD_VALIDATION_FAILED");
    assert_eq!(answer["Fields"][0]["Name"], field, "{answer}");
    assert_eq!(answer["Fields"].as_array().map(Vec::len), Some(1), "{answer}");
}

#[track_caller]
fn check_accepted(member: &str, value: &Value) {
    let answer = send_with(member, value);
    assert!(answer["MessageId"].is_string(), "{member}: {answer}");
}

fn map(entries: usize) -> Value {
    let entry = |k: usize| (format!("k{k}"), Value::from("v"));
    Value::Object((0..entries).map(entry).collect())
}

#[test]
fn every_constraint_of_a_send_is_kept() {
    for number in ["0551199", "+", "1", "+55 11", "12345678901234567890123"] {
        check_refused("DestinationPhoneNumber", &json!(number), "DestinationPhoneNumber");
    }
    check_refused("OriginationIdentity", &json!("a b"), "OriginationIdentity");
    check_refused("OriginationIdentity", &json!("a".repeat(257)), "OriginationIdentity");
    check_refused("MessageBody", &json!(" \n "), "MessageBody");
    check_refused("MessageBody", &json!(""), "MessageBody");
    check_refused("MessageBody", &json!("a".repeat(1601)), "MessageBody");
    check_refused("MessageType", &json!("URGENT"), "MessageType");
    check_refused("Keyword", &json!("a\tb"), "Keyword");
    check_refused("ConfigurationSetName", &json!("a+b"), "ConfigurationSetName");
    for price in ["5", "0", "123.45", "0.123456"] {
        check_refused("MaxPrice", &json!(price), "MaxPrice");
    }
    check_refused("TimeToLive", &json!(4), "TimeToLive");
    check_refused("TimeToLive", &json!(259_201), "TimeToLive");
    check_refused("Context", &map(6), "Context");
    check_refused("Context", &json!({ "a b": "v" }), "Context.key");
    check_refused("Context", &json!({ "a": " v" }), "Context.value");
    let parameters = "DestinationCountryParameters";
    check_refused(parameters, &json!({ "X": "v" }), "DestinationCountryParameters.key");
    check_refused("ProtectConfigurationId", &json!(""), "ProtectConfigurationId");
}

#[test]
fn what_is_just_allowed_passes() {
    check_accepted("DestinationPhoneNumber", &json!("5511987654321"));
    check_accepted("MessageBody", &json!("a".repeat(1530)));
    check_accepted("MessageType", &json!("TRANSACTIONAL"));
    check_accepted("TimeToLive", &json!(5));
    check_accepted("MaxPrice", &json!("99.99999"));
    check_accepted("Context", &map(5));
    check_accepted("Context", &Value::Null);
    check_accepted("MessageFeedbackEnabled", &Value::Null);
    check_accepted("SomethingNew", &json!([{ "a": 1 }]));
}

#[test]
fn an_integer_beyond_64_bits_is_out_of_range_and_not_of_another_type() {
    for number in ["9223372036854775808", "18446744073709551616", "-1000000000000000000000"] {
        let value: Value = serde_json::from_str(number).expect("a number");
        check_refused("TimeToLive", &value, "TimeToLive");
    }
}

#[test]
fn an_entry_of_null_counts_neither_for_the_size_of_a_map_nor_for_its_key() {
    let mut context = map(5);
    context["a sixth, with blanks"] = Value::Null;
    check_accepted("Context", &context);
    let body = r#"{"ProtectConfigurationId": "p", "NumberCapability": "SMS",
        "CountryRuleSetUpdates": {"US": null}}"#;
    let operation = "UpdateProtectConfigurationCountryRuleSet";
    let answer = json(&call(&mut Service::default(), operation, body));
    assert_eq!(answer["Fields"][0]["Name"], "CountryRuleSetUpdates", "{answer}");
}

#[test]
fn a_text_of_more_than_ten_parts_is_refused_by_the_service() {
    let answer = send_with("MessageBody", &json!("a".repeat(1531)));
    assert_eq!(answer["Reason"], "MAXIMUM_SIZE_EXCEEDED");
    let answer = send_with("MessageBody", &json!("ç".repeat(631)));
    assert_eq!(answer["Reason"], "MAXIMUM_SIZE_EXCEEDED");
}

#[test]
fn all_wrong_members_are_named_at_once() {
    let body = r#"{"MessageBody": "", "TimeToLive": 1, "MaxPrice": "5", "Context": {"": "x"}}"#;
    let answer = json(&call(&mut Service::default(), "SendTextMessage", body));
    let mut names: Vec<_> = answer["Fields"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|field| field["Name"].as_str().expect("a name"))
        .collect();
    names.sort_unstable();
    let expected =
        ["Context.key", "DestinationPhoneNumber", "MaxPrice", "MessageBody", "TimeToLive"];
    assert_eq!(names, expected);
}

#[test]
fn every_other_operation_keeps_its_constraints() {
    let cases = [
        ("PutMessageFeedback", r#"{"MessageId": "a"}"#, "MessageFeedbackStatus"),
        (
            "PutMessageFeedback",
            r#"{"MessageId": "a b", "MessageFeedbackStatus": "FAILED"}"#,
            "MessageId",
        ),
        (
            "PutMessageFeedback",
            r#"{"MessageId": "a", "MessageFeedbackStatus": "LOST"}"#,
            "MessageFeedbackStatus",
        ),
        ("CreateConfigurationSet", r#"{"ConfigurationSetName": "a:b"}"#, "ConfigurationSetName"),
        (
            "CreateConfigurationSet",
            r#"{"ConfigurationSetName": "a", "Tags": [{"Key": "k", "Value": ""}, {"Key": "k"}]}"#,
            "Tags.1.Value",
        ),
        (
            "CreateConfigurationSet",
            r#"{"ConfigurationSetName": "a", "ClientToken": "a b"}"#,
            "ClientToken",
        ),
        ("DescribeConfigurationSets", r#"{"MaxResults": 0}"#, "MaxResults"),
        (
            "DescribeConfigurationSets",
            r#"{"ConfigurationSetNames": ["a", "b", "c", "d", "e", "f"]}"#,
            "ConfigurationSetNames",
        ),
        (
            "DescribeConfigurationSets",
            r#"{"Filters": [{"Name": "colour", "Values": ["red"]}]}"#,
            "Filters.0.Name",
        ),
        (
            "DescribeConfigurationSets",
            r#"{"Filters": [{"Name": "default-sender-id", "Values": []}]}"#,
            "Filters.0.Values",
        ),
        ("DeleteConfigurationSet", "{}", "ConfigurationSetName"),
        (
            "SetDefaultMessageFeedbackEnabled",
            r#"{"ConfigurationSetName": "a"}"#,
            "MessageFeedbackEnabled",
        ),
    ];
    for (operation, body, field) in cases {
        let answer = json(&call(&mut Service::default(), operation, body));
        assert_eq!(answer["__type"], "ValidationException", "{operation} {body}: {answer}");
        assert_eq!(answer["Fields"][0]["Name"], field, "{operation} {body}: {answer}");
    }
}

#[test]
fn what_is_not_json_or_of_another_type_cannot_be_read() {
    let bodies = [
        "",
        "{",
        "[]",
        "null",
        "{} {}",
        r#"{"DestinationPhoneNumber": 5511987654321, "MessageBody": "a"}"#,
        r#"{"DestinationPhoneNumber": "+5511987654321", "MessageBody": "a", "TimeToLive": "9"}"#,
        r#"{"DestinationPhoneNumber": "+5511987654321", "MessageBody": "a", "TimeToLive": 9.5}"#,
        r#"{"DestinationPhoneNumber": "+5511987654321", "MessageBody": "a", "Context": []}"#,
        r#"{"DestinationPhoneNumber": "+5511987654321", "MessageBody": "a", "MessageBody": "b"}"#,
    ];
    for body in bodies {
        let reply = call(&mut Service::default(), "SendTextMessage", body);
        assert_eq!(reply.status, 400, "{body}");
        assert_eq!(json(&reply)["__type"], "SerializationException", "{body}");
    }
}

#[test]
fn a_request_for_something_else_is_an_unknown_operation() {
    let target = "PinpointSMSVoiceV2.DescribeConfigurationSets";
    let cases = [
        (None, Some(JSON)),
        (Some("DescribeConfigurationSets"), Some(JSON)),
        (Some("PinpointSMSVoiceV2.Nothing"), Some(JSON)),
        (Some("PinpointSMSVoiceV2.DeletePool"), Some(JSON)),
        (Some(target), Some("application/json")),
        (Some(target), None),
    ];
    for (target, content_type) in cases {
        let service = &mut Service::default();
        let reply = handle(service, SimTime::ZERO, target, content_type, b"{}");
        assert_eq!(reply.status, 404, "{target:?} {content_type:?}");
        assert_eq!(json(&reply)["__type"], "UnknownOperationException");
    }
    let service = &mut Service::default();
    let content_type = Some("application/x-amz-json-1.0; charset=utf-8");
    let reply = handle(service, SimTime::ZERO, Some(target), content_type, b"{}");
    assert_eq!(reply.status, 200);
}

#[test]
fn the_content_type_is_read_without_regard_to_capitals() {
    let target = Some("PinpointSMSVoiceV2.DescribeConfigurationSets");
    let content_type = Some("Application/X-Amz-Json-1.0");
    let reply = handle(&mut Service::default(), SimTime::ZERO, target, content_type, b"{}");
    assert_eq!(reply.status, 200);
}

#[test]
fn a_body_that_is_too_large_is_not_read() {
    let body = "x".repeat(LARGEST_BODY + 1);
    assert_eq!(call(&mut Service::default(), "SendTextMessage", &body).status, 413);
}

#[test]
fn a_number_of_no_country_is_refused_without_being_repeated() {
    let answer = send_with("DestinationPhoneNumber", &json!("+999123456789"));
    assert_eq!(answer["Reason"], "INVALID_PARAMETER");
    assert!(!answer.to_string().contains("123456789"), "{answer}");
}

#[test]
fn errors_carry_the_members_of_their_exception() {
    let service = &mut Service::default();
    let create = r#"{"ConfigurationSetName": "otp"}"#;
    call(service, "CreateConfigurationSet", create);
    let reply = call(service, "CreateConfigurationSet", create);
    assert_eq!(reply.status, 400);
    let expected = json!({
        "__type": "ConflictException",
        "Message": "Conflict Occurred - Reason=\"RESOURCE_ALREADY_EXISTS\" \
            ResourceType=\"configuration-set\" ResourceId=\"otp\"",
        "Reason": "RESOURCE_ALREADY_EXISTS",
        "ResourceType": "configuration-set",
        "ResourceId": "otp",
    });
    assert_eq!(json(&reply), expected);
    let put = r#"{"MessageId": "00000000-0000-0000-0000-000000000000", "MessageFeedbackStatus": "FAILED"}"#;
    let answer = json(&call(service, "PutMessageFeedback", put));
    assert_eq!(answer["__type"], "ResourceNotFoundException");
    assert_eq!(answer["ResourceType"], "message");
}
