//! The same small chart for many things, all to one scale.

use super::{
    Caption, Lines, Series, Unit,
    figure::{self, Data},
    time::Axis,
};
use crate::report::markup::Text;

/// The height of a small plot.
const HEIGHT: f64 = 72.0;

/// Small charts over time, one beside the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Multiples {
    /// The words of all of them.
    pub caption: Caption,
    /// When the intervals are.
    pub axis: Axis,
    /// What the values are.
    pub unit: Unit,
    /// The name of each chart, and its series.
    pub panels: Vec<(String, Vec<Series>)>,
}

impl Multiples {
    /// Draws them.
    #[must_use]
    pub fn draw(&self) -> String {
        let Some((_, first)) = self.panels.first() else {
            return self.caption.nothing("There is nothing to draw.");
        };
        let panels: Vec<Lines> =
            self.panels.iter().map(|(name, series)| self.panel(name, series)).collect();
        let most = panels.iter().map(Lines::most).fold(0.0, f64::max);
        let small = |panel: &Lines| {
            let plot = panel.plot(most, HEIGHT, "plot small");
            format!("<div><h4>{}</h4>{plot}</div>\n", Text(&panel.caption.title))
        };
        let panels: String = panels.iter().map(small).collect();
        let names = first.iter().map(|series| (series.name.as_str(), false));
        let key = if first.len() > 1 { figure::key(names) } else { String::new() };
        self.caption
            .figure(&format!("{key}<div class=\"multiples\">\n{panels}</div>\n"), &self.data())
    }

    fn panel(&self, name: &str, series: &[Series]) -> Lines {
        Lines {
            caption: Caption::new(&format!("{}-{name}", self.caption.id), name, ""),
            axis: self.axis,
            unit: self.unit,
            series: series.to_vec(),
            limits: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// The highest value of each series in each chart.
    fn data(&self) -> Data {
        let names =
            self.panels.first().map(|(_, series)| series.iter().map(|series| series.name.clone()));
        let row = |(name, series): &(String, Vec<Series>)| {
            let cells = series.iter().map(|series| self.most(series));
            [name.clone()].into_iter().chain(cells).collect()
        };
        Data {
            note: "The highest value of each.".to_owned(),
            head: ["Of".to_owned()].into_iter().chain(names.into_iter().flatten()).collect(),
            rows: self.panels.iter().map(row).collect(),
        }
    }

    fn most(&self, series: &Series) -> String {
        let most = series.values.iter().flatten().copied().max_by(f64::total_cmp);
        most.map_or_else(|| "–".to_owned(), |most| self.unit.say(most))
    }
}
