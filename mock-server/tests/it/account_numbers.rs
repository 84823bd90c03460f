//! Phone numbers of the account, over the wire.

use crate::shapes::{ask, check_refused, filters, in_pages, keys, production};
use serde_json::{Value, json};
use sms_voice_mock::service::{Service, country::CountryCode, numbering};
use std::collections::BTreeSet;

const CHANNEL: &str = "arn:aws:sns:us-east-1:123456789012:replies";
const ROLE: &str = "arn:aws:iam::123456789012:role/replies";

fn wanted(country: &str, number_type: &str) -> Value {
    json!({
        "IsoCountryCode": country,
        "MessageType": "TRANSACTIONAL",
        "NumberCapabilities": ["SMS"],
        "NumberType": number_type,
    })
}

/// `wanted`, with members replaced or added.
fn wanted_with(country: &str, number_type: &str, others: &Value) -> Value {
    let mut input = wanted(country, number_type);
    for (name, value) in others.as_object().expect("members") {
        input[name] = value.clone();
    }
    input
}

#[track_caller]
fn request(service: &mut Service, input: &Value) -> Value {
    let answer = ask(service, "RequestPhoneNumber", input);
    assert!(answer["PhoneNumberId"].is_string(), "{answer}");
    answer
}

fn describe(service: &mut Service, input: &Value) -> Value {
    ask(service, "DescribePhoneNumbers", input)
}

#[track_caller]
fn shown(service: &mut Service, id: &Value) -> Value {
    describe(service, &json!({ "PhoneNumberIds": [id] }))["PhoneNumbers"][0].clone()
}

fn digits(number: &Value) -> u64 {
    number["PhoneNumber"].as_str().expect("a number")[1..].parse().expect("digits")
}

