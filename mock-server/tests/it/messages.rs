//! The list of messages.

use crate::caller::{BR, json, send, with_feedback};
use serde_json::json;
use sms_voice_mock::{
    Stub,
    clock::StubClock,
    service::{
        CampaignModel, FeedbackStatus, Origin, SendText, Service,
        carrier::{Carrier, Receipts},
        distribution::Distribution,
        settings::ServiceSettings,
        time::SimTime,
    },
    stub::Request,
};
use std::{collections::BTreeMap, time::Duration};

fn sent(service: &mut Service, count: u64) {
    for nth in 0..count {
        let body = format!("message {nth}");
        send(service, SimTime::from_secs(nth), &SendText::new(BR, &body));
    }
}

#[test]
fn pages_follow_each_other_from_the_oldest_message_on() {
    let mut service = Service::default();
    sent(&mut service, 25);
    let now = SimTime::from_secs(30);
    let (mut after, mut seen, mut pages) = (None, Vec::new(), 0);
    loop {
        let page = service.messages(now, after, 10).expect("a known id");
        seen.extend(page.messages.iter().filter_map(|message| message.body));
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..25).map(|nth| format!("message {nth}")).collect();
    assert_eq!((seen, pages), (expected.iter().map(String::as_str).collect(), 3));
}

#[test]
fn text_and_context_are_kept_for_the_newest_messages_only() {
    let mut service = Service::default().with_details(2);
    sent(&mut service, 5);
    let page = service.messages(SimTime::from_secs(5), None, 10).expect("no `after`");
    let contexts: Vec<_> = page.messages.iter().map(|message| message.context).collect();
    let none: &[(String, String)] = &[];
    assert_eq!(contexts, [None, None, None, Some(none), Some(none)]);
    let bodies: Vec<_> = page.messages.iter().map(|message| message.body).collect();
    assert_eq!(bodies, [None, None, None, Some("message 3"), Some("message 4")]);
    assert!(page.messages.iter().all(|message| message.destination.to_string() == "+…21"));
}

#[test]
fn text_and_context_that_are_not_kept_are_null_on_the_wire() {
    let service = Service::default().with_details(1);
    let stub = Stub::new(service, StubClock::starting(Duration::ZERO, 0.0));
    stub.with_service(|service, _| sent(service, 2));
    let get = Request { method: "GET", path: "/_mock/messages", ..Request::default() };
    let listed: Vec<_> = json(&stub.answer(&get))["messages"]
        .as_array()
        .expect("messages")
        .iter()
        .map(|message| (message["body"].clone(), message["context"].clone()))
        .collect();
    assert_eq!(listed, [(json!(null), json!(null)), (json!("message 1"), json!({}))]);
}

#[test]
fn messages_beyond_the_number_that_is_retained_leave_the_list_and_take_no_feedback() {
    let settings = ServiceSettings { retained_messages: Some(3), ..ServiceSettings::default() };
    let mut service = Service::new(settings);
    let at = SimTime::from_secs;
    let ids: Vec<_> = (0..5).map(|nth| send(&mut service, at(nth), &with_feedback())).collect();
    let listed = service.messages(at(5), None, 99).expect("no `after`").messages;
    assert_eq!(listed.iter().map(|message| message.id).collect::<Vec<_>>(), ids[2..]);
    let outcomes = ids.iter().map(|id| {
        let reply = service.put_message_feedback(at(5), *id, FeedbackStatus::Received);
        reply.answered().is_some()
    });
    assert_eq!(outcomes.collect::<Vec<_>>(), [false, false, true, true, true]);
    let mut auto_failed = |now| service.dashboard(at(now), None, None).total.auto_failed;
    assert_eq!([3_599, 3_600, 3_601].map(&mut auto_failed), [0, 1, 2]);
}

#[test]
fn old_messages_leave_the_list() {
    let mut service = Service::default();
    sent(&mut service, 10);
    let listed =
        |service: &Service, now| service.messages(now, None, 99).map(|page| page.messages.len());
    assert_eq!(listed(&service, SimTime::from_secs(7_204)), Some(5));
    let late = SimTime::from_secs(9_000);
    send(&mut service, late, &SendText::new(BR, "late"));
    assert_eq!(listed(&service, late), Some(1));
}

#[test]
fn delivery_is_what_the_carrier_draws_for_the_session() {
    let carrier = Carrier {
        name: "Only".to_owned(),
        weight: 1.0,
        mcc: String::new(),
        mnc: String::new(),
        delivered: 0.5,
        delay: Distribution::exponential(Duration::from_secs(5)).expect("valid"),
        receipts: Receipts {
            missing: 0.1,
            false_delivered: 0.2,
            delay: Distribution::fixed(Duration::from_secs(1)),
        },
    };
    let mut service = Service::default().with_campaign(CampaignModel {
        seed: 4,
        carriers: BTreeMap::from([(BR.country(), vec![carrier.clone()])]),
        ..CampaignModel::default()
    });
    for session in 0..100 {
        let origin = Origin { session, nth: 1, attempt: 2 };
        let request = SendText { origin: Some(origin), ..SendText::new(BR, "hello") };
        let id = send(&mut service, SimTime::ZERO, &request);
        let message = service.message(SimTime::ZERO, id).expect("retained");
        let delivery = message.delivery.expect("the carriers are known");
        let dice = sms_voice_mock::service::dice::Dice::new(4);
        assert_eq!(delivery.fate, carrier.fate(dice, session, 1));
        assert_eq!(delivery.carrier, "Only");
    }
}
