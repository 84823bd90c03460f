//! Scenario files: what is accepted, what is refused and in which words.

use otpdrill::scenario::{
    self, Loaded, Outside, Source, policy::OnThrottle, profiles::PROFILES, threshold::Comparison,
};
use sms_voice_mock::{
    config::{
        ConfigError,
        shape::{CarrierShape, ServiceShape},
    },
    service::distribution::Distribution,
};
use std::{collections::BTreeSet, fs, path::Path, time::Duration};

/// Two countries, one from a profile, and a bit of everything.
const FULL: &str = r#"
name = "full"
description = "a bit of everything"
seed = 7
start = 2026-03-01T08:00:00Z
speed = 20
warm_up = "30s"
thresholds = [
  "conversion.message{country=BR} > 0.7",
  "latency_ms.response.p99{operation=send} < 500",
  "messages.throttled == 0",
]

[arrivals]
gaps = "even"
max_sessions = 5000
stages = [
  { constant = { rate = 10.0, duration = "2m" } },
  { ramp = { from = 10.0, to = 20.0, duration = "1m" } },
  { step = { from = 0.0, to = 30.0, steps = 4, duration = "1m" } },
  { spike = { base = 5.0, peak = 50.0, duration = "100s" } },
]

[policy]
reports = { lost = 0.2 }
on_throttle = { queue = { limit = 1000, max_wait = "1m" } }
feedback = "configuration-set"
per_user = { count = 5, window = "10m" }

[[templates]]
name = "short"
weight = 3.0
body = "{code} is your code"

[[templates]]
name = "long"
body = "Your verification code is {code}. It is good for five minutes."
conversion_effect = 0.9

[countries.BR]
profile = "BR"
weight = 3.0
users = { finish = 0.5, pool = 1000 }

[countries.DE]
number = "+49151########"
carriers = [{ name = "Telekom", delivered = 0.97, delay = { fixed = "3s" } }]

[service]
quotas = "aws-default"
latency.SendTextMessage = { log_normal = { median = "40ms", sigma = 0.3 } }
"#;

fn parse(text: &str, sets: &[&str]) -> Result<Loaded, ConfigError> {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    let source = Source { name: "x.toml", folder: Some(Path::new(env!("CARGO_MANIFEST_DIR"))) };
    scenario::parse(text, source, &sets, None)
}

#[track_caller]
fn check_accepted(text: &str, sets: &[&str]) -> Loaded {
    parse(text, sets).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn check_refused(text: &str, sets: &[&str], expected: &[&str]) {
    let error = parse(text, sets).expect_err("the scenario should be refused");
    let message = error.to_string();
    for part in expected {
        assert!(message.contains(part), "{part:?} is not in:\n{message}");
    }
}

#[test]
fn a_scenario_written_out_reads_back_as_the_same_campaign() {
    let loaded = check_accepted(FULL, &[]);
    let resolved = loaded.resolved();
    assert!(!resolved.contains("profile"), "{resolved}");
    let again = check_accepted(&resolved, &[]);
    assert_eq!(again.scenario, loaded.scenario);
    assert_eq!(again.resolved(), resolved);
}

/// Loads a broken file from the disk, and looks for each `# expect:` line in what is said, where
/// a line that begins with `:` stands behind the file's name. Returns what it missed.
fn check_broken(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("readable");
    let name = path.display().to_string();
    let error = match scenario::load(path, &[], None) {
        Ok(_) => return vec![format!("{name} is accepted")],
        Err(error) => error.to_string(),
    };
    let expected: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# expect: ")).collect();
    assert!(!expected.is_empty(), "{name} expects nothing");
    let mut missed = Vec::new();
    for part in expected {
        let at = if part.starts_with(':') { &name } else { "" };
        let part = format!("{at}{part}");
        if !error.contains(&part) {
            missed.push(format!("{part:?}\n  is not in:\n{error}"));
        }
    }
    missed
}

#[test]
fn every_broken_file_is_refused_with_its_place_and_the_allowed_values() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/broken");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the folder of broken files")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 25, "{} broken files", paths.len());
    let missed: Vec<String> = paths.iter().flat_map(|path| check_broken(path)).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}

