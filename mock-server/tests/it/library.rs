//! The stub as a Rust test uses it.

use crate::{
    caller::{Asked, Connection, json},
    cloud_watch::TODAY,
};
use serde_json::{Value, json};
use sms_voice_mock::{
    MockAws,
    mock_aws::MockAwsBuilder,
    service::{
        FeedbackState,
        carrier::{Carrier, Receipts},
        distribution::Distribution,
        faults::{Fault, FaultKind},
        feedback::PutWithoutFeedback,
        settings::Quotas,
    },
    stub::Request,
};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, UNIX_EPOCH},
};

const BR: &str = "+5511987654321";

const HOUR: Duration = Duration::from_secs(3_600);

/// A stub on a clock that stands on the first instant of a day.
fn builder() -> MockAwsBuilder {
    MockAws::builder().date(UNIX_EPOCH + Duration::from_secs(TODAY)).frozen_clock()
}

async fn start(builder: MockAwsBuilder) -> MockAws {
    builder.start().await.expect("a free port")
}

/// Calls an operation past the socket.
fn ask(aws: &MockAws, operation: &str, input: &Value) -> Value {
    let reply = aws.stub().answer(&Request {
        method: "POST",
        path: "/",
        target: Some(&format!("PinpointSMSVoiceV2.{operation}")),
        content_type: Some("application/x-amz-json-1.0"),
        body: input.to_string().as_bytes(),
        ..Request::default()
    });
    if reply.body.is_empty() { Value::Null } else { json(&reply) }
}

/// Sends a message that expects feedback.
fn send(aws: &MockAws, number: &str, code: u32) -> Value {
    let input = json!({
        "DestinationPhoneNumber": number,
        "MessageBody": format!("It is 7: your code is {code:06}"),
        "MessageFeedbackEnabled": true,
        "Context": { "flow": "sign-up" },
    });
    ask(aws, "SendTextMessage", &input)
}

fn sent(aws: &MockAws, number: &str, code: u32) -> String {
    let answer = send(aws, number, code);
    answer["MessageId"].as_str().unwrap_or_else(|| panic!("accepted: {answer}")).to_owned()
}

fn put(aws: &MockAws, id: &str, status: &str) -> Value {
    let input = json!({ "MessageId": id, "MessageFeedbackStatus": status });
    ask(aws, "PutMessageFeedback", &input)
}

/// What a panic says.
fn told<T>(act: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(act)).err().expect("a panic");
    *panic.downcast::<String>().expect("a panic with a formatted message")
}

#[tokio::test]
async fn a_test_reads_the_code_that_was_sent_over_http_and_sees_that_it_was_reported() {
    let aws = start(builder()).await;
    let endpoint = aws.endpoint().to_owned();
    let client = move |operation: &str, input: Value| {
        let answer =
            Connection::open(&endpoint).request(&Asked::aws(operation, &input.to_string()));
        answer.expect("an answer").json()
    };
    let code = {
        let client = client.clone();
        let input = json!({
            "DestinationPhoneNumber": BR, "MessageBody": "Your code is 492817", "MessageFeedbackEnabled": true,
        });
        tokio::task::spawn_blocking(move || client("SendTextMessage", input)).await.expect("sent");
        aws.message_to(BR).code()
    };
    assert_eq!(code, "492817");
    let id = aws.message_to(BR).id;
    aws.assert_feedback(&id, FeedbackState::Expecting);
    let input = json!({ "MessageId": id, "MessageFeedbackStatus": "RECEIVED" });
    tokio::task::spawn_blocking(move || client("PutMessageFeedback", input)).await.expect("put");
    aws.assert_feedback(&id, FeedbackState::Received);
    aws.assert_no_feedback_owed();
    assert_eq!((aws.dashboard().completed(), aws.dashboard().percentage()), (1, Some(100.0)));
}

#[tokio::test]
async fn a_message_shows_what_it_was_sent_with() {
    let aws = start(builder().price("BR", 0.25, 0.5)).await;
    let id = sent(&aws, BR, 7);
    let message = aws.message(&id);
    assert_eq!(message, aws.messages()[0]);
    assert_eq!((message.destination.as_str(), message.country.as_str()), ("+…21", "BR"));
    assert_eq!((message.parts, message.price_usd.to_string().as_str()), (1, "0.75"));
    assert_eq!(message.context("flow"), Some("sign-up"));
    assert_eq!(message.context("other"), None);
    assert_eq!(message.body(), "It is 7: your code is 000007");
    assert_eq!(message.code(), "000007");
    assert_eq!(message.accepted_at, UNIX_EPOCH + Duration::from_secs(TODAY));
    assert_eq!(message.feedback_at, None);
    aws.advance(HOUR / 2);
    put(&aws, &id, "FAILED");
    assert_eq!(aws.message(&id).feedback_at, Some(message.accepted_at + HOUR / 2));
}

