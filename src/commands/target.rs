//! What `--target` names, and whether it may be used.
//!
//! A URL is a stub: on this machine whoever answers, beyond it only who names itself as ours. Anything
//! else counts as AWS, and a URL is never signed with credentials that AWS would take.
//!
//! **Invariant:** no address beyond this machine is called but to ask whether it is our stub.

use crate::{exit::Exit, target::stub};
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
    /// Somebody beyond this machine: to be asked whether it is our stub.
    Beyond {
        /// `host:port`
        authority: String,
        /// What was typed.
        url: String,
    },
    /// Real AWS, behind the guard.
    Aws,
}

/// Why a target cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Neither a name nor a URL.
    #[error(
        "`--target {0}` is neither `mock`, `wiremock`, `aws` nor a URL such as http://127.0.0.1:8086"
    )]
    Unknown(String),
    /// Beyond this machine, and not our stub.
    #[error(
        "`{0}` is not on this machine and does not say that it is our stub, so it counts as AWS; a \
         URL is signed with fixed fake credentials only, which AWS refuses. To use an account, say \
         `--target aws` with --account-id and --max-spend"
    )]
    CountsAsAws(String),
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
            Self::Unknown(_) | Self::CountsAsAws(_) | Self::Tls(_) | Self::NotOurStub { .. } => {
                Exit::Usage
            }
        }
    }
}

impl TargetName {
    /// Reads `--target`.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        match text {
            "mock" => Ok(Self::Mock),
            "wiremock" => Ok(Self::Wiremock),
            "aws" => Ok(Self::Aws),
            url if url.starts_with("https://") => match place(url, "https://", 443)? {
                Place::Here(_) => Err(TargetError::Tls(url.to_owned())),
                // Our stub speaks no TLS.
                Place::Beyond(_) => Err(TargetError::CountsAsAws(url.to_owned())),
            },
            url if url.starts_with("http://") => match place(url, "http://", 80)? {
                Place::Here(address) => Ok(Self::Url { address, url: url.to_owned() }),
                Place::Beyond(authority) if is_of_aws(&authority) => {
                    Err(TargetError::CountsAsAws(url.to_owned()))
                }
                Place::Beyond(authority) => Ok(Self::Beyond { authority, url: url.to_owned() }),
            },
            other => Err(TargetError::Unknown(other.to_owned())),
        }
    }
}

/// Where a URL leads.
enum Place {
    /// To this machine.
    Here(SocketAddr),
    /// To `host:port`, wherever that is.
    Beyond(String),
}

fn place(url: &str, scheme: &str, port: u16) -> Result<Place, TargetError> {
    let authority = url[scheme.len()..].trim_end_matches('/');
    let unknown = || TargetError::Unknown(url.to_owned());
    if authority.is_empty() || authority.contains(['/', '@', '?', '#', ' ']) {
        return Err(unknown());
    }
    let bare = authority.parse::<IpAddr>().ok();
    let bare = bare.or_else(|| authority.strip_prefix('[')?.strip_suffix(']')?.parse().ok());
    let address = bare.map(|ip| SocketAddr::new(ip, port)).or_else(|| authority.parse().ok());
    if let Some(address) = address {
        let here = address.ip().is_loopback();
        return Ok(if here { Place::Here(address) } else { Place::Beyond(address.to_string()) });
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| unknown())?),
        None => (authority, port),
    };
    if host != "localhost" {
        return Ok(Place::Beyond(format!("{host}:{port}")));
    }
    // Both loopback addresses may be meant; the older one is where stubs listen by default.
    let found = (host, port).to_socket_addrs().ok().into_iter().flatten();
    let loopback =
        found.filter(|address| address.ip().is_loopback()).min_by_key(SocketAddr::is_ipv6);
    let usual = SocketAddr::new(IpAddr::from([127, 0, 0, 1]), port);
    Ok(Place::Here(loopback.unwrap_or(usual)))
}

/// Whether a host is AWS's by its name: that is not even asked.
fn is_of_aws(authority: &str) -> bool {
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    ["amazonaws.com", "amazonaws.com.cn", "api.aws", "amazonaws.eu"]
        .iter()
        .any(|aws| host == *aws || host.ends_with(&format!(".{aws}")))
}

/// The address of our stub beyond this machine; whoever else answers there counts as AWS.
pub async fn stub_beyond(authority: &str, url: &str) -> Result<SocketAddr, TargetError> {
    let unreachable = |reason: String| TargetError::Unreachable { url: url.to_owned(), reason };
    let found = authority.to_socket_addrs().map_err(|error| unreachable(error.to_string()))?;
    // From here on the address is used and the name is not: it cannot lead elsewhere later.
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(SocketAddr::is_ipv6);
    let address = found.first().ok_or_else(|| unreachable("it has no address".to_owned()))?;
    match stub::health(*address).await {
        Ok(Some(_)) => Ok(*address),
        Ok(None) => Err(TargetError::CountsAsAws(url.to_owned())),
        Err(error) => Err(unreachable(error.to_string())),
    }
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
    fn what_is_beyond_this_machine_has_to_be_asked() {
        for (url, expected) in [
            ("http://10.0.0.1", "10.0.0.1:80"),
            ("http://0.0.0.0:8086", "0.0.0.0:8086"),
            ("http://localhost.example.com:81/", "localhost.example.com:81"),
            ("http://[::ffff:127.0.0.1]:8086", "[::ffff:127.0.0.1]:8086"),
        ] {
            match TargetName::parse(url) {
                Ok(TargetName::Beyond { authority, .. }) => {
                    assert_eq!(authority, expected, "{url}")
                }
                other => panic!("{url}: {other:?}"),
            }
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        let error = |text: &str| TargetName::parse(text).expect_err(text);
        for url in [
            "https://sms-voice.us-east-1.amazonaws.com",
            "http://sms-voice.us-east-1.amazonaws.com",
            "http://SMS-VOICE.us-east-1.api.aws:80",
            "https://10.0.0.1",
        ] {
            assert!(matches!(error(url), TargetError::CountsAsAws(_)), "{url}");
        }
        assert!(matches!(error("https://127.0.0.1"), TargetError::Tls(_)));
        for text in ["", "moc", "http://", "http://user@127.0.0.1:1", "http://localhost:port"] {
            assert!(matches!(error(text), TargetError::Unknown(_)), "{text}");
        }
    }
}
