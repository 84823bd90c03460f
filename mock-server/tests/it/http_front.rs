//! The HTTP front over real sockets.

use crate::caller::{Asked, Connection};
use serde_json::json;
use sms_voice_mock::{
    MockAws, Stub,
    clock::StubClock,
    http::serve,
    service::{Service, distribution::Distribution, settings::ServiceSettings},
};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch, task::spawn_blocking};

pub(crate) const SEND: &str = r#"{"DestinationPhoneNumber": "+5511987654321",
    "MessageBody": "Your code is 123456", "MessageFeedbackEnabled": true,
    "Context": {"run": "r", "session": "7", "nth": "0"}}"#;

/// The first of January 2026.
pub(crate) const EPOCH: Duration = Duration::from_secs(1_767_225_600);

/// Runs a blocking client against a stub.
pub(crate) fn against_stub(client: impl FnOnce(&str) + Send + 'static) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let clock = StubClock::starting(EPOCH, 1.0);
        let aws = MockAws::start_with(Service::default(), clock).await.expect("a port");
        let endpoint = aws.endpoint().to_owned();
        let client = spawn_blocking(move || client(&endpoint));
        client.await.expect("the client is content");
    });
}

#[test]
fn one_connection_carries_send_feedback_and_dashboard() {
    against_stub(|endpoint| {
        let mut connection = Connection::open(endpoint);
        let answer = connection.request(&Asked::aws("SendTextMessage", SEND)).expect("answered");
        assert_eq!(answer.status, 200);
        assert!(answer.head.contains("x-amzn-requestid: "), "{}", answer.head);
        assert!(answer.head.contains("content-type: application/x-amz-json-1.0"));
        let id = answer.json()["MessageId"].clone();
        let put = json!({ "MessageId": id, "MessageFeedbackStatus": "RECEIVED" }).to_string();
        let answer = connection.request(&Asked::aws("PutMessageFeedback", &put)).expect("answered");
        assert_eq!(answer.json(), json!({ "MessageId": id, "MessageFeedbackStatus": "RECEIVED" }));
        let own = |path: &str| Asked::own("GET", path, "");
        let dashboard = connection.request(&own("/_mock/dashboard")).expect("answered").json();
        assert_eq!(dashboard["percentage"], 100.0);
        assert_eq!(dashboard["by_country"]["BR"]["received"], 1);
        let page = connection.request(&own("/_mock/messages")).expect("answered").json();
        assert_eq!(page["messages"][0]["destination"], "+…21");
        assert_eq!(page["messages"][0]["context"]["session"], "7");
        assert_eq!(page["messages"][0]["delivery"], json!(null));
        let path = format!("/_mock/messages/{}", id.as_str().expect("a text"));
        let message = connection.request(&own(&path)).expect("answered").json();
        assert_eq!(message, page["messages"][0]);
    });
}

