//! Configuration sets over the wire.

use crate::caller::{call, json};
use serde_json::{Value, json};
use sms_voice_mock::service::{
    Service,
    settings::{ServiceSettings, Tier},
};

fn create(service: &mut Service, name: &str) -> Value {
    let body = json!({ "ConfigurationSetName": name }).to_string();
    json(&call(service, "CreateConfigurationSet", &body))
}

fn describe(service: &mut Service, body: &Value) -> Value {
    json(&call(service, "DescribeConfigurationSets", &body.to_string()))
}

fn names(answer: &Value) -> Vec<&str> {
    let sets = answer["ConfigurationSets"].as_array().expect("a list");
    sets.iter().map(|set| set["ConfigurationSetName"].as_str().expect("a name")).collect()
}

#[test]
fn a_set_lives_from_create_to_delete() {
    let service = &mut Service::default();
    let tags = json!([{ "Key": "team", "Value": "login" }]);
    let body = json!({ "ConfigurationSetName": "otp", "Tags": tags }).to_string();
    let arn = "arn:aws:sms-voice:us-east-1:123456789012:configuration-set/otp";
    let expected = json!({
        "ConfigurationSetArn": arn,
        "ConfigurationSetName": "otp",
        "Tags": tags,
        "CreatedTimestamp": 0.0,
    });
    assert_eq!(json(&call(service, "CreateConfigurationSet", &body)), expected);
    let body = json!({ "ConfigurationSetName": arn, "MessageFeedbackEnabled": true }).to_string();
    let expected = json!({
        "ConfigurationSetArn": arn,
        "ConfigurationSetName": "otp",
        "MessageFeedbackEnabled": true,
    });
    assert_eq!(json(&call(service, "SetDefaultMessageFeedbackEnabled", &body)), expected);
    let set = json!({
        "ConfigurationSetArn": arn,
        "ConfigurationSetName": "otp",
        "EventDestinations": [],
        "DefaultMessageFeedbackEnabled": true,
        "CreatedTimestamp": 0.0,
    });
    assert_eq!(describe(service, &json!({})), json!({ "ConfigurationSets": [set] }));
    let delete = json!({ "ConfigurationSetName": arn }).to_string();
    assert_eq!(json(&call(service, "DeleteConfigurationSet", &delete)), set);
    let again = json(&call(service, "DeleteConfigurationSet", &delete));
    assert_eq!(again["__type"], "ResourceNotFoundException");
}

#[test]
fn a_repeated_client_token_gives_the_same_set() {
    let service = &mut Service::default();
    let body = r#"{"ConfigurationSetName": "otp", "ClientToken": "t1"}"#;
    let first = json(&call(service, "CreateConfigurationSet", body));
    assert_eq!(json(&call(service, "CreateConfigurationSet", body)), first);
    let changed = r#"{"ConfigurationSetName": "otp-2", "ClientToken": "t1"}"#;
    let answer = json(&call(service, "CreateConfigurationSet", changed));
    assert_eq!(answer["Fields"][0]["Name"], "ClientToken", "{answer}");
    let other = r#"{"ConfigurationSetName": "otp", "ClientToken": "t2"}"#;
    let answer = json(&call(service, "CreateConfigurationSet", other));
    assert_eq!(answer["Reason"], "RESOURCE_ALREADY_EXISTS");
}

#[test]
fn an_account_with_quotas_has_at_most_25_sets() {
    let mut settings = ServiceSettings::default();
    settings.account.tier = Tier::Production;
    let service = &mut Service::new(settings);
    for nth in 0..25 {
        assert!(create(service, &format!("set-{nth}"))["ConfigurationSetArn"].is_string());
    }
    let answer = create(service, "one-more");
    assert_eq!(answer["__type"], "ServiceQuotaExceededException");
    assert_eq!(answer["Reason"], "CONFIGURATION_SETS_PER_ACCOUNT");
}

#[test]
fn pages_of_sets_follow_each_other() {
    let service = &mut Service::default();
    for name in ["a", "b", "c", "d", "e"] {
        create(service, name);
    }
    let first = describe(service, &json!({ "MaxResults": 2 }));
    assert_eq!(names(&first), ["a", "b"]);
    let second = describe(service, &json!({ "MaxResults": 2, "NextToken": first["NextToken"] }));
    assert_eq!(names(&second), ["c", "d"]);
    let third = describe(service, &json!({ "MaxResults": 2, "NextToken": second["NextToken"] }));
    assert_eq!(names(&third), ["e"]);
    assert_eq!(third["NextToken"], Value::Null);
    for token in ["zz", "abc", "é"] {
        let answer = describe(service, &json!({ "NextToken": token }));
        assert_eq!(answer["Reason"], "INVALID_NEXT_TOKEN", "{token}");
    }
}

#[test]
fn sets_are_found_by_name_and_by_filter() {
    let service = &mut Service::default();
    create(service, "on");
    create(service, "off");
    let on = r#"{"ConfigurationSetName": "on", "MessageFeedbackEnabled": true}"#;
    call(service, "SetDefaultMessageFeedbackEnabled", on);
    let filter =
        |name: &str, value: &str| json!({ "Filters": [{ "Name": name, "Values": [value] }] });
    let feedback = "default-message-feedback-enabled";
    assert_eq!(names(&describe(service, &filter(feedback, "true"))), ["on"]);
    assert_eq!(names(&describe(service, &filter(feedback, "false"))), ["off"]);
    assert!(names(&describe(service, &filter("default-sender-id", "X"))).is_empty());
    let answer = describe(service, &filter(feedback, "maybe"));
    assert_eq!(answer["Reason"], "INVALID_FILTER_VALUES");
    let named = json!({ "ConfigurationSetNames": ["off"] });
    assert_eq!(names(&describe(service, &named)), ["off"]);
    let unknown = describe(service, &json!({ "ConfigurationSetNames": ["off", "gone"] }));
    assert_eq!(unknown["__type"], "ResourceNotFoundException");
    assert_eq!(unknown["ResourceId"], "gone");
}

#[test]
fn a_send_with_an_unknown_set_is_refused() {
    let service = &mut Service::default();
    let body = r#"{"DestinationPhoneNumber": "+5511987654321", "MessageBody": "a", "ConfigurationSetName": "gone"}"#;
    let answer = json(&call(service, "SendTextMessage", body));
    assert_eq!(answer["__type"], "ResourceNotFoundException");
    assert_eq!(answer["ResourceType"], "configuration-set");
}
