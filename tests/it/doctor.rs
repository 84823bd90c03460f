//! The doctor names what is broken, and nothing else.

use crate::{
    account::{Account, otpdrill_at},
    guard::SMALL,
};
use sms_voice_mock::{
    service::{
        country::CountryCode,
        faults::{Fault, FaultKind},
        settings::{AccountStatus, PartPrice, ServiceSettings, Tier},
    },
    signatures::AccessKeys,
};

/// What the doctor says of every account here: nothing was sent, so CloudWatch lists no metric.
const ALWAYS: &str = "warning service-linked role";

/// An account with everything that the small scenario needs.
fn healthy(change: impl FnOnce(&mut ServiceSettings)) -> (Account, String) {
    let account = Account::new(change);
    account.configuration_set("otp", true);
    let number = account.us_simulator_number();
    (account, number)
}

/// The small scenario with feedback by the configuration set `otp`, from this originator.
fn doctor(account: &Account, identity: &str, more: &[&str]) -> (Option<i32>, String) {
    let identity = format!("policy.origination_identity=\"{identity}\"");
    let arguments = [
        "doctor",
        SMALL,
        "--target",
        "aws",
        "--set",
        "policy.feedback=\"configuration-set\"",
        "--set",
        "policy.configuration_set=\"otp\"",
        "--set",
        &identity,
    ];
    let output = otpdrill_at(&account.url, &[&arguments[..], more].concat(), &[]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr);
    for secret in ["not-a-secret", "AKIDEXAMPLE", "14254147"] {
        assert!(!said.contains(secret) && !complained.contains(secret), "{secret}: {said}");
    }
    (output.status.code(), format!("{said}{complained}"))
}

/// The lines that are not `ok`, without what was found.
fn broken(said: &str) -> Vec<String> {
    let lines = said
        .lines()
        .filter(|line| ["warning ", "missing "].iter().any(|state| line.starts_with(state)));
    let name = |line: &str| {
        let (state, rest) = line.split_at(7);
        format!("{} {}", state.trim(), rest.trim_start().split("  ").next().unwrap_or_default())
    };
    lines.map(name).collect()
}