#[test]
fn every_profile_makes_a_country_and_can_be_written_out() {
    for (name, _) in PROFILES {
        let text = format!(
            "name = \"x\"\narrivals.stages = [{{ constant = {{ rate = 1, duration = \"1m\" }} }}]\n\
             countries.{name}.profile = \"{name}\"\n"
        );
        let loaded = check_accepted(&text, &[]);
        let again = check_accepted(&loaded.resolved(), &[]);
        assert_eq!(again.scenario, loaded.scenario, "{name}");
    }
}

#[test]
fn a_country_overrides_its_profile_users_key_by_key_and_the_rest_whole() {
    let loaded = check_accepted(FULL, &[]);
    let plain = check_accepted(&FULL.replace("users = { finish = 0.5, pool = 1000 }", ""), &[]);
    let (own, inherited) = (&loaded.scenario.countries[0], &plain.scenario.countries[0]);
    assert_eq!(own.code.as_str(), "BR");
    assert_eq!(own.users.finish.to_bits(), 0.5_f64.to_bits());
    assert_eq!(own.users.pool, Some(1000));
    assert_eq!(own.users.read_delay, inherited.users.read_delay);
    assert_eq!(own.carriers, inherited.carriers);
}

#[test]
fn a_profile_can_be_a_file_beside_the_scenario() {
    let own = "profile = \"scenarios/profiles/br.toml\"";
    let loaded = check_accepted(&FULL.replace("profile = \"BR\"", own), &[]);
    assert_eq!(loaded.scenario, check_accepted(FULL, &[]).scenario);
}

#[test]
fn set_replaces_any_value_of_the_scenario_written_out() {
    let sets = [
        "seed=9",
        "policy.lifetime=90s",
        "countries.BR.carriers.0.delivered=0.25",
        "service.quotas.SendTextMessage=50",
        "policy.on_throttle=fail",
        "templates.1.body=\"{code}!\"",
        "countries.US.profile=US",
        "thresholds=[]",
    ];
    let scenario = check_accepted(FULL, &sets).scenario;
    assert_eq!(scenario.seed, 9);
    assert_eq!(scenario.policy.lifetime.as_secs(), 90);
    assert_eq!(scenario.policy.on_throttle, OnThrottle::Fail);
    let delivered = scenario.countries[0].carriers[0].delivered;
    assert_eq!(delivered.to_bits(), 0.25_f64.to_bits());
    assert_eq!(scenario.service.quotas.send_per_second, Some(50.0));
    assert_eq!(scenario.service.quotas.put_per_second, Some(20.0));
    assert_eq!(scenario.templates[1].with_code("123456"), "123456!");
    assert_eq!(scenario.countries[2].code.as_str(), "US");
    assert!(scenario.thresholds.is_empty());
}

#[test]
fn a_default_template_can_be_reached_by_its_index() {
    let without = FULL.split("[[templates]]").next().expect("the first part");
    let text =
        format!("{without}[countries.BR]\nprofile = \"BR\"\n[service]\nquotas = \"aws-default\"");
    let loaded = check_accepted(&text, &["templates.0.body=Code {code}"]);
    assert_eq!(loaded.scenario.templates[0].with_code("1"), "Code 1");
}

#[test]
fn set_reaches_into_defaults_that_the_file_does_not_mention() {
    let sets = [
        "countries.DE.users.resend_probability.1=0.25",
        "countries.DE.users.read_delay.log_normal.p95=30s",
        "policy.code.length=8",
    ];
    let scenario = check_accepted(FULL, &sets).scenario;
    let users = &scenario.countries[1].users;
    assert_eq!(users.resend_probability, [0.4, 0.25]);
    let (median, p95) = (Duration::from_secs(8), Duration::from_secs(30));
    assert_eq!(Distribution::log_normal_p95(median, p95), Ok(users.read_delay.clone()));
    assert_eq!(scenario.policy.code.length, 8);
}

