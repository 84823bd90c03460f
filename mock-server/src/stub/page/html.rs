//! HTML in the making.
//!
//! **Invariant:** what is not written in this program comes in by [`Html::text`], escaped.

use std::fmt::{Display, Write};

/// A page, as far as it is written.
pub(super) struct Html(String);

impl Html {
    pub(super) fn new() -> Self {
        Self(String::with_capacity(32 * 1024))
    }

    /// Markup of this program's own.
    pub(super) fn raw(&mut self, markup: &str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Any text, inside or between tags.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c => self.0.push(c),
            }
        }
        self
    }

    /// A number.
    pub(super) fn number(&mut self, number: impl Display) -> &mut Self {
        write!(self.0, "{number}").expect("a string takes everything");
        self
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_outside_stays_a_text() {
        let mut html = Html::new();
        html.raw("<b>").text("<script>\"&'").raw("</b>");
        assert_eq!(html.into_bytes(), b"<b>&lt;script&gt;&quot;&amp;&#39;</b>");
    }
}
