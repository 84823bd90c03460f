//! What goes wrong on request: by the rules of a list, over a socket, and counted.

use crate::{
    caller::{Asked, BR, Connection, with_feedback},
    http_front::{SEND, against_stub},
};
use serde_json::{Value, json};
use sms_voice_mock::{
    Stub,
    clock::StubClock,
    service::{
        CampaignModel, FeedbackStatus, Origin, Outcome, SendText, Service,
        answer::ServiceError,
        country::CountryCode,
        faults::{Fault, FaultKind},
        settings::ServiceSettings,
        time::SimTime,
    },
    stub::Request,
};
use std::time::Duration;

const fn at(secs: u64) -> SimTime {
    SimTime::from_secs(secs)
}

fn fault(kind: FaultKind) -> Fault {
    Fault {
        kind,
        operation: None,
        country: None,
        share: 1.0,
        from: Duration::ZERO,
        until: None,
        delay: Duration::from_millis(200),
        skew_s: 0,
    }
}

fn service(faults: Vec<Fault>) -> Service {
    Service::new(ServiceSettings { faults, ..ServiceSettings::default() })
}

fn throttled(service: &mut Service, now: SimTime, request: &SendText<'_>) -> bool {
    let outcome = service.send_text_message(now, request).outcome;
    outcome == Outcome::Refused(ServiceError::Throttling)
}

#[test]
fn a_rule_holds_in_its_time_and_in_its_country() {
    let rule = Fault {
        country: Some(CountryCode::of("BR")),
        from: Duration::from_secs(10),
        until: Some(Duration::from_secs(20)),
        ..fault(FaultKind::Throttle)
    };
    let mut service = service(vec![rule]);
    let us = sms_voice_mock::service::PhoneNumber::new(14_255_550_100, CountryCode::of("US"));
    for (second, expected) in [(9, false), (10, true), (19, true), (20, false)] {
        assert_eq!(throttled(&mut service, at(second), &SendText::new(BR, "x")), expected);
        assert!(!throttled(&mut service, at(second), &SendText::new(us, "x")));
    }
    assert_eq!(service.faults().map(|(_, injected)| injected).collect::<Vec<_>>(), [2]);
    assert_eq!(service.injected().collect::<Vec<_>>(), [(FaultKind::Throttle, 2)]);
    service.set_faults(at(30), &[]);
    assert_eq!(service.faults().count(), 0);
    assert_eq!(service.injected().count(), 1, "what happened stays counted");
    service.reset();
    assert_eq!((service.faults().count(), service.injected().count()), (1, 0));
}

#[test]
fn the_time_of_a_rule_begins_when_it_is_said() {
    let mut service = service(Vec::new());
    let until = Some(Duration::from_secs(5));
    service.set_faults(at(100), &[Fault { until, ..fault(FaultKind::Throttle) }]);
    assert!(throttled(&mut service, at(104), &SendText::new(BR, "x")));
    assert!(!throttled(&mut service, at(105), &SendText::new(BR, "x")));
}

#[test]
fn a_share_meets_the_same_calls_in_any_order() {
    let rule = Fault { share: 0.3, ..fault(FaultKind::Throttle) };
    let met = |order: &mut dyn Iterator<Item = u64>| {
        let mut service = service(vec![rule.clone()]);
        let mut met: Vec<_> = order
            .filter(|session| {
                let origin = Some(Origin { session: *session, nth: 0, attempt: 0 });
                throttled(&mut service, at(0), &SendText { origin, ..SendText::new(BR, "x") })
            })
            .collect();
        met.sort_unstable();
        met
    };
    let forth = met(&mut (0..10_000));
    assert_eq!(forth, met(&mut (0..10_000).rev()));
    // Four standard errors of a share of 10,000.
    assert!((2_817..=3_183).contains(&forth.len()), "{}", forth.len());
}

#[test]
fn a_send_and_its_first_feedback_once_met_a_rule_by_one_draw() {
    let mut service = service(vec![Fault { share: 0.5, ..fault(FaultKind::Throttle) }]);
    let mut puts = Vec::new();
    for session in 0..2_000 {
        let origin = Some(Origin { session, nth: 0, attempt: 0 });
        let sent = SendText { origin, ..with_feedback() };
        if let Some(id) = service.send_text_message(at(0), &sent).answered() {
            let put = service.put_message_feedback(at(0), id, FeedbackStatus::Received);
            puts.push(put.answered().is_none());
        }
    }
    let refused = puts.iter().filter(|refused| **refused).count();
    // Five standard errors of half of some thousand.
    assert!(refused.abs_diff(puts.len() / 2) < 80, "{refused} of {}", puts.len());
}

