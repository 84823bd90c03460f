//! A running campaign as a page, in the look of the reports.
//!
//! **Invariant:** the page is a function of a snapshot.

use crate::{
    record::{cells::Cell as Counts, latency::Metric},
    report::{
        chart::{Axis, Caption, Limit, Lines, Series, Shape, Unit},
        page::{Banner, Cell, Page, Section, Table, Tile, Tone},
        text::number::{count, millis, percent, span},
    },
    watch::{
        snapshot::{Phase, Point, Snapshot},
        vitals::{Operation, open_sessions},
    },
};
use std::time::Duration;

/// The page of a run at this moment.
pub(super) fn page(snapshot: &Snapshot) -> String {
    let about = &snapshot.about;
    let page = Page {
        title: format!("Running: {}", about.scenario),
        kicker: "otpdrill · live run".to_owned(),
        lead: format!(
            "Seed {} against {}, at {} times the speed of the clock.",
            about.seed, about.target, about.speed
        ),
        verdict: banner(snapshot),
        tiles: tiles(snapshot),
        sections: vec![
            funnel(snapshot),
            course(snapshot),
            latency(snapshot),
            countries(snapshot),
            problems(snapshot),
            Section::new("report", "The report so far")
                .markup("<p><a href=\"/report\">The report so far</a>, as the run will leave it.</p>\n"),
        ],
        foot: "This page is there as long as the run: its results are in its folder afterwards. Rates are \
               per second of campaign time, latencies in wall time, warm-up included."
            .to_owned(),
    };
    written(&page)
}

/// What stands in the place of a report that is not there.
pub(super) fn no_report_yet() -> String {
    let why = "The shards of the run are asked for what they recorded: a moment. A run that recorded a great \
               deal is not copied while it goes on; its state and its metrics are there all the same.";
    let verdict = Banner {
        word: "No report yet".to_owned(),
        reasons: vec![why.to_owned()],
        ..Banner::default()
    };
    let state =
        Section::new("state", "Until then").markup("<p><a href=\"/\">The run's state</a></p>\n");
    let kicker = "otpdrill · live run".to_owned();
    let (title, sections) = ("Running".to_owned(), vec![state]);
    written(&Page { title, kicker, verdict, sections, ..Page::default() })
}

fn written(page: &Page) -> String {
    let mut text = Vec::new();
    page.write(&mut text).expect("memory takes everything");
    String::from_utf8(text).expect("a page is text")
}

fn banner(snapshot: &Snapshot) -> Banner {
    let word = match snapshot.phase {
        Phase::Preparing => "Getting ready",
        Phase::Arriving => "Running",
        Phase::Draining => "Running: nobody else arrives",
        Phase::Stopping => "Stopping, as it was asked to",
    };
    let tone = if snapshot.phase == Phase::Stopping { Tone::Doubtful } else { Tone::Plain };
    let passed = format!(
        "{} have passed: {} of the campaign's time, about {} are left.",
        span(snapshot.wall),
        percent(Some(snapshot.share())),
        span(snapshot.left()),
    );
    let problems = snapshot.vitals.problems.in_order();
    let told =
        problems.iter().map(|(problem, seen)| format!("{} {}.", count(seen.count), problem.text()));
    Banner { tone, word: word.to_owned(), reasons: std::iter::once(passed).chain(told).collect() }
}

