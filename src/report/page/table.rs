//! Tables that scroll where the screen is too narrow for them.

use super::Tone;
use crate::report::markup::Text;

/// What is longer may be broken into lines; a table with many columns scrolls instead.
const LONG: usize = 36;

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    name: String,
    /// The head of each column, and whether it holds numbers.
    head: Vec<(String, bool)>,
    rows: Vec<Vec<Cell>>,
}

/// What stands in one place of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    text: String,
    tone: Tone,
    code: bool,
}

impl Table {
    /// A table without rows. Its name is what a screen reader calls it; `true` marks a column of numbers.
    #[must_use]
    pub fn new(name: &str, head: &[(&str, bool)]) -> Self {
        let head = head.iter().map(|(name, numbers)| ((*name).to_owned(), *numbers)).collect();
        Self { name: name.to_owned(), head, rows: Vec::new() }
    }

    /// Adds a row, whose first cell is its name.
    pub fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    pub(super) fn draw(&self) -> String {
        let name = Text(&self.name);
        let head: String = self.head.iter().map(head).collect();
        let rows: String = self.rows.iter().map(|row| self.row(row)).collect();
        format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{name}\">\n<table>\
             <caption class=\"unseen\">{name}</caption><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n"
        )
    }

    fn row(&self, row: &[Cell]) -> String {
        let cells = row.iter().zip(&self.head).enumerate();
        let cells: String =
            cells.map(|(nth, (cell, (_, numbers)))| cell.draw(nth == 0, *numbers)).collect();
        format!("<tr>{cells}</tr>\n")
    }
}

impl Cell {
    /// A text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: Tone::Plain, code: false }
    }

    /// A key or an expression as it is typed.
    #[must_use]
    pub fn code(text: impl Into<String>) -> Self {
        Self { code: true, ..Self::text(text) }
    }

    /// The same with a tone and its sign.
    #[must_use]
    pub fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    fn draw(&self, first: bool, numbers: bool) -> String {
        let (start, end) = if first { ("th scope=\"row\"", "th") } else { ("td", "td") };
        let long = self.text.chars().count() > LONG && !self.code;
        let toned = (self.tone != Tone::Plain).then(|| self.tone.class());
        let class = [numbers.then_some("n"), long.then_some("long"), toned];
        let class: Vec<&str> = class.into_iter().flatten().collect();
        let class = if class.is_empty() {
            String::new()
        } else {
            format!(" class=\"{}\"", class.join(" "))
        };
        let text = Text(&self.text).to_string();
        let text = if self.code { format!("<code>{text}</code>") } else { text };
        let gap = if self.tone == Tone::Plain { "" } else { " " };
        format!("<{start}{class}>{}{gap}{text}</{end}>", self.tone.sign())
    }
}

fn head((name, numbers): &(String, bool)) -> String {
    let class = if *numbers { " class=\"n\"" } else { "" };
    format!("<th scope=\"col\"{class}>{}</th>", Text(name))
}
