//! `plan.html`: what it says, and that it is sound.

use crate::{
    markup::assert_sound,
    program::{fresh, otpdrill},
};
use std::fs;

/// The page of a small plan, with the code that the program ended with.
fn page(name: &str, more: &[&str]) -> (Option<i32>, String) {
    let out = fresh(name);
    let text = out.display().to_string();
    let plan = ["plan", "scenarios/quota-starved.toml", "--seeds", "1", "--quiet", "--out", &text];
    let output = otpdrill(&[plan.as_slice(), more].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    let page = fs::read_to_string(out.join("plan.html"));
    (output.status.code(), page.unwrap_or_else(|_| panic!("{said}")))
}

const SHORT: [&str; 2] = ["--set", "arrivals.stages.0.constant.duration=60s"];

#[test]
fn a_plan_that_does_not_fit_says_why_since_when_and_what_would_do() {
    let what_if = ["--what-if", "service.quotas.SendTextMessage=2,9"];
    let (code, html) = page("plan-page-starved", &[SHORT, what_if].concat());
    assert_eq!(code, Some(10));
    assert_sound(&html);
    for part in [
        "It does not fit.",
        "SendTextMessage (1 calls/s) first refuses on Thu 1 Jan 00:00:",
        "The smallest values that would do: SendTextMessage ",
        "class=\"limit-name\"",
        "<th scope=\"col\" class=\"n\">service.quotas.SendTextMessage</th>",
        "a real test needs",
        "Subject: Quota increase",
        "otpdrill plan scenario.toml --seeds 1",
    ] {
        assert!(html.contains(part), "{part}");
    }
}

#[test]
fn a_plan_that_fits_says_so_and_its_page_is_the_same_again() {
    let open = ["--set", "service={}", "--goal", "expired_in_queue < 1%"];
    let all = [SHORT.as_slice(), &open].concat();
    let (code, html) = page("plan-page-open", &all);
    assert_eq!(code, Some(0));
    assert_sound(&html);
    assert!(html.contains("It fits: no limit is reached."));
    assert!(html.contains("<code>expired_in_queue &lt; 1%</code>"));
    assert_eq!(
        page("plan-page-open-again", &[all.as_slice(), &["--threads", "1"]].concat()).1,
        html
    );
}
