//! Figures of a plan, from a campaign with the given limits beside the same one without.
//!
//! **Invariant:** the two were played with one seed, so what differs is the limits' doing.

use super::{
    findings::{Cost, Delay, Figures, Level, Minute, Rate},
    goal::Statistic,
    trial::Trial,
};
use crate::{
    record::{
        cells::Cell,
        demand::{Stock, Tick},
    },
    scenario::Scenario,
};
use hdrhistogram::Histogram;
use jiff::{Timestamp, tz::TimeZone};

/// Sessions that expired, could not be sent a code or did not end, more than without limits.
#[must_use]
pub fn expired_more(limited: &Cell, free: &Cell) -> i64 {
    let lost = |cell: &Cell| {
        let sessions = &cell.sessions;
        whole(sessions.expired + sessions.send_failed + sessions.unfinished)
    };
    lost(limited) - lost(free)
}

/// Verified sessions fewer than without limits.
#[must_use]
pub fn conversion_lost(limited: &Cell, free: &Cell) -> i64 {
    whole(free.sessions.verified) - whole(limited.sessions.verified)
}

/// The figures of one country, or of all.
#[must_use]
pub fn figures(
    scenario: &Scenario,
    limited: &Trial,
    free: &Trial,
    country: Option<usize>,
) -> Figures {
    let (cell, without) = (limited.cell(country), free.cell(country));
    let seconds = scenario.arrivals.duration().as_secs_f64();
    let rate = |trial: &Trial, tick| rate(&trial.demand.per_second(tick, country), seconds);
    let level = |stock| level(&limited.demand.level(stock, country));
    let cost = cost(scenario, limited, country);
    let sessions = cell.sessions.arrived;
    let (lost, expired) = (conversion_lost(&cell, &without), expired_more(&cell, &without));
    Figures {
        sessions,
        verified: cell.sessions.verified,
        verified_without_limits: without.sessions.verified,
        conversion_lost: lost,
        conversion_lost_share: share(lost, sessions),
        expired_in_queue: expired,
        expired_in_queue_share: share(expired, sessions),
        conversion: cell.session_conversion(),
        conversion_without_limits: without.session_conversion(),
        messages_without_limits: without.messages.accepted + without.messages.unknown,
        sends: cell.messages.attempted,
        throttled: cell.messages.throttled,
        throttled_share: share(whole(cell.messages.throttled), cell.messages.attempted),
        waits: limited.demand.waits(country),
        parts: cell.parts,
        send_demand: rate(free, Tick::Sends),
        put_demand: rate(free, Tick::Puts),
        send_rate: rate(limited, Tick::Sends),
        put_rate: rate(limited, Tick::Puts),
        send_delay: delay(&limited.demand.send_delay(country)),
        feedback_delay: delay(&limited.demand.feedback_delay(country)),
        queue: level(Stock::Queue),
        in_flight: level(Stock::InFlight),
        feedback_backlog: level(Stock::Owed),
        cost_usd: cost.total,
        cost_usd_hour_max: cost.hour_max,
        cost_usd_day_max: cost.day,
        cost_usd_month_max: cost.month,
    }
}

/// How high a rate gets, within so many seconds of the start for the percentile.
#[must_use]
pub fn rate(counts: &[u32], seconds: f64) -> Rate {
    let Level { peak, peak_at_s } = level(counts);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a length of time is positive and a list's place fits"
    )]
    let seconds = (seconds.ceil() as usize).max(1);
    // Seconds in which nothing happened count as well, and are not all written down.
    let mut within: Vec<u32> = counts.iter().copied().take(seconds).collect();
    within.resize(seconds, 0);
    let place = (seconds * 99).div_ceil(100).saturating_sub(1);
    let (_, p99, _) = within.select_nth_unstable(place);
    Rate { peak, peak_at_s, p99: u64::from(*p99) }
}

/// The highest of so many levels, and the first second in which it is reached.
#[must_use]
pub fn level(levels: &[u32]) -> Level {
    let peak = levels.iter().copied().max().unwrap_or(0);
    let at = levels.iter().position(|level| *level == peak).filter(|_| peak > 0);
    Level { peak: u64::from(peak), peak_at_s: at.map(|second| second as f64) }
}

fn delay(delays: &Histogram<u64>) -> Delay {
    let at = |statistic: Statistic| statistic.of(delays);
    Delay {
        samples: delays.len(),
        p50: at(Statistic::Percentile(50.0)),
        p95: at(Statistic::Percentile(95.0)),
        p99: at(Statistic::Percentile(99.0)),
        max: at(Statistic::Max),
    }
}

/// What a campaign costs: the dearest hour, day and month, by UTC.
#[must_use]
pub fn cost(scenario: &Scenario, trial: &Trial, country: Option<usize>) -> Cost {
    let start = scenario.start_epoch_s;
    let spent = trial.demand.nano_usd_by_hour(country);
    let total = spent.iter().sum();
    let hours = (start.div_euclid(3_600)..).zip(spent);
    let dearest = |period: &dyn Fn(i64) -> i64| dearest(hours.clone(), period);
    let (hour, began) = dearest(&|hour| hour);
    let (day, _) = dearest(&|hour| hour.div_euclid(24));
    let (month, _) = dearest(&|hour| {
        let at = Timestamp::from_second(hour * 3_600).unwrap_or(Timestamp::MAX);
        let date = at.to_zoned(TimeZone::UTC).date();
        i64::from(date.year()) * 12 + i64::from(date.month())
    });
    Cost {
        hour_max: usd(hour),
        hour_max_at_s: (began * 3_600 - start).max(0) as f64,
        day: usd(day),
        month: usd(month),
        total: usd(total),
        month_without_limits: 0.0,
        total_without_limits: 0.0,
    }
}