#[test]
fn a_number_is_pending_when_requested_and_active_when_described() {
    let service = &mut Service::default();
    let tags = json!([{ "Key": "team", "Value": "login" }]);
    let input = wanted_with("GB", "LONG_CODE", &json!({ "Tags": tags }));
    let requested = request(service, &input);
    let id = requested["PhoneNumberId"].as_str().expect("an id");
    let hex = id.strip_prefix("phone-").expect("the prefix of a phone number");
    assert!(hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
    let arn = format!("arn:aws:sms-voice:us-east-1:123456789012:phone-number/{id}");
    assert_eq!(requested["PhoneNumberArn"], arn);
    assert_eq!(requested["Status"], "PENDING");
    assert_eq!(requested["IsoCountryCode"], "GB");
    assert_eq!(requested["NumberType"], "LONG_CODE");
    assert_eq!(requested["MonthlyLeasingPrice"], "1.00");
    assert_eq!(requested["OptOutListName"], "Default");
    for off in ["TwoWayEnabled", "SelfManagedOptOutsEnabled", "DeletionProtectionEnabled"] {
        assert_eq!(requested[off], false, "{off}");
    }
    assert_eq!(requested["Tags"], tags);
    assert_eq!(requested.get("PoolId"), None);
    let shown = shown(service, &requested["PhoneNumberId"]);
    assert_eq!(shown["Status"], "ACTIVE");
    assert_eq!(shown["PhoneNumber"], requested["PhoneNumber"]);
    assert_eq!(shown.get("PricingTier"), None);
}

#[test]
fn a_made_up_number_belongs_to_its_country_and_to_nobody_else() {
    let service = &mut Service::default();
    let (mut seen, mut countries) = (BTreeSet::new(), 0);
    for (first, second) in ('A'..='Z').flat_map(|a| ('A'..='Z').map(move |b| (a, b))) {
        let name = format!("{first}{second}");
        let country: CountryCode = name.parse().expect("a code");
        let answer = ask(service, "RequestPhoneNumber", &wanted(&name, "LONG_CODE"));
        if numbering::calling_code(country).is_none() {
            check_refused(&answer, "ValidationException", "COUNTRY_NOT_ENABLED");
        } else {
            let digits = digits(&answer);
            assert_eq!(numbering::country_of(digits), Some(country), "{name}");
            assert!(seen.insert(digits), "{name} has a number that another one has");
            countries += 1;
        }
    }
    assert!(countries > 200, "{countries}");
}

#[test]
fn the_same_requests_of_two_accounts_give_the_same_numbers() {
    let numbers = || {
        let service = &mut Service::default();
        let answers = (0..5).map(|_| request(service, &wanted("US", "LONG_CODE")));
        answers.map(|answer| digits(&answer)).collect::<Vec<_>>()
    };
    assert_eq!(numbers(), numbers());
}

#[track_caller]
fn check_rate(country: &str, number_type: &str, rate: u64) {
    let service = &mut Service::default();
    let id = request(service, &wanted(country, number_type))["PhoneNumberId"].clone();
    assert_eq!(shown(service, &id)["MessagingLimits"]["RateLimits"]["SMS"], rate);
}

#[test]
fn a_number_has_the_documented_parts_per_second() {
    check_rate("CA", "LONG_CODE", 1);
    check_rate("GB", "LONG_CODE", 10);
    check_rate("US", "TOLL_FREE", 3);
}

#[test]
fn some_types_are_to_be_had_in_the_united_states_only() {
    let service = &mut Service::default();
    for number_type in ["SIMULATOR", "TOLL_FREE", "TEN_DLC"] {
        request(service, &wanted("US", number_type));
        let answer = ask(service, "RequestPhoneNumber", &wanted("GB", number_type));
        check_refused(&answer, "ValidationException", "INVALID_PARAMETER");
    }
    let promotional = wanted_with("US", "SIMULATOR", &json!({ "MessageType": "PROMOTIONAL" }));
    let answer = ask(service, "RequestPhoneNumber", &promotional);
    check_refused(&answer, "ValidationException", "INVALID_PARAMETER");
}

#[test]
fn an_account_has_at_most_25_numbers() {
    let service = &mut production();
    for _ in 0..25 {
        request(service, &wanted("GB", "LONG_CODE"));
    }
    let answer = ask(service, "RequestPhoneNumber", &wanted("GB", "LONG_CODE"));
    check_refused(&answer, "ServiceQuotaExceededException", "PHONE_NUMBERS_PER_ACCOUNT");
}

#[test]
fn the_list_and_the_pool_of_a_new_number_must_be_there() {
    let service = &mut Service::default();
    let list = ask(service, "CreateOptOutList", &json!({ "OptOutListName": "own" }));
    for name in [&list["OptOutListName"], &list["OptOutListArn"]] {
        let input = wanted_with("GB", "LONG_CODE", &json!({ "OptOutListName": name }));
        assert_eq!(request(service, &input)["OptOutListName"], "own");
    }
    let input = wanted_with("GB", "LONG_CODE", &json!({ "OptOutListName": "gone" }));
    let answer = ask(service, "RequestPhoneNumber", &input);
    check_refused(&answer, "ResourceNotFoundException", "opt-out-list");
    let input = wanted_with("GB", "LONG_CODE", &json!({ "PoolId": "pool-gone" }));
    let answer = ask(service, "RequestPhoneNumber", &input);
    check_refused(&answer, "ResourceNotFoundException", "pool");
    assert_eq!(describe(service, &json!({}))["PhoneNumbers"].as_array().map(Vec::len), Some(2));
}

fn pool_of(service: &mut Service, number: &Value) -> Value {
    let input =
        json!({ "OriginationIdentity": number["PhoneNumberId"], "MessageType": "TRANSACTIONAL" });
    let pool = ask(service, "CreatePool", &input);
    assert!(pool["PoolId"].is_string(), "{pool}");
    pool
}

#[test]
fn a_number_may_be_requested_into_a_pool_that_it_fits() {
    let service = &mut Service::default();
    let first = request(service, &wanted("GB", "LONG_CODE"));
    let pool = pool_of(service, &first);
    for id in [&pool["PoolId"], &pool["PoolArn"]] {
        let input = wanted_with("FR", "LONG_CODE", &json!({ "PoolId": id }));
        let number = request(service, &input);
        assert_eq!(number["PoolId"], pool["PoolId"]);
        assert_eq!(shown(service, &number["PhoneNumberId"])["PoolId"], pool["PoolId"]);
    }
    let others = json!({ "PoolId": pool["PoolId"], "MessageType": "PROMOTIONAL" });
    let answer = ask(service, "RequestPhoneNumber", &wanted_with("GB", "LONG_CODE", &others));
    check_refused(&answer, "ConflictException", "MESSAGE_TYPE_MISMATCH");
    ask(service, "CreateOptOutList", &json!({ "OptOutListName": "own" }));
    let others = json!({ "PoolId": pool["PoolId"], "OptOutListName": "own" });
    let answer = ask(service, "RequestPhoneNumber", &wanted_with("GB", "LONG_CODE", &others));
    check_refused(&answer, "ConflictException", "OPT_OUT_LIST_MISMATCH");
}

#[test]
fn numbers_are_found_by_id_arn_owner_and_page() {
    let service = &mut Service::default();
    let all: BTreeSet<String> = (0..5)
        .map(|_| request(service, &wanted("GB", "LONG_CODE")))
        .map(|number| number["PhoneNumberId"].as_str().expect("an id").to_owned())
        .collect();
    let paged =
        in_pages(service, "DescribePhoneNumbers", json!({}), ("PhoneNumbers", "PhoneNumberId"));
    assert_eq!((paged.len(), paged.into_iter().collect()), (5, all.clone()));
    let id = all.first().expect("five");
    let arn = format!("arn:aws:sms-voice:us-east-1:123456789012:phone-number/{id}");
    for name in [id, &arn] {
        let answer = describe(service, &json!({ "PhoneNumberIds": [name] }));
        assert_eq!(keys(&answer, "PhoneNumbers", "PhoneNumberId"), [id.as_str()]);
    }
    let answer = describe(service, &json!({ "PhoneNumberIds": [id, "phone-gone"] }));
    check_refused(&answer, "ResourceNotFoundException", "phone-number");
    assert_eq!(answer["ResourceId"], "phone-gone");
    let own = describe(service, &json!({ "Owner": "SELF" }));
    assert_eq!(keys(&own, "PhoneNumbers", "PhoneNumberId").len(), 5);
    let shared = describe(service, &json!({ "Owner": "SHARED" }));
    assert!(keys(&shared, "PhoneNumbers", "PhoneNumberId").is_empty());
    let answer = describe(service, &json!({ "NextToken": "zz" }));
    check_refused(&answer, "ValidationException", "INVALID_NEXT_TOKEN");
}

#[test]
fn every_filter_of_numbers_finds_what_it_names() {
    let service = &mut Service::default();
    let plain = request(service, &wanted("GB", "LONG_CODE"))["PhoneNumberId"].clone();
    ask(service, "CreateOptOutList", &json!({ "OptOutListName": "own" }));
    let others = json!({
        "NumberCapabilities": ["SMS", "VOICE"],
        "MessageType": "PROMOTIONAL",
        "OptOutListName": "own",
        "DeletionProtectionEnabled": true,
    });
    let other = request(service, &wanted_with("US", "TOLL_FREE", &others))["PhoneNumberId"].clone();
    let update = json!({
        "PhoneNumberId": other,
        "TwoWayEnabled": true,
        "TwoWayChannelArn": CHANNEL,
        "SelfManagedOptOutsEnabled": true,
    });
    ask(service, "UpdatePhoneNumber", &update);
    for (name, of_plain, of_other) in [
        ("iso-country-code", "GB", "US"),
        ("message-type", "TRANSACTIONAL", "PROMOTIONAL"),
        ("number-type", "LONG_CODE", "TOLL_FREE"),
        ("two-way-enabled", "false", "true"),
        ("self-managed-opt-outs-enabled", "false", "true"),
        ("opt-out-list-name", "Default", "own"),
        ("deletion-protection-enabled", "false", "true"),
    ] {
        for (value, id) in [(of_plain, &plain), (of_other, &other)] {
            let answer = describe(service, &json!({ "Filters": filters(&[(name, value)]) }));
            assert_eq!(keys(&answer, "PhoneNumbers", "PhoneNumberId"), [id.as_str().unwrap()]);
        }
    }
    for (pairs, found) in [
        (&[("status", "ACTIVE")][..], 2),
        (&[("status", "PENDING")], 0),
        (&[("number-capability", "SMS")], 2),
        (&[("number-capability", "VOICE")], 1),
        (&[("two-way-channel-arn", CHANNEL)], 1),
        (&[("number-capability", "VOICE"), ("iso-country-code", "GB")], 0),
    ] {
        let answer = describe(service, &json!({ "Filters": filters(pairs) }));
        assert_eq!(keys(&answer, "PhoneNumbers", "PhoneNumberId").len(), found, "{pairs:?}");
    }
    let answer = describe(service, &json!({ "Filters": filters(&[("two-way-enabled", "maybe")]) }));
    check_refused(&answer, "ValidationException", "INVALID_FILTER_VALUES");
}

#[test]
fn two_way_messages_need_a_channel() {
    let service = &mut Service::default();
    let id = request(service, &wanted("GB", "LONG_CODE"))["PhoneNumberId"].clone();
    let answer =
        ask(service, "UpdatePhoneNumber", &json!({ "PhoneNumberId": id, "TwoWayEnabled": true }));
    check_refused(&answer, "ValidationException", "TWO_WAY_CHANNEL_NOT_PRESENT");
    assert_eq!(shown(service, &id)["TwoWayEnabled"], false);
    let update = json!({
        "PhoneNumberId": id,
        "TwoWayEnabled": true,
        "TwoWayChannelArn": CHANNEL,
        "TwoWayChannelRole": ROLE,
    });
    let updated = ask(service, "UpdatePhoneNumber", &update);
    assert_eq!(
        (&updated["TwoWayEnabled"], &updated["TwoWayChannelArn"]),
        (&true.into(), &CHANNEL.into())
    );
    assert_eq!(updated["TwoWayChannelRole"], ROLE);
    let off = json!({ "PhoneNumberId": id, "TwoWayEnabled": false });
    let updated = ask(service, "UpdatePhoneNumber", &off);
    assert_eq!((&updated["TwoWayEnabled"], updated.get("TwoWayChannelArn")), (&false.into(), None));
}

#[test]
fn an_update_changes_what_it_names_and_nothing_else() {
    let service = &mut Service::default();
    ask(service, "CreateOptOutList", &json!({ "OptOutListName": "own" }));
    let number = request(service, &wanted("GB", "LONG_CODE"));
    let id = &number["PhoneNumberId"];
    let update = json!({
        "PhoneNumberId": number["PhoneNumberArn"],
        "OptOutListName": "own",
        "SelfManagedOptOutsEnabled": true,
        "InternationalSendingEnabled": true,
        "DeletionProtectionEnabled": true,
    });
    ask(service, "UpdatePhoneNumber", &update);
    let changed = shown(service, id);
    assert_eq!(changed["OptOutListName"], "own");
    for on in
        ["SelfManagedOptOutsEnabled", "InternationalSendingEnabled", "DeletionProtectionEnabled"]
    {
        assert_eq!(changed[on], true, "{on}");
    }
    ask(service, "UpdatePhoneNumber", &json!({ "PhoneNumberId": id }));
    assert_eq!(shown(service, id), changed);
    let answer = ask(
        service,
        "UpdatePhoneNumber",
        &json!({ "PhoneNumberId": id, "OptOutListName": "gone" }),
    );
    check_refused(&answer, "ResourceNotFoundException", "opt-out-list");
    let answer = ask(service, "UpdatePhoneNumber", &json!({ "PhoneNumberId": "phone-gone" }));
    check_refused(&answer, "ResourceNotFoundException", "phone-number");
}

#[test]
fn a_number_in_a_pool_is_neither_updated_nor_released() {
    let service = &mut Service::default();
    let number = request(service, &wanted("GB", "LONG_CODE"));
    let pool = pool_of(service, &number);
    let id = &number["PhoneNumberId"];
    assert_eq!(shown(service, id)["PoolId"], pool["PoolId"]);
    let update = json!({ "PhoneNumberId": id, "SelfManagedOptOutsEnabled": true });
    let answer = ask(service, "UpdatePhoneNumber", &update);
    check_refused(&answer, "ConflictException", "PHONE_NUMBER_ASSOCIATED_TO_POOL");
    let answer = ask(service, "ReleasePhoneNumber", &json!({ "PhoneNumberId": id }));
    check_refused(&answer, "ConflictException", "PHONE_NUMBER_ASSOCIATED_TO_POOL");
    assert_eq!(answer["ResourceId"], *id);
    assert_eq!(shown(service, id)["Status"], "ACTIVE");
}

#[test]
fn a_released_number_is_gone() {
    let service = &mut Service::default();
    let input = wanted_with("GB", "LONG_CODE", &json!({ "DeletionProtectionEnabled": true }));
    let number = request(service, &input);
    let id = &number["PhoneNumberId"];
    let release = json!({ "PhoneNumberId": number["PhoneNumberArn"] });
    let answer = ask(service, "ReleasePhoneNumber", &release);
    check_refused(&answer, "ConflictException", "DELETION_PROTECTION_ENABLED");
    let update = json!({ "PhoneNumberId": id, "DeletionProtectionEnabled": false });
    ask(service, "UpdatePhoneNumber", &update);
    let released = ask(service, "ReleasePhoneNumber", &release);
    assert_eq!((&released["Status"], &released["PhoneNumberId"]), (&"DELETED".into(), id));
    for (operation, input) in [
        ("ReleasePhoneNumber", &release),
        ("DescribePhoneNumbers", &json!({ "PhoneNumberIds": [id] })),
    ] {
        let answer = ask(service, operation, input);
        check_refused(&answer, "ResourceNotFoundException", "phone-number");
    }
}

#[test]
fn a_repeated_client_token_leases_one_number() {
    let service = &mut Service::default();
    let input = wanted_with("GB", "LONG_CODE", &json!({ "ClientToken": "t1" }));
    let first = request(service, &input);
    assert_eq!(request(service, &input), first);
    let all = describe(service, &json!({}));
    assert_eq!(keys(&all, "PhoneNumbers", "PhoneNumberId").len(), 1);
}
