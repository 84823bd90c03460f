//! Who messages come from, over the wire: what an `OriginationIdentity` means.

use crate::shapes::{ask, check_refused, production};
use serde_json::{Value, json};
use sms_voice_mock::service::Service;

const FR: &str = "+33612345678";
const GB: &str = "+447400123456";

fn number(service: &mut Service, country: &str, number_type: &str) -> Value {
    let input = json!({
        "IsoCountryCode": country,
        "MessageType": "TRANSACTIONAL",
        "NumberCapabilities": ["SMS"],
        "NumberType": number_type,
    });
    let answer = ask(service, "RequestPhoneNumber", &input);
    assert!(answer["PhoneNumberId"].is_string(), "{answer}");
    answer
}

fn pool(service: &mut Service, first: &Value) -> Value {
    let input =
        json!({ "OriginationIdentity": first["PhoneNumberId"], "MessageType": "TRANSACTIONAL" });
    ask(service, "CreatePool", &input)
}

fn send(service: &mut Service, identity: &Value, to: &str) -> Value {
    let input = json!({
        "DestinationPhoneNumber": to,
        "MessageBody": "hello",
        "OriginationIdentity": identity,
    });
    ask(service, "SendTextMessage", &input)
}

#[track_caller]
fn check_sent(answer: &Value) {
    assert!(answer["MessageId"].is_string(), "{answer}");
}

#[test]
fn a_number_is_named_by_itself_its_id_or_its_arn() {
    let service = &mut production();
    let number = number(service, "GB", "LONG_CODE");
    for name in ["PhoneNumber", "PhoneNumberId", "PhoneNumberArn"] {
        check_sent(&send(service, &number[name], GB));
    }
}

#[test]
fn a_pool_sends_from_a_member_of_the_destinations_country() {
    let service = &mut production();
    let british = number(service, "GB", "LONG_CODE");
    let pool = pool(service, &british);
    for id in [&pool["PoolId"], &pool["PoolArn"]] {
        check_sent(&send(service, id, GB));
        let answer = send(service, id, FR);
        check_refused(&answer, "ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND");
    }
    let input = json!({
        "IsoCountryCode": "FR",
        "MessageType": "TRANSACTIONAL",
        "NumberCapabilities": ["SMS"],
        "NumberType": "LONG_CODE",
        "PoolId": pool["PoolId"],
    });
    ask(service, "RequestPhoneNumber", &input);
    check_sent(&send(service, &pool["PoolId"], FR));
}

#[test]
fn an_unknown_identity_is_refused_without_a_number_in_full() {
    let service = &mut production();
    for (identity, kind) in [
        ("+12015550123", "phone-number"),
        ("12015550123", "phone-number"),
        ("phone-01234567890123456789012345678901", "phone-number"),
        ("pool-01234567890123456789012345678901", "pool"),
    ] {
        let answer = send(service, &identity.into(), GB);
        check_refused(&answer, "ResourceNotFoundException", kind);
        // An open account takes any.
        check_sent(&send(&mut Service::default(), &identity.into(), GB));
    }
    let input = json!({ "OriginationIdentity": "12015550123", "MessageType": "TRANSACTIONAL" });
    let answer = ask(service, "CreatePool", &input);
    check_refused(&answer, "ResourceNotFoundException", "phone-number");
}

#[test]
fn a_conflict_names_the_originator_by_its_id() {
    let service = &mut Service::default();
    let number = number(service, "GB", "LONG_CODE");
    let input = json!({
        "DestinationPhoneNumber": GB,
        "MessageBody": "hello",
        "OriginationIdentity": number["PhoneNumber"],
        "MessageType": "PROMOTIONAL",
    });
    let answer = ask(service, "SendTextMessage", &input);
    check_refused(&answer, "ConflictException", "MESSAGE_TYPE_MISMATCH");
    assert_eq!(answer["ResourceId"], number["PhoneNumberId"]);
}

#[test]
fn a_simulator_number_reaches_the_simulator_numbers_of_its_country_only() {
    let service = &mut Service::default();
    let simulator = number(service, "US", "SIMULATOR")["PhoneNumberId"].clone();
    for reached in ["+14254147755", "+14254147167"] {
        check_sent(&send(service, &simulator, reached));
    }
    // A number of nobody's, and the simulator number of another country.
    for refused in ["+12015550123", "+447860019066"] {
        let answer = send(service, &simulator, refused);
        assert_eq!(answer["__type"], "ValidationException", "{answer}");
    }
}
