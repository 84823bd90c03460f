//! Series over time, with the limits that they meet and the events that moved them.

use super::{
    Caption, HIGH, Unit, WIDE,
    figure::{self, Data},
    kind,
    scale::Linear,
    thin,
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
        let scale = Linear::up_to(most / sized.worth, wanted);
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
        for tick in self.axis.ticks(self.intervals()) {
            let class = if tick.minor { "time minor" } else { "time" };
            let _infallible = write!(
                times,
                "<line class=\"stop\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"{height}\" y2=\"{:.0}\"/>",
                height + 5.0,
                x = tick.place * 100.0
            );
            times.push_str(&figure::text(class, tick.place, height + 20.0, &tick.label));
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
        let _infallible = write!(
            grid,
            "<line class=\"grid\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text class=\"value\" x=\"-8\" y=\"{:.1}\">{label}</text>\n",
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
        match &series.shape {
            Shape::Line => self.lines(&series.values, kind),
            Shape::Area => self.areas(&series.values, kind) + &self.lines(&series.values, kind),
            Shape::Band(low) => self.band(low, &series.values, kind),
        }
    }

    fn lines(&self, values: &[Option<f64>], kind: usize) -> String {
        let runs = thin::line(values, COLUMNS);
        let path: String = runs.iter().map(|run| self.run(run, "M")).collect();
        format!("<path class=\"s{kind}\" d=\"{path}\"/>\n")
    }

    fn areas(&self, values: &[Option<f64>], kind: usize) -> String {
        let runs = thin::line(values, COLUMNS);
        let area = |run: &thin::Run| {
            let ends =
                [run.first(), run.last()].map(|end| end.map_or(0.0, |point| self.x(point.0)));
            format!("M{:.0} {HIGH}{}L{:.0} {HIGH}Z", ends[0], self.run(run, "L"), ends[1])
        };
        let path: String = runs.iter().map(area).collect();
        format!("<path class=\"a{kind}\" d=\"{path}\"/>\n")
    }

    /// Both edges as one shape. Where either is missing there is none.
    fn band(&self, low: &[Option<f64>], high: &[Option<f64>], kind: usize) -> String {
        let both = |(low, high): (&Option<f64>, &Option<f64>)| low.zip(*high);
        let pairs: Vec<_> = low.iter().zip(high).map(both).collect();
        let each = thin::width(pairs.len(), COLUMNS);
        let columns: Vec<_> =
            pairs.chunks(each).enumerate().map(|(nth, pairs)| column(nth * each, pairs)).collect();
        let runs = columns.split(Option::is_none).filter(|run| !run.is_empty());
        let path: String = runs.map(|run| self.ribbon(run)).collect();
        format!("<path class=\"a{kind} band\" d=\"{path}\"/>\n")
    }

    fn ribbon(&self, columns: &[Option<(f64, f64, f64)>]) -> String {
        let columns = columns.iter().flatten();
        let top: Vec<_> = columns.clone().map(|(at, _, high)| (*at, *high)).collect();
        let bottom: Vec<_> = columns.rev().map(|(at, low, _)| (*at, *low)).collect();
        format!("{}{}Z", self.run(&top, "M"), self.run(&bottom, "L"))
    }

    /// A run of points. One alone is a short stroke, because a line of no length is not drawn.
    fn run(&self, points: &[(f64, f64)], first: &str) -> String {
        let mut path = String::new();
        for (nth, (at, value)) in points.iter().enumerate() {
            let sign = if nth == 0 { first } else { "L" };
            let y = (1.0 - (self.place)(*value)) * HIGH;
            let _infallible = write!(path, "{sign}{:.0} {y:.0}", self.x(*at));
        }
        if points.len() == 1 { path + "h2" } else { path }
    }

    /// The middle of an interval.
    fn x(&self, at: f64) -> f64 {
        (at + 0.5) / self.intervals * WIDE
    }
}

/// The lowest and the highest of a column of a band.
fn column(first: usize, pairs: &[Option<(f64, f64)>]) -> Option<(f64, f64, f64)> {
    let there = pairs.iter().flatten();
    let low = there.clone().map(|(low, _)| *low).min_by(f64::total_cmp)?;
    let high = there.map(|(_, high)| *high).max_by(f64::total_cmp)?;
    Some((first as f64 + (pairs.len() - 1) as f64 / 2.0, low, high))
}
