//! The table of attempts.

use super::SMALL;
use crate::{
    account::{ACCOUNT, Account},
    program::fresh,
};
use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
};

/// One attempt to send where one must not.
pub(super) struct Attempt {
    pub(super) what: &'static str,
    pub(super) arguments: Vec<String>,
    pub(super) env: Vec<(&'static str, &'static str)>,
    pub(super) code: i32,
    pub(super) says: &'static str,
}

/// `run` with these arguments.
fn run(what: &'static str, arguments: &[&str], code: i32, says: &'static str) -> Attempt {
    let arguments = ["run"].iter().chain(arguments).map(|it| (*it).to_owned()).collect();
    Attempt { what, arguments, env: Vec::new(), code, says }
}

/// A run that would begin, but for these further arguments.
fn with(what: &'static str, more: &[&str], code: i32, says: &'static str) -> Attempt {
    let good = [SMALL, "--target", "aws", "--account-id", ACCOUNT, "--max-spend", "1", "--yes"];
    run(what, &[&good[..], more].concat(), code, says)
}

/// The same with only these consents.
fn only(what: &'static str, consents: &[&str], code: i32, says: &'static str) -> Attempt {
    run(what, &[&[SMALL, "--target", "aws"][..], consents].concat(), code, says)
}

/// The same with the US replaced by another country.
fn to(country: &str, what: &'static str, more: &[&str], code: i32, says: &'static str) -> Attempt {
    let weight = format!("countries.{country}={{profile=\"{country}\",weight=1.0}}");
    let sets = ["--set", &weight, "--set", "countries.US.weight=0.0"];
    with(what, &[&sets[..], more].concat(), code, says)
}

fn in_env(attempt: Attempt, env: &[(&'static str, &'static str)]) -> Attempt {
    Attempt { env: env.to_vec(), ..attempt }
}

fn list(name: &str, text: &str) -> String {
    let folder = fresh(&format!("guard-list-{name}"));
    fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join("allowed.txt");
    fs::write(&path, text).expect("a file");
    format!("file:{}", path.display())
}

/// Somebody who answers, and is not our stub.
fn stranger() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.expect("a connection");
            let mut buffer = [0; 4096];
            let read = client.read(&mut buffer).unwrap_or(0);
            let asked = String::from_utf8_lossy(&buffer[..read]).into_owned();
            assert!(asked.starts_with("GET /_mock/health"), "a stranger is asked who it is only");
            drop(client.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"));
        }
    });
    format!("http://0.0.0.0:{port}")
}

pub(super) fn attempts(account: &Account) -> Vec<Attempt> {
    [consents(), environments(), destinations(), targets(account), campaigns()]
        .into_iter()
        .flatten()
        .collect()
}

fn consents() -> Vec<Attempt> {
    let id = ["--account-id", ACCOUNT];
    let spend = ["--max-spend", "1", "--yes"];
    let spending = |what, usd: &str| {
        only(what, &["--account-id", ACCOUNT, "--yes", usd], 2, "must be US dollars")
    };
    vec![
        only("no account", &spend, 2, "needs `--account-id`"),
        only("no cap", &[&id[..], &["--yes"]].concat(), 2, "needs `--max-spend`"),
        only("nobody confirms", &[&id[..], &spend[..2]].concat(), 2, "not a terminal"),
        only(
            "a short account",
            &["--account-id", "12345678901", "--max-spend", "1", "--yes"],
            2,
            "12 digits",
        ),
        only(
            "an account's name",
            &["--account-id", "production-1", "--max-spend", "1", "--yes"],
            2,
            "12 digits",
        ),
        spending("a cap of nothing", "--max-spend=0"),
        spending("a cap below nothing", "--max-spend=-1"),
        spending("a cap in powers", "--max-spend=1e3"),
        spending("a cap without end", "--max-spend=inf"),
        spending("a cap too fine", "--max-spend=0.000001"),
        spending("a cap with a comma", "--max-spend=1,50"),
        with("a rate of nothing", &["--max-rate", "0"], 2, "`--max-rate` must be"),
        with(
            "retries without a token",
            &["--set", "policy.sdk_retries={}"],
            3,
            "policy.sdk_retries repeats sends",
        ),
        with("no rate", &["--max-rate", "nan"], 2, "`--max-rate` must be"),
        with("a rate of puts", &["--max-feedback-rate=-1"], 2, "`--max-feedback-rate` must be"),
        with("half of India's ids", &["--in-entity-id", "1"], 2, "--in-template-id"),
    ]
}

