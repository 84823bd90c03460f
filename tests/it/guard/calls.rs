//! What the calls of a guarded run carry, and what an unclear one costs.

use super::{account, play};
use crate::account::{ACCOUNT, Account, otpdrill_at};
use sms_voice_mock::{
    service::{
        faults::{Fault, FaultKind},
        settings::Tier,
    },
    signatures::AccessKeys,
};
use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

#[test]
fn a_send_without_an_answer_is_paid_for_and_never_sent_again() {
    let lost =
        Fault { operation: Some("SendTextMessage".into()), ..Fault::always(FaultKind::ResetAfter) };
    let account = Account::new(|settings| settings.faults.push(lost));
    account.configuration_set("otp", true);
    let queue = "policy.on_throttle={retry={attempts=3,backoff=\"1s\"}}";
    let more = ["--max-spend", "0.01694", "--set", queue];
    let (code, summary, said) = play(&account, "guard-unclear", &more);
    assert_eq!(account.calls_of("SendTextMessage"), 2, "{said}");
    assert_eq!(summary["messages"]["unknown"], 2, "{summary}");
    assert_eq!(code, Some(14), "{said}");
}

#[test]
fn verified_numbers_alone_are_texted_and_india_is_told_who_sends() {
    let account = account();
    let sets = [
        "countries.GB={profile=\"GB\",weight=1.0}",
        "countries.IN={profile=\"IN\",weight=1.0}",
        "countries.US.weight=0.0",
    ];
    let more = ["--max-spend", "2", "--destinations", "verified", "--seed", "3"];
    let india = ["--in-entity-id", "1101", "--in-template-id", "2202"];
    let sets: Vec<_> = sets.iter().flat_map(|set| ["--set", *set]).collect();
    let (_, summary, said) = play(&account, "guard-verified", &[&more[..], &india, &sets].concat());
    let written = account.written();
    let to = |digits: &str| {
        written.matches(&format!("\"DestinationPhoneNumber\":\"+{digits}\"")).count()
    };
    let (gb, india) = (to("447700900123"), to("919876543210"));
    assert!(gb > 0 && india > 0, "{summary}: {said}");
    assert_eq!(gb + india, account.calls_of("SendTextMessage"), "nobody else is texted");
    assert_eq!(written.matches("\"IN_ENTITY_ID\":\"1101\"").count(), india, "and only there");
    assert_eq!(written.matches("\"IN_TEMPLATE_ID\":\"2202\"").count(), india);
    assert!(!said.contains("447700900123") && !said.contains("919876543210"), "{said}");
}

#[test]
fn the_limit_of_the_originator_lowers_the_rate_that_was_asked_for() {
    let account = account();
    let identity = format!("policy.origination_identity=\"{}\"", account.us_simulator_number());
    let more = ["--max-spend", "0.00001", "--max-rate", "50", "--set", &identity];
    let (code, _, said) = play(&account, "guard-limits", &more);
    assert_eq!((code, account.calls_of("SendTextMessage")), (Some(14), 0), "{said}");
    assert!(said.contains("1 sends/s, 20 puts/s"), "{said}");
    assert!(said.contains("the account's number +…"), "{said}");
}

/// Profiles, process credentials, regions and endpoints are where AWS users have them.
#[test]
fn a_profile_with_process_credentials_is_all_that_is_needed() {
    let keys = AccessKeys::default().with_session("ASIDPROCESS", "no-secret", "a-token");
    let account = Account::of_tier(Tier::Production, |_| (), Some(keys));
    let folder = crate::program::fresh("guard-profile");
    fs::create_dir_all(&folder).expect("a folder");
    let process = r#"{"Version":1,"AccessKeyId":"ASIDPROCESS","SecretAccessKey":"no-secret","SessionToken":"a-token"}"#;
    fs::write(folder.join("keys.json"), process).expect("a file");
    let config = format!(
        "[profile drill]\nregion = us-east-1\ncredential_process = cat {}\nservices = stub\n\n\
         [services stub]\npinpoint_sms_voice_v2 =\n  endpoint_url = {}\n",
        folder.join("keys.json").display(),
        account.url
    );
    fs::write(folder.join("config"), config).expect("a file");
    let path = folder.join("config").display().to_string();
    let mut env = vec![("AWS_CONFIG_FILE", path.as_str()), ("AWS_PROFILE", "drill")];
    // Nothing but the profile.
    let unset = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"];
    env.extend(unset.map(|name| (name, "")));
    env.push(("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", ""));
    let output = otpdrill_at("", &["doctor", "--target", "aws"], &env);
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(&account.url), "{said}{complained}");
    assert!(!said.contains("missing  credentials"), "{said}{complained}");
    assert!(
        account.written().contains("ASIDPROCESS"),
        "the stub was called with the profile's key"
    );
    for secret in ["no-secret", "a-token", "ASIDPROCESS"] {
        assert!(!said.contains(secret) && !complained.contains(secret), "{said}{complained}");
    }
    assert!(!said.contains(ACCOUNT), "an account without resources shows no ARN");
}

