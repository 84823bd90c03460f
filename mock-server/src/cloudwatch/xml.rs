//! Answers of the query protocol.
//!
//! **Invariant:** no text of a caller is written unescaped.

use super::node::Node;
use std::fmt::Write as _;

/// The namespace of CloudWatch's documents.
pub(super) const NAMESPACE: &str = "http://monitoring.amazonaws.com/doc/2010-08-01/";

/// Writes a value as the content of an element.
pub(super) fn write(out: &mut String, node: &Node) {
    match node {
        Node::Null => {}
        Node::Bool(flag) => push(out, format_args!("{flag}")),
        Node::Number(number) => push(out, format_args!("{number:?}")),
        Node::Time(seconds) => date(out, *seconds),
        Node::Text(text) | Node::Loose(text) => escape(out, text),
        Node::List(items) => items.iter().for_each(|item| element(out, "member", item)),
        Node::Structure(members) => {
            members.iter().for_each(|(name, value)| element(out, name, value));
        }
        Node::Table(entries) => {
            for (key, value) in entries {
                let key = ("key", Node::Text(key.clone()));
                element(out, "entry", &Node::structure([key, ("value", value.clone())]));
            }
        }
    }
}

fn element(out: &mut String, name: &str, value: &Node) {
    push(out, format_args!("<{name}>"));
    write(out, value);
    push(out, format_args!("</{name}>"));
}

fn date(out: &mut String, seconds: f64) {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
    let date = jiff::Timestamp::from_millisecond((seconds * 1e3) as i64);
    push(out, format_args!("{}", date.unwrap_or(jiff::Timestamp::MAX)));
}

pub(super) fn escape(out: &mut String, text: &str) {
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // XML 1.0 has no way to write these.
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                out.push('\u{fffd}');
            }
            other => out.push(other),
        }
    }
}

fn push(out: &mut String, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("a string takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_query_protocol_does() {
        let node = Node::structure([
            ("Label", Node::text("a<b>&\u{1}")),
            ("Values", Node::List(vec![Node::Number(1.0), Node::Number(0.1)])),
            ("At", Node::Time(1_767_225_600.0)),
            ("Map", Node::Table(vec![("p90".to_owned(), Node::Number(2.0))])),
        ]);
        let mut out = String::new();
        write(&mut out, &node);
        assert_eq!(
            out,
            "<Label>a&lt;b&gt;&amp;\u{fffd}</Label>\
             <Values><member>1.0</member><member>0.1</member></Values>\
             <At>2026-01-01T00:00:00Z</At>\
             <Map><entry><key>p90</key><value>2.0</value></entry></Map>"
        );
    }
}
