//! Expectations and judgement in memory.

use super::{QUICK, check_every_change_is_found};
use otpdrill::{
    dashboard::{
        compare::{Judgement, Kind, compare},
        expected::{Course, Expected},
        observed::Observed,
        series::{FeedbackMetric, Series, Status},
    },
    drive::{signals::VirtualWish, simulate::simulate},
    engine::{
        arrivals::Shard,
        campaign::{Campaign, Output},
        gate::{Gate, SafetyLimits},
        message::MessageRef,
        outcome::{PutAnswer, SendAnswer},
    },
    record::{
        PutHeard, Recorder,
        cells::Tariff,
        dashboard::{Evidence, Range},
        latency::CallTimes,
    },
    scenario,
};
use std::{path::Path, sync::Arc, time::Duration};

/// The expectations of a simulated campaign.
fn expected(file: &str, sets: &[&str]) -> Expected {
    let sets: Vec<_> = sets.iter().map(|set| (*set).to_owned()).collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let loaded = scenario::load(&file, &sets, None).expect("a scenario");
    let scenario = Arc::new(loaded.scenario);
    let tariff = Tariff {
        parts: vec![1; scenario.templates.len()],
        nano_usd: vec![1; scenario.countries.len()],
    };
    let mut recorder = Recorder::new(scenario, tariff, false);
    simulate(&mut recorder, |_| VirtualWish::Run);
    Expected::of(&recorder)
}

/// What CloudWatch would say if everything is as it must be.
fn truth(expected: &Expected) -> Observed {
    let mut observed = Observed::default();
    for (series, course) in &expected.series {
        for (minute, range) in &course.points {
            assert!(range.is_exact(), "nothing is open in this campaign: {series} {range:?}");
            let value = u32::try_from(range.lowest).expect("a small count");
            observed.add(series, *minute, f64::from(value));
        }
    }
    observed
}

fn named(country: Option<&str>, status: Option<Status>) -> Series {
    Series { metric: FeedbackMetric::With, country: country.map(str::to_owned), status }
}

#[track_caller]
fn check_kinds(judgement: &Judgement, kind: Kind) {
    assert!(!judgement.agrees());
    let others: Vec<_> = judgement.findings.iter().filter(|found| found.kind != kind).collect();
    assert!(others.is_empty(), "not all are {kind:?}: {others:?}");
}

#[test]
fn a_simulation_leaves_nothing_open_and_any_change_is_found() {
    let expected = expected(QUICK, &[]);
    let (periods, exact) = expected.periods();
    assert!(periods > 100 && periods == exact, "{exact} of {periods}");
    check_every_change_is_found(&expected, &truth(&expected));
}

#[test]
fn expectations_survive_their_file() {
    let expected = expected("scenarios/evening-peak.toml", &[]);
    let mut text = Vec::new();
    expected.write(&mut text).expect("memory takes everything");
    let text = String::from_utf8(text).expect("text");
    assert_eq!(Expected::read(&text).expect("it is ours"), expected);
    let total = expected.series[&named(None, None)].total;
    assert!(total.is_exact() && total.lowest > 0, "repeated puts count once: {total:?}");
    let expecting = Series { metric: FeedbackMetric::Expecting, country: None, status: None };
    assert!(!expected.series[&expecting].total.is_exact(), "unclear sends may have counted");
}

#[test]
fn feedback_stamped_at_the_send_stands_in_the_minute_of_the_send() {
    let expected = expected(QUICK, &["service.metrics.stamped_at=send"]);
    assert_eq!(expected.stamped_at, "send");
    let expecting = Series { metric: FeedbackMetric::Expecting, country: None, status: None };
    // Every message gets its feedback, so the two series are one.
    assert_eq!(expected.series[&expecting], expected.series[&named(None, None)]);
}

/// A run of one send and its put against a target that tells no time: each call leaves 0.1 s before the
/// end of a minute and is answered 0.2 s later, the put at first unclearly.
fn straddling() -> Recorder {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/dashboard-30-percent.toml");
    let loaded = scenario::load(&file, &[], None).expect("a scenario");
    let scenario = Arc::new(loaded.scenario);
    let tariff = Tariff { parts: vec![1; scenario.templates.len()], nano_usd: vec![1; 1] };
    let mut recorder = Recorder::new(Arc::clone(&scenario), tariff, false);
    let gate = Arc::new(Gate::new(&scenario, SafetyLimits::NONE));
    let mut campaign = Campaign::new(scenario, Shard::WHOLE, gate);
    let times = |minute: u64| {
        let [sent, answered] =
            [59_900, 60_100].map(|ms| Duration::from_millis(minute * 60_000 + ms));
        let evidence = Evidence::default();
        CallTimes { due: sent, released: sent, sent, answered, evidence }
    };
    let (mut sends, mut puts) = (0, 0);
    loop {
        while let Some(output) = campaign.poll_output() {
            match output {
                Output::Note(note) => recorder.note(&note),
                Output::Send(call) => {
                    recorder.send_started(call.released, call.facts());
                    sends += 1;
                    let accepted = SendAnswer::Accepted(MessageRef::Uuid(sends));
                    let answer = if sends == 1 { accepted } else { SendAnswer::Rejected };
                    assert!(campaign.handle_send_answer(call.released, call.key, answer.clone()));
                    recorder.send_answered(call.released, call.facts(), &answer, times(0));
                }
                Output::Put(call) => {
                    recorder.put_started(call.released, call.facts());
                    let answer = if puts == 0 { PutAnswer::Again } else { PutAnswer::Done };
                    assert!(campaign.handle_put_answer(call.released, call.key, answer));
                    let (verdict, times) = (call.verdict, times(1 + puts));
                    let heard = PutHeard { verdict, answer, times, measured: true };
                    recorder.put_answered(call.released, call.facts(), heard);
                    puts += 1;
                }
            }
        }
        if campaign.poll_deadline().is_none() {
            return recorder;
        }
        campaign.handle_deadline();
    }
}

