//! Quotas, spend, drawn errors and latency of the service as a whole.

use crate::caller::{BR, send, with_feedback};
use sms_voice_mock::service::{
    CampaignModel, FeedbackStatus, Origin, Outcome, SendText, Service, ServiceError,
    answer::{QuotaReason, ValidationReason},
    distribution::Distribution,
    price::Money,
    settings::{ErrorShares, Quotas, ServiceSettings},
    time::SimTime,
};
use std::time::Duration;

const fn at(secs: u64) -> SimTime {
    SimTime::from_secs(secs)
}

fn refusal(service: &mut Service, now: SimTime, request: &SendText<'_>) -> ServiceError {
    match service.send_text_message(now, request).outcome {
        Outcome::Refused(error) => error,
        Outcome::Answered(_) | Outcome::Reset { .. } | Outcome::Hung => {
            panic!("the message should be refused")
        }
    }
}

fn with_origin(session: u64) -> SendText<'static> {
    SendText { origin: Some(Origin { session, nth: 0, attempt: 0 }), ..with_feedback() }
}

#[test]
fn the_default_account_sends_one_message_a_second() {
    let mut service = Service::new(ServiceSettings {
        quotas: Quotas::aws_default(),
        ..ServiceSettings::default()
    });
    send(&mut service, at(0), &with_feedback());
    assert!(refusal(&mut service, at(0), &with_feedback()).is_throttling());
    let id = send(&mut service, at(1), &with_feedback());
    let answered = (0..30).filter(|_| {
        let reply = service.put_message_feedback(at(2), id, FeedbackStatus::Received);
        reply.answered().is_some()
    });
    assert_eq!(answered.count(), 20);
}

#[test]
fn new_settings_start_the_quotas_afresh_and_keep_the_messages() {
    let settings = ServiceSettings { quotas: Quotas::aws_default(), ..ServiceSettings::default() };
    let mut service = Service::new(settings.clone());
    let id = send(&mut service, at(0), &with_feedback());
    service.set_campaign(
        SimTime::ZERO,
        CampaignModel { seed: 9, settings, ..CampaignModel::default() },
    );
    send(&mut service, at(0), &with_feedback());
    assert!(service.message(at(0), id).is_some());
}

#[test]
fn the_spend_limit_stops_the_month() {
    let mut service =
        Service::new(ServiceSettings { spend_limit_usd: Some(0.05), ..ServiceSettings::default() });
    // Two messages to Brazil cost 2 × 0.02297.
    send(&mut service, at(0), &with_feedback());
    send(&mut service, at(1), &with_feedback());
    let error = refusal(&mut service, at(2), &with_feedback());
    let reason = QuotaReason::MonthlySpendLimitReachedForText;
    assert_eq!(error, ServiceError::ServiceQuotaExceeded(reason));
    // The timeline starts in January 1970.
    send(&mut service, at(31 * 86_400), &with_feedback());
}

#[test]
fn a_message_dearer_than_its_highest_price_is_refused() {
    let mut service = Service::default();
    let cheap = SendText { max_price: Some(Money::from_usd(0.02296)), ..with_feedback() };
    let error = refusal(&mut service, at(0), &cheap);
    assert!(matches!(
        error,
        ServiceError::Validation { reason: ValidationReason::PriceOverThreshold, .. }
    ));
    let fair = SendText { max_price: Some(Money::from_usd(0.02297)), ..with_feedback() };
    send(&mut service, at(0), &fair);
}

#[test]
fn a_dry_run_leaves_nothing_behind() {
    let mut service = Service::default();
    let dry = SendText { dry_run: true, ..with_feedback() };
    let id = send(&mut service, at(0), &dry);
    assert!(service.message(at(0), id).is_none());
    assert_eq!(service.dashboard(at(0), None, None).total.expecting, 0);
}

#[test]
fn a_connection_lost_after_processing_leaves_the_message_behind() {
    let lost = |errors| {
        let mut service =
            Service::new(ServiceSettings { send_errors: errors, ..ServiceSettings::default() });
        let outcome = service.send_text_message(at(0), &with_feedback()).outcome;
        let page = service.messages(at(0), None, 10).expect("no `after`");
        (outcome, page.messages.len())
    };
    let before = ErrorShares { reset_before: 1.0, ..ErrorShares::default() };
    let after = ErrorShares { reset_after: 1.0, ..ErrorShares::default() };
    assert_eq!(lost(before), (Outcome::Reset { processed: false }, 0));
    assert_eq!(lost(after), (Outcome::Reset { processed: true }, 1));
}

#[test]
fn latency_and_errors_depend_on_the_address_of_a_call_only() {
    let settings = ServiceSettings {
        send_latency: Distribution::exponential(Duration::from_millis(50)).expect("valid"),
        send_errors: ErrorShares { throttle: 0.3, unavailable: 0.3, ..ErrorShares::default() },
        ..ServiceSettings::default()
    };
    let run = |order: &[u64]| {
        let mut service = Service::new(settings.clone());
        let mut seen: Vec<_> = order
            .iter()
            .map(|session| {
                let reply = service.send_text_message(at(0), &with_origin(*session));
                let error = match reply.outcome {
                    Outcome::Refused(error) => error.name(),
                    Outcome::Answered(_) | Outcome::Reset { .. } | Outcome::Hung => Some("none"),
                };
                (*session, reply.latency, error)
            })
            .collect();
        seen.sort_unstable();
        seen
    };
    let (forward, backward): (Vec<_>, Vec<_>) = ((0..50).collect(), (0..50).rev().collect());
    assert_eq!(run(&forward), run(&backward));
}

#[test]
fn a_text_of_several_parts_costs_each_of_them() {
    let mut service = Service::default();
    let body = "a".repeat(161);
    let id = send(&mut service, at(0), &SendText::new(BR, &body));
    let message = service.message(at(0), id).expect("retained");
    assert_eq!((message.parts, message.price.nanos()), (2, 45_940_000));
}
