//! A stub that a Rust test starts, asks and drops.
//!
//! **Invariant:** no full phone number and no text of a message is in a panic's message.

mod asked;
mod builder;
mod sent;

pub use builder::MockAwsBuilder;
pub use sent::SentMessage;

use crate::{Stub, clock::StubClock, http, service::Service};
use std::{future, io, sync::Arc};
use tokio::{net::TcpListener, task::JoinHandle};

/// A running stub on a free loopback port, served by the runtime that started it, until it is
/// dropped.
///
/// A test gives [`endpoint`](Self::endpoint) to the AWS SDK of the code under test, lets it run, and
/// then asks what came of it:
///
/// ```
/// use sms_voice_mock::{MockAws, service::FeedbackState};
/// # use sms_voice_mock::service::{FeedbackStatus, PhoneNumber, SendText, country::CountryCode};
/// # async fn sign_up(aws: &MockAws, number: u64) {
/// #     let number = PhoneNumber::new(number, CountryCode::of("BR"));
/// #     let expects = SendText { message_feedback_enabled: Some(true), ..SendText::new(number, "Your code is 492817") };
/// #     aws.stub().with_service(|service, now| service.send_text_message(now, &expects));
/// # }
/// # async fn confirm(aws: &MockAws, code: &str) {
/// #     assert_eq!(code, "492817");
/// #     let id = aws.messages()[0].id.parse().unwrap();
/// #     aws.stub().with_service(|service, now| service.put_message_feedback(now, id, FeedbackStatus::Received));
/// # }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let aws = MockAws::start().await?;
/// // Your service sends a code to +5511987654321 through an SDK client of `aws.endpoint()`.
/// # sign_up(&aws, 5_511_987_654_321).await;
/// let message = aws.message_to("+5511987654321");
/// assert_eq!((message.country.as_str(), message.parts), ("BR", 1));
///
/// // The user types the code that the message brought, and your service reports it to AWS.
/// # let code =
/// message.code();
/// # confirm(&aws, &code).await;
/// aws.assert_feedback(&message.id, FeedbackState::Received);
/// aws.assert_no_feedback_owed();
/// # Ok(())
/// # }
/// ```
///
/// Time is the test's own. What nobody reports has failed after an hour:
///
/// ```
/// use sms_voice_mock::{MockAws, service::FeedbackState};
/// use std::time::Duration;
/// # use sms_voice_mock::service::{PhoneNumber, SendText, country::CountryCode};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let aws = MockAws::builder().frozen_clock().start().await?;
/// # let number = PhoneNumber::new(5_511_987_654_321, CountryCode::of("BR"));
/// # let expects = SendText { message_feedback_enabled: Some(true), ..SendText::new(number, "Your code is 492817") };
/// # aws.stub().with_service(|service, now| service.send_text_message(now, &expects));
/// // … a message was sent to +5511987654321, with feedback enabled …
/// let id = aws.message_to("+5511987654321").id;
/// aws.assert_feedback(&id, FeedbackState::Expecting);
/// aws.advance(Duration::from_secs(3600));
/// aws.assert_feedback(&id, FeedbackState::AutoFailed);
/// assert_eq!(aws.dashboard().total.auto_failed, 1);
/// # Ok(())
/// # }
/// ```
///
/// A client that blocks its thread needs a runtime with more than one
/// (`#[tokio::test(flavor = "multi_thread")]`), or it waits for a stub that cannot run.
#[derive(Debug)]
pub struct MockAws {
    endpoint: String,
    stub: Arc<Stub>,
    serving: JoinHandle<io::Result<()>>,
}

impl MockAws {
    /// Starts a stub that enforces no limit and shows the date of the wall.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Settings for a stub that is yet to start.
    pub fn builder() -> MockAwsBuilder {
        MockAwsBuilder::default()
    }

    /// Starts a stub of this service on this clock.
    pub async fn start_with(service: Service, clock: StubClock) -> io::Result<Self> {
        Self::serving(Stub::new(service, clock)).await
    }

    async fn serving(stub: Stub) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let stub = Arc::new(stub);
        let serving = tokio::spawn(http::serve(listener, Arc::clone(&stub), future::pending()));
        Ok(Self { endpoint, stub, serving })
    }

    /// Its URL: the endpoint of an SDK client, for `pinpoint-sms-voice-v2` and for CloudWatch.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What a process must find in its environment to take this stub for AWS, whatever SDK it uses.
    /// Where signatures are checked, it finds one of the access keys.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let aws = sms_voice_mock::MockAws::start().await?;
    /// let mut service = std::process::Command::new("./my-service");
    /// service.envs(aws.environment());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let (id, secret, token) = self.stub.access_key().unwrap_or(("test", "test", None));
        let mut variables = vec![
            ("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", self.endpoint.clone()),
            ("AWS_ENDPOINT_URL_CLOUDWATCH", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", id.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", secret.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ];
        variables.extend(token.map(|token| ("AWS_SESSION_TOKEN", token.to_owned())));
        variables
    }

    /// The stub itself, for everything that has no method here.
    #[must_use]
    pub const fn stub(&self) -> &Arc<Stub> {
        &self.stub
    }
}

impl Drop for MockAws {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
