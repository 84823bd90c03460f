//! Where calls go: the service model itself, or an AWS SDK client.
//!
//! **Invariant:** AWS's types stop in [`sdk`]; everything else sees plain answers.

pub mod message;
pub mod direct;
pub mod prepared;
pub mod evidence;
pub mod connector;
pub mod aws;
pub mod sdk;
pub mod cloudwatch;
pub mod stub;
pub mod guard;
