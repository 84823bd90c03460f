//! What makes up the arrivals, laid over each other: usual traffic, what multiplies it, what comes on
//! top, attacks, and outages that cut all of it and bring part of it back.
//!
//! **Invariant:** between two cuts every rate is a straight line, so the sums are too.

use super::{
    course::{self, Course, area},
    mix::Mix,
};
use std::{collections::BTreeSet, time::Duration};

/// Everything that makes up the arrivals.
#[derive(Clone, Debug)]
pub struct Layers {
    /// The length of the arrivals; what lies beyond is cut off.
    pub length: Duration,
    /// The usual rate of each country, its growth included.
    pub usual: Vec<Course>,
    /// What multiplies the usual rate of a country (by index) as long as it lasts.
    pub factors: Vec<(usize, Course)>,
    /// What comes on top in a country (by index).
    pub surges: Vec<(usize, Course)>,
    /// The rate of each attack.
    pub attacks: Vec<Course>,
    /// When nobody can arrive; in order of time, none within another.
    pub outages: Vec<Outage>,
}

/// A time in which nobody can arrive, and what comes back of those who would have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outage {
    /// Its beginning, in nanoseconds since the start.
    pub from: u64,
    /// Its end.
    pub until: u64,
    /// The share of its users who come back afterwards.
    pub returning: f64,
    /// In every half-life, half of those who are still to come back do.
    pub half_life: Duration,
}

/// Rates between cuts: for each piece, those of each country and attack at its start and end.
struct Table {
    cuts: Vec<u64>,
    countries: usize,
    rows: Vec<Vec<[f64; 2]>>,
}

impl Layers {
    /// The rates of all countries and attacks, piece by piece.
    #[must_use]
    pub fn mix(&self) -> Mix {
        let mut table = self.table();
        self.outages.iter().for_each(|outage| table.cut(*outage));
        let mut mix = Mix::new(self.usual.len(), self.attacks.len());
        for (row, ends) in table.rows.iter().zip(table.cuts.windows(2)) {
            mix.push(ends[0], ends[1], row);
        }
        mix
    }

    /// Everything but the outages, cut wherever a slope changes.
    fn table(&self) -> Table {
        let cuts = self.cuts();
        let row = |ends: &[u64]| {
            let (from, until) = (ends[0], ends[1]);
            let usual =
                self.usual.iter().map(|course| course.between(from, until).unwrap_or_default());
            let mut row: Vec<[f64; 2]> = usual.collect();
            for (country, factor) in &self.factors {
                let [start, end] = factor.between(from, until).unwrap_or([1.0; 2]);
                row[*country] = [row[*country][0] * start, row[*country][1] * end];
            }
            for (country, surge) in &self.surges {
                add(&mut row[*country], surge.between(from, until));
            }
            row.extend(self.attacks.iter().map(|c| c.between(from, until).unwrap_or_default()));
            row
        };
        let rows = cuts.windows(2).map(row).collect();
        Table { cuts, countries: self.usual.len(), rows }
    }

    fn cuts(&self) -> Vec<u64> {
        let length = course::nanos(self.length);
        let on_top = self.factors.iter().chain(&self.surges).map(|(_, course)| course);
        let courses = self.usual.iter().chain(&self.attacks).chain(on_top);
        let mut cuts: BTreeSet<u64> = courses.flat_map(Course::cuts).collect();
        for outage in &self.outages {
            cuts.extend([outage.from, outage.until]);
            cuts.extend(Course::return_of(1.0, outage.until, outage.half_life).cuts());
        }
        cuts.extend([0, length]);
        cuts.into_iter().filter(|cut| *cut <= length).collect()
    }
}

