//! `otpdrill run`: a campaign in real time.

mod dashboard;
mod journal;
mod so_far;
mod unplayable;
mod watching;

use super::{
    aws::{self, Consent},
    campaign::{Beside, Prepared, prepare, signal},
    error::CommandError,
    target::{TargetError, TargetName, stub_beyond},
};
use crate::{
    cli::RunArgs,
    drive::{
        clock::time_of_day,
        live::{Endpoint, LiveError, LiveRun, Played},
    },
    engine::gate::SafetyLimits,
    exit::Exit,
    report::{Clock, RunFacts},
    scenario::load::Loaded,
    target::{
        direct::campaign_model,
        guard::{DEFAULT_PUT_RATE, usd},
        sdk::Guarded,
        stub,
    },
};
use dashboard::There;
use journal::{open_journal, run_name};
use sms_voice_mock::{Stub, clock::StubClock, config::campaign::CampaignShape, service::Service};
use std::{
    io::{self, Write as _},
    net::{SocketAddr, TcpListener},
    sync::Arc,
};
use tokio::runtime;
use unplayable::{refuse_blind_retries, refuse_empty_shares, refuse_transport_faults};
use watching::Watching;
use wiremock::MockServer;

/// Unanswered API calls at one time, unless the command line says otherwise: 46 KB each.
const MAX_IN_FLIGHT: u64 = 10_000;

/// Plays the campaign in real time and writes its results.
pub fn run(args: &RunArgs) -> Result<Exit, CommandError> {
    let target = TargetName::parse(&args.target)?;
    watching::check(args)?;
    let consent = Consent::of(&target, args)?;
    if let Some(speed) = args.speed.filter(|speed| !(0.001..=100_000.0).contains(speed)) {
        let text = format!("`--speed {speed}` must be between 0.001 and 100000");
        return Err(CommandError::Usage(text));
    }
    // As a change to the scenario, so that `scenario.toml` tells what ran.
    let speed = args.speed.map(|speed| format!("speed={speed:?}"));
    let mut sets: Vec<_> = speed.into_iter().collect();
    if args.aws.dry_run {
        // Nothing is delivered, so nothing is owed and nothing can be judged.
        sets.extend(["policy.feedback=\"off\"", "thresholds=[]"].map(str::to_owned));
    }
    if let Some(consent) = &consent {
        // The rate that puts are held to decides how long they may take after the last session.
        let rate = consent.max_feedback_rate.unwrap_or(DEFAULT_PUT_RATE);
        // Quotas that were set by name have no keys to be set.
        let named = args.campaign.file.set.iter().any(|set| set.starts_with("service.quotas="));
        sets.extend((!named).then(|| format!("service.quotas.PutMessageFeedback={rate:?}")));
    }
    let mut prepared = prepare(&args.campaign, &sets, Clock::Real)?;
    if consent.is_some() {
        refuse_blind_retries(&prepared.loaded)?;
    }
    prepared.place = prepared.place.with_journal();
    let ended = play(args, &target, consent.as_ref(), &mut prepared);
    if ended.is_err() {
        prepared.place.discard();
    }
    ended
}