#[test]
fn the_rules_of_a_campaign_end_with_it_and_those_asked_for_stay() {
    let mut service = service(vec![fault(FaultKind::Throttle)]);
    service.set_campaign(at(5), CampaignModel::default());
    assert_eq!(service.faults().count(), 0);
    service.set_faults(at(6), &[fault(FaultKind::Slow)]);
    let faults = vec![fault(FaultKind::Throttle)];
    let settings = ServiceSettings { faults, ..ServiceSettings::default() };
    service.set_campaign(at(7), CampaignModel { settings, ..CampaignModel::default() });
    let kinds: Vec<_> = service.faults().map(|(fault, _)| fault.kind).collect();
    assert_eq!(kinds, [FaultKind::Throttle, FaultKind::Slow]);
    service.set_faults(at(8), &[]);
    assert_eq!(service.faults().count(), 0, "an empty list ends all of them");
}

#[test]
fn the_first_decisive_rule_decides_and_delays_add_up() {
    let rules = [FaultKind::Slow, FaultKind::InternalError, FaultKind::Throttle, FaultKind::Slow];
    let mut service = service(rules.map(fault).to_vec());
    let reply = service.send_text_message(at(0), &SendText::new(BR, "x"));
    assert_eq!(reply.outcome, Outcome::Refused(ServiceError::InternalServer));
    assert_eq!(reply.latency, Duration::from_millis(400));
    let injected: Vec<_> = service.faults().map(|(_, injected)| injected).collect();
    assert_eq!(injected, [1, 1, 0, 1]);
}

#[test]
fn events_come_twice_where_a_rule_says_so() {
    let operation = Some("SendTextMessage".into());
    let mut service = service(vec![Fault { operation, ..fault(FaultKind::DuplicateEvent) }]);
    service.send_text_message(at(0), &SendText::new(BR, "x"));
    assert_eq!(service.events(at(60), 0, 100).events.len(), 6);
    assert_eq!(service.injected().collect::<Vec<_>>(), [(FaultKind::DuplicateEvent, 3)]);
}

