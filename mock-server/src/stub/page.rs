//! The page at `/`: the console's message feedback metrics, drawn live.
//!
//! One answer, without script and without anything from elsewhere; it loads itself again.
//!
//! **Invariant:** no number in full and no text of a message appears, and every text from outside goes
//! through [`html::Html::text`].

mod chart;
mod html;

use super::{Request, World};
use crate::service::{
    dashboard::{Dashboard, FeedbackCounts},
    events::EventView,
    faults::Fault,
    message_log::MessageView,
    settings::Tier,
    time::SimTime,
    views::Series,
};
use html::Html;
use std::time::Duration;

/// How many messages and events are shown.
const LATEST: usize = 15;

/// How many points the chart has.
const POINTS: usize = 60;

/// How often the page loads itself again, in seconds.
const EVERY: u8 = 3;

/// A period that can be chosen: its name in the address, in words, and its length.
type Period = (&'static str, &'static str, Option<u64>);

const PERIODS: [Period; 7] = [
    ("5m", "5 minutes", Some(300)),
    ("15m", "15 minutes", Some(900)),
    ("1h", "1 hour", Some(3600)),
    ("3h", "3 hours", Some(3 * 3600)),
    ("24h", "24 hours", Some(24 * 3600)),
    ("7d", "7 days", Some(7 * 24 * 3600)),
    ("all", "all time", None),
];

/// What is chosen unless the address says otherwise.
const USUAL: usize = 2;

/// The page, for what the address asks.
pub(super) fn page(world: &mut World, request: &Request<'_>) -> Vec<u8> {
    let query = request.query.unwrap_or_default();
    let asked =
        |(name, ..): &&Period| query.split('&').any(|pair| pair == format!("period={name}"));
    let period = PERIODS.iter().find(asked).unwrap_or(&PERIODS[USUAL]);
    let live = !query.split('&').any(|pair| pair == "live=off");
    let view = View::of(world, *period);
    let mut html = Html::new();
    head(&mut html, live);
    html.raw("<body><main>");
    banner(&mut html, &view, live);
    periods(&mut html, period.0, live);
    numbers(&mut html, &view.dashboard);
    if view.dashboard.total.expecting == 0 && view.messages.is_empty() {
        hint(&mut html, request.header("host"));
    }
    chart::draw(&mut html, &view.series, &view.clock);
    countries(&mut html, &view.dashboard);
    messages(&mut html, &view);
    events(&mut html, &view);
    faults(&mut html, &view);
    html.raw("</main></body></html>");
    html.into_bytes()
}

/// Everything that is shown, as of one instant.
struct View {
    now: SimTime,
    clock: Clock,
    tier: Tier,
    dashboard: Dashboard,
    series: Series,
    messages: Vec<ShownMessage>,
    events: Vec<EventView>,
    /// What was injected, and how often.
    injected: Vec<(&'static str, u64)>,
    /// The rules that hold, and how often each was followed.
    rules: Vec<(String, u64)>,
}

/// Turns instants into times of day.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    epoch: Duration,
}

struct ShownMessage {
    at: SimTime,
    id: String,
    destination: String,
    country: String,
    parts: u8,
    feedback: &'static str,
}

impl View {
    fn of(world: &mut World, (.., length): Period) -> Self {
        let now = world.clock.now();
        let service = &mut world.service;
        let from = length.map(|secs| now.saturating_sub(Duration::from_secs(secs)));
        let events = service.latest_events(now, LATEST);
        Self {
            now,
            clock: Clock { epoch: service.epoch() },
            tier: service.settings().account.tier,
            dashboard: service.dashboard(now, from, None),
            series: service.feedback_series(now, from, POINTS),
            messages: service.latest_messages(now, LATEST).iter().map(ShownMessage::of).collect(),
            events,
            injected: service.injected().map(|(kind, count)| (kind.as_str(), count)).collect(),
            rules: service.faults().map(|(fault, count)| (words(fault), count)).collect(),
        }
    }
}

impl ShownMessage {
    fn of(message: &MessageView<'_>) -> Self {
        Self {
            at: message.accepted_at,
            id: message.id.to_string(),
            destination: message.destination.to_string(),
            country: message.country.to_string(),
            parts: message.parts,
            feedback: message.feedback.as_str(),
        }
    }
}

