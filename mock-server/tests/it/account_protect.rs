//! Protect configurations, their country rules and their numbers, over the wire.

use crate::shapes::{ask, ask_at, check_refused, filters, in_pages, keys, production};
use serde_json::{Value, json};
use sms_voice_mock::service::{Service, time::SimTime};

const NOBODY: &str = "protect-gone";

/// A number in the United Kingdom, as the rules of configurations take it.
const GB: &str = "+447400123456";

#[track_caller]
fn create(service: &mut Service) -> Value {
    let answer = ask(service, "CreateProtectConfiguration", &json!({}));
    assert!(answer["ProtectConfigurationId"].is_string(), "{answer}");
    answer
}

fn id(service: &mut Service) -> Value {
    create(service)["ProtectConfigurationId"].clone()
}

fn describe(service: &mut Service, input: &Value) -> Value {
    ask(service, "DescribeProtectConfigurations", input)
}

fn ids(answer: &Value) -> Vec<String> {
    keys(answer, "ProtectConfigurations", "ProtectConfigurationId")
}

fn set(service: &mut Service, name: &str) {
    ask(service, "CreateConfigurationSet", &json!({ "ConfigurationSetName": name }));
}

fn association(id: &Value, set: &str) -> Value {
    json!({ "ProtectConfigurationId": id, "ConfigurationSetName": set })
}

/// The protect configuration that a set is shown with.
fn of_set(service: &mut Service, name: &str) -> Option<Value> {
    let input = json!({ "ConfigurationSetNames": [name] });
    let sets = ask(service, "DescribeConfigurationSets", &input);
    sets["ConfigurationSets"][0].get("ProtectConfigurationId").cloned()
}

