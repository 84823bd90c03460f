//! The patterns of the API's texts, each meant to match the whole text.
//!
//! The texts of the patterns are the model's; the matchers below are written by hand, because the
//! handful that exists does not need a regular expression engine on the hot path.

/// A pattern and its matcher.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pattern {
    /// As the API model writes it.
    pub(super) text: &'static str,
    /// Whether a whole text matches.
    pub(super) matches: fn(&str) -> bool,
}

pub(super) const PHONE_NUMBER: Pattern = Pattern {
    text: r"\+?[1-9][0-9]{1,18}",
    matches: |text| {
        let digits = text.strip_prefix('+').unwrap_or(text);
        (2..=19).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    },
};

pub(super) const IDENTITY: Pattern = Pattern {
    text: r"[A-Za-z0-9_:/\+-]+",
    matches: |text| all(text, |byte| is_word(byte) || b":/+-".contains(&byte)),
};

pub(super) const NAME_OR_ARN: Pattern = Pattern {
    text: "[A-Za-z0-9_:/-]+",
    matches: |text| all(text, |byte| is_word(byte) || b":/-".contains(&byte)),
};

pub(super) const NAME: Pattern = Pattern {
    text: "[A-Za-z0-9_-]+",
    matches: |text| all(text, |byte| is_word(byte) || byte == b'-'),
};

pub(super) const FILTER_VALUE: Pattern = Pattern {
    text: r"[/\.:A-Za-z0-9+_-]+",
    matches: |text| all(text, |byte| is_word(byte) || b"/.:+-".contains(&byte)),
};

pub(super) const NOT_BLANK: Pattern =
    Pattern { text: r"(?!\s*$)[\s\S]+", matches: |text| text.chars().any(|c| !is_space(c)) };

pub(super) const KEYWORD: Pattern = Pattern {
    text: r"[ \S]+",
    matches: |text| !text.is_empty() && text.chars().all(|c| c == ' ' || !is_space(c)),
};

pub(super) const NO_SPACE: Pattern =
    Pattern { text: r"\S+", matches: |text| !text.is_empty() && !text.chars().any(is_space) };

pub(super) const TRIMMED: Pattern = Pattern {
    text: r"(?!\s)^[\s\S]+(?<!\s)",
    matches: |text| !text.is_empty() && !text.starts_with(is_space) && !text.ends_with(is_space),
};

pub(super) const PRICE: Pattern = Pattern {
    text: r"[0-9]{0,2}\.[0-9]{1,5}",
    matches: |text| {
        text.split_once('.').is_some_and(|(whole, decimals)| {
            whole.len() <= 2
                && (1..=5).contains(&decimals.len())
                && whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit())
        })
    },
};

pub(super) const VISIBLE: Pattern =
    Pattern { text: "[!-~]+", matches: |text| all(text, |byte| byte.is_ascii_graphic()) };

pub(super) const ONE_LINE: Pattern =
    Pattern { text: ".+", matches: |text| !text.is_empty() && !text.contains(is_line_end) };

pub(super) const ONE_LINE_OR_NOTHING: Pattern =
    Pattern { text: ".*", matches: |text| !text.contains(is_line_end) };

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

/// What `.` does not match.
fn is_line_end(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: Pattern, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!((pattern.matches)(text), "{text:?} matches {}", pattern.text);
        }
        for text in bad {
            assert!(!(pattern.matches)(text), "{text:?} does not match {}", pattern.text);
        }
    }

    #[test]
    fn every_pattern_matches_whole_texts_only() {
        check(
            PHONE_NUMBER,
            &["+5511987654321", "14", "1234567890123456789"],
            &["+0551", "1", "+", "++14", "55 11", "12345678901234567890"],
        );
        check(PRICE, &["0.05", ".5", "12.34567"], &["5", "5.", "123.4", "1.234567", "a.1"]);
        check(NAME, &["a-b_C9"], &["", "a:b", "ä"]);
        check(NAME_OR_ARN, &["arn:aws:x/y"], &["a b", "a+b"]);
        check(IDENTITY, &["+15551234567", "MYSENDER"], &["a.b"]);
        check(NOT_BLANK, &["a", " a\n"], &["", " \n\t"]);
        check(KEYWORD, &["A B"], &["", "A\tB"]);
        check(NO_SPACE, &["a"], &["", "a b"]);
        check(TRIMMED, &["a b"], &["", " a", "a\n"]);
        check(VISIBLE, &["a!~"], &["", "a b", "é"]);
        check(ONE_LINE, &["a b"], &["", "a\nb"]);
        check(ONE_LINE_OR_NOTHING, &[""], &["\n"]);
        check(FILTER_VALUE, &["a/b.c:+_-"], &["", "a b"]);
    }
}