fn play(
    args: &RunArgs,
    target: &TargetName,
    consent: Option<&Consent>,
    prepared: &mut Prepared,
) -> Result<Exit, CommandError> {
    if *target == TargetName::Wiremock {
        refuse_transport_faults(&prepared.loaded)?;
    }
    let speed = prepared.scenario.speed;
    let shards = args.campaign.threads();
    let mut stage = match consent {
        Some(consent) => Stage::aws(consent, prepared, !args.campaign.quiet)?,
        None => Stage::set(target, prepared, speed, shards)?,
    };
    refuse_empty_shares(&prepared.loaded, stage.endpoints.len())?;
    if consent.is_some() {
        // Whoever was asked may have taken a while to agree.
        prepared.began = time_of_day();
    }
    let room = room_for_calls(stage.ends());
    let max_in_flight = args.max_in_flight.unwrap_or(MAX_IN_FLIGHT).min(room);
    if let Some(asked) = args.max_in_flight.filter(|asked| room < *asked) {
        stage.notes.push(format!(
            "this process may open too few files for {asked} calls in flight: an arrival beyond \
             {room} is dropped (raise `ulimit -n`, or lower --max-in-flight)"
        ));
    }
    if !args.campaign.quiet {
        announce(args, prepared, &stage);
    }
    let (there, ours) = (stage.there.clone(), stage.ours);
    let anchor = there.anchor(speed)?;
    let (mut watching, board, stops) = Watching::open(args, prepared, stage.endpoints.len())?;
    let (folder, journals) = open_journal(args, prepared, &stage)?;
    let live = LiveRun {
        scenario: Arc::clone(&prepared.scenario),
        tariff: prepared.tariff.clone(),
        messages: args.campaign.messages,
        speed,
        safety: SafetyLimits { max_sessions: args.max_sessions, max_in_flight },
        grace: args.grace.0,
        board,
        stops,
        endpoints: stage.endpoints,
        journals,
        name: run_name(prepared),
        anchor,
        guarded: stage.guarded.clone(),
    };
    let played = live.play(|clock, stopping| watching.show(clock, stopping));
    watching.end();
    stage.notes.extend(there.moved(&anchor));
    if let (TargetName::Url { address, .. }, true) = (target, ours) {
        // The stub outlives the run, but time there need not go on passing at the run's speed. If it
        // has gone away, there is nothing to slow down.
        drop(runtime()?.block_on(stub::slow_down(*address)));
    }
    let played = match played {
        Err(error @ (LiveError::Setup(_) | LiveError::Stopped(_))) => {
            folder.remove();
            return Err(error.into());
        }
        played => played?,
    };
    let facts = RunFacts {
        target: args.target.clone(),
        clock: Clock::Real,
        elapsed: played.elapsed,
        start_epoch: prepared.began,
        delivery_known: ours,
        stopped_by: played.stopped_by.map(signal),
        notes: stage.notes,
    };
    let mut also = reasons(&played, prepared, stage.guarded.as_ref());
    also.extend(played.aborted.map(|aborted| (Exit::Aborted, aborted.to_string())));
    let verification = there.look(args, prepared, &played.recorder, &mut also);
    let beside = Beside { journal: Some(&folder), verification: verification.as_ref() };
    prepared.publish(args.campaign.reporting(), played.recorder, facts, also, beside)
}

/// Why the run did not go well, beside its figures.
fn reasons(played: &Played, prepared: &Prepared, guarded: Option<&Guarded>) -> Vec<(Exit, String)> {
    let unreachable = (played.never_left > 0).then(|| {
        let calls = played.never_left;
        (Exit::Unreachable, format!("{calls} calls found nobody listening at the target"))
    });
    let trouble = played.trouble.map(|kind| {
        let path = prepared.place.path().display();
        let told = format!(
            "the journal could not be written ({kind}), so nothing more was sent: make room, then run \
             `otpdrill resume {path}`"
        );
        (Exit::Internal, told)
    });
    let held = guarded.map(held_back).unwrap_or_default();
    unreachable.into_iter().chain(trouble).chain(held).collect()
}

/// What there is to say if the spend cap held messages back, or AWS took the credentials no more.
fn held_back(guarded: &Guarded) -> Vec<(Exit, String)> {
    let guard = &guarded.guard;
    let (held, mut reasons) = (guard.held(), Vec::new());
    if held.by_cap > 0 {
        let (cap, spent) = (usd(guard.rules().max_spend), usd(guard.spent()));
        let messages = held.by_cap;
        reasons.push((
            Exit::SpendCap,
            format!(
                "--max-spend {cap} is reached: USD {spent} spent or reserved, {messages} messages \
                 not sent"
            ),
        ));
    }
    if held.by_credentials > 0 {
        let calls = held.by_credentials;
        reasons.push((Exit::Unreachable, format!("AWS refused the credentials of {calls} calls")));
    }
    reasons
}

