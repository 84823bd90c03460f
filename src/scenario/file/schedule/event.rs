//! The shape of what comes on top of usual traffic: events, attacks, outages.

use super::{ArrivalsShape, Setting, moment::Moment};
use crate::scenario::arrivals::{
    ArrivalPlan, Attack,
    course::Course,
    layers::{Layers, Outage},
    mark::{Mark, MarkKind},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sms_voice_mock::{
    config::{duration::Span, problem::Problems},
    service::{country::CountryCode, time::SimTime},
};
use std::{collections::BTreeMap, time::Duration};

/// What brings more users for a while, such as a campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventShape {
    /// Its name in reports.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// Where; everywhere if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// When it begins: a local time (in each country its own), an instant, or a time since the start.
    pub at: String,
    /// What it does.
    pub kind: EventKindShape,
}

/// What an event does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EventKindShape {
    /// Users on top, who come in a wave.
    Surge {
        /// Users per second at its peak; everywhere, the countries' weights share them out.
        #[schemars(range(min = 0.0, max = 1_000_000.0))]
        rate: f64,
        /// From its beginning to its peak.
        #[serde(default)]
        ramp: Span,
        /// From its peak to its end.
        duration: Span,
        /// How it falls.
        #[serde(default)]
        decay: DecayShape,
    },
    /// A multiple of the usual users.
    Multiplier {
        /// How many times as many.
        #[schemars(range(min = 0.0, max = 1_000.0))]
        factor: f64,
        /// How long.
        duration: Span,
    },
}

/// How a surge falls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DecayShape {
    /// In a straight line.
    #[default]
    Linear,
    /// By one half in every half-life.
    Exponential {
        /// The half-life.
        half_life: Span,
    },
}

/// A burst of traffic by somebody who earns by each message sent (SMS pumping): nobody reads a code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttackShape {
    /// Its name in reports.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// The country of its numbers.
    pub country: String,
    /// Its sessions per second.
    #[schemars(range(min = 0.0, max = 1_000_000.0))]
    pub rate: f64,
    /// When it begins: a local time of the country, an instant, or a time since the start.
    pub from: String,
    /// How long it lasts.
    pub duration: Span,
    /// The probability that a session of it asks for another code, each time.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub resend_probability: f64,
}

/// A time in which nobody can arrive, because the application is down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutageShape {
    /// Its name in reports.
    #[schemars(length(min = 1, max = 64))]
    pub name: String,
    /// When it begins: an instant, or a time since the start.
    pub from: String,
    /// When it is over, in the same way.
    pub until: String,
    /// The share of those kept out who come back afterwards.
    #[serde(default = "default_returning")]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub returning: f64,
    /// In every half-life, half of those who are still to come back do.
    #[serde(default = "default_half_life")]
    pub half_life: Span,
}

fn default_returning() -> f64 {
    0.7
}

fn default_half_life() -> Span {
    Span(Duration::from_secs(300))
}

impl ArrivalsShape {
    /// What can be checked of them without knowing the rest of the scenario.
    pub(super) fn check_on_top(&self, problems: &mut Problems) {
        for (place, event) in self.events.iter().enumerate() {
            let path = format!("arrivals.events.{place}");
            check_moment(&format!("{path}.at"), &event.at, false, problems);
            event.kind.check(&format!("{path}.kind"), problems);
        }
        for (place, attack) in self.attacks.iter().enumerate() {
            let path = format!("arrivals.attacks.{place}");
            check_moment(&format!("{path}.from"), &attack.from, false, problems);
            problems.check_span(&format!("{path}.duration"), attack.duration, "1s", "30d");
        }
        for (place, outage) in self.outages.iter().enumerate() {
            let path = format!("arrivals.outages.{place}");
            check_moment(&format!("{path}.from"), &outage.from, true, problems);
            check_moment(&format!("{path}.until"), &outage.until, true, problems);
            problems.check_span(&format!("{path}.half_life"), outage.half_life, "1s", "1d");
        }
    }

