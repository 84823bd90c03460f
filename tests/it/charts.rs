//! Every kind of chart on one page, with data that are hard to draw. The page stays in the folder for
//! temporary files, to be looked at.

use crate::markup::assert_sound;
use otpdrill::report::{
    chart::{
        Axis, Bar, Bars, Caption, Curve, Heat, Limit, Lines, Mark, Multiples, Percentiles, Series,
        Shape, Unit,
    },
    page::{Banner, Page, Section, Tile, Tone},
    wilson,
};
use std::{fs, path::Path, time::Duration};

const MINUTE: Duration = Duration::from_secs(60);
/// 2026-11-23T00:00:00Z, a Monday.
const MONDAY: Duration = Duration::from_secs(1_795_392_000);

fn axis() -> Axis {
    Axis { start: MONDAY, step: MINUTE }
}

/// A week of days and nights, with a spike on Friday evening.
fn week(height: f64, shift: f64) -> Vec<Option<f64>> {
    let at = |minute: u32| {
        let hour = f64::from(minute) / 60.0 + shift;
        let day = (hour / 24.0 * std::f64::consts::TAU - 2.6).sin() * 0.5 + 0.6;
        let noise = f64::from(minute.wrapping_mul(2_654_435_761) >> 24) / 256.0 * 0.15;
        let spike = if (6_840..6_900).contains(&minute) { 1.4 } else { 0.0 };
        Some(height * (day + noise + spike))
    };
    (0..7 * 1_440).map(at).collect()
}

fn series(name: &str, shape: Shape, values: Vec<Option<f64>>) -> Series {
    Series { name: name.to_owned(), shape, values }
}

fn demand() -> Lines {
    let mark = |name: &str, hour: f64, to: Option<f64>| Mark {
        name: name.to_owned(),
        from: hour * 3_600.0,
        to: to.map(|hour| hour * 3_600.0),
    };
    Lines {
        caption: Caption::new(
            "demand",
            "Demand against limits",
            "What the traffic asks for, and what may pass.",
        ),
        axis: axis(),
        unit: Unit::PerSecond,
        series: vec![
            series("SendTextMessage, busiest second of each minute", Shape::Area, week(90.0, 0.0)),
            series(
                "PutMessageFeedback, busiest second of each minute",
                Shape::Line,
                week(70.0, -1.0),
            ),
        ],
        limits: vec![
            Limit { name: "SendTextMessage".to_owned(), value: 120.0 },
            Limit { name: "parts_per_second".to_owned(), value: 125.0 },
            Limit { name: "PutMessageFeedback".to_owned(), value: 2_000.0 },
        ],
        marks: vec![
            mark("Campaign in BR", 114.0, Some(115.0)),
            mark("SendTextMessage refuses for the first time", 114.1, None),
            mark("The queue is full <of them>", 114.3, None),
            mark("Carrier outage in IN", 12.0, Some(20.0)),
        ],
    }
}

fn band() -> Lines {
    let high = week(1.0, 3.0);
    let low = high.iter().map(|value| value.map(|value| value * 0.6)).collect();
    let mut middle: Vec<_> = high.iter().map(|value| value.map(|value| value * 0.8)).collect();
    middle[3_000..4_000].fill(None);
    Lines {
        caption: Caption::new("band", "Least to most of five seeds", "With a gap in the mean."),
        axis: axis(),
        unit: Unit::Seconds,
        series: vec![
            series("five seeds", Shape::Band(low), high),
            series("mean", Shape::Line, middle),
        ],
        limits: Vec::new(),
        marks: Vec::new(),
    }
}

fn countries(count: u8) -> Bars {
    let bar = |nth: u8| {
        let name = format!("{}{}", char::from(b'A' + nth / 8), char::from(b'A' + nth % 26));
        let (part, whole) = (u64::from(nth % 40) * 7 + 300, u64::from(nth % 40) * 9 + 400);
        let there = nth != 3;
        Bar {
            name,
            value: there.then_some(part as f64 / whole as f64),
            interval: wilson::interval(part, whole).filter(|_| there),
        }
    };
    Bars {
        caption: Caption::new(&format!("bars-{count}"), "Conversion by country", "Sorted by code."),
        unit: Unit::Share,
        bars: (0..count).map(bar).collect(),
        interval: "95 % interval",
        whole: Some(0.78),
    }
}

fn latency() -> Percentiles {
    let curve = |name: &str, base: f64, tail: f64| {
        let nines = (0..=100_u32).map(|step| f64::from(step) / 20.0);
        let points =
            nines.map(|nines| (100.0 - 100.0 * 10_f64.powf(-nines), base + tail * nines.powi(3)));
        Curve { name: name.to_owned(), points: points.collect() }
    };
    Percentiles {
        caption: Caption::new(
            "latency",
            "Latency of sends",
            "Where the two part, calls waited for each other.",
        ),
        unit: Unit::Seconds,
        curves: vec![curve("response time", 0.010, 0.03), curve("service time", 0.009, 0.002)],
    }
}

