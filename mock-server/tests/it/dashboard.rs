//! The dashboard's numbers over long times.

use crate::caller::{BR, send, with_feedback};
use sms_voice_mock::service::{
    FeedbackStatus, PhoneNumber, SendText, Service, country::CountryCode,
    settings::ServiceSettings, time::SimTime,
};
use std::time::Duration;

const fn at(secs: u64) -> SimTime {
    SimTime::from_secs(secs)
}

/// One message a second for three hours; every third is received, every other third failed.
fn three_hours() -> Service {
    let mut service = Service::default().with_details(0);
    for second in 0..3 * 3_600 {
        let id = send(&mut service, at(second), &with_feedback());
        let status = match second % 3 {
            0 => FeedbackStatus::Received,
            1 => FeedbackStatus::Failed,
            _ => continue,
        };
        service.put_message_feedback(at(second), id, status);
    }
    service
}

#[test]
fn messages_stay_in_the_totals_when_their_records_are_gone() {
    let mut service = three_hours();
    let counts = service.dashboard(at(10_800), None, None).total;
    let expected = (10_800, 3_600, 3_600, 2_400);
    assert_eq!((counts.expecting, counts.received, counts.failed, counts.auto_failed), expected);
    let later = service.dashboard(at(1_000_000), None, None);
    assert_eq!(later.total.auto_failed, 3_600);
    assert_eq!(later.completed(), 3_600);
    assert_eq!(later.percentage(), Some(100.0 / 3.0));
}

#[test]
fn a_period_is_exact_within_retention_and_by_minutes_beyond() {
    let mut service = three_hours();
    let mut expecting = |from, to| {
        let dashboard = service.dashboard(at(10_800), Some(at(from)), Some(at(to)));
        dashboard.total.expecting
    };
    assert_eq!(expecting(10_001, 10_008), 7);
    assert_eq!(expecting(600, 1_200), 600);
    assert_eq!(expecting(601, 1_200), 540);
    assert_eq!(expecting(0, 10_800), 10_800);
}

#[test]
fn a_message_that_can_no_longer_be_found_still_fails_at_its_hour() {
    let settings =
        ServiceSettings { retention: Duration::from_secs(600), ..ServiceSettings::default() };
    let mut service = Service::new(settings);
    let id = send(&mut service, at(30), &with_feedback());
    send(&mut service, at(700), &with_feedback());
    let late = service.put_message_feedback(at(700), id, FeedbackStatus::Received);
    assert!(late.answered().is_none());
    let mut counts = |now| {
        let total = service.dashboard(at(now), None, None).total;
        (total.expecting, total.auto_failed)
    };
    assert_eq!([3_629, 3_630, 4_299, 4_300].map(&mut counts), [(2, 0), (2, 1), (2, 1), (2, 2)]);
}

#[test]
fn countries_are_told_apart_and_messages_without_feedback_left_out() {
    let mut service = Service::default();
    let us = PhoneNumber::new(15_551_230_000, CountryCode::of("US"));
    send(&mut service, at(0), &with_feedback());
    send(&mut service, at(0), &SendText::new(BR, "hello"));
    let to_us = SendText { destination: us, ..with_feedback() };
    send(&mut service, at(0), &to_us);
    send(&mut service, at(0), &to_us);
    let dashboard = service.dashboard(at(1), None, None);
    let by_country: Vec<_> = dashboard
        .by_country
        .iter()
        .map(|(country, counts)| (country.as_str(), counts.expecting))
        .collect();
    assert_eq!(by_country, [("BR", 1), ("US", 2)]);
    assert_eq!(Service::default().dashboard(at(0), None, None).percentage(), None);
}
