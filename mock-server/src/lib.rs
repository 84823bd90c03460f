//! A stub of AWS End User Messaging SMS (`pinpoint-sms-voice-v2`) that any AWS SDK can talk to.

pub mod config;
pub mod service;
