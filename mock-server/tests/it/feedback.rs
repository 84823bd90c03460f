//! What becomes of a message's feedback.

use crate::caller::{BR, send, with_feedback};
use sms_voice_mock::service::{
    FeedbackState, FeedbackStatus, MessageId, Outcome, SendText, Service, ServiceError,
    account::configuration_sets::{CreateConfigurationSet, SetDefaultMessageFeedbackEnabled},
    feedback::PutWithoutFeedback,
    time::SimTime,
};
use std::time::Duration;

const fn at(secs: u64) -> SimTime {
    SimTime::from_secs(secs)
}

#[track_caller]
fn check_state(service: &Service, now: SimTime, id: MessageId, state: FeedbackState) {
    let message = service.message(now, id).expect("retained");
    assert_eq!(message.feedback, state);
}

fn put(service: &mut Service, now: SimTime, id: MessageId, status: FeedbackStatus) {
    let outcome = service.put_message_feedback(now, id, status).outcome;
    assert_eq!(outcome, Outcome::Answered(status));
}

fn is_not_found(service: &mut Service, now: SimTime, id: MessageId) -> bool {
    let reply = service.put_message_feedback(now, id, FeedbackStatus::Received);
    matches!(reply.outcome, Outcome::Refused(ServiceError::ResourceNotFound { .. }))
}

#[test]
fn a_message_expects_feedback_until_it_gets_some() {
    let mut service = Service::default();
    let id = send(&mut service, at(0), &with_feedback());
    check_state(&service, at(1), id, FeedbackState::Expecting);
    put(&mut service, at(2), id, FeedbackStatus::Received);
    check_state(&service, at(9_999_999 / 2_000), id, FeedbackState::Received);
    let message = service.message(at(3), id).expect("retained");
    assert_eq!(message.feedback_at, Some(at(2)));
}

#[test]
fn after_an_hour_it_has_failed_by_itself_and_a_late_put_still_counts() {
    let mut service = Service::default();
    let id = send(&mut service, at(0), &with_feedback());
    check_state(&service, at(3_599), id, FeedbackState::Expecting);
    check_state(&service, at(3_600), id, FeedbackState::AutoFailed);
    let counts = service.dashboard(at(3_600), None, None).total;
    assert_eq!((counts.expecting, counts.failed, counts.auto_failed), (1, 0, 1));
    put(&mut service, at(4_000), id, FeedbackStatus::Received);
    let counts = service.dashboard(at(4_000), None, None).total;
    assert_eq!((counts.expecting, counts.received, counts.auto_failed), (1, 1, 0));
}

#[test]
fn the_last_put_wins_and_a_repeated_one_counts_once() {
    let mut service = Service::default();
    let id = send(&mut service, at(0), &with_feedback());
    for status in [FeedbackStatus::Failed, FeedbackStatus::Received, FeedbackStatus::Received] {
        put(&mut service, at(1), id, status);
    }
    let counts = service.dashboard(at(1), None, None).total;
    assert_eq!((counts.expecting, counts.received, counts.failed), (1, 1, 0));
}

#[test]
fn the_parameter_beats_the_configuration_set() {
    let mut service = Service::default();
    let set =
        CreateConfigurationSet { configuration_set_name: "otp".to_owned(), ..Default::default() };
    service.call(at(0), set).answered().expect("new");
    let arn = "arn:aws:sms-voice:us-east-1:123456789012:configuration-set/otp";
    let configuration_set_name = arn.to_owned();
    let default =
        SetDefaultMessageFeedbackEnabled { configuration_set_name, message_feedback_enabled: true };
    service.call(at(0), default).answered().expect("there");
    let cases = [
        (Some("otp"), None, FeedbackState::Expecting),
        (Some(arn), None, FeedbackState::Expecting),
        (Some("otp"), Some(false), FeedbackState::None),
        (None, Some(true), FeedbackState::Expecting),
        (None, None, FeedbackState::None),
    ];
    for (configuration_set, message_feedback_enabled, state) in cases {
        let request =
            SendText { configuration_set, message_feedback_enabled, ..SendText::new(BR, "hello") };
        let id = send(&mut service, at(1), &request);
        check_state(&service, at(1), id, state);
    }
}

#[test]
fn a_message_without_feedback_has_no_record_to_put_it_on() {
    let mut service = Service::default();
    let id = send(&mut service, at(0), &SendText::new(BR, "hello"));
    assert!(is_not_found(&mut service, at(1), id));
    let mut lenient = Service::default().with_put_without_feedback(PutWithoutFeedback::Ignored);
    let id = send(&mut lenient, at(0), &SendText::new(BR, "hello"));
    put(&mut lenient, at(1), id, FeedbackStatus::Received);
    assert_eq!(lenient.dashboard(at(1), None, None).total.expecting, 0);
}

#[test]
fn a_message_is_found_for_the_retention_time_only() {
    let mut settings = Service::default().settings().clone();
    settings.retention = Duration::from_secs(60);
    let mut service = Service::new(settings);
    let id = send(&mut service, at(0), &with_feedback());
    put(&mut service, at(59), id, FeedbackStatus::Failed);
    assert!(is_not_found(&mut service, at(60), id));
    assert!(service.message(at(60), id).is_none());
    assert_eq!(service.dashboard(at(61), None, None).total.failed, 1);
}

#[test]
fn ids_of_an_earlier_life_are_not_found() {
    let mut service = Service::default();
    let id = send(&mut service, at(0), &with_feedback());
    service.reset();
    let new = send(&mut service, at(0), &with_feedback());
    assert_ne!(id, new);
    assert!(is_not_found(&mut service, at(1), id));
}
