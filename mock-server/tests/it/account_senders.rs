//! Sender IDs and pools of the account, over the wire.

use crate::shapes::{ask, check_refused, filters, in_pages, keys, production};
use serde_json::{Value, json};
use sms_voice_mock::service::Service;

fn sender_id(name: &str, country: &str) -> Value {
    json!({ "SenderId": name, "IsoCountryCode": country })
}

#[track_caller]
fn request(service: &mut Service, name: &str, country: &str) -> Value {
    let answer = ask(service, "RequestSenderId", &sender_id(name, country));
    assert!(answer["SenderIdArn"].is_string(), "{answer}");
    answer
}

fn describe(service: &mut Service, input: &Value) -> Value {
    ask(service, "DescribeSenderIds", input)
}

fn arns(answer: &Value) -> Vec<String> {
    keys(answer, "SenderIds", "SenderIdArn")
}

#[test]
fn a_sender_id_belongs_to_one_country() {
    let service = &mut Service::default();
    let first = request(service, "ACME", "GB");
    let arn = "arn:aws:sms-voice:us-east-1:123456789012:sender-id/ACME/GB";
    assert_eq!(first["SenderIdArn"], arn);
    assert_eq!((&first["SenderId"], &first["IsoCountryCode"]), (&"ACME".into(), &"GB".into()));
    assert_eq!(
        (&first["Registered"], &first["DeletionProtectionEnabled"]),
        (&false.into(), &false.into())
    );
    request(service, "ACME", "FR");
    let answer = ask(service, "RequestSenderId", &sender_id("ACME", "GB"));
    check_refused(&answer, "ConflictException", "RESOURCE_ALREADY_EXISTS");
    assert_eq!(answer["ResourceType"], "sender-id");
    for name in ["ACME", arn] {
        let answer = describe(service, &json!({ "SenderIds": [sender_id(name, "GB")] }));
        assert_eq!(arns(&answer), [arn], "{name}");
        assert_eq!(answer["SenderIds"][0]["MessagingLimits"]["RateLimits"]["SMS"], 10);
    }
    for (name, country) in [("ACME", "DE"), ("OTHER", "GB")] {
        let answer = describe(service, &json!({ "SenderIds": [sender_id(name, country)] }));
        check_refused(&answer, "ResourceNotFoundException", "sender-id");
    }
}

#[test]
fn sender_ids_are_found_by_filter_and_page() {
    let service = &mut Service::default();
    for (name, country) in [("A", "GB"), ("B", "GB"), ("A", "FR"), ("C", "DE")] {
        request(service, name, country);
    }
    let mut other = sender_id("D", "AT");
    other["MessageTypes"] = json!(["PROMOTIONAL"]);
    other["DeletionProtectionEnabled"] = true.into();
    let other = ask(service, "RequestSenderId", &other)["SenderIdArn"].clone();
    let paged = in_pages(service, "DescribeSenderIds", json!({}), ("SenderIds", "SenderIdArn"));
    assert_eq!(paged.len(), 5);
    for (name, value, found) in [
        ("sender-id", "A", 2),
        ("iso-country-code", "GB", 2),
        ("message-type", "TRANSACTIONAL", 4),
        ("message-type", "PROMOTIONAL", 1),
        ("deletion-protection-enabled", "true", 1),
        ("registered", "false", 5),
        ("registered", "true", 0),
    ] {
        let answer = describe(service, &json!({ "Filters": filters(&[(name, value)]) }));
        assert_eq!(arns(&answer).len(), found, "{name} {value}");
    }
    let both = filters(&[("message-type", "PROMOTIONAL"), ("iso-country-code", "AT")]);
    assert_eq!(arns(&describe(service, &json!({ "Filters": both }))), [other.as_str().unwrap()]);
    let answer = describe(service, &json!({ "Filters": filters(&[("registered", "yes")]) }));
    check_refused(&answer, "ValidationException", "INVALID_FILTER_VALUES");
    assert!(arns(&describe(service, &json!({ "Owner": "SHARED" }))).is_empty());
}

#[test]
fn an_account_has_at_most_200_sender_ids() {
    let service = &mut production();
    for nth in 0..200 {
        request(service, &format!("S{nth}"), "GB");
    }
    let answer = ask(service, "RequestSenderId", &sender_id("MORE", "GB"));
    check_refused(&answer, "ServiceQuotaExceededException", "SENDER_IDS_PER_ACCOUNT");
}

fn number(service: &mut Service, message_type: &str) -> Value {
    let input = json!({
        "IsoCountryCode": "GB",
        "MessageType": message_type,
        "NumberCapabilities": ["SMS"],
        "NumberType": "LONG_CODE",
    });
    ask(service, "RequestPhoneNumber", &input)
}

fn pool(identity: &Value) -> Value {
    json!({ "OriginationIdentity": identity, "MessageType": "TRANSACTIONAL" })
}

fn pool_ids(answer: &Value) -> Vec<String> {
    keys(answer, "Pools", "PoolId")
}

