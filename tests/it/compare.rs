//! Comparisons of runs: promises kept in simulated pairs, and what cannot be compared.

mod command;
mod rates;

use otpdrill::{
    compare::{Comparison, Line, Options, Played, Stage, Verdict},
    drive::{in_virtual_time::VirtualDriver, signals::VirtualWish},
    record::{Recorder, cells::Tariff, latency::Metric},
    report::{Clock, Report, RunFacts, conversion, hdr, series, summary},
    results::{Detail, Results},
    scenario::{self, Source},
};
use std::{
    io, slice,
    sync::{Arc, Mutex},
    time::Duration,
};

/// A run in virtual time, read back from memory.
fn play(text: &str, seed: u64) -> Played {
    let source = Source { name: "pair.toml", folder: None };
    let loaded = scenario::parse(text, source, &[], Some(seed)).unwrap_or_else(|e| panic!("{e}"));
    let scenario = Arc::new(loaded.scenario.clone());
    let parts = vec![1; scenario.templates.len()];
    let nano_usd = vec![10_000_000; scenario.countries.len()];
    let mut recorder = Recorder::new(Arc::clone(&scenario), Tariff { parts, nano_usd }, false);
    VirtualDriver::of(&scenario).0.play(&mut recorder, 1, |_| VirtualWish::Run);
    let run = RunFacts {
        target: "model".to_owned(),
        clock: Clock::Virtual,
        elapsed: recorder.last.since_start(),
        start_epoch: Duration::ZERO,
        delivery_known: true,
        stopped_by: None,
        notes: Vec::new(),
    };
    let (report, toml) = (Report::new(recorder, run), loaded.resolved());
    let mut written = |name: &str| Ok(file(&report, &toml, name));
    let results = Results::read(&mut written, Detail::Countries);
    Played { name: format!("seed {seed}"), results: results.unwrap_or_else(|e| panic!("{e}")) }
}

fn file(report: &Report, toml: &str, name: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let written: io::Result<()> = match name {
        "summary.json" => summary::write(report, &mut out),
        "scenario.toml" => return Some(toml.as_bytes().to_vec()),
        "conversion.csv" => conversion::write(report, &mut out),
        "timeseries.csv" => series::write(report, &mut out),
        _ => {
            let stem = name.strip_prefix("latency/")?.strip_suffix(".hlog")?;
            let metric = Metric::ALL.into_iter().find(|metric| metric.name() == stem)?;
            hdr::write_log(report, metric, &mut out)
        }
    };
    written.expect("memory takes everything");
    Some(out)
}

fn compare(base: &[Played], new: &[Played]) -> Comparison {
    Comparison::of(base, new, Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn line<'a>(found: &'a Comparison, metric: &str, country: &str) -> &'a Line {
    let mut lines = found.lines.iter();
    lines.find(|line| line.metric == metric && line.country == country).expect("it has a line")
}

/// A campaign of `minutes` at `rate` sessions a second, whose carriers deliver so much.
fn campaign(countries: &[(&str, f64)], rate: f64, minutes: f64, more: &str) -> String {
    let seconds = minutes * 60.0;
    let mut text = format!(
        "name = \"pair\"\ninterval = \"10s\"\n\
         arrivals.stages = [{{ constant = {{ rate = {rate:?}, duration = \"{seconds:.0}s\" }} }}]\n{more}\n"
    );
    for (code, delivered) in countries {
        text += &format!(
            "[countries.{code}]\nnumber = \"{}\"\nusers = {{ finish = 1.0, right_code = 1.0, \
             resend_probability = [0.0] }}\n\
             carriers = [{{ name = \"one\", delivered = {delivered:?}, delay = {{ log_normal = {{ \
             median = \"4s\", p95 = \"15s\" }} }} }}]\n",
            number(code)
        );
    }
    text
}

/// Some number that is long enough anywhere: the country's own comes from its profile.
fn number(code: &str) -> &'static str {
    match code {
        "BR" => "+55119########",
        "DE" => "+49151########",
        "US" => "+1202#######",
        _ => "+6421#######",
    }
}

#[test]
fn a_run_is_the_same_as_itself_and_exactly_so() {
    let run = play(&campaign(&[("BR", 0.9), ("DE", 0.8)], 2.0, 3.0, ""), 1);
    let found = compare(slice::from_ref(&run), slice::from_ref(&run));
    assert!(found.paired);
    assert_eq!(found.verdict, Verdict::Same);
    assert!(found.lines.iter().all(|line| line.effect == Some(0.0) && line.p_adjusted.is_none()));
}

