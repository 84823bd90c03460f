//! The patterns of the API's texts, each meant to match the whole text.
//!
//! Those on the hot path, and those that a regular expression without look-around cannot say, have
//! matchers written by hand; the rest is compiled. That a pattern means the whole text, and that `\s`
//! and `\d` mean ASCII, are assumptions, though the usual ones.

use regex_lite::Regex;
use std::fmt;

/// A pattern and its matcher.
pub(super) struct Pattern {
    /// As the API model writes it.
    pub(super) text: &'static str,
    matcher: Matcher,
}

enum Matcher {
    ByHand(fn(&str) -> bool),
    Compiled(Regex),
}

impl Pattern {
    /// The pattern that the model writes like this.
    pub(super) fn named(text: &str) -> &'static Self {
        let by_hand = BY_HAND.iter().find(|pattern| pattern.text == text);
        by_hand.unwrap_or_else(|| {
            let whole = format!("^(?:{text})$");
            let regex = Regex::new(&whole).expect("a unit test compiles every pattern");
            let text = String::leak(text.to_owned());
            Box::leak(Box::new(Self { text, matcher: Matcher::Compiled(regex) }))
        })
    }

    /// Whether a whole text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        match &self.matcher {
            Matcher::ByHand(matches) => matches(text),
            Matcher::Compiled(regex) => regex.is_match(text),
        }
    }

    const fn by_hand(text: &'static str, matches: fn(&str) -> bool) -> Self {
        Self { text, matcher: Matcher::ByHand(matches) }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

static BY_HAND: [Pattern; 9] = [
    Pattern::by_hand(r"\+?[1-9][0-9]{1,18}", |text| {
        let digits = text.strip_prefix('+').unwrap_or(text);
        (2..=19).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    }),
    Pattern::by_hand(r"[A-Za-z0-9_:/\+-]+", |text| {
        all(text, |byte| is_word(byte) || b":/+-".contains(&byte))
    }),
    Pattern::by_hand("[A-Za-z0-9_:/-]+", |text| {
        all(text, |byte| is_word(byte) || b":/-".contains(&byte))
    }),
    Pattern::by_hand("[A-Za-z0-9_-]+", |text| all(text, |byte| is_word(byte) || byte == b'-')),
    Pattern::by_hand(r"(?!\s*$)[\s\S]+", |text| text.chars().any(|c| !is_space(c))),
    Pattern::by_hand(r"[ \S]+", |text| {
        !text.is_empty() && text.chars().all(|c| c == ' ' || !is_space(c))
    }),
    Pattern::by_hand(r"\S+", |text| !text.is_empty() && !text.chars().any(is_space)),
    Pattern::by_hand(r"(?!\s)^[\s\S]+(?<!\s)", |text| {
        !text.is_empty() && !text.starts_with(is_space) && !text.ends_with(is_space)
    }),
    Pattern::by_hand(r"[0-9]{0,2}\.[0-9]{1,5}", |text| {
        text.split_once('.').is_some_and(|(whole, decimals)| {
            whole.len() <= 2
                && (1..=5).contains(&decimals.len())
                && whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit())
        })
    }),
];

fn all(text: &str, fits: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(fits)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What `\s` stands for where only ASCII counts.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\u{B}' | '\u{C}' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, good: &[&str], bad: &[&str]) {
        let pattern = Pattern::named(pattern);
        for text in good {
            assert!(pattern.matches(text), "{text:?} matches {pattern:?}");
        }
        for text in bad {
            assert!(!pattern.matches(text), "{text:?} does not match {pattern:?}");
        }
    }

    #[test]
    fn patterns_match_whole_texts_only() {
        check(
            r"\+?[1-9][0-9]{1,18}",
            &["+5511987654321", "14", "1234567890123456789"],
            &["+0551", "1", "+", "++14", "55 11", "12345678901234567890", "14\n"],
        );
        check(
            r"[0-9]{0,2}\.[0-9]{1,5}",
            &["0.05", ".5", "12.34567"],
            &["5", "5.", "123.4", "1.234567", "a.1"],
        );
        check("[A-Za-z0-9_-]+", &["a-b_C9"], &["", "a:b", "ä"]);
        check("[A-Za-z0-9_:/-]+", &["arn:aws:x/y"], &["a b", "a+b"]);
        check(r"[A-Za-z0-9_:/\+-]+", &["+15551234567", "MYSENDER"], &["a.b"]);
        check(r"(?!\s*$)[\s\S]+", &["a", " a\n"], &["", " \n\t"]);
        check(r"[ \S]+", &["A B"], &["", "A\tB"]);
        check(r"\S+", &["a"], &["", "a b"]);
        check(r"(?!\s)^[\s\S]+(?<!\s)", &["a b"], &["", " a", "a\n"]);
        check("[!-~]+", &["a!~"], &["", "a b", "é"]);
        check(".+", &["a b"], &["", "a\nb"]);
        check(".*", &[""], &["\n"]);
        check(r"[/\.:A-Za-z0-9+_-]+", &["a/b.c:+_-"], &["", "a b"]);
        check(r"s3://([a-z0-9\.-]{3,63})/(.+)", &["s3://abc/d"], &["s3://ab/d", "s3://abc/"]);
        check(
            r"\+[({\s\[]?[1-9][0-9(){}\s\[\],.-]{1,38}",
            &["+1 (555) 123-4567", "+(1)2"],
            &["15551234567", "+01"],
        );
        check(r"(https://|s3://).+", &["https://a"], &["http://a", "xhttps://a"]);
    }
}
