//! `--credentials`: who is let in, and what the others are told.

use crate::{
    caller::{Asked, Connection, JSON, json},
    http_front::SEND,
};
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use serde_json::Value;
use sms_voice_mock::{
    MockAws, Stub,
    clock::StubClock,
    service::Service,
    signatures::{AccessKeys, LARGEST_SKEW},
    stub::Request,
    wire::WireReply,
};
use std::time::{Duration, SystemTime};

const ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TEMPORARY: &str = "ASIDEXAMPLE";
const TOKEN: &str = "a/session+token==";

const INCOMPLETE: &str = "IncompleteSignature";
const UNKNOWN: &str = "UnrecognizedClientException";
const INVALID: &str = "InvalidSignatureException";

fn keys() -> AccessKeys {
    AccessKeys::default().with(ID, SECRET).with_session(TEMPORARY, SECRET, TOKEN)
}

fn stub() -> Stub {
    // Its own clock stands long ago: it is the wall that counts.
    let clock = StubClock::starting(Duration::from_secs(1_000_000_000), 0.0);
    Stub::new(Service::default(), clock).with_credentials(keys())
}

#[expect(clippy::disallowed_methods, reason = "signatures are of the wall's date")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// Whoever signs, and for what.
struct Signer {
    id: &'static str,
    secret: &'static str,
    token: Option<&'static str>,
    region: &'static str,
    service: &'static str,
    at: SystemTime,
}

impl Signer {
    fn new() -> Self {
        Self {
            id: ID,
            secret: SECRET,
            token: None,
            region: "us-east-1",
            service: "sms-voice",
            at: now(),
        }
    }