/// Says what begins, and where it can be watched.
fn announce(args: &RunArgs, prepared: &Prepared, stage: &Stage) {
    let (scenario, results) = (&prepared.scenario, prepared.place.path().display());
    let mut line =
        format!("playing {} (seed {}) at speed {}", scenario.name, scenario.seed, scenario.speed);
    // Somebody else than our stub has no dashboard, and a note that says so.
    if let Some(endpoint) = stage.endpoints.first().filter(|_| stage.ours) {
        let watch = format!("http://{}/_mock/dashboard", endpoint.authority);
        line.push_str(&format!(" against {}; dashboard: {watch}", args.target));
    }
    // Where standard error is closed there is nobody to tell.
    drop(writeln!(io::stderr(), "{line}; results: {results}"));
    let minutes = scenario.time_for_feedback().as_secs().div_ceil(60);
    let told = format!(
        "feedback still owed when the last session has ended gets {minutes} min of campaign time; after a \
         sudden end, `otpdrill resume {results}` puts it"
    );
    drop(writeln!(io::stderr(), "{told}"));
}

/// How many calls can be in flight at one time, each with `ends` sockets in this process. The system's
/// soft limit is raised as far as it goes, so that our own limit is never taken for the target's.
fn room_for_calls(ends: u64) -> u64 {
    /// Files, listeners, runtimes and whatever the process inherited.
    const OTHERS: u64 = 100;
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1_024);
    files.saturating_sub(OTHERS).max(1) / ends
}

/// What stands at the other end, and keeps standing while the run lasts.
#[derive(Debug)]
struct Stage {
    endpoints: Vec<Endpoint>,
    notes: Vec<String>,
    /// Whether it is our stub, which delivers as the scenario says.
    ours: bool,
    /// Who can be asked for the time and for CloudWatch.
    there: There,
    /// The way to AWS, if that is where calls go.
    guarded: Option<Guarded>,
    /// Serves as long as it lives.
    wiremock: Option<MockServer>,
}

impl Stage {
    /// How many ends of each connection are in this process.
    fn ends(&self) -> u64 {
        let inside =
            self.wiremock.is_some() || self.endpoints.iter().any(|end| end.serve.is_some());
        if inside { 2 } else { 1 }
    }

    fn set(
        target: &TargetName,
        prepared: &Prepared,
        speed: f64,
        shards: usize,
    ) -> Result<Self, CommandError> {
        match target {
            TargetName::Mock => Self::mock(prepared, speed, shards),
            TargetName::Wiremock => Self::wiremock(prepared, speed, shards),
            TargetName::Url { address, url } => {
                Self::elsewhere(*address, url, prepared, speed, shards)
            }
            TargetName::Beyond { authority, url } => {
                let address = runtime()?.block_on(stub_beyond(authority, url))?;
                Self::elsewhere(address, url, prepared, speed, shards)
            }
            TargetName::Aws => unreachable!("AWS is never called without a consent"),
        }
    }

    /// An account of AWS, once its owner has agreed. One shard is plenty for the rates it has.
    fn aws(consent: &Consent, prepared: &Prepared, shown: bool) -> Result<Self, CommandError> {
        aws::check_offline(consent, prepared)?;
        let guarded = runtime()?.block_on(aws::agree(consent, prepared, shown))?;
        let endpoint = Endpoint { authority: guarded.link.endpoint(), serve: None };
        let mut notes = vec![
            "against AWS the scenario's service section does not apply, but for its prices"
                .to_owned(),
        ];
        if consent.dry_run {
            notes.push("a dry run: AWS checked the messages and sent none".to_owned());
        }
        let (endpoints, guarded) = (vec![endpoint], Some(guarded));
        Ok(Self { endpoints, notes, ours: false, there: There::Aws, guarded, wiremock: None })
    }