impl Clock {
    /// The time of day, UTC.
    pub(super) fn time(self, at: SimTime) -> String {
        let second = (self.epoch + at.since_start()).as_secs() % 86_400;
        format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60)
    }

    /// The date and the time of day, UTC.
    fn date(self, at: SimTime) -> String {
        let days = (self.epoch + at.since_start()).as_secs() / 86_400;
        let (year, month, day) = crate::service::time::calendar(days);
        format!("{year:04}-{month:02}-{day:02} {} UTC", self.time(at))
    }
}

fn head(html: &mut Html, live: bool) {
    html.raw("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    html.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    html.raw("style-src 'unsafe-inline'; img-src data:\">");
    if live {
        html.raw("<meta http-equiv=\"refresh\" content=\"").number(EVERY).raw("\">");
    }
    html.raw("<link rel=\"icon\" href=\"data:,\"><title>Message feedback · sms-voice-mock</title>");
    html.raw("<style>").raw(include_str!("page/style.css")).raw("</style></head>");
}

fn banner(html: &mut Html, view: &View, live: bool) {
    let rules = match view.tier {
        Tier::Open => "an open account with no rules but its configuration's",
        Tier::Production => "a production account with AWS's documented rules",
        Tier::Sandbox => "an account in the sandbox",
    };
    html.raw("<header><h1>Message feedback</h1><p>Simulated by <b>sms-voice-mock</b> ");
    html.raw(env!("CARGO_PKG_VERSION")).raw(", ").text(rules).raw(". Its clock shows <time>");
    html.text(&view.clock.date(view.now)).raw("</time>");
    html.raw(if live { ", and this page follows it.</p></header>" } else { ".</p></header>" });
}

fn periods(html: &mut Html, chosen: &str, live: bool) {
    html.raw("<nav aria-label=\"Period\"><span>Messages of the last</span>");
    let off = if live { "" } else { "&amp;live=off" };
    for (name, words, _) in PERIODS {
        let current = if name == chosen { " aria-current=\"true\"" } else { "" };
        html.raw("<a href=\"/?period=").raw(name).raw(off).raw("\"").raw(current).raw(">");
        html.raw(words).raw("</a>");
    }
    let (words, other) = if live { ("pause", "&amp;live=off") } else { ("follow", "") };
    html.raw("<a class=\"live\" href=\"/?period=").raw(chosen).raw(other).raw("\">");
    html.raw(words).raw("</a></nav>");
}

fn numbers(html: &mut Html, dashboard: &Dashboard) {
    let FeedbackCounts { expecting, received, failed, auto_failed } = dashboard.total;
    let waiting = expecting - received - failed - auto_failed;
    html.raw("<section class=\"numbers\" aria-label=\"Totals\">");
    let completed = grouped(received);
    tile(html, "Messages with feedback completion", &completed, "reported RECEIVED");
    let share = dashboard.percentage().map_or_else(|| "–".to_owned(), |p| format!("{p:.1} %"));
    let of = format!("of {} that expect feedback", grouped(expecting));
    tile(html, "Percentage with feedback completion", &share, &of);
    let (failed, auto_failed) = (grouped(failed), grouped(auto_failed));
    let rest = format!("{failed} failed, {auto_failed} not reported within the hour");
    tile(html, "Still waiting for feedback", &grouped(waiting), &rest);
    html.raw("</section>");
}

/// A count with its thousands set apart.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn tile(html: &mut Html, name: &str, value: &str, detail: &str) {
    html.raw("<div><h2>").text(name).raw("</h2><p class=\"value\">").text(value);
    html.raw("</p><p>").text(detail).raw("</p></div>");
}

/// What to do with an unused stub, which the browser reached at `host`.
fn hint(html: &mut Html, host: Option<&str>) {
    html.raw(
        "<section class=\"hint\"><h2>Nothing was sent yet</h2><p>Point an SDK here, or try:</p>",
    );
    html.raw("<pre>export AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2=http://");
    html.text(host.unwrap_or("127.0.0.1:8086")).raw("\n");
    html.raw("export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1\n");
    html.raw("aws pinpoint-sms-voice-v2 send-text-message --message-feedback-enabled \\\n");
    html.raw(
        "    --destination-phone-number +14254147755 --message-body \"Your code is 123456\"</pre>",
    );
    html.raw("</section>");
}

