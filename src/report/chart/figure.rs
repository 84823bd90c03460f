//! What surrounds each drawing: its title, what it says, its key, and the data behind it as a table.

use super::kind;
use crate::report::markup::Text;
use std::fmt::Display;

/// What a chart is called and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    /// Its anchor on the page, which must be its own.
    pub id: String,
    /// Its title.
    pub title: String,
    /// One or two sentences: what is to be seen.
    pub says: String,
}

/// The data behind a drawing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Data {
    /// What the rows are, for people who cannot see the drawing.
    pub(super) note: String,
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Caption {
    /// A caption.
    #[must_use]
    pub fn new(id: &str, title: &str, says: impl Into<String>) -> Self {
        Self { id: id.to_owned(), title: title.to_owned(), says: says.into() }
    }

    /// The whole figure around `drawing`.
    pub(super) fn figure(&self, drawing: &str, data: &Data) -> String {
        format!(
            "<figure class=\"chart\" id=\"{}\">\n<figcaption><h3>{}</h3>{}</figcaption>\n{drawing}{}</figure>\n",
            Text(&self.id),
            Text(&self.title),
            paragraph(&self.says),
            data.details(&self.title),
        )
    }

    /// A figure of something that did not happen.
    pub(in crate::report) fn nothing(&self, why: &str) -> String {
        let drawing = format!("<p class=\"none\">{}</p>\n", Text(why));
        self.figure(&drawing, &Data::default())
    }

    /// The start of a drawing that a screen reader takes for a picture with this description. What lies
    /// beside the plot is written into the margins that `class` and `style` give it.
    pub(super) fn svg(&self, class: &str, style: &str, description: &str) -> String {
        format!(
            "<svg class=\"{class}\" style=\"{style}\" paint-order=\"stroke\" role=\"img\" \
             aria-labelledby=\"{id}-t {id}-d\"><title id=\"{id}-t\">{title}</title>\
             <desc id=\"{id}-d\">{description}</desc>\n",
            id = Text(&self.id),
            title = Text(&self.title),
            description = Text(description),
        )
    }
}

impl Data {
    fn details(&self, title: &str) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let head: String =
            self.head.iter().map(|name| format!("<th scope=\"col\">{}</th>", Text(name))).collect();
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!(
            "<details><summary>The figures{of}</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" \
             aria-label=\"{title}: the figures\">\n<table><caption>{note}</caption>\n<thead><tr>{head}</tr></thead>\n\
             <tbody>\n{rows}</tbody></table></div></details>\n",
            of = format_args!("<span class=\"unseen\"> of {}</span>", Text(title)),
            title = Text(title),
            note = Text(&self.note),
        )
    }
}

fn paragraph(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<p>{}</p>", Text(text)) }
}

fn line(row: &[String]) -> String {
    let mut cells = row.iter();
    let first = cells.next().map_or("", String::as_str);
    let rest: String = cells.map(|cell| format!("<td>{}</td>", Text(cell))).collect();
    format!("<tr><th scope=\"row\">{}</th>{rest}</tr>\n", Text(first))
}

/// The key: the sign of each series beside its name. It is text, so it wraps and never overlaps.
pub(super) fn key<'a>(names: impl Iterator<Item = (&'a str, bool)>) -> String {
    let items: String =
        names.enumerate().map(|(nth, (name, filled))| key_item(nth, name, filled)).collect();
    format!("<ul class=\"key\">{items}</ul>\n")
}

fn key_item(nth: usize, name: &str, filled: bool) -> String {
    let kind = kind(nth);
    let sign = if filled {
        format!("<rect class=\"a{kind}\" width=\"28\" height=\"12\"/>")
    } else {
        format!("<line class=\"s{kind}\" x2=\"28\" y1=\"6\" y2=\"6\"/>")
    };
    format!(
        "<li><svg width=\"28\" height=\"12\" aria-hidden=\"true\">{sign}</svg> {}</li>",
        Text(name)
    )
}

/// A text in a drawing, at a percentage of its width and a height in pixels.
pub(super) fn text(class: &str, share: f64, y: f64, content: impl Display) -> String {
    let content = content.to_string();
    format!(
        "<text class=\"{class}\" x=\"{:.2}%\" y=\"{y:.1}\">{}</text>\n",
        share * 100.0,
        Text(&content)
    )
}