    /// One listener of one stub beside each shard.
    fn mock(prepared: &Prepared, speed: f64, shards: usize) -> Result<Self, CommandError> {
        let stub = our_stub(prepared, speed);
        let endpoints = (0..shards).map(|_| {
            let listener = TcpListener::bind(("127.0.0.1", 0))?;
            let authority = listener.local_addr()?.to_string();
            Ok(Endpoint { authority, serve: Some((listener, Arc::clone(&stub))) })
        });
        let endpoints = endpoints.collect::<io::Result<_>>()?;
        let there = There::Inside(stub);
        Ok(Self { endpoints, notes: Vec::new(), ours: true, there, guarded: None, wiremock: None })
    }

    fn wiremock(prepared: &Prepared, speed: f64, shards: usize) -> Result<Self, CommandError> {
        let stub = our_stub(prepared, speed);
        let server = runtime()?.block_on(async {
            let server = MockServer::builder().disable_request_recording().start().await;
            sms_voice_mock::wiremock::mount(&server, Arc::clone(&stub)).await;
            server
        });
        let endpoints = everybody_at(*server.address(), shards);
        let there = There::Inside(stub);
        Ok(Self {
            endpoints,
            notes: Vec::new(),
            ours: true,
            there,
            guarded: None,
            wiremock: Some(server),
        })
    }

    /// A stub that was started elsewhere: told the scenario if it is ours.
    fn elsewhere(
        address: SocketAddr,
        url: &str,
        prepared: &Prepared,
        speed: f64,
        shards: usize,
    ) -> Result<Self, CommandError> {
        let unreachable = |reason: String| TargetError::Unreachable { url: url.to_owned(), reason };
        let mut notes = Vec::new();
        let shape = campaign_shape(&prepared.loaded, speed);
        runtime()?.block_on(async {
            let health = stub::health(address).await;
            match health.map_err(|error| unreachable(error.to_string()))? {
                Some(_) => stub::put_scenario(address, &shape).await.map_err(|error| {
                    let (url, reason) = (url.to_owned(), error.to_string());
                    TargetError::RefusedScenario { url, reason }.into()
                }),
                None if speed.to_bits() != 1.0_f64.to_bits() => {
                    let what = format!("a speed of {speed}");
                    Err(TargetError::NotOurStub { what, url: url.to_owned() }.into())
                }
                None => {
                    notes.push(format!(
                        "{url} is not our stub: the scenario's service section does not apply there"
                    ));
                    Ok::<(), CommandError>(())
                }
            }
        })?;
        let ours = notes.is_empty();
        let there = if ours { There::OurStub(address) } else { There::Stranger(address) };
        let endpoints = everybody_at(address, shards);
        Ok(Self { endpoints, notes, ours, there, guarded: None, wiremock: None })
    }
}

/// Our stub with the scenario's service and carriers, its clock running at the campaign's speed.
fn our_stub(prepared: &Prepared, speed: f64) -> Arc<Stub> {
    let campaign = campaign_model(&prepared.scenario);
    let service = Service::new(campaign.settings.clone()).with_campaign(campaign);
    Arc::new(Stub::new(service, StubClock::of_the_wall(speed)))
}

fn everybody_at(address: SocketAddr, shards: usize) -> Vec<Endpoint> {
    let endpoint = |_| Endpoint { authority: address.to_string(), serve: None };
    (0..shards).map(endpoint).collect()
}

/// The body of `PUT /_mock/scenario`.
fn campaign_shape(loaded: &Loaded, speed: f64) -> String {
    let countries = loaded.file.countries.iter();
    let shape = CampaignShape {
        seed: loaded.scenario.seed,
        speed: Some(speed),
        service: loaded.file.service.clone(),
        countries: countries.map(|(code, file)| (code.clone(), file.carriers.clone())).collect(),
    };
    serde_json::to_string(&shape).expect("a shape can be written")
}

fn runtime() -> io::Result<runtime::Runtime> {
    runtime::Builder::new_current_thread().enable_io().enable_time().build()
}
