//! When sessions arrive, and who: a rate curve of straight pieces, or the rows of a log.
//!
//! The instant of arrival *k* is where the area under the curve reaches the *k*th sum of gaps, so a
//! ramp is followed exactly and nothing drifts. Who arrives then is drawn by the countries' shares of
//! the rate at that instant.

pub mod course;
pub mod day;
pub mod hours;
pub mod layers;
pub mod mark;
pub mod mix;
pub mod replay;
pub mod trace;
pub mod zone;

use super::{Scenario, country::Country, odds::Odds};
use mark::Mark;
use mix::Mix;
use replay::Replay;
use sms_voice_mock::service::time::SimTime;
use std::{ops::Range, sync::Arc, time::Duration};

/// When sessions arrive.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrivalPlan {
    /// The rate curve, one piece after the other; empty for a replay.
    pub segments: Vec<Segment>,
    /// What lies between two arrivals.
    pub gaps: Gaps,
    /// No session beyond this number arrives.
    pub max_sessions: Option<u64>,
    /// Who arrives in each piece of the curve, where that changes; `None` leaves it to the countries'
    /// weights throughout.
    pub mix: Option<Arc<Mix>>,
    /// Traffic that never means to verify anything.
    pub attacks: Vec<Attack>,
    /// What happens at a known time and has a name, in order of its beginning.
    pub marks: Vec<Mark>,
    /// The log that is played instead of a curve.
    pub replay: Option<Replay>,
    /// If not empty, only sessions due in one of these arrive, and keep their numbers: a part of the
    /// same campaign. No file sets it.
    pub windows: Vec<Range<SimTime>>,
}

/// A burst of traffic to one country by somebody who earns by each message sent: nobody reads a code,
/// and some ask for another.
#[derive(Clone, Debug, PartialEq)]
pub struct Attack {
    /// Its name.
    pub name: String,
    /// Index into the scenario's countries.
    pub country: u16,
    /// The probability of asking for another code, each time.
    pub resend_probability: f64,
}

/// Where a session comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Index into the scenario's countries.
    pub country: u16,
    /// Index into the plan's attacks, if it belongs to one.
    pub attack: Option<u8>,
}

/// How many sessions are expected, at most the cap in all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    /// Users, by country.
    pub users: Vec<f64>,
    /// Sessions of attacks, by attack.
    pub attacks: Vec<f64>,
}

/// What lies between two arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gaps {
    /// Exponential gaps: people who do not know each other.
    Poisson,
    /// Equal gaps.
    Even,
}

impl ArrivalPlan {
    /// The time from the start to the last arrival, at most.
    #[must_use]
    pub fn duration(&self) -> Duration {
        let curve = self.segments.iter().map(|segment| segment.duration).sum();
        self.replay.as_ref().map_or(curve, Replay::duration)
    }

    /// Whether a session that is due at `at` arrives.
    #[inline]
    #[must_use]
    pub fn is_open_at(&self, at: SimTime) -> bool {
        self.windows.is_empty() || self.windows.iter().any(|window| window.contains(&at))
    }

    /// The expected number of sessions, before a cap.
    #[must_use]
    pub fn expected(&self) -> f64 {
        let curve = self.segments.iter().map(Segment::area).sum();
        self.replay.as_ref().map_or(curve, Replay::expected)
    }

    /// The expected number of sessions, at most the cap.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "an expected number is shown without decimals")]
    pub fn expected_sessions(&self) -> f64 {
        self.max_sessions.map_or(self.expected(), |max| self.expected().min(max as f64))
    }

    /// How many sessions of each country and attack are expected, at most the cap in all.
    #[must_use]
    pub fn expected_by_origin(&self, countries: &[Country]) -> Expected {
        let mut expected = match (&self.replay, &self.mix) {
            (Some(replay), _) => {
                Expected { users: replay.by_country(countries.len()), attacks: Vec::new() }
            }
            (None, Some(mix)) => mix.expected(),
            (None, None) => {
                let total: f64 = countries.iter().map(|country| country.weight).sum();
                let share = |country: &Country| self.expected() * country.weight / total;
                Expected { users: countries.iter().map(share).collect(), attacks: Vec::new() }
            }
        };
        let kept = self.expected_sessions() / self.expected();
        expected.users.iter_mut().chain(&mut expected.attacks).for_each(|n| *n *= kept);
        expected
    }