/// The same, beside what it would cost without limits.
#[must_use]
pub fn cost_of_both(scenario: &Scenario, limited: &Trial, free: &Trial) -> Cost {
    let without = cost(scenario, free, None);
    Cost {
        month_without_limits: without.month,
        total_without_limits: without.total,
        ..cost(scenario, limited, None)
    }
}

/// The first second of the minute in which more than `usd` has been spent; `None` if it never is.
#[must_use]
pub(super) fn second_of_spend(trial: &Trial, usd: f64) -> Option<usize> {
    let minutes = trial.demand.minutes(None);
    let spent = minutes.iter().scan(0, |sum, counts| {
        *sum += counts.nano_usd;
        Some(*sum as f64 / 1e9)
    });
    spent.into_iter().position(|spent| spent > usd).map(|minute| minute * 60)
}

/// The highest sum over one period, and an hour in it. Hours come in order, so periods do too.
fn dearest(hours: impl Iterator<Item = (i64, u64)>, period: &dyn Fn(i64) -> i64) -> (u64, i64) {
    let (mut best, mut sum, mut current) = ((0, 0), 0, None);
    for (at, nanos) in hours {
        if current != Some(period(at)) {
            (current, sum) = (Some(period(at)), 0);
        }
        sum += nanos;
        if best.0 < sum {
            best = (sum, at);
        }
    }
    best
}

/// The course of the campaign, minute by minute.
#[must_use]
pub fn minutes(limited: &Trial, free: &Trial) -> Vec<Minute> {
    let per_second = |trial: &Trial, tick| trial.demand.per_second(tick, None);
    let level = |stock| limited.demand.level(stock, None);
    let (sends, puts) = (per_second(limited, Tick::Sends), per_second(limited, Tick::Puts));
    let (wanted, put) = (per_second(free, Tick::Sends), per_second(free, Tick::Puts));
    let arrived = per_second(limited, Tick::Arrived);
    let (queue, open, owed) = (level(Stock::Queue), level(Stock::InFlight), level(Stock::Owed));
    let (with, without) = (limited.demand.minutes(None), free.demand.minutes(None));
    let longest = [&sends, &puts, &wanted, &put, &arrived, &queue, &open, &owed];
    // The last second in which anything was there or happened.
    let seconds = longest.iter().map(|list| used(list)).max().unwrap_or(0);
    let of_minute = |list: &[u32], minute: usize, of: fn(&[u32]) -> u64| {
        let seconds = (minute * 60).min(list.len())..(minute * 60 + 60).min(list.len());
        of(&list[seconds])
    };
    let sum: fn(&[u32]) -> u64 = |list| list.iter().map(|count| u64::from(*count)).sum();
    let most: fn(&[u32]) -> u64 = |list| list.iter().copied().max().unwrap_or(0).into();
    let minute = |minute: usize| {
        let counts = with.get(minute).copied().unwrap_or_default();
        Minute {
            t_s: minute as u64 * 60,
            arrived: of_minute(&arrived, minute, sum),
            verified: counts.verified,
            verified_without_limits: without.get(minute).map_or(0, |counts| counts.verified),
            send_demand_peak: of_minute(&wanted, minute, most),
            send_demand: of_minute(&wanted, minute, sum),
            put_demand_peak: of_minute(&put, minute, most),
            put_demand: of_minute(&put, minute, sum),
            sends: of_minute(&sends, minute, sum),
            throttled: counts.throttled,
            accepted: counts.accepted,
            puts: of_minute(&puts, minute, sum),
            queue: of_minute(&queue, minute, most),
            in_flight: of_minute(&open, minute, most),
            feedback_backlog: of_minute(&owed, minute, most),
            cost_usd: usd(counts.nano_usd),
        }
    };
    (0..seconds.div_ceil(60)).map(minute).collect()
}

fn used(list: &[u32]) -> usize {
    list.iter().rposition(|count| *count > 0).map_or(0, |place| place + 1)
}

fn usd(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

fn share(part: i64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_seconds_count_for_the_percentile_of_a_rate() {
        let mut counts = vec![0; 50];
        counts.extend([5, 9]);
        let rate = rate(&counts, 200.0);
        assert_eq!((rate.peak, rate.peak_at_s, rate.p99), (9, Some(51.0), 0));
        assert_eq!(
            super::rate(&counts, 60.0).p99,
            9,
            "a minute has one second in its last hundredth"
        );
        assert_eq!(super::rate(&[], 60.0), Rate { peak: 0, peak_at_s: None, p99: 0 });
    }

    #[test]
    fn the_dearest_day_is_one_of_the_clock() {
        let spent = [(22, 5), (23, 5), (24, 7), (50, 2)];
        let (most, at) = dearest(spent.into_iter(), &|hour| hour / 24);
        assert_eq!((most, at), (10, 23));
    }
}
