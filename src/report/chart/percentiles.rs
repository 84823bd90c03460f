//! How slow the slow ones are: values over percentiles, both by powers of ten.

use super::{
    Caption, HIGH, Unit, WIDE,
    figure::{self, Data},
    kind,
    scale::Log,
};
use std::fmt::Write;

/// The height of the plot.
const HEIGHT: f64 = 280.0;
/// The percentiles that have a name, and whether it is left out where there is little room.
const NAMED: [(f64, &str, bool); 9] = [
    (0.0, "0 %", false),
    (50.0, "50 %", true),
    (90.0, "90 %", false),
    (99.0, "99 %", false),
    (99.9, "99.9 %", false),
    (99.99, "99.99 %", false),
    (99.999, "99.999 %", false),
    (99.999_9, "99.9999 %", true),
    (99.999_99, "99.99999 %", true),
];

/// What is left out where there are so many of them that there is little room for each.
const EVERY_SECOND: [&str; 2] = ["99.9 %", "99.999 %"];

/// A chart of percentiles.
#[derive(Clone, Debug, PartialEq)]
pub struct Percentiles {
    /// Its words.
    pub caption: Caption,
    /// What the values are.
    pub unit: Unit,
    /// What is compared.
    pub curves: Vec<Curve>,
}

/// One distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// Its name in the key.
    pub name: String,
    /// Percentiles below 100 in rising order, and the value at each.
    pub points: Vec<(f64, f64)>,
}

/// How far to the right a percentile is: each further nine is as long as the last.
fn nines(percent: f64) -> f64 {
    -(1.0 - percent.clamp(0.0, 99.999_999_9) / 100.0).log10()
}

impl Percentiles {
    /// Draws it.
    #[must_use]
    pub fn draw(&self) -> String {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let values = || points().map(|(_, value)| *value).filter(|value| *value > 0.0);
        let (Some(low), Some(high)) =
            (values().min_by(f64::total_cmp), values().max_by(f64::total_cmp))
        else {
            return self.caption.nothing("There are no samples.");
        };
        let far = points().map(|(percent, _)| nines(*percent)).fold(1.0, f64::max);
        let names = self.curves.iter().map(|curve| (curve.name.as_str(), false));
        let drawing = figure::key(names) + &self.plot(Log::between(low, high), far);
        self.caption.figure(&drawing, &self.data())
    }

    fn plot(&self, scale: Log, far: f64) -> String {
        let style = format!("height:{HEIGHT}px;--rows:0");
        let mut svg = self.caption.svg("plot", &style, &self.description());
        for tick in scale.ticks() {
            let y = (1.0 - scale.place(tick)) * HEIGHT;
            let label = label(self.unit, tick);
            let _infallible = writeln!(
                svg,
                "<line class=\"grid\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"value\" x=\"-8\" y=\"{:.1}\">{label}</text>",
                y + 4.0
            );
        }
        svg.push_str(&percents(far));
        let _infallible = writeln!(
            svg,
            "<svg class=\"data\" width=\"100%\" height=\"100%\" viewBox=\"0 0 {WIDE} {HIGH}\" \
             preserveAspectRatio=\"none\" aria-hidden=\"true\">"
        );
        for (nth, curve) in self.curves.iter().enumerate() {
            let path = curve.path(scale, far);
            let _infallible = writeln!(
                svg,
                "<path class=\"s{}\" vector-effect=\"non-scaling-stroke\" d=\"{path}\"/>",
                kind(nth)
            );
        }
        svg + "</svg>\n</svg>\n"
    }

    fn description(&self) -> String {
        let said = |curve: &Curve| {
            let named = |wanted: f64| {
                curve.at(wanted).map(|value| format!("{wanted} % {}", self.unit.say(value)))
            };
            let values: Vec<String> = [50.0, 99.0, 99.9].into_iter().filter_map(named).collect();
            format!("{}: {}", curve.name, values.join(", "))
        };
        self.curves.iter().map(said).collect::<Vec<_>>().join("; ")
    }

    fn data(&self) -> Data {
        let names = self.curves.iter().map(|curve| curve.name.clone());
        let row = |(wanted, ..): &(f64, &str, bool)| {
            let values: Vec<_> = self.curves.iter().map(|curve| curve.at(*wanted)).collect();
            let say = |value: Option<f64>| {
                value.map_or_else(|| "–".to_owned(), |value| self.unit.say(value))
            };
            let there = values.iter().any(Option::is_some);
            there.then(|| {
                [format!("{wanted} %")].into_iter().chain(values.into_iter().map(say)).collect()
            })
        };
        Data {
            note: "So many per cent took at most so long.".to_owned(),
            head: ["Percentile".to_owned()].into_iter().chain(names).collect(),
            rows: NAMED.iter().filter_map(row).collect(),
        }
    }
}

impl Curve {
    fn path(&self, scale: Log, far: f64) -> String {
        let mut path = String::new();
        for (nth, (percent, value)) in self.points.iter().enumerate() {
            let sign = if nth == 0 { "M" } else { "L" };
            let (x, y) = (nines(*percent) / far * WIDE, (1.0 - scale.place(*value)) * HIGH);
            let _infallible = write!(path, "{sign}{x:.0} {y:.0}");
        }
        path
    }

    /// The value at a percentile, if the curve reaches it.
    fn at(&self, wanted: f64) -> Option<f64> {
        let reached = self.points.iter().find(|(percent, _)| *percent >= wanted - 1e-9);
        reached.map(|(_, value)| *value)
    }
}

/// The percentiles below the plot.
fn percents(far: f64) -> String {
    let mut drawn = String::new();
    for (percent, name, minor) in NAMED.iter().filter(|(percent, ..)| nines(*percent) <= far + 1e-9)
    {
        let place = nines(*percent) / far;
        let second = far > 4.0 && EVERY_SECOND.contains(name);
        let class = if *minor || second { "time minor" } else { "time" };
        let _infallible = write!(
            drawn,
            "<line class=\"grid\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y2=\"{HEIGHT}\"/>{}",
            figure::text(class, place, HEIGHT + 20.0, name),
            x = place * 100.0
        );
    }
    drawn
}

/// A tick of a log scale has a size of its own; powers of ten are no round minutes.
fn label(unit: Unit, tick: f64) -> String {
    if unit == Unit::Seconds && tick >= 1.0 {
        return format!("{} s", Unit::Count.say(tick.round()));
    }
    let sized = unit.sized(tick);
    let number = tick / sized.worth;
    sized.label(number, number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_is_a_round_number_of_its_unit() {
        let labels = [0.000_2, 0.05, 2.0, 200.0, 5_000.0].map(|tick| label(Unit::Seconds, tick));
        assert_eq!(labels, ["0.2 ms", "50 ms", "2 s", "200 s", "5,000 s"]);
    }
}