impl Table {
    /// Takes everybody out of an outage, and brings back who comes back.
    fn cut(&mut self, outage: Outage) {
        let mut missed = vec![0.0; self.countries];
        for (row, ends) in self.rows.iter_mut().zip(self.cuts.windows(2)) {
            if outage.from <= ends[0] && ends[1] <= outage.until {
                let rates = row.iter().zip(&mut missed);
                rates.for_each(|(rates, missed)| *missed += area(ends[0], ends[1], *rates));
                row.fill([0.0; 2]);
            }
        }
        let course = Course::return_of(outage.returning, outage.until, outage.half_life);
        for (row, ends) in self.rows.iter_mut().zip(self.cuts.windows(2)) {
            let back = course.between(ends[0], ends[1]).unwrap_or_default();
            let users = row.iter_mut().zip(&missed);
            users.for_each(|(rates, missed)| add(rates, Some(back.map(|rate| rate * missed))));
        }
    }
}

fn add(rates: &mut [f64; 2], more: Option<[f64; 2]>) {
    let [start, end] = more.unwrap_or_default();
    *rates = [rates[0] + start, rates[1] + end];
}

#[cfg(test)]
mod tests {
    use super::{super::Segment, *};
    use sms_voice_mock::service::time::SimTime;

    const MINUTE: Duration = Duration::from_secs(60);

    fn layers() -> Layers {
        let flat = |rate| Course::flat(0, MINUTE * 60, rate);
        Layers {
            length: MINUTE * 60,
            usual: vec![flat(10.0), flat(2.0)],
            factors: Vec::new(),
            surges: Vec::new(),
            attacks: Vec::new(),
            outages: Vec::new(),
        }
    }

    fn minute(n: u64) -> SimTime {
        SimTime::from_secs(60 * n)
    }

    #[track_caller]
    fn check_near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-6 * expected.max(1.0), "{found}, not {expected}");
    }

    #[test]
    fn a_factor_multiplies_the_usual_users_of_its_country_and_a_surge_comes_on_top() {
        let (ten, nanos) = (MINUTE * 10, course::nanos(MINUTE));
        let factors = vec![(0, Course::flat(20 * nanos, ten, 3.0))];
        let surges = vec![(0, Course::triangle(20 * nanos, ten, ten, 60.0))];
        let mix = Layers { factors, surges, ..layers() }.mix();
        check_near(mix.expected_between(0, minute(0), minute(20)), 20.0 * 600.0);
        check_near(mix.expected_between(0, minute(20), minute(30)), 10.0 * 1800.0 + 600.0 * 30.0);
        check_near(mix.expected_between(1, minute(0), minute(60)), 60.0 * 120.0);
        let total = mix.segments().iter().map(Segment::area).sum();
        let (usual, tripled, surge) = (3600.0 * 12.0, 600.0 * 20.0, 600.0 * 60.0);
        check_near(total, usual + tripled + surge);
    }

    #[test]
    fn an_outage_lets_nobody_in_and_gives_its_share_back_half_by_half() {
        let nanos = course::nanos(MINUTE);
        let attacks = vec![Course::flat(5 * nanos, MINUTE * 10, 7.0)];
        let outage =
            Outage { from: 10 * nanos, until: 20 * nanos, returning: 0.5, half_life: MINUTE };
        let mix = Layers { attacks, outages: vec![outage], ..layers() }.mix();
        for stream in 0..3 {
            check_near(mix.expected_between(stream, minute(10), minute(20)), 0.0);
        }
        check_near(mix.expected_between(0, minute(20), minute(60)), 24_000.0 + 3_000.0);
        let first = mix.expected_between(0, minute(20), minute(21)) - 600.0;
        assert!((first - 1_500.0).abs() < 2.0, "{first}");
        check_near(mix.expected_between(1, minute(20), minute(60)), 4_800.0 + 600.0);
        check_near(mix.expected_between(2, minute(0), minute(60)), 5.0 * 420.0);
    }

    #[test]
    fn those_who_would_have_come_back_in_the_next_outage_wait_for_its_end() {
        let nanos = course::nanos(MINUTE);
        let outage = |from, until| Outage {
            from: from * nanos,
            until: until * nanos,
            returning: 1.0,
            half_life: MINUTE,
        };
        let mix = Layers { outages: vec![outage(10, 20), outage(20, 30)], ..layers() }.mix();
        check_near(mix.expected_between(0, minute(30), minute(60)), 18_000.0 + 12_000.0);
    }
}
