//! Attempts to send where one must not: each is refused before any request leaves.

mod attempts;
mod calls;
mod rules;

use crate::{
    account::{ACCOUNT, Account, otpdrill_at},
    program::{alone, fresh, summary},
};
use attempts::{Attempt, attempts};

pub(crate) const SMALL: &str = "tests/it/aws-small.toml";

/// An account with what runs need: a set that shows whose it is, and verified numbers.
fn account() -> Account {
    let account = Account::new(|settings| settings.spend_limit_usd = Some(100.0));
    account.configuration_set("otp", true);
    account.configuration_set("silent", false);
    account.verified_number("+447700900123");
    account.verified_number("+919876543210");
    account.pending_number("+447700900199");
    account
}

/// Makes an attempt; every word of it that is `URL` means the account.
#[track_caller]
fn check_refused(account: &Account, attempt: &Attempt) {
    let Attempt { what, arguments, env, code, says } = attempt;
    let out = fresh("guard-refused");
    let text = out.display().to_string();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let arguments = [&arguments[..], &["--out", &text, "--quiet"]].concat();
    let output = otpdrill_at(&account.url, &arguments, env);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(*code), "{what}: {said}");
    assert!(said.contains(says), "{what}: {says:?} is not in {said}");
    assert_eq!(account.calls_of("SendTextMessage"), 0, "{what}: a send left");
    for secret in ["not-a-secret", "AKIDEXAMPLE", "447700900", "15551234567"] {
        assert!(!said.contains(secret), "{what}: {secret} is in {said}");
    }
    let made = ["CreateConfigurationSet", "SetDefaultMessageFeedbackEnabled"];
    assert!(made.iter().all(|it| account.calls_of(it) == 0), "{what}: the account was changed");
}

#[test]
fn forty_attempts_to_send_where_one_must_not_are_refused_before_any_request_leaves() {
    let account = account();
    let attempts = attempts(&account);
    assert!(attempts.len() >= 40, "only {} attempts", attempts.len());
    for attempt in &attempts {
        check_refused(&account, attempt);
    }
}

#[test]
fn what_agrees_to_spend_has_no_variable_of_the_environment() {
    use clap::CommandFactory as _;
    let cli = otpdrill::cli::Cli::command();
    let run = cli.find_subcommand("run").expect("there is one");
    let consents = ["account_id", "max_spend", "destinations", "max_rate", "max_feedback_rate"];
    for id in consents.iter().chain(&["dry_run", "yes", "in_entity_id", "in_template_id"]) {
        let argument = run.get_arguments().find(|argument| argument.get_id() == id);
        assert_eq!(argument.expect(id).get_env(), None, "{id}");
    }
}

#[test]
fn the_scenario_of_the_first_live_run_passes_the_guard() {
    let account = account();
    let first = ["run", "docs/live-first-run.toml", "--target", "aws", "--account-id", ACCOUNT];
    let out = fresh("guard-first").display().to_string();
    let more = ["--max-spend", "0.00001", "--yes", "--out", &out];
    let output = otpdrill_at(&account.url, &[&first[..], &more].concat(), &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(14), "no message is that cheap: {said}");
    assert!(said.contains("about 10") && !said.contains("the rate lets"), "{said}");
    assert_eq!(account.calls_of("SendTextMessage"), 0);
}

#[test]
fn refused_credentials_end_with_fifteen_and_nothing_is_sent() {
    use sms_voice_mock::{service::settings::Tier, signatures::AccessKeys};
    let keys = AccessKeys::default().with("AKIDOTHER", "no-secret-either");
    let account = Account::of_tier(Tier::Production, |_| (), Some(keys));
    let arguments = ["run", SMALL, "--target", "aws", "--account-id", ACCOUNT].map(str::to_owned);
    let more = ["--max-spend", "1", "--yes"].map(str::to_owned);
    check_refused(
        &account,
        &Attempt {
            what: "a key that is not taken",
            arguments: [arguments.to_vec(), more.to_vec()].concat(),
            env: Vec::new(),
            code: 15,
            says: "UnrecognizedClientException",
        },
    );
}

