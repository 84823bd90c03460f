//! Series over time, with the limits that they meet and the events that moved them.

use super::{
    Caption, HIGH, Unit, WIDE,
    figure::{self, Data},
    kind,
    scale::Linear,
    thin::{self, Column},
    time::Axis,
    unit::Sized,
};
use std::fmt::Write;

mod overlay;
mod said;

/// The height of the plot.
const HEIGHT: f64 = 240.0;
/// Into how many columns a long series is put. On the widest screen a column is two pixels.
const COLUMNS: usize = 600;
/// A limit this many times above everything else would press the rest to the ground, so it is left out of
/// the picture and named above it.
const FAR: f64 = 4.0;

/// A chart of series over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// Its words.
    pub caption: Caption,
    /// When the intervals are.
    pub axis: Axis,
    /// What the values are.
    pub unit: Unit,
    /// What is drawn, the first at the back.
    pub series: Vec<Series>,
    /// What the series must stay below.
    pub limits: Vec<Limit>,
    /// What happened meanwhile.
    pub marks: Vec<Mark>,
}

/// One series: a value per interval, or none.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name in the key.
    pub name: String,
    /// How it is drawn.
    pub shape: Shape,
    /// A value for each interval.
    pub values: Vec<Option<f64>>,
}

/// How a series is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// As a line.
    Line,
    /// As a line over a filled area.
    Area,
    /// As the space between these lower values and the series' own.
    Band(Vec<Option<f64>>),
}

/// A horizontal line.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// What stands on it.
    pub name: String,
    /// Where it is.
    pub value: f64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// What.
    pub name: String,
    /// When it began, in seconds after the axis's begin.
    pub from: f64,
    /// When it ended, if it took a while.
    pub to: Option<f64>,
}

impl Lines {
    /// Draws it.
    #[must_use]
    pub fn draw(&self) -> String {
        if self.intervals() == 0 {
            return self.caption.nothing("There is nothing to draw.");
        }
        let names =
            self.series.iter().map(|series| (series.name.as_str(), series.shape != Shape::Line));
        let mut drawing = figure::key(names);
        drawing.push_str(&self.plot(self.most(), HEIGHT, "plot"));
        drawing.push_str(&overlay::names(self));
        self.caption.figure(&drawing, &self.data())
    }

    /// The drawing alone, with an axis that holds `most`.
    pub(super) fn plot(&self, most: f64, height: f64, class: &str) -> String {
        let sized = self.unit.sized(most);
        let wanted = if height < HEIGHT { 2 } else { 5 };
        // There are no halves of a thing.
        let least = if self.unit == Unit::Count { f64::from(wanted) } else { 0.0 };
        let scale = Linear::up_to((most / sized.worth).max(least / sized.worth), wanted);
        let place = |value: f64| scale.place(value / sized.worth);
        let style = format!("height:{height}px;--rows:{}", overlay::rows(self));
        let mut svg = self.caption.svg(class, &style, &self.description());
        svg.push_str(&grid(scale, sized, height));
        svg.push_str(&self.times(height));
        svg.push_str(&self.shapes(place));
        svg.push_str(&overlay::limits(self, place, height));
        svg.push_str(&overlay::marks(self, height));
        svg.push_str("</svg>\n");
        svg
    }

    /// The highest value, and the limits that are not far above it.
    pub(super) fn most(&self) -> f64 {
        let values = self.series.iter().flat_map(|series| series.values.iter().flatten());
        let most = values.copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
        let limits = self.limits.iter().map(|limit| limit.value);
        let shown = limits.filter(|limit| *limit <= most * FAR || most <= 0.0);
        shown.fold(most, f64::max)
    }

    /// How many intervals there are.
    pub(super) fn intervals(&self) -> usize {
        self.series.iter().map(|series| series.values.len()).max().unwrap_or(0)
    }