fn heat() -> Heat {
    let row = |nth: u32| {
        let count =
            |minute: u32| f64::from((minute * 7 + nth * 13) % 97) / f64::from(1 + nth * nth) - 3.0;
        (
            format!("{} ms", 1 << nth),
            (0..1_440).map(|minute| count(minute).max(0.0).floor()).collect(),
        )
    };
    Heat {
        caption: Caption::new("heat", "Latency over time", "Each column is a stretch of time."),
        axis: axis(),
        unit: Unit::Count,
        rows: (0..8).map(row).collect(),
    }
}

fn multiples() -> Multiples {
    let panel = |(nth, code): (u32, &str)| {
        let values = week(f64::from(nth + 1) * 20.0, f64::from(nth) * 3.0);
        (code.to_owned(), vec![series("sends", Shape::Area, values)])
    };
    let codes = (0..).zip(["BR", "DE", "IN", "NG", "US"]);
    Multiples {
        caption: Caption::new("multiples", "Demand by country", "All to one scale."),
        axis: axis(),
        unit: Unit::PerSecond,
        panels: codes.map(panel).collect(),
    }
}

fn nothing() -> [String; 3] {
    let empty = Vec::new;
    let lines = Lines {
        caption: Caption::new("no-lines", "Nothing over time", ""),
        axis: axis(),
        unit: Unit::Count,
        series: vec![series("none", Shape::Line, empty())],
        limits: Vec::new(),
        marks: Vec::new(),
    };
    let curves = Percentiles {
        caption: Caption::new("no-curve", "No latency", ""),
        unit: Unit::Seconds,
        curves: Vec::new(),
    };
    let bars = Bars {
        caption: Caption::new("no-bar", "No country", ""),
        bars: Vec::new(),
        ..countries(0)
    };
    [lines.draw(), curves.draw(), bars.draw()]
}

fn gallery() -> String {
    let page = Page {
        title: "All charts".to_owned(),
        kicker: "Gallery".to_owned(),
        lead: "Drawn from made-up data.".to_owned(),
        verdict: Banner {
            tone: Tone::Bad,
            word: "Does not fit".to_owned(),
            reasons: vec!["A reason.".to_owned()],
        },
        tiles: vec![
            Tile::new("Peak", "184/s", "limit 120/s").toned(Tone::Bad),
            Tile::new("Cost", "1,234.50 USD", ""),
        ],
        sections: vec![
            Section::new("time", "Over time").markup(&demand().draw()).markup(&band().draw()),
            Section::new("countries", "Countries")
                .markup(&countries(60).draw())
                .markup(&countries(4).draw()),
            Section::new("tails", "Tails").markup(&latency().draw()).markup(&heat().draw()),
            Section::new("small", "Small multiples").markup(&multiples().draw()),
            Section::new("none", "Nothing").markup(&nothing().concat()),
        ],
        foot: "The end.".to_owned(),
    };
    let mut out = Vec::new();
    page.write(&mut out).expect("memory takes everything");
    String::from_utf8(out).expect("text")
}

#[test]
fn all_charts_are_sound_markup_and_always_the_same() {
    let html = gallery();
    assert_sound(&html);
    assert_eq!(html, gallery());
    fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("charts.html"), &html).expect("written");
    assert!(html.contains("The queue is full &lt;of them&gt;"));
}

#[test]
fn a_week_by_the_minute_is_drawn_in_little_room_and_keeps_its_peak() {
    let drawn = demand().draw();
    assert!(drawn.len() < 60_000, "{} bytes", drawn.len());
    assert!(drawn.contains("highest"), "{drawn}");
    let peak = week(90.0, 0.0).into_iter().flatten().fold(0.0, f64::max);
    assert!(drawn.contains(&Unit::PerSecond.say(peak)), "{}", Unit::PerSecond.say(peak));
}

#[test]
fn a_limit_far_above_everything_is_named_outside_the_picture() {
    let drawn = demand().draw();
    assert!(drawn.contains("PutMessageFeedback 2,000/s lies far above this picture."));
    assert_eq!(drawn.matches("class=\"limit-name\"").count(), 2);
}

#[test]
fn a_value_that_does_not_exist_has_no_bar() {
    let drawn = countries(8).draw();
    assert_eq!(drawn.matches("class=\"bar\"").count(), 7);
    assert!(drawn.contains("<td>–</td>"));
}
