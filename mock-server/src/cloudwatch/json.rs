//! AWS JSON 1.0 and 1.1, which differ in nothing but their names here.
//!
//! **Invariant:** a timestamp is a number of seconds since 1970.

use super::{
    failure::{Failure, Kind},
    node::Node,
};
use serde_json::{Map, Value};

/// Reads a body. An empty one stands for a request without members.
pub(super) fn read(body: &[u8]) -> Result<Node, Failure> {
    if body.is_empty() {
        return Ok(Node::Structure(Vec::new()));
    }
    // serde_json refuses what nests deeper than 128.
    serde_json::from_slice(body).map(node).map_err(|error| {
        Failure::new(Kind::Serialization, format!("the body is not JSON: {error}"))
    })
}

fn node(value: Value) -> Node {
    match value {
        Value::Null => Node::Null,
        Value::Bool(flag) => Node::Bool(flag),
        Value::Number(number) => number.as_f64().map_or(Node::Null, Node::Number),
        Value::String(text) => Node::Text(text),
        Value::Array(items) => Node::List(items.into_iter().map(node).collect()),
        Value::Object(members) => {
            Node::Structure(members.into_iter().map(|(name, value)| (name, node(value))).collect())
        }
    }
}

/// Writes an answer.
pub(super) fn write(node: &Node) -> Vec<u8> {
    serde_json::to_vec(&value(node)).expect("keys are strings")
}

fn value(node: &Node) -> Value {
    match node {
        Node::Null => Value::Null,
        Node::Bool(flag) => Value::Bool(*flag),
        Node::Number(number) | Node::Time(number) => Value::from(*number),
        Node::Text(text) | Node::Loose(text) => Value::from(text.as_str()),
        Node::List(items) => Value::Array(items.iter().map(value).collect()),
        Node::Structure(members) | Node::Table(members) => {
            let members = members.iter().map(|(name, node)| (name.clone(), value(node)));
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}
