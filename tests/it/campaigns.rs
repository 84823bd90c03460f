//! Scenarios made for tests: one that reaches everything, and random ones.

use otpdrill::{
    drive::{signals::VirtualWish, simulate::simulate},
    record::{Recorder, cells::Tariff},
    scenario::{self, Scenario, Source},
};
use rand::Rng as _;
use sms_voice_mock::service::dice::{Dice, DiceRng, Draw};
use std::sync::Arc;

/// Reads a scenario from its text.
#[track_caller]
pub(crate) fn parse(text: &str) -> Arc<Scenario> {
    let source = Source { name: "test.toml", folder: None };
    match scenario::parse(text, source, &[], None) {
        Ok(loaded) => Arc::new(loaded.scenario),
        Err(error) => panic!("{error}\n{text}"),
    }
}

/// A recorder whose parts and prices are all one.
pub(crate) fn recorder(scenario: &Arc<Scenario>) -> Recorder {
    Recorder::new(Arc::clone(scenario), tariff(scenario), true).with_demand(&tariff(scenario))
}

/// An empty recorder that keeps no row for each message.
pub(crate) fn counting(scenario: &Arc<Scenario>) -> Recorder {
    bare(scenario).with_demand(&tariff(scenario))
}

/// An empty recorder for planning.
pub(crate) fn planning(scenario: &Arc<Scenario>) -> Recorder {
    bare(scenario).for_planning(&tariff(scenario))
}

/// An empty recorder that keeps what every run does and no more.
pub(crate) fn bare(scenario: &Arc<Scenario>) -> Recorder {
    Recorder::new(Arc::clone(scenario), tariff(scenario), false)
}

fn tariff(scenario: &Scenario) -> Tariff {
    Tariff { parts: vec![1; scenario.templates.len()], nano_usd: vec![1; scenario.countries.len()] }
}

/// Plays a scenario in virtual time.
pub(crate) fn simulated(scenario: &Arc<Scenario>) -> Recorder {
    let mut recorder = recorder(scenario);
    simulate(&mut recorder, |_| VirtualWish::Run);
    recorder
}

/// Every way a session can end, resends, wrong codes, late delivery and lost reports, in little time.
pub(crate) fn rich(seed: u64, sessions: u64) -> Arc<Scenario> {
    parse(&format!(
        r#"
name = "rich"
seed = {seed}
[arrivals]
max_sessions = {sessions}
stages = [{{ constant = {{ rate = 20.0, duration = "10h" }} }}]
[policy]
lifetime = "60s"
tries = 2
resends = 2
cool_down = "5s"
on_throttle = {{ retry = {{ attempts = 3, backoff = "1s" }} }}
per_user = {{ count = 4, window = "5m" }}
reports = {{ lost = 0.1 }}
[service.errors.SendTextMessage]
throttle = 0.2
internal_error = 0.02
reset_after = 0.02
[service.errors.PutMessageFeedback]
throttle = 0.2
[service.latency]
SendTextMessage = {{ log_normal = {{ median = "80ms", sigma = 0.5 }} }}
PutMessageFeedback = {{ exponential = {{ mean = "40ms" }} }}
[countries.BR]
number = "+5511########"
carriers = [
  {{ name = "good", weight = 2, delivered = 0.9, delay = {{ log_normal = {{ median = "6s", p95 = "40s" }} }} }},
  {{ name = "late", delivered = 0.7, delay = {{ uniform = {{ low = "1s", high = "90s" }} }} }},
]
[countries.BR.users]
finish = 0.9
read_delay = {{ log_normal = {{ median = "8s", sigma = 0.6 }} }}
right_code = 0.6
resend_after = {{ uniform = {{ low = "3s", high = "30s" }} }}
resend_probability = [0.8, 0.6, 0.5]
gives_up_after = {{ exponential = {{ mean = "40s" }} }}
pool = 30
"#
    ))
}

/// A scenario drawn at random: any policy, any trouble, a few hundred sessions.
pub(crate) fn random(seed: u64) -> Arc<Scenario> {
    let mut rng = Dice::new(seed).at(0, Draw::Gap, 0);
    let text = random_text(seed, &mut rng);
    parse(&text)
}

/// The same with some of what planning adds: fixed delays and even gaps that make ties, limits of the
/// application and of the account, attacks, outages, rules of what goes wrong.
pub(crate) fn random_with_limits(seed: u64) -> Arc<Scenario> {
    let mut rng = Dice::new(seed).at(0, Draw::Gap, 0);
    let text = random_text(seed, &mut rng);
    with_some_of(&text, LIMITS.iter().copied(), &mut rng)
}

