//! The stub's own endpoints below `/_mock/`.

use super::{
    Request, Stub, World,
    event::EventsBody,
    page,
    view::{DashboardBody, FaultsBody, MessageBody, MessagesBody},
};
use crate::{
    config::{
        campaign::CampaignShape,
        faults::{self, FaultShape},
        problem::Problems,
    },
    service::{MessageId, identity::RequestId, time::SimTime},
    wire::{Manner, WireReply, epoch_seconds},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{str::FromStr, time::Duration};

/// What a page of messages holds unless asked otherwise, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1000;

/// How far the clock moves at once, in seconds.
const FARTHEST: f64 = 1e9;

/// Says what there is to ask.
const HINT: &str = "this is sms-voice-mock; it answers POST / (AWS JSON 1.0), GET / (a page), GET /_mock/health, \
    GET /_mock/messages?limit=&after=, GET /_mock/messages/{id}, GET /_mock/dashboard?from=&to=, \
    GET /_mock/events?limit=&after=, GET and PUT /_mock/faults, \
    POST /_mock/clock/advance, POST /_mock/clock/speed, PUT /_mock/scenario and POST /_mock/reset";

/// An answer's status and JSON body.
struct Answer(u16, Vec<u8>);

pub(super) fn answer(stub: &Stub, request: &Request<'_>) -> WireReply {
    let world = &mut *stub.lock();
    let id = world.service.request_id();
    // The front leaves the body of an answer to HEAD out.
    let method = if request.method == "HEAD" { "GET" } else { request.method };
    world.changes += u64::from(method != "GET");
    if (method, request.path) == ("GET", "/") {
        let page = page::page(world, request);
        return reply(id, 200, "text/html; charset=utf-8", page);
    }
    let path = request.path.strip_prefix("/_mock/").unwrap_or("");
    let answer = match (method, path) {
        ("GET", "health") => Answer::ok(&json!({
            "status": "ok",
            "server": "sms-voice-mock",
            "version": env!("CARGO_PKG_VERSION"),
        })),
        ("GET", "messages") => messages(world, request),
        ("GET", "dashboard") => dashboard(world, request),
        ("GET", "events") => events(world, request),
        ("POST", "clock/advance") => advance(world, request),
        ("GET", "faults") => Answer::ok(&FaultsBody::of(&world.service)),
        ("POST", "clock/speed") => set_speed(world, request),
        ("PUT", "faults") => set_faults(world, request),
        ("PUT", "scenario") => scenario(world, request),
        ("POST", "reset") => {
            world.reset();
            Answer::ok(&json!({}))
        }
        ("GET", path) if path.starts_with("messages/") => message(world, path),
        _ => Answer::error(404, HINT),
    };
    answer.written(id)
}

impl Answer {
    fn new(status: u16, body: &impl Serialize) -> Self {
        Self(status, serde_json::to_vec(body).expect("answers have string keys"))
    }

    fn ok(body: &impl Serialize) -> Self {
        Self::new(200, body)
    }

    fn error(status: u16, message: &str) -> Self {
        Self::new(status, &json!({ "error": message }))
    }

    /// Every problem of what was sent.
    fn wrong(error: &str, problems: &Problems) -> Self {
        let problems = problems.iter();
        let problems = problems.map(|(path, message)| json!({ "path": path, "message": message }));
        let problems: Vec<_> = problems.collect();
        Self::new(400, &json!({ "error": error, "problems": problems }))
    }

    fn written(self, id: RequestId) -> WireReply {
        reply(id, self.0, "application/json", self.1)
    }
}

fn reply(id: RequestId, status: u16, content_type: &'static str, body: Vec<u8>) -> WireReply {
    WireReply {
        status,
        content_type: Some(content_type),
        headers: Vec::new(),
        request_id: id,
        body,
        latency: Duration::ZERO,
        manner: Manner::Whole,
        skew_s: 0,
    }
}

fn messages(world: &World, request: &Request<'_>) -> Answer {
    let (Ok(limit), Ok(after)) =
        (parameter::<usize>(request, "limit"), parameter::<MessageId>(request, "after"))
    else {
        return Answer::error(400, "`limit` must be a number and `after` a message id");
    };
    let limit = limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let service = &world.service;
    match service.messages(world.clock.now(), after, limit) {
        Some(page) => Answer::ok(&MessagesBody::new(&page, service.epoch())),
        None => Answer::error(404, "`after` is not the id of a message"),
    }
}

fn message(world: &World, path: &str) -> Answer {
    let service = &world.service;
    let view = path
        .strip_prefix("messages/")
        .and_then(|id| id.parse().ok())
        .and_then(|id| service.message(world.clock.now(), id));
    match view {
        Some(view) => Answer::ok(&MessageBody::new(&view, service.epoch())),
        None => Answer::error(404, "there is no message with this id"),
    }
}

fn dashboard(world: &mut World, request: &Request<'_>) -> Answer {
    let (Ok(from), Ok(to)) = (parameter::<f64>(request, "from"), parameter::<f64>(request, "to"))
    else {
        return Answer::error(400, "`from` and `to` must be seconds since 1970");
    };
    if from.into_iter().chain(to).any(|seconds: f64| !seconds.is_finite()) {
        return Answer::error(400, "`from` and `to` must be seconds since 1970");
    }
    let epoch = world.service.epoch();
    let instant = |seconds| instant_of(seconds, epoch);
    let (from, to) = (from.map(instant), to.map(instant));
    let dashboard = world.service.dashboard(world.clock.now(), from, to);
    Answer::ok(&DashboardBody::new(&dashboard))
}

fn events(world: &mut World, request: &Request<'_>) -> Answer {
    let (Ok(limit), Ok(after)) =
        (parameter::<usize>(request, "limit"), parameter::<u64>(request, "after"))
    else {
        return Answer::error(400, "`limit` and `after` must be numbers");
    };
    let limit = limit.unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE);
    let page = world.service.events(world.clock.now(), after.unwrap_or(0), limit);
    Answer::ok(&EventsBody::new(&page, world.service.epoch()))
}