#[test]
fn the_same_users_under_another_policy_are_compared_exactly() {
    let base = play(&campaign(&[("BR", 0.9)], 2.0, 3.0, ""), 1);
    let new = play(&campaign(&[("BR", 0.9)], 2.0, 3.0, "policy.lifetime = \"10s\""), 1);
    let found = compare(&[base], &[new]);
    assert!(found.paired);
    assert_eq!(found.verdict, Verdict::Worse);
    let expired = line(&found, "sessions.expired", "TOTAL");
    assert_eq!(expired.verdict, Verdict::Worse);
    assert_eq!(expired.ci95, expired.effect.map(|effect| [effect; 2]));
    assert!(found.warnings.iter().any(|warning| warning.contains("scenario was changed")));
}

#[test]
fn the_same_sides_give_the_same_bytes() {
    let text = campaign(&[("BR", 0.9), ("DE", 0.8)], 5.0, 4.0, "");
    let sides = || (vec![play(&text, 1)], vec![play(&text, 2)]);
    let json = |(base, new): (Vec<Played>, Vec<Played>)| {
        serde_json::to_string(&compare(&base, &new)).expect("it can be written")
    };
    let first = json(sides());
    assert_eq!(first, json(sides()));
    let (base, new) = sides();
    let stages = Mutex::new(Vec::new());
    let watch = |stage: Stage| stages.lock().expect("no holder panics").push(stage.compared);
    let found = Comparison::on(3, &base, &new, Options::default(), &watch).expect("comparable");
    assert_eq!(serde_json::to_string(&found).expect("it can be written"), first, "threads");
    let mut stages = stages.into_inner().expect("no holder panics");
    stages.sort_unstable();
    assert_eq!(stages, [1, 2, 3], "the whole run and two countries");
    let again: Comparison = serde_json::from_str(&first).expect("it reads back");
    assert!(!again.paired && again.lines.iter().any(|line| line.p_adjusted.is_some()));
}

#[test]
fn other_countries_are_left_out_with_a_warning() {
    let base = play(&campaign(&[("BR", 0.9), ("DE", 0.8)], 4.0, 3.0, ""), 1);
    let new = play(&campaign(&[("BR", 0.9), ("US", 0.8)], 4.0, 3.0, ""), 2);
    let found = compare(slice::from_ref(&base), &[new]);
    assert!(found.lines.iter().all(|line| line.country == "BR"));
    assert!(
        found.warnings.iter().any(|warning| warning.contains("DE, US")),
        "{:?}",
        found.warnings
    );
    let other = play(&campaign(&[("NZ", 0.9)], 4.0, 3.0, ""), 2);
    let refused = Comparison::of(&[base], &[other], Options::default()).expect_err("no country");
    assert_eq!(refused.to_string(), "the sides have no country in common");
}

#[test]
fn few_samples_are_not_enough_data_and_never_worse() {
    let text = |delivered| campaign(&[("BR", delivered)], 0.3, 2.0, "");
    let found = compare(&[play(&text(0.85), 1)], &[play(&text(0.8), 2)]);
    assert_eq!(line(&found, "conversion.session", "BR").verdict, Verdict::NotEnoughData);
    let latency = line(&found, "latency_ms.time_to_verify.p99", "TOTAL");
    assert!(latency.reason.as_deref().is_some_and(|reason| reason.contains("50 samples")));
    assert_eq!(found.verdict, Verdict::NotEnoughData, "{:?}", found.with(Verdict::Worse));
}

#[test]
fn several_runs_a_side_count_how_much_runs_differ() {
    let text = |delivered| campaign(&[("BR", delivered)], 10.0, 2.0, "");
    // Runs that differ more than chance inside them explains.
    let wavering = |first: u64| -> Vec<Played> {
        (0..5).map(|nth| play(&text(0.8 + 0.03 * nth as f64), first + nth)).collect()
    };
    let found = compare(&wavering(1), &wavering(20));
    let session = line(&found, "conversion.session", "BR");
    assert!(session.p_adjusted.is_some_and(|p| p > 0.2), "{session:?}");
    let width = |line: &Line| line.ci95.map(|[low, high]| high - low).expect("an interval");
    let pooled = compare(&wavering(1)[..2], &wavering(20)[..2]);
    assert!(width(session) > width(line(&pooled, "conversion.session", "BR")));
}
