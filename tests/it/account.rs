//! An account at AWS, played by the stub, with a listener before it that sees what is sent.

use crate::program::serve;
use sms_voice_mock::{
    Stub,
    clock::StubClock,
    service::{
        CampaignModel, Service,
        settings::{ServiceSettings, Tier},
    },
    signatures::AccessKeys,
    stub::Request,
};
use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    process::{Command, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
};

/// The account of all ARNs of the stub.
pub(crate) const ACCOUNT: &str = "123456789012";

/// A stub with the rules of a real account, and everything that clients wrote to it.
pub(crate) struct Account {
    pub(crate) stub: Arc<Stub>,
    pub(crate) url: String,
    written: Arc<Mutex<Vec<u8>>>,
}

impl Account {
    /// An account in production with these changes to its settings.
    pub(crate) fn new(change: impl FnOnce(&mut ServiceSettings)) -> Self {
        Self::of_tier(Tier::Production, change, None)
    }

    pub(crate) fn of_tier(
        tier: Tier,
        change: impl FnOnce(&mut ServiceSettings),
        keys: Option<AccessKeys>,
    ) -> Self {
        let mut campaign = CampaignModel::default();
        change(&mut campaign.settings);
        campaign.settings.apply_aws_defaults(tier);
        // What a person would do in hours, a test does at once.
        campaign.settings.quotas.control_per_second = None;
        let service = Service::new(campaign.settings.clone()).with_campaign(campaign);
        let stub = Stub::new(service, StubClock::of_the_wall(1.0));
        let stub = Arc::new(match keys {
            Some(keys) => stub.with_credentials(keys),
            None => stub,
        });
        let behind = serve(Arc::clone(&stub));
        let written = Arc::new(Mutex::new(Vec::new()));
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::clone(&written);
        thread::spawn(move || forward(&listener, behind, &seen));
        Self { stub, url, written }
    }

    /// Calls an operation from beside the network.
    #[track_caller]
    pub(crate) fn call(&self, operation: &str, body: &serde_json::Value) -> serde_json::Value {
        let target = format!("PinpointSMSVoiceV2.{operation}");
        let body = body.to_string();
        let request = Request {
            method: "POST",
            path: "/",
            target: Some(&target),
            content_type: Some("application/x-amz-json-1.0"),
            body: body.as_bytes(),
            ..Request::default()
        };
        let reply = self.stub.answer(&request);
        let answer = serde_json::from_slice(&reply.body).expect("JSON");
        assert_eq!(reply.status, 200, "{operation}: {answer}");
        answer
    }

    /// Makes a configuration set.
    pub(crate) fn configuration_set(&self, name: &str, feedback: bool) {
        let name = serde_json::json!({ "ConfigurationSetName": name });
        self.call("CreateConfigurationSet", &name);
        if feedback {
            let mut default = name;
            default["MessageFeedbackEnabled"] = true.into();
            self.call("SetDefaultMessageFeedbackEnabled", &default);
        }
    }

    /// Leases the US number that reaches simulator numbers; gives its id.
    pub(crate) fn us_simulator_number(&self) -> String {
        let asked = serde_json::json!({
            "IsoCountryCode": "US", "MessageType": "TRANSACTIONAL",
            "NumberCapabilities": ["SMS"], "NumberType": "SIMULATOR",
        });
        let leased = self.call("RequestPhoneNumber", &asked);
        leased["PhoneNumberId"].as_str().expect("an id").to_owned()
    }

    /// Begins to verify a number; gives its id.
    pub(crate) fn pending_number(&self, number: &str) -> String {
        let asked = serde_json::json!({ "DestinationPhoneNumber": number });
        let made = self.call("CreateVerifiedDestinationNumber", &asked);
        made["VerifiedDestinationNumberId"].as_str().expect("an id").to_owned()
    }

    /// Verifies a number with the code that the stub sends it.
    pub(crate) fn verified_number(&self, number: &str) {
        let id = self.pending_number(number);
        let mut asked = serde_json::json!({
            "VerifiedDestinationNumberId": id, "VerificationChannel": "TEXT",
        });
        let sent = self.call("SendDestinationNumberVerificationCode", &asked);
        let path = format!("/_mock/messages/{}", sent["MessageId"].as_str().expect("an id"));
        let request = Request { method: "GET", path: &path, ..Request::default() };
        let reply = self.stub.answer(&request);
        let message: serde_json::Value = serde_json::from_slice(&reply.body).expect("JSON");
        let body = message["body"].as_str().expect("a text");
        let digits = body.split(|c: char| !c.is_ascii_digit()).max_by_key(|word| word.len());
        asked.as_object_mut().expect("an object").remove("VerificationChannel");
        asked["VerificationCode"] = digits.expect("a code").into();
        self.call("VerifyDestinationNumber", &asked);
    }

    /// Everything that clients wrote, as text.
    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().expect("no panic")).into_owned()
    }

    /// How many calls of an operation left for the account.
    pub(crate) fn calls_of(&self, operation: &str) -> usize {
        let target = format!("x-amz-target: pinpointsmsvoicev2.{operation}").to_lowercase();
        self.written().to_lowercase().matches(&format!("{target}\r\n")).count()
    }
}

/// The program with credentials and an endpoint as AWS users set them, and nobody at a terminal. A
/// variable that is empty in `env` is not there.
pub(crate) fn otpdrill_at(url: &str, arguments: &[&str], env: &[(&str, &str)]) -> Output {
    command_at(url, arguments, env).output().expect("the program starts")
}

/// The same, not begun yet.
pub(crate) fn command_at(url: &str, arguments: &[&str], env: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_otpdrill"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars() {
        let name_of_ours = name.starts_with("AWS_") || name.starts_with("OTPDRILL_");
        if name_of_ours || name.to_lowercase().ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    command.envs([
        ("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", url),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "not-a-secret"),
        ("AWS_REGION", "us-east-1"),
        // No test asks the machine that it runs on for a role.
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_CONFIG_FILE", "/dev/null"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
    ]);
    for (name, value) in env {
        if value.is_empty() {
            command.env_remove(name)
        } else {
            command.env(name, value)
        };
    }
    command
}

/// Passes every connection on, and keeps what the client wrote.
fn forward(listener: &TcpListener, to: SocketAddr, written: &Arc<Mutex<Vec<u8>>>) {
    for client in listener.incoming() {
        let client = client.expect("a connection");
        let server = TcpStream::connect(to).expect("the stub listens");
        let mut ends = (client.try_clone().expect("a file"), server.try_clone().expect("a file"));
        let mut others = (client, server);
        let written = Arc::clone(written);
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n @ 1..) = ends.0.read(&mut buffer) {
                written.lock().expect("no panic").extend_from_slice(&buffer[..n]);
                if ends.1.write_all(&buffer[..n]).is_err() {
                    break;
                }
            }
            drop(ends.1.shutdown(Shutdown::Both));
        });
        thread::spawn(move || {
            drop(std::io::copy(&mut others.1, &mut others.0));
            drop(others.0.shutdown(Shutdown::Both));
        });
    }
}
