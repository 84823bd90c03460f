//! The least that could be done: SDK calls in a loop, as fast as they go. No engine, no recording.
//!
//! The yardstick for `otpdrill run` at saturation: the same layout (one thread, runtime, client pair and
//! stub listener per core), the same stub, the same client settings. Each of `workers` per core sends a
//! message and puts its feedback, over and over: `bare_loop WORKERS SECONDS`.

#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a yardstick: it prints one number and reads the clock itself"
)]

use otpdrill::{
    engine::{
        arrivals::Shard,
        campaign::{Campaign, Output, PutCall, SendCall},
        gate::{Gate, SafetyLimits},
        outcome::{SendAnswer, Verdict},
    },
    scenario,
    target::sdk::SdkTarget,
};
use sms_voice_mock::{Stub, clock::StubClock, http, service::Service};
use std::{env, path::Path, sync::Arc, thread, time::Duration};

#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let number = |place| env::args().nth(place).and_then(|text| text.parse::<u64>().ok());
    let (workers, seconds) = (number(1).unwrap_or(32), number(2).unwrap_or(10));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/live/saturation.toml");
    let scenario = Arc::new(scenario::load(&file, &[], None).expect("a scenario").scenario);
    let stub = Arc::new(Stub::new(Service::default(), StubClock::of_the_wall(1.0)));
    // One real call of the campaign, repeated for ever.
    let gate = Arc::new(Gate::new(&scenario, SafetyLimits::NONE));
    let mut campaign = Campaign::new(Arc::clone(&scenario), Shard::WHOLE, gate);
    campaign.handle_deadline();
    let call = std::iter::from_fn(|| campaign.poll_output());
    let call =
        call.filter_map(|output| if let Output::Send(call) = output { Some(call) } else { None });
    let call: SendCall = { call }.next().expect("the first arrival sends");
    let cores = thread::available_parallelism().map_or(1, |cores| cores.get());
    let threads: Vec<_> = (0..cores)
        .map(|_| {
            let (stub, scenario, call) = (Arc::clone(&stub), Arc::clone(&scenario), call.clone());
            thread::spawn(move || {
                core(stub, scenario, &call, workers, Duration::from_secs(seconds))
            })
        })
        .collect();
    let calls: u64 = threads.into_iter().map(|thread| thread.join().expect("no panic")).sum();
    println!("{}", calls / seconds);
}

fn core(
    stub: Arc<Stub>,
    scenario: Arc<scenario::Scenario>,
    call: &SendCall,
    workers: u64,
    length: Duration,
) -> u64 {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let authority = listener.local_addr().expect("an address").to_string();
        tokio::spawn(http::serve(listener, stub, std::future::pending()));
        let target = SdkTarget::new(scenario, &authority, "bare".to_owned());
        let end = tokio::time::Instant::from_std(std::time::Instant::now()) + length;
        let workers: Vec<_> =
            (0..workers).map(|_| tokio::spawn(work(target.clone(), call.clone(), end))).collect();
        let mut calls = 0;
        for worker in workers {
            calls += worker.await.expect("no panic");
        }
        calls
    })
}

async fn work(target: SdkTarget, call: SendCall, end: tokio::time::Instant) -> u64 {
    let mut calls = 0;
    while tokio::time::Instant::now() < end {
        let SendAnswer::Accepted(id) = target.send(Duration::ZERO, &call).await else {
            panic!("the stub refused")
        };
        let (key, place, due, released) = (call.key, call.place, call.due, call.released);
        target
            .put(
                Duration::ZERO,
                &PutCall { key, place, id, verdict: Verdict::Received, due, released },
            )
            .await;
        calls += 2;
    }
    calls
}