fn tiles(snapshot: &Snapshot) -> Vec<Tile> {
    let total = snapshot.vitals.total();
    let response = snapshot.vitals.spread(Metric::SendResponse);
    let recent = snapshot.recent(Metric::SendResponse);
    let lag = snapshot.vitals.spread(Metric::ScheduleLag).quantile_ms(0.99);
    let too_late = lag.is_some_and(|lag| lag > snapshot.about.max_lag.as_secs_f64() * 1e3);
    vec![
        Tile::new(
            "Session conversion",
            percent(total.session_conversion()),
            "verified of arrived; open sessions count as arrived",
        ),
        Tile::new(
            "Message conversion",
            percent(total.message_conversion()),
            "received of those expecting feedback so far",
        ),
        Tile::new(
            "Arrivals",
            Unit::PerSecond.say(snapshot.rates.arrivals),
            format!("{} so far", count(total.sessions.arrived)),
        ),
        Tile::new("Sends", Unit::PerSecond.say(snapshot.rates.sends), quota(snapshot, 0)),
        Tile::new("Feedback", Unit::PerSecond.say(snapshot.rates.puts), quota(snapshot, 1)),
        Tile::new(
            "Throttled",
            Unit::PerSecond.say(snapshot.rates.throttles),
            format!("{} sends so far", count(total.messages.throttled)),
        )
        .toned(if snapshot.rates.throttles > 0.0 { Tone::Doubtful } else { Tone::Plain }),
        Tile::new(
            "In flight",
            count(snapshot.in_flight()),
            format!("{} open sessions", count(open_sessions(&total.sessions))),
        ),
        Tile::new(
            "Send response p99",
            millis(recent.quantile_ms(0.99)),
            format!("{} since the start", millis(response.quantile_ms(0.99))),
        ),
        Tile::new("Schedule lag p99", millis(lag), "how late sends leave by our own fault")
            .toned(if too_late { Tone::Bad } else { Tone::Plain }),
        Tile::new("Cost", Unit::Usd.say(total.cost_usd()), "by the price table"),
    ]
}

fn quota(snapshot: &Snapshot, operation: usize) -> String {
    let quota = snapshot.about.quotas[operation];
    quota.map_or_else(String::new, |quota| format!("of {} allowed", Unit::PerSecond.say(quota)))
}

fn funnel(snapshot: &Snapshot) -> Section {
    let Counts { sessions, messages, delivered, .. } = snapshot.vitals.total();
    let mut table = Table::new(
        "From arrival to verified",
        &[("Step", false), ("Count", true), ("Of arrived", true)],
    );
    let mut row = |name: &str, value: u64| {
        let share = share(value, sessions.arrived);
        table.push(vec![Cell::text(name), Cell::text(count(value)), Cell::text(percent(share))]);
    };
    row("sessions arrived", sessions.arrived);
    row("messages attempted", messages.attempted);
    row("messages accepted", messages.accepted);
    row("messages delivered", delivered);
    row("sessions verified", sessions.verified);
    row("sessions still open", open_sessions(&sessions));
    row("sessions expired", sessions.expired);
    row("sessions abandoned", sessions.abandoned);
    row("sessions locked out", sessions.locked_out);
    row("sessions that could send nothing", sessions.send_failed + sessions.rate_limited);
    row("sessions dropped", sessions.dropped);
    Section::new("funnel", "From arrival to verified").table(&table)
}

fn course(snapshot: &Snapshot) -> Section {
    let of = |name: &str, shape: Shape, value: fn(&Point) -> Option<f64>| Series {
        name: name.to_owned(),
        shape,
        values: snapshot.course.iter().map(value).collect(),
    };
    let quotas = Operation::ALL.into_iter().zip(snapshot.about.quotas);
    let limit = |(operation, quota): (Operation, Option<f64>)| {
        Some(Limit { name: format!("quota of {}", operation.name()), value: quota? })
    };
    let rates = lines(
        snapshot,
        Caption::new("rates", "Rates", "Per second of campaign time."),
        Unit::PerSecond,
    );
    let rates = Lines {
        limits: quotas.filter_map(limit).collect(),
        series: vec![
            of("sends", Shape::Area, |point| Some(point.rates.sends)),
            of("arrivals", Shape::Line, |point| Some(point.rates.arrivals)),
            of("feedback", Shape::Line, |point| Some(point.rates.puts)),
            of("throttled", Shape::Line, |point| Some(point.rates.throttles)),
        ],
        ..rates
    };
    let open =
        lines(snapshot, Caption::new("open", "Open sessions and calls in flight", ""), Unit::Count);
    let open = Lines {
        series: vec![
            of("open sessions", Shape::Area, |point| Some(whole(point.open))),
            of("calls in flight", Shape::Line, |point| Some(whole(point.in_flight))),
        ],
        ..open
    };
    let caption = Caption::new(
        "response",
        "Response time of sends",
        "From the instant a send was due to its answer, in each interval.",
    );
    let response = Lines {
        series: vec![
            of("p99", Shape::Line, |point| Some(point.response_ms[2]? / 1e3)),
            of("p95", Shape::Line, |point| Some(point.response_ms[1]? / 1e3)),
            of("p50", Shape::Line, |point| Some(point.response_ms[0]? / 1e3)),
        ],
        ..lines(snapshot, caption, Unit::Seconds)
    };
    let drawn = [rates, open, response].map(|lines| lines.draw()).concat();
    Section::new("course", "Course").markup(&drawn)
}

