//! The way to an AWS account: credentials, region and endpoint as AWS users set them.
//!
//! Profiles, SSO, web identity, process credentials and instance roles are `aws-config`'s. Temporary
//! credentials are renewed while a run lasts, by the cache that every client has.
//!
//! **Invariant:** no text from here shows a key, a token, or what a credentials provider said.

mod https;

use super::connector::LoopbackHttp;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials as _, error::CredentialsError};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::service_config::ServiceConfigKey;
use https::https;
use std::{fmt, net::SocketAddr};

/// Credentials, a region and an endpoint.
#[derive(Clone)]
pub struct AwsLink {
    shared: SdkConfig,
    region: String,
    endpoint: EndpointKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum EndpointKind {
    /// The region's own.
    Regional,
    /// Somebody on this machine, as an endpoint variable says.
    Loopback(SocketAddr),
    /// An `https` address of the user's own, such as a VPC endpoint.
    Custom(String),
}

/// Why there is no way to an account.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// Nothing says where.
    #[error("no AWS region is set: set AWS_REGION, or `region` in the profile")]
    NoRegion,
    /// Nobody may call.
    #[error(
        "no AWS credentials: {reason}. Look at `aws sts get-caller-identity`; for SSO, run \
         `aws sso login`"
    )]
    NoCredentials {
        /// What kind of failure, without a word of the provider's.
        reason: &'static str,
    },
    /// Codes and signatures in the clear.
    #[error(
        "the endpoint for pinpoint-sms-voice-v2 in the environment or the profile is neither https:// \
         nor a loopback address as in http://127.0.0.1:8086"
    )]
    Endpoint,
}

impl AwsLink {
    /// Finds credentials, region and endpoint; calls nobody but who gives credentials.
    pub async fn open() -> Result<Self, LinkError> {
        let loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(https());
        let shared = loader.load().await;
        let region = shared.region().map(ToString::to_string);
        let region = region.filter(|region| !region.is_empty()).ok_or(LinkError::NoRegion)?;
        let endpoint = endpoint(&shared)?;
        let no_credentials = |reason| LinkError::NoCredentials { reason };
        let provider = shared.credentials_provider();
        let provider = provider.ok_or(no_credentials("no provider is configured"))?;
        if let Err(error) = provider.provide_credentials().await {
            return Err(no_credentials(kind(&error)));
        }
        Ok(Self { shared, region, endpoint })
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The address of somebody on this machine who stands in for AWS, if so.
    pub(super) const fn stand_in(&self) -> Option<SocketAddr> {
        match self.endpoint {
            EndpointKind::Loopback(address) => Some(address),
            EndpointKind::Regional | EndpointKind::Custom(_) => None,
        }
    }

    /// What the user's own settings say.
    pub(super) const fn shared(&self) -> &SdkConfig {
        &self.shared
    }

    /// Where calls go, for people.
    #[must_use]
    pub fn endpoint(&self) -> String {
        match &self.endpoint {
            EndpointKind::Regional => format!("sms-voice.{}", self.region),
            EndpointKind::Loopback(address) => format!("http://{address}"),
            EndpointKind::Custom(url) => url.clone(),
        }
    }

    /// The URL that a client must be told; `None` where the region tells it.
    pub(super) fn endpoint_url(&self) -> Option<String> {
        match self.endpoint {
            EndpointKind::Regional => None,
            EndpointKind::Loopback(_) | EndpointKind::Custom(_) => Some(self.endpoint()),
        }
    }

    /// A client's own connections: one that is on this machine is reached without TLS and without
    /// a proxy.
    pub(super) fn http_client(&self) -> SharedHttpClient {
        match &self.endpoint {
            EndpointKind::Loopback(address) => {
                SharedHttpClient::new(LoopbackHttp::new(&address.to_string()))
            }
            EndpointKind::Regional | EndpointKind::Custom(_) => https(),
        }
    }
}

/// Without what leads to the credentials.
impl fmt::Debug for AwsLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsLink")
            .field("region", &self.region)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

fn endpoint(shared: &SdkConfig) -> Result<EndpointKind, LinkError> {
    let ask = |service_id| {
        let key = ServiceConfigKey::builder().service_id(service_id);
        let key = key.env("AWS_ENDPOINT_URL").profile("endpoint_url").build().ok()?;
        shared.service_config()?.load_config(key)
    };
    // In a profile's `services`, AWS documents `pinpoint_sms_voice_v2`; this SDK, left to itself, looks
    // for `pinpoint-sms-voice-v2` only, and would call AWS where another was meant.
    let own = ask("Pinpoint_SMS_Voice_V2").or_else(|| ask("Pinpoint SMS Voice V2"));
    let url = own.or_else(|| shared.endpoint_url().map(str::to_owned));
    url.map_or(Ok(EndpointKind::Regional), |url| endpoint_kind(&url))
}

fn endpoint_kind(url: &str) -> Result<EndpointKind, LinkError> {
    if let Some(rest) = url.strip_prefix("https://") {
        let host = !rest.is_empty() && !rest.contains('@');
        return if host {
            Ok(EndpointKind::Custom(url.to_owned()))
        } else {
            Err(LinkError::Endpoint)
        };
    }
    let authority = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/'));
    let authority = authority.map(|authority| match authority.strip_prefix("localhost") {
        Some(port) => format!("127.0.0.1{port}"),
        None => authority.to_owned(),
    });
    let address: Option<SocketAddr> = authority.and_then(|authority| authority.parse().ok());
    let loopback = address.filter(|address| address.ip().is_loopback());
    loopback.map(EndpointKind::Loopback).ok_or(LinkError::Endpoint)
}

fn kind(error: &CredentialsError) -> &'static str {
    match error {
        CredentialsError::CredentialsNotLoaded(_) => "none were found",
        CredentialsError::ProviderTimedOut(_) => "their provider took too long",
        CredentialsError::InvalidConfiguration(_) => "the profile's configuration is invalid",
        CredentialsError::ProviderError(_) => "their provider failed",
        CredentialsError::Unhandled(_) | _ => "their provider gave something unexpected",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_encrypted_or_on_this_machine() {
        let kind = |url| endpoint_kind(url).ok();
        let loopback = |text: &str| text.parse().ok().map(EndpointKind::Loopback);
        assert_eq!(kind("http://127.0.0.1:8086/"), loopback("127.0.0.1:8086"));
        assert_eq!(kind("http://localhost:8086"), loopback("127.0.0.1:8086"));
        assert_eq!(kind("http://[::1]:8086"), loopback("[::1]:8086"));
        let vpc = "https://vpce-1.sms-voice.us-east-1.vpce.amazonaws.com";
        assert_eq!(kind(vpc), Some(EndpointKind::Custom(vpc.to_owned())));
        for url in [
            "http://10.0.0.1:80",
            "http://0.0.0.0:8086",
            "http://localhost.example.com:80",
            "http://127.0.0.1:80@example.com",
            "ftp://127.0.0.1:1",
            "https://",
            "",
        ] {
            assert_eq!(kind(url), None, "{url}");
        }
    }
}