/// The instant of a date in seconds; dates before the start are the start.
fn instant_of(seconds: f64, epoch: Duration) -> SimTime {
    let date = Duration::try_from_secs_f64(seconds).unwrap_or(if seconds > 0.0 {
        Duration::MAX
    } else {
        Duration::ZERO
    });
    SimTime::ZERO + date.saturating_sub(epoch)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvanceBody {
    seconds: f64,
}

fn advance(world: &mut World, request: &Request<'_>) -> Answer {
    let by = serde_json::from_slice::<AdvanceBody>(request.body)
        .ok()
        .filter(|body| body.seconds <= FARTHEST)
        .and_then(|body| Duration::try_from_secs_f64(body.seconds).ok());
    let Some(by) = by else {
        return Answer::error(400, "the body must be {\"seconds\": N} with N from 0 to 1e9");
    };
    world.clock.advance(by);
    Answer::ok(&json!({ "now": epoch_seconds(world.service.epoch(), world.clock.now()) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SpeedBody {
    speed: f64,
}

fn set_speed(world: &mut World, request: &Request<'_>) -> Answer {
    match serde_json::from_slice::<SpeedBody>(request.body) {
        Ok(SpeedBody { speed }) if (0.001..=100_000.0).contains(&speed) => {
            world.clock.set_speed(speed);
            Answer::ok(&json!({ "speed": speed }))
        }
        _ => Answer::error(400, "the body must be {\"speed\": X} with X between 0.001 and 100000"),
    }
}

fn scenario(world: &mut World, request: &Request<'_>) -> Answer {
    let shape = match serde_json::from_slice::<CampaignShape>(request.body) {
        Ok(shape) => shape,
        Err(error) => return Answer::error(400, &error.to_string()),
    };
    let mut problems = Problems::default();
    let campaign = shape.check(&mut problems);
    if request.connection_is_sound {
        refuse_transport(&shape.service.faults, "service.faults", &mut problems);
    }
    let Some(campaign) = campaign.filter(|_| problems.is_empty()) else {
        return Answer::wrong("the scenario has wrong values", &problems);
    };
    if let Some(speed) = shape.speed {
        world.clock.set_speed(speed);
    }
    world.service.set_campaign(world.clock.now(), campaign);
    Answer::ok(&json!({ "now": epoch_seconds(world.service.epoch(), world.clock.now()) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultsAsked {
    faults: Vec<FaultShape>,
}

/// Replaces the rules of what goes wrong, from now on.
fn set_faults(world: &mut World, request: &Request<'_>) -> Answer {
    let FaultsAsked { faults } = match serde_json::from_slice(request.body) {
        Ok(asked) => asked,
        Err(error) => return Answer::error(400, &error.to_string()),
    };
    let mut problems = Problems::default();
    let rules = faults::check(&faults, "faults", &mut problems);
    if request.connection_is_sound {
        refuse_transport(&faults, "faults", &mut problems);
    }
    let Some(rules) = rules.filter(|_| problems.is_empty()) else {
        return Answer::wrong("the faults have wrong values", &problems);
    };
    world.service.set_faults(world.clock.now(), &rules);
    Answer::ok(&FaultsBody::of(&world.service))
}

/// Notes every fault of the connection, which this front cannot have.
fn refuse_transport(shapes: &[FaultShape], path: &str, problems: &mut Problems) {
    for (place, shape) in
        shapes.iter().enumerate().filter(|(_, shape)| shape.kind.is_of_transport())
    {
        let kind = shape.kind.as_str();
        let message = format!("is `{kind}`, a fault of the connection, which wiremock cannot have");
        problems.add(&format!("{path}.{place}.kind"), message);
    }
}

/// A parameter of the query; empty counts as absent. Numbers and ids need no decoding.
fn parameter<T: FromStr>(request: &Request<'_>, name: &str) -> Result<Option<T>, T::Err> {
    request
        .query
        .unwrap_or("")
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value.parse())
        .transpose()
}
