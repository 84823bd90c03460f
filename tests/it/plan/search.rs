//! The quotas found are the smallest: one unit less breaks a goal.

use super::{named, planned, spike};

/// Plans once to find the smallest value, then with it, then with one unit less.
#[track_caller]
fn check_smallest(name: &str, path: &str, (policy, service): (&str, &str), goals: &[&str]) -> f64 {
    let file = spike(name, policy, "", service);
    let goals: Vec<&str> = goals.iter().flat_map(|goal| ["--goal", goal]).collect();
    let with = |value: f64, part: &str| {
        let set = format!("{path}={value}");
        let more = [&["--seeds", "2", "--set", &set][..], &goals].concat();
        planned(&format!("{name}-{part}"), &file, &more).0
    };
    let (_, plan, _) = planned(name, &file, &[&["--seeds", "2"][..], &goals].concat());
    let limits = plan["needed"].as_array().expect("a list");
    let needed = limits.iter().find(|needed| needed["path"] == path).expect("it is searched");
    let smallest = needed["smallest"].as_f64().expect("it was found");
    assert_eq!(with(smallest, "smallest"), 0, "{path}={smallest} holds");
    assert_eq!(with(smallest - 1.0, "less"), 10, "{path} below {smallest} does not hold");
    assert_eq!(plan["together"]["holds"], true, "{}", plan["together"]);
    smallest
}

#[test]
fn one_send_a_second_less_than_the_smallest_quota_breaks_the_goal() {
    let goals = ["expired_in_queue < 1%"];
    let path = "service.quotas.SendTextMessage";
    let dropped = check_smallest("s-fail", path, ("", ""), &goals);
    // One session in a hundred may be lost, and the spike's second lets a burst through.
    assert!((8.0..=10.0).contains(&dropped), "{dropped}");
    let retry = "on_throttle = { retry = { attempts = 6, backoff = \"2s\" } }";
    let retried = check_smallest("s-retry", path, (retry, ""), &goals);
    assert!(retried < dropped, "{retried} with retries, {dropped} without");
    let queue = "on_throttle = { queue = { limit = 5000, max_wait = \"110s\" } }";
    let service = "quotas = { SendTextMessage = 4 }";
    let queued = check_smallest("s-queue", path, (queue, service), &["send_delay.max < 20s"]);
    assert!((7.0..=8.0).contains(&queued), "600 in a minute, 20 s late at most: {queued}");
}

#[test]
fn one_put_a_second_less_than_the_smallest_quota_breaks_the_goal() {
    let path = "service.quotas.PutMessageFeedback";
    let smallest = check_smallest("s-put", path, ("", ""), &["feedback_delay.p99 < 20s"]);
    assert!((5.0..=10.0).contains(&smallest), "{smallest}");
}

#[test]
fn one_dollar_less_than_the_smallest_spend_limit_breaks_the_goal() {
    let service = "spend_limit_usd = 5\nprices.US = { price_usd = 1.0, fee_usd = 0.0 }";
    let goals = ["conversion_lost < 0.1%"];
    let smallest = check_smallest("s-spend", "service.spend_limit_usd", ("", service), &goals);
    assert!((smallest - 1_139.0).abs() < 0.5, "one lost of 1140 is below a thousandth: {smallest}");
}

#[test]
fn growth_that_the_limits_carry_ends_where_a_goal_breaks() {
    let file = spike("grow", "", "", "quotas = { SendTextMessage = 15 }");
    let goal = ["--seeds", "1", "--goal", "throttled == 0"];
    let (code, plan, _) = planned("grow", &file, &goal);
    assert_eq!(code, 0);
    let headroom = &plan["headroom"];
    let factor = headroom["factor"].as_f64().expect("it fits");
    assert!((1.45..=1.6).contains(&factor), "15 of 10 a second: {headroom}");
    let breaks = headroom["breaks_at"].as_f64().expect("it breaks");
    assert!((breaks - factor - 0.05).abs() < 1e-9, "{headroom}");
    assert_eq!(headroom["broken"][0], "throttled == 0");
}

#[test]
fn a_goal_that_no_quota_can_reach_is_said_to_be_so_and_not_searched() {
    let file = spike("never", "", "", "quotas = { SendTextMessage = 5 }");
    let goals = ["--seeds", "1", "--goal", "conversion.session > 1", "--goal", "throttled < 1%"];
    let (code, plan, _) = planned("never", &file, &goals);
    assert_eq!(code, 10);
    assert_eq!(plan["goals"][0]["attainable"], false);
    assert!(named(&plan, "needed", "SendTextMessage")["smallest"].is_number());
}

#[test]
fn the_limit_per_recipient_is_looked_for_and_not_asked_for() {
    let file = spike("fixed", "", "pool = 20", "quotas = { recipient_per_second = 1 }");
    let (_, plan, folder) = planned("fixed", &file, &["--seeds", "1"]);
    let needed = named(&plan, "needed", "recipient_per_second");
    assert_eq!((&needed["adjustable"], needed["requested"].is_null()), (&false.into(), true));
    assert!(needed["smallest"].as_f64() > Some(1.0), "{needed}");
    let request = std::fs::read_to_string(folder.join("quota-request.txt")).expect("written");
    assert!(request.contains("Not requested: recipient_per_second (1;"), "{request}");
}