#[test]
fn an_account_that_shows_no_arn_is_refused() {
    let account = Account::new(|_| ());
    let arguments = ["run", SMALL, "--target", "aws", "--account-id", ACCOUNT, "--max-spend", "1"];
    let output = otpdrill_at(&account.url, &[&arguments[..], &["--yes"]].concat(), &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("cannot be checked"), "{said}");
    assert_eq!(account.calls_of("SendTextMessage"), 0);
}

/// Plays the small scenario against the account.
fn play(account: &Account, name: &str, more: &[&str]) -> (Option<i32>, serde_json::Value, String) {
    let _alone = alone();
    let out = fresh(name).display().to_string();
    let arguments =
        ["run", SMALL, "--target", "aws", "--account-id", ACCOUNT, "--yes", "--out", &out];
    // A proxy where nobody listens: what is on this machine is reached without.
    let proxies = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let proxies = proxies.map(|name| (name, "http://127.0.0.1:9"));
    let output = otpdrill_at(&account.url, &[&arguments[..], more].concat(), &proxies);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let summary = serde_json::from_str(&summary(out.as_ref()));
    (output.status.code(), summary.unwrap_or_else(|_| panic!("no summary: {said}")), said)
}

#[test]
fn a_cap_that_is_one_unit_short_lets_one_message_less_leave_and_ends_the_run_with_fourteen() {
    let account = account();
    // Three messages cost 0.02541.
    let (code, summary, said) = play(&account, "guard-cap", &["--max-spend", "0.0254"]);
    assert_eq!(code, Some(14), "{said}");
    assert_eq!(account.calls_of("SendTextMessage"), 2);
    assert_eq!(summary["messages"]["accepted"], 2, "{summary}");
    assert_eq!(summary["messages"]["pending"], 0, "what was sent is reported all the same");
    assert!(said.contains("account       123456789012"), "the plan is shown: {said}");
    let written = account.written();
    assert_eq!(written.matches(r#""MaxPrice":"0.00847""#).count(), 2, "every send names a price");
    let to =
        |digits: &str| written.matches(&format!(r#""DestinationPhoneNumber":"+{digits}""#)).count();
    assert_eq!(to("14254147755") + to("14254147167"), 2, "nobody but the simulator is texted");
    for secret in ["not-a-secret", "AKIDEXAMPLE", "14254147"] {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
}

#[test]
fn what_the_price_table_underestimates_aws_refuses_and_it_costs_nothing() {
    use sms_voice_mock::service::{country::CountryCode, settings::PartPrice};
    let account = Account::new(|settings| {
        let dearer = PartPrice { price_usd: 0.02, fee_usd: 0.0 };
        settings.prices.insert(CountryCode::of("US"), dearer);
    });
    account.configuration_set("otp", true);
    let (_, summary, said) = play(&account, "guard-dear", &["--max-spend", "0.00847"]);
    let messages = &summary["messages"];
    assert_eq!(messages["accepted"], 0, "{said}");
    assert!(
        messages["rejected"].as_u64() > Some(1),
        "what is refused can be spent again: {summary}"
    );
    assert_eq!(messages["rejected"], messages["attempted"], "{summary}");
}

#[test]
fn a_dry_run_sends_nothing_and_owes_nothing() {
    let account = account();
    let (code, summary, said) = play(&account, "guard-dry", &["--max-spend", "1", "--dry-run"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(summary["messages"]["accepted"].as_u64() > Some(1), "{summary}");
    assert_eq!(account.calls_of("PutMessageFeedback"), 0);
    let sends = account.calls_of("SendTextMessage");
    assert_eq!(account.written().matches(r#""DryRun":true"#).count(), sends);
    let kept = account.call("DescribeAccountAttributes", &serde_json::json!({}));
    assert!(kept["AccountAttributes"].is_array());
}

#[test]
fn a_stub_beyond_this_machine_is_a_target_like_any_other() {
    let _alone = alone();
    let account = account();
    // Not a loopback address by its form, yet nobody but this machine.
    let url = account.url.replace("127.0.0.1", "0.0.0.0");
    let out = fresh("guard-beyond").display().to_string();
    let arguments = ["run", SMALL, "--target", &url, "--out", &out, "--quiet", "--speed", "5"];
    let output = otpdrill_at("http://127.0.0.1:9", &arguments, &[]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(!account.written().contains("AKIDEXAMPLE"), "a URL never gets real credentials");
}
