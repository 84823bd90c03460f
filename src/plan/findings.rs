//! What a plan says: the data behind the table, `plan.json`, the CSV files and the page.
//!
//! **Invariant:** a number that does not exist is `None`, never zero.

use serde::Serialize;

/// The answer to a capacity question. Figures without a seed are those of the first seed; what differs
/// between seeds is in `goals` and `spreads`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Number of this form: 1.
    pub schema: u32,
    /// Whether every goal holds with the given limits, for every seed.
    pub fits: bool,
    /// The scenario's name.
    pub scenario: String,
    /// Its description.
    pub description: String,
    /// The seeds that were played.
    pub seeds: Vec<u64>,
    /// The first instant of the campaign, in seconds since 1970-01-01T00:00:00Z.
    pub start_epoch_s: i64,
    /// How long sessions arrive, in seconds.
    pub duration_s: f64,
    /// The goals, and whether they hold.
    pub goals: Vec<GoalResult>,
    /// What is known of each limit.
    pub limits: Vec<LimitFinding>,
    /// The smallest value of each quota at which the goals hold.
    pub needed: Vec<Needed>,
    /// Whether the smallest values hold together as well.
    pub together: Option<Together>,
    /// How much more traffic the given limits carry.
    pub headroom: Option<Headroom>,
    /// What the traffic costs with the given limits.
    pub cost_usd: Cost,
    /// Figures of all countries.
    pub total: Figures,
    /// Figures of each country, sorted by code.
    pub countries: Vec<CountryFigures>,
    /// What a real test needs to see a drop of conversion, country by country.
    pub tests: Vec<TestNeed>,
    /// How figures differ between the seeds.
    pub spreads: Vec<Spread>,
    /// What `n of n seeds hold` means, in words.
    pub confidence: String,
    /// The course of the campaign, minute by minute; in `demand.csv` only.
    #[serde(skip)]
    pub minutes: Vec<Minute>,
    /// What a chart over time should mark: limits that bind for the first time, and what the scenario names.
    pub marks: Vec<Mark>,
    /// One row for each combination of what was asked with `--what-if`.
    pub what_if: Vec<WhatIf>,
    /// The text of the request for higher quotas.
    pub quota_request: String,
    /// What a reader must know about how the figures came about.
    pub notes: Vec<String>,
}

/// A goal and what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GoalResult {
    /// As it was written.
    pub expr: String,
    /// The worst value over all seeds; `None` without samples.
    pub observed: Option<f64>,
    /// The worst value over all seeds without any limit.
    pub without_limits: Option<f64>,
    /// Whether it holds for all seeds.
    pub ok: bool,
    /// For how many seeds it holds.
    pub seeds_holding: usize,
    /// Whether it holds without any limit: if not, no quota helps, and the search leaves it out.
    pub attainable: bool,
}

/// One limit: what it is, what the traffic wants of it, and what it did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LimitFinding {
    /// Its name: `SendTextMessage`, `PutMessageFeedback`, `parts_per_second`, …
    pub name: String,
    /// The scenario key that sets it.
    pub path: String,
    /// What it counts, as in `calls/s`.
    pub unit: String,
    /// Its value in the scenario; `None` is unlimited.
    pub given: Option<f64>,
    /// The highest demand without limits, in the same unit, where it is known.
    pub peak_demand: Option<f64>,
    /// When that was, in seconds since the start.
    pub peak_at_s: Option<f64>,
    /// When it first refused something, in seconds since the start.
    pub first_hit_s: Option<f64>,
    /// The same as a UTC instant.
    pub first_hit_at: Option<String>,
    /// How often it refused.
    pub hits: u64,
    /// The first second of the minute in which it refused most.
    pub busiest_minute_s: Option<f64>,
    /// How often it refused in that minute.
    pub busiest_minute_hits: u64,
    /// What it is the cause of.
    pub cause_of: Harm,
}

/// What a limit causes, found by playing the campaign with this limit alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Harm {
    /// Sends or puts answered with throttling.
    pub throttles: u64,
    /// Sends that waited before they left.
    pub waits: u64,
    /// The longest wait of a send that was accepted, in seconds.
    pub longest_wait_s: f64,
    /// Sessions that expired or could not be sent a code, more than without limits.
    pub lost_sessions: i64,
    /// Verified sessions fewer than without limits.
    pub lost_conversions: i64,
}

