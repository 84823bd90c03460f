//! A careless driver: news comes late, out of order, twice, and after the end.

use crate::campaigns::{recorder, rich};
use otpdrill::{
    engine::{
        arrivals::Shard,
        campaign::{CallKey, Campaign, Output, PutCall, SendCall},
        gate::{Gate, SafetyLimits},
        outcome::{PutAnswer, SendAnswer},
    },
    record::{PutHeard, Recorder, dashboard::Evidence, latency::CallTimes},
    scenario::{
        Scenario,
        policy::{OnThrottle, SdkRetries, SendLimiter},
    },
    target::direct::{DirectTarget, Heard},
};
use sms_voice_mock::service::{
    dice::{Dice, DiceRng, Draw},
    time::SimTime,
};
use std::{sync::Arc, time::Duration};

#[derive(Clone, Debug)]
enum News {
    Send(SimTime, SendCall, SendAnswer),
    Put(SimTime, PutCall, PutAnswer),
}

struct Careless {
    campaign: Campaign,
    target: DirectTarget,
    recorder: Recorder,
    on_the_way: Vec<News>,
    told: Vec<News>,
    rng: DiceRng,
}

impl Careless {
    fn perform(&mut self) {
        while let Some(output) = self.campaign.poll_output() {
            match output {
                Output::Note(note) => self.recorder.note(&note),
                Output::Send(call) => {
                    self.recorder.send_started(call.released, call.facts());
                    let Heard { after: latency, answer, .. } =
                        self.target.send(call.released, &call);
                    let at = call.released + latency;
                    self.on_the_way.push(News::Send(at, call, answer));
                }
                Output::Put(call) => {
                    self.recorder.put_started(call.released, call.facts());
                    let Heard { after: latency, answer, .. } =
                        self.target.put(call.released, &call);
                    let at = call.released + latency;
                    self.on_the_way.push(News::Put(at, call, answer));
                }
            }
        }
    }

    fn tell(&mut self, news: News) -> bool {
        let times = CallTimes {
            due: Duration::ZERO,
            released: Duration::ZERO,
            sent: Duration::ZERO,
            answered: Duration::ZERO,
            evidence: Evidence::default(),
        };
        self.told.push(news.clone());
        match news {
            News::Send(at, call, answer) => {
                let awaited = self.campaign.handle_send_answer(at, call.key, answer.clone());
                if awaited {
                    self.recorder.send_answered(at, call.facts(), &answer, times);
                }
                awaited
            }
            News::Put(at, call, answer) => {
                let awaited = self.campaign.handle_put_answer(at, call.key, answer);
                if awaited {
                    let heard = PutHeard { verdict: call.verdict, answer, times, measured: true };
                    self.recorder.put_answered(at, call.facts(), heard);
                }
                awaited
            }
        }
    }

    fn place(&mut self, length: usize) -> usize {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let place = (self.rng.unit() * f64::from(u32::try_from(length).expect("small"))) as usize;
        place
    }

    /// Winds the campaign down, or abandons it, a while after its start; or lets it be.
    fn end_early(&mut self, steps: u64, seed: u64) {
        let now = self.campaign.poll_deadline().unwrap_or_default();
        match seed % 3 {
            1 if steps == 150 + seed => {
                let soon = now + Duration::from_millis(seed * 37 % 9_000);
                self.campaign.wind_down(soon, soon + Duration::from_millis(seed * 11 % 2_000));
            }
            2 if steps == 150 + seed => self.campaign.abandon(),
            _ => {}
        }
    }

    fn play(&mut self, seed: u64) {
        for steps in 0.. {
            self.perform();
            self.end_early(steps, seed);
            self.perform();
            let deadline = self.campaign.poll_deadline();
            if !self.told.is_empty() && self.rng.unit() < 0.1 {
                let place = self.place(self.told.len());
                let again = self.told[place].clone();
                assert!(!self.tell(again), "an answer was taken twice");
            } else if !self.on_the_way.is_empty() && (deadline.is_none() || self.rng.unit() < 0.5) {
                let place = self.place(self.on_the_way.len());
                let news = self.on_the_way.swap_remove(place);
                self.tell(news);
            } else if deadline.is_some() {
                self.campaign.handle_deadline();
            } else {
                return;
            }
        }
    }
}

