//! The fast driver is judged by the global queue: the same bytes, whatever the scenario.

use crate::campaigns::{
    bare, counting, parse, planning, random, random_to_foresee, random_with_limits, recorder,
    simulated,
};
use otpdrill::{
    drive::{
        fast_forward::{fast_forward, needs_global_queue},
        signals::VirtualWish,
        simulate::simulate,
    },
    record::{
        Recorder,
        latency::{Bucket, Metric},
    },
    report::{self, Clock, Report, RunFacts},
    scenario::Scenario,
};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// A file's name, and what is in it.
type Rendered = (&'static str, Vec<u8>);

fn report(recorder: Recorder) -> Report {
    let facts = RunFacts {
        target: "model".to_owned(),
        clock: Clock::Virtual,
        elapsed: recorder.last.since_start(),
        start_epoch: Duration::ZERO,
        delivery_known: true,
        stopped_by: None,
        notes: Vec::new(),
    };
    Report::new(recorder, facts)
}

fn file(
    report: &Report,
    name: &'static str,
    write: &dyn Fn(&Report, &mut Vec<u8>) -> std::io::Result<()>,
) -> Rendered {
    let mut bytes = Vec::new();
    write(report, &mut bytes).expect("memory takes everything");
    (name, bytes)
}

/// What the tables of a run have in them.
fn tables(report: &Report) -> Vec<Rendered> {
    vec![
        file(report, "conversion.csv", &|report, out| report::conversion::write(report, out)),
        file(report, "by carrier", &|report, out| {
            report::conversion::write_by_carrier(report, out)
        }),
        file(report, "by template", &|report, out| {
            report::conversion::write_by_template(report, out)
        }),
        file(report, "timeseries.csv", &|report, out| report::series::write(report, out)),
        file(report, "summary.json", &|report, out| report::summary::write(report, out)),
    ]
}

/// What all files of a run have in them.
fn rendered(recorder: Recorder) -> Vec<Rendered> {
    let report = report(recorder);
    let mut files = tables(&report);
    if report.recorder.messages.is_some() {
        files.push(file(&report, "messages.csv", &|report, out| {
            report::messages::write(report, out)
        }));
    }
    for metric in Metric::ALL {
        files.push(file(&report, metric.name(), &|report, out| {
            report::hdr::write_log(report, metric, out)
        }));
        files.push(file(&report, metric.name(), &|report, out| {
            report::hdr::write_percentiles(report, metric, out)
        }));
    }
    files
}

fn forwarded(mut recorder: Recorder, threads: usize) -> Recorder {
    fast_forward(&mut recorder, threads, |_| VirtualWish::Run);
    recorder
}

fn check(name: &str, scenario: &Arc<Scenario>) {
    let (queued, alone) = (simulated(scenario), forwarded(recorder(scenario), 1));
    assert!(forwarded(recorder(scenario), 8) == alone, "{name}: threads tell another story");
    assert!(queued.messages == alone.messages, "{name}: other messages");
    assert!(queued.demand == alone.demand, "{name}: another demand");
    check_counts(name, &queued, &alone);
    check_files(name, rendered(queued), &rendered(alone.clone()));
    check_without_messages(name, scenario, &alone);
}

/// Without a row for each message, most sessions are foreseen whole. Logs are compared by what is written of them, and
/// tables once, because they take longer to write than a campaign to play.
fn check_without_messages(name: &str, scenario: &Arc<Scenario>, expected: &Recorder) {
    for (recorder, threads) in [(planning(scenario), 1), (counting(scenario), 2)] {
        let counted = forwarded(recorder, threads);
        assert_eq!(counted.cells, expected.cells, "{name}: other counts for planning");
        assert!(counted.demand == expected.demand, "{name}: another demand for planning");
    }
    for threads in [1, 2, 8] {
        let name = format!("{name}, {threads} threads that foresee");
        let given = forwarded(bare(scenario), threads);
        check_counts(&name, &given, expected);
        assert_eq!(given.last, expected.last, "{name}");
        for metric in Metric::ALL {
            let logs = [&given, expected].map(|recorder| logged(recorder, metric));
            let [given, expected] = logs;
            assert!(given == expected, "{name}: other latencies, {}", metric.name());
        }
        if threads == 8 {
            let [given, expected] = [given, expected.clone()].map(report);
            check_files(&name, tables(&given), &tables(&expected));
        }
    }
}

/// A campaign of many blocks and looks at the outside world, some of whose sends wait.
fn crowded() -> Arc<Scenario> {
    let text = include_str!("../../benches/virtual/campaign.toml");
    let changed = [
        ("max_sessions = 1000000", "max_sessions = 40000"),
        ("SendTextMessage = 3400", "SendTextMessage = 3190"),
        ("median = \"35ms\", p95 = \"90ms\"", "median = \"600ms\", p95 = \"2s\""),
        ("drain = \"1h\"", "drain = \"1h\"\ninterval = \"2s\""),
    ];
    let text = changed.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    parse(&text)
}

#[test]
fn threads_tell_the_same_story_of_a_crowd_whole_or_cut_short() {
    let _alone = crate::program::alone();
    let scenario = crowded();
    let played = |mut recorder: Recorder, threads, wish| {
        let mut looks = 0;
        fast_forward(&mut recorder, threads, |_| {
            looks += 1;
            wish
        });
        assert!(looks > 0, "nobody looked");
        recorder
    };
    for wish in [VirtualWish::Run, VirtualWish::WindDown, VirtualWish::Stop] {
        let alone = played(bare(&scenario), 1, wish);
        let expected = rendered(alone.clone());
        for threads in [2, 8] {
            let name = format!("{wish:?}, {threads} threads");
            let ahead = played(bare(&scenario), threads, wish);
            check_counts(&name, &ahead, &alone);
            check_files(&name, rendered(ahead), &expected);
        }
    }
    let mut queued = counting(&scenario);
    simulate(&mut queued, |_| VirtualWish::Run);
    let throttled = queued.cells.sum(|_| true).messages.throttled;
    let waited = queued.demand.as_ref().map_or(0, |demand| demand.waits(None));
    assert!(throttled > 20 && waited > 20, "{throttled} throttled, {waited} waited");
    let alone = played(bare(&scenario), 1, VirtualWish::Run);
    check_counts("the global queue", &alone, &queued);
    check_files("the global queue", rendered(alone), &rendered(queued));
}

/// A metric's latencies: how often each bucket of an interval and country was seen.
fn logged(recorder: &Recorder, metric: Metric) -> BTreeMap<(u64, usize, Bucket), u64> {
    let mut counts = BTreeMap::new();
    for interval in recorder.latencies.intervals(metric) {
        for country in interval.countries() {
            interval.tell(country, |bucket, count| {
                *counts.entry((interval.number, country, bucket)).or_default() += count;
            });
        }
    }
    counts
}

fn check_counts(name: &str, given: &Recorder, expected: &Recorder) {
    assert_eq!(given.cells, expected.cells, "{name}");
    assert!(given.dashboard == expected.dashboard, "{name}: another dashboard");
}

fn check_files(name: &str, given: Vec<Rendered>, expected: &[Rendered]) {
    assert_eq!(given.len(), expected.len());
    for ((file, given), (_, expected)) in given.iter().zip(expected) {
        assert!(expected == given, "{name}: {file} differs");
    }
}

/// Calls are answered at once, whole seconds apart, and a queue is paced by their answers.
fn tied(seed: u64, stamped_at: &str) -> Arc<Scenario> {
    parse(&format!(
        r#"
name = "tied"
seed = {seed}
[arrivals]
gaps = "even"
max_sessions = 900
stages = [{{ constant = {{ rate = 10.0, duration = "5m" }} }}]
[policy]
lifetime = "60s"
cool_down = "0s"
resends = 3
on_throttle = {{ queue = {{ limit = 40, max_wait = "30s", rate = 0.7 }} }}
[service.errors.SendTextMessage]
throttle = 0.02
[service.metrics]
stamped_at = "{stamped_at}"
[countries.BR]
number = "+5511########"
carriers = [{{ name = "x", delivered = 0.5, delay = {{ fixed = "7s" }} }}]
[countries.BR.users]
read_delay = {{ fixed = "3s" }}
resend_after = {{ fixed = "9s" }}
resend_probability = [0.9, 0.9, 0.9]
"#
    ))
}

#[test]
fn answers_that_take_no_time_count_in_the_order_of_their_calls() {
    let _alone = crate::program::alone();
    for seed in 0..10 {
        check(&format!("tied {seed}"), &tied(seed, "feedback"));
    }
}

#[test]
fn puts_of_one_instant_are_paced_by_a_throttled_one_among_them() {
    // Some answers take no time, those to throttled puts among them; others of the same instant take a while.
    let text = |seed: u64, policy: &str| {
        format!(
            r#"
name = "tied-puts"
seed = {seed}
arrivals = {{ gaps = "even", stages = [{{ constant = {{ rate = 0.5, duration = "5m" }} }}] }}
[policy]
lifetime = "60s"
{policy}
[service.latency]
PutMessageFeedback = {{ mixture = [{{ weight = 1, delay = {{ fixed = "0s" }} }}, {{ weight = 1, delay = {{ fixed = "1s" }} }}] }}
[service.errors.PutMessageFeedback]
throttle = 0.1
[countries.BR]
number = "+5511########"
carriers = [{{ name = "x", delivered = 0.5, delay = {{ fixed = "7s" }} }}]
[countries.BR.users]
finish = 1.0
read_delay = {{ fixed = "3s" }}
gives_up_after = {{ fixed = "59s" }}
resend_probability = []
"#
        )
    };
    let _alone = crate::program::alone();
    for seed in 32..36 {
        for policy in ["", "feedback_rate = 9.0"] {
            check(&format!("tied puts {seed} {policy}"), &parse(&text(seed, policy)));
        }
    }
}

#[test]
fn threads_agree_about_feedback_that_is_stamped_with_its_send() {
    let _alone = crate::program::alone();
    (0..3).for_each(|seed| check(&format!("stamped {seed}"), &tied(seed, "send")));
}

#[test]
fn what_is_accepted_after_the_end_is_fed_back_in_its_own_turn() {
    // Sessions ask again as the run ends; their puts are throttled together with many others, and repeated with them.
    let text = r#"
name = "late"
drain = "0s"
arrivals = { gaps = "even", stages = [{ constant = { rate = 10.0, duration = "20s" } }] }
[policy]
lifetime = "60s"
cool_down = "0s"
resends = 3
feedback_backoff = "500ms"
[service]
quotas = { PutMessageFeedback = 4.0 }
latency = { SendTextMessage = { fixed = "1s" }, PutMessageFeedback = { fixed = "1s" } }
[countries.BR]
number = "+5511########"
carriers = [{ name = "x", delivered = 0.0, delay = { fixed = "7s" } }]
[countries.BR.users]
finish = 1.0
resend_after = { fixed = "10s" }
resend_probability = [1.0]
gives_up_after = { fixed = "59s" }
"#;
    let _alone = crate::program::alone();
    check("late", &parse(text));
}

#[test]
fn fast_forward_gives_the_bytes_of_the_global_queue_in_three_hundred_scenarios() {
    let _alone = crate::program::alone();
    for seed in 0..100 {
        check(&format!("random {seed}"), &random(seed));
    }
    let with_limits = (1_000..1_100).map(|seed| ("with limits", seed, random_with_limits(seed)));
    let to_foresee = (2_000..2_100).map(|seed| ("to foresee", seed, random_to_foresee(seed)));
    for (name, seed, scenario) in with_limits.chain(to_foresee) {
        assert_eq!(needs_global_queue(&scenario), None, "{name} {seed}");
        check(&format!("{name} {seed}"), &scenario);
    }
}