#[test]
fn a_new_configuration_is_nobodys_default() {
    let service = &mut Service::default();
    let tags = json!([{ "Key": "team", "Value": "login" }]);
    let input = json!({ "DeletionProtectionEnabled": true, "Tags": tags });
    let made = ask(service, "CreateProtectConfiguration", &input);
    let id = made["ProtectConfigurationId"].as_str().expect("an id");
    let hex = id.strip_prefix("protect-").expect("the prefix of a configuration");
    assert!(hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let arn = format!("arn:aws:sms-voice:us-east-1:123456789012:protect-configuration/{id}");
    assert_eq!(made["ProtectConfigurationArn"], arn);
    assert_eq!((&made["AccountDefault"], &made["Tags"]), (&false.into(), &tags));
    for name in [id, &arn] {
        let answer = describe(service, &json!({ "ProtectConfigurationIds": [name] }));
        assert_eq!(ids(&answer), [id]);
        assert_eq!(answer["ProtectConfigurations"][0]["DeletionProtectionEnabled"], true);
    }
    let answer = describe(service, &json!({ "ProtectConfigurationIds": [id, NOBODY] }));
    check_refused(&answer, "ResourceNotFoundException", "protect-configuration");
}

#[test]
fn an_account_without_configurations_describes_none() {
    let service = &mut Service::default();
    assert!(ids(&describe(service, &json!({}))).is_empty());
}

#[test]
fn configurations_are_found_by_filter_and_page() {
    let service = &mut Service::default();
    let first = id(service);
    for _ in 0..3 {
        id(service);
    }
    ask(service, "CreateProtectConfiguration", &json!({ "DeletionProtectionEnabled": true }));
    let of = ("ProtectConfigurations", "ProtectConfigurationId");
    assert_eq!(in_pages(service, "DescribeProtectConfigurations", json!({}), of).len(), 5);
    let default = json!({ "ProtectConfigurationId": first });
    ask(service, "SetAccountDefaultProtectConfiguration", &default);
    for (name, value, found) in [
        ("account-default", "true", 1),
        ("account-default", "false", 4),
        ("deletion-protection-enabled", "true", 1),
    ] {
        let answer = describe(service, &json!({ "Filters": filters(&[(name, value)]) }));
        assert_eq!(ids(&answer).len(), found, "{name} {value}");
    }
    let answer = describe(service, &json!({ "Filters": filters(&[("account-default", "x")]) }));
    check_refused(&answer, "ValidationException", "INVALID_FILTER_VALUES");
}

#[test]
fn an_account_has_at_most_25_configurations() {
    let service = &mut production();
    for _ in 0..25 {
        create(service);
    }
    let answer = ask(service, "CreateProtectConfiguration", &json!({}));
    check_refused(&answer, "ServiceQuotaExceededException", "PROTECT_CONFIGURATIONS_PER_ACCOUNT");
}

#[test]
fn a_set_has_the_configuration_that_was_associated_last() {
    let service = &mut Service::default();
    let (first, second) = (id(service), id(service));
    set(service, "otp");
    set(service, "news");
    assert_eq!(of_set(service, "otp"), None);
    let answer = ask(service, "AssociateProtectConfiguration", &association(&first, "otp"));
    assert_eq!(answer["ConfigurationSetName"], "otp");
    assert_eq!(answer["ProtectConfigurationId"], first);
    assert_eq!(of_set(service, "otp"), Some(first.clone()));
    ask(service, "AssociateProtectConfiguration", &association(&first, "news"));
    ask(service, "AssociateProtectConfiguration", &association(&second, "otp"));
    assert_eq!(of_set(service, "otp"), Some(second.clone()));
    assert_eq!(of_set(service, "news"), Some(first.clone()));
    let input =
        json!({ "Filters": filters(&[("protect-configuration-id", second.as_str().unwrap())]) });
    let found = ask(service, "DescribeConfigurationSets", &input);
    assert_eq!(keys(&found, "ConfigurationSets", "ConfigurationSetName"), ["otp"]);
}

#[test]
fn only_an_associated_configuration_can_be_disassociated() {
    let service = &mut Service::default();
    let (first, second) = (id(service), id(service));
    set(service, "otp");
    let refused = "PROTECT_CONFIGURATION_NOT_ASSOCIATED_WITH_CONFIGURATION_SET";
    let answer = ask(service, "DisassociateProtectConfiguration", &association(&first, "otp"));
    check_refused(&answer, "ConflictException", refused);
    ask(service, "AssociateProtectConfiguration", &association(&first, "otp"));
    let answer = ask(service, "DisassociateProtectConfiguration", &association(&second, "otp"));
    check_refused(&answer, "ConflictException", refused);
    assert_eq!(of_set(service, "otp"), Some(first.clone()));
    let answer = ask(service, "DisassociateProtectConfiguration", &association(&first, "otp"));
    assert_eq!(answer["ConfigurationSetName"], "otp");
    assert_eq!(of_set(service, "otp"), None);
}

#[test]
fn what_is_not_there_is_not_associated() {
    let service = &mut Service::default();
    let id = id(service);
    set(service, "otp");
    for operation in ["AssociateProtectConfiguration", "DisassociateProtectConfiguration"] {
        let answer = ask(service, operation, &association(&NOBODY.into(), "otp"));
        check_refused(&answer, "ResourceNotFoundException", "protect-configuration");
        let answer = ask(service, operation, &association(&id, "gone"));
        check_refused(&answer, "ResourceNotFoundException", "configuration-set");
    }
}

/// Names and values of the account's attributes.
fn default_attribute(service: &mut Service) -> Option<Value> {
    let answer = ask(service, "DescribeAccountAttributes", &json!({}));
    let attributes = answer["AccountAttributes"].as_array().expect("a list").iter();
    let mut named = attributes.filter(|one| one["Name"] == "DEFAULT_PROTECT_CONFIGURATION_ID");
    named.next().map(|one| one["Value"].clone())
}

#[test]
fn an_account_has_one_default_at_most() {
    let service = &mut Service::default();
    let (first, second) = (id(service), id(service));
    assert_eq!(default_attribute(service), None);
    for id in [&first, &second] {
        let input = json!({ "ProtectConfigurationId": id });
        let answer = ask(service, "SetAccountDefaultProtectConfiguration", &input);
        assert_eq!(answer["DefaultProtectConfigurationId"], *id);
        let default = filters(&[("account-default", "true")]);
        assert_eq!(ids(&describe(service, &json!({ "Filters": default }))), [id.as_str().unwrap()]);
        assert_eq!(default_attribute(service), Some(id.clone()));
    }
    let answer = ask(service, "DeleteAccountDefaultProtectConfiguration", &json!({}));
    assert_eq!(answer["DefaultProtectConfigurationId"], second);
    assert_eq!(default_attribute(service), None);
    let answer = ask(service, "DeleteAccountDefaultProtectConfiguration", &json!({}));
    check_refused(&answer, "ResourceNotFoundException", "protect-configuration");
    let input = json!({ "ProtectConfigurationId": NOBODY });
    let answer = ask(service, "SetAccountDefaultProtectConfiguration", &input);
    check_refused(&answer, "ResourceNotFoundException", "protect-configuration");
}

fn rules(service: &mut Service, id: &Value, capability: &str) -> Value {
    let input = json!({ "ProtectConfigurationId": id, "NumberCapability": capability });
    ask(service, "GetProtectConfigurationCountryRuleSet", &input)
}

fn update_rules(service: &mut Service, id: &Value, updates: &Value) -> Value {
    let input = json!({
        "ProtectConfigurationId": id,
        "NumberCapability": "SMS",
        "CountryRuleSetUpdates": updates,
    });
    ask(service, "UpdateProtectConfigurationCountryRuleSet", &input)
}

fn status(rules: &Value, country: &str) -> Value {
    rules["CountryRuleSet"][country]["ProtectStatus"].clone()
}

#[test]
fn every_country_is_allowed_until_a_rule_says_otherwise() {
    let service = &mut Service::default();
    let id = id(service);
    let before = rules(service, &id, "SMS");
    let countries = before["CountryRuleSet"].as_object().expect("a map");
    assert!(countries.len() > 200, "{}", countries.len());
    assert!(countries.values().all(|rule| rule["ProtectStatus"] == "ALLOW"));
    let updates = json!({
        "BR": { "ProtectStatus": "BLOCK" },
        "GB": { "ProtectStatus": "MONITOR" },
        "FR": { "ProtectStatus": "FILTER" },
    });
    let updated = update_rules(service, &id, &updates);
    assert_eq!(status(&updated, "BR"), "BLOCK");
    let after = rules(service, &id, "SMS");
    for (country, expected) in
        [("BR", "BLOCK"), ("GB", "MONITOR"), ("FR", "FILTER"), ("US", "ALLOW")]
    {
        assert_eq!(status(&after, country), expected, "{country}");
    }
    assert_eq!(status(&rules(service, &id, "VOICE"), "BR"), "ALLOW");
    update_rules(service, &id, &json!({ "BR": { "ProtectStatus": "ALLOW" } }));
    let last = rules(service, &id, "SMS");
    assert_eq!((status(&last, "BR"), status(&last, "GB")), ("ALLOW".into(), "MONITOR".into()));
}

#[test]
fn rules_belong_to_a_configuration() {
    let service = &mut Service::default();
    let (first, second) = (id(service), id(service));
    update_rules(service, &first, &json!({ "BR": { "ProtectStatus": "BLOCK" } }));
    assert_eq!(status(&rules(service, &second, "SMS"), "BR"), "ALLOW");
    let answer = rules(service, &NOBODY.into(), "SMS");
    check_refused(&answer, "ResourceNotFoundException", "protect-configuration");
    let answer =
        update_rules(service, &NOBODY.into(), &json!({ "BR": { "ProtectStatus": "BLOCK" } }));
    check_refused(&answer, "ResourceNotFoundException", "protect-configuration");
}

fn number_rule(id: &Value, number: &str, action: &str) -> Value {
    json!({ "ProtectConfigurationId": id, "DestinationPhoneNumber": number, "Action": action })
}

fn put(service: &mut Service, input: &Value) -> Value {
    ask(service, "PutProtectConfigurationRuleSetNumberOverride", input)
}

fn list(service: &mut Service, id: &Value, pairs: &[(&str, &str)]) -> Value {
    let input = json!({ "ProtectConfigurationId": id, "Filters": filters(pairs) });
    ask(service, "ListProtectConfigurationRuleSetNumberOverrides", &input)
}

fn numbers(answer: &Value) -> Vec<String> {
    keys(answer, "RuleSetNumberOverrides", "DestinationPhoneNumber")
}

#[test]
fn a_number_has_one_rule() {
    let service = &mut Service::default();
    let id = id(service);
    let mut rule = number_rule(&id, GB, "BLOCK");
    rule["ExpirationTimestamp"] = 3600.into();
    let answer = put(service, &rule);
    assert_eq!(answer["DestinationPhoneNumber"], GB);
    assert_eq!((&answer["Action"], &answer["IsoCountryCode"]), (&"BLOCK".into(), &"GB".into()));
    assert_eq!(
        (&answer["CreatedTimestamp"], &answer["ExpirationTimestamp"]),
        (&0.0.into(), &3600.0.into())
    );
    // The same number, written without its plus.
    put(service, &number_rule(&id, &GB[1..], "ALLOW"));
    let listed = list(service, &id, &[]);
    assert_eq!(numbers(&listed), [GB]);
    assert_eq!(listed["RuleSetNumberOverrides"][0]["Action"], "ALLOW");
    assert_eq!(listed["RuleSetNumberOverrides"][0].get("ExpirationTimestamp"), None);
    let input = json!({ "ProtectConfigurationId": id, "DestinationPhoneNumber": GB });
    let deleted = ask(service, "DeleteProtectConfigurationRuleSetNumberOverride", &input);
    assert_eq!(
        (&deleted["DestinationPhoneNumber"], &deleted["Action"]),
        (&GB.into(), &"ALLOW".into())
    );
    assert!(numbers(&list(service, &id, &[])).is_empty());
    let again = ask(service, "DeleteProtectConfigurationRuleSetNumberOverride", &input);
    assert_eq!(again["__type"], "ResourceNotFoundException");
}

#[test]
fn rules_of_numbers_are_found_by_filter_and_page() {
    let service = &mut Service::default();
    let id = id(service);
    for (number, action) in [
        (GB, "BLOCK"),
        ("+447400123457", "ALLOW"),
        ("+33612345678", "BLOCK"),
        ("+33612345679", "BLOCK"),
        ("+12015550123", "ALLOW"),
    ] {
        put(service, &number_rule(&id, number, action));
    }
    let mut expiring = number_rule(&id, GB, "BLOCK");
    expiring["ExpirationTimestamp"] = 3600.into();
    put(service, &expiring);
    for (name, value, found) in [
        ("iso-country-code", "FR", 2),
        ("destination-phone-number-begins-with", "+4474", 2),
        ("destination-phone-number-begins-with", "3361234567", 2),
        ("action", "ALLOW", 2),
        ("action", "BLOCK", 3),
        ("expires-before", "7200", 1),
        ("expires-after", "7200", 0),
        ("created-before", "1", 5),
        ("created-after", "1", 0),
    ] {
        let answer = list(service, &id, &[(name, value)]);
        assert_eq!(numbers(&answer).len(), found, "{name} {value}");
    }
    let answer = list(service, &id, &[("created-before", "yesterday")]);
    check_refused(&answer, "ValidationException", "INVALID_FILTER_VALUES");
    let input = json!({ "ProtectConfigurationId": id });
    let of = ("RuleSetNumberOverrides", "DestinationPhoneNumber");
    let operation = "ListProtectConfigurationRuleSetNumberOverrides";
    assert_eq!(in_pages(service, operation, input, of).len(), 5);
}

#[test]
fn a_rule_that_expired_already_is_refused() {
    let service = &mut Service::default();
    let id = id(service);
    let mut rule = number_rule(&id, GB, "BLOCK");
    rule["ExpirationTimestamp"] = 60.into();
    let operation = "PutProtectConfigurationRuleSetNumberOverride";
    let answer = ask_at(service, SimTime::from_secs(60), operation, &rule);
    check_refused(&answer, "ValidationException", "INVALID_PARAMETER");
    let answer = ask_at(service, SimTime::from_secs(59), operation, &rule);
    assert_eq!(answer["CreatedTimestamp"], 59.0);
}

#[test]
fn rules_of_a_configuration_that_is_not_there_are_not_found() {
    let service = &mut Service::default();
    let id = Value::from(NOBODY);
    let delete = json!({ "ProtectConfigurationId": id, "DestinationPhoneNumber": GB });
    let operation = "DeleteProtectConfigurationRuleSetNumberOverride";
    for answer in [
        put(service, &number_rule(&id, GB, "BLOCK")),
        list(service, &id, &[]),
        ask(service, operation, &delete),
    ] {
        check_refused(&answer, "ResourceNotFoundException", "protect-configuration");
    }
}

fn send(service: &mut Service, at: u64, number: &str, others: &Value) -> Value {
    let mut input = json!({ "DestinationPhoneNumber": number, "MessageBody": "hello" });
    for (name, value) in others.as_object().expect("members") {
        input[name] = value.clone();
    }
    ask_at(service, SimTime::from_secs(at), "SendTextMessage", &input)
}

#[track_caller]
fn check_sent(answer: &Value) {
    assert!(answer["MessageId"].is_string(), "{answer}");
}

#[test]
fn a_blocked_country_gets_no_message() {
    let service = &mut Service::default();
    let id = id(service);
    let updates = json!({
        "GB": { "ProtectStatus": "BLOCK" },
        "FR": { "ProtectStatus": "MONITOR" },
        "DE": { "ProtectStatus": "FILTER" },
    });
    update_rules(service, &id, &updates);
    check_sent(&send(service, 0, GB, &json!({})));
    let protected = json!({ "ProtectConfigurationId": id });
    let answer = send(service, 1, GB, &protected);
    check_refused(
        &answer,
        "ConflictException",
        "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
    );
    assert_eq!(
        (&answer["ResourceType"], &answer["ResourceId"]),
        (&"protect-configuration".into(), &id)
    );
    for number in ["+33612345678", "+4915123456789", "+12015550123"] {
        check_sent(&send(service, 2, number, &protected));
    }
    let answer = send(service, 3, GB, &json!({ "ProtectConfigurationId": NOBODY }));
    check_refused(&answer, "ResourceNotFoundException", "protect-configuration");
}

#[test]
fn the_configuration_of_the_call_beats_that_of_the_set_and_that_the_default() {
    let service = &mut Service::default();
    let (of_call, of_set, default) = (id(service), id(service), id(service));
    let blocked = json!({ "GB": { "ProtectStatus": "BLOCK" } });
    set(service, "otp");
    let input = json!({ "ProtectConfigurationId": default });
    ask(service, "SetAccountDefaultProtectConfiguration", &input);
    ask(service, "AssociateProtectConfiguration", &association(&of_set, "otp"));
    let with_set = json!({ "ConfigurationSetName": "otp" });
    let with_all = json!({ "ConfigurationSetName": "otp", "ProtectConfigurationId": of_call });
    update_rules(service, &default, &blocked);
    assert_eq!(send(service, 0, GB, &json!({}))["ResourceId"], default);
    check_sent(&send(service, 1, GB, &with_set));
    update_rules(service, &of_set, &blocked);
    assert_eq!(send(service, 2, GB, &with_set)["ResourceId"], of_set);
    check_sent(&send(service, 3, GB, &with_all));
    update_rules(service, &of_call, &blocked);
    assert_eq!(send(service, 4, GB, &with_all)["ResourceId"], of_call);
}

#[test]
fn the_rule_of_a_number_beats_its_countrys_until_it_expires() {
    let service = &mut Service::default();
    let id = id(service);
    update_rules(service, &id, &json!({ "GB": { "ProtectStatus": "BLOCK" } }));
    let protected = json!({ "ProtectConfigurationId": id });
    let mut rule = number_rule(&id, GB, "ALLOW");
    rule["ExpirationTimestamp"] = 60.into();
    put(service, &rule);
    check_sent(&send(service, 59, GB, &protected));
    let answer = send(service, 60, GB, &protected);
    let reason = "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION";
    check_refused(&answer, "ConflictException", reason);
    let french = "+33612345678";
    put(service, &number_rule(&id, french, "BLOCK"));
    let answer = send(service, 61, french, &protected);
    let reason = "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE";
    check_refused(&answer, "ConflictException", reason);
    assert_eq!(answer["ResourceId"], id);
}
