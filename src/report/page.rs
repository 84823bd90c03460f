//! A page that needs nothing else: one file with its style inside, no script, no font, no network.
//!
//! **Invariant:** every text is escaped on its way in, and the page's own policy forbids loading anything.

pub mod table;

pub use table::{Cell, Table};

use super::{chart, markup::Text};
use std::io;

const STYLE: &str = include_str!("page/style.css");

/// A page: a verdict, its key figures, and sections.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// What it is about, above the title.
    pub kicker: String,
    /// A line below the title.
    pub lead: String,
    /// The answer.
    pub verdict: Banner,
    /// The figures that matter most.
    pub tiles: Vec<Tile>,
    /// The rest.
    pub sections: Vec<Section>,
    /// What stands at its end.
    pub foot: String,
}

/// How something is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As a fact.
    #[default]
    Plain,
    /// All is well.
    Good,
    /// Something is wrong.
    Bad,
    /// Something is to be looked at.
    Doubtful,
}

/// The answer, in a banner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Banner {
    /// How it is meant.
    pub tone: Tone,
    /// The answer in a few words.
    pub word: String,
    /// Why, one sentence each.
    pub reasons: Vec<String>,
}

/// One key figure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tile {
    /// What it is.
    pub name: String,
    /// The figure.
    pub value: String,
    /// What it is to be held against.
    pub note: String,
    /// How it is meant.
    pub tone: Tone,
}

/// A part of the page with an anchor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its anchor.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its content, which is markup already.
    body: String,
}

impl Page {
    /// Writes it.
    pub fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        self.write_head(out)?;
        writeln!(out, "<body>\n<a class=\"skip\" href=\"#answer\">To the answer</a>\n<header>")?;
        writeln!(out, "<p class=\"kicker\">{}</p>", Text(&self.kicker))?;
        writeln!(out, "<h1>{}</h1>\n<p>{}</p>", Text(&self.title), Text(&self.lead))?;
        self.write_contents(out)?;
        writeln!(out, "</header>\n<main>")?;
        self.verdict.write(out)?;
        out.write_all(drawn(&self.tiles).as_bytes())?;
        for section in &self.sections {
            section.write(out)?;
        }
        writeln!(out, "</main>\n<footer><p>{}</p></footer>\n</body>\n</html>", Text(&self.foot))
    }

    fn write_head(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
        writeln!(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        writeln!(
            out,
            "<meta http-equiv=\"Content-Security-Policy\" \
             content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
        )?;
        writeln!(out, "<meta name=\"color-scheme\" content=\"light dark\">")?;
        // Else a browser asks the server of the page for a picture.
        writeln!(out, "<link rel=\"icon\" href=\"data:,\">\n<title>{}</title>", Text(&self.title))?;
        writeln!(out, "<style>\n{STYLE}{}</style>\n</head>", chart::STYLE)
    }

    fn write_contents(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "<nav aria-label=\"Contents\"><ul>")?;
        for Section { id, title, .. } in &self.sections {
            writeln!(out, "<li><a href=\"#{id}\">{}</a></li>", Text(title))?;
        }
        writeln!(out, "</ul></nav>")
    }
}

impl Banner {
    fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let tone = self.tone.class();
        writeln!(out, "<section id=\"answer\" class=\"banner {tone}\" aria-label=\"The answer\">")?;
        writeln!(out, "<p class=\"word\">{} {}</p>", self.tone.sign(), Text(&self.word))?;
        if !self.reasons.is_empty() {
            writeln!(out, "<ul>")?;
            for reason in &self.reasons {
                writeln!(out, "<li>{}</li>", Text(reason))?;
            }
            writeln!(out, "</ul>")?;
        }
        writeln!(out, "</section>")
    }
}

impl Tile {
    /// A figure as a fact.
    #[must_use]
    pub fn new(name: &str, value: impl Into<String>, note: impl Into<String>) -> Self {
        Self { name: name.to_owned(), value: value.into(), note: note.into(), tone: Tone::Plain }
    }

