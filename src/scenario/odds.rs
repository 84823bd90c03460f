//! The weights that every session chooses by, added up once.

use super::Scenario;
use sms_voice_mock::service::carrier::Choice;

/// What a session chooses by: where it comes from, and what it gets.
#[derive(Clone, Debug)]
pub struct Odds {
    /// The country, where neither an event nor a log says it.
    pub countries: Choice,
    /// The carrier, by country.
    pub carriers: Vec<Choice>,
    /// The template.
    pub templates: Choice,
}

impl Odds {
    /// The odds of a scenario.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Self {
        let countries = &scenario.countries;
        let carriers = countries
            .iter()
            .map(|country| Choice::among(country.carriers.iter().map(|carrier| carrier.weight)));
        Self {
            countries: Choice::among(countries.iter().map(|country| country.weight)),
            carriers: carriers.collect(),
            templates: Choice::among(scenario.templates.iter().map(|template| template.weight)),
        }
    }
}
