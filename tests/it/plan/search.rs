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
fn a_spend_limit_is_enough_also_for_messages_of_which_no_answer_tells() {
    let service = "spend_limit_usd = 5\nprices.US = { price_usd = 1.0, fee_usd = 0.0 }\n\
        errors.SendTextMessage = { reset_after = 0.05 }";
    let path = "service.spend_limit_usd";
    check_smallest("s-unknown", path, ("", service), &["expired_in_queue < 5%"]);
}

#[test]
fn a_smallest_value_is_found_however_far_above_the_demand() {
    let file = spike("far", "", "", "quotas = { SendTextMessage = 3, burst = \"10ms\" }");
    let poisson = ["--set", "arrivals.gaps=poisson", "--seeds", "1"];
    let (_, plan, _) =
        planned("far", &file, &[&poisson[..], &["--goal", "throttled < 0.1%"]].concat());
    let smallest = named(&plan, "needed", "SendTextMessage")["smallest"].as_f64();
    assert!(smallest > Some(200.0), "two within ten milliseconds: {smallest:?}");
}

#[test]
fn a_queue_takes_the_quota_that_is_tried_as_its_rate() {
    let workers = "on_throttle = { queue = { limit = 1000, max_wait = \"20s\", workers = 50 } }";
    let path = "service.quotas.SendTextMessage";
    let latency = "latency = { SendTextMessage = { fixed = \"900ms\" } }";
    check_smallest("s-workers", path, (workers, latency), &["conversion_lost <= 2%"]);
    // Errors that no quota explains must not let the campaign without limits wait at the given one.
    let policy = "on_throttle = { queue = { limit = 1000, max_wait = \"60s\" } }";
    let service = "quotas = { SendTextMessage = 1 }\nerrors.SendTextMessage = { throttle = 0.1 }";
    let file = spike("starved", policy, "", service);
    let goal = ["--seeds", "1", "--goal", "sessions.send_failed < 12"];
    let (code, plan, _) = planned("starved", &file, &goal);
    assert_eq!((code, &plan["goals"][0]["attainable"]), (10, &true.into()));
    let smallest = named(&plan, "needed", "SendTextMessage")["smallest"].as_f64();
    assert!(smallest > Some(3.0), "{smallest:?}");
    // Nor may it use up its attempts where something else throttles for long.
    let recipient = spike("patient", policy, "pool = 6", "quotas = { SendTextMessage = 12 }");
    let limits = ["--set", "service.quotas.recipient_per_second=2"];
    let (_, plan, _) = planned("patient", &recipient, &[&limits[..], &goal].concat());
    let found = named(&plan, "needed", "recipient_per_second")["smallest"].as_f64();
    assert!(found.is_some_and(|found| found <= 2.0), "a queue of a minute smooths it: {found:?}");
    let fault = "faults = [{ operation = \"SendTextMessage\", kind = \"throttle\", share = 1.0, from_s = 120, until_s = 150 }]";
    let outage =
        spike("outage", policy, "", &format!("quotas = {{ SendTextMessage = 12 }}\n{fault}"));
    let (code, plan, _) = planned("outage", &outage, &goal);
    assert_eq!((code, &plan["goals"][0]["attainable"]), (0, &true.into()), "{}", plan["goals"]);
}

#[test]
fn the_daily_caps_of_a_pool_are_looked_for_too() {
    let pool = "pools.OTPDRILL = { originators = [\
        { id = \"A\", parts_per_day = 300 }, { id = \"B\", parts_per_day = 100 }] }";
    let file = spike("pool-day", "", "", pool);
    let goal = ["--seeds", "1", "--goal", "expired_in_queue < 1%"];
    let (_, plan, folder) = planned("pool-day", &file, &goal);
    let needed = named(&plan, "needed", "parts_per_day");
    let smallest = needed["smallest"].as_f64().expect("it was found");
    assert!((1_125.0..=1_140.0).contains(&smallest), "one of a hundred may be lost: {needed}");
    let request = std::fs::read_to_string(folder.join("quota-request.txt")).expect("written");
    assert!(request.contains("Not requested: parts_per_day (400;"), "{request}");
}

#[test]
fn what_is_asked_for_is_what_holds_together() {
    // Both limits may cost one in twenty, but not each of them.
    let service = "spend_limit_usd = 5\nprices.US = { price_usd = 1.0, fee_usd = 0.0 }\n\
        errors.SendTextMessage = { reset_after = 0.05 }";
    let file = spike("concert", "", "", service);
    let goal = ["--seeds", "1", "--goal", "expired_in_queue < 5%"];
    let (_, plan, folder) = planned("concert", &file, &goal);
    assert!(
        !plan["together"]["raised"].as_array().expect("a list").is_empty(),
        "{}",
        plan["together"]
    );
    let mut sets = vec!["--no-search".to_owned()];
    for needed in plan["needed"].as_array().expect("a list") {
        let value = needed["in_concert"].as_f64().expect("it was found");
        assert_eq!(needed["requested"], (value * 1.2).ceil(), "{needed}");
        sets.extend([
            "--set".to_owned(),
            format!("{}={value}", needed["path"].as_str().expect("a path")),
        ]);
    }
    let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
    assert_eq!(planned("concert-held", &file, &[&sets[..], &goal].concat()).0, 0);
    for needed in plan["needed"].as_array().expect("a list") {
        let (smallest, value) = (&needed["smallest"], &needed["in_concert"]);
        if smallest != value && needed["name"] != "parts_per_second" {
            let less = format!("{}={smallest}", needed["path"].as_str().expect("a path"));
            let parts = format!("service.quotas.parts_per_second={smallest}");
            let more = ["--set", &less, "--set", &parts];
            let code = planned("concert-less", &file, &[&sets[..], &more, &goal].concat()).0;
            assert_eq!(code, 10, "{less} is not enough");
        }
    }
    let request = std::fs::read_to_string(folder.join("quota-request.txt")).expect("written");
    assert!(request.contains("smallest values together"), "{request}");
}

#[test]
fn where_no_goal_can_be_searched_nothing_is_called_enough() {
    let file = spike("hopeless", "", "", "quotas = { SendTextMessage = 5 }");
    let goals = ["--seeds", "1", "--goal", "conversion.session > 1"];
    let (_, plan, folder) = planned("hopeless", &file, &goals);
    let note = named(&plan, "needed", "SendTextMessage")["note"].as_str().expect("a note");
    assert!(note.starts_with("not looked for"), "{note}");
    assert!(plan["together"].is_null());
    let request = std::fs::read_to_string(folder.join("quota-request.txt")).expect("written");
    assert!(request.contains("Requested: [VALUES; no goal is one"), "{request}");
    assert!(!request.contains("is enough"), "{request}");
}

#[test]
fn a_real_test_needs_the_same_whatever_the_limits_are() {
    let file = spike("power", "", "", "");
    let quick = ["--seeds", "1", "--no-search"];
    let tests = |name: &str, more: &[&str]| {
        planned(name, &file, &[&quick[..], more].concat()).1["tests"].clone()
    };
    let free = tests("power-free", &["--set", "countries.US.users.finish=0.8"]);
    assert!(free[0]["messages_per_arm"].as_u64() > Some(1_000), "{free}");
    let limited =
        ["--set", "countries.US.users.finish=0.8", "--set", "service.quotas.SendTextMessage=2"];
    assert_eq!(tests("power-limited", &limited), free);
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
    assert!(request.contains(", if recipient_per_second were "), "{request}");
}