#[tokio::test]
async fn the_newest_message_to_a_number_is_found_among_others() {
    let aws = start(builder()).await;
    for (number, code) in [(BR, 1), ("+12065550121", 2), (BR, 3), ("+5511987654322", 4)] {
        sent(&aws, number, code);
    }
    assert_eq!(aws.message_to(BR).code(), "000003");
    let codes: Vec<_> = aws.messages_to(BR).iter().map(|message| message.code()).collect();
    assert_eq!(codes, ["000001", "000003"]);
    assert_eq!(aws.messages().len(), 4);
}

#[tokio::test]
async fn an_hour_without_feedback_is_a_debt_that_a_late_report_pays() {
    let aws = start(builder()).await;
    let id = sent(&aws, BR, 1);
    aws.advance(HOUR);
    assert_eq!(aws.now(), UNIX_EPOCH + Duration::from_secs(TODAY) + HOUR);
    aws.assert_feedback(&id, FeedbackState::AutoFailed);
    let said = told(|| aws.assert_no_feedback_owed());
    let expected =
        format!("feedback is still owed on 1 of 1 messages:\n  +…21 (BR) AUTO_FAILED {id}");
    assert_eq!(said, expected);
    put(&aws, &id, "RECEIVED");
    aws.assert_feedback(&id, FeedbackState::Received);
    aws.assert_no_feedback_owed();
}

#[tokio::test]
async fn a_failed_assertion_shows_what_was_seen_and_neither_a_number_nor_a_code() {
    let aws = start(builder()).await;
    aws.assert_nothing_sent();
    let id = sent(&aws, BR, 492_817);
    let line = format!("\n  +…21 (BR) EXPECTING {id}");
    for (said, expected) in [
        (
            told(|| aws.message_to("+12065550100")),
            format!("no message was sent to +…00 (US); messages sent: 1{line}"),
        ),
        (
            told(|| aws.message("no-such-id")),
            format!("no message has the id `no-such-id`; messages sent: 1{line}"),
        ),
        (
            told(|| aws.assert_feedback(&id, FeedbackState::Received)),
            format!("the feedback of this message should be RECEIVED: {}", line.trim()),
        ),
        (
            told(|| aws.assert_nothing_sent()),
            format!("no message should have been sent; messages sent: 1{line}"),
        ),
    ] {
        assert_eq!(said, expected);
    }
    for shown in [format!("{:?}", aws.messages()), aws.messages()[0].to_string()] {
        assert!(!shown.contains("492817") && !shown.contains("98765"), "{shown}");
    }
}

#[tokio::test]
async fn a_long_list_of_messages_is_cut() {
    let aws = start(builder()).await;
    (0..25).for_each(|code| drop(sent(&aws, BR, code)));
    let said = told(|| aws.assert_no_feedback_owed());
    assert!(said.starts_with("feedback is still owed on 25 of 25 messages:\n"), "{said}");
    assert!(said.ends_with("\n  and 5 more") && said.lines().count() == 22, "{said}");
}

#[tokio::test]
async fn a_default_account_has_the_documented_limits_in_whatever_order_they_are_set() {
    let quotas = || Quotas { send_per_second: Some(2.0), ..Quotas::UNLIMITED };
    for builder in
        [builder().default_account().quotas(quotas()), builder().quotas(quotas()).default_account()]
    {
        let aws = start(builder).await;
        sent(&aws, BR, 1);
        // The recipient's own second is not over, but another's message is the second of two.
        assert_eq!(send(&aws, BR, 2)["__type"], "ThrottlingException");
        sent(&aws, "+5511987654322", 3);
        assert_eq!(send(&aws, "+5511987654323", 4)["__type"], "ThrottlingException");
    }
}

#[tokio::test]
async fn a_sandbox_sends_to_verified_numbers_only() {
    let aws = start(builder().sandbox_account()).await;
    let answer = send(&aws, BR, 1);
    assert!(answer["__type"].is_string(), "{answer}");
    aws.assert_nothing_sent();
}

#[tokio::test]
async fn money_can_run_out() {
    let aws = start(builder().price("BR", 0.4, 0.1).spend_limit_usd(1.0)).await;
    sent(&aws, BR, 1);
    sent(&aws, BR, 2);
    assert_eq!(send(&aws, BR, 3)["Reason"], "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT");
    assert_eq!(aws.messages().len(), 2);
}