#[test]
fn a_pool_takes_after_the_number_it_is_made_from() {
    let service = &mut Service::default();
    ask(service, "CreateOptOutList", &json!({ "OptOutListName": "own" }));
    let number = number(service, "TRANSACTIONAL");
    let channel = "arn:aws:sns:us-east-1:123456789012:replies";
    let update = json!({
        "PhoneNumberId": number["PhoneNumberId"],
        "OptOutListName": "own",
        "TwoWayEnabled": true,
        "TwoWayChannelArn": channel,
        "SelfManagedOptOutsEnabled": true,
        "DeletionProtectionEnabled": true,
    });
    ask(service, "UpdatePhoneNumber", &update);
    let made = ask(service, "CreatePool", &pool(&number["PhoneNumberArn"]));
    let id = made["PoolId"].as_str().expect("an id");
    let hex = id.strip_prefix("pool-").expect("the prefix of a pool");
    assert!(hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let shown = &ask(service, "DescribePools", &json!({ "PoolIds": [id] }))["Pools"][0];
    assert_eq!(shown["Status"], "ACTIVE");
    for (member, value) in [
        ("MessageType", json!("TRANSACTIONAL")),
        ("OptOutListName", json!("own")),
        ("TwoWayEnabled", json!(true)),
        ("TwoWayChannelArn", json!(channel)),
        ("SelfManagedOptOutsEnabled", json!(true)),
        ("SharedRoutesEnabled", json!(false)),
        // The one setting that is not handed down.
        ("DeletionProtectionEnabled", json!(false)),
    ] {
        assert_eq!((&made[member], &shown[member]), (&value, &value), "{member}");
    }
}

#[test]
fn a_number_is_in_one_pool_and_a_sender_id_in_several() {
    let service = &mut Service::default();
    let number = number(service, "TRANSACTIONAL");
    ask(service, "CreatePool", &pool(&number["PhoneNumberId"]));
    let answer = ask(service, "CreatePool", &pool(&number["PhoneNumberId"]));
    check_refused(&answer, "ConflictException", "PHONE_NUMBER_ASSOCIATED_TO_POOL");
    request(service, "ACME", "GB");
    let mut of_sender_id = pool(&"ACME".into());
    of_sender_id["IsoCountryCode"] = "GB".into();
    for _ in 0..2 {
        assert!(ask(service, "CreatePool", &of_sender_id)["PoolId"].is_string());
    }
    let paged = in_pages(service, "DescribePools", json!({}), ("Pools", "PoolId"));
    assert_eq!(paged.len(), 3);
}

#[test]
fn a_pool_needs_an_originator_of_its_type() {
    let service = &mut Service::default();
    let promotional = number(service, "PROMOTIONAL");
    let answer = ask(service, "CreatePool", &pool(&promotional["PhoneNumberId"]));
    check_refused(&answer, "ConflictException", "MESSAGE_TYPE_MISMATCH");
    let answer = ask(service, "CreatePool", &pool(&"phone-gone".into()));
    check_refused(&answer, "ResourceNotFoundException", "phone-number");
    request(service, "ACME", "GB");
    let answer = ask(service, "CreatePool", &pool(&"ACME".into()));
    check_refused(&answer, "ValidationException", "MISSING_PARAMETER");
    let mut elsewhere = pool(&"ACME".into());
    elsewhere["IsoCountryCode"] = "FR".into();
    let answer = ask(service, "CreatePool", &elsewhere);
    check_refused(&answer, "ResourceNotFoundException", "sender-id");
    assert!(pool_ids(&ask(service, "DescribePools", &json!({}))).is_empty());
}

#[test]
fn pools_are_found_by_id_arn_and_filter() {
    let service = &mut Service::default();
    let first = number(service, "TRANSACTIONAL");
    let first = ask(service, "CreatePool", &pool(&first["PhoneNumberId"]));
    let second = number(service, "PROMOTIONAL");
    let input = json!({
        "OriginationIdentity": second["PhoneNumberId"],
        "MessageType": "PROMOTIONAL",
        "DeletionProtectionEnabled": true,
    });
    let second = ask(service, "CreatePool", &input);
    for name in ["PoolId", "PoolArn"] {
        let answer = ask(service, "DescribePools", &json!({ "PoolIds": [second[name]] }));
        assert_eq!(pool_ids(&answer), [second["PoolId"].as_str().unwrap()]);
    }
    let answer =
        ask(service, "DescribePools", &json!({ "PoolIds": [first["PoolId"], "pool-gone"] }));
    check_refused(&answer, "ResourceNotFoundException", "pool");
    for (name, value, found) in [
        ("status", "ACTIVE", 2),
        ("message-type", "PROMOTIONAL", 1),
        ("two-way-enabled", "false", 2),
        ("self-managed-opt-outs-enabled", "true", 0),
        ("opt-out-list-name", "Default", 2),
        ("shared-routes-enabled", "false", 2),
        ("deletion-protection-enabled", "true", 1),
        ("two-way-channel-arn", "arn:none", 0),
    ] {
        let answer =
            ask(service, "DescribePools", &json!({ "Filters": filters(&[(name, value)]) }));
        assert_eq!(pool_ids(&answer).len(), found, "{name} {value}");
    }
    assert!(pool_ids(&ask(service, "DescribePools", &json!({ "Owner": "SHARED" }))).is_empty());
}

#[test]
fn an_account_has_at_most_25_pools() {
    let service = &mut production();
    request(service, "ACME", "GB");
    let mut input = pool(&"ACME".into());
    input["IsoCountryCode"] = "GB".into();
    for _ in 0..25 {
        assert!(ask(service, "CreatePool", &input)["PoolId"].is_string());
    }
    let answer = ask(service, "CreatePool", &input);
    check_refused(&answer, "ServiceQuotaExceededException", "POOLS_PER_ACCOUNT");
}
