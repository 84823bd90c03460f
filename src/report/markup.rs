//! Text that goes into HTML and SVG.
//!
//! **Invariant:** a text never becomes markup, whatever it holds.

use std::fmt::{self, Display, Write};

/// A text, escaped for content and for quoted attributes alike.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a>(pub &'a str);

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            '"' => f.write_str("&quot;"),
            '\'' => f.write_str("&#39;"),
            '\n' | '\t' => f.write_char(letter),
            // HTML has no way to write the others.
            _ if letter.is_control() => f.write_char(char::REPLACEMENT_CHARACTER),
            _ => f.write_char(letter),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_a_text() {
        let text = Text("<script>alert('a & \"b\"')</script>\u{0}\u{1b}").to_string();
        let safe =
            "&lt;script&gt;alert(&#39;a &amp; &quot;b&quot;&#39;)&lt;/script&gt;\u{fffd}\u{fffd}";
        assert_eq!(text, safe);
    }
}
