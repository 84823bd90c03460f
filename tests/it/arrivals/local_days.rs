//! Days and weeks by each country's own clocks.

use super::{all, check_count, check_shards, countries, number};
use crate::campaigns::parse;
use jiff::{Timestamp, civil::Weekday, tz::TimeZone};
use otpdrill::scenario::Scenario;
use std::{collections::BTreeMap, sync::Arc};

/// Europe puts its clocks back on the 25th; Brazil, India, Indonesia and South Africa have no summer
/// time; the United States change a week later.
const START: i64 = 1_792_368_000; // 2026-10-19T00:00:00Z
const HOURS: [f64; 24] = [
    2., 1., 1., 1., 1., 2., 4., 6., 8., 8., 8., 8., 8., 8., 8., 8., 9., 11., 14., 18., 30., 17.,
    9., 5.,
];
const WEEK: [f64; 7] = [1.0, 1.0, 1.0, 1.2, 1.4, 0.9, 0.5];
const ZONES: [(&str, f64, &str); 7] = [
    ("AU", 1.0, "Australia/Sydney"),
    ("BR", 2.0, "America/Sao_Paulo"),
    ("GB", 2.0, "Europe/London"),
    ("ID", 1.0, "Asia/Jakarta"),
    ("IN", 3.0, "Asia/Kolkata"),
    ("PL", 1.0, "Europe/Warsaw"),
    ("US", 2.0, "America/New_York"),
];

fn week(per_day: u32, gaps: &str, more: &str) -> Arc<Scenario> {
    let codes: Vec<(&str, f64)> = ZONES.iter().map(|(code, weight, _)| (*code, *weight)).collect();
    parse(&format!(
        "name = \"week\"\nstart = 2026-10-19T00:00:00Z\n[arrivals]\ngaps = \"{gaps}\"\n{more}\n\
         [arrivals.diurnal]\nsessions_per_day = {per_day}\ndays = 7\nweekly = {WEEK:?}\n\
         shape = {{ hourly = {HOURS:?} }}\n{}",
        countries(&codes)
    ))
}

/// The local date and hour of a campaign's second in a zone, and whether it is the first of two.
fn hour(zone: &TimeZone, second: u64) -> (String, i8, i32) {
    let at = Timestamp::from_second(START + i64::try_from(second).expect("a week")).expect("known");
    let local = at.to_zoned(zone.clone());
    (local.date().to_string(), local.hour(), local.offset().seconds())
}

/// What the definition says: the hour's rate in its middle, straight lines, the day's factor; added
/// up minute by minute.
fn expected(zone: &TimeZone, per_day: f64) -> BTreeMap<(String, i8, i32), f64> {
    let (hours, week) = (HOURS.iter().sum::<f64>() / 24.0, WEEK.iter().sum::<f64>() / 7.0);
    let mut expected = BTreeMap::new();
    for minute in 0..7 * 1440_u64 {
        let at = START + i64::try_from(60 * minute + 30).expect("a week");
        let local = Timestamp::from_second(at).expect("known").to_zoned(zone.clone());
        let (this, into) = (local.hour(), (f64::from(local.minute()) + 0.5) / 60.0);
        let (next, weight) =
            if into < 0.5 { (this + 23, 0.5 - into) } else { (this + 1, into - 0.5) };
        let [this, next] = [this, next % 24].map(|h| HOURS[usize::try_from(h).expect("an hour")]);
        let day = WEEK[usize::try_from(local.weekday().to_monday_zero_offset()).expect("a day")];
        let rate = (this + (next - this) * weight) / hours * day / week * per_day / 1440.0;
        *expected.entry(hour(zone, 60 * minute)).or_insert(0.0) += rate;
    }
    expected
}

#[test]
fn sessions_of_each_country_and_hour_follow_the_curve() {
    let scenario = week(60_000, "poisson", "");
    let zones: Vec<_> =
        ZONES.iter().map(|(.., zone)| TimeZone::get(zone).expect("known")).collect();
    let mut found: Vec<BTreeMap<_, usize>> = vec![BTreeMap::new(); ZONES.len()];
    for (_, at, origin) in all(&scenario) {
        let place = usize::from(origin.country);
        // Quarters of an hour, so that time zones are not worked out for each session.
        *found[place].entry(at.since_start().as_secs() / 900).or_default() += 1;
    }
    let (mut chi_square, mut cells) = (0.0, 0);
    for (place, (_, weight, _)) in ZONES.iter().enumerate() {
        let mut hours = BTreeMap::new();
        for (quarter, count) in &found[place] {
            *hours.entry(hour(&zones[place], quarter * 900)).or_insert(0) += count;
        }
        for (hour, expected) in expected(&zones[place], 60_000.0 * weight / 12.0) {
            let found = number(hours.get(&hour).copied().unwrap_or_default());
            chi_square += (found - expected) * (found - expected) / expected;
            cells += 1;
        }
    }
    let cells = f64::from(cells);
    let off = (chi_square - cells) / (2.0 * cells).sqrt();
    assert!(off.abs() < 4.0, "chi-square {chi_square:.0} of {cells}: {off:.1} standard deviations");
}

