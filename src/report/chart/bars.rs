//! Bars from zero with their intervals, in as many columns as the width allows.

use super::{
    Caption, Unit,
    figure::{self, Data},
    scale::Linear,
};
use std::fmt::Write;

/// How many bars stand in a column; a longer list goes on beside it, or below it on a narrow screen.
const EACH: usize = 20;
/// The bars of a longer list are folded beyond these columns.
const COLUMNS: usize = 3;
/// The height of a bar's row.
const ROW: f64 = 22.0;
/// Room for a letter of a name.
const LETTER: usize = 8;

/// Bars, one below the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// Its words.
    pub caption: Caption,
    /// What the values are.
    pub unit: Unit,
    /// The bars, from the top.
    pub bars: Vec<Bar>,
    /// What the interval is, such as `95 % interval`.
    pub interval: &'static str,
    /// The value of the whole, drawn through all bars.
    pub whole: Option<f64>,
}

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What it stands for.
    pub name: String,
    /// Its length; `None` if there is no such number, which is not zero.
    pub value: Option<f64>,
    /// Between which bounds the true value is.
    pub interval: Option<[f64; 2]>,
}

impl Bars {
    /// Draws them.
    #[must_use]
    pub fn draw(&self) -> String {
        if self.bars.is_empty() {
            return self.caption.nothing("There is nothing to draw.");
        }
        let scale = self.scale();
        let columns = self.bars.chunks(EACH).enumerate();
        let columns: Vec<String> =
            columns.map(|(nth, bars)| self.column(nth, bars, scale)).collect();
        let (first, rest) = columns.split_at(columns.len().min(COLUMNS));
        let drawing = beside(first) + &self.folded(rest);
        self.caption.figure(&drawing, &self.data())
    }

    fn folded(&self, columns: &[String]) -> String {
        if columns.is_empty() {
            return String::new();
        }
        let more = self.bars.len() - COLUMNS * EACH;
        let columns = beside(columns);
        format!("<details class=\"more\"><summary>{more} more</summary>\n{columns}</details>\n")
    }

    fn scale(&self) -> (Linear, f64) {
        let ends = self.bars.iter().flat_map(|bar| [bar.value, bar.interval.map(|[_, high]| high)]);
        let most = ends.chain([self.whole]).flatten().fold(0.0, f64::max);
        // A share has an end of its own.
        let most = if self.unit == Unit::Share && most > 0.5 { 1.0 } else { most };
        let worth = self.unit.sized(most).worth;
        (Linear::up_to(most / worth, 4), worth)
    }

    fn column(&self, nth: usize, bars: &[Bar], (scale, worth): (Linear, f64)) -> String {
        let height = ROW * bars.len() as f64;
        let letters = self.bars.iter().map(|bar| bar.name.chars().count()).max().unwrap_or(0);
        let amounts = self.bars.iter().map(|bar| self.say(bar.value).chars().count()).max();
        let right = amounts.unwrap_or(0) * LETTER + 12;
        let style =
            format!("height:{height}px;--left:{}px;--right:{right}px", letters * LETTER + 12);
        let caption = Caption::new(&format!("{}-{nth}", self.caption.id), &self.caption.title, "");
        let mut svg = caption.svg("bars", &style, &self.description(bars));
        svg.push_str(&self.grid(scale, worth, height));
        for (row, bar) in bars.iter().enumerate() {
            svg.push_str(
                &self.bar(bar, row as f64 * ROW, |value| scale.place(value / worth) * 100.0),
            );
        }
        svg.push_str(&self.line(scale, worth, height));
        svg.push_str("</svg>\n");
        svg
    }

    fn grid(&self, scale: Linear, worth: f64, height: f64) -> String {
        let sized = self.unit.sized(scale.top() * worth);
        let mut grid = String::new();
        for (nth, tick) in scale.ticks().enumerate() {
            let class = if nth % 2 == 1 { "time minor" } else { "time" };
            let x = scale.place(tick) * 100.0;
            let _infallible = write!(
                grid,
                "<line class=\"grid\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y2=\"{height}\"/>{}",
                figure::text(
                    class,
                    scale.place(tick),
                    height + 16.0,
                    sized.label(tick, scale.step)
                )
            );
        }
        grid
    }

    fn bar(&self, bar: &Bar, top: f64, percent: impl Fn(f64) -> f64) -> String {
        let middle = top + ROW / 2.0;
        let mut drawn = figure::text("name", 0.0, middle + 4.0, &bar.name);
        if let Some(value) = bar.value {
            let _infallible = writeln!(
                drawn,
                "<rect class=\"bar\" y=\"{:.1}\" width=\"{:.2}%\" height=\"{:.1}\"/>",
                top + 4.0,
                percent(value),
                ROW - 8.0
            );
        }
        if let Some([low, high]) = bar.interval {
            let _infallible = writeln!(
                drawn,
                "<line class=\"interval\" x1=\"{:.2}%\" x2=\"{:.2}%\" y1=\"{middle}\" y2=\"{middle}\"/>",
                percent(low),
                percent(high)
            );
        }
        drawn.push_str(&figure::text("amount", 1.0, middle + 4.0, self.say(bar.value)));
        drawn
    }

    /// The value of the whole.
    fn line(&self, scale: Linear, worth: f64, height: f64) -> String {
        let line = self.whole.map(|whole| {
            let x = scale.place(whole / worth) * 100.0;
            format!("<line class=\"whole\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y2=\"{height}\"/>\n")
        });
        line.unwrap_or_default()
    }

    fn say(&self, value: Option<f64>) -> String {
        value.map_or_else(|| "–".to_owned(), |value| self.unit.say(value))
    }

    fn description(&self, bars: &[Bar]) -> String {
        let one = |bar: &Bar| format!("{} {}", bar.name, self.say(bar.value));
        bars.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    fn data(&self) -> Data {
        let row = |bar: &Bar| {
            let interval = bar.interval.map(|ends| ends.map(|end| self.unit.say(end)));
            let interval =
                interval.map_or_else(|| "–".to_owned(), |[low, high]| format!("{low} to {high}"));
            let interval = (!self.interval.is_empty()).then_some(interval);
            [bar.name.clone(), self.say(bar.value)].into_iter().chain(interval).collect()
        };
        let heads = ["Name", "Value", self.interval].into_iter();
        let whole =
            self.whole.map(|whole| vec!["All".to_owned(), self.unit.say(whole), "–".to_owned()]);
        Data {
            note: String::new(),
            head: heads.filter(|head| !head.is_empty()).map(str::to_owned).collect(),
            rows: self.bars.iter().map(row).chain(whole).collect(),
        }
    }
}

fn beside(columns: &[String]) -> String {
    format!("<div class=\"columns\">\n{}</div>\n", columns.concat())
}