#[test]
fn a_mistake_on_the_command_line_names_the_flag() {
    check_refused(FULL, &["seed"], &["--set seed: must be written as `path=value`"]);
    check_refused(
        FULL,
        &["countries.BR.weight=-1"],
        &["--set countries.BR.weight=-1: countries.BR.weight is -1, but must be between 0 and"],
    );
    check_refused(
        FULL,
        &["templates.7.weight=1"],
        &["templates has 2 items, so `7` must be an index from 0 to 1"],
    );
    check_refused(
        FULL,
        &["seed.x=1", "policy.tires=3", "thresholds=[1"],
        &["`[1` must be a TOML value"],
    );
    check_refused(
        FULL,
        &["seed.x=1", "policy.tires=3"],
        &[
            "--set policy.tires=3: unknown key `tires` in policy, did you mean `tries`?",
            "--set seed.x=1: seed is 7, so it has no key `x`",
            "2 mistakes",
        ],
    );
}

#[test]
fn the_seed_of_the_command_line_beats_every_other() {
    let sets = ["seed=9".to_owned()];
    let source = Source { name: "x.toml", folder: None };
    let loaded = scenario::parse(FULL, source, &sets, Some(11)).expect("valid");
    assert_eq!(loaded.scenario.seed, 11);
    let error = scenario::parse(FULL, source, &[], Some(u64::MAX)).expect_err("too large");
    let expected = "--seed 18446744073709551615: seed is";
    assert!(error.to_string().contains(expected), "{error}");
    assert!(error.to_string().contains("between 0 and 9223372036854775807"), "{error}");
}

#[test]
fn stages_become_straight_pieces() {
    let arrivals = check_accepted(FULL, &[]).scenario.arrivals;
    assert_eq!(arrivals.segments.len(), 1 + 1 + 4 + 3);
    assert_eq!(arrivals.duration().as_secs(), 120 + 60 + 60 + 100);
    let expected = 1200.0 + 900.0 + 15.0 * 60.0 + 5.0 * 90.0 + 50.0 * 10.0;
    assert!((arrivals.expected() - expected).abs() < 1e-6);
    assert!((arrivals.peak() - 50.0).abs() < 1e-9);
}

#[test]
fn a_queue_without_a_rate_takes_the_quota_and_writes_it_out() {
    let loaded = check_accepted(FULL, &[]);
    let OnThrottle::Queue { rate: Some(rate), .. } = loaded.scenario.policy.on_throttle else {
        panic!("{:?}", loaded.scenario.policy.on_throttle);
    };
    assert_eq!(rate.to_bits(), 1.0_f64.to_bits());
    assert!(loaded.resolved().contains("rate = 1.0"));
}

#[test]
fn thresholds_are_read_with_their_tags() {
    let scenario = check_accepted(FULL, &[]).scenario;
    let [conversion, latency, throttled] = &scenario.thresholds[..] else {
        panic!("{:?}", scenario.thresholds);
    };
    assert_eq!(conversion.metric, "conversion.message");
    assert_eq!(conversion.tags["country"], "BR");
    assert_eq!(conversion.comparison, Comparison::Above);
    assert_eq!(latency.metric, "latency_ms.send_response.p99");
    assert!(latency.tags.is_empty());
    assert_eq!(latency.expr, "latency_ms.response.p99{operation=send} < 500");
    assert_eq!(throttled.comparison, Comparison::Equal);
}

#[test]
fn a_file_that_is_missing_or_no_text_is_refused_by_name() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let missing = scenario::load(&folder.join("none.toml"), &[], None).expect_err("missing");
    assert!(missing.to_string().contains("none.toml"), "{missing}");
    let path = folder.join("latin1.toml");
    fs::write(&path, b"name = \"x\"\ndescription = \"S\xe3o Paulo\"\n").expect("writable");
    let error = scenario::load(&path, &[], None).expect_err("not UTF-8").to_string();
    assert!(error.contains("latin1.toml:2: the scenario file is not UTF-8 text"), "{error}");
}