const SESSIONS: u64 = 120;

/// Plays careless drivers of many seeds; the sums of outcomes.
fn play(scenario: impl Fn(u64) -> Arc<Scenario>, seeds: u64) -> [u64; 6] {
    let mut outcomes = [0; 6];
    for seed in 0..seeds {
        let scenario = scenario(seed);
        let gate = Arc::new(Gate::new(&scenario, SafetyLimits::NONE));
        let mut careless = Careless {
            campaign: Campaign::new(Arc::clone(&scenario), Shard::WHOLE, Arc::clone(&gate)),
            target: DirectTarget::new(Arc::clone(&scenario)),
            recorder: recorder(&scenario),
            on_the_way: Vec::new(),
            told: Vec::new(),
            rng: Dice::new(seed).at(0, Draw::Gap, 7),
        };
        careless.play(seed);
        assert!(careless.campaign.is_over(), "seed {seed}: something is still open");
        // News after the end.
        for news in careless.told.clone() {
            assert!(!careless.tell(news), "seed {seed}: news after the end was taken");
        }
        let total = careless.recorder.cells.sum(|_| true);
        total.assert_conserved();
        let all = seed % 3 == 0;
        assert!(!all || total.sessions.arrived == SESSIONS, "seed {seed}: {:?}", total.sessions);
        assert!(total.sessions.arrived > 0, "seed {seed}");
        assert_eq!((gate.open_sessions(), gate.calls_in_flight()), (0, 0), "seed {seed}");
        assert!(gate.is_idle(), "seed {seed}: a worker is busy, or somebody waits for one");
        let sessions = total.sessions;
        for (sum, n) in outcomes.iter_mut().zip([
            sessions.verified,
            sessions.expired,
            sessions.locked_out,
            sessions.abandoned,
            sessions.rate_limited,
            sessions.unfinished,
        ]) {
            *sum += n;
        }
    }
    outcomes
}

#[test]
fn whatever_the_driver_does_nothing_panics_and_every_arrival_ends_once() {
    let _alone = crate::program::alone();
    let outcomes = play(|seed| rich(seed, SESSIONS), 500);
    assert!(outcomes.iter().all(|n| *n > 0), "the test reaches every outcome: {outcomes:?}");
}

#[test]
fn whatever_the_driver_does_no_worker_is_lost_and_nobody_waits_for_ever() {
    let _alone = crate::program::alone();
    let scenario = |seed| {
        let mut scenario = Arc::unwrap_or_clone(rich(seed, SESSIONS));
        scenario.policy.on_throttle = OnThrottle::Queue {
            limit: 12,
            max_wait: Duration::from_secs(5),
            rate: Some(15.0),
            workers: Some(3),
        };
        scenario.policy.limiter = Some(SendLimiter {
            rate: 12.0,
            burst: 4,
            limit: 30,
            max_wait: Duration::from_secs(4),
            per_country: seed % 2 == 0,
        });
        scenario.policy.sdk_retries = Some(SdkRetries {
            max_attempts: 3,
            backoff: Duration::from_secs(1),
            longest: Duration::from_secs(20),
            tokens: 50,
            retry_cost: 5,
            timeout_cost: 10,
        });
        Arc::new(scenario)
    };
    let [verified, expired, ..] = play(scenario, 300);
    assert!(verified > 0 && expired > 0, "{verified} verified, {expired} expired");
}

/// Keys print and compare: what a driver may do with one.
#[test]
fn a_call_key_is_plain_data() {
    fn check_plain<T: Copy + Ord + std::fmt::Debug + Send>() {}
    check_plain::<CallKey>();
}