/// The same without what keeps sessions from being foreseen, and with more of what only the account asks.
pub(crate) fn random_to_foresee(seed: u64) -> Arc<Scenario> {
    let mut rng = Dice::new(seed).at(0, Draw::Gap, 0);
    let text = random_text(seed, &mut rng);
    let own = |line: &&str| line.starts_with("per_user") || line.starts_with("per_country");
    let text: Vec<&str> = text.lines().filter(|line| !own(line)).collect();
    let coupled = ["policy.limiter", "service.faults", "service.metrics"];
    let couples = |set: &str| coupled.iter().any(|key| set.starts_with(key));
    let limits = LIMITS.iter().filter(|options| !couples(options[0]));
    with_some_of(&text.join("\n"), limits.chain(ACCOUNT).copied(), &mut rng)
}

/// A scenario with one of each of these settings, or mostly none.
fn with_some_of(
    text: &str,
    settings: impl Iterator<Item = &'static [&'static str]>,
    rng: &mut DiceRng,
) -> Arc<Scenario> {
    let mut sets = Vec::new();
    for options in settings {
        let place = rng.next_u64() % (2 * options.len() as u64);
        let chosen = usize::try_from(place).ok().and_then(|place| options.get(place));
        sets.extend(chosen.map(|set| (*set).to_owned()));
    }
    let source = Source { name: "test.toml", folder: None };
    match scenario::parse(text, source, &sets, None) {
        Ok(loaded) => Arc::new(loaded.scenario),
        Err(error) => panic!("{error}\n{text}\n{sets:?}"),
    }
}

/// What the account asks of each call, and errors that are drawn.
const ACCOUNT: &[&[&str]] = &[
    &["service.quotas.parts_per_day=150"],
    &["service.quotas.parts_per_second=9.0"],
    &[
        "service.pools={OTPDRILL={originators=[{id='A',parts_per_second=5.0},{id='B',parts_per_day=90}]}}",
    ],
    &["policy.call_timeout='400ms'"],
    &["service.errors.SendTextMessage={ throttle = 0.1, internal_error = 0.1, reset_after = 0.1 }"],
    &[
        "service.errors.PutMessageFeedback={ throttle = 0.2, unavailable = 0.1, reset_before = 0.1 }",
    ],
    &["service.metrics={ second_feedback = 'count' }"],
];

/// Each has half the chances that one of it is taken.
const LIMITS: &[&[&str]] = &[
    &[
        "service.latency.SendTextMessage={ fixed = '0s' }",
        "service.latency.SendTextMessage={ fixed = '1s' }",
    ],
    &[
        "service.latency.PutMessageFeedback={ fixed = '0s' }",
        "service.latency.PutMessageFeedback={ fixed = '1s' }",
    ],
    &[
        "countries.BR.users.read_delay={ fixed = '5s' }",
        "countries.BR.users.read_delay={ fixed = '0s' }",
    ],
    &[
        "countries.US.users.resend_after={ fixed = '10s' }",
        "countries.US.users.resend_after={ fixed = '0s' }",
    ],
    &["countries.BR.carriers.0.delay={ fixed = '5s' }"],
    &["countries.US.users.gives_up_after={ fixed = '20s' }"],
    &[
        "policy.limiter={ rate = 7.0, limit = 30, max_wait = '20s' }",
        "policy.limiter={ rate = 3.0, burst = 4, limit = 20, max_wait = '9s', per_country = true }",
    ],
    &["policy.feedback_rate=6.0"],
    &[
        "service.quotas={ parts_per_second = 8.0, SendTextMessage = 10.0 }",
        "service.quotas={ recipient_per_second = 0.05, PutMessageFeedback = 4.0 }",
    ],
    &["service.spend_limit_usd=2.5"],
    &["service.metrics.stamped_at='send'"],
    &["service.retention='40s'"],
    &[
        "service.faults=[{ kind = 'throttle', share = 0.5, from_s = 5, until_s = 30 }]",
        "service.faults=[{ kind = 'slow', delay_ms = 12000, share = 0.3 }, { kind = 'truncate', share = 0.1 }]",
        "service.faults=[{ kind = 'hang', operation = 'SendTextMessage', share = 0.2 }]",
    ],
    &[
        "arrivals.attacks=[{ name = 'pump', country = 'US', rate = 9.0, from = '4s', duration = '12s', resend_probability = 0.6 }]",
    ],
];