    /// Lays them over usual traffic, and notes their marks and the attacks in the plan.
    pub(super) fn lay_on_top(
        &self,
        layers: Layers,
        plan: &mut ArrivalPlan,
        setting: Setting<'_>,
        problems: &mut Problems,
    ) -> Option<Layers> {
        let mut ground = Ground { layers, plan, setting, problems };
        for (place, event) in self.events.iter().enumerate() {
            ground.event(&format!("arrivals.events.{place}"), event, self.growth);
        }
        for (place, attack) in self.attacks.iter().enumerate() {
            ground.attack(&format!("arrivals.attacks.{place}"), attack);
        }
        for (place, outage) in self.outages.iter().enumerate() {
            ground.outage(&format!("arrivals.outages.{place}"), outage);
        }
        ground.order();
        let Ground { layers, problems, .. } = ground;
        problems.is_empty().then_some(layers)
    }
}

fn check_moment(path: &str, text: &str, everywhere: bool, problems: &mut Problems) {
    match text.parse::<Moment>() {
        Err(message) => problems.add(path, message),
        Ok(Moment::Local(_)) if everywhere => {
            let message = "must be an instant (\"2026-11-27T18:00:00Z\") or a time since the start \
                (\"1d18h\"), because it is the same everywhere";
            problems.add(path, message);
        }
        Ok(_) => {}
    }
}

impl EventKindShape {
    fn check(&self, path: &str, problems: &mut Problems) {
        match self {
            Self::Surge { ramp, duration, decay, .. } => {
                let path = format!("{path}.surge");
                problems.check_span(&format!("{path}.ramp"), *ramp, "0s", "30d");
                problems.check_span(&format!("{path}.duration"), *duration, "1s", "30d");
                if let DecayShape::Exponential { half_life } = decay {
                    let path = format!("{path}.decay.exponential.half_life");
                    problems.check_span(&path, *half_life, "1s", "30d");
                }
            }
            Self::Multiplier { duration, .. } => {
                let path = format!("{path}.multiplier.duration");
                problems.check_span(&path, *duration, "1s", "30d");
            }
        }
    }

    fn mark(&self) -> (MarkKind, Duration) {
        match self {
            Self::Surge { ramp, duration, .. } => (MarkKind::Surge, ramp.0 + duration.0),
            Self::Multiplier { duration, .. } => (MarkKind::Multiplier, duration.0),
        }
    }
}

/// What everything is laid on.
struct Ground<'a> {
    layers: Layers,
    plan: &'a mut ArrivalPlan,
    setting: Setting<'a>,
    problems: &'a mut Problems,
}

