//! Where a code and a number may be seen, and where not.

use crate::caller::{JSON, json};
use serde_json::{Value, json};
use sms_voice_mock::{
    Stub,
    clock::StubClock,
    service::{
        Service,
        settings::{Quotas, ServiceSettings},
    },
    stub::Request,
    wire::WireReply,
};
use std::{sync::Mutex, time::Duration};

/// The national part of a number, and what only its owner should read.
const DIGITS: &str = "2065550147";
const CODE: &str = "314159";
const CONTEXT: &str = "ctx-271828";

fn aws(stub: &Stub, operation: &str, body: &Value) -> WireReply {
    let target = format!("PinpointSMSVoiceV2.{operation}");
    stub.answer(&Request {
        method: "POST",
        path: "/",
        target: Some(&target),
        content_type: Some(JSON),
        body: body.to_string().as_bytes(),
        ..Request::default()
    })
}

fn get(stub: &Stub, path: &str, query: Option<&str>) -> String {
    let reply = stub.answer(&Request { method: "GET", path, query, ..Request::default() });
    String::from_utf8(reply.body).expect("UTF-8")
}

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn log(line: &str) {
    LINES.lock().expect("nobody panics here").push(line.to_owned());
}

/// A stub that has met the number, the code and the context in every way; gives what it answered to
/// calls that it refused, too.
fn busy() -> (Stub, Vec<String>) {
    let settings = ServiceSettings {
        quotas: Quotas { recipient_per_second: Some(4.0), ..Quotas::UNLIMITED },
        ..ServiceSettings::default()
    };
    let clock = StubClock::starting(Duration::from_secs(1_767_225_600), 0.0);
    let stub = Stub::new(Service::new(settings), clock).with_log(log);
    let number = format!("+1{DIGITS}");
    let to = json!({ "DestinationPhoneNumber": number, "OriginationIdentity": "ACME" });
    let with = |more: Value| {
        let mut body = to.clone();
        for (key, value) in more.as_object().expect("members") {
            body[key] = value.clone();
        }
        body
    };
    let text = format!("Your code is {CODE}");
    let context = json!({ "key": CONTEXT });
    let calls = [
        (
            "SendTextMessage",
            with(json!({ "MessageBody": text, "Context": context,
            "MessageFeedbackEnabled": true })),
        ),
        ("SendMediaMessage", with(json!({ "MessageBody": text, "Context": context }))),
        ("SendVoiceMessage", with(json!({ "MessageBody": text, "Context": context }))),
        // The fifth of this second is refused.
        ("SendTextMessage", with(json!({ "MessageBody": text }))),
        ("SendTextMessage", with(json!({ "MessageBody": text }))),
        ("SendTextMessage", with(json!({ "MessageBody": CODE.repeat(400) }))),
        ("SendTextMessage", with(json!({ "MessageBody": text, "ConfigurationSetName": "none" }))),
        (
            "SendTextMessage",
            json!({ "DestinationPhoneNumber": format!("+{DIGITS}x"),
            "MessageBody": text }),
        ),
        ("PutOptedOutNumber", json!({ "OptOutListName": "Default", "OptedOutNumber": number })),
        ("SendTextMessage", with(json!({ "MessageBody": text }))),
        ("DeleteOptedOutNumber", json!({ "OptOutListName": "Default", "OptedOutNumber": number })),
        (
            "CreateVerifiedDestinationNumber",
            json!({ "DestinationPhoneNumber": number, "ClientToken": "token" }),
        ),
        ("NoSuchOperation", with(json!({ "MessageBody": text }))),
    ];
    let refused = calls.map(|(operation, body)| aws(&stub, operation, &body));
    let refused = refused.into_iter().filter(|reply| reply.status != 200);
    let refused = refused.map(|reply| String::from_utf8(reply.body).expect("UTF-8")).collect();
    let protect = json(&aws(&stub, "CreateProtectConfiguration", &json!({})));
    let rule = json!({ "ProtectConfigurationId": protect["ProtectConfigurationId"],
        "DestinationPhoneNumber": number, "Action": "BLOCK" });
    aws(&stub, "PutProtectConfigurationRuleSetNumberOverride", &rule);
    let later = Request {
        method: "POST",
        path: "/_mock/clock/advance",
        body: b"{\"seconds\": 60}",
        ..Request::default()
    };
    stub.answer(&later);
    (stub, refused)
}

#[track_caller]
fn check_silent(place: &str, text: &str, secrets: &[&str]) {
    for secret in secrets {
        assert!(!text.contains(secret), "{secret} is in {place}: {text}");
    }
}

#[test]
fn a_code_is_seen_in_the_list_of_messages_only_and_a_number_nowhere() {
    let (stub, refused) = busy();
    let listed = get(&stub, "/_mock/messages", None);
    assert!(listed.contains(CODE) && listed.contains(CONTEXT), "{listed}");
    check_silent("/_mock/messages", &listed, &[DIGITS]);
    let events = get(&stub, "/_mock/events", None);
    assert!(events.contains("TEXT_DELIVERED") && events.contains(CONTEXT), "{events}");
    check_silent("/_mock/events", &events, &[CODE, DIGITS]);
    for (path, query) in [("/", Some("period=all")), ("/_mock/dashboard", None)] {
        let shown = get(&stub, path, query);
        assert!(shown.contains("US"), "{shown}");
        check_silent(path, &shown, &[CODE, DIGITS, CONTEXT]);
    }
    assert!(refused.len() >= 5, "{refused:#?}");
    for refusal in &refused {
        check_silent("an error", refusal, &[CODE, CONTEXT]);
        // What has the wrong form is quoted to whoever sent it.
        check_silent("an error", refusal, &[&format!("+1{DIGITS}")]);
    }
    let lines = LINES.lock().expect("nobody panics here").join("\n");
    assert!(lines.contains("unknown operation"), "{lines}");
    check_silent("the log", &lines, &[CODE, DIGITS, CONTEXT]);
}

#[test]
fn nothing_prints_a_code_or_a_number_for_debugging() {
    let (stub, _) = busy();
    check_silent("the stub", &format!("{stub:#?}"), &[CODE, DIGITS, CONTEXT]);
    let (.., saved) = stub.save();
    check_silent("what is saved", &format!("{saved:#?}"), &[CODE, DIGITS, CONTEXT]);
    stub.with_service(|service, now| {
        let page = service.messages(now, None, 10);
        check_silent("a page of messages", &format!("{page:#?}"), &[CODE, DIGITS, CONTEXT]);
    });
}