#[test]
fn what_is_wrong_with_a_list_is_said_and_changes_nothing() {
    let stub = Stub::new(Service::default(), StubClock::of_the_wall(1.0));
    let put = |body: &str, connection_is_sound: bool| {
        let (method, path, body) = ("PUT", "/_mock/faults", body.as_bytes());
        let request = Request { method, path, body, connection_is_sound, ..Request::default() };
        let reply = stub.answer(&request);
        (reply.status, String::from_utf8(reply.body).expect("text"))
    };
    for (body, expected) in [
        (r#"{"faults":[{"kind":"throtle"}]}"#, "unknown variant `throtle`"),
        (r#"{"faults":[{"kind":"throttle","shar":1}]}"#, "unknown field `shar`"),
        (r#"{"faults":[{"kind":"throttle","share":2}]}"#, "faults.0.share"),
        (r#"{"faults":[{"kind":"slow"}]}"#, "is needed by `slow`"),
    ] {
        let (status, said) = put(body, false);
        assert_eq!(status, 400, "{said}");
        assert!(said.contains(expected), "{said}");
    }
    let hang = r#"{"faults":[{"kind":"hang"}]}"#;
    let (status, said) = put(hang, true);
    assert!(status == 400 && said.contains("faults.0.kind"), "{status} {said}");
    stub.with_service(|service, _| assert_eq!(service.faults().count(), 0));
    assert_eq!(put(hang, false).0, 200);
    stub.with_service(|service, _| assert_eq!(service.faults().count(), 1));
}

fn set(connection: &mut Connection, faults: &Value) -> Value {
    let body = json!({ "faults": faults }).to_string();
    let answer = connection.request(&Asked::own("PUT", "/_mock/faults", &body)).expect("answered");
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).expect("JSON")
}

fn accepted(connection: &mut Connection) -> usize {
    let answer = connection.request(&Asked::own("GET", "/_mock/messages", "")).expect("answered");
    let messages: Value = serde_json::from_str(&answer.body).expect("JSON");
    messages["messages"].as_array().map_or(0, Vec::len)
}

#[test]
fn faults_of_the_connection_are_what_they_are_called() {
    against_stub(|endpoint| {
        let mut own = Connection::open(endpoint);
        let mut sent = 0;
        for (kind, processed) in [("reset_before", 0), ("reset_after", 1), ("truncate", 1)] {
            set(&mut own, &json!([{ "kind": kind }]));
            let answer = Connection::open(endpoint).request(&Asked::aws("SendTextMessage", SEND));
            match kind {
                "truncate" => {
                    let answer = answer.expect("its first half");
                    assert_eq!(answer.status, 200);
                    assert!(serde_json::from_str::<Value>(&answer.body).is_err());
                }
                _ => assert!(answer.is_none(), "{kind}: {answer:?}"),
            }
            sent += processed;
            assert_eq!(accepted(&mut own), sent, "{kind}");
            let seen = own.request(&Asked::own("GET", "/_mock/faults", "")).expect("answered");
            let seen: Value = serde_json::from_str(&seen.body).expect("JSON");
            assert_eq!(seen["faults"], json!([{ "kind": kind, "share": 1.0, "injected": 1 }]));
            assert_eq!(seen["injected"][kind], 1);
        }
        set(&mut own, &json!([]));
        assert_eq!(own.request(&Asked::aws("SendTextMessage", SEND)).expect("sent").status, 200);
    });
}

#[test]
fn a_dripping_answer_arrives_whole_and_a_skewed_one_with_a_wrong_date() {
    against_stub(|endpoint| {
        let mut connection = Connection::open(endpoint);
        set(
            &mut connection,
            &json!([{ "kind": "drip", "delay_ms": 300 }, { "kind": "clock_skew", "skew_s": -86400 }]),
        );
        #[expect(clippy::disallowed_methods, reason = "a drip takes wall time")]
        let start = std::time::Instant::now();
        let answer = connection.request(&Asked::aws("SendTextMessage", SEND)).expect("answered");
        #[expect(clippy::disallowed_methods, reason = "a drip takes wall time")]
        let took = start.elapsed();
        assert!(serde_json::from_str::<Value>(&answer.body).is_ok(), "{answer:?}");
        assert!(took >= Duration::from_millis(280), "{took:?}");
        let date = |head: &str| {
            let date = head.lines().find_map(|line| line.strip_prefix("date: "));
            date.expect("a date").to_owned()
        };
        let skewed = date(&answer.head);
        set(&mut connection, &json!([]));
        let sound = connection.request(&Asked::aws("SendTextMessage", SEND)).expect("answered");
        assert_ne!(skewed, date(&sound.head));
    });
}

#[test]
fn a_hanging_call_is_not_processed_and_keeps_nobody_else_waiting() {
    against_stub(|endpoint| {
        let mut own = Connection::open(endpoint);
        set(&mut own, &json!([{ "kind": "hang", "operation": "SendTextMessage" }]));
        let mut waiting = Connection::open(endpoint);
        waiting.ask(&Asked::aws("SendTextMessage", SEND));
        assert!(!waiting.has_answer_within(Duration::from_millis(200)));
        assert_eq!(own.request(&Asked::aws("DescribePools", "{}")).expect("answered").status, 200);
        assert_eq!(accepted(&mut own), 0);
    });
}

#[test]
fn feedback_and_every_other_operation_meet_faults_too() {
    let mut service = service(vec![fault(FaultKind::ResetAfter)]);
    let reply = service.send_text_message(at(0), &with_feedback());
    assert_eq!(reply.outcome, Outcome::Reset { processed: true });
    let id = service.latest_messages(at(0), 1)[0].id;
    let put = service.put_message_feedback(at(0), id, FeedbackStatus::Received);
    assert_eq!(put.outcome, Outcome::Reset { processed: true });
    assert_eq!(service.dashboard(at(0), None, None).completed(), 1);
    // A create whose answer is lost is repeated with its token, and is the same create.
    let create = r#"{"ConfigurationSetName": "otp", "ClientToken": "t"}"#;
    let first = crate::caller::call(&mut service, "CreateConfigurationSet", create);
    assert_eq!(first.manner, sms_voice_mock::wire::Manner::Closed);
    service.set_faults(at(0), &[]);
    let again = crate::caller::call(&mut service, "CreateConfigurationSet", create);
    assert_eq!(again.status, 200);
}