    /// The same with a tone.
    #[must_use]
    pub fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

impl Section {
    /// A section without content.
    #[must_use]
    pub fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title, body: String::new() }
    }

    /// Adds a paragraph.
    #[must_use]
    pub fn paragraph(self, text: &str) -> Self {
        self.markup(&format!("<p>{}</p>\n", Text(text)))
    }

    /// Adds sentences one below the other.
    #[must_use]
    pub fn list(self, items: &[String]) -> Self {
        let items: String = items.iter().map(|item| format!("<li>{}</li>\n", Text(item))).collect();
        self.markup(&if items.is_empty() { items } else { format!("<ul>\n{items}</ul>\n") })
    }

    /// Adds a table.
    #[must_use]
    pub fn table(self, table: &Table) -> Self {
        self.markup(&table.draw())
    }

    /// Adds a text that keeps its lines, such as a command or a letter.
    #[must_use]
    pub fn verbatim(self, name: &str, text: &str) -> Self {
        self.markup(&format!(
            "<pre tabindex=\"0\" role=\"group\" aria-label=\"{}\">{}</pre>\n",
            Text(name),
            Text(text)
        ))
    }

    /// Adds what is only looked at by those who ask for it.
    #[must_use]
    pub fn folded(self, summary: &str, content: &Self) -> Self {
        let body = &content.body;
        self.markup(&format!("<details><summary>{}</summary>\n{body}</details>\n", Text(summary)))
    }

    /// Adds figures in a row, as at the top of the page.
    #[must_use]
    pub fn tiles(self, tiles: &[Tile]) -> Self {
        self.markup(&drawn(tiles))
    }

    /// Adds what is markup already, such as a chart.
    #[must_use]
    pub fn markup(mut self, markup: &str) -> Self {
        self.body.push_str(markup);
        self
    }

    fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let Self { id, title, body } = self;
        writeln!(out, "<section id=\"{id}\" aria-labelledby=\"{id}-h\">")?;
        writeln!(out, "<h2 id=\"{id}-h\">{}</h2>\n{body}</section>", Text(title))
    }
}

impl Tone {
    /// The class in the style sheet.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Doubtful => "doubtful",
        }
    }

    /// A sign beside the colour, for those who do not see it; the words beside it say the same.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => "<span class=\"sign\" aria-hidden=\"true\">✓</span>",
            Self::Bad => "<span class=\"sign\" aria-hidden=\"true\">✕</span>",
            Self::Doubtful => "<span class=\"sign\" aria-hidden=\"true\">!</span>",
        }
    }
}

fn drawn(tiles: &[Tile]) -> String {
    if tiles.is_empty() {
        return String::new();
    }
    let tile = |Tile { name, value, note, tone }: &Tile| {
        format!(
            "<div class=\"{}\"><dt>{}</dt><dd class=\"figure\">{} {}</dd><dd>{}</dd></div>\n",
            tone.class(),
            Text(name),
            tone.sign(),
            Text(value),
            // A sign stays with its number.
            Text(&note.replace(" %", "\u{a0}%"))
        )
    };
    let tiles: String = tiles.iter().map(tile).collect();
    format!("<dl class=\"tiles\">\n{tiles}</dl>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(page: &Page) -> String {
        let mut out = Vec::new();
        page.write(&mut out).expect("memory takes everything");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn no_text_becomes_markup() {
        let evil = "<img src=x onerror=alert(1)>\"'&";
        let mut table = Table::new("t", &[(evil, false)]);
        table.push(vec![Cell::text(evil)]);
        let page = Page {
            title: evil.to_owned(),
            kicker: evil.to_owned(),
            lead: evil.to_owned(),
            verdict: Banner {
                tone: Tone::Bad,
                word: evil.to_owned(),
                reasons: vec![evil.to_owned()],
            },
            tiles: vec![Tile::new(evil, evil, evil)],
            sections: vec![
                Section::new("a", "A")
                    .paragraph(evil)
                    .list(&[evil.to_owned()])
                    .table(&table)
                    .verbatim(evil, evil),
            ],
            foot: evil.to_owned(),
        };
        let html = written(&page);
        assert!(!html.contains("<img"), "{html}");
        assert_eq!(html.matches("&lt;img src=x").count(), 16);
    }

    #[test]
    fn a_page_loads_nothing_and_runs_nothing() {
        let html = written(&Page::default());
        for word in ["<script", "http:", "https:", "url(", "@import", "src="] {
            assert!(!html.contains(word), "{word}");
        }
    }
}