#[test]
fn the_clock_moves_on_when_told() {
    against_stub(|endpoint| {
        let mut connection = Connection::open(endpoint);
        connection.request(&Asked::aws("SendTextMessage", SEND)).expect("answered");
        let advance = Asked::own("POST", "/_mock/clock/advance", r#"{"seconds": 3600}"#);
        let now = connection.request(&advance).expect("answered").json()["now"].clone();
        assert!(now.as_f64().expect("a date") >= EPOCH.as_secs_f64() + 3600.0);
        let dashboard = Asked::own("GET", "/_mock/dashboard", "");
        let counts = connection.request(&dashboard).expect("answered").json();
        assert_eq!((&counts["auto_failed"], &counts["failed"]), (&json!(1), &json!(0)));
        let from = format!("/_mock/dashboard?from={}&to=", EPOCH.as_secs() + 60);
        let counts = connection.request(&Asked::own("GET", &from, "")).expect("answered").json();
        assert_eq!(counts["expecting"], 0);
        for body in ["", "{}", r#"{"seconds": -1}"#, r#"{"minutes": 1}"#] {
            let advance = Asked::own("POST", "/_mock/clock/advance", body);
            assert_eq!(connection.request(&advance).expect("answered").status, 400, "{body}");
        }
    });
}

#[test]
fn a_reset_closes_the_connection_without_a_byte() {
    against_stub(|endpoint| {
        let mut connection = Connection::open(endpoint);
        let scenario = json!({
            "seed": 1,
            "service": { "errors": { "SendTextMessage": { "reset_after": 1.0 } } },
        });
        let put = Asked::own("PUT", "/_mock/scenario", &scenario.to_string());
        assert_eq!(connection.request(&put).expect("answered").status, 200);
        assert!(connection.request(&Asked::aws("SendTextMessage", SEND)).is_none());
        let mut connection = Connection::open(endpoint);
        let page = connection.request(&Asked::own("GET", "/_mock/messages", "")).expect("answered");
        assert_eq!(page.json()["messages"].as_array().map(Vec::len), Some(1));
        let reset = Asked::own("POST", "/_mock/reset", "");
        assert_eq!(connection.request(&reset).expect("answered").status, 200);
        assert!(connection.request(&Asked::aws("SendTextMessage", SEND)).is_some());
    });
}

#[test]
fn a_scenario_brings_the_carriers_and_is_refused_with_every_problem() {
    against_stub(|endpoint| {
        let mut connection = Connection::open(endpoint);
        let carrier = json!({ "name": "Vivo", "delivered": 1.0, "delay": { "fixed": "3s" } });
        let scenario = json!({ "seed": 1, "countries": { "BR": [carrier] } });
        let put = |body: &str| Asked::own("PUT", "/_mock/scenario", body);
        assert_eq!(connection.request(&put(&scenario.to_string())).expect("answered").status, 200);
        connection.request(&Asked::aws("SendTextMessage", SEND)).expect("answered");
        let page = connection.request(&Asked::own("GET", "/_mock/messages", "")).expect("answered");
        let message = page.json()["messages"][0].clone();
        assert_eq!(message["delivery"]["carrier"], "Vivo");
        let delivered = message["delivery"]["delivered_at"].as_f64().expect("a date");
        let accepted = message["accepted_at"].as_f64().expect("a date");
        assert!((delivered - accepted - 3.0).abs() < 0.01);
        let wrong = json!({ "countries": { "br": [carrier], "BR": [] } }).to_string();
        let answer = connection.request(&put(&wrong)).expect("answered");
        assert_eq!(answer.status, 400);
        assert_eq!(answer.json()["problems"].as_array().map(Vec::len), Some(2));
        let unknown = r#"{"sed": 1}"#;
        assert_eq!(connection.request(&put(unknown)).expect("answered").status, 400);
    });
}

#[test]
fn latency_passes_before_the_answer() {
    against_stub(|endpoint| {
        let mut connection = Connection::open(endpoint);
        let scenario = r#"{"service": {"latency": {"SendTextMessage": {"fixed": "80ms"}}}}"#;
        connection.request(&Asked::own("PUT", "/_mock/scenario", scenario)).expect("answered");
        #[expect(clippy::disallowed_methods, reason = "latency is wall time")]
        let start = std::time::Instant::now();
        connection.request(&Asked::aws("SendTextMessage", SEND)).expect("answered");
        #[expect(clippy::disallowed_methods, reason = "latency is wall time")]
        let took = start.elapsed();
        assert!(took >= Duration::from_millis(80), "{took:?}");
    });
}

#[test]
fn an_unknown_path_answers_with_what_there_is() {
    against_stub(|endpoint| {
        let mut connection = Connection::open(endpoint);
        for (method, path) in [("PUT", "/"), ("GET", "/_mock"), ("PUT", "/_mock/health")] {
            let answer = connection.request(&Asked::own(method, path, "")).expect("answered");
            assert_eq!(answer.status, 404, "{method} {path}");
            assert!(answer.body.contains("/_mock/health"));
        }
    });
}

#[test]
fn another_operation_of_cloudwatch_is_named_as_missing_whatever_its_body_is() {
    against_stub(|endpoint| {
        // Clients compress what they put.
        let asked = Asked::cloudwatch("PutMetricData", "no JSON");
        let answer = Connection::open(endpoint).request(&asked).expect("answered");
        assert_eq!(answer.status, 404);
        assert!(answer.body.contains("#UnknownOperationException"), "{}", answer.body);
    });
}

#[test]
fn a_body_that_is_too_large_is_answered_with_413() {
    against_stub(|endpoint| {
        let body = "x".repeat(300 * 1024);
        let answer = Connection::open(endpoint).request(&Asked::aws("SendTextMessage", &body));
        assert_eq!(answer.expect("answered").status, 413);
    });
}

#[tokio::test]
async fn listeners_share_one_stub_and_a_stopped_one_finishes_its_answers() {
    let settings = ServiceSettings {
        send_latency: Distribution::fixed(Duration::from_millis(60)),
        ..ServiceSettings::default()
    };
    let clock = StubClock::starting(EPOCH, 1.0);
    let stub = Arc::new(Stub::new(Service::new(settings), clock));
    let mut endpoints = Vec::new();
    let mut servers = Vec::new();
    let (stop, stopped) = watch::channel(());
    for _ in 0..2 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        endpoints.push(format!("http://{}", listener.local_addr().expect("bound")));
        let mut stopped = stopped.clone();
        let stop = async move { stopped.changed().await.expect("told to stop") };
        servers.push(tokio::spawn(serve(listener, Arc::clone(&stub), stop)));
    }
    let asking = endpoints.into_iter().map(|endpoint| {
        spawn_blocking(move || {
            Connection::open(&endpoint).request(&Asked::aws("SendTextMessage", SEND))
        })
    });
    let asking: Vec<_> = asking.collect();
    // Both calls are on their way once the shared stub has both messages.
    while stub.with_service(|service, now| service.dashboard(now, None, None).total.expecting) < 2 {
        tokio::task::yield_now().await;
    }
    stop.send(()).expect("the servers listen");
    for answer in asking {
        let answer = answer.await.expect("no panic").expect("answered");
        assert_eq!(answer.status, 200);
    }
    for server in servers {
        server.await.expect("no panic").expect("ended well");
    }
}