#[tokio::test]
async fn carriers_decide_what_events_tell() {
    let carrier = Carrier {
        name: "Vivo".to_owned(),
        weight: 1.0,
        mcc: "724".to_owned(),
        mnc: "06".to_owned(),
        delivered: 1.0,
        delay: Distribution::fixed(Duration::from_secs(4)),
        receipts: Receipts {
            missing: 0.0,
            false_delivered: 0.0,
            delay: Distribution::fixed(Duration::ZERO),
        },
    };
    let aws = start(builder().carrier("BR", carrier).events_kept(1)).await;
    sent(&aws, BR, 1);
    let kinds = || aws.events().iter().map(|event| event.event_type()).collect::<Vec<_>>();
    assert_eq!(kinds(), ["TEXT_QUEUED"]);
    aws.advance(Duration::from_secs(4));
    assert_eq!(kinds(), ["TEXT_DELIVERED"]);
}

#[tokio::test]
async fn a_configuration_file_says_it_too() {
    let text = "seed = 3\n[service]\nspend_limit_usd = 0.03\nprices.BR = { price_usd = 0.02 }";
    let aws = start(builder().config(text)).await;
    sent(&aws, BR, 1);
    assert_eq!(send(&aws, BR, 2)["__type"], "ServiceQuotaExceededException");
    let said = told(|| MockAws::builder().config("[service]\nspend_limit_usd = -1"));
    assert!(said.starts_with("this is not a valid configuration:\n"), "{said}");
    assert!(said.contains("service.spend_limit_usd"), "{said}");
}

#[tokio::test]
async fn what_aws_does_not_document_and_what_is_kept_can_be_set() {
    let aws = start(builder().put_without_feedback(PutWithoutFeedback::Ignored)).await;
    let input = json!({ "DestinationPhoneNumber": BR, "MessageBody": "hello" });
    let answer = ask(&aws, "SendTextMessage", &input);
    let id = answer["MessageId"].as_str().expect("an id");
    assert_eq!(put(&aws, id, "RECEIVED")["MessageFeedbackStatus"], "RECEIVED");
    aws.assert_feedback(id, FeedbackState::None);
    aws.assert_no_feedback_owed();
    assert!(told(|| aws.message(id).code()).contains("no code of 4 to 10 digits is in its text"));
    aws.reset();
    aws.assert_nothing_sent();
    let aws = start(builder().bodies_kept(0)).await;
    sent(&aws, BR, 1);
    let said = told(|| aws.message_to(BR).code());
    assert!(said.contains("its text is not kept any more"), "{said}");
}

#[tokio::test]
async fn one_seed_meets_the_same_luck() {
    let answers = async |seed: u64| {
        let builder = builder().seed(seed).settings(|service| service.send_errors.throttle = 0.5);
        let aws = start(builder).await;
        (0..64).map(|code| send(&aws, BR, code)["MessageId"].is_string()).collect::<Vec<_>>()
    };
    assert_eq!(answers(1).await, answers(1).await);
    assert_ne!(answers(1).await, answers(2).await);
}

#[tokio::test]
async fn another_process_finds_the_stub_by_its_environment() {
    let aws = start(builder()).await;
    let environment = aws.environment();
    let endpoints = environment.iter().filter(|(name, _)| name.starts_with("AWS_ENDPOINT_URL_"));
    assert!(
        endpoints.clone().count() == 2 && endpoints.clone().all(|(_, url)| url == aws.endpoint())
    );
}

#[tokio::test]
async fn what_should_go_wrong_does_until_its_time_is_over() {
    let until = Some(Duration::from_secs(5));
    let aws = start(builder().fault(Fault { until, ..Fault::always(FaultKind::Throttle) })).await;
    assert_eq!(send(&aws, BR, 1)["__type"], "ThrottlingException");
    aws.advance(Duration::from_secs(5));
    sent(&aws, BR, 2);
    assert_eq!((aws.injected(FaultKind::Throttle), aws.injected(FaultKind::Hang)), (1, 0));
}

#[tokio::test]
async fn a_connection_closed_after_the_send_leaves_a_message_that_the_client_does_not_know() {
    let aws = start(builder()).await;
    let operation = Some("SendTextMessage".into());
    aws.set_faults(&[Fault { operation, ..Fault::always(FaultKind::ResetAfter) }]);
    let endpoint = aws.endpoint().to_owned();
    let input = json!({ "DestinationPhoneNumber": BR, "MessageBody": "Your code is 492817" });
    let asked = Asked::aws("SendTextMessage", &input.to_string());
    let answer =
        tokio::task::spawn_blocking(move || Connection::open(&endpoint).request(&asked)).await;
    assert!(answer.expect("a closed connection").is_none());
    assert_eq!(aws.message_to(BR).code(), "492817");
    assert_eq!(aws.injected(FaultKind::ResetAfter), 1);
    aws.set_faults(&[]);
    sent(&aws, BR, 1);
}
