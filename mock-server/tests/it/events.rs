//! Delivery events: what comes, when, and in which form.

use crate::{
    caller::{BR, send},
    http_front::EPOCH,
};
use serde_json::Value;
use sms_voice_mock::{
    Stub,
    clock::StubClock,
    outlets::{self, Outlets},
    service::{
        CampaignModel, Origin, PhoneNumber, SendText, Service,
        carrier::{Carrier, Receipts},
        country::CountryCode,
        distribution::Distribution,
        events::{EventView, event::Kind},
        settings::ServiceSettings,
        time::SimTime,
    },
    stub::Request,
};
use std::{
    collections::BTreeMap,
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{io::AsyncReadExt, io::AsyncWriteExt, net::TcpListener};

const fn at(secs: u64) -> SimTime {
    SimTime::from_secs(secs)
}

fn carrier(delivered: f64, missing: f64, false_delivered: f64) -> Carrier {
    Carrier {
        name: "Vivo".to_owned(),
        weight: 1.0,
        mcc: "724".to_owned(),
        mnc: "06".to_owned(),
        delivered,
        delay: Distribution::fixed(Duration::from_secs(4)),
        receipts: Receipts {
            missing,
            false_delivered,
            delay: Distribution::fixed(Duration::from_secs(1)),
        },
    }
}

fn service(carrier: Carrier) -> Service {
    let carriers = BTreeMap::from([(BR.country(), vec![carrier])]);
    Service::default().with_campaign(CampaignModel { carriers, ..CampaignModel::default() })
}

/// Sends one message at the start, and gives the events until `until` after the first, which is
/// always the same.
fn story(service: &mut Service, until: u64) -> Vec<(String, Duration)> {
    send(service, at(0), &SendText::new(BR, "Your code is 123456"));
    let mut story = told(&service.events(at(until), 0, 1000).events);
    assert_eq!(story.remove(0), ("TEXT_QUEUED".to_owned(), Duration::ZERO));
    story
}

fn told(events: &[EventView]) -> Vec<(String, Duration)> {
    events.iter().map(|event| (event.event_type(), event.at.since_start())).collect()
}

#[track_caller]
fn check_story(service: &mut Service, until: u64, expected: &[(&str, f64)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(kind, secs)| ((*kind).to_owned(), Duration::from_secs_f64(*secs)))
        .collect();
    assert_eq!(story(service, until), expected);
}

const ACCEPTED: (&str, f64) = ("TEXT_SUCCESSFUL", 0.3);

#[test]
fn a_message_is_accepted_and_then_delivered_or_not() {
    check_story(&mut service(carrier(1.0, 0.0, 0.0)), 10, &[ACCEPTED, ("TEXT_DELIVERED", 5.0)]);
    check_story(&mut service(carrier(0.0, 0.0, 0.0)), 10, &[ACCEPTED, ("TEXT_UNREACHABLE", 1.0)]);
    // The receipt lies.
    check_story(&mut service(carrier(0.0, 0.0, 1.0)), 10, &[ACCEPTED, ("TEXT_DELIVERED", 1.0)]);
    // Nobody says anything.
    let silent = &mut service(carrier(1.0, 1.0, 0.0));
    check_story(silent, 72 * 3600 - 1, &[ACCEPTED]);
    let page = silent.events(at(72 * 3600), 2, 10);
    assert_eq!(told(&page.events), [("TEXT_UNKNOWN".to_owned(), Duration::from_secs(72 * 3600))]);
}

#[test]
fn of_messages_without_a_receipt_only_so_many_wait_and_the_others_are_counted() {
    let mut service = service(carrier(1.0, 1.0, 0.0)).with_details(0);
    for _ in 0..100_007 {
        send(&mut service, at(0), &SendText::new(BR, "hello"));
    }
    assert_eq!(service.events(at(10), 0, 1).forgotten, 7);
    assert_eq!(service.last_event(), 2 * 100_007);
    // When they have come, others may wait.
    assert_eq!(service.events(at(72 * 3600), 0, 1).forgotten, 7);
    assert_eq!(service.last_event(), 2 * 100_007 + 100_000);
    send(&mut service, at(72 * 3600), &SendText::new(BR, "hello"));
    assert_eq!(service.events(at(144 * 3600), 0, 1).forgotten, 7);
    assert_eq!(service.last_event(), 2 * 100_007 + 100_000 + 3);
}

#[test]
fn nothing_comes_before_its_time() {
    let mut service = service(carrier(1.0, 0.0, 0.0));
    check_story(&mut service, 0, &[]);
    assert_eq!(service.events(at(4), 0, 10).events.len(), 2);
    assert_eq!(service.events(at(5), 0, 10).events.len(), 3);
}

#[test]
fn a_message_is_told_to_be_queued_unless_that_is_switched_off() {
    let mut settings = ServiceSettings::default();
    settings.events.queued = false;
    let mut service = Service::new(settings);
    send(&mut service, at(0), &SendText::new(BR, "hello"));
    assert_eq!(service.events(at(0), 0, 10).events, []);
}

#[test]
fn a_message_that_is_not_handed_over_in_time_expires() {
    let mut settings = ServiceSettings::default();
    settings.events.carrier_accepts_after = Duration::from_secs(20);
    let mut service = Service::new(settings);
    let time_to_live = Some(Duration::from_secs(5));
    send(&mut service, at(0), &SendText { time_to_live, ..SendText::new(BR, "hello") });
    let events = service.events(at(100), 1, 10).events;
    assert_eq!(told(&events), [("TEXT_TTL_EXPIRED".to_owned(), Duration::from_secs(5))]);
    assert!(events[0].kind.is_final());
}

#[test]
fn simulator_numbers_succeed_and_fail_as_they_are_named() {
    let mut service = Service::default();
    let us = CountryCode::of("US");
    for digits in [14_254_147_755, 14_254_147_167] {
        send(&mut service, at(0), &SendText::new(PhoneNumber::new(digits, us), "hello"));
    }
    let events = service.events(at(10), 0, 10).events;
    let ends: Vec<_> =
        events.iter().map(|event| event.kind).filter(|kind| kind.is_final()).collect();
    assert_eq!(ends, [Kind::Delivered, Kind::Unreachable]);
}

#[test]
fn pages_follow_each_other_and_say_what_they_missed() {
    let mut service = Service::default().with_events(10);
    for second in 0..20 {
        send(&mut service, at(second), &SendText::new(BR, "hello"));
    }
    let page = service.events(at(100), 0, 4);
    assert_eq!(page.missed, 50, "60 events came and 10 are kept");
    assert_eq!(page.events.iter().map(|event| event.number).collect::<Vec<_>>(), [51, 52, 53, 54]);
    let page = service.events(at(100), page.last, 100);
    assert_eq!((page.events.len(), page.missed, page.last), (6, 0, 60));
    let page = service.events(at(100), page.last, 100);
    assert_eq!((page.events.len(), page.last), (0, 60));
    service.reset();
    assert_eq!(service.events(at(100), 0, 100).last, 0);
}

#[test]
fn duplicates_come_when_they_are_asked_for() {
    let mut settings = ServiceSettings::default();
    settings.events.duplicate_share = 1.0;
    let mut service = Service::new(settings);
    let id = send(&mut service, at(0), &SendText::new(BR, "hello"));
    let events = service.events(at(10), 0, 10).events;
    assert!(events.iter().all(|event| event.message_id == id));
    let told: Vec<_> = events.iter().map(|event| (event.number, event.kind)).collect();
    let kinds = [Kind::Queued, Kind::Successful, Kind::Delivered];
    let twice = kinds.into_iter().flat_map(|kind| [kind, kind]);
    assert_eq!(told, (1..).zip(twice).collect::<Vec<_>>());
}

#[test]
fn receipts_come_in_the_shares_that_the_carrier_has() {
    let mut service = service(carrier(0.9, 0.1, 0.5)).with_events(20_000);
    let sent = 5_000_u32;
    for session in 0..u64::from(sent) {
        let origin = Some(Origin { session, nth: 0, attempt: 0 });
        send(&mut service, at(0), &SendText { origin, ..SendText::new(BR, "hello") });
    }
    let events = service.events(at(80 * 3600), 0, usize::MAX).events;
    let share = |kind| {
        let count = events.iter().filter(|event| event.kind == kind).count();
        f64::from(u32::try_from(count).expect("small")) / f64::from(sent)
    };
    // Four standard errors of a share of 5,000.
    let near =
        |share: f64, p: f64| (share - p).abs() < 4.0 * (p * (1.0 - p) / f64::from(sent)).sqrt();
    assert!(near(share(Kind::Delivered), 0.9 * (0.9 + 0.1 * 0.5)), "{}", share(Kind::Delivered));
    assert!(near(share(Kind::Unreachable), 0.9 * 0.1 * 0.5), "{}", share(Kind::Unreachable));
    assert!(near(share(Kind::Unknown), 0.1), "{}", share(Kind::Unknown));
    assert_eq!(events.len(), 3 * 5_000);
}

fn stub() -> Stub {
    let stub = Stub::new(service(carrier(1.0, 0.0, 0.0)), StubClock::starting(EPOCH, 1.0));
    stub.with_service(|service, now| {
        let context = [("run".to_owned(), "r1".to_owned())];
        let request = SendText {
            context: &context,
            origination_identity: Some("ACME"),
            ..SendText::new(BR, "Ваш код 123456")
        };
        send(service, now, &request);
    });
    stub
}

fn ask(stub: &Stub, method: &str, path: &str, query: Option<&str>, body: &str) -> Value {
    let body = body.as_bytes();
    let request = Request { method, path, query, body, ..Request::default() };
    serde_json::from_slice(&stub.answer(&request).body).expect("JSON")
}

#[test]
fn an_event_has_the_form_that_aws_documents() {
    let stub = stub();
    ask(&stub, "POST", "/_mock/clock/advance", None, r#"{"seconds": 60}"#);
    let answer = ask(&stub, "GET", "/_mock/events", Some("after=2"), "");
    assert_eq!((&answer["next"], &answer["missed"]), (&Value::from(3), &Value::from(0)));
    let event = &answer["events"][0];
    let expected = [
        ("eventType", Value::from("TEXT_DELIVERED")),
        ("eventVersion", Value::from("1.0")),
        ("isFinal", Value::from(true)),
        ("originationPhoneNumber", Value::from("ACME")),
        ("isoCountryCode", Value::from("BR")),
        ("mcc", Value::from("724")),
        ("mnc", Value::from("06")),
        ("carrierName", Value::from("Vivo")),
        ("messageEncoding", Value::from("Unicode")),
        ("messageType", Value::from("TRANSACTIONAL")),
        ("messageStatus", Value::from("DELIVERED")),
        ("totalMessageParts", Value::from(1)),
        ("totalMessagePrice", Value::from(0.02297)),
        ("totalCarrierFee", Value::from(0.0)),
    ];
    for (key, value) in expected {
        assert_eq!(event[key], value, "{key} of {event}");
    }
    assert_eq!(event["context"]["run"], "r1");
    let millis = |key: &str| event[key].as_u64().expect("a number");
    assert_eq!(millis("eventTimestamp") - millis("messageRequestTimestamp"), 5_000);
    let text = answer.to_string();
    assert!(!text.contains("123456") && !text.contains("987654321"), "{text}");
}

/// A server that keeps the bodies it is sent; it refuses the first.
async fn collect(listener: TcpListener, bodies: Arc<Mutex<Vec<Value>>>) {
    let mut refuse = true;
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut read = Vec::new();
        let body = loop {
            let mut chunk = [0; 4096];
            let count = stream.read(&mut chunk).await.expect("readable");
            read.extend_from_slice(&chunk[..count]);
            let text = String::from_utf8_lossy(&read).into_owned();
            if let Some((_, body)) = text.split_once("\r\n\r\n")
                && let Ok(body) = serde_json::from_str(body)
            {
                break body;
            }
        };
        let status = if refuse { "503 No" } else { "200 OK" };
        if !refuse {
            bodies.lock().expect("not poisoned").push(body);
        }
        refuse = false;
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.expect("writable");
    }
}

#[tokio::test]
async fn a_file_and_a_url_get_every_event() {
    let path = std::env::temp_dir().join(format!("sms-voice-mock-{}.jsonl", std::process::id()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/events?x=1", listener.local_addr().expect("an address"));
    let bodies = Arc::new(Mutex::new(Vec::new()));
    tokio::spawn(collect(listener, Arc::clone(&bodies)));
    let stub = Arc::new(stub());
    ask(&stub, "POST", "/_mock/clock/advance", None, r#"{"seconds": 60}"#);
    let file = fs::File::create(&path).expect("a file");
    let outlets = Outlets { file: Some(file), url: url.parse().ok(), log: |_| {} };
    tokio::spawn(outlets::run(stub, outlets, std::future::pending()));
    for _ in 0..100 {
        if bodies.lock().expect("not poisoned").len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let bodies = bodies.lock().expect("not poisoned").clone();
    let lines = fs::read_to_string(&path).expect("written");
    fs::remove_file(&path).expect("removed");
    let records: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(records.len(), 2);
    assert_eq!(bodies.len(), 2);
    for (body, record) in bodies.iter().zip(&records) {
        assert_eq!(body["source"], "aws.sms-voice");
        assert_eq!(body["detail-type"], "Text Message Delivery Status Updated");
        assert_eq!(body["account"], "123456789012");
        assert_eq!(body["time"].as_str().map(|time| &time[..11]), Some("2026-01-01T"));
        assert_eq!(&body["detail"], record);
    }
}
