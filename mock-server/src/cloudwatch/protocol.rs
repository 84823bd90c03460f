//! The protocols that clients speak to CloudWatch, and how each wraps a call and its answer.
//!
//! **Invariant:** every error carries its code in the form that its protocol's clients read.

use super::{
    SERVICE, cbor,
    failure::{Failure, Kind},
    fits, json, known,
    node::Node,
    query, xml,
};
use crate::stub::Request;

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Smithy RPC v2 CBOR.
    Cbor,
    /// AWS JSON 1.0.
    Json,
    /// AWS JSON 1.1.
    Json11,
    /// The query protocol.
    Query,
}

/// A call of an operation.
pub(super) struct Call {
    pub(super) operation: String,
    pub(super) input: Node,
}

/// An answer in some protocol.
pub(super) struct Written {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON_1_1: &str = "application/x-amz-json-1.1";

impl Protocol {
    /// The protocol of a request; `None` if it is not for CloudWatch.
    pub(super) fn of(request: &Request<'_>) -> Option<Self> {
        if request.method != "POST" {
            return None;
        }
        if path(request).is_some() {
            return Some(Self::Cbor);
        }
        if request.path != "/" {
            return None;
        }
        let media_type = request.content_type.and_then(|text| text.split(';').next());
        let media_type = media_type.unwrap_or_default().trim();
        if target(request).is_some() {
            return Some(if media_type == JSON_1_1 { Self::Json11 } else { Self::Json });
        }
        // The other API never asks so: what has a target of its own is left to it.
        (request.target.is_none() && media_type == FORM).then_some(Self::Query)
    }

    /// Reads a request of this protocol.
    pub(super) fn read(self, request: &Request<'_>) -> Result<Call, Failure> {
        let body = fits(request.body)?;
        let call = |operation: &str, input| Ok(Call { operation: operation.to_owned(), input });
        match self {
            Self::Cbor => {
                if request.header("smithy-protocol") != Some("rpc-v2-cbor") {
                    let message = "the header smithy-protocol must be rpc-v2-cbor";
                    return Err(Failure::new(Kind::UnknownOperation, message));
                }
                call(known(path(request))?, cbor::read(body)?)
            }
            Self::Json | Self::Json11 => call(known(target(request))?, json::read(body)?),
            Self::Query => {
                let (operation, input) = query::read(body)?;
                call(&operation, input)
            }
        }
    }

    /// Writes a result.
    pub(super) fn result(self, operation: &str, request_id: &str, result: &Node) -> Written {
        let body = match self {
            Self::Cbor => cbor::write(result),
            Self::Json | Self::Json11 => json::write(result),
            Self::Query => {
                let metadata = Node::structure([("RequestId", Node::text(request_id))]);
                let members = [
                    (format!("{operation}Result"), result.clone()),
                    ("ResponseMetadata".to_owned(), metadata),
                ];
                document(&format!("{operation}Response"), &Node::Structure(members.into()))
            }
        };
        self.written(200, body)
    }

    /// Writes an error. Clients that once spoke the query protocol read its code from a header.
    pub(super) fn failure(self, request_id: &str, failure: &Failure) -> Written {
        let Failure { kind, message } = failure;
        let shape = Node::text(format!("com.amazonaws.cloudwatch#{}", kind.shape()));
        let error = Node::structure([("__type", shape), ("message", Node::text(message))]);
        let body = match self {
            Self::Cbor => cbor::write(&error),
            Self::Json | Self::Json11 => json::write(&error),
            Self::Query => error_document(request_id, failure),
        };
        let mut written = self.written(kind.status(), body);
        if self != Self::Query {
            written.headers.push(("x-amzn-query-error", format!("{};Sender", kind.code())));
        }
        written
    }

    fn written(self, status: u16, body: Vec<u8>) -> Written {
        let (content_type, headers) = match self {
            Self::Cbor => ("application/cbor", vec![("smithy-protocol", "rpc-v2-cbor".to_owned())]),
            Self::Json => (crate::wire::AWS_JSON, Vec::new()),
            Self::Json11 => (JSON_1_1, Vec::new()),
            Self::Query => ("text/xml", Vec::new()),
        };
        Written { status, content_type, headers, body }
    }
}

/// The operation that a path of RPC v2 names.
fn path<'a>(request: &Request<'a>) -> Option<&'a str> {
    let rest = request.path.strip_prefix("/service/")?.strip_prefix(SERVICE)?;
    rest.strip_prefix("/operation/")
}

/// The operation that a target names.
fn target<'a>(request: &Request<'a>) -> Option<&'a str> {
    request.target?.strip_prefix(SERVICE)?.strip_prefix('.')
}

fn error_document(request_id: &str, failure: &Failure) -> Vec<u8> {
    let error = Node::structure([
        ("Type", Node::text("Sender")),
        ("Code", Node::text(failure.kind.code())),
        ("Message", Node::text(&failure.message)),
    ]);
    let members = [("Error", error), ("RequestId", Node::text(request_id))];
    document("ErrorResponse", &Node::structure(members))
}

fn document(name: &str, content: &Node) -> Vec<u8> {
    let mut out = format!("<{name} xmlns=\"{}\">", xml::NAMESPACE);
    xml::write(&mut out, content);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
    out.into_bytes()
}
