//! `otpdrill plan`: does it fit, where does it break, what is needed, what does it cost.
//!
//! **Invariant:** nothing is written before every question has its answer.

use super::{
    campaign::{self, cores, tariff},
    error::CommandError,
    run_dir::{self, PlanFacts, RunDir},
    waiting::Waiting,
};
use crate::{
    cli::{Format, PlanArgs},
    drive::{
        clock::time_of_day,
        signals::{Signals, StopSignal},
    },
    exit::Exit,
    plan::{self, Glimpse, Goal, Inquiry, Plan, Player, Variant, text, what_if},
    scenario::{self, Loaded, Scenario},
};
use std::io::{self, Write as _};

/// Plans, writes the plan, and says whether the traffic fits.
pub fn plan(args: &PlanArgs) -> Result<Exit, CommandError> {
    let loaded = campaign::load(&args.file)?;
    let scenario = &loaded.scenario;
    let tariff = tariff(scenario)?;
    let goals = goals(args, scenario)?;
    let seeds = seeds(scenario.seed, args.seeds)?;
    let variants = variants(args, &goals)?;
    let began = time_of_day();
    let name = format!("plan-{}", scenario.name);
    let name = run_dir::default_name(began, &name, scenario.seed);
    let place = RunDir::prepare(args.out.as_deref(), &name, args.overwrite)?;
    let inquiry = Inquiry {
        scenario,
        tariff: &tariff,
        seeds: &seeds,
        goals: &goals,
        variants: &variants,
        search: !args.no_search,
    };
    let threads = args.threads.map_or_else(cores, usize::from);
    let plan = match answer(&inquiry, threads, args.quiet)? {
        Ok(plan) => plan,
        Err(signal) => {
            place.discard();
            return Ok(stopped(signal));
        }
    };
    let facts = PlanFacts {
        argv: std::env::args().collect(),
        start: began,
        end: time_of_day(),
        cores: threads,
    };
    publish(&plan, &loaded, &facts, &place)?;
    show(args, &plan, &place)?;
    Ok(if plan.fits { Exit::Passed } else { Exit::ThresholdFailed })
}

/// Asks all questions; a signal ends that.
fn answer(
    inquiry: &Inquiry<'_>,
    threads: usize,
    quiet: bool,
) -> Result<Result<Plan, StopSignal>, CommandError> {
    let signals = Signals::listen()?;
    let waiting = Waiting::new(quiet);
    let watch = |glimpse| {
        waiting.show(|| message(glimpse));
        signals.first().is_none()
    };
    let answered = plan::answer(inquiry, &Player::new(threads, &watch));
    waiting.end();
    Ok(answered.map_err(|plan::Stopped| signals.first().unwrap_or(StopSignal::Interrupt)))
}

fn message(glimpse: Glimpse) -> String {
    format!(
        "planning: {} campaigns played, the next has come to {:.0} s of its time",
        glimpse.played,
        glimpse.at.secs_f64()
    )
}

fn stopped(signal: StopSignal) -> Exit {
    match signal {
        StopSignal::Interrupt => Exit::Interrupted,
        StopSignal::Terminate => Exit::Terminated,
    }
}

fn goals(args: &PlanArgs, scenario: &Scenario) -> Result<Vec<Goal>, CommandError> {
    if args.goal.is_empty() {
        return Ok(Goal::of(scenario));
    }
    let read = args.goal.iter().map(|text| Goal::parse(text, scenario));
    read.collect::<Result<_, _>>().map_err(|error| CommandError::Usage(error.to_string()))
}

/// The seeds from the scenario's upwards.
fn seeds(first: u64, count: u16) -> Result<Vec<u64>, CommandError> {
    let last = first.checked_add(u64::from(count) - 1);
    let last = last.filter(|last| i64::try_from(*last).is_ok());
    let last = last.ok_or_else(|| {
        CommandError::Usage(format!(
            "there are no {count} seeds from {first} upwards: choose a smaller --seed"
        ))
    })?;
    Ok((first..=last).collect())
}

/// The scenario with each combination of values that was asked for.
fn variants(args: &PlanArgs, goals: &[Goal]) -> Result<Vec<Variant>, CommandError> {
    let rows = what_if::combinations(&args.what_if);
    let rows = rows.map_err(|error| CommandError::Usage(error.to_string()))?;
    let variant = |sets: Vec<[String; 2]>| {
        let more = sets.iter().map(|[path, value]| format!("{path}={value}"));
        let all: Vec<String> = args.file.set.iter().cloned().chain(more).collect();
        let scenario = scenario::load(&args.file.scenario, &all, args.file.seed)?.scenario;
        let tariff = tariff(&scenario)?;
        let goals = goals.iter().map(|goal| Goal::parse(&goal.expr, &scenario));
        let goals = goals.collect::<Result<_, _>>();
        let goals = goals.map_err(|error| {
            let sets: Vec<String> = sets.iter().map(|set| set.join("=")).collect();
            CommandError::Usage(format!("{error}, with `--what-if {}`", sets.join(" ")))
        })?;
        Ok(Variant { sets, scenario, tariff, goals })
    };
    rows.into_iter().map(variant).collect()
}

/// Writes every file of the plan, `plan.json` last: where it is, the others are.
fn publish(
    plan: &Plan,
    loaded: &Loaded,
    facts: &PlanFacts,
    place: &RunDir,
) -> Result<(), CommandError> {
    place.make_room()?;
    run_dir::write_plan(place, plan, loaded, facts)?;
    if let Err(error) = place.link_latest() {
        // The plan is in its place; only the short way to it is missing.
        drop(writeln!(io::stderr(), "warning: {error}"));
    }
    Ok(())
}

fn show(args: &PlanArgs, plan: &Plan, place: &RunDir) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = match args.format {
        Format::Json => run_dir::write_plan_json(plan, &mut out),
        Format::Text if args.quiet => Ok(()),
        Format::Text => text::write(plan, place.path(), &mut out),
    };
    match written.and_then(|()| out.flush()) {
        // Whoever reads may stop reading; the plan is in its files.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
