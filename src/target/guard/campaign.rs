//! What a whole campaign needs to pass the guard, said before its first call.

use super::{Asked, Destinations, Guard, Permit, Refusal, Rules};
use crate::{engine::campaign::SendCall, scenario::Scenario};
use sms_voice_mock::service::{
    country::CountryCode, dice::Dice, phone::PhoneNumber, price::part_price, segments,
};
use std::time::Duration;

/// Why a campaign cannot be played under these rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Nobody may be texted there.
    #[error("{}", nobody(countries, *simulator))]
    NoDestination {
        /// Where.
        countries: Vec<CountryCode>,
        /// Whether simulator numbers are used.
        simulator: bool,
    },
    /// A text is too long.
    #[error("templates.{template}: {refusal}")]
    Template {
        /// Its name.
        template: String,
        /// Why.
        refusal: Refusal,
    },
    /// The guard would refuse every message.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

fn nobody(countries: &[CountryCode], simulator: bool) -> String {
    let countries: Vec<_> = countries.iter().map(ToString::to_string).collect();
    let countries = countries.join(", ");
    if simulator {
        format!(
            "AWS has no simulator number in {countries}; use --destinations verified with numbers of \
             your own there, or leave the country out"
        )
    } else {
        format!(
            "no allowed verified number is in {countries}; verify one, or leave the country out"
        )
    }
}

/// Refuses a campaign of which the guard would refuse messages, whoever they are for.
pub fn check_campaign(scenario: &Scenario, rules: &Rules) -> Result<(), Unfit> {
    let sent = || scenario.countries.iter().filter(|country| country.weight > 0.0);
    let nowhere =
        sent().filter(|country| rules.destinations.number(country.code, 0, true).is_none());
    let countries: Vec<_> = nowhere.map(|country| country.code).collect();
    if !countries.is_empty() {
        let simulator = matches!(rules.destinations, Destinations::Simulator);
        return Err(Unfit::NoDestination { countries, simulator });
    }
    let widest = "8".repeat(scenario.policy.code.length.into());
    for template in &scenario.templates {
        let parts = segments::parts(&template.with_code(&widest)).count;
        if parts != 1 {
            let (template, refusal) = (template.name.clone(), Refusal::ManyParts { parts });
            return Err(Unfit::Template { template, refusal });
        }
    }
    let trial = Guard::new(rules.clone(), sms_voice_mock::service::price::Money::ZERO);
    for country in sent() {
        let to = rules.destinations.number(country.code, 0, false).expect("checked above");
        let price = part_price(&scenario.service, country.code);
        trial.look_at(&Asked { to, country: country.code, body: "1", price })?;
    }
    Ok(())
}

impl Guard {
    /// Whether a call of the campaign may leave `now`; where to, and for how much.
    pub fn admit_call(
        &self,
        now: Duration,
        scenario: &Scenario,
        call: &SendCall,
        body: &str,
    ) -> Result<(PhoneNumber, Permit), Refusal> {
        let country = &scenario.countries[usize::from(call.place.country)];
        let carrier = &country.carriers[usize::from(call.place.carrier)];
        let attempt = call.key.attempt;
        let fate = carrier.fate(Dice::new(scenario.seed), attempt.session, attempt.nth.into());
        let lost = fate.delivered_after.is_none();
        let to = self.rules.destinations.number(country.code, call.user_id, lost);
        // Without a number of ours there, the made-up one is what gets refused.
        let made_up = || PhoneNumber::new(country.numbers.number(call.user_id), country.code);
        let to = to.unwrap_or_else(made_up);
        let price = part_price(&scenario.service, country.code);
        let permit = self.admit_send(now, &Asked { to, country: country.code, body, price })?;
        Ok((to, permit))
    }
}
