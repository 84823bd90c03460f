//! The stub behind every front: the service, its clock, and what is asked of them over HTTP.
//!
//! **Invariant:** nothing here waits; the one lock is held for the service's own work only.

mod endpoints;
mod page;
pub(crate) mod event;
mod view;

#[cfg(feature = "signatures")]
use crate::{clock::wall_date, signatures::AccessKeys};
use crate::{
    clock::{Moment, StubClock},
    cloudwatch,
    service::{Saved, Service, time::SimTime},
    wire::{Call, Rejection, TIME_HEADER, Unauthenticated, WireReply},
};
use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// A service and its clock, shared by all connections of all fronts.
#[derive(Debug)]
pub struct Stub {
    world: Mutex<World>,
    log: fn(&str),
    /// Who may call; `None` asks nobody.
    #[cfg(feature = "signatures")]
    keys: Option<AccessKeys>,
}

#[derive(Debug)]
struct World {
    service: Service,
    clock: StubClock,
    /// Calls so far that may have changed something.
    changes: u64,
}

/// How often the account was emptied, and how often it may have changed: what differs may have to be
/// saved again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// How often it was emptied or read back.
    pub generation: u64,
    /// Calls so far that may have changed it.
    pub changes: u64,
}

/// What the stub needs of an HTTP request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The method.
    pub method: &'a str,
    /// The path, without the query.
    pub path: &'a str,
    /// The query, without the question mark.
    pub query: Option<&'a str>,
    /// The header `X-Amz-Target`.
    pub target: Option<&'a str>,
    /// The header `Content-Type`.
    pub content_type: Option<&'a str>,
    /// Whether the front cannot have faults of the connection, so that asking for them is refused.
    pub connection_is_sound: bool,
    /// All headers, for what few requests need; `None` where there are none.
    pub headers: Option<&'a dyn Headers>,
    /// The body.
    pub body: &'a [u8],
}

impl Request<'_> {
    /// The header of this name, which is in lower case, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.headers?.values(name).first()?).ok()
    }
}

/// The headers of a request, where its front keeps them.
pub trait Headers: fmt::Debug {
    /// The values of the header of this name, which is in lower case, in their order.
    fn values(&self, name: &str) -> Vec<&[u8]>;

    /// Whether there is a header of this name, which is in lower case.
    fn has(&self, name: &str) -> bool {
        !self.values(name).is_empty()
    }
}

impl<N: AsRef<str> + fmt::Debug, V: AsRef<[u8]> + fmt::Debug> Headers for Vec<(N, V)> {
    fn values(&self, name: &str) -> Vec<&[u8]> {
        let named = self.iter().filter(|(other, _)| other.as_ref().eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_ref()).collect()
    }
}

impl World {
    fn reset(&mut self) {
        self.service.reset();
        self.clock.reset();
    }
}

impl Stub {
    /// A stub of this unused service, which takes its date from the clock.
    #[must_use]
    pub fn new(service: Service, clock: StubClock) -> Self {
        let service = service.with_epoch(clock.epoch());
        let world = World { service, clock, changes: 0 };
        Self {
            world: Mutex::new(world),
            log: |_| {},
            #[cfg(feature = "signatures")]
            keys: None,
        }
    }

    /// The same stub, which answers the AWS API and CloudWatch to holders of these keys only. Their
    /// signatures must be of the date of the wall, whatever the stub's own clock shows; the endpoints
    /// below `/_mock/` and the page stay open to all.
    #[cfg(feature = "signatures")]
    #[must_use]
    pub fn with_credentials(self, keys: AccessKeys) -> Self {
        Self { keys: Some(keys), ..self }
    }

    /// The same stub, which tells `log` what its owner should know, a line at a time.
    #[must_use]
    pub fn with_log(self, log: fn(&str)) -> Self {
        Self { log, ..self }
    }

    /// The same stub, which goes on with this account; its clock must be of the account's timeline.
    #[must_use]
    pub fn with_saved(self, saved: Saved) -> Self {
        {
            let World { service, clock, .. } = &mut *self.lock();
            service.resume(clock.now(), saved);
        }
        self
    }

    /// The account as of this moment. It is copied while calls wait, some 30 ms for a million messages.
    #[must_use]
    pub fn save(&self) -> (Version, Moment, Saved) {
        let world = self.lock();
        (world.version(), world.clock.moment(), world.service.save())
    }

