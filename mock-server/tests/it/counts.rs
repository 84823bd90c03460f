//! Dashboard and CloudWatch against a count that knows nothing of them.
//!
//! Every scenario is drawn from its seed: sends of all kinds, feedback of all kinds, clock moves, stops
//! and crashes of a stub that keeps its state, and between them the question whether all three say the
//! same.

use crate::caller::{JSON, json};
use rand::Rng;
use serde_json::{Value, json};
use sms_voice_mock::{
    Stub,
    clock::StubClock,
    service::{
        Saved, Service,
        dice::{Dice, Draw},
        metrics::{MetricsSettings, SecondFeedback, StampedAt},
        settings::{ErrorShares, Quotas, ServiceSettings},
    },
    stub::Request,
    wire::WireReply,
};
use std::{collections::BTreeMap, time::Duration};

/// The date of the start: not at the beginning of a minute.
const START: u64 = 1_767_225_617;

const NUMBERS: [(&str, &str); 4] =
    [("US", "+12065550"), ("CA", "+14165550"), ("BR", "+551198765"), ("DE", "+4915123456")];

#[test]
fn dashboard_and_cloudwatch_agree_with_an_independent_count_in_three_hundred_scenarios() {
    let mut reached = Reached::default();
    for seed in 0..300 {
        let mut world = World::new(seed);
        for nth in 0..60 {
            world.act();
            if nth % 12 == 11 {
                world.check();
            }
        }
        // The last hour passes.
        world.advance(3_600);
        world.check();
        reached.add(&world.reached);
    }
    // A scenario that never meets these says nothing about them.
    let Reached {
        accepted,
        media,
        dry,
        throttled,
        refused,
        puts,
        again,
        late,
        unknown,
        expired,
        lost,
    } = reached;
    let all = [accepted, media, dry, throttled, refused, puts, again, late, unknown, expired, lost];
    assert!(all.iter().all(|count| *count > 100), "{reached:?}");
}

/// How often a scenario met what.
#[derive(Clone, Copy, Debug, Default)]
struct Reached {
    accepted: u64,
    media: u64,
    dry: u64,
    throttled: u64,
    refused: u64,
    puts: u64,
    /// Feedback on a message that already had some.
    again: u64,
    /// Feedback after the hour.
    late: u64,
    /// Feedback on ids that are nobody's.
    unknown: u64,
    /// Feedback on messages that cannot be found any more.
    expired: u64,
    /// Messages that a crash has lost.
    lost: u64,
}

impl Reached {
    fn add(&mut self, other: &Self) {
        let Self {
            accepted,
            media,
            dry,
            throttled,
            refused,
            puts,
            again,
            late,
            unknown,
            expired,
            lost,
        } = *other;
        self.accepted += accepted;
        self.media += media;
        self.dry += dry;
        self.throttled += throttled;
        self.refused += refused;
        self.puts += puts;
        self.again += again;
        self.late += late;
        self.unknown += unknown;
        self.expired += expired;
        self.lost += lost;
    }
}

/// A message as its sender remembers it.
#[derive(Clone)]
struct Sent {
    id: String,
    country: &'static str,
    media: bool,
    at: u64,
    expecting: bool,
    statuses: Vec<&'static str>,
}

/// A point of a metric: its name, country, status and minute.
type Point = (String, &'static str, &'static str, u64);

struct World {
    seed: u64,
    draws: u64,
    stub: Stub,
    settings: ServiceSettings,
    /// Seconds since 1970.
    now: u64,
    sent: Vec<Sent>,
    points: Vec<Point>,
    reached: Reached,
    kept: Option<Kept>,
    /// Ids of messages that a crash has lost.
    lost: Vec<String>,
}

