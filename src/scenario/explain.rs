//! A scenario in words and numbers: what it will do, before it does it.
//!
//! **Invariant:** nothing here calls a service, reads a clock or changes anything.

mod arrivals;

use super::{
    Loaded, Scenario,
    arrivals::Attack,
    country::Country,
    estimate::{Estimate, SAMPLE},
    policy::{FeedbackMode, OnThrottle, Reports, SendLimiter},
};
use sms_voice_mock::{config::duration::Span, service::country::CountryCode};
use std::fmt::{self, Write as _};

/// What is known outside the scenario.
#[derive(Clone, Copy)]
pub struct Outside<'a> {
    /// How many message parts a text takes.
    pub parts: &'a dyn Fn(&str) -> u32,
    /// What a message of so many parts costs in USD; `None` where no price is known.
    pub cost_usd: &'a dyn Fn(CountryCode, u32) -> Option<f64>,
}

impl fmt::Debug for Outside<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").finish_non_exhaustive()
    }
}

/// The plan of a scenario, for people.
#[must_use]
pub fn explain(loaded: &Loaded, outside: Outside<'_>) -> String {
    let plan = Plan::new(&loaded.scenario, outside);
    let mut text = String::new();
    let written = plan.write(&mut text, loaded);
    written.expect("a string takes any text");
    text
}