    /// The highest rate, in sessions per second.
    #[must_use]
    pub fn peak(&self) -> f64 {
        let curve = self.segments.iter().map(|segment| segment.from.max(segment.to));
        self.replay.as_ref().map_or(curve.fold(0.0, f64::max), Replay::peak)
    }

    /// What happens at a known time and has a name: surges, multipliers, attacks and outages, in order
    /// of their beginning.
    #[must_use]
    pub fn events(&self) -> &[Mark] {
        &self.marks
    }

    /// The same plan with `factor` times the users; attacks stay as they are.
    #[must_use]
    pub fn grown(&self, factor: f64) -> Self {
        let mut grown = self.clone();
        if let Some(replay) = &mut grown.replay {
            replay.scale *= factor;
        } else if let Some(mix) = &self.mix {
            let mix = mix.grown(factor);
            grown.segments = mix.segments();
            grown.mix = Some(Arc::new(mix));
        } else {
            grown.segments.iter_mut().for_each(|segment| segment.multiply(factor));
        }
        grown
    }
}

impl Scenario {
    /// Where the session comes from that is due at `at` in `piece` of the plan; `unit` is its draw
    /// from (0, 1), `odds` are the scenario's own.
    #[inline]
    #[must_use]
    pub fn origin(&self, piece: u32, at: SimTime, unit: f64, odds: &Odds) -> Origin {
        let plan = &self.arrivals;
        if let Some(mix) = &plan.mix {
            return mix.origin(piece, at, unit, &plan.attacks);
        }
        let country = plan.replay.as_ref().map(|replay| replay.country(piece));
        let country = country.unwrap_or_else(|| {
            u16::try_from(odds.countries.place(unit)).expect("fewer than 65,536 countries")
        });
        Origin { country, attack: None }
    }
}

/// One straight piece of the rate curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Segment {
    /// Sessions per second at its start.
    pub from: f64,
    /// Sessions per second at its end.
    pub to: f64,
    /// Its length.
    pub duration: Duration,
}

impl Segment {
    pub(in crate::scenario) fn multiply(&mut self, factor: f64) {
        self.from *= factor;
        self.to *= factor;
    }

    /// The expected number of sessions.
    #[must_use]
    pub fn area(&self) -> f64 {
        f64::midpoint(self.from, self.to) * self.duration.as_secs_f64()
    }

    /// What the instants within it follow from.
    #[must_use]
    pub fn slope(&self) -> Slope {
        let length = self.duration.as_secs_f64();
        let gain = (self.to - self.from) / length;
        Slope { from: self.from, gain, length, area: self.area() }
    }
}

/// A straight piece of the rate curve as it is read again and again.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    from: f64,
    /// Sessions per second more, each second.
    gain: f64,
    /// In seconds.
    length: f64,
    /// The expected number of sessions.
    pub area: f64,
}

impl Slope {
    /// Seconds into the piece at which the area reaches `area`.
    #[inline]
    #[must_use]
    pub fn seconds_at(&self, area: f64) -> f64 {
        if area <= 0.0 {
            return 0.0;
        }
        if self.gain == 0.0 {
            return (area / self.from).min(self.length);
        }
        // Solves from·t + gain·t²/2 = area in the form that keeps its digits when the gain is small.
        let root = (self.from * self.from + 2.0 * self.gain * area).max(0.0).sqrt();
        (2.0 * area / (self.from + root)).min(self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_is_inverted_exactly() {
        let ramp = Segment { from: 0.0, to: 10.0, duration: Duration::from_secs(20) };
        assert!((ramp.area() - 100.0).abs() < 1e-9);
        assert!((ramp.slope().seconds_at(25.0) - 10.0).abs() < 1e-9);
        let down = Segment { from: 10.0, to: 0.0, duration: Duration::from_secs(20) };
        assert!((down.slope().seconds_at(75.0) - 10.0).abs() < 1e-9);
        let flat = Segment { from: 5.0, to: 5.0, duration: Duration::from_secs(20) };
        assert!((flat.slope().seconds_at(50.0) - 10.0).abs() < 1e-9);
    }
}