fn environments() -> Vec<Attempt> {
    let id = ["--account-id", ACCOUNT];
    let spend = ["--max-spend", "1"];
    let both = [&id[..], &spend].concat();
    let yes = [&both[..], &["--yes"]].concat();
    vec![
        in_env(
            only("a yes in the environment", &both, 2, "not a terminal"),
            &[("OTPDRILL_YES", "1")],
        ),
        in_env(
            only("a cap in the environment", &[&id[..], &["--yes"]].concat(), 2, "--max-spend"),
            &[("OTPDRILL_MAX_SPEND", "1")],
        ),
        in_env(
            only("an account there", &[&spend[..], &["--yes"]].concat(), 2, "--account-id"),
            &[("OTPDRILL_ACCOUNT_ID", ACCOUNT), ("AWS_ACCOUNT_ID", ACCOUNT)],
        ),
        in_env(
            run("a target there", &[&[SMALL][..], &yes].concat(), 2, "must be typed"),
            &[("OTPDRILL_TARGET", "aws")],
        ),
        in_env(
            to("BR", "destinations there", &[], 3, "no simulator number in BR"),
            &[("OTPDRILL_DESTINATIONS", "verified")],
        ),
        in_env(with("no region", &[], 2, "no AWS region"), &[("AWS_REGION", "")]),
        in_env(
            with("no credentials", &[], 15, "no AWS credentials"),
            &[("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")],
        ),
        in_env(
            with("half of a key", &[], 15, "no AWS credentials"),
            &[("AWS_SECRET_ACCESS_KEY", "")],
        ),
        in_env(
            with("an unencrypted endpoint elsewhere", &[], 2, "neither https://"),
            &[("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", "http://192.0.2.1:80")],
        ),
        in_env(
            with("an endpoint that only looks local", &[], 2, "neither https://"),
            &[("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", "http://localhost.example.com:80")],
        ),
        in_env(
            with("an endpoint where nobody listens", &[], 15, "cannot be read"),
            &[("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", "http://127.0.0.1:9")],
        ),
    ]
}

fn destinations() -> Vec<Attempt> {
    let listed = |what, name, text, says| {
        let file = list(name, text);
        to("GB", what, &["--destinations", &file], 2, says)
    };
    let refused = "must be `simulator`";
    vec![
        with("a number", &["--destinations", "+15551234567"], 2, refused),
        with("everybody", &["--destinations", "all"], 2, refused),
        with("no file", &["--destinations", "file:"], 2, refused),
        with(
            "a file that is not there",
            &["--destinations", "file:/no/such/file"],
            2,
            "cannot read",
        ),
        listed(
            "a typo",
            "typo",
            "+447700900123\n+447700900132\n",
            "line 2: +…32 is not a verified",
        ),
        listed("a stranger", "stranger", "# me\n+15551234567\n", "line 2: +…67 is not a verified"),
        listed(
            "one not verified yet",
            "pending",
            "+447700900199\n",
            "line 1: +…99 is not a verified",
        ),
        listed("a letter", "letter", "+44770090O123\n", "line 1 is not a phone number"),
        listed("no plus", "plus", "\n447700900123\n", "line 2 is not a phone number"),
        listed("nobody", "nobody", "# nobody\n", "allows no number"),
        with(
            "a country without a verified number",
            &["--destinations", "verified"],
            3,
            "no allowed verified number is in US",
        ),
        to("BR", "a foreign country", &[], 3, "no simulator number in BR"),
        to("IN", "India unregistered", &["--destinations", "verified"], 2, "--in-entity-id"),
    ]
}

fn targets(account: &Account) -> Vec<Attempt> {
    let other = ["--account-id", "999999999999", "--max-spend", "1", "--yes"];
    let target = |what, url: &str, code, says| run(what, &[SMALL, "--target", url], code, says);
    let counts = "counts as AWS";
    vec![
        only("another account's profile", &other, 2, "are for account 123456789012, not"),
        target("AWS's own URL", "https://sms-voice.us-east-1.amazonaws.com", 2, counts),
        target("the same without TLS", "http://sms-voice.us-east-1.amazonaws.com", 2, counts),
        target("the newer name", "http://sms-voice.us-east-1.api.aws:80", 2, counts),
        target("a stranger's URL", &stranger(), 2, counts),
        target("nobody beyond this machine", "http://0.0.0.0:9", 15, "cannot reach"),
        target("a user in the URL", "http://127.0.0.1:80@example.com", 2, "is neither"),
        target("a typo of aws", "AWS", 2, "is neither"),
        run(
            "a consent for a stub",
            &[SMALL, "--target", &account.url, "--yes"],
            2,
            "for `--target aws` only",
        ),
        run("a dry run of a stub", &[SMALL, "--dry-run"], 2, "for `--target aws` only"),
    ]
}

fn campaigns() -> Vec<Attempt> {
    let set = |what, set: &str, code, says| with(what, &["--set", set], code, says);
    let long = format!("templates=[{{name=\"long\",body=\"{} {{code}}\"}}]", "x".repeat(160));
    let mode = "policy.feedback=\"configuration-set\"";
    let named = |what, name: &str, says| {
        let name = format!("policy.configuration_set=\"{name}\"");
        with(what, &["--set", mode, "--set", &name], 2, says)
    };
    vec![
        with("time that runs", &["--speed", "20"], 2, "needs our stub"),
        set("a text of two parts", &long, 3, "has 2 parts"),
        set(
            "a price that cannot be named",
            "service.prices={US={price_usd=99.0,fee_usd=1.0}}",
            3,
            "USD 100 or more",
        ),
        set("a cap in the scenario", "max_spend=5", 3, "max_spend"),
        set("a yes in the scenario", "yes=true", 3, "yes"),
        set("numbers of one's own", "countries.US.destinations=\"all\"", 3, "destinations"),
        named("a set that is not there", "nothing", "no configuration set `nothing`"),
        named("a set without feedback", "silent", "does not switch feedback on"),
    ]
}