/// The smallest value of a quota.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Needed {
    /// The limit's name.
    pub name: String,
    /// The scenario key that sets it.
    pub path: String,
    /// What it counts.
    pub unit: String,
    /// Its value in the scenario; `None` is unlimited.
    pub given: Option<f64>,
    /// The smallest whole value at which all attainable goals hold for all seeds, the other limits being
    /// unlimited; `None` if it was not found.
    pub smallest: Option<f64>,
    /// The value at which the goals hold together with the others', the smallest or above it; `None` if none was
    /// found.
    pub in_concert: Option<f64>,
    /// The value to ask for: that, or if there is none the smallest, with the stated reserve.
    pub requested: Option<f64>,
    /// Whether AWS raises it on request; a fixed limit is shown but not asked for.
    pub adjustable: bool,
    /// How many campaigns were played to find it.
    pub trials: u32,
    /// Why there is no smallest value, or what the reader must know of it.
    pub note: Option<String>,
}

impl Needed {
    /// What it takes: the value that holds together with the others', or if there is none the smallest.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        self.in_concert.or(self.smallest)
    }

    /// Whether what is given is less; where none is given, nobody knows.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.given.is_some_and(|given| self.value().is_none_or(|value| given < value))
    }
}

/// The smallest values, set together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Together {
    /// Whether all attainable goals hold for all seeds.
    pub holds: bool,
    /// What was raised above the smallest values for that, as in `SendTextMessage 120 -> 123`.
    pub raised: Vec<String>,
}

/// How much more traffic the given limits carry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Headroom {
    /// The largest factor, in steps of 0.05, at which all attainable goals hold; `None` if not even
    /// the traffic of the scenario (or less) fits.
    pub factor: Option<f64>,
    /// The factor at which a goal breaks; `None` if none up to the largest that was tried does.
    pub breaks_at: Option<f64>,
    /// The goals that break there.
    pub broken: Vec<String>,
}

/// What the traffic costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// The dearest hour, by the clock of UTC.
    pub hour_max: f64,
    /// When that hour begins, in seconds since the start.
    pub hour_max_at_s: f64,
    /// The dearest day of UTC.
    pub day: f64,
    /// The dearest calendar month of UTC, as far as the campaign reaches into it.
    pub month: f64,
    /// The whole campaign.
    pub total: f64,
    /// The dearest calendar month, without any limit.
    pub month_without_limits: f64,
    /// The whole campaign, without any limit.
    pub total_without_limits: f64,
}

/// A rate per second: how high it gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Rate {
    /// The highest count in a second.
    pub peak: u64,
    /// When that second is, in seconds since the start; `None` if nothing happened.
    pub peak_at_s: Option<f64>,
    /// The count that 99 of 100 seconds do not exceed, from the start to the last arrival.
    pub p99: u64,
}

/// How long something was held up, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Delay {
    /// Of how many.
    pub samples: u64,
    /// Half of them had less.
    pub p50: Option<f64>,
    /// 95 of 100 had less.
    pub p95: Option<f64>,
    /// 99 of 100 had less.
    pub p99: Option<f64>,
    /// The longest.
    pub max: Option<f64>,
}

/// The highest level of something, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Level {
    /// The highest number at the end of a second.
    pub peak: u64,
    /// When, in seconds since the start; `None` if it was always zero.
    pub peak_at_s: Option<f64>,
}

