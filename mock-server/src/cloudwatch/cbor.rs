//! CBOR, as Smithy RPC v2 uses it.
//!
//! **Invariant:** no body, however nested or cut off, does more than fail.

use super::{
    failure::{Failure, Kind},
    node::{DEPTH, Node},
};
use minicbor::{
    Decoder, Encoder,
    data::{IanaTag, Type},
};
use std::convert::Infallible;

/// Reads a body. An empty one stands for a request without members.
pub(super) fn read(body: &[u8]) -> Result<Node, Failure> {
    if body.is_empty() {
        return Ok(Node::Structure(Vec::new()));
    }
    let mut decoder = Decoder::new(body);
    let node = value(&mut decoder, DEPTH).map_err(|error| unreadable(error.to_string()))?;
    if decoder.position() == body.len() {
        Ok(node)
    } else {
        Err(unreadable("there is more than one value"))
    }
}

fn unreadable(why: impl Into<String>) -> Failure {
    Failure::new(Kind::Serialization, format!("the body is not CBOR: {}", why.into()))
}

type Decoded<T> = Result<T, minicbor::decode::Error>;

fn value(decoder: &mut Decoder<'_>, depth: usize) -> Decoded<Node> {
    let Some(depth) = depth.checked_sub(1) else {
        return Err(minicbor::decode::Error::message("values nest too deep"));
    };
    Ok(match decoder.datatype()? {
        Type::Bool => Node::Bool(decoder.bool()?),
        Type::String | Type::StringIndef => Node::Text(text(decoder)?),
        Type::Array | Type::ArrayIndef => Node::List(list(decoder, depth)?),
        Type::Map | Type::MapIndef => Node::Structure(structure(decoder, depth)?),
        Type::F32 => Node::Number(decoder.f32()?.into()),
        Type::F64 => Node::Number(decoder.f64()?),
        Type::Tag => tagged(decoder, depth)?,
        Type::U8
        | Type::U16
        | Type::U32
        | Type::U64
        | Type::I8
        | Type::I16
        | Type::I32
        | Type::I64
        | Type::Int => Node::Number(integer(decoder)?),
        // Nothing that is asked here is of any other type.
        Type::Null
        | Type::Undefined
        | Type::F16
        | Type::Simple
        | Type::Bytes
        | Type::BytesIndef => {
            decoder.skip()?;
            Node::Null
        }
        Type::Break | Type::Unknown(_) => {
            return Err(minicbor::decode::Error::message("a value is missing"));
        }
    })
}

fn integer(decoder: &mut Decoder<'_>) -> Decoded<f64> {
    #[expect(clippy::cast_precision_loss, reason = "larger integers are refused where they matter")]
    Ok(i128::from(decoder.int()?) as f64)
}

fn text(decoder: &mut Decoder<'_>) -> Decoded<String> {
    decoder.str_iter()?.collect::<Decoded<Vec<_>>>().map(|pieces| pieces.concat())
}

fn list(decoder: &mut Decoder<'_>, depth: usize) -> Decoded<Vec<Node>> {
    let length = decoder.array()?;
    let mut items = Vec::new();
    while more(decoder, length, items.len())? {
        items.push(value(decoder, depth)?);
    }
    Ok(items)
}

fn structure(decoder: &mut Decoder<'_>, depth: usize) -> Decoded<Vec<(String, Node)>> {
    let length = decoder.map()?;
    let mut members = Vec::new();
    while more(decoder, length, members.len())? {
        members.push((text(decoder)?, value(decoder, depth)?));
    }
    Ok(members)
}

/// Whether a list or map goes on; takes the end of one that did not tell its length.
fn more(decoder: &mut Decoder<'_>, length: Option<u64>, read: usize) -> Decoded<bool> {
    match length {
        Some(length) => Ok((read as u64) < length),
        None if decoder.datatype()? == Type::Break => {
            decoder.skip()?;
            Ok(false)
        }
        None => Ok(true),
    }
}

fn tagged(decoder: &mut Decoder<'_>, depth: usize) -> Decoded<Node> {
    let is_time = decoder.tag()? == IanaTag::Timestamp;
    let value = value(decoder, depth)?;
    Ok(if let (Node::Number(seconds), true) = (&value, is_time) {
        Node::Time(*seconds)
    } else {
        value
    })
}

/// Writes an answer.
pub(super) fn write(node: &Node) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    put(&mut encoder, node).unwrap_or_else(|error| match error.into_write() {
        Some(never) => match never {},
        None => panic!("numbers, texts, lists and maps can be written"),
    });
    encoder.into_writer()
}

fn put(
    encoder: &mut Encoder<Vec<u8>>,
    node: &Node,
) -> Result<(), minicbor::encode::Error<Infallible>> {
    match node {
        Node::Null => encoder.null()?.ok(),
        Node::Bool(flag) => encoder.bool(*flag)?.ok(),
        Node::Number(number) => encoder.f64(*number)?.ok(),
        Node::Time(seconds) => encoder.tag(IanaTag::Timestamp)?.f64(*seconds)?.ok(),
        Node::Text(text) | Node::Loose(text) => encoder.str(text)?.ok(),
        Node::List(items) => {
            encoder.array(items.len() as u64)?;
            items.iter().try_for_each(|item| put(encoder, item))
        }
        Node::Structure(members) | Node::Table(members) => {
            encoder.map(members.len() as u64)?;
            members.iter().try_for_each(|(name, value)| {
                encoder.str(name)?;
                put(encoder, value)
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let node = Node::structure([
            ("at", Node::Time(1_767_225_600.5)),
            ("list", Node::List(vec![Node::Number(-2.5), Node::Bool(true), Node::Null])),
            ("text", Node::text("é")),
        ]);
        assert_eq!(read(&write(&node)), Ok(node));
    }

    #[test]
    fn lengths_may_be_left_out_and_integers_are_numbers() {
        // {_ "a": [_ 1, -2], (_ "b", "c"): 1(1000)}
        let body = b"\xbf\x61a\x9f\x01\x21\xff\x7f\x61b\x61c\xff\xc1\x19\x03\xe8\xff";
        let wanted = Node::structure([
            ("a", Node::List(vec![Node::Number(1.0), Node::Number(-2.0)])),
            ("bc", Node::Time(1_000.0)),
        ]);
        assert_eq!(read(body), Ok(wanted));
    }

    #[test]
    fn no_body_does_more_than_fail() {
        let bodies: [&[u8]; 7] = [
            b"\xa1",
            b"\xff",
            b"\x9f",
            b"\x1b\xff",
            b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x01\x01",
            b"\xa1\x01\x01",
        ];
        for body in bodies {
            assert!(read(body).is_err(), "{body:?}");
        }
        assert!(read(&[0x81; 100_000]).is_err());
        assert!(read(&[0xc1; 100_000]).is_err());
    }
}