#[test]
fn the_busiest_hour_is_the_same_by_every_countrys_clocks_before_and_after_a_change_of_clocks() {
    let scenario = week(60_000, "poisson", "");
    for (place, (code, _, zone)) in (0_u16..).zip(ZONES) {
        let zone = TimeZone::get(zone).expect("known");
        let mut days: BTreeMap<String, BTreeMap<i8, usize>> = BTreeMap::new();
        for (_, at, origin) in all(&scenario) {
            if origin.country == place {
                let (date, hour, _) = hour(&zone, at.since_start().as_secs());
                *days.entry(date).or_default().entry(hour).or_default() += 1;
            }
        }
        for (date, hours) in days.iter().filter(|(_, hours)| hours.len() == 24) {
            let busiest = hours.iter().max_by_key(|(_, count)| **count).map(|(hour, _)| *hour);
            assert_eq!(busiest, Some(20), "{code} on {date}: {hours:?}");
        }
        assert!(days.values().filter(|hours| hours.len() == 24).count() >= 6, "{code}");
        let planned = scenario.hours(place);
        let busiest = planned.iter().max_by(|a, b| a.sessions.total_cmp(&b.sessions));
        assert_eq!(busiest.map(otpdrill::scenario::arrivals::hours::Hour::of_day), Some(20));
    }
}

#[test]
fn the_hours_of_a_plan_add_up_to_its_sessions() {
    let scenario = week(60_000, "poisson", "");
    let expected = scenario.arrivals.expected_by_origin(&scenario.countries).users;
    for (place, expected) in (0_u16..).zip(expected) {
        let hours: f64 = scenario.hours(place).iter().map(|hour| hour.sessions).sum();
        assert!((hours / expected - 1.0).abs() < 1e-9, "{hours} {expected}");
    }
    // Whole weeks of whole days: the mean is the mean, but for the hour that Europe has twice.
    assert!((scenario.arrivals.expected() / 420_000.0 - 1.0).abs() < 1e-2);
    // A night hour is repeated, a day of 25 hours.
    let london = scenario.hours(2);
    let sunday = |epoch_s| Timestamp::from_second(epoch_s).expect("known").to_zoned(TimeZone::UTC);
    let repeated = london.windows(2).filter(|pair| pair[0].of_day() == pair[1].of_day());
    let repeated: Vec<_> = repeated.map(|pair| sunday(pair[1].epoch_s)).collect();
    assert_eq!(repeated.len(), 1, "{repeated:?}");
    assert_eq!((repeated[0].weekday(), repeated[0].hour()), (Weekday::Sunday, 1));
}

#[test]
fn shards_see_parts_of_one_schedule_of_days() {
    check_shards(&week(3_000, "poisson", ""));
}

#[test]
fn even_gaps_follow_the_days_too() {
    let scenario = week(3_000, "even", "");
    check_shards(&scenario);
    let count = number(all(&scenario).count());
    assert!((count - scenario.arrivals.expected()).abs() <= 1.0, "{count}");
}

#[test]
fn growth_multiplies_users_of_all_countries_or_of_one() {
    let grown = week(60_000, "poisson", "growth = 1.5");
    let usual = week(60_000, "poisson", "");
    let expected = |scenario: &Scenario| scenario.arrivals.expected();
    assert!((expected(&grown) / expected(&usual) - 1.5).abs() < 1e-9);
    let again = usual.arrivals.grown(1.5);
    assert!((again.expected() / expected(&grown) - 1.0).abs() < 1e-9);
    assert!((again.peak() / grown.arrivals.peak() - 1.0).abs() < 1e-9);
    let text = "name = \"x\"\narrivals.stages = [{ constant = { rate = 4.0, duration = \"1h\" } }]\n\
                countries.BR = { profile = \"BR\", growth = 3.0 }\ncountries.US.profile = \"US\"\n";
    let one = parse(text);
    let expected = one.arrivals.expected_by_origin(&one.countries).users;
    assert!((expected[0] - 21_600.0).abs() < 1e-6 && (expected[1] - 7_200.0).abs() < 1e-6);
    check_count(all(&one).filter(|(.., origin)| origin.country == 0).count(), 21_600.0);
}

#[test]
fn the_black_friday_that_is_shipped_holds_its_quotas_but_at_its_peak() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/black-friday.toml");
    let loaded = otpdrill::scenario::load(&path, &[], None);
    let scenario = loaded.unwrap_or_else(|error| panic!("{error}")).scenario;
    let plan = &scenario.arrivals;
    assert!(scenario.countries.len() >= 12);
    assert!((3e5..6e5).contains(&plan.expected()), "{}", plan.expected());
    let quota = scenario.service.quotas.send_per_second.expect("a quota");
    let (mut seconds, mut above) = (0.0, 0.0);
    for segment in &plan.segments {
        seconds += segment.duration.as_secs_f64();
        if quota < segment.from.max(segment.to) {
            above += segment.duration.as_secs_f64();
        }
    }
    assert!((600.0..0.03 * seconds).contains(&above), "{above} s above");
    let names: Vec<&str> = plan.events().iter().map(|mark| mark.name.as_str()).collect();
    assert!(names.contains(&"spot at prime time"), "{names:?}");
}