/// What a stub saved, and what was sent by then.
struct Kept {
    account: Vec<u8>,
    sent: Vec<Sent>,
    points: Vec<Point>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut draws = 0;
        let mut pick = |among: usize| drawn(seed, &mut draws, among);
        let settings = ServiceSettings {
            retention: Duration::from_secs([60, 600, 7_200, 259_200][pick(4)]),
            retained_messages: [None, None, Some(5), Some(20)][pick(4)],
            metrics: MetricsSettings {
                stamped_at: [StampedAt::Feedback, StampedAt::Send][pick(2)],
                second_feedback: [SecondFeedback::Ignore, SecondFeedback::Count][pick(2)],
                ..MetricsSettings::default()
            },
            quotas: Quotas {
                recipient_per_second: [None, Some(1.0)][pick(2)],
                ..Quotas::UNLIMITED
            },
            send_errors: ErrorShares {
                throttle: 0.1,
                internal_error: 0.05,
                ..ErrorShares::default()
            },
            put_errors: ErrorShares { throttle: 0.1, unavailable: 0.05, ..ErrorShares::default() },
            ..ServiceSettings::default()
        };
        let service = Service::new(settings.clone());
        let clock = StubClock::starting(Duration::from_secs(START), 0.0);
        let stub = Stub::new(service, clock);
        let world = Self {
            seed,
            draws,
            stub,
            settings,
            now: START,
            sent: Vec::new(),
            points: Vec::new(),
            reached: Reached::default(),
            kept: None,
            lost: Vec::new(),
        };
        for (set, on) in [("on", true), ("off", false)] {
            world.aws("CreateConfigurationSet", &json!({ "ConfigurationSetName": set }));
            let body = json!({ "ConfigurationSetName": set, "MessageFeedbackEnabled": on });
            world.aws("SetDefaultMessageFeedbackEnabled", &body);
        }
        world
    }

    fn pick(&mut self, among: usize) -> usize {
        drawn(self.seed, &mut self.draws, among)
    }

    fn act(&mut self) {
        match self.pick(30) {
            0..12 => self.send(),
            12..23 => self.put(),
            23 => self.save(),
            24 => {
                self.save();
                self.start_again();
            }
            25 => self.start_again(),
            26..28 => {
                let secs = [1, 7, 30][self.pick(3)];
                self.advance(secs);
            }
            _ => {
                let secs = [61, 599, 1_800, 3_600, 7_200, 100_000, 2_000_000];
                let place = self.pick(secs.len());
                self.advance(secs[place]);
            }
        }
    }

    fn advance(&mut self, secs: u64) {
        let body = json!({ "seconds": secs }).to_string();
        let path = "/_mock/clock/advance";
        let request = Request { method: "POST", path, body: body.as_bytes(), ..Request::default() };
        assert_eq!(self.stub.answer(&request).status, 200);
        self.now += secs;
    }

    fn save(&mut self) {
        let (.., account) = self.stub.save();
        let account = serde_json::to_vec(&account).expect("an account has a JSON form");
        self.kept = Some(Kept { account, sent: self.sent.clone(), points: self.points.clone() });
    }

    /// Starts a new stub with what was saved last; what came after is lost.
    fn start_again(&mut self) {
        let Some(Kept { account, sent, points }) = self.kept.take() else { return };
        let account: Saved = serde_json::from_slice(&account).expect("an account");
        let mut clock = StubClock::starting(account.epoch(), 0.0);
        clock.advance(Duration::from_secs(self.now - START));
        self.stub = Stub::new(Service::new(self.settings.clone()), clock).with_saved(account);
        self.lost.extend(self.sent.drain(sent.len()..).map(|sent| sent.id));
        self.reached.lost = self.lost.len() as u64;
        (self.sent, self.points) = (sent, points);
        // As the program does before it answers anything.
        self.save();
    }

    fn send(&mut self) {
        let (country, prefix) = NUMBERS[self.pick(NUMBERS.len())];
        let media = self.pick(3) == 0;
        let (by_parameter, by_set) = (self.pick(3), self.pick(3));
        let (dry, wrong) = (self.pick(8) == 0, self.pick(10) == 0);
        let mut body = json!({
            "DestinationPhoneNumber": format!("{prefix}{:03}", self.pick(1_000)),
            "MessageBody": "Your code is 271828",
            "OriginationIdentity": "+12065550100",
            "DryRun": dry,
        });
        let parameter = [None, Some(true), Some(false)][by_parameter];
        let set = [None, Some("on"), Some("off")][by_set];
        if let Some(on) = parameter {
            body["MessageFeedbackEnabled"] = on.into();
        }
        if let Some(set) = set {
            body["ConfigurationSetName"] = set.into();
        }
        if wrong {
            body["ConfigurationSetName"] = "no-such-set".into();
        }
        let name = if media { "SendMediaMessage" } else { "SendTextMessage" };
        let reply = self.aws(name, &body);
        if reply.status != 200 {
            let count = if error(&reply).contains("Throttling") {
                &mut self.reached.throttled
            } else {
                &mut self.reached.refused
            };
            *count += 1;
            return;
        }
        assert!(!wrong, "seed {}: {body} was accepted", self.seed);
        if dry {
            self.reached.dry += 1;
            return;
        }
        self.reached.accepted += 1;
        self.reached.media += u64::from(media);
        let expecting = parameter.unwrap_or(set == Some("on"));
        if expecting {
            self.points.push((metric(media, "ExpectingFeedback"), country, "", self.now / 60));
        }
        let id = json(&reply)["MessageId"].as_str().expect("an id").to_owned();
        let mut known = self.sent.iter().map(|sent| &sent.id).chain(&self.lost);
        assert!(known.all(|known| *known != id), "seed {}: {id} was made twice", self.seed);
        let (at, statuses) = (self.now, Vec::new());
        self.sent.push(Sent { id, country, media, at, expecting, statuses });
    }

    fn put(&mut self) {
        let status = ["RECEIVED", "RECEIVED", "FAILED"][self.pick(3)];
        if self.sent.is_empty() || self.pick(12) == 0 {
            let id = self.lost.last().map_or("f47ac10b-58cc-4372-a567-0e02b2c3d479", |id| id);
            let body = json!({ "MessageId": id, "MessageFeedbackStatus": status });
            assert_ne!(self.aws("PutMessageFeedback", &body).status, 200, "seed {}", self.seed);
            self.reached.unknown += 1;
            return;
        }
        // Mostly one of the newest.
        let back = if self.pick(3) == 0 { self.sent.len() } else { self.sent.len().min(4) };
        let place = self.sent.len() - 1 - self.pick(back);
        let newer = self.sent.len() - 1 - place;
        let body = json!({ "MessageId": self.sent[place].id, "MessageFeedbackStatus": status });
        let reply = self.aws("PutMessageFeedback", &body);
        let (settings, message) = (&self.settings, &mut self.sent[place]);
        let age = self.now - message.at;
        let most = settings.retained_messages.map_or(usize::MAX, |most| most as usize);
        let gone = age >= settings.retention.as_secs() || newer >= most;
        let error = error(&reply);
        match reply.status {
            200 => assert!(message.expecting && !gone, "seed {}: {body}", self.seed),
            503 => return,
            _ if error.contains("Throttling") => return,
            _ => {
                assert!(error.contains("ResourceNotFound"), "seed {}: {error}", self.seed);
                assert!(!message.expecting || gone, "seed {}: {body}", self.seed);
                self.reached.expired += u64::from(gone);
                return;
            }
        }
        self.reached.puts += 1;
        self.reached.late += u64::from(age >= 3_600);
        let again = !message.statuses.is_empty();
        self.reached.again += u64::from(again);
        message.statuses.push(status);
        let MetricsSettings { stamped_at, second_feedback, .. } = settings.metrics;
        if !again || second_feedback == SecondFeedback::Count {
            let at = if stamped_at == StampedAt::Send { message.at } else { self.now };
            let name = metric(message.media, "WithFeedback");
            self.points.push((name, message.country, status, at / 60));
        }
    }

    fn check(&mut self) {
        self.check_dashboard(None);
        for _ in 0..4 {
            // Minutes are told apart for 15 days; before that, hours.
            let recent = (self.now - START) / 60 < 15 * 24 * 60;
            let width = if recent { 60 } else { 3_600 };
            let ends = [self.pick(100_000), self.pick(100_000)].map(|share| {
                let along = (self.now - START) * share as u64 / 100_000;
                (START + along) / width * width
            });
            self.check_dashboard(Some((ends[0].min(ends[1]), ends[0].max(ends[1]))));
        }
        if !self.sent.is_empty() {
            // The minute of a send, and those around it.
            let place = self.pick(self.sent.len());
            let at = self.sent[place].at;
            let width = if self.now - at < 14 * 86_400 { 60 } else { 3_600 };
            let begins = at / width * width;
            self.check_dashboard(Some((begins, begins + width)));
            self.check_dashboard(Some((begins + width, begins + 2 * width)));
        }
        self.check_cloudwatch(3_600);
        if self.now - START < 14 * 86_400 {
            self.check_cloudwatch(60);
        }
    }

    fn check_dashboard(&self, period: Option<(u64, u64)>) {
        let query = period.map(|(from, to)| format!("from={from}&to={to}"));
        let path = "/_mock/dashboard";
        let request =
            Request { method: "GET", path, query: query.as_deref(), ..Request::default() };
        let shown = json(&self.stub.answer(&request));
        let within = |at: u64| period.is_none_or(|(from, to)| (from..to).contains(&at));
        let counted: Vec<_> =
            self.sent.iter().filter(|sent| sent.expecting && within(sent.at)).collect();
        let count = |country: Option<&str>| {
            let own = counted.iter().filter(|sent| country.is_none_or(|own| own == sent.country));
            let own: Vec<_> = own.collect();
            let last =
                |status| own.iter().filter(|sent| sent.statuses.last() == Some(&status)).count();
            let silent = own.iter().filter(|sent| sent.statuses.is_empty());
            let failed = silent.filter(|sent| self.now - sent.at >= 3_600).count();
            json!({ "expecting": own.len(), "received": last("RECEIVED"),
                "failed": last("FAILED"), "auto_failed": failed })
        };
        let (seed, now) = (self.seed, self.now);
        let all = count(None);
        for key in ["expecting", "received", "failed", "auto_failed"] {
            assert_eq!(shown[key], all[key], "seed {seed} at {now}: {key} of {query:?}");
        }
        assert_eq!(shown["completed"], all["received"], "seed {seed} at {now}: {query:?}");
        let by_country: BTreeMap<_, _> = NUMBERS
            .iter()
            .map(|(country, _)| (*country, count(Some(country))))
            .filter(|(_, counts)| counts["expecting"] != 0)
            .collect();
        assert_eq!(shown["by_country"], json!(by_country), "seed {seed} at {now}: {query:?}");
    }

    /// Every series of feedback, point by point.
    fn check_cloudwatch(&self, period: u64) {
        let mut queries = Vec::new();
        let mut expected = Vec::new();
        let countries = NUMBERS.iter().map(|(country, _)| Some(*country));
        for country in countries.chain([None]) {
            for media in [false, true] {
                let statuses = [Some("RECEIVED"), Some("FAILED"), None];
                let with = statuses.map(|status| (metric(media, "WithFeedback"), status));
                let asked = [(metric(media, "ExpectingFeedback"), None)];
                for (name, status) in asked.into_iter().chain(with) {
                    let id = format!("q{}", queries.len());
                    queries.push(query(&id, &name, country, status, period));
                    expected.push(self.series(&name, country, status, period));
                }
            }
        }
        let (start, end) = (START / 3_600 * 3_600, self.now / 3_600 * 3_600 + 3_600);
        let body = json!({ "MetricDataQueries": queries, "StartTime": start, "EndTime": end,
            "ScanBy": "TimestampAscending" });
        let target = "GraniteServiceVersion20100801.GetMetricData";
        let answer = json(&self.ask(target, &body));
        let results = answer["MetricDataResults"].as_array().expect("results");
        for (nth, expected) in expected.iter().enumerate() {
            let (seed, query) = (self.seed, &queries[nth]);
            let result = results.iter().find(|result| result["Id"] == query["Id"]);
            let result = result.unwrap_or_else(|| panic!("seed {seed}: {answer}"));
            let numbers = |key: &str| -> Vec<f64> {
                let list = result[key].as_array().expect("a list").iter();
                list.map(|number| number.as_f64().expect("a number")).collect()
            };
            let found: Vec<_> = numbers("Timestamps").into_iter().zip(numbers("Values")).collect();
            assert_eq!(&found, expected, "seed {seed} at {}: {query}", self.now);
        }
    }

    fn series(
        &self,
        name: &str,
        country: Option<&str>,
        status: Option<&str>,
        period: u64,
    ) -> Vec<(f64, f64)> {
        let mut series = BTreeMap::new();
        for (metric, own_country, own_status, minute) in &self.points {
            if metric == name
                && country.is_none_or(|country| country == *own_country)
                && status.is_none_or(|status| status == *own_status)
            {
                *series.entry(minute * 60 / period * period).or_insert(0_u32) += 1;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "dates are far below 2^53")]
        series.into_iter().map(|(at, count)| (at as f64, f64::from(count))).collect()
    }

    fn aws(&self, operation: &str, body: &Value) -> WireReply {
        self.ask(&format!("PinpointSMSVoiceV2.{operation}"), body)
    }

    fn ask(&self, target: &str, body: &Value) -> WireReply {
        self.stub.answer(&Request {
            method: "POST",
            path: "/",
            target: Some(target),
            content_type: Some(JSON),
            body: body.to_string().as_bytes(),
            ..Request::default()
        })
    }
}

