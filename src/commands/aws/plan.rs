//! What is about to happen, and the question whether it shall.

use super::{AwsError, Consent, consent::Who};
use crate::{
    commands::campaign::Prepared,
    scenario::{Scenario, estimate::Estimate},
    target::{
        aws::AwsLink,
        guard::{Rules, usd},
        sdk::account::{Originator, OriginatorKind},
    },
};
use sms_voice_mock::service::price::{Money, part_price};
use std::{
    fmt::Write as _,
    io::{self, BufRead as _, Write as _},
};

/// Everything that a plan tells.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) consent: &'a Consent,
    pub(super) prepared: &'a Prepared,
    pub(super) link: &'a AwsLink,
    pub(super) rules: &'a Rules,
    pub(super) originators: &'a [Originator],
}

/// How many messages are expected, and what they cost.
#[derive(Clone, Copy, Debug)]
pub(in crate::commands) struct Expected {
    pub(in crate::commands) messages: f64,
    pub(in crate::commands) cost: Money,
}

impl Expected {
    pub(in crate::commands) fn of(scenario: &Scenario) -> Self {
        let arriving = scenario.arrivals.expected_by_origin(&scenario.countries);
        let users =
            scenario.countries.iter().zip(arriving.users).map(|(country, sessions)| {
                (country, sessions * Estimate::of(country, scenario).sends)
            });
        let attacks = scenario.arrivals.attacks.iter().zip(arriving.attacks);
        let attacks = attacks.map(|(attack, sessions)| {
            let country = &scenario.countries[usize::from(attack.country)];
            (country, sessions * Estimate::of_attack(attack, scenario).sends)
        });
        let mut expected = Self { messages: 0.0, cost: Money::ZERO };
        for (country, messages) in users.chain(attacks) {
            let price = part_price(&scenario.service, country.code);
            let each = price.map_or(Money::ZERO, |price| price.cost(1));
            expected.messages += messages;
            expected.cost += Money::from_usd(each.usd() * messages);
        }
        expected
    }
}

impl Plan<'_> {
    /// Shows the plan and waits for the account id, unless it is agreed to already. A plan that is
    /// agreed to unseen need not be shown.
    pub(super) fn agree(&self, shown: bool) -> Result<(), AwsError> {
        let mut out = io::stderr().lock();
        if shown || !self.consent.yes {
            out.write_all(self.text().as_bytes())?;
        }
        if self.consent.yes {
            return Ok(());
        }
        write!(out, "Type the account id to begin: ")?;
        out.flush()?;
        let mut typed = String::new();
        io::stdin().lock().read_line(&mut typed)?;
        if typed.trim() == self.consent.account_id { Ok(()) } else { Err(AwsError::NotConfirmed) }
    }

    fn text(&self) -> String {
        let Self { consent, prepared, link, rules, .. } = self;
        let scenario = &prepared.scenario;
        let expected = Expected::of(scenario);
        let duration = prepared.expected_end().since_start();
        let room = rules.sends_per_second * scenario.arrivals.duration().as_secs_f64();
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            writeln!(text, "  {name:<13} {value}").expect("a string takes any text");
        };
        line("account", format!("{}, as ARNs of the account confirm", consent.account_id));
        line("region", format!("{} ({})", link.region(), link.endpoint()));
        line("originator", self.originator());
        line("destinations", self.destinations());
        line("messages", format!("about {:.0}{}", expected.messages, self.dry()));
        if room < expected.messages {
            line("", format!("the rate lets about {room:.0} leave while users arrive"));
        }
        line("cost", format!("about USD {}, by dated prices", usd(expected.cost)));
        let cap = usd(consent.max_spend);
        line("", format!("a message that would pass USD {cap} is not sent, and ends the run"));
        let (sends, puts) = (rules.sends_per_second, rules.puts_per_second);
        line("rates", format!("{sends} sends/s, {puts} puts/s, 1 message/s to a number"));
        line("duration", format!("about {} s", duration.as_secs()));
        format!("About to use AWS End User Messaging:\n{text}")
    }

    fn dry(&self) -> &'static str {
        if self.consent.dry_run { ", checked by AWS and not sent (DryRun)" } else { "" }
    }

    fn originator(&self) -> String {
        let identity = &self.prepared.scenario.policy.origination_identity;
        let own = self.originators.iter().find(|originator| originator.is(identity));
        match own.map(|originator| originator.kind) {
            Some(OriginatorKind::Number { number, .. }) => format!("the account's number {number}"),
            Some(OriginatorKind::SenderId) => format!("the account's sender ID {identity}"),
            Some(OriginatorKind::Pool { .. }) => format!("the account's pool {identity}"),
            // It may be a number, mistyped.
            None if identity.bytes().any(|byte| byte.is_ascii_alphabetic()) => {
                format!("{identity}, which is not among the account's own")
            }
            None => "not among the account's own".to_owned(),
        }
    }

    fn destinations(&self) -> String {
        let countries = self.prepared.scenario.countries.iter();
        let countries: Vec<_> = countries.map(|country| country.code.to_string()).collect();
        let who = match &self.consent.who {
            Who::Simulator => "AWS's simulator numbers",
            Who::Verified => "the account's verified numbers",
            Who::Listed { .. } => "the verified numbers that the file lists",
        };
        format!("{who} of {}", countries.join(", "))
    }
}
