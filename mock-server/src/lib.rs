//! A stub of AWS End User Messaging SMS (`pinpoint-sms-voice-v2`) that any AWS SDK can talk to.
//!
//! ```text
//!  http ────────────┐
//!  wiremock ────────┼──► stub ──► wire ──► service
//!  direct calls ────┼─────────────────────────┘
//! ```
//!
//! The [service] is a pure model; [wire] turns AWS JSON into its calls; a [stub] gives both a clock
//! and the endpoints below `/_mock/`; the fronts carry bytes. Without features, everything but the
//! fronts is there and no runtime is needed.

pub mod service;
pub mod config;
pub mod wire;
pub mod clock;
pub mod stub;
mod cloudwatch;
#[cfg(feature = "signatures")]
pub mod signatures;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "http")]
pub mod outlets;
#[cfg(feature = "http")]
pub mod mock_aws;
#[cfg(feature = "wiremock")]
pub mod wiremock;
#[cfg(feature = "standalone")]
pub mod standalone;
#[cfg(feature = "standalone")]
pub mod state_file;

#[cfg(feature = "http")]
pub use mock_aws::MockAws;
pub use stub::Stub;