/// Figures of one country, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Sessions that arrived.
    pub sessions: u64,
    /// Sessions verified with the given limits.
    pub verified: u64,
    /// Sessions verified without limits.
    pub verified_without_limits: u64,
    /// `verified_without_limits` less `verified`.
    pub conversion_lost: i64,
    /// The same as a share of the sessions.
    pub conversion_lost_share: Option<f64>,
    /// Sessions that expired or could not be sent a code, more than without limits.
    pub expired_in_queue: i64,
    /// The same as a share of the sessions.
    pub expired_in_queue_share: Option<f64>,
    /// Session conversion with the given limits.
    pub conversion: Option<f64>,
    /// Session conversion without limits.
    pub conversion_without_limits: Option<f64>,
    /// Messages accepted without limits, and those of which no answer tells.
    pub messages_without_limits: u64,
    /// Calls of `SendTextMessage` with the given limits.
    pub sends: u64,
    /// Of these, throttled.
    pub throttled: u64,
    /// The same as a share of the sends.
    pub throttled_share: Option<f64>,
    /// Sends that waited before they left, in the application's queue or between attempts.
    pub waits: u64,
    /// Message parts accepted.
    pub parts: u64,
    /// Calls of `SendTextMessage` per second without limits: what the traffic wants.
    pub send_demand: Rate,
    /// Calls of `PutMessageFeedback` per second without limits.
    pub put_demand: Rate,
    /// Calls of `SendTextMessage` per second with the given limits, those that were throttled included.
    pub send_rate: Rate,
    /// Calls of `PutMessageFeedback` per second with the given limits.
    pub put_rate: Rate,
    /// From when a message was asked for to when it left for good.
    pub send_delay: Delay,
    /// From when a verdict was known to when AWS had it.
    pub feedback_delay: Delay,
    /// Messages waiting to leave.
    pub queue: Level,
    /// Open sessions: verifications in flight.
    pub in_flight: Level,
    /// Puts owed.
    pub feedback_backlog: Level,
    /// What accepted messages cost in USD.
    pub cost_usd: f64,
    /// The dearest hour of UTC in USD.
    pub cost_usd_hour_max: f64,
    /// The dearest day of UTC in USD.
    pub cost_usd_day_max: f64,
    /// The dearest calendar month of UTC in USD.
    pub cost_usd_month_max: f64,
}

/// Figures of one country.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CountryFigures {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Its figures.
    pub figures: Figures,
}

/// What a real test needs to see that conversion has dropped in a country.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TestNeed {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// From which share of the verifications it drops: that without limits.
    pub conversion: f64,
    /// By how much, as a share.
    pub drop: f64,
    /// How often the test must see it.
    pub power: f64,
    /// How often it may see a drop that is not there.
    pub alpha: f64,
    /// Verifications in each of its two arms; `None` if conversion cannot drop so far.
    pub verifications_per_arm: Option<u64>,
    /// Messages in each of its two arms.
    pub messages_per_arm: Option<u64>,
    /// The smallest drop that is seen if this campaign's verifications are parted into two arms.
    pub smallest_drop: Option<f64>,
}

/// One figure for every seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Which figure.
    pub figure: String,
    /// Its value for each seed, in the order of `seeds`.
    pub values: Vec<f64>,
    /// The mean.
    pub mean: f64,
    /// Half the width of the 95 % t-interval of the mean; `None` with fewer than two seeds.
    pub half_width: Option<f64>,
}

/// One minute of the campaign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Minute {
    /// Its first second since the start.
    pub t_s: u64,
    /// Sessions that arrived.
    pub arrived: u64,
    /// Of those, verified with the given limits.
    pub verified: u64,
    /// Of those, verified without limits.
    pub verified_without_limits: u64,
    /// The busiest second's calls of `SendTextMessage` without limits.
    pub send_demand_peak: u64,
    /// Calls of `SendTextMessage` without limits.
    pub send_demand: u64,
    /// The busiest second's calls of `PutMessageFeedback` without limits.
    pub put_demand_peak: u64,
    /// Calls of `PutMessageFeedback` without limits.
    pub put_demand: u64,
    /// Calls of `SendTextMessage` with the given limits.
    pub sends: u64,
    /// Of these, throttled.
    pub throttled: u64,
    /// Of these, accepted.
    pub accepted: u64,
    /// Calls of `PutMessageFeedback` with the given limits.
    pub puts: u64,
    /// The most messages waiting at the end of one of its seconds.
    pub queue: u64,
    /// The most open sessions.
    pub in_flight: u64,
    /// The most puts owed.
    pub feedback_backlog: u64,
    /// What the accepted messages of this minute cost in USD.
    pub cost_usd: f64,
}

/// Something to mark in a chart over time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    /// When, in seconds since the start.
    pub t_s: f64,
    /// What, in a few words.
    pub what: String,
}

/// One combination of `--what-if` and what comes of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIf {
    /// What was set, as in `["service.quotas.SendTextMessage", "50"]`.
    pub sets: Vec<[String; 2]>,
    /// Whether all goals hold for all seeds.
    pub fits: bool,
    /// The goals that do not.
    pub broken: Vec<String>,
    /// Figures of all countries, of the first seed.
    pub figures: Figures,
    /// What it costs.
    pub cost_usd: Cost,
}
