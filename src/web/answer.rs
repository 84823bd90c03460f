//! From a request to its answer.

use super::{live, page};
use crate::{
    metrics::{exposition, families},
    watch::snapshot::Snapshot,
};
use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Method, Request, Response, StatusCode,
    header::{self, HeaderName, HeaderValue},
    http::uri::Authority,
};
use std::{fmt, net::IpAddr};

/// A page that was made, if it could be.
pub type Rendered = Option<String>;

/// Makes the report of the run so far.
pub type MakesReport = Box<dyn Fn() -> Rendered + Send + Sync>;

/// What a server offers, and to whom.
pub struct Offer {
    /// The report beside the metrics and the page of the run's state; without it there is no page.
    pub report: Option<MakesReport>,
    /// Whether it listens beyond this machine, where somebody's names may point to it.
    pub beyond: bool,
}

/// What the page may load: its own script and itself.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
     script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.report.is_some();
        f.debug_struct("Offer").field("report", &report).field("beyond", &self.beyond).finish()
    }
}

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

const TEXT: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

type Reply = (StatusCode, &'static str, String);

/// The answer to a request.
pub(super) fn answer<B>(
    request: &Request<B>,
    offer: &Offer,
    snapshot: &Snapshot,
) -> Response<Full<Bytes>> {
    let (status, content_type, body) = reply(request, offer, snapshot);
    let length = HeaderValue::from(body.len());
    let is_head = request.method() == Method::HEAD;
    let mut response = Response::new(Full::from(if is_head { String::new() } else { body }));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONTENT_LENGTH, length);
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    response
}

fn reply<B>(request: &Request<B>, offer: &Offer, snapshot: &Snapshot) -> Reply {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return refused(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here\n");
    }
    let path = request.uri().path();
    let is_metrics = path == "/metrics";
    // Collectors know each other by names; figures are all that they get.
    let any_name = offer.beyond && is_metrics;
    if !any_name && !is_by_address(request.headers()) {
        let why = "this host name is refused: use an IP address or `localhost`\n";
        return refused(StatusCode::FORBIDDEN, why);
    }
    match path {
        "/metrics" => {
            let accept = request.headers().get(header::ACCEPT).and_then(|it| it.to_str().ok());
            let format = exposition::Format::wanted(accept);
            let text = exposition::write(&families(snapshot), format);
            (StatusCode::OK, format.content_type(), text)
        }
        "/report" => offer.report.as_ref().map_or_else(nothing, |report| of_report(report())),
        "/" if offer.report.is_some() => {
            (StatusCode::OK, HTML, live::keep_up_to_date(&page::page(snapshot)))
        }
        live::SCRIPT_PATH if offer.report.is_some() => {
            (StatusCode::OK, SCRIPT, live::SCRIPT.to_owned())
        }
        _ => nothing(),
    }
}

fn of_report(report: Rendered) -> Reply {
    let page = report.unwrap_or_else(page::no_report_yet);
    (StatusCode::OK, HTML, live::keep_up_to_date(&page))
}

fn nothing() -> Reply {
    refused(StatusCode::NOT_FOUND, "there is nothing here\n")
}

fn refused(status: StatusCode, why: &str) -> Reply {
    (status, TEXT, why.to_owned())
}

/// Whether the client means this machine by its address. A page elsewhere whose name was made to point
/// here comes with that name.
fn is_by_address(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let authority = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    authority.is_some_and(|authority| {
        let host = authority.host();
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(host: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_str(host).expect("a header"));
        is_by_address(&headers)
    }

    #[test]
    fn a_name_that_points_here_is_refused() {
        for good in ["127.0.0.1:80", "localhost", "LOCALHOST:9", "[::1]:8089", "192.168.0.7:1"] {
            assert!(by(good), "{good}");
        }
        for bad in ["evil.example:8089", "localhost.evil.example", "127.0.0.1.evil.example", "a b"]
        {
            assert!(!by(bad), "{bad}");
        }
        assert!(!is_by_address(&HeaderMap::new()));
    }
}
