//! What `--target` names, and whether it may be used.
//!
//! **Invariant:** nothing but a loopback address is ever called.

use crate::exit::Exit;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

/// Where a run's calls go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetName {
    /// Our stub, started inside.
    Mock,
    /// The same stub behind the wiremock crate.
    Wiremock,
    /// Somebody on this machine: `host:port`, and the URL as it was given.
    Url {
        /// The address.
        address: SocketAddr,
        /// What was typed.
        url: String,
    },
}

/// Why a target cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Neither a name nor a URL.
    #[error("`--target {0}` is neither `mock`, `wiremock` nor a URL such as http://127.0.0.1:8086")]
    Unknown(String),
    /// Real AWS.
    #[error(
        "`--target aws` is not available yet: the guard that keeps a campaign from texting strangers \
         and from spending unasked is not built. Use `mock`, `wiremock` or a stub's loopback URL"
    )]
    Aws,
    /// Beyond this machine.
    #[error(
        "`--target {0}` is not on this machine: anything but a loopback address counts as AWS, which \
         is refused until the guard for real AWS exists. Use a loopback URL such as \
         http://127.0.0.1:8086"
    )]
    NotLoopback(String),
    /// Encrypted.
    #[error("`--target {0}` uses TLS, which no stub on this machine needs: use http://")]
    Tls(String),
    /// Nobody can be asked.
    #[error("cannot reach `{url}`: {reason}")]
    Unreachable {
        /// What was typed.
        url: String,
        /// Why.
        reason: String,
    },
    /// Our stub does not take the scenario.
    #[error("the stub at `{url}` refused the scenario; is it of another version?\n{reason}")]
    RefusedScenario {
        /// What was typed.
        url: String,
        /// The stub's answer.
        reason: String,
    },
    /// Somebody else than our stub, who cannot do what was asked.
    #[error(
        "{what} needs our stub, but `{url}` is not one (no sms-voice-mock answers on /_mock/health)"
    )]
    NotOurStub {
        /// What was asked.
        what: String,
        /// What was typed.
        url: String,
    },
}

impl TargetError {
    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unreachable { .. } => Exit::Unreachable,
            Self::RefusedScenario { .. } => Exit::Scenario,
            Self::Unknown(_)
            | Self::Aws
            | Self::NotLoopback(_)
            | Self::Tls(_)
            | Self::NotOurStub { .. } => Exit::Usage,
        }
    }
}

impl TargetName {
    /// Reads `--target`.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        match text {
            "mock" => Ok(Self::Mock),
            "wiremock" => Ok(Self::Wiremock),
            "aws" => Err(TargetError::Aws),
            url if url.starts_with("https://") => match url_address(url, "https://", 443)? {
                Some(_) => Err(TargetError::Tls(url.to_owned())),
                None => Err(TargetError::NotLoopback(url.to_owned())),
            },
            url if url.starts_with("http://") => match url_address(url, "http://", 80)? {
                Some(address) => Ok(Self::Url { address, url: url.to_owned() }),
                None => Err(TargetError::NotLoopback(url.to_owned())),
            },
            other => Err(TargetError::Unknown(other.to_owned())),
        }
    }
}

/// The loopback address behind a URL; `None` if it is not one.
fn url_address(url: &str, scheme: &str, port: u16) -> Result<Option<SocketAddr>, TargetError> {
    let authority = url[scheme.len()..].trim_end_matches('/');
    let unknown = || TargetError::Unknown(url.to_owned());
    if authority.is_empty() || authority.contains(['/', '@', '?', '#', ' ']) {
        return Err(unknown());
    }
    let bare = authority.parse::<IpAddr>().ok();
    let bare = bare.or_else(|| authority.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    let address = bare.map(|ip| SocketAddr::new(ip, port)).or_else(|| authority.parse().ok());
    if let Some(address) = address {
        return Ok(Some(address).filter(|address| address.ip().is_loopback()));
    }
    // A name is looked up only if it is the one that means this machine.
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| unknown())?),
        None => (authority, port),
    };
    if host != "localhost" {
        return Ok(None);
    }
    // Both loopback addresses may be meant; the older one is where stubs listen by default.
    let found = (host, port).to_socket_addrs().ok().into_iter().flatten();
    let loopback =
        found.filter(|address| address.ip().is_loopback()).min_by_key(SocketAddr::is_ipv6);
    Ok(Some(loopback.unwrap_or_else(|| SocketAddr::new(IpAddr::from([127, 0, 0, 1]), port))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_url(url: &str, address: &str) {
        let expected = address.parse().expect("an address");
        match TargetName::parse(url) {
            Ok(TargetName::Url { address, .. }) => assert_eq!(address, expected, "{url}"),
            other => panic!("{url}: {other:?}"),
        }
    }

    #[test]
    fn loopback_urls_are_targets() {
        check_url("http://127.0.0.1:8086", "127.0.0.1:8086");
        check_url("http://127.0.0.1:8086/", "127.0.0.1:8086");
        check_url("http://127.3.2.1", "127.3.2.1:80");
        check_url("http://[::1]:9000", "[::1]:9000");
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        let error = |text: &str| TargetName::parse(text).expect_err(text);
        assert_eq!(error("aws"), TargetError::Aws);
        for url in [
            "http://10.0.0.1:80",
            "http://example.com",
            "https://sms-voice.us-east-1.amazonaws.com",
            "http://localhost.example.com:80",
            "http://0.0.0.0:8086",
        ] {
            assert!(matches!(error(url), TargetError::NotLoopback(_)), "{url}");
        }
        assert!(matches!(error("https://127.0.0.1"), TargetError::Tls(_)));
        for text in ["", "moc", "http://", "http://user@127.0.0.1:1", "http://localhost:port"] {
            assert!(matches!(error(text), TargetError::Unknown(_)), "{text}");
        }
    }
}