/// A number below `among`, by the next address.
fn drawn(seed: u64, draws: &mut u64, among: usize) -> usize {
    *draws += 1;
    let number = Dice::new(seed).at(*draws, Draw::Gap, 0).next_u64();
    usize::try_from(number % among as u64).expect("small")
}

/// The name of an error; a bare 503 has none.
fn error(reply: &WireReply) -> String {
    if reply.body.is_empty() {
        return String::new();
    }
    json(reply)["__type"].as_str().unwrap_or_default().to_owned()
}

fn metric(media: bool, what: &str) -> String {
    format!("NumberOf{}Messages{what}", if media { "Media" } else { "Text" })
}

fn query(
    id: &str,
    metric: &str,
    country: Option<&str>,
    status: Option<&str>,
    period: u64,
) -> Value {
    let dimension = |name: &str, value: &str| json!({ "Name": name, "Value": value });
    let dimensions: Vec<_> = country
        .map(|country| dimension("IsoCountryCode", country))
        .into_iter()
        .chain(status.map(|status| dimension("MessageFeedbackStatus", status)))
        .collect();
    let metric =
        json!({ "Namespace": "AWS/SMSVoice", "MetricName": metric, "Dimensions": dimensions });
    json!({ "Id": id, "MetricStat": { "Metric": metric, "Period": period, "Stat": "Sum" } })
}