/// Everything that is worked out before it is written.
struct Plan<'a> {
    scenario: &'a Scenario,
    /// Expected sessions, the cap included.
    sessions: f64,
    /// For each country: its share of the sessions and what to expect of one.
    countries: Vec<(&'a Country, f64, Estimate)>,
    /// The same for each attack.
    attacks: Vec<(&'a Attack, f64, Estimate)>,
    /// For each template: its share of the sessions and its parts.
    templates: Vec<(&'a str, f64, u32)>,
    outside: Outside<'a>,
}

impl<'a> Plan<'a> {
    fn new(scenario: &'a Scenario, outside: Outside<'a>) -> Self {
        let (plan, sessions) = (&scenario.arrivals, scenario.arrivals.expected_sessions());
        let expected = plan.expected_by_origin(&scenario.countries);
        let countries = scenario.countries.iter().zip(expected.users).map(|(country, users)| {
            let estimate = Estimate::of(country, scenario);
            (country, users / sessions, estimate)
        });
        let attacks = plan.attacks.iter().zip(expected.attacks).map(|(attack, count)| {
            (attack, count / sessions, Estimate::of_attack(attack, scenario))
        });
        let total: f64 = scenario.templates.iter().map(|template| template.weight).sum();
        let code = "0".repeat(scenario.policy.code.length.into());
        let templates = scenario.templates.iter().map(|template| {
            let parts = (outside.parts)(&template.with_code(&code));
            (template.name.as_str(), template.weight / total, parts)
        });
        Self {
            scenario,
            sessions,
            countries: countries.collect(),
            attacks: attacks.collect(),
            templates: templates.collect(),
            outside,
        }
    }

    fn write(&self, out: &mut String, loaded: &Loaded) -> fmt::Result {
        writeln!(out, "{}: {}", self.scenario.name, self.scenario.description)?;
        arrivals::write(out, loaded, self.sessions)?;
        self.write_countries(out)?;
        self.write_messages(out)?;
        self.write_peak(out)?;
        self.write_length(out)?;
        self.write_thresholds(out)
    }

    fn write_countries(&self, out: &mut String) -> fmt::Result {
        writeln!(
            out,
            "\nCountries     share  delivered  sends/session  session conv.  message conv."
        )?;
        for (country, share, estimate) in &self.countries {
            writeln!(
                out,
                "  {:<8} {:>8.1} % {:>8.1} % {:>14.2} {:>12.1} % {:>12.1} %",
                country.code,
                100.0 * share,
                100.0 * delivered(country),
                estimate.sends,
                100.0 * estimate.verified,
                100.0 * estimate.message_conversion(),
            )?;
        }
        for (attack, share, estimate) in &self.attacks {
            let (name, country) =
                (&attack.name, &self.scenario.countries[usize::from(attack.country)]);
            let (share, sends) = (100.0 * share, estimate.sends);
            writeln!(
                out,
                "  attack `{name}` on {}: {share:.1} % of the sessions, up to {sends:.2} sends each",
                country.code
            )?;
        }
        writeln!(
            out,
            "  Estimates from {SAMPLE} users per country played against an ideal service: no quotas,\n  \
             no application limits, no errors. `otpdrill simulate` gives the real figures."
        )
    }

    fn write_messages(&self, out: &mut String) -> fmt::Result {
        let sends = self.per_session(|estimate| estimate.sends);
        let puts = self.per_session(|estimate| estimate.puts);
        writeln!(
            out,
            "\nMessages: about {:.0} sends ({:.0} of them resends), {:.0} feedback calls",
            sends * self.sessions,
            (sends - 1.0) * self.sessions,
            puts * self.sessions,
        )?;
        writeln!(out, "  {}", self.feedback_in_words())?;
        for (name, share, parts) in &self.templates {
            let share = 100.0 * share;
            writeln!(out, "  template `{name}`: {share:.1} % of the sessions, {parts} part(s)")?;
        }
        let (cost, unknown) = self.cost();
        write!(out, "  cost: about {cost:.2} USD")?;
        if !unknown.is_empty() {
            write!(out, ", without {} whose price is not known", unknown.join(", "))?;
        }
        writeln!(out)
    }

    fn feedback_in_words(&self) -> String {
        let policy = &self.scenario.policy;
        let mode = match &policy.feedback {
            FeedbackMode::Parameter => "feedback by a parameter of every send".to_owned(),
            FeedbackMode::ConfigurationSet(name) => {
                format!("feedback by the configuration set `{name}`")
            }
            FeedbackMode::Off => return "feedback is off".to_owned(),
        };
        let reports = match policy.reports {
            Reports::Everything => "everything is reported".to_owned(),
            Reports::Successes => "only successes are reported".to_owned(),
            Reports::Lost(share) => format!("{:.1} % of the reports get lost", 100.0 * share),
        };
        format!("{mode}; {reports}")
    }

    /// The expected cost in USD, and the countries whose price is not known.
    fn cost(&self) -> (f64, Vec<String>) {
        let (mut total, mut unknown) = (0.0, Vec::new());
        for (code, share, estimate) in self.origins() {
            let costs = self.templates.iter().map(|(_, weight, parts)| {
                (self.outside.cost_usd)(code, *parts).map(|cost| weight * cost)
            });
            match costs.sum::<Option<f64>>() {
                Some(cost) => total += cost * share * estimate.sends * self.sessions,
                None => unknown.push(code.to_string()),
            }
        }
        (total, unknown)
    }

    fn per_session(&self, of: impl Fn(&Estimate) -> f64) -> f64 {
        self.origins().map(|(_, share, estimate)| share * of(estimate)).sum()
    }

    /// The users of each country, then the sessions of each attack: where their messages go, their
    /// share of the sessions, and what to expect of one.
    fn origins(&self) -> impl Iterator<Item = (CountryCode, f64, &Estimate)> {
        let users =
            self.countries.iter().map(|(country, share, each)| (country.code, *share, each));
        let attacks = self.attacks.iter().map(|(attack, share, each)| {
            (self.scenario.countries[usize::from(attack.country)].code, *share, each)
        });
        users.chain(attacks)
    }

    fn write_peak(&self, out: &mut String) -> fmt::Result {
        let peak = self.scenario.arrivals.peak();
        let quotas = &self.scenario.service.quotas;
        let sends = peak * self.per_session(|estimate| estimate.sends);
        let puts = peak * self.per_session(|estimate| estimate.puts);
        let parts: f64 = self.templates.iter().map(|(_, w, parts)| w * f64::from(*parts)).sum();
        writeln!(out, "\nAt the peak, per second       demand      quota")?;
        let lines = [
            ("SendTextMessage calls", sends, quotas.send_per_second),
            ("message parts", sends * parts, quotas.parts_per_second),
            ("PutMessageFeedback calls", puts, quotas.put_per_second),
        ];
        for (name, demand, quota) in lines {
            let limit = quota.map_or_else(|| "none".to_owned(), |quota| quota.to_string());
            write!(out, "  {name:<26} {demand:>9.1} {limit:>10}")?;
            match quota.filter(|quota| *quota < demand) {
                Some(quota) => writeln!(out, "  warning: {:.1} times the quota", demand / quota)?,
                None => writeln!(out)?,
            }
        }
        let policy = &self.scenario.policy;
        let throttled = match policy.on_throttle {
            OnThrottle::Fail => "has failed".to_owned(),
            OnThrottle::Retry { attempts, backoff } => {
                format!("is called up to {attempts} times, first after {}", Span(backoff))
            }
            OnThrottle::Queue { limit, max_wait, rate: Some(rate), .. } => format!(
                "waits in a queue of {limit}, up to {}, emptied at {rate}/s",
                Span(max_wait)
            ),
            OnThrottle::Queue { rate: None, .. } => "has failed".to_owned(),
        };
        writeln!(out, "  A throttled send {throttled}.")?;
        if let OnThrottle::Queue { limit, max_wait, workers: Some(workers), .. } =
            policy.on_throttle
        {
            let wait = Span(max_wait);
            writeln!(
                out,
                "  At most {workers} sends are unanswered at a time; {limit} may wait, up to {wait}."
            )?;
        }
        if let Some(SendLimiter { rate, burst, limit, max_wait, per_country }) = policy.limiter {
            let each = if per_country { " of each country" } else { "" };
            let wait = Span(max_wait);
            writeln!(
                out,
                "  Sends{each} leave at {rate}/s, {burst} at once; {limit} may wait, up to {wait}."
            )?;
        }
        if let Some(sdk) = policy.sdk_retries {
            let (attempts, tokens) = (sdk.max_attempts, sdk.tokens);
            writeln!(
                out,
                "  The SDK makes up to {attempts} attempts, from {tokens} retry tokens."
            )?;
        }
        Ok(())
    }

    fn write_length(&self, out: &mut String) -> fmt::Result {
        let scenario = self.scenario;
        let arrivals = scenario.arrivals.duration();
        let longest = arrivals + scenario.drain;
        writeln!(
            out,
            "\nLength: {} of arrivals, then up to {} of draining; live at speed {}: {} to {}",
            Span(arrivals),
            Span(scenario.drain),
            scenario.speed,
            wall(arrivals, scenario.speed),
            wall(longest, scenario.speed),
        )?;
        if scenario.warm_up.is_zero() {
            return Ok(());
        }
        let warm_up = Span(scenario.warm_up);
        writeln!(out, "  the first {warm_up} are left out of latency figures")
    }

    fn write_thresholds(&self, out: &mut String) -> fmt::Result {
        if self.scenario.thresholds.is_empty() {
            writeln!(out, "\nThresholds: none")?;
        } else {
            writeln!(out, "\nThresholds:")?;
        }
        for threshold in &self.scenario.thresholds {
            writeln!(out, "  {threshold}")?;
        }
        if !self.scenario.abort_unless.is_empty() {
            writeln!(out, "\nEnds early unless:")?;
        }
        for condition in &self.scenario.abort_unless {
            writeln!(out, "  {condition}")?;
        }
        Ok(())
    }
}

/// The share of messages that reach a handset, over all carriers of the country.
fn delivered(country: &Country) -> f64 {
    let total: f64 = country.carriers.iter().map(|carrier| carrier.weight).sum();
    let carriers = country.carriers.iter();
    carriers.map(|carrier| carrier.weight / total * carrier.delivered).sum()
}

/// Campaign time as wall time, to the tenth of a second.
fn wall(campaign: std::time::Duration, speed: f64) -> String {
    format!("{:.1} s", campaign.as_secs_f64() / speed)
}
