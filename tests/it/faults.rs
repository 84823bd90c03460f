//! What goes wrong on request, as a run, a simulation and the AWS SDK for Rust see it.

use crate::program::{COUNTS, alone, count, fresh, otpdrill, results, table};
use aws_sdk_pinpointsmsvoicev2::{
    Client,
    config::{
        AsyncSleep, BehaviorVersion, Config, Credentials, Region, SharedAsyncSleep, Sleep,
        retry::RetryConfig, timeout::TimeoutConfig,
    },
    error::{ProvideErrorMetadata, SdkError},
    operation::send_text_message::SendTextMessageError,
};
use otpdrill::target::connector::LoopbackHttp;
use sms_voice_mock::{MockAws, config::faults::FaultShape};
use std::{path::Path, time::Duration};

const SCENARIO: &str = "tests/it/faults.toml";

#[test]
fn a_run_and_a_simulation_meet_the_same_faults() {
    let _alone = alone();
    let counts = |folder: &Path| -> Vec<Vec<String>> {
        let rows = table(folder, "conversion.csv");
        rows.iter().map(|row| COUNTS.map(|column| row[column].clone()).to_vec()).collect()
    };
    let live = results("faults-live", &["run", SCENARIO]);
    let simulated = results("faults-simulated", &["simulate", SCENARIO]);
    assert_eq!(counts(&live), counts(&simulated), "{COUNTS:?}");
    let total = table(&simulated, "conversion.csv").pop().expect("a total");
    for column in ["throttled", "unknown", "received", "failed"] {
        assert!(count(&total, column) > 20, "{column}: {total:?}");
    }
}

#[test]
fn wiremock_cannot_have_faults_of_the_connection_and_says_so_before_anything_starts() {
    let out = fresh("faults-wiremock");
    let folder = out.display().to_string();
    let output = otpdrill(&["run", SCENARIO, "--target", "wiremock", "--out", &folder]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(said.contains("service.faults.4.kind is `hang`"), "{said}");
    assert!(!out.exists());
}

fn client(endpoint: &str) -> Client {
    let authority = endpoint.strip_prefix("http://").expect("a URL");
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(500));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("FAKE", "fake", None, None, "fixed"))
        .endpoint_url(endpoint)
        .http_client(LoopbackHttp::new(authority))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts.build())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep));
    Client::from_conf(config.build())
}

/// The SDK's timeouts by the clock of this runtime.
#[derive(Debug)]
struct TokioSleep;

impl AsyncSleep for TokioSleep {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(tokio::time::sleep(duration))
    }
}

/// How the SDK for Rust names what it saw.
fn seen(result: Result<(), SdkError<SendTextMessageError>>) -> String {
    match result {
        Ok(()) => "accepted".to_owned(),
        Err(SdkError::ServiceError(error)) => {
            let status = error.raw().status().as_u16();
            format!("{} {status}", error.err().code().unwrap_or("no code"))
        }
        Err(SdkError::TimeoutError(_)) => "timeout".to_owned(),
        Err(SdkError::DispatchFailure(_)) => "dispatch failure".to_owned(),
        Err(SdkError::ResponseError(_)) => "response error".to_owned(),
        Err(other) => format!("{other:?}"),
    }
}

#[tokio::test]
async fn the_sdk_for_rust_sees_each_fault_as_what_it_is() {
    let aws = MockAws::start().await.expect("a port");
    let client = client(aws.endpoint());
    let mut accepted = 0;
    for (fault, expected, processed) in [
        (r#"{"kind":"throttle"}"#, "ThrottlingException 400", 0),
        (r#"{"kind":"internal_error"}"#, "InternalServerException 500", 0),
        (r#"{"kind":"unavailable"}"#, "no code 503", 0),
        (r#"{"kind":"slow","delay_ms":100}"#, "accepted", 1),
        (r#"{"kind":"hang"}"#, "timeout", 0),
        (r#"{"kind":"reset_before"}"#, "dispatch failure", 0),
        (r#"{"kind":"reset_after"}"#, "dispatch failure", 1),
        (r#"{"kind":"truncate"}"#, "dispatch failure", 1),
        (r#"{"kind":"drip","delay_ms":100}"#, "accepted", 1),
        (r#"{"kind":"drip","delay_ms":5000}"#, "timeout", 1),
        (r#"{"kind":"clock_skew","skew_s":7200}"#, "accepted", 1),
    ] {
        let shape: FaultShape = serde_json::from_str(fault).expect("a rule");
        let rules =
            sms_voice_mock::config::faults::check(&[shape], "faults", &mut Default::default());
        aws.stub().with_service(|service, now| service.set_faults(now, &rules.expect("a rule")));
        let sent = client.send_text_message().destination_phone_number("+5511987654321");
        let sent = sent.message_body("Your code is 123456").send().await;
        assert_eq!(seen(sent.map(drop)), expected, "{fault}");
        accepted += processed;
        assert_eq!(aws.messages().len(), accepted, "{fault}");
        let injected =
            aws.stub().with_service(|service, _| service.faults().map(|(_, n)| n).sum::<u64>());
        assert_eq!(injected, 1, "{fault}");
    }
}