#[expect(clippy::too_many_lines, reason = "one long text with holes")]
fn random_text(seed: u64, rng: &mut DiceRng) -> String {
    let pick = |rng: &mut DiceRng, options: &[&str]| {
        let place = rng.next_u64() % options.len() as u64;
        options[usize::try_from(place).expect("small")].to_owned()
    };
    let share = |rng: &mut DiceRng, most: f64| format!("{:.3}", rng.unit() * most);
    let delays = [
        r#"{ fixed = "4s" }"#,
        r#"{ log_normal = { median = "5s", p95 = "60s" } }"#,
        r#"{ exponential = { mean = "20s" } }"#,
        r#"{ weibull = { shape = 0.7, scale = "9s" } }"#,
        r#"{ gamma = { shape = 2.0, mean = "12s" } }"#,
        r#"{ mixture = [{ weight = 9, delay = { fixed = "3s" } }, { weight = 1, delay = { uniform = { low = "1m", high = "3m" } } }] }"#,
        r#"{ quantiles = [{ p = 0, delay = "1s" }, { p = 0.9, delay = "9s" }, { p = 1, delay = "5m" }] }"#,
    ];
    let throttles = [
        r#""fail""#,
        r#"{ retry = { attempts = 4, backoff = "700ms" } }"#,
        r#"{ queue = { limit = 40, max_wait = "30s", rate = 9.0 } }"#,
    ];
    let limits = [
        "",
        r#"per_user = { count = 2, window = "2m" }"#,
        r#"per_country = { count = 90, window = "20s" }"#,
    ];
    let quotas = [
        "",
        r#"quotas = "aws-default""#,
        "quotas = { SendTextMessage = 8.0, PutMessageFeedback = 7.0 }",
    ];
    let mut text = format!(
        r#"
name = "random"
seed = {seed}
warm_up = "{warm_up}s"
drain = "{drain}"
[arrivals]
gaps = "{gaps}"
max_sessions = 400
stages = [{stage}]
[policy]
lifetime = "{lifetime}"
tries = {tries}
resends = {resends}
cool_down = "{cool_down}s"
older_code = "{older}"
superseded = "{superseded}"
feedback = "{feedback}"
reports = {reports}
on_throttle = {throttle}
{limit}
[[templates]]
name = "a"
body = "{{code}}"
[[templates]]
name = "b"
body = "Your code is {{code}}."
weight = 0.4
conversion_effect = 0.7
"#,
        warm_up = rng.next_u64() % 5,
        drain = pick(rng, &["0s", "20s", "10m"]),
        gaps = pick(rng, &["poisson", "even"]),
        stage = pick(
            rng,
            &[
                r#"{ constant = { rate = 10.0, duration = "40s" } }"#,
                r#"{ ramp = { from = 0.0, to = 30.0, duration = "30s" } }"#,
                r#"{ spike = { base = 1.0, peak = 80.0, duration = "60s" } }"#,
                r#"{ step = { from = 2.0, to = 20.0, steps = 4, duration = "40s" } }"#,
            ],
        ),
        lifetime = pick(rng, &["5s", "45s", "4m"]),
        tries = 1 + rng.next_u64() % 4,
        resends = rng.next_u64() % 5,
        cool_down = rng.next_u64() % 30,
        older = pick(rng, &["valid", "invalid"]),
        superseded = pick(rng, &["failed", "received", "unreported"]),
        feedback = pick(rng, &["parameter", "configuration-set", "off"]),
        reports = pick(rng, &[r#""everything""#, r#""successes""#, "{ lost = 0.3 }"]),
        throttle = pick(rng, &throttles),
        limit = pick(rng, &limits),
    );
    for (code, prefix) in [("BR", "+5511"), ("US", "+1425")] {
        text.push_str(&format!(
            r#"
[countries.{code}]
number = "{prefix}######"
weight = {weight}
carriers = [
  {{ name = "x", delivered = {x}, delay = {dx}, receipts = {{ missing = {missing}, false_delivered = {wrong} }} }},
  {{ name = "y", delivered = {y}, delay = {dy} }},
]
[countries.{code}.users]
finish = {finish}
read_delay = {read}
right_code = {right}
resend_after = {after}
resend_probability = [{p}, {q}]
gives_up_after = {gives_up}
{pool}
"#,
            weight = share(rng, 5.0),
            x = share(rng, 1.0),
            dx = pick(rng, &delays),
            missing = share(rng, 1.0),
            wrong = share(rng, 1.0),
            y = share(rng, 1.0),
            dy = pick(rng, &delays),
            finish = share(rng, 1.0),
            read = pick(rng, &delays),
            right = share(rng, 1.0),
            after = pick(rng, &delays),
            p = share(rng, 1.0),
            q = share(rng, 1.0),
            gives_up = pick(rng, &delays),
            pool = pick(rng, &["", "pool = 40"]),
        ));
    }
    text.push_str(&format!(
        "
[service]
{quotas}
[service.latency]
SendTextMessage = {send}
PutMessageFeedback = {put}
[service.errors.SendTextMessage]
throttle = {throttle}
internal_error = {error}
unavailable = {error}
reset_before = {error}
reset_after = {error}
[service.errors.PutMessageFeedback]
throttle = {throttle}
internal_error = {error}
reset_after = {error}
",
        quotas = pick(rng, &quotas),
        send = pick(
            rng,
            &[r#"{ fixed = "0s" }"#, r#"{ exponential = { mean = "90ms" } }"#, delays[2]]
        ),
        put = pick(
            rng,
            &[r#"{ fixed = "0s" }"#, r#"{ exponential = { mean = "90ms" } }"#, delays[2]]
        ),
        throttle = share(rng, 0.4),
        error = share(rng, 0.1),
    ));
    text
}