    /// The headers that make these headers and this body a signed request.
    fn sign(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<(String, String)> {
        let token = self.token.map(str::to_owned);
        let identity = Credentials::new(self.id, self.secret, token, None, "test").into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.at)
            .settings(SigningSettings::default())
            .build()
            .expect("complete")
            .into();
        let headers = headers.iter().copied();
        let body = SignableBody::Bytes(body);
        let request = SignableRequest::new("POST", format!("http://stub{path}"), headers, body);
        let (made, _) = sign(request.expect("a request"), &params).expect("signed").into_parts();
        made.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// A request, whole.
#[derive(Clone)]
struct Whole {
    path: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Whole {
    /// A request that this signer has signed.
    fn signed(signer: &Signer, path: &'static str, extra: &[(&str, &str)], body: &[u8]) -> Self {
        let mut headers = vec![("host", "stub")];
        headers.extend(extra);
        let made = signer.sign(path, &headers, body);
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Self { path, headers: headers.chain(made).collect(), body: body.to_owned() }
    }

    fn send(signer: &Signer) -> Self {
        Self::signed(signer, "/", &SEND_HEADERS, SEND.as_bytes())
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The same with another header in the place of this one.
    fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    /// The same with a change to the header `Authorization`.
    fn authorized(self, change: impl FnOnce(&str) -> String) -> Self {
        let changed = change(self.header("authorization").expect("signed"));
        self.with("authorization", &changed)
    }

    fn ask(&self, stub: &Stub) -> WireReply {
        stub.answer(&Request {
            method: "POST",
            path: self.path,
            query: None,
            target: self.header("x-amz-target"),
            content_type: self.header("content-type"),
            headers: Some(&self.headers),
            body: &self.body,
            ..Request::default()
        })
    }
}

const SEND_HEADERS: [(&str, &str); 2] =
    [("content-type", JSON), ("x-amz-target", "PinpointSMSVoiceV2.SendTextMessage")];

#[track_caller]
fn check_refused(request: &Whole, name: &str, said: &str) {
    let stub = stub();
    let reply = request.ask(&stub);
    let body = json(&reply);
    assert_eq!((reply.status, &body["__type"]), (403, &Value::from(name)), "{body}");
    let message = body["Message"].as_str().expect("a message");
    assert!(message.contains(said), "{message}");
    for secret in [ID, TEMPORARY, SECRET, TOKEN] {
        assert!(!message.contains(secret), "{message}");
    }
    stub.with_service(|service, now| {
        assert_eq!(service.dashboard(now, None, None).total.expecting, 0, "nothing was sent");
    });
}

#[test]
fn a_request_is_answered_if_it_is_signed_with_a_known_key() {
    let stub = stub();
    assert_eq!(Whole::send(&Signer::new()).ask(&stub).status, 200);
    let temporary = Signer { id: TEMPORARY, token: Some(TOKEN), ..Signer::new() };
    assert_eq!(Whole::send(&temporary).ask(&stub).status, 200);
    // What only the signer's errors depend on still decides afterwards.
    let wrong = Whole::signed(&Signer::new(), "/", &SEND_HEADERS, b"{}").ask(&stub);
    assert_eq!(json(&wrong)["__type"], "ValidationException");
}

#[test]
fn headers_are_signed_without_their_outer_and_double_spaces() {
    let extra = [SEND_HEADERS[0], SEND_HEADERS[1], ("x-amz-user-agent", " a  b "), ("x-two", "1")];
    let mut request = Whole::signed(&Signer::new(), "/", &extra, SEND.as_bytes());
    request = request.with("x-amz-user-agent", "a b");
    assert_eq!(request.ask(&stub()).status, 200);
    // What is not signed may change on its way.
    request = request.with("user-agent", "proxy").with("amz-sdk-request", "attempt=2");
    assert_eq!(request.ask(&stub()).status, 200);
}

#[test]
fn what_is_signed_cannot_be_changed() {
    let send = || Whole::send(&Signer::new());
    let mut other = send();
    other.body = SEND.replace("123456", "654321").into_bytes();
    check_refused(&other, INVALID, "does not match the signature");
    let put = "PinpointSMSVoiceV2.PutMessageFeedback";
    check_refused(&send().with("x-amz-target", put), INVALID, "does not match");
    check_refused(&send().with("host", "elsewhere"), INVALID, "does not match");
    check_refused(&send().without("host"), INVALID, "does not match");
    let mut twice = send();
    twice.headers.push(("content-type".to_owned(), JSON.to_owned()));
    check_refused(&twice, INVALID, "does not match");
    let fewer = |header: &str| header.replace("content-type;", "");
    check_refused(&send().authorized(fewer), INVALID, "does not match");
    let mut elsewhere = send();
    elsewhere.headers.push(("x-amz-security-token".to_owned(), TOKEN.to_owned()));
    check_refused(&elsewhere, UNKNOWN, "security token");
}

#[test]
fn a_body_that_says_it_is_unsigned_is_not_believed() {
    let extra = [SEND_HEADERS[0], SEND_HEADERS[1], ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")];
    let mut request = Whole::signed(&Signer::new(), "/", &extra, SEND.as_bytes());
    assert_eq!(request.ask(&stub()).status, 200, "the header alone does no harm");
    request.body = SEND.replace("123456", "654321").into_bytes();
    check_refused(&request, INVALID, "does not match");
}

#[test]
fn another_secret_or_signature_is_invalid() {
    let wrong = Signer { secret: "wrong", ..Signer::new() };
    check_refused(&Whole::send(&wrong), INVALID, "does not match");
    for signature in ["", "0", &"0".repeat(64), &"é".repeat(32)] {
        let changed = |header: &str| {
            let (before, _) = header.split_once("Signature=").expect("a signature");
            format!("{before}Signature={signature}")
        };
        check_refused(&Whole::send(&Signer::new()).authorized(changed), INVALID, "does not match");
    }
}

#[test]
fn another_key_or_token_is_nobodys() {
    let unknown = Signer { id: "AKIDNOBODY", ..Signer::new() };
    check_refused(&Whole::send(&unknown), UNKNOWN, "security token");
    let temporary = |token| Signer { id: TEMPORARY, token, ..Signer::new() };
    for token in [None, Some("another token")] {
        check_refused(&Whole::send(&temporary(token)), UNKNOWN, "security token");
    }
    let lasting = Signer { token: Some(TOKEN), ..Signer::new() };
    check_refused(&Whole::send(&lasting), UNKNOWN, "security token");
}

#[test]
fn a_signature_is_bound_to_date_region_and_service() {
    let region = Signer { region: "eu-west-1", ..Signer::new() };
    check_refused(&Whole::send(&region), INVALID, "a valid region");
    let service = Signer { service: "monitoring", ..Signer::new() };
    check_refused(&Whole::send(&service), INVALID, "correct service: 'sms-voice'");
    let end = |header: &str| header.replace("aws4_request", "aws5_request");
    check_refused(&Whole::send(&Signer::new()).authorized(end), INVALID, "terminator");
    let day = Whole::send(&Signer::new()).with("x-amz-date", "20200101T000000Z");
    check_refused(&day, INVALID, "Date in Credential scope");
}

#[test]
fn a_signature_of_another_time_is_invalid() {
    // The boundary to the second is a unit test's: here the wall moves on.
    let margin = Duration::from_secs(60);
    let at = |at| Whole::send(&Signer { at, ..Signer::new() });
    for held in [now() - LARGEST_SKEW + margin, now() + LARGEST_SKEW - margin] {
        assert_eq!(at(held).ask(&stub()).status, 200);
    }
    check_refused(&at(now() - LARGEST_SKEW - margin), INVALID, "Signature expired");
    check_refused(&at(now() + LARGEST_SKEW + margin), INVALID, "Signature not yet current");
}

#[test]
fn the_stubs_own_clock_does_not_matter() {
    let stub = stub();
    stub.advance(Duration::from_secs(86_400));
    assert_eq!(Whole::send(&Signer::new()).ask(&stub).status, 200);
}

#[test]
fn a_request_without_a_whole_signature_is_told_what_is_missing() {
    let send = || Whole::send(&Signer::new());
    check_refused(&send().without("authorization"), INCOMPLETE, "no Authorization header");
    check_refused(&send().without("x-amz-date"), INCOMPLETE, "no X-Amz-Date header");
    check_refused(&send().with("x-amz-date", "yesterday"), INCOMPLETE, "X-Amz-Date must be");
    let bearer = send().with("authorization", "Bearer token");
    check_refused(&bearer, INCOMPLETE, "AWS4-HMAC-SHA256");
    let mut twice = send();
    twice.headers.push(("authorization".to_owned(), "AWS4-HMAC-SHA256".to_owned()));
    check_refused(&twice, INCOMPLETE, "once each");
    type Change = fn(&str) -> String;
    let changes: [(Change, &str); 8] = [
        (|_| String::new(), "AWS4-HMAC-SHA256"),
        (|_| "AWS4-HMAC-SHA256".to_owned(), "AWS4-HMAC-SHA256"),
        (|_| "AWS4-HMAC-SHA256 Credential".to_owned(), "the parts"),
        (|header| header.replace("Signature=", "Sig="), "the parts"),
        (|header| format!("{header}, Signature=0"), "the parts"),
        (|header| header.replace("/us-east-1", ""), "Credential must be"),
        (|header| header.replace(";host", ""), "among the SignedHeaders"),
        (|header| header.replace(";x-amz-date", ""), "among the SignedHeaders"),
    ];
    for (change, said) in changes {
        check_refused(&send().authorized(change), INCOMPLETE, said);
    }
    let stub = stub();
    let bare = Request {
        method: "POST",
        path: "/",
        target: Some(SEND_HEADERS[1].1),
        content_type: Some(JSON),
        body: SEND.as_bytes(),
        ..Request::default()
    };
    assert_eq!(json(&stub.answer(&bare))["__type"], INCOMPLETE);
}

/// `{"Namespace": "AWS/SMSVoice"}` in CBOR.
const LIST: &[u8] = b"\xa1\x69Namespace\x6cAWS/SMSVoice";
const LIST_PATH: &str = "/service/GraniteServiceVersion20100801/operation/ListMetrics";
const LIST_HEADERS: [(&str, &str); 2] =
    [("content-type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")];

#[test]
fn cloud_watch_asks_for_signatures_too_and_says_so_in_each_protocol() {
    let signer = |secret| Signer { secret, service: "monitoring", ..Signer::new() };
    let cbor = |signer: &Signer| Whole::signed(signer, LIST_PATH, &LIST_HEADERS, LIST);
    assert_eq!(cbor(&signer(SECRET)).ask(&stub()).status, 200);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let query = b"Action=ListMetrics&Version=2010-08-01&Namespace=AWS%2FSMSVoice";
    let query = |signer: &Signer| Whole::signed(signer, "/", &[form], query);
    assert_eq!(query(&signer(SECRET)).ask(&stub()).status, 200);

    let reply = cbor(&signer("wrong")).ask(&stub());
    assert_eq!((reply.status, reply.content_type), (403, Some("application/cbor")));
    let code = ("x-amzn-query-error", format!("{INVALID};Sender"));
    assert!(reply.headers.contains(&code), "{:?}", reply.headers);
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    assert!(text.contains(&format!("com.amazonaws.cloudwatch#{INVALID}")), "{text}");

    let reply = query(&signer("wrong")).ask(&stub());
    assert_eq!((reply.status, reply.content_type), (403, Some("text/xml")));
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    assert!(text.contains(&format!("<Code>{INVALID}</Code>")), "{text}");

    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "GraniteServiceVersion20100801.ListMetrics"),
    ];
    let other = Whole::signed(&Signer::new(), "/", &headers, b"{}").ask(&stub());
    assert_eq!(json(&other)["__type"], format!("com.amazonaws.cloudwatch#{INVALID}"));
    let said = "Credential should be scoped to correct service: 'monitoring'.";
    assert_eq!(json(&other)["message"], said);
}

/// Asks a stub on a socket, from a thread that may block.
async fn over_http(endpoint: &str, requests: Vec<Asked>) -> Vec<(u16, Value)> {
    let endpoint = endpoint.to_owned();
    let asking = tokio::task::spawn_blocking(move || {
        let mut connection = Connection::open(&endpoint);
        let ask = |request| connection.request(request).expect("answered");
        let answers = requests.iter().map(ask);
        answers
            .map(|answer| (answer.status, serde_json::from_str(&answer.body).unwrap_or_default()))
            .collect()
    });
    asking.await.expect("the client is content")
}

/// A send over HTTP that this signer has signed.
fn asked(signer: &Signer) -> Asked {
    let length = SEND.len().to_string();
    let signed = [("host", "stub"), SEND_HEADERS[0], SEND_HEADERS[1], ("content-length", &length)];
    let made = signer.sign("/", &signed, SEND.as_bytes());
    Asked::aws("SendTextMessage", SEND).with_headers(&made)
}

#[tokio::test]
async fn signatures_are_checked_over_http_and_the_stubs_own_endpoints_stay_open() {
    let aws = MockAws::builder().credentials(keys()).start().await.expect("a port");
    let send = || Asked::aws("SendTextMessage", SEND);
    let wrong = Signer { secret: "wrong", ..Signer::new() };
    let answers = over_http(
        aws.endpoint(),
        vec![
            asked(&Signer::new()),
            asked(&wrong),
            send(),
            Asked::own("GET", "/_mock/dashboard", ""),
            Asked::own("GET", "/_mock/health", ""),
            Asked::own("GET", "/", ""),
        ],
    )
    .await;
    let statuses: Vec<_> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [200, 403, 403, 200, 200, 200]);
    assert_eq!(answers[1].1["__type"], INVALID);
    assert_eq!(answers[2].1["__type"], INCOMPLETE);
    assert_eq!(answers[3].1["expecting"], 1);
}

#[cfg(feature = "wiremock")]
#[tokio::test]
async fn signatures_are_checked_behind_wiremock_too() {
    let server = wiremock::MockServer::start().await;
    sms_voice_mock::wiremock::mount(&server, std::sync::Arc::new(stub())).await;
    let wrong = Signer { secret: "wrong", ..Signer::new() };
    let answers = over_http(&server.uri(), vec![asked(&Signer::new()), asked(&wrong)]).await;
    assert_eq!(answers[0].0, 200, "{answers:?}");
    assert_eq!((answers[1].0, &answers[1].1["__type"]), (403, &Value::from(INVALID)));
}

#[tokio::test]
async fn another_process_finds_a_key_in_its_environment() {
    let found = async |keys| {
        let aws = MockAws::builder().credentials(keys).start().await.expect("a port");
        let environment = aws.environment().into_iter();
        environment.filter(|(name, _)| !name.contains("ENDPOINT")).collect::<Vec<_>>()
    };
    let lasting = found(AccessKeys::default().with(ID, SECRET)).await;
    assert!(lasting.contains(&("AWS_SECRET_ACCESS_KEY", SECRET.to_owned())), "{lasting:?}");
    assert!(!lasting.iter().any(|(name, _)| *name == "AWS_SESSION_TOKEN"));
    let temporary = found(AccessKeys::default().with_session(TEMPORARY, SECRET, TOKEN)).await;
    assert!(temporary.contains(&("AWS_SESSION_TOKEN", TOKEN.to_owned())), "{temporary:?}");
}

#[test]
fn keys_do_not_print_their_secrets() {
    let printed = format!("{:?} {:?}", keys(), stub());
    assert!(printed.contains(ID));
    assert!(!printed.contains(SECRET) && !printed.contains(TOKEN), "{printed}");
}

#[cfg(feature = "standalone")]
mod program {
    use super::{ID, SECRET, TOKEN};
    use std::{
        env, fs,
        io::{BufRead, BufReader, Read},
        process::{self, Command, Stdio},
    };

    /// A file of credentials that this test alone uses.
    fn file(name: &str, text: &str) -> std::path::PathBuf {
        let path = env::temp_dir().join(format!("signatures-{}-{name}", process::id()));
        fs::write(&path, text).expect("written");
        path
    }

    fn command(credentials: &std::path::Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sms-voice-mock"));
        command.args(["--listen", "127.0.0.1:0", "--credentials"]).arg(credentials);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    #[test]
    fn the_program_says_that_it_checks_signatures_and_keeps_its_two_lines() {
        let text = format!(
            "[default]\naws_access_key_id = {ID}\naws_secret_access_key = {SECRET}\n\
             aws_session_token = {TOKEN}\n"
        );
        let path = file("good", &text);
        let mut child = command(&path).spawn().expect("the program starts");
        let mut said = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        said.read_line(&mut line).expect("UTF-8");
        child.kill().expect("it runs");
        let mut out = String::new();
        child.stdout.take().expect("piped").read_to_string(&mut out).expect("UTF-8");
        said.read_to_string(&mut line).expect("UTF-8");
        child.wait().expect("it ends");
        fs::remove_file(&path).expect("removed");
        assert!(
            line.starts_with("signatures are checked: 1 access key, region us-east-1"),
            "{line}"
        );
        assert_eq!(out.lines().count(), 2, "{out}");
        for secret in [ID, SECRET, TOKEN] {
            assert!(!line.contains(secret) && !out.contains(secret));
        }
    }

    #[test]
    fn a_file_that_is_no_file_of_credentials_ends_the_program_with_3() {
        let path = file("bad", &format!("[default]\naws_access_key_id = {SECRET}\n"));
        let output = command(&path).output().expect("the program runs");
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains(&path.display().to_string()), "{said}");
        assert!(
            said.contains("line 2 gives an access key id that is not 1 to 128 letters"),
            "{said}"
        );
        assert!(!said.contains(SECRET), "{said}");
        fs::remove_file(&path).expect("removed");
        assert_eq!(command(&path).output().expect("it runs").status.code(), Some(3), "no file");
    }
}