    /// The part that is stretched to the width there is.
    fn shapes(&self, place: impl Fn(f64) -> f64 + Copy) -> String {
        let mut shapes = format!(
            "<svg class=\"data\" width=\"100%\" height=\"100%\" viewBox=\"0 0 {WIDE} {HIGH}\" \
             preserveAspectRatio=\"none\" aria-hidden=\"true\">\n"
        );
        let pen = Pen { intervals: self.intervals() as f64, place };
        for (nth, series) in self.series.iter().enumerate() {
            shapes.push_str(&pen.series(series, kind(nth)));
        }
        shapes.push_str("</svg>\n");
        shapes
    }

    fn times(&self, height: f64) -> String {
        let mut times = String::new();
        let ticks = self.axis.ticks(self.intervals(), height < HEIGHT);
        for tick in ticks {
            let _infallible = write!(
                times,
                "<line class=\"stop\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"{height}\" y2=\"{:.0}\"/>",
                height + 5.0,
                x = tick.place * 100.0
            );
            times.push_str(&figure::text(tick.class(), tick.place, height + 20.0, &tick.label));
        }
        times
    }

    /// At most this many rows; a longer series has the highest of each stretch.
    fn data(&self) -> Data {
        said::data(self)
    }

    fn description(&self) -> String {
        said::description(self)
    }
}

/// The horizontal lines and their labels.
pub(super) fn grid(scale: Linear, sized: Sized, height: f64) -> String {
    let mut grid = String::new();
    for tick in scale.ticks() {
        let y = (1.0 - scale.place(tick)) * height;
        let label = sized.label(tick, scale.step);
        let _infallible = writeln!(
            grid,
            "<line class=\"grid\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text class=\"value\" x=\"-8\" y=\"{:.1}\">{label}</text>",
            y + 4.0
        );
    }
    grid
}

/// Where points lie in the stretched part.
struct Pen<F> {
    intervals: f64,
    place: F,
}

impl<F: Fn(f64) -> f64> Pen<F> {
    fn series(&self, series: &Series, kind: usize) -> String {
        let values = &series.values;
        match &series.shape {
            Shape::Line => self.line(values, kind),
            Shape::Area => {
                let ground = vec![Some(0.0); values.len()];
                self.between(&ground, values, &format!("a{kind}")) + &self.line(values, kind)
            }
            Shape::Band(low) => self.between(low, values, &format!("a{kind}")),
        }
    }

    /// The highest of each column as a line, and below it the space down to the lowest.
    fn line(&self, values: &[Option<f64>], kind: usize) -> String {
        let runs = thin::runs(values, values, COLUMNS);
        let path: String =
            runs.iter().map(|run| self.edge(run.iter(), |column| column.high, "M")).collect();
        let line = format!(
            "<path class=\"s{kind}\" vector-effect=\"non-scaling-stroke\" d=\"{path}\"/>\n"
        );
        if thin::width(values.len(), COLUMNS) == 1 {
            return line;
        }
        self.between(values, values, &format!("a{kind} range")) + &line
    }

    /// The space between two edges. Where either is missing there is none.
    fn between(&self, low: &[Option<f64>], high: &[Option<f64>], class: &str) -> String {
        let ribbon = |run: &Vec<Column>| {
            let top = self.edge(run.iter(), |column| column.high, "M");
            format!("{top}{}Z", self.edge(run.iter().rev(), |column| column.low, "L"))
        };
        let path: String = thin::runs(low, high, COLUMNS).iter().map(ribbon).collect();
        format!("<path class=\"{class}\" d=\"{path}\"/>\n")
    }

    /// A run of points. One alone is a short stroke, because a line of no length is not drawn.
    fn edge<'a>(
        &self,
        columns: impl ExactSizeIterator<Item = &'a Column>,
        value: impl Fn(&Column) -> f64,
        first: &str,
    ) -> String {
        let alone = columns.len() == 1;
        let mut path = String::new();
        for (nth, column) in columns.enumerate() {
            let sign = if nth == 0 { first } else { "L" };
            let x = column.at / self.intervals * WIDE;
            let y = (1.0 - (self.place)(value(column))) * HIGH;
            let _infallible = write!(path, "{sign}{x:.0} {y:.0}");
        }
        if alone { path + "h2" } else { path }
    }
}
