use super::*;

#[track_caller]
fn check_refused(text: &str, expected: &str) {
    let error = Threshold::parse(text).expect_err("the threshold should be refused");
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn every_comparison_is_read() {
    let comparison = |text| Threshold::parse(text).expect("valid").comparison;
    assert_eq!(comparison("cost_usd<1"), Comparison::Below);
    assert_eq!(comparison("cost_usd <= 1"), Comparison::AtMost);
    assert_eq!(comparison("cost_usd > 1"), Comparison::Above);
    assert_eq!(comparison("cost_usd >= 1"), Comparison::AtLeast);
    assert_eq!(comparison("cost_usd == 1"), Comparison::Equal);
    assert_eq!(comparison("cost_usd != 1"), Comparison::NotEqual);
}

#[test]
fn a_text_that_is_no_threshold_is_refused_with_the_reason() {
    check_refused("", "must be written as in");
    check_refused("cost_usd", "one of <, <=");
    check_refused("cost_usd <", "`` is not a number");
    check_refused("cost_usd < inf", "`inf` is not a number");
    check_refused("cost_usd{country} < 1", "must have tags as in");
    check_refused("cost_usd{country=BR,country=US} < 1", "twice");
    check_refused("cost_usd{country=BR < 1", "must have tags as in");
    check_refused("conversion.message{carrier=Vivo} > 0.5", "`country` beside `carrier`");
    check_refused("messages.failed{template=a,country=BR} < 1", "beside `template`");
    check_refused("latency_ms.response.p99{operation=put} < 1", "`send` or `feedback`");
    check_refused("latency_ms.send_response.p98 < 1", "did you mean");
    check_refused("conversion.message_ci95 > 0.5", "is none");
    check_refused("shares.throttled < 1.5", "between 0 and 1");
    check_refused("cost_usd < 1 last 60s", "kept by time");
    check_refused("messages.failed < 1 last soon", "`60s` behind `last`");
    check_refused("messages.failed < 1 last 1s last 2s", "`last` once");
    check_refused("messages.failed{template=a} < 1 after 1m", "no tag but `country`");
}

#[test]
fn a_figure_may_be_set_against_the_baselines() {
    let read = |text| Threshold::parse(text).expect("valid");
    let drop = read("delta.conversion.message{country=BR} >= -0.02");
    assert_eq!((drop.against, drop.limit), (Some(Against::Difference), -0.02));
    assert_eq!(drop.metric, "conversion.message");
    let slower = read("ratio.latency_ms.response.p99{operation=send} < 1.1");
    assert_eq!(slower.against, Some(Against::Ratio));
    assert_eq!(slower.metric, "latency_ms.send_response.p99");
    check_refused("delta.conversion.message > -2", "between -1 and 1");
    check_refused("ratio.conversion.message > -1", "between 0 and inf");
    check_refused("delta.messages.failed < 1 last 60s", "must not have a window");
    check_refused("delta.messages.failed{template=a} < 1", "no tag but `country`");
    check_refused("delta.sessions.expired{country=BR} < 1", "no file tells");
    assert_eq!([1.0, 0.0].map(|figure| Against::Ratio.of(figure, 0.0)), [None, Some(1.0)]);
}

#[test]
fn a_window_is_read_from_the_end() {
    let window = |text| Threshold::parse(text).expect("valid").window;
    let (minute, hour) = (Duration::from_secs(60), Duration::from_secs(3_600));
    assert!(window("shares.throttled < 0.1").is_whole());
    let both = Window { after: Some(hour), last: Some(minute) };
    assert_eq!(window("shares.throttled < 0.1 last 60s after 1h"), both);
    assert_eq!(window("shares.throttled{country=BR}<0.1  after 1h last  1m"), both);
    assert_eq!(both.to_string(), " after 1h last 1m");
}
