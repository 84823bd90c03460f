//! What GitHub shows of a run: a step summary in Markdown, and annotations.
//!
//! GitHub drops a summary of more than a mebibyte as a whole, and shows ten annotations of a kind per step.
//!
//! **Invariant:** a text from a scenario never becomes markup or a command; nothing is longer than GitHub takes.

use super::{
    Report,
    junit::{Case, Outcome},
    markup,
    scope::Scope,
    summary::Summary,
    text::number::{count, figure, percent},
    wilson,
};

/// The longest summary, in bytes: below GitHub's mebibyte, with room for other tools in the same step.
pub const LONGEST: usize = 900 * 1024;
/// The most annotations of a kind.
const MOST_ANNOTATIONS: usize = 10;
/// As many countries are shown without a click.
const FIRST_COUNTRIES: usize = 10;

/// One row of the table of countries.
#[derive(Clone, Debug, PartialEq)]
pub struct Country {
    /// The code.
    pub code: String,
    /// Sessions, and those verified.
    pub sessions: [u64; 2],
    /// Messages that expect feedback, and those received.
    pub messages: [u64; 2],
    /// Throttled sends.
    pub throttled: u64,
    /// The interval of the message conversion, 95 %.
    pub ci95: Option<[f64; 2]>,
}

impl Country {
    /// All countries of a run.
    #[must_use]
    pub fn all(report: &Report) -> Vec<Self> {
        let countries = report.scenario().countries.iter().enumerate();
        let country = |(place, country): (usize, &crate::scenario::country::Country)| {
            let cell = Scope::country(place).cell(&report.recorder);
            Self {
                code: country.code.to_string(),
                sessions: [cell.sessions.arrived, cell.sessions.verified],
                messages: [cell.messages.expecting, cell.messages.received],
                throttled: cell.messages.throttled,
                ci95: wilson::interval(cell.messages.received, cell.messages.expecting),
            }
        };
        countries.map(country).collect()
    }
}

/// The step summary of a run, of `room` bytes at most: what went wrong first, countries with the worst conversion before others.
#[must_use]
pub fn summary(summary: &Summary, countries: &[Country], cases: &[Case], room: usize) -> String {
    let mut page = Page::of(room);
    let word = if summary.verdict == "passed" { "✅ passed" } else { "❌ failed" };
    page.push(&format!("### otpdrill {}: {word}\n\n", text(&summary.scenario)));
    page.push(&format!("{}\n\n", headline(summary)));
    for reason in &summary.reasons {
        page.push(&format!("- {} (exit code {})\n", text(&reason.reason), reason.exit_code));
    }
    push_thresholds(summary, &mut page);
    push_failures(cases, &mut page);
    push_countries(countries, &mut page);
    page.text
}

fn headline(summary: &Summary) -> String {
    let conversion = &summary.conversion;
    format!(
        "{} sessions, {} verified; {} messages, {} received; seed {}, against {}; USD {:.2}",
        count(summary.sessions.arrived),
        percent(conversion.session),
        count(summary.messages.attempted),
        percent(conversion.message),
        summary.seed,
        text(&summary.target),
        summary.cost_usd
    )
}

fn push_thresholds(summary: &Summary, page: &mut Page) {
    if summary.thresholds.is_empty() {
        return;
    }
    page.push("\n| Threshold | | observed | samples |\n|---|---|---:|---:|\n");
    for result in &summary.thresholds {
        let word = if result.ok { "ok" } else { "**failed**" };
        let observed = result.observed.map_or_else(|| "-".to_owned(), figure);
        let samples = count(result.samples);
        page.push(&format!("| {} | {word} | {observed} | {samples} |\n", text(&result.expr)));
    }
}

/// What failed beside thresholds: lines of a comparison.
fn push_failures(cases: &[Case], page: &mut Page) {
    let told = cases.iter().filter_map(|case| match &case.outcome {
        Outcome::Failed("regression", told) => Some(told),
        Outcome::Passed | Outcome::Failed(..) | Outcome::Skipped(_) | Outcome::Error(..) => None,
    });
    let told: Vec<&String> = told.collect();
    if told.is_empty() {
        return;
    }
    page.push("\n**Worse than the baseline**\n\n");
    told.iter().for_each(|told| page.push(&format!("- {}\n", text(told))));
}

