//! What went wrong, grouped: how often, which share, and where most of it happened.

use super::{counted, percent, share};
use crate::{
    report::{
        page::{Cell, Section, Table, Tone},
        text::number,
    },
    results::{Results, Row, Tick},
};

/// One kind of trouble.
struct Problem {
    name: &'static str,
    count: u64,
    /// Of how many.
    of: u64,
    whole: &'static str,
    /// Where a part of the run has its share of it.
    counted: Option<fn(&Row) -> u64>,
    /// The same in time.
    timed: Option<fn(&Tick) -> u64>,
    meaning: &'static str,
}

pub(super) fn section(results: &Results) -> Option<Section> {
    let problems = all(results);
    let mut table = Table::new(
        "What went wrong",
        &[
            ("What", false),
            ("How often", true),
            ("Share", true),
            ("Most of it", false),
            ("Meaning", false),
        ],
    );
    let mut found: Vec<&Problem> = problems.iter().filter(|problem| problem.count > 0).collect();
    found.sort_by_key(|problem| std::cmp::Reverse(problem.count));
    for problem in &found {
        table.push(row(results, problem));
    }
    let section = Section::new("problems", "What went wrong");
    let section = if found.is_empty() {
        section.paragraph(
            "Nothing: every call was answered and taken, and every duty of feedback fulfilled.",
        )
    } else {
        section.table(&table)
    };
    Some(section.list(&lag(results)))
}

fn row(results: &Results, problem: &Problem) -> Vec<Cell> {
    let Problem { name, count, of, whole, meaning, .. } = *problem;
    vec![
        Cell::text(name).toned(Tone::Doubtful),
        Cell::text(number::count(count)),
        Cell::text(format!("{} of {whole}", percent(share(count, of)))),
        Cell::text(place(results, problem)),
        Cell::text(meaning),
    ]
}

/// The country, the carrier and the time that had most of it.
fn place(results: &Results, problem: &Problem) -> String {
    let countries = results.conversion.rows.iter();
    let carriers = results.by_carrier.iter().flat_map(|table| &table.rows);
    let worst = |count: fn(&Row) -> u64| {
        let (country, there) = most(countries.map(|row| (row, count(row))))?;
        let within = carriers.filter(|row| row.country == country.country);
        let within: Vec<&Row> = within.collect();
        let part = most(within.iter().map(|row| (*row, count(row))));
        let carrier = part.filter(|_| within.len() > 1);
        let carrier = carrier.map(|(row, _)| format!(", most with {}", row.carrier));
        let part = percent(share(there, problem.count));
        Some(format!("{} ({part}){}", country.country, carrier.unwrap_or_default()))
    };
    let worst = problem.counted.and_then(worst);
    let when = problem.timed.and_then(|count| {
        let ticks = results.course.whole();
        let (at, there) = most(ticks.iter().enumerate().map(|(at, tick)| (at, count(tick))))?;
        let part = percent(share(there, problem.count));
        Some(format!("{} ({part})", super::axis(results).say(at)))
    });
    let both: Vec<String> = [worst, when].into_iter().flatten().collect();
    if both.is_empty() { "–".to_owned() } else { both.join("; ") }
}

/// The first that has the most.
fn most<T>(counts: impl Iterator<Item = (T, u64)>) -> Option<(T, u64)> {
    let mut best: Option<(T, u64)> = None;
    for (what, count) in counts {
        if best.as_ref().is_none_or(|(_, most)| *most < count) {
            best = Some((what, count));
        }
    }
    best.filter(|(_, count)| *count > 0)
}

fn all(results: &Results) -> Vec<Problem> {
    let summary = &results.summary;
    let (sessions, messages) = (&summary.sessions, &summary.messages);
    let calls = &summary.feedback_calls;
    let send = |name, count, counted: fn(&Row) -> u64, timed, meaning| Problem {
        name,
        count,
        of: messages.attempted,
        whole: "attempts",
        counted: Some(counted),
        timed,
        meaning,
    };
    let feedback = |name, count, counted: fn(&Row) -> u64, meaning| Problem {
        name,
        count,
        of: messages.expecting,
        whole: "messages",
        counted: Some(counted),
        timed: None,
        meaning,
    };
    let session = |name, count, meaning| Problem {
        name,
        count,
        of: sessions.arrived,
        whole: "sessions",
        counted: None,
        timed: None,
        meaning,
    };
    let put = |name, count, meaning| Problem {
        of: calls.attempted,
        whole: "puts",
        ..session(name, count, meaning)
    };
    vec![
        send(
            "Sends throttled",
            messages.throttled,
            |row| row.throttled,
            Some(|tick| tick.throttled),
            "a quota, or the carrier's pace, refused them for now",
        ),
        send(
            "Sends rejected",
            messages.rejected,
            |row| row.rejected,
            None,
            "refused for good: another try would not help",
        ),
        send(
            "Sends of unknown outcome",
            messages.unknown,
            |row| row.unknown,
            None,
            "never repeated; the service may have processed them, and its dashboard may count them",
        ),
        session(
            "Sessions without a code",
            sessions.send_failed,
            "no message of theirs could be sent",
        ),
        session("Sessions dropped", sessions.dropped, "beyond the run's own safety limits"),
        session(
            "Sessions refused",
            sessions.rate_limited,
            "the application's own rate limit, which is there against abuse",
        ),
        session("Sessions unfinished", sessions.unfinished, "still open when the run ended"),
        feedback(
            "Feedback never put",
            messages.unreported,
            |row| row.unreported,
            "a careless client: AWS says FAILED after an hour, and no metric moves",
        ),
        feedback(
            "Feedback refused",
            messages.feedback_errors,
            |row| row.feedback_errors,
            "refused for good",
        ),
        feedback(
            "Feedback still owed",
            messages.pending,
            |row| row.pending,
            "otpdrill resume puts it, if the run was live",
        ),
        put(
            "Puts repeated",
            calls.repeated,
            "throttled, timed out or a fault of the service, so called again",
        ),
        put("Puts unanswered", calls.unanswered, "open when the run was cut off"),
    ]
}

/// Whether the generator kept its own schedule, and what an SDK repeated by itself.
fn lag(results: &Results) -> Vec<String> {
    let lag = &results.summary.latency_ms.schedule_lag;
    let millis = |millis: f64| super::seconds(Some(millis / 1e3));
    let allowed = results.shape.as_ref().map(|shape| millis(shape.max_lag.0.as_secs_f64() * 1e3));
    let allowed = allowed.map_or_else(String::new, |allowed| format!("; {allowed} are allowed"));
    let late = lag.p99.zip(lag.max).map(|(p99, max)| match super::is_simulated(results) {
        true => "Simulated time is never late: schedule lag is 0.".to_owned(),
        false => format!(
            "The generator itself was late by at most {} in 99 of 100 sends, by {} in the worst{allowed}.",
            millis(p99),
            millis(max)
        ),
    });
    let again = results.summary.sdk_retries.filter(|sdk| sdk.retries > 0).map(|sdk| {
        format!(
            "The SDK repeated {} by itself, {} of them after an unclear outcome, so that these may have been sent \
             and paid for twice.",
            counted(sdk.retries, "send", "sends"),
            number::count(sdk.after_unclear)
        )
    });
    late.into_iter().chain(again).collect()
}
