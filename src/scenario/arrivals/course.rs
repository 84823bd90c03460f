//! A rate over time, made of straight stretches; zero where there is none.

use std::time::Duration;

/// A rate over campaign time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// In order of time; none overlaps another, and none is empty.
    stretches: Vec<Stretch>,
}

/// A straight stretch of a course. Instants are nanoseconds since the start of the run.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Stretch {
    from: u64,
    until: u64,
    /// The rate at its beginning and at its end.
    rates: [f64; 2],
}

/// Into how many straight stretches each half-life is cut: the chords are at most a thousandth above
/// the curve.
const CUTS_PER_HALF_LIFE: u32 = 8;
/// After so many half-lives, when a 4096th is left, an exponential decay is over.
const HALF_LIVES: u32 = 12;

impl Course {
    /// Appends a stretch that begins at `from`, not before the end of the last; one of no length adds
    /// nothing.
    pub fn push(&mut self, from: u64, length: Duration, rates: [f64; 2]) {
        let until = from.saturating_add(nanos(length));
        debug_assert!(self.stretches.last().is_none_or(|last| last.until <= from), "in order");
        if from < until {
            self.stretches.push(Stretch { from, until, rates });
        }
    }

    /// One rate for a while.
    #[must_use]
    pub fn flat(from: u64, length: Duration, rate: f64) -> Self {
        let mut course = Self::default();
        course.push(from, length, [rate, rate]);
        course
    }

    /// A rise to `rate` in `ramp`, then a straight fall to nothing in `fall`.
    #[must_use]
    pub fn triangle(from: u64, ramp: Duration, fall: Duration, rate: f64) -> Self {
        let mut course = Self::default();
        course.push(from, ramp, [0.0, rate]);
        course.push(from + nanos(ramp), fall, [rate, 0.0]);
        course
    }

    /// A rise to `rate` in `ramp`, then a fall by one half in every `half_life`, until `fall` has
    /// passed or next to nothing is left.
    #[must_use]
    pub fn wave(
        from: u64,
        ramp: Duration,
        fall: Duration,
        (rate, half_life): (f64, Duration),
    ) -> Self {
        let mut course = Self::default();
        course.push(from, ramp, [0.0, rate]);
        let (start, step) = (from + nanos(ramp), half_life / CUTS_PER_HALF_LIFE);
        for cut in 0..HALF_LIVES * CUTS_PER_HALF_LIFE {
            let begins = step * cut;
            let Some(left) = fall.checked_sub(begins).filter(|left| !left.is_zero()) else {
                break;
            };
            let length = left.min(step);
            let level = |into: f64| {
                let halvings = (f64::from(cut) + into) / f64::from(CUTS_PER_HALF_LIFE);
                rate * (-halvings).exp2()
            };
            let rates = [level(0.0), level(length.div_duration_f64(step))];
            course.push(start + nanos(begins), length, rates);
        }
        course
    }

    /// The rate at which `amount` comes back after `from`, half of the rest in every `half_life`.
    #[must_use]
    pub fn return_of(amount: f64, from: u64, half_life: Duration) -> Self {
        let wave = Self::wave(from, Duration::ZERO, half_life * HALF_LIVES, (1.0, half_life));
        let factor = amount / wave.area();
        wave.times(factor)
    }

    /// The same with every rate multiplied.
    #[must_use]
    pub fn times(mut self, factor: f64) -> Self {
        self.stretches
            .iter_mut()
            .for_each(|stretch| stretch.rates = stretch.rates.map(|r| r * factor));
        self
    }

    /// The rates just after `from` and just before `until`, which lie in one stretch, or between two.
    #[must_use]
    pub fn between(&self, from: u64, until: u64) -> Option<[f64; 2]> {
        let place = self.stretches.partition_point(|stretch| stretch.until <= from);
        let stretch = self.stretches.get(place).filter(|stretch| stretch.from <= from)?;
        Some([from, until].map(|at| stretch.rate_at(at)))
    }

    /// Every instant at which its slope may change.
    pub fn cuts(&self) -> impl Iterator<Item = u64> {
        self.stretches.iter().flat_map(|stretch| [stretch.from, stretch.until])
    }

    /// How much comes in all.
    #[must_use]
    pub fn area(&self) -> f64 {
        self.stretches.iter().map(|stretch| area(stretch.from, stretch.until, stretch.rates)).sum()
    }
}

impl Stretch {
    fn rate_at(&self, at: u64) -> f64 {
        let [from, to] = self.rates;
        from + (to - from) * (seconds(at - self.from) / seconds(self.until - self.from))
    }
}

/// What comes between two instants at rates that change evenly.
pub(super) fn area(from: u64, until: u64, [start, end]: [f64; 2]) -> f64 {
    f64::midpoint(start, end) * seconds(until - from)
}

fn seconds(nanos: u64) -> f64 {
    Duration::from_nanos(nanos).as_secs_f64()
}

pub(in crate::scenario) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).expect("lengths are checked to be days at most")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn a_triangle_rises_and_falls_in_straight_lines() {
        let course = Course::triangle(0, HOUR, HOUR * 2, 60.0);
        assert!((course.area() - 60.0 * 1.5 * 3600.0).abs() < 1e-6);
        assert_eq!(course.between(0, nanos(HOUR) / 2), Some([0.0, 30.0]));
        assert_eq!(course.between(nanos(HOUR) * 2, nanos(HOUR) * 3), Some([30.0, 0.0]));
        assert_eq!(course.between(nanos(HOUR) * 3, nanos(HOUR) * 4), None);
    }

    #[test]
    fn a_wave_falls_by_half_in_each_half_life_and_ends_when_its_time_is_over() {
        let course = Course::wave(0, Duration::ZERO, HOUR * 3, (80.0, HOUR));
        let rates = course.between(nanos(HOUR), nanos(HOUR)).expect("within");
        assert!((rates[0] - 40.0).abs() < 1e-9, "{rates:?}");
        assert_eq!(course.between(nanos(HOUR * 3), nanos(HOUR * 4)), None);
        let exact = 80.0 * 3600.0 / std::f64::consts::LN_2 * (1.0 - 0.125);
        assert!((course.area() / exact - 1.0).abs() < 1e-3, "{} {exact}", course.area());
    }

    #[test]
    fn what_comes_back_comes_back_as_a_whole() {
        let course = Course::return_of(1000.0, 5, Duration::from_secs(300));
        assert!((course.area() - 1000.0).abs() < 1e-9);
    }
}