fn push_countries(countries: &[Country], page: &mut Page) {
    if countries.is_empty() {
        return;
    }
    let share = |[whole, part]: [u64; 2]| (whole > 0).then(|| part as f64 / whole as f64);
    let mut rows: Vec<&Country> = countries.iter().collect();
    rows.sort_by(|a, b| {
        let place = |country: &Country| share(country.messages).unwrap_or(2.0);
        place(a).total_cmp(&place(b)).then_with(|| a.code.cmp(&b.code))
    });
    const HEAD: &str = "\n| Country | sessions | of sessions | messages | of messages | 95 % interval | throttled |\n\
                        |---|---:|---:|---:|---:|---:|---:|\n";
    let row = |country: &Country| {
        let interval = country.ci95.map_or_else(
            || "-".to_owned(),
            |[low, high]| format!("{:.1} - {:.1} %", low * 100.0, high * 100.0),
        );
        format!(
            "| {} | {} | {} | {} | {} | {interval} | {} |\n",
            text(&country.code),
            count(country.sessions[0]),
            percent(share(country.sessions)),
            count(country.messages[0]),
            percent(share(country.messages)),
            count(country.throttled)
        )
    };
    let (first, others) = rows.split_at(rows.len().min(FIRST_COUNTRIES));
    page.push(HEAD);
    first.iter().for_each(|country| page.push(&row(country)));
    if !others.is_empty() {
        let summary = format!("\n<details><summary>{} more countries</summary>\n\n", others.len());
        page.push(&(summary + HEAD));
        others.iter().for_each(|country| page.push(&row(country)));
        page.push("\n</details>\n");
    }
}

/// The workflow commands of a run: an error for each failure, the conversion as a notice.
#[must_use]
pub fn annotations(summary: &Summary, cases: &[Case]) -> String {
    let title = format!("otpdrill {}", summary.scenario);
    let lines = errors(&title, cases);
    lines + &command("notice", &title, &headline(summary).replace('\\', ""))
}

/// An error for each failure.
#[must_use]
pub fn errors(title: &str, cases: &[Case]) -> String {
    let mut lines = String::new();
    let failures = cases.iter().filter_map(|case| match &case.outcome {
        Outcome::Failed(_, told) | Outcome::Error(_, told) => Some(told),
        Outcome::Passed | Outcome::Skipped(_) => None,
    });
    let failures: Vec<&String> = failures.collect();
    let more = failures.len().saturating_sub(MOST_ANNOTATIONS);
    // Where there are too many, the last one says how many are not shown.
    let shown = if more > 0 { MOST_ANNOTATIONS - 1 } else { failures.len() };
    for told in &failures[..shown] {
        lines += &command("error", title, told);
    }
    if more > 0 {
        lines += &command("error", title, &format!("and {} more failures", more + 1));
    }
    lines
}

/// A text as it is, below a title, of `room` bytes at most.
#[must_use]
pub fn preformatted(title: &str, content: &str, room: usize) -> String {
    let mut page = Page::of(room);
    page.push(&format!("### {}\n\n<pre>\n", text(title)));
    content.lines().for_each(|line| page.push(&(markup::Text(line).to_string() + "\n")));
    page.push("</pre>\n");
    page.text
}

/// A workflow command, escaped as GitHub asks.
fn command(kind: &str, title: &str, message: &str) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let title = data(title).replace(':', "%3A").replace(',', "%2C");
    format!("::{kind} title={title}::{}\n", data(message))
}

/// A text that Markdown takes as it is.
fn text(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            '\\' | '`' | '*' | '_' | '|' | '[' | ']' | '#' | '~' | '!' | '@' => {
                out.push('\\');
                out.push(letter);
            }
            _ if letter.is_control() => out.push(' '),
            _ => out.push(letter),
        }
    }
    out
}

/// A page that ends before it is too long.
struct Page {
    text: String,
    room: usize,
}

impl Page {
    const fn of(room: usize) -> Self {
        Self { text: String::new(), room }
    }

    fn push(&mut self, part: &str) {
        const END: &str = "\n(the rest is in the run's files)\n";
        if self.text.len() + part.len() + END.len() > self.room {
            // Nothing comes after the end.
            if self.text.len() + END.len() <= self.room {
                self.text += END;
            }
            self.room = 0;
        } else {
            self.text += part;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stays_one_command() {
        let line = command("error", "a:b,c", "50 %\n::error::x");
        assert_eq!(line, "::error title=a%3Ab%2Cc::50 %25%0A::error::x\n");
    }

    #[test]
    fn a_text_does_not_become_markup() {
        assert_eq!(text("<b>|*x*|\n@you"), "&lt;b&gt;\\|\\*x\\*\\| \\@you");
    }

    #[test]
    fn a_page_ends_before_it_is_too_long() {
        let mut page = Page::of(LONGEST);
        (0..100_000).for_each(|_| page.push("| a row of some length |\n"));
        assert!(page.text.len() <= LONGEST && page.text.ends_with("files)\n"));
    }
}
