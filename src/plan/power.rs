//! How many messages a real test needs to see that conversion has dropped in a country, and what a given
//! number of them can see.
//!
//! Conversion is that of verifications, which are independent of each other; messages of one verification are
//! not. So verifications are counted, and messages follow from how many each of them took.

use super::findings::{CountryFigures, Figures, TestNeed};
use crate::report::{statistics::power::Promise, text::number};

/// How often a test may see a drop that is not there.
pub const ALPHA: f64 = 0.05;
/// How often a test must see the drop that is there.
pub const POWERS: [f64; 3] = [0.8, 0.9, 0.95];
/// The drops that are asked about, as shares.
pub const DROPS: [f64; 3] = [0.01, 0.03, 0.05];

/// What a test in one country needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The conversion from which it drops: what the country has without limits.
    pub conversion: f64,
    /// How many messages a verification takes without limits.
    pub messages_each: f64,
    /// The sessions of this campaign.
    pub sessions: u64,
}

impl Test {
    /// The test for a country; `None` where nobody asked for a code.
    #[must_use]
    pub fn of(country: &CountryFigures) -> Option<Self> {
        let Figures { sessions, messages_without_limits, conversion_without_limits, .. } =
            country.figures;
        let messages_each = messages_without_limits as f64 / sessions.max(1) as f64;
        Some(Self {
            country: country.country.clone(),
            conversion: conversion_without_limits.filter(|_| sessions > 0)?,
            messages_each: messages_each.max(1.0),
            sessions,
        })
    }

    /// The test for the country with the most sessions.
    #[must_use]
    pub fn of_largest(countries: &[CountryFigures]) -> Option<Self> {
        countries.iter().filter_map(Self::of).max_by_key(|test| test.sessions)
    }

    /// What is needed for one drop, to be written down.
    #[must_use]
    pub fn need(&self, drop: f64, power: f64) -> TestNeed {
        TestNeed {
            country: self.country.clone(),
            conversion: self.conversion,
            drop,
            power,
            alpha: ALPHA,
            verifications_per_arm: self.verifications(drop, power),
            messages_per_arm: self.messages(drop, power),
            smallest_drop: self.smallest_drop(power),
        }
    }

    /// How many verifications each arm needs to see a drop; `None` if conversion cannot drop so far.
    #[must_use]
    pub fn verifications(&self, drop: f64, power: f64) -> Option<u64> {
        Promise { alpha: ALPHA, power }.per_arm(self.conversion, drop)
    }

    /// How many messages that is.
    #[must_use]
    pub fn messages(&self, drop: f64, power: f64) -> Option<u64> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a positive number, and a cast of one too large gives the largest"
        )]
        let messages =
            |verifications: u64| (verifications as f64 * self.messages_each).ceil() as u64;
        self.verifications(drop, power).map(messages)
    }

    /// The smallest drop that is seen if this campaign's sessions are parted into two arms.
    #[must_use]
    pub fn smallest_drop(&self, power: f64) -> Option<f64> {
        Promise { alpha: ALPHA, power }.smallest_drop(self.conversion, self.sessions / 2)
    }

    /// The need for one drop, in words.
    #[must_use]
    pub fn sentence(&self, drop: f64, power: f64) -> Option<String> {
        let [verifications, messages] =
            [self.verifications(drop, power)?, self.messages(drop, power)?].map(number::count);
        Some(format!(
            "To see that conversion in {} drops by {} points from {}, a real test needs {verifications} \
             verifications in each of its two arms, or about {messages} messages (power {power}, two-sided at \
             {ALPHA}).",
            self.country,
            number::figure(drop * 100.0),
            number::percent(Some(self.conversion)),
        ))
    }
}

/// What a test in each country needs, for the drop and the power that are stated.
#[must_use]
pub fn needs(countries: &[CountryFigures]) -> Vec<TestNeed> {
    let tests = countries.iter().filter_map(Test::of);
    tests.map(|test| test.need(DROPS[1], POWERS[1])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn country(sessions: u64, messages: u64, conversion: Option<f64>) -> CountryFigures {
        let figures = Figures {
            sessions,
            messages_without_limits: messages,
            conversion_without_limits: conversion,
            ..Figures::default()
        };
        CountryFigures { country: "BR".to_owned(), figures }
    }

    #[test]
    fn the_need_is_stated_in_verifications_and_in_messages() {
        let test = Test::of(&country(1_000, 1_100, Some(0.85))).expect("there were sessions");
        assert_eq!(test.verifications(0.03, 0.9), Some(3_215));
        assert_eq!(test.messages(0.03, 0.9), Some(3_537));
        assert_eq!(
            test.sentence(0.03, 0.9).expect("it can drop"),
            "To see that conversion in BR drops by 3 points from 85.0 %, a real test needs 3,215 verifications \
             in each of its two arms, or about 3,537 messages (power 0.9, two-sided at 0.05)."
        );
    }

    #[test]
    fn a_country_without_sessions_has_no_test() {
        assert_eq!(Test::of(&country(0, 0, None)), None);
    }

    #[test]
    fn the_campaign_itself_shows_only_larger_drops() {
        let test = Test::of(&country(1_000, 1_100, Some(0.85))).expect("there were sessions");
        let drop = test.smallest_drop(0.9).expect("it is seen");
        assert!((0.07..0.09).contains(&drop), "{drop}");
    }
}
