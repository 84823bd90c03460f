//! Why a run passes or fails.

use super::{SAMPLE, facts, load, report_on, with_thresholds};
use otpdrill::{
    engine::{
        arrivals::Shard,
        campaign::{Campaign, Output},
        gate::{Gate, SafetyLimits},
        outcome::SendAnswer,
    },
    exit::Exit,
    record::{Recorder, cells::Tariff, dashboard::Evidence, latency::CallTimes},
    report::{Clock, Report, RunFacts, Signal, summary::Summary},
    scenario::Loaded,
};
use std::{sync::Arc, time::Duration};

#[track_caller]
fn check_threshold(expr: &str, ok: bool, samples: impl FnOnce(&Summary) -> u64) {
    let report = report_on(&with_thresholds(&[expr]), |_| {});
    let result = &report.verdict.thresholds[0];
    assert_eq!(result.ok, ok, "{result:?}");
    assert_eq!(result.samples, samples(&Summary::of(&report)), "{result:?}");
    let exit = if ok { Exit::Passed } else { Exit::ThresholdFailed };
    assert_eq!(report.verdict.exit, exit);
    assert_eq!(report.verdict.reasons.len(), usize::from(!ok));
}

#[test]
fn a_threshold_is_held_against_the_figure_it_names() {
    check_threshold("conversion.message > 0.1", true, |all| all.messages.expecting);
    check_threshold("conversion.message > 0.99", false, |all| all.messages.expecting);
    check_threshold("messages.throttled == 0", false, |all| all.messages.attempted);
    check_threshold("messages.pending == 0", true, |all| all.messages.expecting);
    check_threshold("sessions.dropped == 0", true, |all| all.sessions.arrived);
    check_threshold("cost_usd < 1000", true, |all| all.messages.accepted);
    check_threshold("elapsed_s < 100000", true, |_| 1);
    check_threshold("latency_ms.send_service.p50 < 60", true, |all| {
        all.latency_ms.send_service.count
    });
}

#[test]
fn tags_restrict_a_threshold_to_their_part_of_the_run() {
    let loaded = with_thresholds(&[
        "sessions.arrived{country=BR} > 0",
        "sessions.arrived{country=DE} > 0",
        "messages.expecting{country=BR,carrier=Vivo} > 0",
        "messages.expecting{country=BR,carrier=TIM} > 0",
        "messages.expecting{country=BR} > 0",
        "messages.expecting{template=plain} > 0",
        "latency_ms.service.count{operation=feedback,country=DE} > 0",
    ]);
    let report = report_on(&loaded, |_| {});
    let summary = Summary::of(&report);
    let [br, de, vivo, tim, brazil, plain, puts]: [f64; 7] = report
        .verdict
        .thresholds
        .iter()
        .map(|result| result.observed.unwrap())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let same = |a: f64, b: f64| assert!((a - b).abs() < 0.5, "{a} is not {b}");
    same(br + de, summary.sessions.arrived as f64);
    same(vivo + tim, brazil);
    assert!(0.0 < plain && plain < summary.messages.expecting as f64);
    assert!(0.0 < puts && puts < summary.latency_ms.feedback_service.count as f64);
}

#[test]
fn a_threshold_without_samples_fails() {
    check_threshold("conversion.message{country=NZ} >= 0", false, |_| 0);
    check_threshold("messages.throttled{country=NZ} == 0", false, |_| 0);
    check_threshold("latency_ms.send_response.p99{country=NZ} < 500", false, |_| 0);
}

#[test]
fn a_signal_comes_before_a_failed_threshold_and_both_are_listed() {
    let report = report_on(&load(SAMPLE), |run| run.stopped_by = Some(Signal::Terminate));
    let summary = Summary::of(&report);
    assert_eq!(summary.exit_code, 143);
    assert_eq!(summary.verdict, "failed");
    let codes: Vec<u8> = summary.reasons.iter().map(|reason| reason.exit_code).collect();
    assert_eq!(codes, [143, 10]);
}

/// A run of one call, which left a second late and was never answered.
fn late(loaded: &Loaded) -> Recorder {
    let scenario = Arc::new(loaded.scenario.clone());
    let tariff = Tariff {
        parts: vec![1; scenario.templates.len()],
        nano_usd: vec![1; scenario.countries.len()],
    };
    let mut recorder = Recorder::new(Arc::clone(&scenario), tariff, false);
    let gate = Arc::new(Gate::new(&scenario, SafetyLimits::NONE));
    let mut campaign = Campaign::new(scenario, Shard::WHOLE, gate);
    campaign.handle_deadline();
    while let Some(output) = campaign.poll_output() {
        match output {
            Output::Note(note) => recorder.note(&note),
            Output::Send(call) => {
                recorder.send_started(call.released, call.facts());
                let [due, sent] = [Duration::from_secs(60), Duration::from_secs(61)];
                let evidence = Evidence::default();
                let times = CallTimes { due, released: due, sent, answered: sent, evidence };
                let (at, answer) = (call.released, SendAnswer::Unknown);
                assert!(campaign.handle_send_answer(at, call.key, answer.clone()));
                recorder.send_answered(at, call.facts(), &answer, times);
                campaign.abandon();
            }
            Output::Put(_) => unreachable!("nothing was accepted"),
        }
    }
    recorder
}

#[test]
fn a_late_generator_makes_a_live_run_invalid_and_virtual_time_is_never_late() {
    let mut loaded = with_thresholds(&[]);
    loaded.scenario.warm_up = Duration::ZERO;
    loaded.scenario.max_lag = Duration::from_millis(50);
    let exit = |clock| Report::new(late(&loaded), RunFacts { clock, ..facts() }).verdict.exit;
    assert_eq!(exit(Clock::Real), Exit::InvalidMeasurement);
    assert_eq!(exit(Clock::Virtual), Exit::Passed);
    loaded.scenario.max_lag = Duration::from_secs(2);
    let real = Report::new(late(&loaded), RunFacts { clock: Clock::Real, ..facts() });
    assert_eq!(real.verdict.exit, Exit::Passed);
}

#[test]
fn feedback_that_cannot_be_delivered_fails_the_run_unless_it_was_stopped() {
    let text = format!("{SAMPLE}errors.PutMessageFeedback.unavailable = 1.0\n");
    let loaded = load(&text.replace("\"conversion.message > 0.5\",", ""));
    let report = report_on(&loaded, |_| {});
    let summary = Summary::of(&report);
    assert!(summary.messages.pending > 0 && summary.messages.received == 0);
    assert_eq!(summary.exit_code, 12);
    let stopped = report_on(&loaded, |run| run.stopped_by = Some(Signal::Interrupt));
    let exits: Vec<Exit> = stopped.verdict.reasons.iter().map(|reason| reason.exit).collect();
    assert!(!exits.contains(&Exit::CheckFailed), "{exits:?}");
}

#[test]
fn what_is_found_after_the_run_takes_its_place_among_the_reasons() {
    let mut report = report_on(&load(SAMPLE), |_| {});
    report.fail(Exit::CheckFailed, "the dashboard differs");
    report.fail(Exit::Regression, "slower than the baseline");
    let exits: Vec<Exit> = report.verdict.reasons.iter().map(|reason| reason.exit).collect();
    assert_eq!(exits, [Exit::CheckFailed, Exit::ThresholdFailed, Exit::Regression]);
    assert_eq!(report.verdict.exit, Exit::CheckFailed);
}