    /// What the account has come to.
    #[must_use]
    pub fn version(&self) -> Version {
        self.lock().version()
    }

    /// The stub's time.
    #[must_use]
    pub fn now(&self) -> SimTime {
        self.lock().clock.now()
    }

    /// Looks at, or changes, the service directly.
    pub fn with_service<T>(&self, act: impl FnOnce(&mut Service, SimTime) -> T) -> T {
        let World { service, clock, .. } = &mut *self.lock();
        act(service, clock.now())
    }

    /// Moves the clock on.
    pub fn advance(&self, by: Duration) {
        self.lock().clock.advance(by);
    }

    /// Goes back to the start: no messages, no resources, the clock where it began.
    pub fn reset(&self) {
        self.lock().reset();
    }

    /// Answers a request: the AWS API on `POST /`, CloudWatch there and below `/service/`, the stub's
    /// own endpoints below `/_mock/`.
    pub fn answer(&self, request: &Request<'_>) -> WireReply {
        if cloudwatch::is_asked(request) {
            if let Err(why) = self.authenticate(request, "monitoring") {
                return cloudwatch::refuse(&mut self.lock().service, request, &why);
            }
            let World { service, clock, .. } = &mut *self.lock();
            cloudwatch::answer(service, clock.now(), request)
        } else if request.path == "/" && request.method == "POST" {
            self.answer_aws(request)
        } else {
            endpoints::answer(self, request)
        }
    }

    /// Answers a request whose body was not read.
    #[must_use]
    pub fn answer_unread(&self, why: &Rejection) -> WireReply {
        let id = self.lock().service.request_id();
        why.answer(id)
    }

    /// Tells the owner something.
    #[cfg(feature = "http")]
    pub(crate) fn note(&self, line: &str) {
        (self.log)(line);
    }

    fn answer_aws(&self, request: &Request<'_>) -> WireReply {
        if let Err(why) = self.authenticate(request, "sms-voice") {
            return Rejection::from(why).answer(self.lock().service.request_id());
        }
        // Reading comes before the lock: it is the longer part.
        match Call::read(request.target, request.content_type, request.body) {
            Ok(call) => {
                let World { service, clock, changes } = &mut *self.lock();
                *changes += 1;
                let now = clock.now();
                let taken = (service.epoch() + now.since_start()).as_nanos();
                let mut reply = call.answer(service, now);
                if request.headers.is_some_and(|headers| headers.has(TIME_HEADER)) {
                    reply.headers.push((TIME_HEADER, taken.to_string()));
                }
                reply
            }
            Err(rejection) => {
                if matches!(rejection, Rejection::UnknownOperation(_)) {
                    (self.log)(&unknown(request.target));
                }
                rejection.answer(self.lock().service.request_id())
            }
        }
    }

    /// Checks who asks this service, by its signing name, if the stub has to know.
    #[cfg(feature = "signatures")]
    fn authenticate(&self, request: &Request<'_>, service: &str) -> Result<(), Unauthenticated> {
        let checked = self.keys.as_ref().map(|keys| keys.check(request, service, wall_date()));
        checked.unwrap_or(Ok(()))
    }

    #[cfg(not(feature = "signatures"))]
    const fn authenticate(&self, _: &Request<'_>, _: &str) -> Result<(), Unauthenticated> {
        Ok(())
    }

    /// Id, secret and session token of one of the keys that may call.
    #[cfg(all(feature = "http", feature = "signatures"))]
    pub(crate) fn access_key(&self) -> Option<(&str, &str, Option<&str>)> {
        self.keys.as_ref()?.first()
    }

    #[cfg(all(feature = "http", not(feature = "signatures")))]
    pub(crate) const fn access_key(&self) -> Option<(&str, &str, Option<&str>)> {
        None
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        // A panic of another thread leaves a service that is still worth asking.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    const fn version(&self) -> Version {
        Version { generation: self.service.generation(), changes: self.changes }
    }
}

/// Says what was asked for, as far as it can be a name.
fn unknown(target: Option<&str>) -> String {
    let asked: String = target.unwrap_or_default().chars().take(100).collect();
    format!("unknown operation: {}", asked.escape_debug())
}