impl Ground<'_> {
    fn event(&mut self, path: &str, event: &EventShape, growth: f64) {
        let (places, shares) = match &event.country {
            None => ((0..self.setting.countries.len()).collect(), self.setting.shares()),
            Some(code) => match self.country(&format!("{path}.country"), code) {
                Some(place) => (vec![place], vec![1.0; self.setting.countries.len()]),
                None => return,
            },
        };
        // The instants may differ from country to country.
        let mut instants = BTreeMap::<u64, Vec<CountryCode>>::new();
        for place in places {
            let Some(from) = self.moment(&format!("{path}.at"), &event.at, place) else {
                return;
            };
            let country = &self.setting.countries[place];
            instants.entry(from).or_default().push(country.code);
            let growth = growth * country.growth * shares[place];
            self.lay_event(&event.kind, place, (from, growth));
        }
        let everywhere = event.country.is_none() && instants.len() == 1;
        for (from, countries) in instants {
            let countries = if everywhere { Vec::new() } else { countries };
            let (kind, length) = event.kind.mark();
            self.mark((&event.name, kind), countries, (from, length));
        }
    }

    fn lay_event(&mut self, kind: &EventKindShape, place: usize, (from, growth): (u64, f64)) {
        match kind {
            EventKindShape::Surge { rate, ramp, duration, decay } => {
                let rate = rate * growth;
                let course = match decay {
                    DecayShape::Linear => Course::triangle(from, ramp.0, duration.0, rate),
                    DecayShape::Exponential { half_life } => {
                        Course::wave(from, ramp.0, duration.0, (rate, half_life.0))
                    }
                };
                self.layers.surges.push((place, course));
            }
            EventKindShape::Multiplier { factor, duration } => {
                self.layers.factors.push((place, Course::flat(from, duration.0, *factor)));
            }
        }
    }

    fn attack(&mut self, path: &str, attack: &AttackShape) {
        let place = self.country(&format!("{path}.country"), &attack.country);
        let Some(place) = place else { return };
        let Some(from) = self.moment(&format!("{path}.from"), &attack.from, place) else { return };
        self.layers.attacks.push(Course::flat(from, attack.duration.0, attack.rate));
        self.plan.attacks.push(Attack {
            name: attack.name.clone(),
            country: u16::try_from(place).expect("fewer than 65,536 countries"),
            resend_probability: attack.resend_probability,
        });
        let countries = vec![self.setting.countries[place].code];
        self.mark((&attack.name, MarkKind::Attack), countries, (from, attack.duration.0));
    }

    fn outage(&mut self, path: &str, outage: &OutageShape) {
        // Any country will do: the instants are the same everywhere.
        let Some(from) = self.moment(&format!("{path}.from"), &outage.from, 0) else { return };
        let Some(until) = self.moment(&format!("{path}.until"), &outage.until, 0) else { return };
        if until <= from {
            let message = format!("must be after its beginning, {}", outage.from);
            return self.problems.add(&format!("{path}.until"), message);
        }
        let overlaps = |other: &Outage| from < other.until && other.from < until;
        if self.layers.outages.iter().any(overlaps) {
            let message = "must not lie within another outage";
            return self.problems.add(&format!("{path}.from"), message);
        }
        let (returning, half_life) = (outage.returning, outage.half_life.0);
        self.layers.outages.push(Outage { from, until, returning, half_life });
        let length = Duration::from_nanos(until - from);
        self.mark((&outage.name, MarkKind::Outage), Vec::new(), (from, length));
    }

    /// The place of a country among the scenario's.
    fn country(&mut self, path: &str, code: &str) -> Option<usize> {
        let countries = self.setting.countries;
        let place = countries.iter().position(|country| country.code.as_str() == code);
        if place.is_none() {
            let known: Vec<&str> = countries.iter().map(|country| country.code.as_str()).collect();
            let message = format!("must be one of the scenario's countries: {}", known.join(", "));
            self.problems.add(path, message);
        }
        place
    }

    /// The instant, in nanoseconds since the start, if it lies within the arrivals.
    fn moment(&mut self, path: &str, text: &str, place: usize) -> Option<u64> {
        let country = &self.setting.countries[place];
        let length = Span(self.layers.length);
        let moment = text.parse::<Moment>().expect("checked before");
        let since = moment.since_start(country, self.setting);
        let from = u64::try_from(since).ok();
        let from = from.filter(|from| Duration::from_nanos(*from) < self.layers.length);
        if from.is_none() {
            let local = matches!(moment, Moment::Local(_));
            let place = if local { format!(" in {}", country.code) } else { String::new() };
            let side = if since < 0 { "before their start" } else { "after their end" };
            let message = format!("must lie within the arrivals ({length}), and is {side}{place}");
            self.problems.add(path, message);
        }
        from
    }

    fn mark(
        &mut self,
        (name, kind): (&str, MarkKind),
        countries: Vec<CountryCode>,
        (from, length): (u64, Duration),
    ) {
        let from = SimTime::from_nanos(from);
        let until = from + length;
        self.plan.marks.push(Mark { name: name.to_owned(), kind, countries, from, until });
    }

    fn order(&mut self) {
        self.layers.outages.sort_by_key(|outage| outage.from);
        self.plan.marks.sort_by(|a, b| (a.from, &a.name).cmp(&(b.from, &b.name)));
    }
}