/// Temporary credentials that soon expire are asked for anew while the run lasts.
#[test]
fn credentials_that_expire_during_a_run_are_renewed() {
    let account = account();
    let folder = crate::program::fresh("guard-expiry");
    fs::create_dir_all(&folder).expect("a folder");
    let asked = folder.join("asked").display().to_string();
    // The SDK renews what expires within ten seconds.
    let script = format!(
        "#!/bin/sh\necho x >> {asked}\nn=$(wc -l < {asked} | tr -d ' ')\n\
         at=$(date -u -d '+12 seconds' +%Y-%m-%dT%H:%M:%SZ)\n\
         echo '{{\"Version\":1,\"AccessKeyId\":\"ASIDNUMBER'$n'\",\"SecretAccessKey\":\"no-secret\",\
         \"SessionToken\":\"a-token\",\"Expiration\":\"'$at'\"}}'\n"
    );
    let program = folder.join("keys.sh");
    fs::write(&program, script).expect("a file");
    let config = format!("[default]\ncredential_process = sh {}\n", program.display());
    fs::write(folder.join("config"), config).expect("a file");
    let path = folder.join("config").display().to_string();
    let out = crate::program::fresh("guard-expiry-run").display().to_string();
    let arguments = ["run", super::SMALL, "--target", "aws", "--account-id", ACCOUNT, "--yes"];
    let more = ["--max-spend", "1", "--out", &out, "--quiet"];
    let env = [("AWS_CONFIG_FILE", path.as_str()), ("AWS_ACCESS_KEY_ID", "")];
    let env = [&env[..], &[("AWS_SECRET_ACCESS_KEY", "")]].concat();
    let output = otpdrill_at(&account.url, &[&arguments[..], &more].concat(), &env);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let times = fs::read_to_string(&asked).expect("it was asked").lines().count();
    assert!(times > 2, "asked {times} times only");
    let last = account.written();
    let newest =
        (3..=times).filter(|n| last.contains(&format!("Credential=ASIDNUMBER{n}/"))).count();
    assert!(newest > 0, "what was renewed was used: {times}");
    assert!(!said.contains("a-token") && !said.contains("ASIDNUMBER"), "{said}");
}

/// A container's credentials come from this machine, so no proxy is asked for them.
#[test]
fn credentials_from_this_machine_are_fetched_without_a_proxy() {
    let keys = AccessKeys::default().with_session("ASIDCONTAINER", "no-secret", "a-token");
    let account = Account::of_tier(Tier::Production, |_| (), Some(keys));
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let url = format!("http://{}/role", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.expect("a connection");
            drop(client.read(&mut [0; 4096]));
            let body = r#"{"AccessKeyId":"ASIDCONTAINER","SecretAccessKey":"no-secret","Token":"a-token","Expiration":"2999-01-01T00:00:00Z"}"#;
            let length = body.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close");
            drop(client.write_all(format!("{head}\r\n\r\n{body}").as_bytes()));
        }
    });
    let nobody = "http://127.0.0.1:9";
    let env = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()),
        ("AWS_ACCESS_KEY_ID", ""),
        ("AWS_SECRET_ACCESS_KEY", ""),
        ("HTTP_PROXY", nobody),
        ("http_proxy", nobody),
        ("ALL_PROXY", nobody),
    ];
    let output = otpdrill_at(&account.url, &["doctor", "--target", "aws"], &env);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!said.contains("missing  credentials"), "{said}");
    assert!(account.written().contains("ASIDCONTAINER"), "{said}");
}