/// A chart of the course, in wall time, without series.
fn lines(snapshot: &Snapshot, caption: Caption, unit: Unit) -> Lines {
    let axis = Axis { start: snapshot.about.began, step: snapshot.step };
    Lines { caption, axis, unit, series: Vec::new(), limits: Vec::new(), marks: Vec::new() }
}

fn latency(snapshot: &Snapshot) -> Section {
    const SHARES: [f64; 4] = [0.5, 0.95, 0.99, 1.0];
    let head = [
        ("What", false),
        ("Samples", true),
        ("p50", true),
        ("p95", true),
        ("p99", true),
        ("Longest", true),
    ];
    let fill = |name: &str, recent: bool| {
        let mut table = Table::new(name, &head);
        for metric in Metric::ALL {
            let spread =
                if recent { snapshot.recent(metric) } else { snapshot.vitals.spread(metric) };
            let quantiles = SHARES.map(|share| Cell::text(millis(spread.quantile_ms(share))));
            let name = Cell::text(metric.name().replace('_', " "));
            table.push(
                [name, Cell::text(count(spread.count()))].into_iter().chain(quantiles).collect(),
            );
        }
        table
    };
    Section::new("latency", "Latency")
        .table(&fill("Since the start", false))
        .table(&fill(&format!("In the last {}", span(snapshot.step)), true))
}

fn countries(snapshot: &Snapshot) -> Section {
    let head = [
        ("Country", false),
        ("Sessions", true),
        ("Open", true),
        ("Verified", true),
        ("Of sessions", true),
        ("Messages", true),
        ("Throttled", true),
        ("Received", true),
        ("Of messages", true),
        ("Cost USD", true),
    ];
    let mut table = Table::new("By country", &head);
    let total = snapshot.vitals.total();
    let codes = snapshot.about.countries.iter().map(String::as_str);
    let rows = codes.zip(snapshot.vitals.countries()).chain([("All", &total)]);
    for (code, counts) in rows {
        let Counts { sessions, messages, .. } = counts;
        let cells = [
            code.to_owned(),
            count(sessions.arrived),
            count(open_sessions(sessions)),
            count(sessions.verified),
            percent(counts.session_conversion()),
            count(messages.attempted),
            count(messages.throttled),
            count(messages.received),
            percent(counts.message_conversion()),
            format!("{:.2}", counts.cost_usd()),
        ];
        table.push(cells.into_iter().map(Cell::text).collect());
    }
    Section::new("countries", "Countries").table(&table)
}

fn problems(snapshot: &Snapshot) -> Section {
    let found = snapshot.vitals.problems.in_order();
    let section = Section::new("problems", "What went wrong");
    if found.is_empty() {
        return section.paragraph("Nothing so far.");
    }
    let head = [("What", false), ("Count", true), ("First", true), ("Last", true)];
    let mut table = Table::new("Problems, by the first time", &head);
    let after = |at: Duration| Cell::text(span(at));
    for (problem, seen) in found {
        let [first, last] = [seen.first, seen.last].map(|at| after(at.since_start()));
        table.push(vec![Cell::text(problem.text()), Cell::text(count(seen.count)), first, last]);
    }
    section.table(&table).paragraph("Times are campaign time since the start.")
}

#[expect(clippy::cast_precision_loss, reason = "a chart shows three digits of it")]
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[expect(clippy::cast_precision_loss, reason = "a chart shows three digits of it")]
const fn whole(count: u64) -> f64 {
    count as f64
}