#[test]
fn a_call_that_straddles_minutes_is_in_doubt_in_each_and_certain_in_sum() {
    let recorder = straddling();
    let expected = Expected::of(&recorder);
    let expecting = Series { metric: FeedbackMetric::Expecting, country: None, status: None };
    let (first, _) = expected.span().expect("something is expected");
    let open = Range { lowest: 0, highest: 1 };
    let points = |minutes: &[u32]| minutes.iter().map(|minute| (first + minute, open)).collect();
    let one = Range::exactly(1);
    assert_eq!(expected.series[&expecting], Course { points: points(&[0, 1]), total: one });
    // The unclear put may have counted, or the one that was repeated.
    assert_eq!(
        expected.series[&named(None, None)],
        Course { points: points(&[1, 2, 3]), total: one }
    );
    // Wherever it counted, the sum tells one message from none and from two.
    let judged = |minutes: &[u32]| {
        let mut observed = Observed::default();
        for series in expected.series.keys() {
            let course = &expected.series[series];
            for minute in minutes.iter().map(|minute| first + minute) {
                if course.points.contains_key(&minute) {
                    observed.add(series, minute, 1.0);
                }
            }
        }
        compare(&expected, &observed, 0.0)
    };
    assert!(judged(&[0, 2]).agrees());
    assert!(judged(&[0, 3]).agrees());
    check_kinds(&judged(&[0]), Kind::Missing);
    check_kinds(&judged(&[0, 2, 3]), Kind::Extra);
}

#[test]
fn shards_add_up_in_any_order() {
    let mut both = straddling();
    both.merge(straddling());
    let (alone, both) = (Expected::of(&straddling()), Expected::of(&both));
    for (series, course) in &alone.series {
        let twice = |range: &Range| Range { lowest: 2 * range.lowest, highest: 2 * range.highest };
        assert_eq!(both.series[series].total, twice(&course.total));
        for (minute, range) in &course.points {
            assert_eq!(both.series[series].points[minute], twice(range));
        }
    }
}

#[test]
fn what_is_lost_foreign_late_or_swapped_is_told_apart() {
    let expected = expected(QUICK, &[]);
    let truth = truth(&expected);
    let (first, last) = expected.span().expect("something is expected");
    let middle = u32::midpoint(first, last);
    let received = named(Some("US"), Some(Status::Received));
    let failed = named(Some("US"), Some(Status::Failed));
    let all: Vec<_> = [None, Some("US")]
        .into_iter()
        .flat_map(|c| [named(c, None), named(c, Some(Status::Received))])
        .collect();

    let mut lost = truth.clone();
    all.iter().for_each(|series| _ = lost.points_mut(series).remove(&middle));
    check_kinds(&compare(&expected, &lost, 0.0), Kind::Missing);

    let mut foreign = truth.clone();
    for series in &all {
        *foreign.points_mut(series).entry(middle).or_default() += 1.0;
    }
    check_kinds(&compare(&expected, &foreign, 0.0), Kind::Extra);

    let mut moved = truth.clone();
    for series in &all {
        *moved.points_mut(series).entry(middle).or_default() -= 3.0;
        *moved.points_mut(series).entry(last).or_default() += 3.0;
    }
    check_kinds(&compare(&expected, &moved, 0.0), Kind::Late);

    let mut after = truth.clone();
    for series in &all {
        *after.points_mut(series).entry(middle).or_default() -= 3.0;
        *after.points_mut(series).entry(last + 10).or_default() += 3.0;
    }
    check_kinds(&compare(&expected, &after, 0.0), Kind::Late);

    let mut swapped = truth.clone();
    for country in [None, Some("US")] {
        let [received, failed] =
            [Status::Received, Status::Failed].map(|status| named(country, Some(status)));
        *swapped.points_mut(&received).entry(middle).or_default() -= 1.0;
        *swapped.points_mut(&failed).entry(middle).or_default() += 1.0;
    }
    check_kinds(&compare(&expected, &swapped, 0.0), Kind::Wrong);

    let mut elsewhere = truth.clone();
    *elsewhere.points_mut(&received).entry(middle).or_default() -= 1.0;
    *elsewhere.points_mut(&failed).entry(middle).or_default() += 1.0;
    check_kinds(&compare(&expected, &elsewhere, 0.0), Kind::Wrong);

    assert!(!compare(&expected, &foreign, 0.0).agrees());
    assert!(compare(&expected, &foreign, 0.9).agrees(), "within a tolerance");
}

#[test]
fn a_sum_of_nothing_is_shown_as_zero_and_not_as_minus_zero() {
    let expected = Expected::of(&straddling());
    let judgement = compare(&expected, &Observed::default(), 0.0);
    assert!(!judgement.totals.is_empty());
    assert!(judgement.totals.iter().all(|total| total.observed.is_sign_positive()));
}