#[test]
fn the_sections_of_the_stub_survive_json() {
    let file = check_accepted(FULL, &[]).file;
    let json =
        serde_json::to_string(&(&file.service, &file.countries["BR"].carriers)).expect("json");
    let read: (ServiceShape, Vec<CarrierShape>) = serde_json::from_str(&json).expect("shapes");
    assert_eq!(read.0, file.service);
    assert_eq!(read.1, file.countries["BR"].carriers);
}

#[track_caller]
fn check_explained(text: &str, sets: &[&str], expected: &[&str]) {
    let loaded = check_accepted(text, sets);
    let outside = Outside {
        parts: &|text| if text.len() > 50 { 2 } else { 1 },
        cost_usd: &|country, parts| (country.as_str() == "BR").then_some(0.01 * f64::from(parts)),
    };
    let explained = scenario::explain(&loaded, outside);
    for part in expected {
        assert!(explained.contains(part), "{part:?} is not in:\n{explained}");
    }
}

#[test]
fn a_scenario_is_explained_in_words_and_numbers() {
    let expected = [
        "full: a bit of everything",
        "Arrivals: about 3950 sessions, even gaps, at most 50/s",
        "  3. from 0/s to 30/s in 4 steps over 1m",
        "  BR           75.0 %",
        "  template `short`: 75.0 % of the sessions, 1 part(s)",
        "  template `long`: 25.0 % of the sessions, 2 part(s)",
        "without DE whose price is not known",
        "times the quota",
        "20.0 % of the reports get lost",
        "live at speed 20: 17.0 s to 47.0 s",
        "  messages.throttled == 0",
    ];
    check_explained(FULL, &[], &expected);
}

#[test]
fn an_explanation_counts_resends_where_nothing_arrives() {
    let sets = [
        r#"countries.BR.carriers=[{ name = "x", delivered = 0.0, delay = { fixed = "1s" } }]"#,
        "countries.DE.weight=0",
        "countries.BR.users.resend_after={ fixed = \"45s\" }",
        "countries.BR.users.gives_up_after={ fixed = \"240s\" }",
        "countries.BR.users.finish=1",
        "countries.BR.users.resend_probability=[1.0]",
        "policy.reports=everything",
        "templates.1.weight=0",
    ];
    check_explained(FULL, &sets, &["7900 sends (3950 of them resends), 7900 feedback calls"]);
}

#[test]
fn the_schema_describes_every_key_and_knows_profiles() {
    let schema = scenario::schema();
    let defined = schema["$defs"].as_object().expect("definitions");
    for (name, shape) in defined.iter().chain([(&"scenario".to_owned(), &schema)]) {
        let properties = shape["properties"].as_object();
        for (key, property) in properties.into_iter().flatten() {
            assert!(property["description"].is_string(), "{name}.{key} has no description");
        }
    }
    let country = &schema["$defs"]["CountryShape"];
    assert!(country["properties"]["profile"].is_object());
    assert!(country["required"].is_null());
}

#[test]
fn the_readme_names_every_key_and_its_smallest_scenario_is_one() {
    let readme = include_str!("../../scenarios/README.md");
    let smallest = readme.split("```toml\n").nth(1).expect("a first block");
    check_accepted(smallest.split("```").next().expect("its text"), &[]);
    let words: BTreeSet<&str> =
        readme.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let schema = scenario::schema();
    let shapes = schema["$defs"].as_object().expect("definitions").values();
    for shape in shapes.chain([&schema]) {
        for (key, _) in shape["properties"].as_object().into_iter().flatten() {
            assert!(words.contains(key.as_str()), "`{key}` is not in the README");
        }
    }
}