/// Every line that is not `ok` must be one of these, and every such line is followed by what mends it.
#[track_caller]
fn check_broken(
    account: &Account,
    identity: &str,
    more: &[&str],
    code: i32,
    lines: &[&str],
    mend: &str,
) {
    let (ended, said) = doctor(account, identity, more);
    let mut expected: Vec<_> = [ALWAYS].iter().chain(lines).map(|it| (*it).to_owned()).collect();
    let mut found = broken(&said);
    expected.sort();
    found.sort();
    assert_eq!(found, expected, "{said}");
    assert_eq!(ended, Some(code), "{said}");
    assert!(said.contains(mend), "{mend:?} is not in {said}");
    assert_eq!(said.matches("mend: ").count(), found.len(), "{said}");
    let made = account.call("DescribeConfigurationSets", &serde_json::json!({}));
    let sets = made["ConfigurationSets"].as_array().map_or(0, Vec::len);
    assert!(sets <= 1, "the doctor makes nothing: {made}");
    let listed = account.calls_of("SendTextMessage");
    assert_eq!(account.written().matches(r#""DryRun":true"#).count(), listed, "it texts nobody");
}

#[test]
fn an_account_with_everything_lacks_nothing() {
    let (account, number) = healthy(|_| ());
    check_broken(&account, &number, &[], 0, &[], "create-service-linked-role");
}

#[test]
fn a_configuration_set_that_is_not_there_is_named() {
    let account = Account::new(|_| ());
    let number = account.us_simulator_number();
    let mend = "create-configuration-set --configuration-set-name otp";
    check_broken(&account, &number, &[], 12, &["missing configuration set"], mend);
}

#[test]
fn a_configuration_set_without_feedback_is_named() {
    let account = Account::new(|_| ());
    account.configuration_set("otp", false);
    let number = account.us_simulator_number();
    let mend = "set-default-message-feedback-enabled --configuration-set-name otp";
    check_broken(&account, &number, &[], 12, &["missing configuration set"], mend);
}

#[test]
fn a_country_that_the_originator_does_not_reach_is_named() {
    let (account, number) = healthy(|_| ());
    let france = ["--set", "countries.FR={profile=\"FR\",weight=0.01}"];
    let mend = "request-sender-id --sender-id SENDERID --iso-country-code FR";
    check_broken(&account, &number, &france, 12, &["missing originator FR"], mend);
}

#[test]
fn an_originator_that_is_nobodys_is_named() {
    let (account, _) = healthy(|_| ());
    let lines = ["missing SendTextMessage", "missing originator US"];
    check_broken(&account, "phone-00000000000000000000000000000000", &[], 12, &lines, "SIMULATOR");
}

#[test]
fn a_country_without_simulator_numbers_is_named() {
    let (account, number) = healthy(|_| ());
    let brazil = ["--set", "countries.BR={profile=\"BR\",weight=0.01}"];
    let lines = ["missing originator BR", "missing simulator numbers BR"];
    check_broken(&account, &number, &brazil, 12, &lines, "leave BR out");
}

#[test]
fn a_spend_limit_that_is_too_low_is_named() {
    let (account, number) = healthy(|_| ());
    let many = ["--set", "arrivals.stages=[{constant={rate=0.5,duration=\"10m\"}}]"];
    let mend = "ask AWS Support for a monthly spend limit of USD 3";
    check_broken(&account, &number, &many, 12, &["missing spend limit"], mend);
}

#[test]
fn more_arrivals_than_the_quota_are_named() {
    let (account, number) = healthy(|_| ());
    let fast = ["--set", "arrivals.stages=[{constant={rate=2.0,duration=\"7s\"}}]"];
    check_broken(&account, &number, &fast, 0, &["warning quotas"], "--max-rate");
}

#[test]
fn a_clock_that_is_wrong_is_named() {
    let skewed = Fault { skew_s: -600, ..Fault::always(FaultKind::ClockSkew) };
    let (account, number) = healthy(|settings| settings.faults.push(skewed));
    check_broken(&account, &number, &[], 12, &["missing clock"], "timedatectl");
}

#[test]
fn an_account_that_may_not_send_is_named() {
    let (account, number) = healthy(|settings| settings.account.status = AccountStatus::Disabled);
    check_broken(&account, &number, &[], 12, &["missing SendTextMessage"], "AWS Support");
}

#[test]
fn a_price_above_the_table_is_named() {
    let dearer = PartPrice { price_usd: 0.02, fee_usd: 0.0 };
    let (account, number) = healthy(|settings| {
        settings.prices.insert(CountryCode::of("US"), dearer);
    });
    check_broken(&account, &number, &[], 12, &["missing SendTextMessage"], "service.prices");
}

#[test]
fn the_sandbox_is_named_and_no_hindrance() {
    let account = Account::of_tier(Tier::Sandbox, |_| (), None);
    account.configuration_set("otp", true);
    let number = account.us_simulator_number();
    check_broken(&account, &number, &[], 0, &["warning account tier"], "production access");
}

#[test]
fn credentials_that_are_not_taken_are_all_there_is_to_say() {
    let keys = AccessKeys::default().with("AKIDOTHER", "no-secret-either");
    let account = Account::of_tier(Tier::Production, |_| (), Some(keys));
    let (code, said) = doctor(&account, "OTPDRILL", &[]);
    assert_eq!(broken(&said), ["missing credentials"], "{said}");
    assert_eq!(code, Some(15), "{said}");
}

#[test]
fn where_nobody_listens_the_doctor_ends_with_fifteen() {
    let output = otpdrill_at("http://127.0.0.1:9", &["doctor", "--target", "aws"], &[]);
    assert_eq!(output.status.code(), Some(15));
    let output = otpdrill_at("", &["doctor", "--target", "http://127.0.0.1:9"], &[]);
    assert_eq!(output.status.code(), Some(15));
}

#[test]
fn the_policy_is_printed_without_looking_at_anybody() {
    let output = otpdrill_at("http://127.0.0.1:9", &["doctor", "--policy"], &[]);
    assert_eq!(output.status.code(), Some(0));
    let policy: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let actions = policy.to_string();
    assert!(actions.contains("sms-voice:PutMessageFeedback"), "{actions}");
    let changes = ["Create", "Delete", "Update", "Set", "Request", "Release"];
    let changing = |word: &&str| actions.contains(&format!("sms-voice:{word}"));
    assert!(!changes.iter().any(changing), "a run needs no more: {actions}");
}