fn countries(html: &mut Html, dashboard: &Dashboard) {
    html.raw("<section class=\"countries\"><h2>By country</h2>");
    if dashboard.by_country.is_empty() {
        html.raw("<p class=\"none\">No message of this period expects feedback.</p></section>");
        return;
    }
    let columns = ["Country", "Completed", "Share", "Expecting", "Failed", "Not reported"];
    table_head(html, "Messages with feedback completion by country", &columns);
    let mut rows: Vec<_> = dashboard.by_country.iter().collect();
    rows.sort_by_key(|(code, counts)| (std::cmp::Reverse(counts.expecting), **code));
    for (code, counts) in rows {
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        let share = 100.0 * counts.received as f64 / counts.expecting as f64;
        html.raw("<tr><th scope=\"row\">").text(code.as_str()).raw("</th><td>");
        html.raw(&grouped(counts.received)).raw("</td><td><meter min=\"0\" max=\"100\" value=\"");
        html.raw(&format!("{share:.1}\"></meter><span class=\"share\">{share:.1} %</span>"));
        for count in [counts.expecting, counts.failed, counts.auto_failed] {
            html.raw("</td><td>").raw(&grouped(count));
        }
        html.raw("</td></tr>");
    }
    html.raw("</tbody></table></div></section>");
}

fn messages(html: &mut Html, view: &View) {
    html.raw("<section class=\"messages\"><h2>Latest messages</h2>");
    if view.messages.is_empty() {
        html.raw("<p class=\"none\">None yet.</p></section>");
        return;
    }
    let columns = ["Sent", "To", "Country", "Parts", "Feedback", "Message id"];
    table_head(html, "Latest messages, newest first", &columns);
    for message in &view.messages {
        html.raw("<tr><td>").text(&view.clock.time(message.at)).raw("</td><td>");
        html.text(&message.destination).raw("</td><td>").text(&message.country);
        html.raw("</td><td>").number(message.parts).raw("</td><td><span class=\"state ");
        html.raw(message.feedback).raw("\">").text(message.feedback).raw("</span></td><td><code>");
        html.text(&message.id).raw("</code></td></tr>");
    }
    html.raw("</tbody></table></div></section>");
}

fn events(html: &mut Html, view: &View) {
    html.raw("<section><h2>Latest delivery events</h2>");
    if view.events.is_empty() {
        html.raw("<p class=\"none\">None yet.</p></section>");
        return;
    }
    table_head(
        html,
        "Latest events, newest first",
        &["At", "Event", "Country", "Carrier", "Message id"],
    );
    for event in &view.events {
        html.raw("<tr><td>").text(&view.clock.time(event.at)).raw("</td><td>");
        html.text(&event.event_type()).raw("</td><td>").text(event.country.as_str());
        html.raw("</td><td>").text(event.carrier.as_deref().unwrap_or("–"));
        html.raw("</td><td><code>").text(&event.message_id.to_string()).raw("</code></td></tr>");
    }
    html.raw("</tbody></table></div></section>");
}

/// A rule in words.
fn words(fault: &Fault) -> String {
    let Fault { kind, operation, country, share, .. } = fault;
    let operation = operation.as_deref().map(str::to_owned);
    let country = country.map(|country| format!("to {country}"));
    let share = (*share < 1.0).then(|| format!("{:.1} % of calls", 100.0 * share));
    let limits = [operation, country, share].into_iter().flatten();
    limits.fold(kind.as_str().to_owned(), |words, limit| format!("{words} · {limit}"))
}

/// What goes wrong because it was asked for, and how often it did.
fn faults(html: &mut Html, view: &View) {
    if view.injected.is_empty() && view.rules.is_empty() {
        return;
    }
    html.raw("<section><h2>Injected faults</h2>");
    table_head(html, "Injected faults since the start", &["Fault", "Times"]);
    let totals = view.injected.iter().map(|(kind, count)| (format!("{kind}, in all"), *count));
    for (fault, count) in view.rules.iter().cloned().chain(totals) {
        html.raw("<tr><th scope=\"row\">").text(&fault).raw("</th><td>").number(count);
        html.raw("</td></tr>");
    }
    html.raw("</tbody></table></div></section>");
}

fn table_head(html: &mut Html, caption: &str, columns: &[&str]) {
    html.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"").text(caption);
    html.raw("\"><table><thead><tr>");
    for column in columns {
        html.raw("<th scope=\"col\">").text(column).raw("</th>");
    }
    html.raw("</tr></thead><tbody>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (count, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (87_654, "87,654"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(count), text);
        }
    }
}
