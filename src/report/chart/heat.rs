//! How many of what size at which time: a field of cells, the fuller the darker.

use super::{
    Caption, HIGH, Unit, WIDE,
    figure::{self, Data},
    time::Axis,
};
use crate::report::markup::Text;
use std::fmt::Write;

/// The height of a row of cells.
const ROW: f64 = 18.0;
/// Into how many columns of cells a long time is put.
const COLUMNS: usize = 180;
/// How many shades there are beside none.
const SHADES: u32 = 7;

/// A heat map over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Heat {
    /// Its words.
    pub caption: Caption,
    /// When the intervals are.
    pub axis: Axis,
    /// What the counts are.
    pub unit: Unit,
    /// The name of each row from the bottom, and a count for each interval.
    pub rows: Vec<(String, Vec<f64>)>,
}

impl Heat {
    /// Draws it.
    #[must_use]
    pub fn draw(&self) -> String {
        let columns = self.columns();
        let most = columns.iter().flatten().copied().fold(0.0, f64::max);
        if most <= 0.0 {
            return self.caption.nothing("There is nothing to draw.");
        }
        let height = ROW * self.rows.len() as f64;
        let style = format!("height:{height}px;--rows:0");
        let mut svg = self.caption.svg("plot", &style, &self.description());
        svg.push_str(&self.cells(&columns, most));
        svg.push_str(&self.names(height));
        svg.push_str("</svg>\n");
        self.caption.figure(&(svg + &self.key(most)), &self.data())
    }

    fn intervals(&self) -> usize {
        self.rows.iter().map(|(_, counts)| counts.len()).max().unwrap_or(0)
    }

    /// How many intervals go into a column.
    fn each(&self) -> usize {
        self.intervals().div_ceil(COLUMNS).max(1)
    }

    /// The sums of each row's columns.
    fn columns(&self) -> Vec<Vec<f64>> {
        let sums = |(_, counts): &(String, Vec<f64>)| {
            counts.chunks(self.each()).map(|column| column.iter().sum()).collect()
        };
        self.rows.iter().map(sums).collect()
    }

    /// Neighbours of one shade are one rectangle.
    fn cells(&self, columns: &[Vec<f64>], most: f64) -> String {
        let rows = columns.len() as f64;
        let wide = self.each() as f64 / self.intervals() as f64 * WIDE;
        let mut cells = format!(
            "<svg class=\"data\" width=\"100%\" height=\"100%\" viewBox=\"0 0 {WIDE} {HIGH}\" \
             preserveAspectRatio=\"none\" aria-hidden=\"true\">\n"
        );
        for (row, counts) in columns.iter().enumerate() {
            let shades: Vec<u32> = counts.iter().map(|count| shade(*count, most)).collect();
            let mut column = 0;
            for same in shades.chunk_by(PartialEq::eq) {
                if same[0] > 0 {
                    let (x, y) = (column as f64 * wide, (rows - 1.0 - row as f64) / rows * HIGH);
                    let (w, h) = (same.len() as f64 * wide, HIGH / rows);
                    let _infallible = writeln!(
                        cells,
                        "<rect class=\"h{}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{h:.1}\"/>",
                        same[0],
                        w.min(WIDE - x)
                    );
                }
                column += same.len();
            }
        }
        cells + "</svg>\n"
    }

    fn names(&self, height: f64) -> String {
        let mut names = String::new();
        for (row, (name, _)) in self.rows.iter().enumerate() {
            let y = height - ROW * (row as f64 + 0.5) + 4.0;
            let class = if row % 2 == 1 { "value minor" } else { "value" };
            let _infallible = writeln!(
                names,
                "<text class=\"{class}\" x=\"-8\" y=\"{y:.1}\">{}</text>",
                Text(name)
            );
        }
        for tick in self.axis.ticks(self.intervals(), false) {
            names.push_str(&figure::text(tick.class(), tick.place, height + 20.0, &tick.label));
        }
        names
    }

    /// What the lightest and the darkest shade mean.
    fn key(&self, most: f64) -> String {
        let shades: String = (1..=SHADES)
            .map(|shade| {
                format!(
                    "<rect class=\"h{shade}\" x=\"{}\" width=\"16\" height=\"12\"/>",
                    16 * (shade - 1)
                )
            })
            .collect();
        format!(
            "<p class=\"shades\">few <svg width=\"{}\" height=\"12\" aria-hidden=\"true\">{shades}</svg> up to {}</p>\n",
            16 * SHADES,
            self.unit.say(most)
        )
    }

    fn description(&self) -> String {
        let sum = |(name, counts): &(String, Vec<f64>)| {
            format!("{name}: {}", self.unit.say(counts.iter().sum()))
        };
        self.rows.iter().map(sum).collect::<Vec<_>>().join(", ")
    }

    fn data(&self) -> Data {
        let sum = |(name, counts): &(String, Vec<f64>)| {
            vec![name.clone(), self.unit.say(counts.iter().sum())]
        };
        Data {
            note: "All of the time together.".to_owned(),
            head: ["Row", "Count"].map(str::to_owned).to_vec(),
            rows: self.rows.iter().rev().map(sum).collect(),
        }
    }
}

/// By the logarithm: one sample among thousands is what a heat map is looked at for.
fn shade(count: f64, most: f64) -> u32 {
    let shades = (1..=SHADES)
        .find(|shade| count.ln_1p() <= most.ln_1p() * f64::from(*shade) / f64::from(SHADES) + 1e-9);
    if count > 0.0 { shades.unwrap_or(SHADES) } else { 0 }
}
