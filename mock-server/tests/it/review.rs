//! What users would have noticed first: each was wrong once.

use crate::caller::{call, json};
use serde_json::{Value, json};
use sms_voice_mock::{
    Stub,
    clock::StubClock,
    service::{
        Service,
        settings::{ServiceSettings, Tier},
    },
    stub::Request,
};

fn ok(service: &mut Service, operation: &str, body: &Value) -> Value {
    let reply = call(service, operation, &body.to_string());
    let answer = json(&reply);
    assert_eq!(reply.status, 200, "{operation}: {answer}");
    answer
}

fn refused(service: &mut Service, operation: &str, body: &Value) -> String {
    let reply = call(service, operation, &body.to_string());
    json(&reply)["__type"].as_str().unwrap_or("none").to_owned()
}

fn account(tier: Tier) -> Service {
    let mut settings = ServiceSettings::default();
    settings.apply_aws_defaults(tier);
    settings.quotas.control_per_second = None;
    Service::new(settings)
}

#[test]
fn delivered_parts_came_to_cloudwatch_only_after_somebody_read_events() {
    let stub = Stub::new(Service::default(), StubClock::of_the_wall(1.0));
    let ask = |target: &str, path: &str, body: &str| {
        let (method, body) = ("POST", body.as_bytes());
        let content_type = Some("application/x-amz-json-1.0");
        let target = Some(target);
        let request = Request { method, path, target, content_type, body, ..Request::default() };
        serde_json::from_slice::<Value>(&stub.answer(&request).body).expect("JSON")
    };
    let send = r#"{"DestinationPhoneNumber":"+14254147755","MessageBody":"Your code is 123456"}"#;
    ask("PinpointSMSVoiceV2.SendTextMessage", "/", send);
    ask("", "/_mock/clock/advance", r#"{"seconds": 60}"#);
    let list =
        ask("GraniteServiceVersion20100801.ListMetrics", "/", r#"{"Namespace":"AWS/SMSVoice"}"#);
    assert!(list.to_string().contains("NumberOfTextMessagePartsDelivered"), "{list}");
}

#[test]
fn events_named_an_originator_as_it_was_spelled_and_left_out_what_the_set_says() {
    let mut service = Service::default();
    let number = json!({ "IsoCountryCode": "US", "MessageType": "TRANSACTIONAL",
        "NumberCapabilities": ["SMS"], "NumberType": "TOLL_FREE" });
    let leased = ok(&mut service, "RequestPhoneNumber", &number);
    let message = |more: Value| {
        let mut message = json!({ "DestinationPhoneNumber": "+14254147755", "MessageBody": "x" });
        let more = more.as_object().expect("members").clone();
        message.as_object_mut().expect("members").extend(more);
        message
    };
    let by_id = message(json!({ "OriginationIdentity": leased["PhoneNumberId"] }));
    ok(&mut service, "SendTextMessage", &by_id);
    ok(&mut service, "CreateConfigurationSet", &json!({ "ConfigurationSetName": "otp" }));
    let of_set = |key: &str, value: &str| json!({ "ConfigurationSetName": "otp", key: value });
    ok(&mut service, "SetDefaultSenderId", &of_set("SenderId", "BRAND"));
    ok(&mut service, "SetDefaultMessageType", &of_set("MessageType", "PROMOTIONAL"));
    let by_set = json!({ "DestinationPhoneNumber": "+5511987654321", "MessageBody": "x",
        "ConfigurationSetName": "otp" });
    ok(&mut service, "SendTextMessage", &by_set);
    let told = service.events(sms_voice_mock::service::time::SimTime::ZERO, 0, 10).events;
    let told: Vec<_> = told
        .iter()
        .map(|event| (event.originator.clone().expect("told"), event.message_type))
        .collect();
    let number = leased["PhoneNumber"].as_str().expect("a number").to_owned();
    assert_eq!(told, [(number, "TRANSACTIONAL"), ("BRAND".to_owned(), "PROMOTIONAL")]);
}

#[test]
fn a_call_that_failed_used_no_quota() {
    let mut service = account(Tier::Production);
    let put = json!({ "MessageId": "unknown", "MessageFeedbackStatus": "RECEIVED" });
    let mut puts = (0..30).map(|_| refused(&mut service, "PutMessageFeedback", &put));
    let throttled = puts.by_ref().filter(|error| error == "ThrottlingException").count();
    assert_eq!(throttled, 10, "20 a second pass");
    let mut service = account(Tier::Production);
    let send = json!({ "DestinationPhoneNumber": "+14254147755", "MessageBody": "x",
        "ConfigurationSetName": "nobody" });
    assert_eq!(refused(&mut service, "SendTextMessage", &send), "ResourceNotFoundException");
    assert_eq!(refused(&mut service, "SendTextMessage", &send), "ThrottlingException");
}

#[test]
fn the_token_of_one_list_was_good_for_another() {
    let mut service = Service::default();
    for name in ["a", "b", "c"] {
        ok(&mut service, "CreateConfigurationSet", &json!({ "ConfigurationSetName": name }));
    }
    let first = ok(&mut service, "DescribeConfigurationSets", &json!({ "MaxResults": 2 }));
    let next = json!({ "NextToken": first["NextToken"] });
    assert_eq!(refused(&mut service, "DescribeOptOutLists", &next), "ValidationException");
    ok(&mut service, "DescribeConfigurationSets", &next);
}

#[test]
fn the_sandbox_asked_for_an_originator_before_it_asked_whom_it_may_text() {
    let mut service = account(Tier::Sandbox);
    let send = json!({ "DestinationPhoneNumber": "+5511987654321", "MessageBody": "x" });
    let answer = json(&call(&mut service, "SendTextMessage", &send.to_string()));
    assert_eq!(answer["Reason"], "DESTINATION_PHONE_NUMBER_NOT_VERIFIED");
}

#[test]
fn a_mistyped_id_passed_for_a_sender_id() {
    let mut service = account(Tier::Production);
    let send = json!({ "DestinationPhoneNumber": "+5511987654321", "MessageBody": "x",
        "OriginationIdentity": "phone-abc" });
    assert_eq!(refused(&mut service, "SendTextMessage", &send), "ResourceNotFoundException");
}

#[test]
fn a_time_to_live_meant_nothing_to_calls() {
    let mut settings = ServiceSettings::default();
    settings.events.carrier_accepts_after = std::time::Duration::from_secs(10);
    let mut service = Service::new(settings);
    let voice = json!({ "DestinationPhoneNumber": "+5511987654321", "OriginationIdentity": "+12065550100",
        "MessageBody": "x", "TimeToLive": 5 });
    ok(&mut service, "SendVoiceMessage", &voice);
    let told = service.events(sms_voice_mock::service::time::SimTime::from_secs(60), 0, 10).events;
    assert_eq!(
        told.iter().map(|event| event.event_type()).collect::<Vec<_>>(),
        ["VOICE_TTL_EXPIRED"]
    );
}

#[test]
fn settings_of_the_file_gave_way_to_those_of_the_flag() {
    let mut settings = ServiceSettings::default();
    settings.account.tier = Tier::Sandbox;
    settings.apply_aws_defaults(Tier::Production);
    assert_eq!(settings.account.tier, Tier::Sandbox);
    let mut settings = ServiceSettings::default();
    settings.quotas.parts_per_second = Some(2.0);
    settings.apply_aws_defaults(Tier::Production);
    settings.quotas.send_per_second = None;
    settings.quotas.recipient_per_second = None;
    settings.spend_limit_usd = None;
    let mut service = Service::new(settings);
    let send = json!({ "DestinationPhoneNumber": "+5511987654321", "MessageBody": "x" });
    let send = send.to_string();
    let sent =
        (0..40).filter(|_| call(&mut service, "SendTextMessage", &send).status == 200).count();
    assert_eq!(sent, 2);
}

#[test]
fn a_health_check_by_head_found_nothing_and_a_clock_could_be_moved_to_its_end() {
    let stub = Stub::new(Service::default(), StubClock::of_the_wall(1.0));
    let ask = |method, path, body: &str| {
        let body = body.as_bytes();
        stub.answer(&Request { method, path, body, ..Request::default() }).status
    };
    assert_eq!(ask("HEAD", "/_mock/health", ""), 200);
    assert_eq!(ask("HEAD", "/", ""), 200);
    assert_eq!(ask("POST", "/_mock/clock/advance", r#"{"seconds": 1e18}"#), 400);
}
