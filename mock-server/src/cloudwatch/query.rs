//! Requests of the query protocol: `MetricDataQueries.member.1.Id=m1&…`.
//!
//! **Invariant:** no key, however long, does more than fail.

use super::{
    failure::{Failure, Kind},
    node::{DEPTH, Node},
};
use std::collections::BTreeMap;

/// Pairs by the parts of their keys.
#[derive(Debug)]
enum Branch {
    Leaf(String),
    Fork(BTreeMap<String, Self>),
}

/// Reads a body: its action, and its members.
pub(super) fn read(body: &[u8]) -> Result<(String, Node), Failure> {
    let mut root = BTreeMap::new();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut sides = pair.splitn(2, |byte| *byte == b'=');
        let mut side = || decoded(sides.next().unwrap_or_default());
        let (key, value) = (side()?, side()?);
        insert(&mut root, &key, value)?;
    }
    let action = match root.remove("Action") {
        Some(Branch::Leaf(action)) => action,
        _ => String::new(),
    };
    Ok((action, Node::Structure(root.into_iter().map(named).collect())))
}

fn insert(
    mut members: &mut BTreeMap<String, Branch>,
    key: &str,
    value: String,
) -> Result<(), Failure> {
    let malformed = || Failure::new(Kind::Serialization, "a key of the request cannot be read");
    let mut parts: Vec<_> = key.split('.').collect();
    if parts.len() > DEPTH {
        return Err(malformed());
    }
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let fork = || Branch::Fork(BTreeMap::new());
        match members.entry(part.to_owned()).or_insert_with(fork) {
            Branch::Fork(below) => members = below,
            Branch::Leaf(_) => return Err(malformed()),
        }
    }
    match members.insert(last.to_owned(), Branch::Leaf(value)) {
        None => Ok(()),
        Some(_) => Err(malformed()),
    }
}

fn named((name, branch): (String, Branch)) -> (String, Node) {
    (name, node(branch))
}

fn node(branch: Branch) -> Node {
    match branch {
        Branch::Leaf(text) => Node::Loose(text),
        Branch::Fork(mut members) => {
            if members.len() == 1
                && let Some(Branch::Fork(items)) = members.remove("member")
            {
                return Node::List(in_order(items));
            }
            Node::Structure(members.into_iter().map(named).collect())
        }
    }
}

/// The items of a list by their numbers, of which some may be missing.
fn in_order(items: BTreeMap<String, Branch>) -> Vec<Node> {
    let numbered = items.into_iter().map(|(key, item)| (key.parse().unwrap_or(u32::MAX), item));
    let mut numbered: Vec<_> = numbered.collect();
    numbered.sort_by_key(|(number, _)| *number);
    numbered.into_iter().map(|(_, item)| node(item)).collect()
}

/// A key or a value without its escapes.
fn decoded(text: &[u8]) -> Result<String, Failure> {
    let malformed = || Failure::new(Kind::Serialization, "the request is not form-encoded UTF-8");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(*byte).to_digit(16));
                let (high, low) = (digit().ok_or_else(malformed)?, digit().ok_or_else(malformed)?);
                u8::try_from(high * 16 + low).map_err(|_| malformed())?
            }
            other => *other,
        });
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_structures_and_lists() {
        let body = b"Action=X&A.member.10.B=ten&A.member.2.B=two+%C3%A9%26&C=&Version=1";
        let (action, node) = read(body).expect("readable");
        let item = |text: &str| Node::structure([("B", Node::Loose(text.to_owned()))]);
        let wanted = Node::structure([
            ("A", Node::List(vec![item("two é&"), item("ten")])),
            ("C", Node::Loose(String::new())),
            ("Version", Node::Loose("1".to_owned())),
        ]);
        assert_eq!((action.as_str(), node), ("X", wanted));
    }

    #[test]
    fn no_body_does_more_than_fail() {
        let deep = format!("{}=1", "a.".repeat(10_000));
        for body in ["a=%", "a=%4", "a=%zz", "a=%ff", "a=1&a=2", "a=1&a.b=2", "a.b=2&a=1", &deep] {
            assert!(read(body.as_bytes()).is_err(), "{body:.20}");
        }
        assert!(read(b"").is_ok() && read(b"&&=&").is_ok());
    }
}
